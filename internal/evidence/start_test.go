package evidence

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
)

// noted is the note of an attempt of a run, so many minutes after the first look.
func noted(attempt int, run string, minutes int, change ...func(*Intent)) Intent {
	intent := Intent{Attempt: attempt, RunID: run, At: look.Add(time.Duration(minutes) * time.Minute), JobIDs: []string{"before " + run}}
	for _, c := range change {
		c(&intent)
	}
	return intent
}

func fenced(i *Intent) { i.Fenced, i.JobIDs = true, nil }

func listing(ids ...string) func(*Intent) { return func(i *Intent) { i.JobIDs = ids } }

// knew is the record of a run that knew of attempts.
func knew(run string, settled int, unknown ...int) Record {
	return Record{RunID: run, At: look.Add(time.Hour), Attempts: &contract.Attempts{Settled: settled, Unknown: unknown}}
}

func stoppedAt(minutes int) Record {
	return Record{RunID: "a", At: look.Add(time.Duration(minutes) * time.Minute), Stopped: &contract.Stopped{By: "ann", Reason: "by hand"}}
}

func TestStartOfASlot(t *testing.T) {
	for name, test := range map[string]struct {
		intents []Intent
		records []Record
		claims  []Claim
		last    int
		unknown []int
		open    int // the number of the open attempt
		known   string
		stopped bool
	}{
		"nothing was tried":                              {},
		"the run was lost":                               {intents: []Intent{noted(1, "a", 0)}, last: 1, unknown: []int{1}, open: 1, known: "before a"},
		"the run was lost in its second attempt":         {intents: []Intent{noted(1, "a", 0), noted(2, "a", 5, listing("later"))}, last: 2, unknown: []int{1, 2}, open: 2, known: "before a"},
		"the first was fenced":                           {intents: []Intent{noted(1, "a", 0, fenced), noted(2, "a", 5)}, last: 2, unknown: []int{2}, open: 2, known: "before a"},
		"all were fenced":                                {intents: []Intent{noted(1, "a", 0, fenced)}, last: 1},
		"a run looked until the window had passed":       {intents: []Intent{noted(1, "a", 0)}, records: []Record{knew("b", 1, 1)}, last: 1, unknown: []int{1}},
		"the run knew the answer":                        {intents: []Intent{noted(1, "a", 0)}, records: []Record{knew("a", 1)}, last: 1},
		"the next run knew the answer":                   {intents: []Intent{noted(1, "a", 0)}, records: []Record{knew("b", 1)}, last: 1},
		"the run ended before it knew":                   {intents: []Intent{noted(1, "a", 0), noted(2, "a", 5)}, records: []Record{knew("a", 1)}, last: 2, unknown: []int{2}, open: 2, known: "before a"},
		"a later run's attempt, the earlier is settled":  {intents: []Intent{noted(1, "a", 0), noted(2, "b", 5)}, records: []Record{knew("a", 1, 1)}, last: 2, unknown: []int{1, 2}, open: 2, known: "before b"},
		"Concur named the job":                           {intents: []Intent{noted(1, "a", 0)}, claims: []Claim{{JobID: "j", RunID: "a", Origin: contract.OriginStarted, Attempt: 1}}, last: 1},
		"Concur named the job of the attempt before":     {intents: []Intent{noted(1, "a", 0), noted(2, "a", 5)}, claims: []Claim{{JobID: "j", RunID: "a", Origin: contract.OriginStarted, Attempt: 1}}, last: 2, unknown: []int{2}, open: 2, known: "before a"},
		"a person adopted a job":                         {intents: []Intent{noted(1, "a", 0)}, claims: []Claim{{JobID: "j", RunID: "a", Origin: contract.OriginAdopted}}, last: 1, unknown: []int{1}, open: 1, known: "before a"},
		"a person stopped it":                            {intents: []Intent{noted(1, "a", 0)}, records: []Record{stoppedAt(5)}, last: 1, unknown: []int{1}, open: 1, known: "before a", stopped: true},
		"it was started again after a stop":              {intents: []Intent{noted(1, "a", 0), noted(2, "b", 10)}, records: []Record{stoppedAt(5)}, last: 2, unknown: []int{1, 2}, open: 2, known: "before b"},
		"what came after the stop was given up unsent":   {intents: []Intent{noted(1, "b", 10, fenced)}, records: []Record{stoppedAt(5)}, last: 1, stopped: true},
		"the attempt's run is on, and settled it itself": {intents: []Intent{noted(1, "a", 0)}, records: []Record{{RunID: "a", Attempts: &contract.Attempts{Settled: 1, Unknown: []int{1}}}}, last: 1, unknown: []int{1}},
	} {
		t.Run(name, func(t *testing.T) {
			start := StartOf(test.intents, test.records, test.claims)
			require.Equal(t, test.last, start.Attempts)
			require.Equal(t, test.unknown, start.Unknown)
			require.Equal(t, test.stopped, start.Stopped != nil)
			if test.open == 0 {
				require.Nil(t, start.Open)
				return
			}
			require.NotNil(t, start.Open)
			require.Equal(t, test.open, start.Open.Attempt)
			require.Equal(t, []string{test.known}, start.Open.JobIDs, "the jobs from before the run's first attempt")
		})
	}
}

// The jobs of a slot are those that were claimed for it and those that its records name, each once and the newest first.
func TestJobsOfASlot(t *testing.T) {
	at := func(minutes int) time.Time { return look.Add(time.Duration(minutes) * time.Minute) }
	start := StartOf(nil, []Record{{RunID: "b", JobID: "claimed", At: at(9)}, {RunID: "a", JobID: "failed", At: at(1)}},
		[]Claim{{JobID: "oldest", RunID: "x", At: at(0)}, {JobID: "claimed", RunID: "b", Origin: contract.OriginStarted, At: at(8)}})
	var ids []string
	var origins []contract.Origin
	for _, job := range start.Jobs {
		ids, origins = append(ids, job.JobID), append(origins, job.Origin)
	}
	require.Equal(t, []string{"claimed", "failed", "oldest"}, ids)
	require.Equal(t, []contract.Origin{contract.OriginStarted, contract.OriginAdopted, ""}, origins)
}
