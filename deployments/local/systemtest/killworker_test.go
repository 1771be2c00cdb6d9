package systemtest

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/runs"
)

// moments are the moments at which a worker is killed.
var moments = []struct {
	name string
	rows int64
	// arm has kill called at the moment. Where watch is set, the worker is killed once the status of the run satisfies it.
	arm   func(p *Pipeline, kill func())
	watch func(runs.Status) bool
	// patient runs wait for minutes, until a POST whose fate is unknown can no longer arrive.
	patient bool
	// running is how long the job runs.
	running time.Duration
	// lists is the version of the list API; "" means v1.
	lists string
}{
	{name: "while the definitions are read", arm: atConcur(concurtest.OpDefinitions, concurtest.Received, 1)},
	{name: "while the lists are looked up before the start", arm: atConcur(concurtest.OpLists, concurtest.Received, 1)},
	{name: "while the lists are looked up before the start, List v4", lists: "v4", arm: atConcur(concurtest.OpListsV4, concurtest.Received, 1)},
	{name: "while the jobs are listed before the start", arm: atConcur(concurtest.OpJobs, concurtest.Received, 1)},
	{name: "before the intent is written", arm: atS3("PutObject", ".intent-1.json", Reset, 1)},
	{name: "after the intent, before the POST", arm: atS3("PutObject", ".intent-1.json", LostAnswer, 1), patient: true},
	{name: "before the POST reaches Concur", arm: func(p *Pipeline, kill func()) {
		p.Concur.Inject(concurtest.Fault{Operation: concurtest.OpStart, Nth: 1, DropBefore: true})
		p.OnRequest(concurtest.OpStart, concurtest.Received, 1, kill)
	}, patient: true},
	{name: "after Concur accepted, before the answer", arm: atConcur(concurtest.OpStart, concurtest.Acted, 1)},
	{name: "just after the 201", arm: atS3("PutObject", "claim.json", Reset, 1)},
	{name: "between two polls", arm: func(p *Pipeline, kill func()) {
		// The job does not end before.
		p.OnRequest(concurtest.OpStatus, concurtest.Answered, 2, func() { kill(); p.FinishJob() })
	}, running: time.Minute},
	{name: "first bytes of the file", rows: 20_000, arm: func(p *Pipeline, _ func()) {
		p.Concur.Inject(concurtest.Fault{Operation: concurtest.OpFile, Nth: 1, SlowBody: &concurtest.SlowBody{Bytes: 64 << 10, Pause: 50 * time.Millisecond}})
	}, watch: func(s runs.Status) bool { return s.Activity == string(contract.Land) && s.Bytes > 0 }},
	{name: "middle of the multipart upload", rows: 30_000, arm: atS3("UploadPart", "/raw/", Reset, 2)},
	{name: "after the last part, before the upload is completed", rows: 30_000, arm: atS3("CompleteMultipartUpload", "/raw/", Reset, 1)},
	{name: "after the upload is completed, before anybody knows", rows: 30_000, arm: atS3("CompleteMultipartUpload", "/raw/", LostAnswer, 1)},
	{name: "after the upload, before the manifest", arm: atS3("PutObject", "/manifest.json", Reset, 1)},
	{name: "after the manifest, before anybody knows", arm: atS3("PutObject", "/manifest.json", LostAnswer, 1)},
	{name: "before the tie-out is opened", arm: atS3("PutObject", "/basis.json", Reset, 1)},
	{name: "before scan.json", arm: atS3("PutObject", "/scan.json", Reset, 1)},
	{name: "while a list is read", arm: atConcur(concurtest.OpItems, concurtest.Received, 3)},
	{name: "while a list's first level is read, List v4", lists: "v4", arm: atConcur(concurtest.OpChildrenV4, concurtest.Received, 1)},
	{name: "while an item's children are read, List v4", lists: "v4", arm: atConcur(concurtest.OpItemsV4, concurtest.Received, 2)},
	{name: "before a list's snapshot is kept", arm: atS3("PutObject", "/lists/", Reset, 2)},
	{name: "between report.html and report.json", arm: atS3("PutObject", "/report.json", Reset, 1)},
	{name: "between report.json and result.json", arm: atS3("PutObject", "/result.json", Reset, 1)},
	{name: "after result.json, before the run's record", arm: atS3("PutObject", "/result.json", LostAnswer, 1)},
	{name: "after the run's record, before latest.json", arm: atS3("PutObject", "/latest.json", Reset, 1)},
	{name: "after latest.json, before anybody knows", arm: atS3("PutObject", "/latest.json", LostAnswer, 1)},
}

// atConcur kills when the nth request of an operation reaches a point.
func atConcur(operation concurtest.Operation, point concurtest.Point, nth int) func(*Pipeline, func()) {
	return func(p *Pipeline, kill func()) { p.OnRequest(operation, point, nth, kill) }
}

// atS3 kills before the nth request to S3 is acted on (Reset), or after it (LostAnswer).
func atS3(operation, key string, do Do, nth int) func(*Pipeline, func()) {
	return func(p *Pipeline, kill func()) {
		p.scenario.S3.Add(Rule{Operation: operation, Key: key, Nth: nth, Do: do, Call: kill})
	}
}

// TestKilledWorker kills the worker with kill -9 at exact moments. Another worker brings the same run to the same result,
// and Concur has started one job.
func TestKilledWorker(t *testing.T) {
	t.Parallel()
	for _, m := range moments {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			if m.patient && !wholeMatrix() {
				t.Skip("takes minutes; TIEOUT_SYSTEMTEST=whole runs it")
			}
			p := &Pipeline{Name: "killed", World: World(max(m.rows, 300))}
			if m.running > 0 {
				p.World.Definitions[0].Timing.Running = m.running
			}
			if m.lists != "" {
				p.Connection = map[string]any{"lists_api": m.lists}
			}
			ctx, s := newScenario(t, p)
			first := startProcess(ctx, t, s)
			killed := make(chan struct{})
			kill := sync.OnceFunc(func() { first.Kill(); close(killed) })
			m.arm(p, kill)
			run, err := p.Start(ctx)
			require.NoError(t, err)
			if m.watch != nil {
				require.Eventually(t, func() bool {
					status, err := runs.Describe(ctx, s.Client, run.GetID(), run.GetRunID())
					return err == nil && m.watch(status)
				}, 2*time.Minute, 50*time.Millisecond)
				kill()
			}
			select {
			case <-killed:
			case <-ctx.Done():
				t.Fatal("the moment never came")
			}
			startProcess(ctx, t, s)
			ended := requireEnd(ctx, t, p, run, findings)
			require.Equal(t, 2, ended.Result.Findings.Count)
		})
	}
}
