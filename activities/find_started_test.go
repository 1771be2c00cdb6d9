package activities_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/workflows"
)

func (b *bench) find(p workflows.FindStartedParams) (workflows.FindStartedResult, error) {
	p.Scope = b.scope
	if p.RunID == "" {
		p.RunID = b.scope.RunID
	}
	return call[workflows.FindStartedResult](b, workflows.ActivityFindStarted, p)
}

func TestFindStarted(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 1, Timing: slow})
	old := b.concur.Jobs("def")[0].ID
	known, later, past := []string{old}, time.Now().Add(time.Hour), time.Now().Add(-time.Second)

	_, err := b.find(workflows.FindStartedParams{Known: known, Until: later})
	isError(t, err, "NotYet", false)
	none, err := b.find(workflows.FindStartedParams{Known: known, Until: past})
	require.NoError(t, err)
	require.Empty(t, none.JobIDs)
	none, err = b.find(workflows.FindStartedParams{Known: known, Until: past, Running: true})
	require.NoError(t, err)
	require.Empty(t, none.JobIDs)

	first := b.concur.StartJob("def").ID
	found, err := b.find(workflows.FindStartedParams{Known: known, Until: later})
	require.NoError(t, err)
	require.Equal(t, []string{first}, found.JobIDs)
	on, err := b.find(workflows.FindStartedParams{Known: []string{old, first}, Until: past, Running: true})
	require.NoError(t, err)
	require.Equal(t, []string{first}, on.JobIDs, "the job that answered 409 may be a known one")

	second := b.concur.StartJob("def").ID
	both, err := b.find(workflows.FindStartedParams{Known: known, Until: later})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{first, second}, both.JobIDs)
}

// A job that Concur named in answer to another run's POST is not the one that is looked for.
func TestFindStartedLeavesTheJobsThatOthersStarted(t *testing.T) {
	b := startBench(t, concurtest.Definition{Timing: slow})
	job := b.concur.StartJob("def").ID
	looksFor := func(run string) []string {
		found, err := b.find(workflows.FindStartedParams{RunID: run, Until: time.Now()})
		require.NoError(t, err)
		return found.JobIDs
	}
	other := b.scope
	other.RunID = "run-0"
	for _, origin := range []string{workflows.OriginAdopted, workflows.OriginGiven, workflows.OriginStarted} {
		require.Equal(t, []string{job}, looksFor("run-1"))
		_, err := call[struct{}](b, workflows.ActivityClaimJob, workflows.JobParams{Scope: other, JobID: job, Origin: origin})
		require.NoError(t, err)
	}
	require.Empty(t, looksFor("run-1"))
	require.Equal(t, []string{job}, looksFor("run-0"), "the run whose start is open may have been lost after its claim")
}

// A list that cannot be read proves nothing, however often it was asked for.
func TestFindStartedConcludesNothingFromHalfAList(t *testing.T) {
	for name, fault := range map[string]concurtest.Fault{
		"a page":      {HTML200: true},
		"cut short":   {MalformedXML: true},
		"unavailable": {Status: http.StatusServiceUnavailable},
		"refused":     {Status: http.StatusBadRequest},
		"dropped":     {DropBefore: true, Times: 10},
		"redirected":  {Redirect: "/maintenance"},
		"forbidden":   {Status: http.StatusForbidden},
		"not found":   {Status: http.StatusNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBench(t, concurtest.Definition{})
			fault.Operation = concurtest.OpJobs
			b.concur.Inject(fault)
			_, err := b.find(workflows.FindStartedParams{Until: time.Now()})
			isError(t, err, workflows.TypeTemporary, false)
		})
	}
}

func TestFindStartedSeesAFullList(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 100})
	snapshot, err := b.snapshot()
	require.NoError(t, err)
	found, err := b.find(workflows.FindStartedParams{Known: snapshot.JobIDs, Until: time.Now()})
	require.NoError(t, err)
	require.True(t, found.Full)
	require.Empty(t, found.JobIDs)
}
