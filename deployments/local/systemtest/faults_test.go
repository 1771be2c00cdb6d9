package systemtest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
)

var update = flag.Bool("update", false, "write what the cells that were run have shown to docs/faults.md")

// slots bound how many cells run at a time: with more, their requests would make each other time out. Cells that mostly
// wait have slots of their own.
var slots, waitingSlots = make(chan struct{}, 24), make(chan struct{}, 100)

// TestFaults runs a pipeline for each fault at each operation and compares the ends with docs/faults.md. By default it
// takes some of the cells; with TIEOUT_SYSTEMTEST=whole it takes all of them, which lasts some minutes.
func TestFaults(t *testing.T) {
	t.Parallel()
	all := wholeMatrix()
	var shown sync.Map // ends by fault and operation
	t.Run("cells", func(t *testing.T) {
		for _, operation := range append(slices.Clone(concurOperations), s3Operations...) {
			t.Run(operation, func(t *testing.T) {
				t.Parallel()
				runColumn(t, cells(operation, all), &shown)
			})
		}
	})
	path := filepath.Join(servers.Root, "docs", "faults.md")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	documented := documentedEnds(string(text))
	for at, end := range shown.Range {
		if *update {
			documented[at.([2]string)] = end.(string)
		}
		require.Equal(t, documented[at.([2]string)], end, "%s", at)
	}
	if *update {
		require.False(t, t.Failed(), "nothing is written from a run that failed")
		require.NoError(t, os.WriteFile(path, []byte(document(string(text), documented)), 0o644))
	}
}

func wholeMatrix() bool { return os.Getenv("TIEOUT_SYSTEMTEST") == "whole" }

// runColumn runs the cells of one operation in one scenario.
func runColumn(t *testing.T, cells []cell, shown *sync.Map) {
	if len(cells) == 0 {
		t.Skip("no cell is chosen")
	}
	var pipelines []*Pipeline
	for i := range cells {
		pipelines = append(pipelines, cells[i].pipeline(fmt.Sprintf("cell-%d", i)))
	}
	ctx, s := newScenario(t, pipelines...)
	for i, c := range cells {
		if c.concur != nil {
			pipelines[i].Concur.Inject(*c.concur)
		}
		pipelines[i].Concur.Inject(leadingTo(c.operation)...)
		if c.s3 != nil {
			rule := *c.s3
			rule.Key = "/" + pipelines[i].Name + "/"
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
			end, err := c.run(ctx, pipelines[i])
			if err != nil {
				t.Errorf("%s at %s: %v", c.fault, c.operation, err)
			}
			t.Logf("%s at %s: %s", c.fault, c.operation, end)
			shown.Store([2]string{c.fault, c.operation}, end)
		})
	}
	running.Wait()
}

// pipeline returns a pipeline for the cell: with the list API that has the operation, and a file in parts where it needs them.
func (c cell) pipeline(name string) *Pipeline {
	p := &Pipeline{Name: name, World: World(60), Settings: map[string]any{
		"poll": map[string]any{"first": "50ms", "max": "200ms", "deadline": "5m", "visibility": "3s"}}}
	p.World.Definitions[0].Files[0].Extract.Inject = p.World.Definitions[0].Files[0].Extract.Inject[:1]
	if strings.HasPrefix(c.operation, "listv4.") {
		p.Connection = map[string]any{"lists_api": "v4"}
	}
	if strings.Contains(c.operation, "Upload") || c.operation == opListParts {
		p.World.Definitions[0].Files[0].Extract.Rows = 12_000
	}
	return p
}

// run runs the cell's pipeline and checks what the run has left.
func (c cell) run(ctx context.Context, p *Pipeline) (string, error) {
	end, ended, err := p.endUnderFault(ctx)
	if err != nil {
		return end, err
	}
	if !p.asked(c.operation) {
		return end, errors.New("the run never asked for it: the cell shows nothing")
	}
	want := findings
	switch {
	case end == waiting:
		want = Expect{Unended: true, Jobs: AtMostOne, Unlanded: true, OpenUploads: true}
	case end == asking:
		want = Expect{Unended: true, Jobs: len(p.jobs()), Unlanded: true}
		if want.Jobs > contract.MaxPosts {
			return end, fmt.Errorf("%d jobs were started without a person's word", want.Jobs)
		}
	case end != recovered:
		want = Expect{Code: end, Jobs: AtMostOne, Unlanded: true, OtherBytes: true}
	case c.fault == lateListing:
		return end, nextRunRecovers(ctx, p, ended)
	case c.operation == opAbort:
		want.OpenUploads = c.patient // where S3 never aborts, the bucket's lifecycle rule does it
	}
	return end, p.Check(ctx, ended, want)
}

// asked reports whether the pipeline asked Concur or S3 for an operation.
func (p *Pipeline) asked(operation string) bool {
	return p.Requests(concurtest.Operation(operation)) > 0 ||
		slices.ContainsFunc(p.scenario.S3.Requests(), func(r S3Request) bool {
			return r.Operation == operation && strings.Contains(r.Key, "/"+p.Name+"/")
		})
}

// nextRunRecovers sees that a job that was listed too late to be adopted is landed by the run of the next date.
func nextRunRecovers(ctx context.Context, p *Pipeline, ended Ended) error {
	if err := p.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 2, Unlanded: true}); err != nil {
		return err
	}
	p.FinishJob()
	p.Date = "2026-11-21"
	next, err := p.Run(ctx)
	if err != nil {
		return err
	}
	if next.Result == nil || len(next.Result.Recovered) != 1 {
		return fmt.Errorf("the next run did not recover the job that was listed late: %+v %w", next.Result, next.Err)
	}
	return p.Check(ctx, next, Expect{Outcome: contract.OutcomeFindings, Jobs: 3})
}
