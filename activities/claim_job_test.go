package activities_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/bucket/s3test"
	"tieout/internal/contract"
)

// claimed returns which run works on a job and how it came to it, or "".
func (b *bench) claimed(t *testing.T, job string) (run, origin string) {
	t.Helper()
	text, there := b.s3.Object(evidenceBucket, "nightly/jobs/"+contract.JobKey(job)+"/claim.json")
	if !there {
		return "", ""
	}
	var claim struct{ RunID, Origin string }
	require.NoError(t, json.Unmarshal(text, &claim))
	return claim.RunID, claim.Origin
}

// Before the run itself knows that it has a job, no other run may take it for one that was left over.
func TestAJobIsClaimedWhereItIsGot(t *testing.T) {
	t.Run("created", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{Timing: slow})
		started, err := b.start(1)
		require.NoError(t, err)
		run, origin := b.claimed(t, started.JobID)
		require.Equal(t, [2]string{"run-1", string(contract.OriginStarted)}, [2]string{run, origin})

		found, err := b.find(contract.FindStartedParams{Until: time.Now()}) // as after a reset
		require.NoError(t, err)
		require.Equal(t, []string{started.JobID}, found.JobIDs)
		_, origin = b.claimed(t, started.JobID)
		require.Equal(t, string(contract.OriginStarted), origin, "what Concur answered stands")
	})
	t.Run("created, and S3 takes no claim", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{Timing: slow})
		b.s3.Inject(s3test.Fault{Operation: "PutObject", Key: "claim.json", Times: -1, Do: s3test.Denied})
		started, err := b.start(1)
		require.NoError(t, err)
		require.Equal(t, contract.PostCreated, started.Outcome, "the answer is not lost over it")
	})
	t.Run("found", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{Timing: slow})
		first := b.concur.StartJob("def").ID
		_, err := b.find(contract.FindStartedParams{Until: time.Now()})
		require.NoError(t, err)
		run, origin := b.claimed(t, first)
		require.Equal(t, [2]string{"run-1", string(contract.OriginAdopted)}, [2]string{run, origin})
	})
	t.Run("several found", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{Timing: slow})
		first, second := b.concur.StartJob("def").ID, b.concur.StartJob("def").ID
		found, err := b.find(contract.FindStartedParams{Until: time.Now()})
		require.NoError(t, err)
		require.Len(t, found.JobIDs, 2)
		for _, job := range []string{first, second} {
			run, _ := b.claimed(t, job)
			require.Empty(t, run, "a person decides")
		}
	})
}
