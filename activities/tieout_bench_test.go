package activities_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tieout/activities"
	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/pipeline"
	"tieout/internal/report"
)

const evidenceBucket = "evidence"

// bench is everything outside that activities talk to, and the activities. When a test is over it looks for personal
// data and secrets in all that the activities left behind.
type bench struct {
	concur *concurtest.Server
	s3     *s3test.Server
	store  *bucket.Store
	a      *activities.Activities
	suite  testsuite.WorkflowTestSuite
	env    *testsuite.TestActivityEnvironment
	scope  contract.Scope
	said   *saidBook
	// observe is called at each point of each request to Concur.
	observe atomic.Pointer[func(concurtest.Event)]
}

func newBench(t *testing.T, world concurtest.World, listsAPI string, settings pipeline.Pipeline) *bench {
	t.Helper()
	s3 := s3test.NewServer(evidenceBucket)
	t.Cleanup(s3.Close)
	return newBenchOn(t, s3, world, listsAPI, settings)
}

// newBenchOn is a bench on an S3 that others use too.
func newBenchOn(t *testing.T, s3 *s3test.Server, world concurtest.World, listsAPI string, settings pipeline.Pipeline) *bench {
	t.Helper()
	b := &bench{s3: s3, said: &saidBook{}}
	b.concur = concurtest.NewServer(world, concurtest.WithObserver(func(e concurtest.Event) {
		if observe := b.observe.Load(); observe != nil {
			(*observe)(e)
		}
	}))
	t.Cleanup(b.concur.Close)
	client := clientOf(t, b.concur, nil, listsAPI)
	settings.Connection = "acme"
	b.store = bucket.New(b.s3.Client(), evidenceBucket, bucket.Options{})
	b.a = &activities.Activities{
		Config: &config.Config{Hash: "confighash", Storage: config.Storage{Bucket: evidenceBucket, Prefix: "concur"},
			Connections: map[string]config.Connection{"acme": {Name: "acme", ListsAPI: listsAPI}},
			Pipelines:   map[string]pipeline.Pipeline{settings.Name: settings}},
		Connections: map[string]activities.Concur{"acme": client},
		Evidence:    evidence.NewStorage(b.store),
		Software:    "tieout test",
	}
	b.suite.SetLogger(b.said)
	b.env = b.suite.NewTestActivityEnvironment()
	b.env.SetTestTimeout(5 * time.Minute)
	b.env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var noted any
		if details.HasValues() && details.Get(&noted) == nil {
			b.said.note(noted)
		}
	})
	b.a.Register(b.env)
	configured, err := call(b, contract.Configure, contract.ConfigureParams{Input: contract.ExtractInput{BusinessDate: "2026-11-20"}, WorkflowID: "extract/nightly-sae/2026-11-20", At: time.Now()})
	require.NoError(t, err)
	b.scope = contract.Scope{Settings: configured.Settings, BusinessDate: configured.BusinessDate, Slot: configured.Slot,
		ConfigHash: configured.ConfigHash, Storage: configured.Storage, ListsAPI: configured.ListsAPI, WorkflowID: "extract/nightly-sae/2026-11-20", RunID: "run-1"}
	prepared, err := call(b, contract.Prepare, contract.PrepareParams{Scope: b.scope})
	require.NoError(t, err)
	b.scope.DefinitionID = prepared.DefinitionID
	t.Cleanup(func() { b.checkLeaks(t) })
	return b
}

// call runs an activity as a worker would.
func call[P, R any](b *bench, activity contract.Activity[P, R], params P) (R, error) {
	var result R
	value, err := b.env.ExecuteActivity(string(activity), params)
	if err != nil {
		b.said.note(err.Error())
		return result, err
	}
	if value.HasValue() {
		err = value.Get(&result)
	}
	b.said.note(result)
	return result, err
}

// extract runs a job at Concur and lands it.
func (b *bench) extract(t *testing.T, definition string) (concurtest.JobRecord, contract.Landed) {
	t.Helper()
	return b.extractResolved(t, definition, nil)
}

