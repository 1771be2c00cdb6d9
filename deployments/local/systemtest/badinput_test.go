package systemtest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// TestBadInput sees that a run either gets over each thing that is wrong, or ends in a stable code with a message that says
// what is wrong and what to do. Nothing is lost, and nothing half-written is left.
func TestBadInput(t *testing.T) {
	t.Parallel()
	always := func(f concurtest.Fault) func(*Pipeline) { return func(p *Pipeline) { p.Concur.Inject(f) } }
	once := func(f concurtest.Fault) func(*Pipeline) { f.Nth = 1; return always(f) }
	cases := []struct {
		name       string
		world      func(*concurtest.World)
		settings   map[string]any
		connection map[string]any
		prepare    func(*Pipeline)
		want       Expect
	}{
		{name: "no-definition", settings: map[string]any{"definition": "Standard Acounting Extract"},
			want: Expect{Code: contract.CodeConfigInvalid, Says: `Concur has no extract definition "Standard Acounting Extract"; it has "Standard Accounting Extract"`}},
		{name: "no-list", settings: map[string]any{"checks": oneCheck("Organisation List", 35)},
			want: Expect{Code: contract.CodeConfigInvalid, Says: `Concur has no list "Organisation List"; it has "Chart of Accounts", "Organization List"`}},
		{name: "too-many-columns", settings: map[string]any{"checks": oneCheck(concurtest.SampleOrgList, 35, 36, 37)},
			want: Expect{Code: contract.CodeConfigInvalid, Says: `3 columns, but list "Organization List" has 2 levels`}},
		{name: "token-refused", connection: legacyToken("not-the-token"),
			want: Expect{Code: contract.CodeConcurAuth, Says: "HTTP 403"}},
		{name: "refresh-token-dead", connection: map[string]any{"refresh_token": "spent"},
			want: Expect{Code: contract.CodeConcurAuth, Says: "refresh token"}},
		{name: "html-alwaysything", prepare: always(concurtest.Fault{HTML200: true}), connection: legacyToken(concurtest.DefaultAuth().LegacyToken),
			want: Expect{Code: contract.CodeConfigInvalid, Says: "Correct base_url"}},
		{name: "binary-file", world: file(concurtest.File{Kind: concurtest.FileGarbage, Size: 5000}),
			settings: impatient, want: Expect{Code: contract.CodeFileFormat, Says: "Concur served no file of the job within 3s", Jobs: 1, Unlanded: true}},
		{name: "no-bytes-always", prepare: always(servedInstead(concurtest.BodyNothing)), settings: impatient,
			want: Expect{Code: contract.CodeFileFormat, Says: "it has no bytes", Jobs: 1, Unlanded: true}},
		{name: "json-always", prepare: always(servedInstead(concurtest.BodyJSON)), settings: impatient,
			want: Expect{Code: contract.CodeFileFormat, Says: "the file is a JSON message", Jobs: 1, Unlanded: true}},
		{name: "text-always", prepare: always(servedInstead(concurtest.BodyText)), settings: impatient,
			want: Expect{Code: contract.CodeFileFormat, Says: "the first record is no EXTRACT header", Jobs: 1, Unlanded: true}},
		{name: "page-always", prepare: always(servedInstead(concurtest.BodyHTML)), settings: impatient,
			want: Expect{Code: contract.CodeFileFormat, Says: "it is an HTML page", Jobs: 1, Unlanded: true}},
		{name: "json-four-times", prepare: always(times(4, servedInstead(concurtest.BodyJSON))), want: findings},
		{name: "half-once", prepare: once(servedInstead(concurtest.BodyHalf)), want: findings},
		{name: "half-always", prepare: always(servedInstead(concurtest.BodyHalf)),
			want: Expect{Code: contract.CodeControlTotals, Says: "declares 300 records", Jobs: 1, OtherBytes: true}},
		{name: "encrypted-file", world: file(concurtest.File{Kind: concurtest.FileEncrypted, Size: 5000}),
			want: Expect{Code: contract.CodeFileEncrypted, Jobs: 1}},
		{name: "zip-crc", world: zipped(concurtest.DamageCRC), want: Expect{Code: contract.CodeFileFormat, Jobs: 1, Unlanded: true}},
		{name: "zip-cut", world: zipped(concurtest.DamageTruncated), want: Expect{Code: contract.CodeFileFormat, Jobs: 1, Unlanded: true}},
		{name: "zip-no-directory", world: zipped(concurtest.DamageDirectory), want: Expect{Code: contract.CodeFileFormat, Jobs: 1, Unlanded: true}},
		{name: "zip-whole", world: zipped(""), want: findings},
		{name: "cut-once-with-length", prepare: once(cut(concurtest.FramingLength)), want: findings},
		{name: "cut-once-chunked", prepare: once(cut(concurtest.FramingChunked)), want: findings},
		{name: "cut-once-without-length", prepare: once(cut(concurtest.FramingClose)), want: findings},
		{name: "cut-always-without-length", prepare: always(cut(concurtest.FramingClose)),
			want: Expect{Code: contract.CodeControlTotals, Says: "declares 300 records", Jobs: 1, OtherBytes: true}},
		{name: "totals-required", world: wrongTotals, want: Expect{Code: contract.CodeControlTotals, Says: "declares 301 records", Jobs: 1}},
		{name: "totals-reported", world: wrongTotals, settings: map[string]any{"control_totals": "report"}, want: findings},
		{name: "totals-off", world: wrongTotals, settings: map[string]any{"control_totals": "off"}, want: findings},
		{name: "job-failed", world: func(w *concurtest.World) { w.Definitions[0].Timing.FailAll = true },
			want: Expect{Code: contract.CodeConcurJobFailed, Jobs: 1}},
		{name: "deadline", world: func(w *concurtest.World) { w.Definitions[0].Timing.Running = time.Hour },
			settings: map[string]any{"poll": map[string]any{"first": "50ms", "max": "200ms", "deadline": "3s"}},
			want:     Expect{Code: contract.CodeConcurDeadline, Says: "did not complete within 3s", Jobs: 1}},
		{name: "other-bytes-there", world: file(concurtest.File{Name: "extract.txt", Extract: World(300).Definitions[0].Files[0].Extract}),
			prepare: otherBytes, want: Expect{Code: contract.CodeLandingConflict, Says: "nothing was overwritten", Jobs: 1, Unlanded: true}},
	}
	var pipelines []*Pipeline
	for _, c := range cases {
		p := &Pipeline{Name: c.name, World: World(300), Settings: c.settings, Connection: c.connection}
		if c.world != nil {
			c.world(&p.World)
		}
		pipelines = append(pipelines, p)
	}
	ctx, s := newScenario(t, pipelines...)
	for i, c := range cases {
		if c.prepare != nil {
			c.prepare(pipelines[i])
		}
	}
	work(ctx, t, s)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ended, err := pipelines[i].Run(ctx)
			require.NoError(t, err)
			if ended.Err != nil {
				code, message := Code(ended.Err)
				t.Logf("%s: %s", code, message)
			}
			require.NoError(t, pipelines[i].Check(ctx, ended, c.want))
		})
	}
}

