package systemtest

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/workflows"
)

var update = flag.Bool("update", false, "write what the cells that were run have shown to docs/faults.md")

// slots bound how many cells are on at once: more would only make each other's requests time out.
// Those that mostly wait have slots of their own.
var slots, waitingSlots = make(chan struct{}, 24), make(chan struct{}, 100)

// matrix is what the runs have shown, by fault and operation.
type matrix struct {
	mu   sync.Mutex
	ends map[[2]string]string
}

func (m *matrix) note(c Cell, end string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ends[[2]string{c.Fault, c.Operation}] = end
}

// TestFaults runs a night for each fault at each operation and compares the ends with docs/faults.md. By default it
// takes a part of the cells; with TIEOUT_SYSTEMTEST=whole all of them, which takes some minutes.
func TestFaults(t *testing.T) {
	t.Parallel()
	all := wholeMatrix()
	shown := &matrix{ends: map[[2]string]string{}}
	t.Run("cells", func(t *testing.T) {
		for _, operation := range append(slices.Clone(concurOperations), s3Operations...) {
			t.Run(operation, func(t *testing.T) {
				t.Parallel()
				column(t, Cells(operation, all), shown)
			})
		}
	})
	path := filepath.Join(ground.Root, "docs", "faults.md")
	text, err := os.ReadFile(path)
	if !*update {
		require.NoError(t, err)
	}
	documented := documentedEnds(string(text))
	if *update {
		require.False(t, t.Failed(), "nothing is written from a run that failed")
		maps.Copy(documented, shown.ends)
		require.NoError(t, os.WriteFile(path, []byte(document(documented)), 0o644))
	}
	for cell, end := range shown.ends {
		require.Equal(t, documented[cell], end, "%s at %s", cell[0], cell[1])
	}
}

func wholeMatrix() bool { return os.Getenv("TIEOUT_SYSTEMTEST") == "whole" }

// column runs the cells of one operation, all in one shift.
func column(t *testing.T, cells []Cell, shown *matrix) {
	if len(cells) == 0 {
		t.Skip("no cell is chosen")
	}
	var nights []*Night
	for i := range cells {
		nights = append(nights, cellNight(fmt.Sprintf("cell-%d", i), cells[i]))
	}
	ctx, s := newShift(t, ShiftOptions{}, nights...)
	for i, c := range cells {
		if c.concur != nil {
			nights[i].Concur.Inject(*c.concur)
		}
		nights[i].Concur.Inject(leadTo(c.Operation)...)
		if c.s3 != nil {
			rule := *c.s3
			rule.Key = "/" + nights[i].Name + "/"
			s.S3.Add(rule)
		}
	}
	work(ctx, t, s)
	var running sync.WaitGroup
	for i, c := range cells {
		running.Go(func() {
			slots := slots
			if c.patient {
				slots = waitingSlots
			}
			slots <- struct{}{}
			defer func() { <-slots }()
			end, err := cellEnd(ctx, nights[i], c)
			if err != nil {
				t.Errorf("%s at %s: %v", c.Fault, c.Operation, err)
			}
			t.Logf("%s at %s: %s", c.Fault, c.Operation, end)
			shown.note(c, end)
		})
	}
	running.Wait()
}

// cellNight is the night of a cell: the lists' API that has the operation, a file in parts where parts are needed.
func cellNight(name string, c Cell) *Night {
	n := &Night{Name: name, World: World(60), Settings: map[string]any{
		"poll": map[string]any{"first": "50ms", "max": "200ms", "deadline": "5m", "visibility": "3s"}}}
	n.World.Definitions[0].Files[0].Extract.Inject = n.World.Definitions[0].Files[0].Extract.Inject[:1]
	if strings.HasPrefix(c.Operation, "listv4.") {
		n.Connection = map[string]any{"lists_api": "v4"}
	}
	if strings.Contains(c.Operation, "Upload") || c.Operation == opListParts {
		n.World.Definitions[0].Files[0].Extract.Rows = 12_000
	}
	return n
}

// cellEnd runs a cell's night and checks what it has left.
func cellEnd(ctx context.Context, n *Night, c Cell) (string, error) {
	end, ended, err := n.EndOf(ctx)
	if err != nil {
		return end, err
	}
	if !n.asked(c.Operation) {
		return end, fmt.Errorf("the run never asked for it: the cell shows nothing")
	}
	want := Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}
	switch {
	case end == Waiting:
		want = Expect{Unended: true, Jobs: AtMostOne, Unlanded: true, OpenUploads: true}
	case end == Asking:
		want = Expect{Unended: true, Jobs: len(n.Concur.Jobs(concurtest.SampleDefinition)), Unlanded: true}
		if want.Jobs > workflows.MaxPosts {
			return end, fmt.Errorf("%d jobs were started without a person's word", want.Jobs)
		}
	case end != Recovered:
		want = Expect{Code: end, Jobs: AtMostOne, Unlanded: true, Other: true}
	case c.Fault == lateListing:
		return end, nextNightRecovers(ctx, n, ended)
	case c.Operation == opAbort:
		want.OpenUploads = c.patient // nothing could be aborted: the bucket's lifecycle rule does it
	}
	return end, n.Check(ctx, ended, want)
}