// extractResolved is extract for a job that a person's decision led to.
func (b *bench) extractResolved(t *testing.T, definition string, resolved *contract.ResolveStartInput) (concurtest.JobRecord, contract.Landed) {
	t.Helper()
	record, job := b.completed(t, definition)
	landed, err := call(b, contract.Land, contract.LandParams{Scope: b.scope, Job: job, Resolved: resolved})
	require.NoError(t, err)
	return record, landed
}

// completed runs a job at Concur.
func (b *bench) completed(t *testing.T, definition string) (concurtest.JobRecord, contract.Job) {
	t.Helper()
	record := b.concur.StartJob(definition)
	var job contract.Job
	require.Eventually(t, func() (done bool) {
		var err error
		job, err = call(b, contract.WaitForJob, contract.JobParams{Scope: b.scope, JobID: record.ID, Origin: contract.OriginStarted})
		return err == nil
	}, time.Minute, 10*time.Millisecond)
	return record, job
}

// opened takes the steps of Reconcile before the lists.
func (b *bench) opened(t *testing.T, landed contract.Landed, owner string) contract.TieOutParams {
	t.Helper()
	params := contract.TieOutParams{Scope: b.scope, Manifest: landed.Manifest, Owner: owner, At: time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)}
	opened, err := call(b, contract.OpenTieOut, params)
	require.NoError(t, err)
	params.Number = opened.Number
	_, err = call(b, contract.Scan, params)
	require.NoError(t, err)
	return params
}

// tieOut runs the activities of Reconcile.
func (b *bench) tieOut(t *testing.T, landed contract.Landed, owner string) contract.ReportResult {
	t.Helper()
	params := b.opened(t, landed, owner)
	_, err := call(b, contract.ReadLists, params)
	require.NoError(t, err)
	return b.report(t, params)
}

// report matches and reports, and holds both documents against their schemas.
func (b *bench) report(t *testing.T, params contract.TieOutParams) contract.ReportResult {
	t.Helper()
	reported, err := call(b, contract.Report, params)
	require.NoError(t, err)
	fits(t, "report.schema.json", b.read(t, reported.Result.Reports.JSON))
	result, err := json.Marshal(reported.Result)
	require.NoError(t, err)
	fits(t, "result.schema.json", result)
	return reported
}

// handOver ends a tie-out; its result.json fits the schema.
func (b *bench) handOver(t *testing.T, params contract.HandOverParams) {
	t.Helper()
	_, err := call(b, contract.HandOver, params)
	require.NoError(t, err)
	fits(t, "result.schema.json", b.read(t, params.Result.ResultURI))
}

// night is one run, from the job to the handing over.
type night struct {
	job      concurtest.JobRecord
	landed   contract.Landed
	reported contract.ReportResult
	doc      report.Document
}

func (b *bench) night(t *testing.T, date string) night {
	t.Helper()
	b.on(date)
	var n night
	n.job, n.landed = b.extract(t, concurtest.SampleDefinition)
	n.reported = b.tieOut(t, n.landed, b.scope.RunID)
	n.doc = b.document(t, n.reported)
	b.handOver(t, b.handOverOf(n.reported.Result))
	return n
}

// on begins the run of a business date.
func (b *bench) on(date string) {
	b.scope.BusinessDate, b.scope.RunID, b.scope.WorkflowID = date, "run-"+date, "extract/nightly-sae/"+date
}

func (b *bench) handOverOf(result contract.ExtractResult) contract.HandOverParams {
	at, err := time.Parse(time.DateOnly, b.scope.BusinessDate)
	if err != nil {
		panic(err)
	}
	return contract.HandOverParams{Scope: b.scope, Result: result, TieOut: result.TieOut, At: at.Add(6 * time.Hour)}
}

