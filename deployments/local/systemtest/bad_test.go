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
	"tieout/internal/landing"
	"tieout/workflows"
)

// TestBadInput: each thing that is wrong ends in one stable code and a message that says what, which and what to do,
// or is got over; nothing is lost and nothing half-written is left.
func TestBadInput(t *testing.T) {
	t.Parallel()
	always := func(f concurtest.Fault) func(*Night) { return func(n *Night) { n.Concur.Inject(f) } }
	once := func(f concurtest.Fault) func(*Night) { f.Nth = 1; return always(f) }
	cases := []struct {
		name       string
		world      func(*concurtest.World)
		settings   map[string]any
		connection map[string]any
		begin      func(*Night)
		want       Expect
	}{
		{name: "no-definition", settings: map[string]any{"definition": "Standard Acounting Extract"},
			want: Expect{Code: workflows.CodeConfigInvalid, Says: `Concur has no extract definition "Standard Acounting Extract"; it has "Standard Accounting Extract"`}},
		{name: "no-list", settings: map[string]any{"checks": oneCheck("Organisation List", 35)},
			want: Expect{Code: workflows.CodeConfigInvalid, Says: `Concur has no list "Organisation List"; it has "Chart of Accounts", "Organization List"`}},
		{name: "too-many-columns", settings: map[string]any{"checks": oneCheck(concurtest.SampleOrgList, 35, 36, 37)},
			want: Expect{Code: workflows.CodeConfigInvalid, Says: `3 columns, but list "Organization List" has 2 levels`}},
		{name: "token-refused", connection: legacyToken("not-the-token"),
			want: Expect{Code: workflows.CodeConcurAuth, Says: "HTTP 403"}},
		{name: "refresh-token-dead", connection: map[string]any{"refresh_token": "spent"},
			want: Expect{Code: workflows.CodeConcurAuth, Says: "refresh token"}},
		{name: "html-for-everything", begin: always(concurtest.Fault{HTML200: true}), connection: legacyToken(concurtest.DefaultAuth().LegacyToken),
			want: Expect{Code: workflows.CodeConfigInvalid, Says: "Correct base_url"}},
		{name: "binary-file", world: file(concurtest.File{Kind: concurtest.FileGarbage, Size: 5000}),
			settings: impatient, want: Expect{Code: workflows.CodeFileFormat, Says: "Concur served no file of the job within 3s", Jobs: 1, Unlanded: true}},
		{name: "no-bytes-for-ever", begin: always(inPlace(concurtest.BodyNothing)), settings: impatient,
			want: Expect{Code: workflows.CodeFileFormat, Says: "it has no bytes", Jobs: 1, Unlanded: true}},
		{name: "json-for-ever", begin: always(inPlace(concurtest.BodyJSON)), settings: impatient,
			want: Expect{Code: workflows.CodeFileFormat, Says: "the file is a JSON message", Jobs: 1, Unlanded: true}},
		{name: "text-for-ever", begin: always(inPlace(concurtest.BodyText)), settings: impatient,
			want: Expect{Code: workflows.CodeFileFormat, Says: "the first record is no EXTRACT header", Jobs: 1, Unlanded: true}},
		{name: "page-for-ever", begin: always(inPlace(concurtest.BodyHTML)), settings: impatient,
			want: Expect{Code: workflows.CodeFileFormat, Says: "it is an HTML page", Jobs: 1, Unlanded: true}},
		{name: "json-four-times", begin: always(times(4, inPlace(concurtest.BodyJSON))), want: Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}},
		{name: "half-once", begin: once(inPlace(concurtest.BodyHalf)), want: Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}},
		{name: "half-for-ever", begin: always(inPlace(concurtest.BodyHalf)),
			want: Expect{Code: workflows.CodeControlTotals, Says: "declares 300 records", Jobs: 1, Other: true}},
		{name: "encrypted-file", world: file(concurtest.File{Kind: concurtest.FileEncrypted, Size: 5000}),
			want: Expect{Code: workflows.CodeFileEncrypted, Jobs: 1}},
		{name: "zip-crc", world: zipped(concurtest.DamageCRC), want: Expect{Code: workflows.CodeFileFormat, Jobs: 1, Unlanded: true}},
		{name: "zip-cut", world: zipped(concurtest.DamageTruncated), want: Expect{Code: workflows.CodeFileFormat, Jobs: 1, Unlanded: true}},
		{name: "zip-no-directory", world: zipped(concurtest.DamageDirectory), want: Expect{Code: workflows.CodeFileFormat, Jobs: 1, Unlanded: true}},
		{name: "zip-whole", world: zipped(""), want: Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}},
		{name: "cut-once-with-length", begin: once(cut(concurtest.FramingLength)), want: Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}},
		{name: "cut-once-chunked", begin: once(cut(concurtest.FramingChunked)), want: Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}},
		{name: "cut-once-without-length", begin: once(cut(concurtest.FramingClose)), want: Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}},
		{name: "cut-always-without-length", begin: always(cut(concurtest.FramingClose)),
			want: Expect{Code: workflows.CodeControlTotals, Says: "declares 300 records", Jobs: 1, Other: true}},
		{name: "totals-required", world: wrongTotals, want: Expect{Code: workflows.CodeControlTotals, Says: "declares 301 records", Jobs: 1}},
		{name: "totals-reported", world: wrongTotals, settings: map[string]any{"control_totals": "report"}, want: Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}},
		{name: "totals-off", world: wrongTotals, settings: map[string]any{"control_totals": "off"}, want: Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}},
		{name: "job-failed", world: func(w *concurtest.World) { w.Definitions[0].Timing.FailAll = true },
			want: Expect{Code: workflows.CodeConcurJobFailed, Jobs: 1}},
		{name: "deadline", world: func(w *concurtest.World) { w.Definitions[0].Timing.Running = time.Hour },
			settings: map[string]any{"poll": map[string]any{"first": "50ms", "max": "200ms", "deadline": "3s"}},
			want:     Expect{Code: workflows.CodeConcurDeadline, Says: "did not complete within 3s", Jobs: 1}},
		{name: "other-bytes-there", world: file(concurtest.File{Name: "extract.txt", Extract: World(300).Definitions[0].Files[0].Extract}),
			begin: otherBytes, want: Expect{Code: workflows.CodeLandingConflict, Says: "nothing was overwritten", Jobs: 1, Unlanded: true}},
	}
	var nights []*Night
	for _, c := range cases {
		n := &Night{Name: c.name, World: World(300), Settings: c.settings, Connection: c.connection}
		if c.world != nil {
			c.world(&n.World)
		}
		nights = append(nights, n)
	}
	ctx, s := newShift(t, ShiftOptions{}, nights...)
	for i, c := range cases {
		if c.begin != nil {
			c.begin(nights[i])
		}
	}
	work(ctx, t, s)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ended, err := nights[i].Run(ctx)
			require.NoError(t, err)
			if ended.Err != nil {
				code, message := Code(ended.Err)
				t.Logf("%s: %s", code, message)
			}
			require.NoError(t, nights[i].Check(ctx, ended, c.want))
		})
	}
}

