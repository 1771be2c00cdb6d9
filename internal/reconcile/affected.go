package reconcile

import (
	"fmt"
	"hash/maphash"

	"tieout/internal/extractfile"
	"tieout/internal/money"
)

// maxSamples is how many sample rows and reports a finding shows.
const maxSamples = 10

// affected gathers what only the rows can tell, from a second pass over the files: reports and samples per finding,
// the money of control findings, and the rows and money of all findings, each row once. It holds a 64-bit hash per
// finding and report, nothing per row. It is not safe for concurrent use.
type affected struct {
	judgement *Judgement
	seed      maphash.Seed
	found     []affectedFinding
	controls  map[fileControl]int // index into the findings
	rows      int64
	amounts   money.Sums
}

type affectedFinding struct {
	rows          int64
	sampleRows    []int64
	sampleReports []string
	reports       map[uint64]struct{}
	last          uint64 // the report seen last: rows of a report lie together
	amounts       money.Sums
}

// fileControl names the control finding of a file; the file is empty when the job has but one.
type fileControl struct{ file, class string }

// newAffected takes the rows of a judgement's findings.
func newAffected(v *Judgement) *affected {
	a := &affected{
		judgement: v, seed: maphash.MakeSeed(), found: make([]affectedFinding, len(v.Findings)),
		controls: map[fileControl]int{}, amounts: money.Sums{},
	}
	for i := range v.Findings {
		if f := &v.Findings[i]; f.Check == CheckControl {
			a.controls[fileControl{f.File, f.Class}] = i
		}
	}
	return a
}

// add takes one row that extractfile.Rows emits for Judgement.Lookup. Rows come in the order of their file, files in the
// order of the input.
func (a *affected) add(file string, row *extractfile.Row) error {
	// An amount that cannot be read is the finding amount_format and adds nothing here.
	amount, err := money.Parse(row.Amount)
	isMoney := err == nil
	counts := false
	touch := func(i int) {
		f := &a.judgement.Findings[i]
		counts = counts || f.Waived == nil
		a.found[i].add(row, f.File == "" || f.File == file, a.seed)
		if f.Check == CheckControl && isMoney {
			a.found[i].plus(row.Currency, amount)
		}
	}
	for _, in := range row.Findings {
		if in.Finding < 0 || in.Finding >= len(a.found) {
			return fmt.Errorf("row %d of file %q names finding %d of %d", row.Number, file, in.Finding, len(a.found))
		}
		touch(in.Finding)
	}
	for _, class := range row.Controls {
		i, known := a.control(file, class)
		if !known {
			return fmt.Errorf("the second pass over file %q met %s at row %d, the first did not: the file or the configuration changed in between; tie out again", file, class, row.Number)
		}
		touch(i)
	}
	if counts {
		a.rows++
		if isMoney {
			a.amounts[row.Currency] = a.amounts[row.Currency].Plus(amount)
		}
	}
	return nil
}

func (a *affected) control(file, class string) (int, bool) {
	if len(a.judgement.Control.Files) == 1 {
		file = ""
	}
	i, known := a.controls[fileControl{file, class}]
	return i, known
}

func (f *affectedFinding) add(row *extractfile.Row, sample bool, seed maphash.Seed) {
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

func (f *affectedFinding) plus(currency string, amount money.Amount) {
	if f.amounts == nil {
		f.amounts = money.Sums{}
	}
	f.amounts[currency] = f.amounts[currency].Plus(amount)
}

// apply fills in the judgement's findings and summary. It fails when the second pass met other rows than the first.
func (a *affected) apply() error {
	for i := range a.found {
		got, f := &a.found[i], &a.judgement.Findings[i]
		if got.rows != f.Rows {
			return fmt.Errorf("the second pass over the rows met %d rows of the %s finding %s of check %q, the first %d: the file or the configuration changed in between; tie out again", got.rows, f.Class, f.ID, f.Check, f.Rows)
		}
		f.Reports = int64(len(got.reports))
		f.SampleRows = append([]int64{}, got.sampleRows...)
		f.SampleReports = append([]string{}, got.sampleReports...)
		if got.amounts != nil {
			f.Amounts = got.amounts
		}
	}
	a.judgement.Summary.Rows, a.judgement.Summary.Amounts = a.rows, a.amounts
	return nil
}
