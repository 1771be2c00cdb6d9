package activities_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
)

func (b *bench) find(p contract.FindStartedParams) (contract.FindStartedResult, error) {
	p.Scope = b.scope
	if p.RunID == "" {
		p.RunID = b.scope.RunID
	}
	return call(b, contract.FindStarted, p)
}

func TestFindStarted(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 1, Timing: slow})
	old := b.concur.Jobs("def")[0].ID
	known, later, past := []string{old}, time.Now().Add(time.Hour), time.Now().Add(-time.Second)

	_, err := b.find(contract.FindStartedParams{Known: known, Until: later})
	isError(t, err, "NotYet", false)
	none, err := b.find(contract.FindStartedParams{Known: known, Until: past})
	require.NoError(t, err)
	require.Empty(t, none.JobIDs)
	none, err = b.find(contract.FindStartedParams{Known: known, Until: past, Running: true})
	require.NoError(t, err)
	require.Empty(t, none.JobIDs)

	first := b.concur.StartJob("def").ID
	found, err := b.find(contract.FindStartedParams{Known: known, Until: later})
	require.NoError(t, err)
	require.Equal(t, []string{first}, found.JobIDs)
	on, err := b.find(contract.FindStartedParams{Known: []string{old, first}, Until: past, Running: true})
	require.NoError(t, err)
	require.Equal(t, []string{first}, on.JobIDs, "the job that answered 409 may be a known one")

	second, third := b.concur.StartJob("def").ID, b.concur.StartJob("def").ID
	again, err := b.find(contract.FindStartedParams{Known: known, Until: later})
	require.NoError(t, err)
	require.Equal(t, []string{first}, again.JobIDs, "a look that is made again finds what it has claimed")
	both, err := b.find(contract.FindStartedParams{Known: append(known, first), Until: later})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{second, third}, both.JobIDs)
}

// A job that another date has been given is not the one that is looked for; one that a run of the same date has taken is.
func TestFindStartedLeavesTheJobsOfOtherDates(t *testing.T) {
	for _, origin := range []contract.Origin{contract.OriginAdopted, contract.OriginGiven, contract.OriginStarted} {
		b := startBench(t, concurtest.Definition{Timing: slow})
		looksFor := func(run string) []string {
			found, err := b.find(contract.FindStartedParams{RunID: run, Until: time.Now()})
			require.NoError(t, err)
			return found.JobIDs
		}
		claimedBy := func(job string, scope contract.Scope) {
			_, err := call(b, contract.ClaimJob, contract.JobParams{Scope: scope, JobID: job, Origin: origin})
			require.NoError(t, err)
		}
		other := b.scope
		other.BusinessDate, other.Slot, other.RunID = "2026-11-19", contract.Slot{Date: "2026-11-19"}, "run-0"
		claimedBy(b.concur.StartJob("def").ID, other)
		require.Empty(t, looksFor("run-1"), origin)

		same, job := b.scope, b.concur.StartJob("def").ID
		same.RunID = "run-2"
		claimedBy(job, same)
		b.concur.StartJob("def") // whatever else is new
		require.Equal(t, []string{job}, looksFor("run-1"), origin)
	}
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
			_, err := b.find(contract.FindStartedParams{Until: time.Now()})
			isError(t, err, contract.CodeTemporary, false)
		})
	}
}

// From the 100th night on Concur's list is always full: the same jobs mean that nothing was started, and only a list that
// lost known jobs without a new one in their place may have hidden something.
func TestAFullListOfTheSameJobsMeansThatNothingWasStarted(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 100})
	snapshot, err := b.snapshot()
	require.NoError(t, err)
	look := func(known ...string) contract.FindStartedResult {
		found, err := b.find(contract.FindStartedParams{Known: known, Until: time.Now()})
		require.NoError(t, err)
		return found
	}
	require.Equal(t, contract.FindStartedResult{}, look(snapshot.JobIDs...))
	require.Equal(t, contract.FindStartedResult{Lost: true}, look(append(snapshot.JobIDs, "pushed out")...))

	foreign := b.concur.StartJob("def").ID // in the place of the oldest
	b.claimFor(t, foreign, "2026-11-19")
	require.Equal(t, contract.FindStartedResult{}, look(snapshot.JobIDs...), "another date's job is why one is gone")
}

