package evidence

import (
	"cmp"
	"slices"

	"tieout/internal/contract"
)

// Start is what the bucket tells of the starts of one slot, over all runs that the slot has had.
type Start struct {
	// Attempts is the highest number of an attempt, Unknown are the numbers of those whose outcome nobody knows.
	Attempts int
	Unknown  []int
	// Open is the newest attempt, where its outcome is not known and no run has looked for its job until the window had
	// passed. Its JobIDs are those from before its run's first attempt.
	Open *Intent
	// Stopped is who stopped the last start, where nothing was tried since.
	Stopped *contract.Stopped
	// Jobs are the slot's jobs, the newest first.
	Jobs []Claim
}

// StartOf judges a slot by its intents in order, by the records of its runs, and by the claims of its jobs. A record that names a
// job without a claim counts as one. An attempt is declared only when every earlier one is settled, so that no more than
// the newest can be open.
func StartOf(intents []Intent, records []Record, claims []Claim) Start {
	var start Start
	settled := 0
	for _, record := range records {
		if record.Attempts != nil {
			settled = max(settled, record.Attempts.Settled)
		}
	}
	first := map[string]Intent{} // of each run; a fence does not say which jobs were there
	for _, intent := range intents {
		if _, there := first[intent.RunID]; !there && !intent.Fenced {
			first[intent.RunID] = intent
		}
		start.Attempts = max(start.Attempts, intent.Attempt)
		if intent.Fenced || answered(intent, records, claims) {
			continue
		}
		start.Unknown = append(start.Unknown, intent.Attempt)
		if newest := intent.Attempt == intents[len(intents)-1].Attempt; newest && intent.Attempt > settled {
			intent.JobIDs = first[intent.RunID].JobIDs
			start.Open = &intent
		}
	}
	start.Stopped = stopped(intents, records)
	start.Jobs = jobsOf(records, claims)
	return start
}

// answered reports whether Concur's answer to an attempt is known: it named a job, or a run that knew of the attempt says
// so. The claim alone does not do, for the next run on the job replaces it.
func answered(intent Intent, records []Record, claims []Claim) bool {
	named := func(c Claim) bool { return c.StartedBy(intent.RunID) && c.Attempt == intent.Attempt }
	knew := func(r Record) bool {
		return r.Attempts != nil && intent.Attempt <= r.Attempts.Settled && !slices.Contains(r.Attempts.Unknown, intent.Attempt)
	}
	return slices.ContainsFunc(claims, named) || slices.ContainsFunc(records, knew)
}

// stopped returns who ended the newest run that a person stopped, unless a later attempt was declared.
func stopped(intents []Intent, records []Record) *contract.Stopped {
	for _, record := range records { // the newest first
		if record.Stopped == nil {
			continue
		}
		later := func(i Intent) bool { return !i.Fenced && i.At.After(record.At) }
		if slices.ContainsFunc(intents, later) {
			return nil
		}
		return record.Stopped
	}
	return nil
}

func jobsOf(records []Record, claims []Claim) []Claim {
	jobs := slices.Clone(claims)
	for _, record := range records {
		if record.JobID != "" && !slices.ContainsFunc(jobs, func(c Claim) bool { return c.JobID == record.JobID }) {
			jobs = append(jobs, Claim{JobID: record.JobID, Origin: contract.OriginAdopted, BusinessDate: record.BusinessDate, Slot: record.Slot,
				WorkflowID: record.WorkflowID, RunID: record.RunID, At: record.At})
		}
	}
	slices.SortStableFunc(jobs, func(a, b Claim) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	return jobs
}