// TestNoBucket: a bucket that is not there is said before anything is started.
func TestNoBucket(t *testing.T) {
	t.Parallel()
	oauth := &Night{Name: "oauth", World: World(300)}
	legacy := &Night{Name: "legacy", World: World(300), Connection: legacyToken(concurtest.DefaultAuth().LegacyToken)}
	ctx, s := newShift(t, ShiftOptions{Bucket: "no-such-bucket"}, oauth, legacy)
	work(ctx, t, s)
	for _, n := range s.Nights {
		bounded, cancel := context.WithTimeout(ctx, 3*time.Minute)
		defer cancel()
		ended, err := n.Run(bounded)
		require.NoError(t, err)
		require.NoError(t, n.Check(ctx, ended, Expect{Code: workflows.CodeConfigInvalid, Says: "the bucket does not exist: create it, or correct storage.bucket"}))
	}
}

// TestCutForEver: a file that is cut short each time never lands, and the run goes on asking for it.
func TestCutForEver(t *testing.T) {
	t.Parallel()
	n := &Night{Name: "cut", World: World(300)}
	ctx, s := newShift(t, ShiftOptions{}, n)
	n.Concur.Inject(cut(concurtest.FramingLength))
	work(ctx, t, s)
	run, err := n.Start(ctx)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		tries := 0
		for _, request := range n.Concur.Requests() {
			if request.Operation == concurtest.OpFile && request.Done {
				tries++
			}
		}
		return tries >= 3
	}, 2*time.Minute, 50*time.Millisecond)
	require.ErrorContains(t, n.Check(ctx, Ended{ID: run.GetID(), RunID: run.GetRunID()}, Expect{Unended: true, Jobs: 1, OpenUploads: true}), "has no manifest")
	n.Concur.ResetFaults()
	ended, err := n.Await(ctx, run)
	require.NoError(t, err)
	require.NoError(t, n.Check(ctx, ended, Expect{Outcome: workflows.OutcomeFindings, Jobs: 1}))
}

// impatient is a pipeline that soon gives a file up.
var impatient = map[string]any{"poll": map[string]any{"first": "50ms", "max": "200ms", "deadline": "3s"}}

// inPlace serves something else in the file's place.
func inPlace(body concurtest.FileBody) concurtest.Fault {
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

// otherBytes puts something in the place where the job's file is to land.
func otherBytes(n *Night) {
	n.On(concurtest.OpStart, concurtest.Answered, 1, func() {
		job := n.Concur.Jobs(concurtest.SampleDefinition)[0]
		key := landing.Keys{Prefix: n.shift.Name, Pipeline: n.Name}.Raw(landing.JobKey(job.ID), "extract.txt")
		_, err := n.shift.ground.S3.Client().PutObject(context.Background(), &s3.PutObjectInput{
			Bucket: aws.String(Bucket), Key: &key, Body: bytes.NewReader([]byte("somebody else's\n"))})
		if err != nil {
			panic(err)
		}
	})
}
