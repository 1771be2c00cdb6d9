package reconcile

import (
	"fmt"
	"hash/maphash"

	"tieout/internal/extractfile"
	"tieout/internal/money"
)

// maxSamples is how many sample rows and reports a finding shows.
const maxSamples = 10

// Affected gathers what only the rows can tell, from a second pass over the files: reports and samples per finding,
// and the rows and money of all findings, each row once. It holds a 64-bit hash per finding and report, nothing per
// row. It is not safe for concurrent use.
type Affected struct {
	verdict *Verdict
	seed    maphash.Seed
	found   []affectedFinding
	rows    int64
	amounts money.Sums
}

type affectedFinding struct {
	rows          int64
	sampleRows    []int64
	sampleReports []string
	reports       map[uint64]struct{}
	last          uint64 // the report seen last: rows of a report lie together
}

// NewAffected takes the rows of a verdict's findings.
func NewAffected(v *Verdict) *Affected {
	return &Affected{verdict: v, seed: maphash.MakeSeed(), found: make([]affectedFinding, len(v.Findings)), amounts: money.Sums{}}
}

// Add takes one row that Verdict.Lookup found something for, in the order of the file. Files come in the order of the
// input.
func (a *Affected) Add(file string, row extractfile.Row) error {
	counts := false
	for _, in := range row.Findings {
		if in.Finding < 0 || in.Finding >= len(a.found) {
			return fmt.Errorf("row %d of file %q names finding %d of %d", row.Number, file, in.Finding, len(a.found))
		}
		f := &a.verdict.Findings[in.Finding]
		counts = counts || f.Waived == nil
		a.found[in.Finding].add(row, f.File == "" || f.File == file, a.seed)
	}
	if !counts {
		return nil
	}
	a.rows++
	// An amount that is no amount is the finding amount_format, and no money here.
	if amount, err := money.Parse(row.Amount); err == nil {
		a.amounts[row.Currency] = a.amounts[row.Currency].Plus(amount)
	}
	return nil
}

func (f *affectedFinding) add(row extractfile.Row, sample bool, seed maphash.Seed) {
	f.rows++
	if sample && len(f.sampleRows) < maxSamples {
		f.sampleRows = append(f.sampleRows, row.Number)
	}
	if row.Report == "" {
		return
	}
	hash := maphash.String(seed, row.Report)
	if f.reports == nil {
		f.reports = map[uint64]struct{}{}
	} else if hash == f.last {
		return
	}
	f.last = hash
	if _, seen := f.reports[hash]; seen {
		return
	}
	f.reports[hash] = struct{}{}
	if len(f.sampleReports) < maxSamples {
		f.sampleReports = append(f.sampleReports, row.Report)
	}
}

// Apply fills in the verdict's findings and summary. It fails when the second pass met other rows than the first.
func (a *Affected) Apply() error {
	for i := range a.found {
		got, f := &a.found[i], &a.verdict.Findings[i]
		if f.Check == CheckControl {
			continue
		}
		if got.rows != f.Rows {
			return fmt.Errorf("the second pass over the rows met %d rows of the %s finding %s of check %q, the first %d: the file or the configuration changed in between; tie out again", got.rows, f.Class, f.ID, f.Check, f.Rows)
		}
		f.Reports = int64(len(got.reports))
		f.SampleRows = append([]int64{}, got.sampleRows...)
		f.SampleReports = append([]string{}, got.sampleReports...)
	}
	a.verdict.Summary.Rows, a.verdict.Summary.Amounts = a.rows, a.amounts
	return nil
}
