package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/pipeline"
)

// environment is what the files under test are read with.
func environment() map[string]string {
	return map[string]string{
		"CONCUR_BASE_URL":      "https://us2.api.concursolutions.com/",
		"CONCUR_CLIENT_ID":     "client",
		"CONCUR_CLIENT_SECRET": "canary-secret",
		"CONCUR_REFRESH_TOKEN": "canary-refresh",
		"SLACK_URL":            "https://hooks.slack.example/services/canary-slack",
		"EMPTY":                "",
		"CANARY":               "canary-value",
	}
}

func inputsOf(env map[string]string) inputs {
	return inputs{
		env: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
		readFile: func(path string) ([]byte, error) {
			if path == "/run/secrets/hmac" {
				return []byte("canary-hmac\n"), nil
			}
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		},
		now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC),
	}
}

func duration(d time.Duration) pipeline.Duration { return pipeline.Duration(d) }

func parseText(text string) (*Config, error) {
	return parse("tieout.yaml", []byte(text), inputsOf(environment()))
}

func TestTheDesignsExample(t *testing.T) {
	data, err := os.ReadFile("testdata/design.yaml")
	require.NoError(t, err)
	c, err := parse("tieout.yaml", data, inputsOf(environment()))
	require.NoError(t, err)

	sum := sha256.Sum256(data)
	y := "Y"
	hours := func(n int) pipeline.Duration { return pipeline.Duration(time.Duration(n) * time.Hour) }
	require.Equal(t, &Config{
		Path: "tieout.yaml",
		Hash: hex.EncodeToString(sum[:]),
		Connections: map[string]Connection{"acme": {
			Name: "acme", BaseURL: "https://us2.api.concursolutions.com", ClientID: "client", ClientSecret: "canary-secret",
			RefreshToken: "canary-refresh", TokenStore: StoreS3, ListsAPI: ListsV1, RequestsPerSecond: 5,
		}},
		Storage: Storage{Bucket: "acme-finance", Prefix: "concur", ReportURL: "https://reports.acme.example/{key}"},
		Pipelines: map[string]pipeline.Pipeline{"nightly-sae": {
			Name: "nightly-sae", Connection: "acme", Definition: "Standard Accounting Extract", Acquire: "start",
			Recover: &pipeline.Recover{Since: "2026-11-01"}, Members: []string{"extract_CES_SAE_*"},
			Format:        pipeline.Format{Name: "sae"},
			Poll:          pipeline.Poll{First: pipeline.Duration(15 * time.Second), Max: pipeline.Duration(2 * time.Minute), Deadline: hours(6), Visibility: pipeline.Duration(10 * time.Minute)},
			ControlTotals: "require",
			Checks: []pipeline.Check{
				{Name: "Cost centre", List: "Organization List", Columns: []pipeline.Column{"report_org_unit_1", "report_org_unit_2"}, Blank: "allow"},
				{
					Name: "GL account", List: "Chart of Accounts", Columns: []pipeline.Column{"journal_account_code"}, Blank: "allow",
					Placeholders: []string{"Inactive-Call Concur", "Pending Client"},
					Skip:         []pipeline.SkipRule{{Column: "is_personal", Equals: &y}},
				},
			},
			Waivers: []pipeline.Waiver{{
				Check: "GL account", Value: "6100", Reason: "closing next quarter", By: "controller", Until: "2027-01-31",
				MaxAmount: map[string]string{"USD": "5000"},
			}},
			OnFindings: "report", Hold: pipeline.Hold{Deadline: hours(48), Then: "rejected"}, ListWalkLimit: 2000,
			Next: []pipeline.Next{{Workflow: "PostJournal", TaskQueue: "ledger", When: []string{"clean", "approved"}}},
			Notify: []pipeline.Notice{
				{Webhook: "https://hooks.slack.example/services/canary-slack", Format: "slack", On: []string{"findings", "failed", "review", "late"}},
				{Webhook: "https://hooks.acme.example/tieout", Secret: "canary-hmac", Format: "cloudevents", On: []string{"failed"}},
			},
			Due:      "07:00",
			Schedule: &pipeline.Schedule{Cron: "0 4 * * *", TimeZone: "America/New_York", CatchUp: hours(6), Overlap: "skip"},
		}},
	}, c)
	require.Equal(t, GrantRefreshToken, c.Connections["acme"].GrantType())
}