// claimFor lets the run of another date claim a job.
func (b *bench) claimFor(t *testing.T, job, date string) {
	t.Helper()
	other := b.scope
	other.RunID, other.WorkflowID, other.BusinessDate, other.Slot = "run-"+date, "extract/nightly/"+date, date, contract.Slot{Date: date}
	_, err := call(b, contract.ClaimJob, contract.JobParams{Scope: other, JobID: job, Origin: contract.OriginAdopted})
	require.NoError(t, err)
}

// A start that was left open adopts no job that has its result or belongs to another date, however long ago it was.
func TestAnOldDateAdoptsNoJobOfAnother(t *testing.T) {
	b := startBench(t, concurtest.Definition{Timing: slow})
	done, others := b.concur.StartJob("def").ID, b.concur.StartJob("def").ID
	b.put(t, "nightly/jobs/"+contract.JobKey(done)+"/tieout/001/result.json", map[string]any{"schema": 1})
	b.claimFor(t, others, "2026-11-18")
	found, err := b.find(contract.FindStartedParams{RunID: "run-13", Until: time.Now()})
	require.NoError(t, err)
	require.Empty(t, found.JobIDs)
}

// Concur takes no start while a job of another date is running: that one is waited for, and never adopted.
func TestAJobOfAnotherDateIsWaitedFor(t *testing.T) {
	b := startBench(t, concurtest.Definition{Timing: slow})
	b.claimFor(t, b.concur.StartJob("def").ID, "2026-11-19")
	_, err := b.find(contract.FindStartedParams{Running: true})
	require.Contains(t, isError(t, err, "NotYet", false).Message(), "of 2026-11-19; the job is asked for again once that has ended")
}

// The run of another date may have started a job a moment ago and not have claimed it yet.
func TestAJobThatNobodyHasClaimedYetIsGivenAMoment(t *testing.T) {
	b := startBench(t, concurtest.Definition{Timing: slow})
	job := b.concur.StartJob("def").ID
	_, err := b.find(contract.FindStartedParams{Running: true, Until: time.Now().Add(time.Minute)})
	require.Contains(t, isError(t, err, "NotYet", false).Message(), job+", which nobody has claimed yet")
	found, err := b.find(contract.FindStartedParams{Running: true, Until: time.Now()})
	require.NoError(t, err)
	require.Equal(t, []string{job}, found.JobIDs)
}

// Nor can a person give a date the job of another.
func TestAPersonAdoptsNoJobOfAnotherDate(t *testing.T) {
	b := startBench(t, concurtest.Definition{Timing: slow})
	job := b.concur.StartJob("def").ID
	_, err := call(b, contract.DescribeJob, contract.JobParams{Scope: b.scope, JobID: job})
	require.NoError(t, err)
	b.claimFor(t, job, "2026-11-19")
	_, err = call(b, contract.DescribeJob, contract.JobParams{Scope: b.scope, JobID: job})
	require.Contains(t, isError(t, err, contract.CodeConfigInvalid, true).Message(), "is that of 2026-11-19, which extract/nightly/2026-11-19 has")
}

// What Concur named in answer to the start is its job, whatever else is new.
func TestTheJobThatConcurNamedIsTheOnlyOne(t *testing.T) {
	b := startBench(t, concurtest.Definition{Timing: slow})
	started, err := b.start(1)
	require.NoError(t, err)
	b.concur.StartJob("def")
	found, err := b.find(contract.FindStartedParams{Until: time.Now()})
	require.NoError(t, err)
	require.Equal(t, []string{started.JobID}, found.JobIDs)
}
