package tieout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/jsonstream"
	"tieout/internal/reconcile"
	"tieout/internal/report"
)

const (
	// BasisName is the object that holds the Basis.
	BasisName  = "basis.json"
	reportName = "report.json"
)

// Basis is basis.json: who opened the tie-out, and what it is compared with. All that follows is made from it, the
// landed files and the list snapshots, so an attempt that is made again writes the same bytes.
type Basis struct {
	Schema   int       `json:"schema"` // 1
	Owner    string    `json:"owner"`
	At       time.Time `json:"at"`
	Software string    `json:"software"`
	// Previous is the pipeline's previous run whose files had rows.
	Previous     *Ref   `json:"previous,omitempty"`
	PreviousDate string `json:"previousDate,omitempty"`
	// Trend holds earlier runs, oldest first.
	Trend []report.TrendPoint `json:"trend,omitempty"`
	// Batches are those of the pipeline's other landed jobs.
	Batches []reconcile.Batch `json:"batches,omitempty"`
	// LeftOver is how many jobs of earlier nights had yet to be landed.
	LeftOver int `json:"leftOver,omitempty"`
	// Earlier are earlier tie-outs, newest first, those of the job itself before those of earlier runs: their list
	// snapshots know retired codes.
	Earlier []Earlier `json:"earlier,omitempty"`
}

// Earlier is a tie-out that was made before.
type Earlier struct {
	Ref
	// Findings counts those that its report holds; waived ones are findings too.
	Findings int `json:"findings,omitempty"`
}

// Resume reads the basis that the tie-out was opened with and the scan that was made of its files.
func (t *TieOut) Resume(ctx context.Context) ([]reconcile.FileSummary, error) {
	object, err := t.Objects.Read(ctx, t.Ref, BasisName, func(body io.Reader) error { return json.NewDecoder(body).Decode(&t.Basis) })
	if err != nil {
		return nil, fmt.Errorf("reading what the tie-out is compared with: %w", err)
	}
	t.read = append(t.read, object)
	scanned, err := t.ReadScan(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the scan: %w", err)
	}
	return scanned, nil
}

// memory reads the earlier snapshots of those lists that lack a code of the files. What was live then is retired now, and
// List v1 knows no other way. How far back they are read is bounded, so what the previous run knew as retired stays so.
func (t *TieOut) memory(ctx context.Context, scanned []reconcile.FileSummary, snapshots ...*reconcile.Snapshot) (*reconcile.Memory, error) {
	memory, missed := reconcile.NewMemory(), false
	for _, snapshot := range snapshots {
		missing := reconcile.Missing(t.Settings.Checks, scanned, snapshot)
		if len(missing) == 0 {
			continue
		}
		missed = true
		for _, earlier := range t.Basis.Earlier {
			past, _, err := t.readSnapshot(ctx, earlier.Ref, snapshot.List)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("reading an earlier snapshot of list %q: %w", snapshot.List, err)
			}
			memory.Add(past, missing)
		}
	}
	if !missed {
		return memory, nil
	}
	previous, err := t.previousFindings(ctx)
	for _, check := range t.Settings.Checks {
		for _, f := range previous {
			if f.Check == check.Name && f.Class == reconcile.ClassRetired {
				memory.AddPath(check.List, f.Path)
			}
		}
	}
	return memory, err
}

// previousFindings reads the findings of the pipeline's previous run out of its report.
func (t *TieOut) previousFindings(ctx context.Context) (previous []reconcile.Finding, err error) {
	if t.Basis.Previous == nil {
		return nil, nil
	}
	return previous, t.eachFinding(ctx, *t.Basis.Previous, func(d *json.Decoder) error {
		var f reconcile.Finding
		err := d.Decode(&f)
		previous = append(previous, f)
		return err
	})
}

// seen passes id and first date of the findings of the remembered runs to each.
func (t *TieOut) seen(ctx context.Context, each func(id, since string)) error {
	for _, earlier := range t.Basis.Earlier {
		if earlier.Findings == 0 {
			continue
		}
		if err := t.eachFinding(ctx, earlier.Ref, func(d *json.Decoder) error {
			var f struct{ ID, Since string }
			err := d.Decode(&f)
			each(f.ID, f.Since)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// eachFinding calls each before each finding of an earlier report. A report that somebody tidied up has none.
func (t *TieOut) eachFinding(ctx context.Context, of Ref, each func(*json.Decoder) error) error {
	_, err := t.Objects.Read(ctx, of, reportName, func(body io.Reader) error {
		d := json.NewDecoder(body)
		var rest struct{}
		return jsonstream.Object(d, &rest, map[string]func() error{"findings": func() error {
			return jsonstream.Array(d, func() error { return each(d) })
		}})
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading an earlier report: %w", err)
	}
	return nil
}

// rechecks reads the reviews of the job's earlier tie-outs that asked for another one, oldest first. Each says what it
// came to: the figures that the next one was asked on, in the end those of this tie-out.
func (t *TieOut) rechecks(ctx context.Context, now report.Figures) ([]report.Recheck, error) {
	var asked []report.Recheck
	for number := 1; number < t.Ref.Number; number++ {
		var review contract.Review
		_, err := t.Objects.Read(ctx, Ref{t.Ref.JobKey, number}, evidence.ReviewName, func(body io.Reader) error { return json.NewDecoder(body).Decode(&review) })
		if errors.Is(err, fs.ErrNotExist) || err == nil && review.Decision != contract.DecisionRecheck {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the review of tie-out %03d: %w", number, err)
		}
		if n := len(asked); n > 0 {
			asked[n-1].Then = report.Figures{TieOut: review.TieOut, Findings: review.Findings, Rows: review.Rows, Amounts: review.Amounts}
		}
		asked = append(asked, report.Recheck{Review: review, Then: now})
	}
	return asked, nil
}
