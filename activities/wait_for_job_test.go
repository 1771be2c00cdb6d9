package activities_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

func recoverSince(day time.Time) *pipeline.Recover {
	return &pipeline.Recover{Since: day.UTC().Format(time.DateOnly)}
}

func (b *bench) wait(job string, origin contract.Origin) (contract.Job, error) {
	return call(b, contract.WaitForJob, contract.JobParams{Scope: b.scope, JobID: job, Origin: origin})
}

func TestWaitForJob(t *testing.T) {
	t.Run("completes", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{History: 1})
		job := b.concur.Jobs("def")[0]
		done, err := b.wait(job.ID, contract.OriginStarted)
		require.NoError(t, err)
		require.Equal(t, contract.Job{ID: job.ID, Definition: "def", Origin: contract.OriginStarted,
			StartTime: done.StartTime, StopTime: done.StopTime}, done)
		require.NotEmpty(t, done.StartTime)
		require.NotEmpty(t, done.StopTime)
	})
	t.Run("is on", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{Timing: concurtest.Timing{Queued: -1, Running: time.Hour}})
		_, err := b.wait(b.concur.StartJob("def").ID, contract.OriginStarted)
		require.Equal(t, "Running for 0s, poll 1, next in 1s", isError(t, err, "NotYet", false).Message())
	})
	t.Run("fails", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{Timing: concurtest.Timing{Queued: -1, Running: -1, FailAll: true}})
		_, err := b.wait(b.concur.StartJob("def").ID, contract.OriginStarted)
		isError(t, err, contract.CodeConcurJobFailed, true)
	})
}

// Only a person mends a job that was never there; everything else is asked again.
func TestWaitForJobKeepsOnAsking(t *testing.T) {
	for name, test := range map[string]struct {
		fault  concurtest.Fault
		origin contract.Origin
		code   string
		final  bool
	}{
		"unavailable":            {fault: concurtest.Fault{Status: http.StatusServiceUnavailable, RetryAfter: "30"}, code: contract.CodeTemporary},
		"a page":                 {fault: concurtest.Fault{HTML200: true}, code: contract.CodeTemporary},
		"a database deadlock":    {fault: concurtest.Fault{Status: http.StatusBadRequest}, code: contract.CodeTemporary},
		"redirected":             {fault: concurtest.Fault{Redirect: "/maintenance"}, code: contract.CodeTemporary},
		"not known yet":          {fault: concurtest.Fault{Status: http.StatusNotFound}, code: contract.CodeTemporary},
		"adopted, not known yet": {fault: concurtest.Fault{Status: http.StatusNotFound}, origin: contract.OriginAdopted, code: contract.CodeTemporary},
		"named by a person":      {fault: concurtest.Fault{Status: http.StatusNotFound}, origin: contract.OriginGiven, code: contract.CodeConfigInvalid, final: true},
		"token rejected once":    {fault: concurtest.Fault{Status: http.StatusForbidden}, code: contract.CodeTemporary},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBench(t, concurtest.Definition{History: 1})
			test.fault.Operation = concurtest.OpStatus
			b.concur.Inject(test.fault)
			if test.origin == "" {
				test.origin = contract.OriginStarted
			}
			_, err := b.wait(b.concur.Jobs("def")[0].ID, test.origin)
			failed := isError(t, err, test.code, test.final)
			if test.fault.RetryAfter != "" {
				require.Contains(t, failed.Message(), "next in 30s")
			}
		})
	}
}

// A job that has landed needs no answer of Concur any more: its date can be run again however long ago that was.
func TestAJobThatHasLandedIsNotWaitedFor(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	b.put(t, "nightly/jobs/"+contract.JobKey("old")+"/manifest.json", map[string]any{"schema": 1, "job": map[string]any{"id": "old", "definition": "def", "origin": "started"}})
	job, err := b.wait("old", contract.OriginGiven)
	require.NoError(t, err)
	require.Equal(t, contract.Job{ID: "old", Definition: "def", Origin: contract.OriginStarted}, job)
}

// An id that cannot be asked for is a person's slip: it is not asked for until the deadline.
func TestWaitForJobRefusesWhatIsNoID(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 1})
	for name, job := range map[string]string{"a slash": "job/7", "a query": "job?x", "nothing but dots": ".."} {
		t.Run(name, func(t *testing.T) {
			_, err := b.wait(job, contract.OriginGiven)
			require.Contains(t, isError(t, err, contract.CodeConfigInvalid, true).Message(), "cannot be used")
			_, err = call(b, contract.DescribeJob, contract.JobParams{Scope: b.scope, JobID: job})
			isError(t, err, contract.CodeConfigInvalid, true)
		})
	}
}
