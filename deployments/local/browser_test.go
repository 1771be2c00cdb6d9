package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
)

// heldDemo writes the demo's configuration with on_findings: hold before the first start.
func heldDemo(t *testing.T, dir string) {
	path, err := writeDemo(dir, demo{Auth: concurtest.DefaultAuth(), Bucket: demoBucket})
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	held := strings.Replace(string(text), "on_findings: report ", "on_findings: hold ", 1)
	require.NotEqual(t, string(text), held)
	require.NoError(t, os.WriteFile(path, []byte(held), 0o600))
}

// scriptedConcur holds the simulated Concur where a person is to look, and lets it go on again.
type scriptedConcur struct {
	t    *testing.T
	base string
}

func (c scriptedConcur) fault(fault concurtest.Fault) {
	body, err := json.Marshal(fault)
	require.NoError(c.t, err)
	c.do(http.MethodPost, body)
}

func (c scriptedConcur) goOn() { c.do(http.MethodDelete, nil) }

func (c scriptedConcur) do(method string, body []byte) {
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+"/concurtest/faults", bytes.NewReader(body))
	require.NoError(c.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	response.Body.Close()
	require.Equal(c.t, http.StatusOK, response.StatusCode)
}

// TestInTheBrowser does what finance operators do in the Web UI, in a real browser: start a run, watch it, review it,
// find it again. docs/web-ui.md and the README show its pictures.
func TestInTheBrowser(t *testing.T) {
	images, err := filepath.Abs("../../docs/images")
	require.NoError(t, err)
	browser := openBrowser(t, images)
	dir := t.TempDir()
	t.Chdir(t.TempDir())
	heldDemo(t, dir)
	local := start(t, "--data", dir)
	p := browser.at(local.said["Web UI"], "default")
	concur := scriptedConcur{t: t, base: strings.Fields(local.said["Concur"])[0]}
	today := time.Now().UTC().Format(time.DateOnly)
	id := "extract/nightly-sae/" + today

	concur.fault(concurtest.Fault{Operation: concurtest.OpStatus, Status: http.StatusOK, ContentType: "application/xml",
		Body: "<job><status>Running</status></job>"})
	startFromForm(p, id, `{"pipeline":"nightly-sae"}`, "nightly-sae of "+today, "ui-start")
	watch(p, concur, id)
	const front = "nightly-sae by hand"
	startFromForm(p, front, `{}`, "", "")
	p.details(front, "Waiting for the run "+id, "Review it there: this workflow only stands before it")
	find(p, "review", "1 RUNNING", id, "")
	review(p, id)
	readBack(p, id, today)
	p.details(front, "The run "+id+" reached its verdict: 19 findings, approved by Ada Moreno")
	find(p, "approved", "1 COMPLETED", id, "ui-find")

	startFromForm(p, "nightly-sae once more", `{}`, "", "")
	p.details("nightly-sae once more", today+" was extracted already, and this is the verdict of ", "--again")

	reports, err := filepath.Glob(filepath.Join(dir, "objects", demoBucket, "concur/nightly-sae/jobs/*/tieout/001/report.html"))
	require.NoError(t, err)
	require.NotEmpty(t, reports)
	p.navigate("file://" + reports[0])
	p.reads(visible("body"), "What to do now", "Control totals")
	p.picture("report", 1500)
	local.end(t)
}

// startFromForm follows the deep link to the start form, as a bookmark or a wiki page has it, and fills in the input.
func startFromForm(p *page, id, input, summary, picture string) {
	p.open("start-workflow?" + url.Values{"workflowType": {"ConcurExtract"}, "taskQueue": {"tieout"}, "workflowId": {id}}.Encode())
	p.reads(visible("main"), "Task Queue is Active")
	p.fill(visible(".cm-content"), input)
	if summary != "" {
		p.press(labelled("main button", "More options"))
		p.fill(visible("#summary .cm-content, .cm-content[data-language=markdown]"), summary)
	}
	p.picture(picture, 1600)
	p.press(visible("[data-testid=start-workflow-button]"))
	p.reads(visible("body"), "Workflow started successfully")
}

// watch follows the run's current details while Concur works, while it is tied out, and until it waits for a review.
func watch(p *page, concur scriptedConcur, id string) {
	p.details(id, "nightly-sae of ", "Waiting for the extract job to complete", "Next: landing its files in S3", "Business date: ")
	p.tab("pending-activities")
	p.reads(visible("main"), "WaitForJob", "Running for ", ", next in ")
	p.picture("ui-waiting", 1000)

	concur.goOn()
	concur.fault(concurtest.Fault{Operation: concurtest.OpItems, Status: http.StatusServiceUnavailable, RetryAfter: "1"})
	p.details(id, "Tying codes out against", "Landed: 1 file, ")

	concur.goOn()
	p.details(id, "19 findings wait for a review", "Next: read the report, then decide", "Without a decision by", "Records: 10,000",
		"Report: s3://tieout-demo/concur/nightly-sae/jobs/", "/tieout/001/report.html")
	p.picture("ui-review", 900)
}

// review decides with the dialog for updates: first without a reason, which is refused, then as it should be.
func review(p *page, id string) {
	p.openRun(id)
	p.press(visible("[aria-controls=workflow-actions]"))
	p.press(visible("[data-testid=update-button]"))
	p.press(visible("dialog[open] [data-testid=update-select-button]"))
	p.reads(visible("dialog[open]"), "review", "Decide on the findings of a held run", "resolve-start", "Decide on a start")
	p.pictureOfDialog("ui-update")
	p.press(labelled("dialog[open] [role=option]", "Decide on the findings"))
	p.fill(visible("dialog[open] .cm-content"), `{"decision":"approve","by":"Ada Moreno"}`)
	p.press(visible("dialog[open] [data-testid=confirm-modal-button]"))
	p.reads(visible("dialog[open]"), "who decides (by) and why (reason) are required", `"reason":"why"`)
	p.pictureOfDialog("ui-update-refused")
	p.clear(visible("dialog[open] .cm-content"))
	p.fill(visible("dialog[open] .cm-content"), `{"decision":"approve","by":"Ada Moreno","reason":"codes are mapped in the ledger"}`)
	p.press(visible("dialog[open] [data-testid=confirm-modal-button]"))
	p.reads(visible("[data-testid=execution-status]"), "COMPLETED")
}

// readBack reads the run after its end.
func readBack(p *page, id, today string) {
	p.openRun(id)
	p.reads(visible("main"), "StartJob • Ask Concur to start the job of Standard Accounting Extract, once", "Wait for a review until ",
		"Tie out nightly-sae of "+today, `"outcome": "approved"`)
	p.picture("ui-timeline", 1220)
	p.details(id, "19 findings, approved by Ada Moreno: codes are mapped in the ledger", "Outcome: approved")
	p.picture("ui-done", 900)
}

// find looks for runs by their outcome, which fronts do not have.
func find(p *page, outcome, count, id, picture string) {
	p.open("?" + url.Values{"query": {`TieoutOutcome="` + outcome + `"`}}.Encode())
	p.reads(visible("main"), count, id)
	p.picture(picture, 600)
}