const minimal = `connections:
  acme: {base_url: https://us2.api.concursolutions.com, client_id: x, client_secret: y, refresh_token: z}
storage: {bucket: acme-finance}
pipelines:
  nightly:
    definition: SAE
    format: sae
`

func TestDefaults(t *testing.T) {
	c, err := parseText(minimal + "    schedule: {cron: 0 4 * * *}\n    checks: [{name: A, list: L, columns: [35]}]\n    next: [{workflow: W, task_queue: q}]\n    notify: [{webhook: https://h.example/x}]\n")
	require.NoError(t, err)
	p := c.Pipelines["nightly"]
	require.Equal(t, "acme", p.Connection)
	require.Equal(t, pipeline.AcquireStart, p.Acquire)
	require.Equal(t, pipeline.Poll{First: duration(15 * time.Second), Max: duration(2 * time.Minute), Deadline: duration(6 * time.Hour), Visibility: duration(10 * time.Minute)}, p.Poll)
	require.Equal(t, pipeline.ControlRequire, p.ControlTotals)
	require.Equal(t, pipeline.BlankAllow, p.Checks[0].Blank)
	require.Equal(t, pipeline.OnFindingsReport, p.OnFindings)
	require.Equal(t, pipeline.Hold{Deadline: duration(48 * time.Hour), Then: "rejected"}, p.Hold)
	require.Equal(t, 2000, p.ListWalkLimit)
	require.Equal(t, []string{"clean", "approved"}, p.Next[0].When)
	require.Equal(t, pipeline.NoticeCloudEvents, p.Notify[0].Format)
	require.Equal(t, []string{"findings", "failed", "review", "late"}, p.Notify[0].On)
	require.Equal(t, &pipeline.Schedule{Cron: "0 4 * * *", TimeZone: "UTC", CatchUp: duration(6 * time.Hour), Overlap: "skip"}, p.Schedule)
	require.Empty(t, c.Storage.Prefix)
	require.Equal(t, 5.0, c.Connections["acme"].RequestsPerSecond)
	require.Empty(t, c.Warnings)
}

func TestAValueOfZeroIsNotADefault(t *testing.T) {
	c, err := parseText(minimal + "    list_walk_limit: 0\n    hold: {deadline: 1h}\n")
	require.NoError(t, err)
	require.Zero(t, c.Pipelines["nightly"].ListWalkLimit)
	require.Equal(t, pipeline.Hold{Deadline: duration(time.Hour), Then: "rejected"}, c.Pipelines["nightly"].Hold)
}

func TestNumbersAsText(t *testing.T) {
	c, err := parseText(minimal + `    checks: [{name: 2026, list: true, columns: [35, "36"], placeholders: [6100, 1.5, -3, 0, !!str 007, "0100", 1e3]}]
    waivers: [{check: 2026, value: 6100, reason: r, by: b, until: 2027-01-31, max_amount: {USD: 5000}}]
    due: 07:00
`)
	require.NoError(t, err)
	p := c.Pipelines["nightly"]
	require.Equal(t, "2026", p.Checks[0].Name)
	require.Equal(t, "true", p.Checks[0].List)
	require.Equal(t, []pipeline.Column{"35", "36"}, p.Checks[0].Columns)
	require.Equal(t, []string{"6100", "1.5", "-3", "0", "007", "0100", "1e3"}, p.Checks[0].Placeholders)
	require.Equal(t, "6100", p.Waivers[0].Value)
	require.Equal(t, map[string]string{"USD": "5000"}, p.Waivers[0].MaxAmount)
	require.Equal(t, "07:00", p.Due)
}

