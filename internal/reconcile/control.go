package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/pipeline"
)

// Batch is the batch id that an earlier job of the pipeline declared, read from its manifest.
type Batch struct {
	ID           string `json:"id"`
	JobID        string `json:"jobId"`
	BusinessDate string `json:"businessDate"`
}

// tiedControl ties one file's records and total out against its header.
func tiedControl(s *extractfile.Summary) contract.Control {
	c := contract.Control{Records: s.Records, Total: s.Total, Agrees: true}
	if s.Header.Present {
		c.Declared, c.DeclaredRecords, c.DeclaredTotal = true, s.Header.Records, s.Header.Total
		c.Agrees = c.Records == c.DeclaredRecords && c.Total == c.DeclaredTotal
	}
	return c
}

// Control ties out what the files declare: the sum over all files, which agrees when each file does, and each file.
type Control struct {
	contract.Control
	Files []FileControl `json:"files"`
}

// FileControl is the control of one file.
type FileControl struct {
	Name string `json:"name"`
	contract.Control
	// Amounts are the file's amounts per currency, since the declared total mixes currencies.
	Amounts money.Sums `json:"amounts,omitempty"`
}

// controlOf ties each file out against its header.
func controlOf(files []FileSummary) Control {
	sum := Control{Control: contract.Control{Agrees: true}, Files: make([]FileControl, 0, len(files))}
	for _, file := range files {
		c := tiedControl(file.Summary)
		sum.Files = append(sum.Files, FileControl{file.Name, c, file.Summary.Amounts})
		sum.Records += c.Records
		sum.DeclaredRecords += c.DeclaredRecords
		sum.Total = sum.Total.Add(c.Total)
		sum.DeclaredTotal = sum.DeclaredTotal.Add(c.DeclaredTotal)
		sum.Agrees = sum.Agrees && c.Agrees
		sum.Declared = sum.Declared || c.Declared
	}
	return sum
}

// controlDrafts runs the control checks over each file.
func controlDrafts(in *Input, files []FileControl) []*draft {
	var drafts []*draft
	for i, file := range in.Files {
		add := func(class, declared, computed string, fault extractfile.Fault) {
			f := newFinding(CheckControl)
			f.Class, f.Declared, f.Computed = class, declared, computed
			f.Rows, f.FirstRow = fault.Rows, fault.FirstRow
			f.SampleRows = append(f.SampleRows, fault.Samples...)
			if len(in.Files) > 1 {
				f.File = file.Name
			}
			drafts = append(drafts, &draft{finding: f, order: -1, class: slices.Index(Controls(), class), file: i})
		}
		if c := files[i]; c.Declared && in.ControlTotals != pipeline.ControlOff {
			if c.Records != c.DeclaredRecords {
				add(ControlRecordCount, strconv.FormatInt(c.DeclaredRecords, 10), strconv.FormatInt(c.Records, 10), extractfile.Fault{})
			}
			if c.Total != c.DeclaredTotal {
				add(ControlJournalTotal, c.DeclaredTotal.String(), c.Total.String(), extractfile.Fault{})
			}
		}
		batch := file.Summary.Header.Batch
		if text := batchGap(batch, others(in, i), in.LeftOver); text != "" {
			add(ControlBatchGap, batch, text, extractfile.Fault{})
		}
		if text := batchRepeat(batch, in); text != "" {
			add(ControlBatchRepeat, batch, text, extractfile.Fault{})
		}
		for _, row := range []struct {
			class string
			fault extractfile.Fault
		}{
			{ControlSequence, file.Summary.Sequence},
			{ControlBatchMixed, file.Summary.BatchMixed},
			{ControlWidth, file.Summary.Width},
			{ControlAmountFormat, file.Summary.AmountFormat},
		} {
			if row.fault.Rows > 0 {
				add(row.class, row.fault.Declared, row.fault.Computed, row.fault)
			}
		}
	}
	return drafts
}

// others returns the batches that the pipeline knows besides the file's own: earlier jobs' and other files'.
func others(in *Input, file int) []Batch {
	known := slices.DeleteFunc(slices.Clone(in.Batches), func(b Batch) bool { return b.JobID == in.JobID })
	for i, f := range in.Files {
		if i != file {
			known = append(known, Batch{ID: f.Summary.Header.Batch, JobID: in.JobID, BusinessDate: in.BusinessDate})
		}
	}
	return known
}

// batchGap names the batches that are missing right below this one: batch ids go up by one per extract. The next
// lower batch that is known counts, so a job that is landed late by recovery raises no false alarm, and neither do as many
// missing batches as there are jobs that recovery has yet to land. Ids that are not
// numbers, and the first batch ever, have no gap.
func batchGap(id string, known []Batch, leftOver int) string {
	batch, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return ""
	}
	var below uint64
	var last *Batch
	for i := range known {
		n, err := strconv.ParseUint(known[i].ID, 10, 64)
		if err == nil && n < batch && (last == nil || n > below) {
			below, last = n, &known[i]
		}
	}
	switch {
	case last == nil || batch-below-1 <= uint64(leftOver):
		return ""
	case below+2 == batch:
		return fmt.Sprintf("%d is missing after %d of %s", below+1, below, last.BusinessDate)
	}
	return fmt.Sprintf("%d to %d are missing after %d of %s", below+1, batch-1, below, last.BusinessDate)
}

// batchRepeat names another job that declared the same batch. Files of one job may share a batch.
func batchRepeat(id string, in *Input) string {
	if id == "" {
		return ""
	}
	var first *Batch
	for i := range in.Batches {
		b := &in.Batches[i]
		if b.JobID == in.JobID || !sameBatch(b.ID, id) {
			continue
		}
		if first == nil || cmp.Or(cmp.Compare(b.BusinessDate, first.BusinessDate), cmp.Compare(b.JobID, first.JobID)) < 0 {
			first = b
		}
	}
	if first == nil {
		return ""
	}
	return fmt.Sprintf("landed already on %s by job %s", first.BusinessDate, first.JobID)
}

func sameBatch(a, b string) bool {
	m, errA := strconv.ParseUint(a, 10, 64)
	n, errB := strconv.ParseUint(b, 10, 64)
	if errA == nil && errB == nil {
		return m == n
	}
	return a == b
}