// read reads an object by its s3:// URI.
func (b *bench) read(t *testing.T, uri string) []byte {
	t.Helper()
	body, ok := b.s3.Object(evidenceBucket, strings.TrimPrefix(uri, "s3://"+evidenceBucket+"/"))
	require.True(t, ok, "no object at %s", uri)
	return body
}

func (b *bench) document(t *testing.T, reported contract.ReportResult) report.Document {
	t.Helper()
	var doc report.Document
	require.NoError(t, json.Unmarshal(b.read(t, reported.Result.Reports.JSON), &doc))
	return doc
}

func (b *bench) objects() map[string]string {
	objects := map[string]string{}
	for _, object := range b.s3.Objects() {
		objects[object.Key] = string(object.Body)
	}
	return objects
}

// schemas are the published ones, read once.
var schemas sync.Map

func fits(t *testing.T, name string, document []byte) {
	t.Helper()
	schema, known := schemas.Load(name)
	if !known {
		compiled, err := jsonschema.NewCompiler().Compile("../docs/schema/" + name)
		require.NoError(t, err)
		schema, _ = schemas.LoadOrStore(name, compiled)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	require.NoError(t, err)
	require.NoError(t, schema.(*jsonschema.Schema).Validate(value), name)
}

// code is the type of an activity's error, and whether it may be tried again.
func code(t *testing.T, err error) (string, bool) {
	t.Helper()
	var application *temporal.ApplicationError
	require.ErrorAs(t, err, &application)
	return application.Type(), !application.NonRetryable()
}

// checkLeaks looks for personal data and secrets where neither may be: in every object but the landed files, and in
// the results, errors, heartbeats and logs of the activities.
func (b *bench) checkLeaks(t *testing.T) {
	canaries := append(extractgen.Canaries(), concurtest.SecretCanaries()...)
	look := func(where, text string) {
		for _, canary := range canaries {
			if strings.Contains(text, canary) {
				t.Errorf("%s holds the canary %s", where, canary)
			}
		}
	}
	for key, body := range b.objects() {
		switch {
		case strings.Contains(key, "/raw/"), strings.Contains(key, "/files/"):
		case strings.HasSuffix(key, ".xlsx"):
			for part, text := range unzipped(t, []byte(body)) {
				look(key+" "+part, text)
			}
		default:
			look(key, body)
		}
	}
	look("what the activities said", b.said.text())
}

func unzipped(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	require.NoError(t, err)
	parts := map[string]string{}
	for _, f := range r.File {
		in, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(in)
		require.NoError(t, err)
		parts[f.Name] = string(text)
	}
	return parts
}

// saidBook keeps what activities return, log and heartbeat. It is the logger of the test environment.
type saidBook struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *saidBook) note(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	s.line(string(text))
}

func (s *saidBook) line(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.b.WriteString(text + "\n")
}

func (s *saidBook) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *saidBook) Debug(m string, kv ...any) { s.line(fmt.Sprint(append([]any{m}, kv...)...)) }
func (s *saidBook) Info(m string, kv ...any)  { s.line(fmt.Sprint(append([]any{m}, kv...)...)) }
func (s *saidBook) Warn(m string, kv ...any)  { s.line(fmt.Sprint(append([]any{m}, kv...)...)) }
func (s *saidBook) Error(m string, kv ...any) { s.line(fmt.Sprint(append([]any{m}, kv...)...)) }

// killable registers an activity that takes tie-out parameters once more under another name, and gives back what
// kills the attempt that runs.
func killable[R any](b *bench, name string, run func(context.Context, contract.TieOutParams) (R, error)) (kill func()) {
	var mu sync.Mutex
	var cancel context.CancelFunc = func() {}
	b.env.RegisterActivityWithOptions(func(ctx context.Context, p contract.TieOutParams) (R, error) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		mu.Lock()
		cancel = stop
		mu.Unlock()
		return run(ctx, p)
	}, activity.RegisterOptions{Name: name})
	return func() {
		mu.Lock()
		defer mu.Unlock()
		cancel()
	}
}