func TestExpansion(t *testing.T) {
	hostile := "x, when: [failed]}\n  other: &a {b: *a}"
	env := map[string]string{"V": "v", "EMPTY": "", "HOSTILE": hostile}
	for text, want := range map[string]string{
		"plain":                     "plain",
		"${V}":                      "v",
		"a-${V}-${V}-b":             "a-v-v-b",
		"${NONE:-default text}":     "default text",
		"${EMPTY:-default}":         "default",
		"${EMPTY}":                  "",
		"${NONE:-}":                 "",
		"$$":                        "$",
		"$${V}":                     "${V}",
		"$$${V}":                    "$v",
		"gWx$!id":                   "gWx$!id",
		"ends in $":                 "ends in $",
		"${file:/run/secrets/hmac}": "canary-hmac",
		"${HOSTILE}":                hostile,
	} {
		got, complaints := inputsOf(env).expand(text)
		require.Empty(t, complaints, text)
		require.Equal(t, want, got, text)
	}
	c, err := parse("tieout.yaml", []byte(strings.Replace(minimal, "definition: SAE", `definition: "${HOSTILE}"`, 1)), inputsOf(env))
	require.NoError(t, err)
	require.Equal(t, hostile, c.Pipelines["nightly"].Definition, "a value cannot become YAML")
}

func TestAnchorsAndMergeKeys(t *testing.T) {
	c, err := parseText(`x-poll: &poll {first: 1s, max: 5s}
connections:
  acme: {base_url: https://us2.api.concursolutions.com, client_id: x, client_secret: y, refresh_token: z}
storage: {bucket: acme-finance}
pipelines:
  a: &a
    definition: A
    format: sae
    poll: *poll
  b:
    <<: *a
    definition: B
    poll: {<<: *poll, first: 2s}
`)
	require.NoError(t, err)
	require.Equal(t, "sae", c.Pipelines["b"].Format.Name)
	require.Equal(t, "B", c.Pipelines["b"].Definition)
	require.Equal(t, duration(5*time.Second), c.Pipelines["b"].Poll.Max)
	require.Equal(t, duration(2*time.Second), c.Pipelines["b"].Poll.First)
	require.Equal(t, duration(time.Second), c.Pipelines["a"].Poll.First)
}

func TestDelimitedFormat(t *testing.T) {
	c, err := parseText(strings.Replace(minimal, "format: sae", `format: {delimiter: "\t", header: names, amount: Amount, currency: 7}`, 1) + "    checks: [{name: A, list: L, columns: [Cost centre]}]\n")
	require.NoError(t, err)
	require.Equal(t, pipeline.Format{Name: "delimited", Delimiter: "\t", Header: "names", Amount: "Amount", Currency: "7", Encoding: "utf-8"}, c.Pipelines["nightly"].Format)
}

func TestByteOrderMarkAndCRLF(t *testing.T) {
	_, err := parseText("\ufeff" + strings.ReplaceAll(minimal, "\n", "\r\n"))
	require.NoError(t, err)
}

func TestGrants(t *testing.T) {
	for credentials, want := range map[string][2]string{
		"client_id: x, client_secret: y, refresh_token: z":           {GrantRefreshToken, ""},
		"client_id: x, client_secret: y":                             {GrantClientCredentials, ""},
		"client_id: x, client_secret: y, username: u, password: p":   {GrantPassword, "password"},
		"client_id: x, client_secret: y, username: u, auth_token: p": {GrantPassword, "authtoken"},
		"access_token: t": {GrantNone, ""},
		"client_id: x, client_secret: y, access_token: t, token_store: file:/t.json": {GrantNone, ""},
	} {
		c, err := parseText(strings.Replace(minimal, "client_id: x, client_secret: y, refresh_token: z", credentials, 1))
		require.NoError(t, err, credentials)
		require.Equal(t, want[0], c.Connections["acme"].GrantType(), credentials)
		require.Equal(t, want[1], c.Connections["acme"].CredType(), credentials)
	}
}

