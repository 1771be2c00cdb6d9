package activities_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/activities"
	"tieout/concur/concurtest"
	"tieout/internal/config"
	"tieout/internal/contract"
)

// Workers are replaced one after the other: one whose configuration lacks what a run began with leaves the run's
// activities to another, and says so; only a run that has not begun is refused.
func TestAWorkerWithoutTheConnectionLeavesItToAnother(t *testing.T) {
	b := dueBench(t, "", "")
	b.a.Connections = map[string]activities.Concur{}
	job := contract.JobParams{Scope: b.scope, JobID: "J"}
	leaves := func(err error) {
		t.Helper()
		require.Contains(t, isError(t, err, contract.CodeTemporary, false).Message(), `has no connection "acme"`)
	}
	_, err := call(b, contract.Prepare, contract.PrepareParams{Scope: b.scope})
	leaves(err)
	_, err = call(b, contract.SnapshotJobs, contract.SnapshotJobsParams{Scope: b.scope})
	leaves(err)
	_, err = call(b, contract.FindStarted, contract.FindStartedParams{Scope: b.scope})
	leaves(err)
	_, err = call(b, contract.DescribeJob, job)
	leaves(err)
	_, err = call(b, contract.PickUp, job)
	leaves(err)
	_, err = call(b, contract.FindLeftOver, job)
	leaves(err)
	_, err = call(b, contract.WaitForJob, job)
	leaves(err)
	_, err = call(b, contract.Land, contract.LandParams{Scope: b.scope, Job: contract.Job{ID: "J"}})
	leaves(err)
	started, err := b.start(1)
	require.NoError(t, err)
	require.Equal(t, contract.PostNotSent, started.Outcome)
	require.Contains(t, started.Message, `has no connection "acme"`)
	require.Zero(t, b.posts())

	delete(b.a.Config.Pipelines, "nightly")
	_, err = call(b, contract.Notify, contract.NotifyParams{Scope: b.scope})
	isError(t, err, contract.CodeTemporary, false)
	_, err = call(b, contract.Configure, contract.ConfigureParams{Input: contract.ExtractInput{Pipeline: "nightly"}})
	isError(t, err, contract.CodeConfigInvalid, true)
}

// A run keeps the bucket and the prefix that it began with when tieout.yaml names others meanwhile; the next run does not.
func TestARunKeepsItsStorage(t *testing.T) {
	world, settings := everyClass(200)
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, settings.Definition)
	b.a.Config.Storage.Bucket, b.a.Config.Storage.Prefix = "elsewhere", "moved" // a bucket that is not there

	reported := b.tieOut(t, landed, "owner-1")
	b.handOver(t, b.handOverOf(reported.Result))
	for _, place := range []string{reported.Result.ResultURI, reported.Result.Reports.HTML, reported.Result.Manifest} {
		require.Contains(t, place, "s3://"+evidenceBucket+"/concur/nightly-sae/")
	}
	for key := range b.objects() {
		require.True(t, strings.HasPrefix(key, "concur/nightly-sae/"), key)
	}
	next, err := call(b, contract.Configure, contract.ConfigureParams{Input: contract.ExtractInput{BusinessDate: "2026-11-21"}})
	require.NoError(t, err)
	require.Equal(t, &contract.Storage{Bucket: "elsewhere", Prefix: "moved"}, next.Storage)
}

// What a run has started is waited for once the right worker takes it.
func TestTheConnectionIsBack(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 1})
	connections := b.a.Connections
	b.a.Connections = nil
	job := b.history()[0]
	_, err := b.wait(job, contract.OriginStarted)
	isError(t, err, contract.CodeTemporary, false)
	b.a.Connections = connections
	done, err := b.wait(job, contract.OriginStarted)
	require.NoError(t, err)
	require.Equal(t, job, done.ID)
}
