package activities_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/activities"
	"tieout/concur/concurtest"
	"tieout/internal/config"
	"tieout/workflows"
)

// Workers are replaced one after the other: one whose configuration lacks what a run began with leaves the run's
// activities to another, and says so; only a run that has not begun is refused.
func TestAWorkerWithoutTheConnectionLeavesItToAnother(t *testing.T) {
	b := dueBench(t, "", "")
	b.a.Connections = map[string]activities.Concur{}
	job := workflows.JobParams{Scope: b.scope, JobID: "J"}
	for name, params := range map[string]any{
		workflows.ActivityPrepare:      workflows.PrepareParams{Scope: b.scope},
		workflows.ActivitySnapshotJobs: workflows.SnapshotJobsParams{Scope: b.scope},
		workflows.ActivityFindStarted:  workflows.FindStartedParams{Scope: b.scope},
		workflows.ActivityDescribeJob:  job,
		workflows.ActivityPickUp:       job,
		workflows.ActivityFindLeftOver: job,
		workflows.ActivityWaitForJob:   job,
		workflows.ActivityLand:         workflows.LandParams{Scope: b.scope, Job: workflows.Job{ID: "J"}},
	} {
		_, err := call[any](b, name, params)
		require.Contains(t, isError(t, err, workflows.TypeTemporary, false).Message(), `has no connection "acme"`, name)
	}
	started, err := b.start(1)
	require.NoError(t, err)
	require.Equal(t, workflows.PostNotSent, started.Outcome)
	require.Contains(t, started.Message, `has no connection "acme"`)
	require.Zero(t, b.posts())

	delete(b.a.Config.Pipelines, "nightly")
	_, err = call[any](b, workflows.ActivityNotify, workflows.NotifyParams{Scope: b.scope})
	isError(t, err, workflows.TypeTemporary, false)
	_, err = call[any](b, workflows.ActivityConfigure, workflows.ConfigureParams{Input: workflows.ExtractInput{Pipeline: "nightly"}})
	isError(t, err, workflows.CodeConfigInvalid, true)
}

// A run that is on goes on where it began when tieout.yaml names another bucket or prefix meanwhile; the next run does not.
func TestARunKeepsItsStorage(t *testing.T) {
	world, settings := everyClass(200)
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, settings.Definition)
	b.a.Config.Storage.Bucket, b.a.Config.Storage.Prefix = "elsewhere", "moved" // a bucket that is not there
	b.a.Store = b.a.Store.In("elsewhere")

	reported := b.tieOut(t, landed, "owner-1")
	b.handOver(t, b.handOverOf(reported.Result))
	for _, place := range []string{reported.Result.ResultURI, reported.Result.Reports.HTML, reported.Result.Manifest} {
		require.Contains(t, place, "s3://"+bucket+"/concur/nightly-sae/")
	}
	for key := range b.objects() {
		require.True(t, strings.HasPrefix(key, "concur/nightly-sae/"), key)
	}
	next, err := call[workflows.Configured](b, workflows.ActivityConfigure, workflows.ConfigureParams{Input: workflows.ExtractInput{BusinessDate: "2026-11-21"}})
	require.NoError(t, err)
	require.Equal(t, &workflows.Storage{Bucket: "elsewhere", Prefix: "moved"}, next.Storage)
}

// What a run has started is waited for once the right worker takes it.
func TestTheConnectionIsBack(t *testing.T) {
	b := startBench(t, concurtest.Definition{History: 1})
	connections := b.a.Connections
	b.a.Connections = nil
	job := b.history()[0]
	_, err := b.wait(job, workflows.OriginStarted)
	isError(t, err, workflows.TypeTemporary, false)
	b.a.Connections = connections
	done, err := b.wait(job, workflows.OriginStarted)
	require.NoError(t, err)
	require.Equal(t, job, done.ID)
}