func TestPipelineByName(t *testing.T) {
	one, err := parseText(minimal)
	require.NoError(t, err)
	p, err := one.Pipeline("")
	require.NoError(t, err)
	require.Equal(t, "nightly", p.Name)
	_, err = one.Pipeline("nigthly")
	require.EqualError(t, err, `tieout.yaml has no pipeline "nigthly" (did you mean nightly?): name one of nightly`)

	two, err := parseText(minimal + "  weekly: {definition: W, format: prae}\n")
	require.NoError(t, err)
	_, err = two.Pipeline("")
	require.EqualError(t, err, "tieout.yaml has 2 pipelines: name one of nightly or weekly")
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tieout.yaml")
	_, err := Load(path)
	require.EqualError(t, err, "there is no configuration at "+path+": name it with --config or TIEOUT_CONFIG, or write one with `tieout init`")
	_, err = Load(dir)
	require.EqualError(t, err, "the configuration "+dir+" is a directory: name the file in it, for example "+path)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "id"), []byte("from a file\r\n"), 0o600))
	text := strings.Replace(minimal, "client_id: x", `client_id: "${file:id}", token_store: file:tokens.json`, 1)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	c, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, "from a file", c.Connections["acme"].ClientID, "relative paths start at the configuration")
	require.Equal(t, TokenStore("file:"+filepath.Join(dir, "tokens.json")), c.Connections["acme"].TokenStore)
}

func TestWithoutSecrets(t *testing.T) {
	data, err := os.ReadFile("testdata/design.yaml")
	require.NoError(t, err)
	nothing := inputsOf(nil)
	nothing.withoutSecrets = true
	c, err := parse("tieout.yaml", data, nothing)
	require.NoError(t, err)
	require.Empty(t, c.Connections["acme"].RefreshToken)
	require.Equal(t, "0 4 * * *", c.Pipelines["nightly-sae"].Schedule.Cron)

	_, err = parse("tieout.yaml", []byte(strings.Replace(string(data), "Standard Accounting Extract ", "${DEFINITION} ", 1)), nothing)
	require.EqualError(t, err, "tieout.yaml:18:17: pipelines.nightly-sae.definition: the environment variable DEFINITION is not set; set it, or write ${DEFINITION:-default}")
}

func TestWarnings(t *testing.T) {
	c, err := parseText(minimal + `    checks: [{name: A, list: L, columns: [35]}]
    waivers:
      - {check: A, value: x, reason: r, by: b, until: 2026-01-31}
      - {check: A, value: y, reason: r, by: b, until: 2026-11-01}
    schedule: {cron: "30 1-3 * * *", time_zone: America/New_York}
`)
	require.NoError(t, err)
	var lines []string
	for _, warning := range c.Warnings {
		lines = append(lines, warning.String())
	}
	require.Equal(t, []string{
		"tieout.yaml:10:55: pipelines.nightly.waivers[0].until: the waiver ended on 2026-01-31; remove it, or renew it",
		"tieout.yaml:12:22: pipelines.nightly.schedule.cron: starts in the hour 01, 02 of America/New_York, where clocks change: that hour is skipped or doubled on two days of the year; choose an hour from 04 on, or time_zone: UTC",
	}, lines)
}

func TestReportLink(t *testing.T) {
	key := "concur/nightly/jobs/0a/tieout/001/Bericht für März #1.html"
	for reportURL, want := range map[string]string{
		"":                                     "s3://b/" + key,
		"https://r.example/{key}":              "https://r.example/concur/nightly/jobs/0a/tieout/001/Bericht%20f%C3%BCr%20M%C3%A4rz%20%231.html",
		"https://r.example/get?object={key}&x": "https://r.example/get?object=concur%2Fnightly%2Fjobs%2F0a%2Ftieout%2F001%2FBericht+f%C3%BCr+M%C3%A4rz+%231.html&x",
	} {
		s := Storage{Bucket: "b", ReportURL: reportURL}
		require.Equal(t, want, s.ReportLink(key))
		require.Equal(t, want, s.ReportLink("s3://b/"+key))
		require.Equal(t, "s3://other/x", s.ReportLink("s3://other/x"), "an object of another bucket is not behind report_url")
	}
}

func TestErrorKeepsItsProblems(t *testing.T) {
	_, err := parseText("storage: {}\n")
	problems, ok := errors.AsType[*Error](fmt.Errorf("starting: %w", err))
	require.True(t, ok)
	require.Len(t, problems.Problems, 3)
}