// TestNoBucket sees that a missing bucket is reported before anything is started.
func TestNoBucket(t *testing.T) {
	t.Parallel()
	oauth := &Pipeline{Name: "oauth", World: World(300)}
	legacy := &Pipeline{Name: "legacy", World: World(300), Connection: legacyToken(concurtest.DefaultAuth().LegacyToken)}
	ctx, s := newScenarioWith(t, ScenarioOptions{Bucket: "no-such-bucket"}, oauth, legacy)
	work(ctx, t, s)
	for _, p := range s.Pipelines {
		bounded, cancel := context.WithTimeout(ctx, 3*time.Minute)
		defer cancel()
		ended, err := p.Run(bounded)
		require.NoError(t, err)
		require.NoError(t, p.Check(ctx, ended, Expect{Code: contract.CodeConfigInvalid, NoBucket: true,
			Says: "the bucket does not exist: create it, or correct storage.bucket"}))
	}
}

// TestAlwaysCut sees that a file which is cut short each time never lands, and that the run goes on asking for it.
func TestAlwaysCut(t *testing.T) {
	t.Parallel()
	p := &Pipeline{Name: "cut", World: World(300)}
	ctx, s := newScenario(t, p)
	p.Concur.Inject(cut(concurtest.FramingLength))
	work(ctx, t, s)
	run, err := p.Start(ctx)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		tries := 0
		for _, request := range p.Concur.Requests() {
			if request.Operation == concurtest.OpFile && request.Done {
				tries++
			}
		}
		return tries >= 3
	}, 2*time.Minute, 50*time.Millisecond)
	require.ErrorContains(t, p.Check(ctx, Ended{ID: run.GetID(), RunID: run.GetRunID()}, Expect{Unended: true, Jobs: 1, OpenUploads: true}), "has no manifest")
	p.Concur.ResetFaults()
	requireEnd(ctx, t, p, run, findings)
}

// impatient are the settings of a pipeline that soon gives up waiting for a file.
var impatient = map[string]any{"poll": map[string]any{"first": "50ms", "max": "200ms", "deadline": "3s"}}

// servedInstead serves something else instead of the file.
func servedInstead(body concurtest.FileBody) concurtest.Fault {
	return concurtest.Fault{Operation: concurtest.OpFile, FileBody: body}
}

func times(n int, f concurtest.Fault) concurtest.Fault {
	f.Times = n
	return f
}

func oneCheck(list string, columns ...int) []map[string]any {
	return []map[string]any{{"name": "Cost centre", "list": list, "columns": columns}}
}

func legacyToken(token string) map[string]any {
	return map[string]any{"access_token": token, "client_id": nil, "client_secret": nil, "refresh_token": nil, "token_store": nil}
}

func file(f concurtest.File) func(*concurtest.World) {
	return func(w *concurtest.World) {
		w.Definitions[0].Jobs = map[int][]concurtest.File{1: {f}}
	}
}

func zipped(damage concurtest.Damage) func(*concurtest.World) {
	return func(w *concurtest.World) {
		w.Definitions[0].Serving.Zip, w.Definitions[0].Serving.Damage = concurtest.ZipDeflate, damage
	}
}

func wrongTotals(w *concurtest.World) {
	w.Definitions[0].Files[0].Extract.Control = extractgen.ControlFaults{Records: 1, Total: "-0.01"}
}

func cut(framing concurtest.Framing) concurtest.Fault {
	return concurtest.Fault{Operation: concurtest.OpFile, Truncate: &concurtest.Truncate{After: 100_000, Framing: framing}}
}

// otherBytes puts an object with other bytes at the key of the job's file.
func otherBytes(p *Pipeline) {
	p.OnRequest(concurtest.OpStart, concurtest.Answered, 1, func() {
		key := evidence.Keys{Prefix: p.scenario.Name, Pipeline: p.Name}.Raw(contract.JobKey(p.jobs()[0].ID), "extract.txt")
		_, err := servers.S3.Client().PutObject(context.Background(), &s3.PutObjectInput{
			Bucket: aws.String(Bucket), Key: &key, Body: bytes.NewReader([]byte("somebody else's\n"))})
		if err != nil {
			panic(err)
		}
	})
}