// asked tells whether the night's run asked Concur or S3 for an operation.
func (n *Night) asked(operation string) bool {
	return slices.ContainsFunc(n.Concur.Requests(), func(r concurtest.Request) bool { return string(r.Operation) == operation }) ||
		slices.ContainsFunc(n.shift.S3.Requests(), func(r S3Request) bool {
			return r.Operation == operation && strings.Contains(r.Key, "/"+n.Name+"/")
		})
}

// nextNightRecovers is for a job that turned up too late to be adopted: the next night's run lands it.
func nextNightRecovers(ctx context.Context, n *Night, ended Ended) error {
	if err := n.Check(ctx, ended, Expect{Outcome: workflows.OutcomeFindings, Jobs: 2, Unlanded: true}); err != nil {
		return err
	}
	n.Hurry()
	n.Date = "2026-11-21"
	next, err := n.Run(ctx)
	if err != nil {
		return err
	}
	if next.Result == nil || len(next.Result.Recovered) != 1 {
		return fmt.Errorf("the next night did not recover the job that was listed late: %+v %w", next.Result, next.Err)
	}
	return n.Check(ctx, next, Expect{Outcome: workflows.OutcomeFindings, Jobs: 3})
}

// document is docs/faults.md.
func document(ends map[[2]string]string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# Faults

What becomes of a run when something goes wrong once (or, where it says so, always) at one of the things that it asks
of others. Each cell was run, on a real Temporal server, and what the run left at Concur, in S3, in Temporal's history
and in the logs was checked from outside: one job at Concur, no completed job without a manifest, no half of anything.

* **%s**: the run reached its verdict as if nothing had happened.
* **%s**: the fault lasts, and the run goes on asking until it is mended; the pending activity says so.
* **%s**: only a person can tell whether a job was started; the update `+"`resolve-start`"+` says which.
* Anything else is the error that the run failed with: a code of the runbook.

At oauth.token a fault that loses the answer ends as ConcurAuth: here a refresh token is good for one use, and the answer
that nobody got took the next one with it. Before it says so, a worker looks whether another has stored a newer one. Where
Concur lets a refresh token be used again, the run goes on.

At extract.file what is no file, page or message, is waited out until `+"`poll.deadline`"+`; then the run ends with FileFormat.

The runs write the cells: `+"`TIEOUT_SYSTEMTEST=whole go test ./deployments/local/systemtest -run TestFaults -update -timeout 60m`"+`.
Without `+"`-update`"+` they are compared, and without `+"`TIEOUT_SYSTEMTEST=whole`"+` a part of them is run. An empty cell is a
fault that the operation cannot have.

## Concur

`, Recovered, Waiting, Asking)
	var rows []string
	for _, f := range concurFaults {
		rows = append(rows, f.name)
	}
	table(&b, rows, concurOperations, ends)
	b.WriteString("\n## S3\n\n")
	rows = nil
	for _, f := range s3Faults {
		rows = append(rows, f.name)
	}
	table(&b, rows, s3Operations, ends)
	b.WriteString("\n## The worker is killed\n\n`kill -9`, and another worker goes on: `TestKilledWorker`.\n\n| when | end |\n|---|---|\n")
	for _, m := range moments {
		fmt.Fprintf(&b, "| %s | %s |\n", m.name, Recovered)
	}
	return b.String()
}

func table(b *strings.Builder, rows, columns []string, ends map[[2]string]string) {
	fmt.Fprintf(b, "| | %s |\n|---|%s\n", strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
	for _, row := range rows {
		fmt.Fprintf(b, "| %s |", row)
		for _, column := range columns {
			fmt.Fprintf(b, " %s |", ends[[2]string{row, column}])
		}
		b.WriteString("\n")
	}
}

// documentedEnds reads the tables of docs/faults.md.
func documentedEnds(text string) map[[2]string]string {
	ends := map[[2]string]string{}
	var columns []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "|---") {
			continue // between a table's head and its rows
		}
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "| ")
		if !ok {
			columns = nil
			continue
		}
		fields := strings.Split(strings.TrimSuffix(line, "|"), "|")
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		if columns == nil {
			columns = fields
			continue
		}
		for i := 1; i < len(fields) && i < len(columns); i++ {
			ends[[2]string{fields[0], columns[i]}] = fields[i]
		}
	}
	return ends
}
