package systemtest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"tieout/concur/concurtest"
	"tieout/internal/runs"
	"tieout/workflows"
)

// moments are those at which a worker is killed. arm says what kills it.
var moments = []struct {
	name string
	rows int64
	arm  func(n *Night, s *Shift, kill func())
	// watch kills by what the run itself shows; it is polled.
	watch func(runs.Status) bool
	// patient nights wait until a POST that nobody heard of can no longer be on its way, which takes minutes.
	patient bool
	// running is how long the job runs.
	running time.Duration
	// lists is the list API, v1 where it is left out.
	lists string
}{
	{name: "while the definitions are read", arm: atConcur(concurtest.OpDefinitions, concurtest.Received, 1)},
	{name: "while the lists are looked up before the start", arm: atConcur(concurtest.OpLists, concurtest.Received, 1)},
	{name: "while the lists are looked up before the start, List v4", lists: "v4", arm: atConcur(concurtest.OpListsV4, concurtest.Received, 1)},
	{name: "while the jobs are listed before the start", arm: atConcur(concurtest.OpJobs, concurtest.Received, 1)},
	{name: "before the intent is written", arm: atS3("PutObject", ".intent-1.json", Reset)},
	{name: "after the intent, before the POST", arm: atS3("PutObject", ".intent-1.json", LostAnswer), patient: true},
	{name: "before the POST reaches Concur", arm: func(n *Night, _ *Shift, kill func()) {
		n.Concur.Inject(concurtest.Fault{Operation: concurtest.OpStart, Nth: 1, DropBefore: true})
		n.On(concurtest.OpStart, concurtest.Received, 1, kill)
	}, patient: true},
	{name: "after Concur accepted, before the answer", arm: atConcur(concurtest.OpStart, concurtest.Acted, 1)},
	{name: "just after the 201", arm: atS3("PutObject", "claim.json", Reset)},
	{name: "between two polls", arm: func(n *Night, _ *Shift, kill func()) {
		// Until it is killed the job does not end.
		n.On(concurtest.OpStatus, concurtest.Answered, 2, func() { kill(); n.Hurry() })
	}, running: time.Minute},
	{name: "first bytes of the file", rows: 20_000, arm: func(n *Night, _ *Shift, _ func()) {
		n.Concur.Inject(concurtest.Fault{Operation: concurtest.OpFile, Nth: 1, SlowBody: &concurtest.SlowBody{Bytes: 64 << 10, Pause: 50 * time.Millisecond}})
	}, watch: func(s runs.Status) bool { return s.Activity == workflows.ActivityLand && s.Bytes > 0 }},
	{name: "middle of the multipart upload", rows: 30_000, arm: atS3("UploadPart", "/raw/", Reset, 2)},
	{name: "after the last part, before the upload is completed", rows: 30_000, arm: atS3("CompleteMultipartUpload", "/raw/", Reset)},
	{name: "after the upload is completed, before anybody knows", rows: 30_000, arm: atS3("CompleteMultipartUpload", "/raw/", LostAnswer)},
	{name: "after the upload, before the manifest", arm: atS3("PutObject", "/manifest.json", Reset)},
	{name: "after the manifest, before anybody knows", arm: atS3("PutObject", "/manifest.json", LostAnswer)},
	{name: "before the tie-out is opened", arm: atS3("PutObject", "/basis.json", Reset)},
	{name: "before scan.json", arm: atS3("PutObject", "/scan.json", Reset)},
	{name: "while a list is read", arm: atConcur(concurtest.OpItems, concurtest.Received, 3)},
	{name: "while a list's first level is read, List v4", lists: "v4", arm: atConcur(concurtest.OpChildrenV4, concurtest.Received, 1)},
	{name: "while an item's children are read, List v4", lists: "v4", arm: atConcur(concurtest.OpItemsV4, concurtest.Received, 2)},
	{name: "before a list's snapshot is kept", arm: atS3("PutObject", "/lists/", Reset, 2)},
	{name: "between report.html and report.json", arm: atS3("PutObject", "/report.json", Reset)},
	{name: "between report.json and result.json", arm: atS3("PutObject", "/result.json", Reset)},
	{name: "after result.json, before the run's record", arm: atS3("PutObject", "/result.json", LostAnswer)},
	{name: "after the run's record, before latest.json", arm: atS3("PutObject", "/latest.json", Reset)},
	{name: "after latest.json, before anybody knows", arm: atS3("PutObject", "/latest.json", LostAnswer)},
}

// atConcur kills when the n-th request of an operation reaches a point.
func atConcur(operation concurtest.Operation, point concurtest.Point, nth int) func(*Night, *Shift, func()) {
	return func(n *Night, _ *Shift, kill func()) { n.On(operation, point, nth, kill) }
}

// atS3 kills before a request to S3 is acted on (Reset), or after it (LostAnswer).
func atS3(operation, key string, do Do, nth ...int) func(*Night, *Shift, func()) {
	return func(_ *Night, s *Shift, kill func()) {
		r := Rule{Operation: operation, Key: key, Nth: 1, Do: do, Call: kill}
		if len(nth) > 0 {
			r.Nth = nth[0]
		}
		s.S3.Add(r)
	}
}

// TestKilledWorker kills the worker with kill -9 at exact moments. Another worker goes on with the same run to the
// same result, and Concur has started one job.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	for _, m := range moments {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if m.patient && !wholeMatrix() {
				t.Skip("takes minutes; TIEOUT_SYSTEMTEST=whole runs it")
			}
			n := &Night{Name: "killed", World: World(max(m.rows, 300))}
			if m.running > 0 {
				n.World.Definitions[0].Timing.Running = m.running
			}
			if m.lists != "" {
				n.Connection = map[string]any{"lists_api": m.lists}
			}
			ctx, s := newShift(t, ShiftOptions{}, n)
			first, err := s.Hire(ctx)
			require.NoError(t, err)
			t.Cleanup(first.Kill)
			killed := make(chan struct{})
			var once atomic.Bool
			kill := func() {
				if once.CompareAndSwap(false, true) {
					first.Kill()
					close(killed)
				}
			}
			m.arm(n, s, kill)
			run, err := n.Start(ctx)
			require.NoError(t, err)
			if m.watch != nil {
				killWhen(ctx, t, s, run, m.watch, kill)
			}
			select {
			case <-killed:
			case <-ctx.Done():
				t.Fatal("the moment never came")
			}
			second, err := s.Hire(ctx)
			require.NoError(t, err)
			t.Cleanup(second.Kill)
			ended, err := n.Await(ctx, run)
			require.NoError(t, err)
			require.NoError(t, n.Check(ctx, ended, Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}))
			require.Equal(t, 2, ended.Result.Findings.Count)
		})
	}
}

// killWhen kills once the run shows what is waited for.
func killWhen(ctx context.Context, t *testing.T, s *Shift, run client.WorkflowRun, seen func(runs.Status) bool, kill func()) {
	require.Eventually(t, func() bool {
		status, err := runs.Describe(ctx, s.Client, run.GetID(), run.GetRunID())
		return err == nil && seen(status)
	}, 2*time.Minute, 50*time.Millisecond)
	kill()
}
