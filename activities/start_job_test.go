package activities_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"tieout/activities"
	"tieout/concur"
	"tieout/concur/concurtest"
	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/pipeline"
)

// running are the runs that are running, by workflow id and run id; "" stands for any run of the workflow.
type running map[[2]string]bool

func (r running) IsRunning(_ context.Context, workflowID, runID string) (bool, error) {
	return r[[2]string{workflowID, runID}], nil
}

func (running) Start(context.Context, client.StartWorkflowOptions, contract.ExtractInput) error {
	return errors.New("no run is to be started here")
}

func (running) End(context.Context, string, bool) (*contract.WaitForRunResult, error) {
	return nil, errors.New("no run is to be waited for here")
}

// clientOf is a client of the simulated Concur; without an authorizer it has the legacy token.
func clientOf(t *testing.T, s *concurtest.Server, auth concur.Authorizer, lists string) *concur.Client {
	t.Helper()
	if auth == nil {
		auth = concur.LegacyToken(s.Auth().LegacyToken)
	}
	client, err := concur.NewClient(endpointOf(t, s), auth, concur.Options{RequestsPerSecond: 10000, Lists: concur.ListAPI(lists)})
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	return client
}

func endpointOf(t *testing.T, s *concurtest.Server) *concur.Endpoint {
	t.Helper()
	endpoint, err := concur.NewEndpoint(s.URL, concur.EndpointOptions{})
	require.NoError(t, err)
	return endpoint
}

// startBench is a bench for the activities around the start: one definition, no lists, the real client and store.
func startBench(t *testing.T, definition concurtest.Definition) *bench {
	t.Helper()
	definition.ID, definition.Name = "def", "SAE"
	b := &bench{
		concur: concurtest.NewServer(concurtest.World{Tidy: true, Definitions: []concurtest.Definition{definition}}),
		s3:     s3test.NewServer(evidenceBucket), said: &saidBook{},
	}
	t.Cleanup(b.s3.Close)
	t.Cleanup(b.concur.Close)
	client := clientOf(t, b.concur, nil, "")
	b.store = bucket.New(b.s3.Client(), evidenceBucket, bucket.Options{})
	b.a = &activities.Activities{
		Config:      &config.Config{Storage: config.Storage{Bucket: evidenceBucket}},
		Connections: map[string]activities.Concur{"acme": client},
		Evidence:    evidence.NewStorage(b.store),
		Runs:        running{},
	}
	var suite testsuite.WorkflowTestSuite
	b.env = suite.NewTestActivityEnvironment()
	b.a.Register(b.env)
	b.scope = contract.Scope{
		Settings: pipeline.Pipeline{Name: "nightly", Connection: "acme",
			Poll: pipeline.Poll{First: pipeline.Duration(time.Second), Max: pipeline.Duration(time.Minute)}},
		BusinessDate: "2026-11-20", Slot: contract.Slot{Date: "2026-11-20"}, Namespace: "default",
		DefinitionID: "def", WorkflowID: "extract/nightly/2026-11-20", RunID: "run-1",
	}
	return b
}

func (b *bench) start(attempt int, known ...string) (contract.StartJobResult, error) {
	return call(b, contract.StartJob, contract.StartJobParams{Scope: b.scope, Attempt: attempt, JobIDs: known})
}

func (b *bench) posts() (n int) {
	for _, request := range b.concur.Requests() {
		if request.Operation == concurtest.OpStart {
			n++
		}
	}
	return n
}

// put writes a JSON object as another run would have.
func (b *bench) put(t *testing.T, key string, v any) {
	t.Helper()
	body, err := json.Marshal(v)
	require.NoError(t, err)
	require.NoError(t, b.store.Put(t.Context(), key, "application/json", body))
}

// isError wants an error of a type, which is final or not.
func isError(t *testing.T, err error, code string, final bool) *temporal.ApplicationError {
	t.Helper()
	var failed *temporal.ApplicationError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, code, failed.Type(), failed.Message())
	require.Equal(t, final, failed.NonRetryable(), failed.Message())
	return failed
}

var slow = concurtest.Timing{Running: time.Hour}

func TestStartJobOutcomes(t *testing.T) {
	start := func(f concurtest.Fault) *concurtest.Fault { f.Operation = concurtest.OpStart; return &f }
	for name, test := range map[string]struct {
		concur     *concurtest.Fault
		s3         *s3test.Fault
		on         bool // a job is on
		definition string
		outcome    contract.PostOutcome
		code       string // that ends the run
		free       bool   // the attempt's number is still to be had
		posts      int
		jobs       int
		retryAfter int
	}{
		"created":                         {outcome: contract.PostCreated, posts: 1, jobs: 1},
		"a job is on":                     {on: true, outcome: contract.PostConflict, posts: 1, jobs: 1},
		"accepted, the answer lost":       {concur: start(concurtest.Fault{AcceptThenDrop: true}), outcome: contract.PostUnknown, posts: 1, jobs: 1},
		"dropped":                         {concur: start(concurtest.Fault{DropBefore: true}), outcome: contract.PostUnknown, posts: 1},
		"503":                             {concur: start(concurtest.Fault{Status: http.StatusServiceUnavailable}), outcome: contract.PostUnknown, posts: 1},
		"503 on the way back":             {concur: start(concurtest.Fault{Status: http.StatusBadGateway, Act: true}), outcome: contract.PostUnknown, posts: 1, jobs: 1},
		"408":                             {concur: start(concurtest.Fault{Status: http.StatusRequestTimeout}), outcome: contract.PostUnknown, posts: 1},
		"a page with status 200":          {concur: start(concurtest.Fault{HTML200: true}), outcome: contract.PostUnknown, posts: 1},
		"an answer that breaks off":       {concur: start(concurtest.Fault{MalformedXML: true, Act: true}), outcome: contract.PostUnknown, posts: 1, jobs: 1},
		"400":                             {concur: start(concurtest.Fault{Status: http.StatusBadRequest}), outcome: contract.PostRefused, posts: 1},
		"403":                             {concur: start(concurtest.Fault{Status: http.StatusForbidden}), outcome: contract.PostRefused, posts: 1},
		"429":                             {concur: start(concurtest.Fault{Status: http.StatusTooManyRequests, RetryAfter: "7"}), outcome: contract.PostRefused, posts: 1, retryAfter: 7},
		"404 of a definition that is":     {concur: start(concurtest.Fault{Status: http.StatusNotFound}), outcome: contract.PostRefused, posts: 1},
		"404 of one that has gone":        {definition: "gone", outcome: contract.PostRefused, code: contract.CodeConfigInvalid, posts: 1},
		"redirected":                      {concur: start(concurtest.Fault{Redirect: "/elsewhere"}), outcome: contract.PostRefused, code: contract.CodeConfigInvalid, posts: 1},
		"no intent without S3":            {s3: &s3test.Fault{Operation: "PutObject", Times: -1, Do: s3test.SlowDown}, outcome: contract.PostNotSent, free: true},
		"no intent into a closed bucket":  {s3: &s3test.Fault{Operation: "PutObject", Times: -1, Do: s3test.Denied}, outcome: contract.PostNotSent, code: contract.CodeConfigInvalid, free: true},
		"the other starts are not seen":   {s3: &s3test.Fault{Operation: "ListObjectsV2", Times: -1, Do: s3test.SlowDown}, outcome: contract.PostNotSent},
		"the intent written, answer lost": {s3: &s3test.Fault{Operation: "PutObject", Nth: 1, Do: s3test.LostAnswer}, outcome: contract.PostCreated, posts: 1, jobs: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBench(t, concurtest.Definition{Timing: slow})
			if test.definition != "" {
				b.scope.DefinitionID = test.definition
			}
			if test.on {
				b.concur.StartJob("def")
			}
			if test.concur != nil {
				b.concur.Inject(*test.concur)
			}
			if test.s3 != nil {
				b.s3.Inject(*test.s3)
			}
			result, err := b.start(1, "job-0")
			require.NoError(t, err)
			require.Equal(t, test.outcome, result.Outcome, result.Message)
			require.Equal(t, test.code, result.Code)
			require.Equal(t, test.retryAfter, result.RetryAfter)
			require.Equal(t, test.free, result.Free)
			require.Equal(t, test.posts, b.posts(), "one POST, whatever happens")
			jobs := b.concur.Jobs("def")
			require.Len(t, jobs, test.jobs)
			if test.outcome == contract.PostCreated {
				require.Equal(t, jobs[0].ID, result.JobID)
			}
		})
	}
}

// A token endpoint that refuses without naming the credentials keeps the start waiting. A look before another attempt
// that is refused too is a refused token, which the run ends for when it is said twice in a row.
func TestStartJobWithoutAToken(t *testing.T) {
	unnamed := &concur.Error{Operation: "get token", Status: http.StatusNotFound, Kind: concur.KindAuth, Message: "no token was given"}
	named := &concur.Error{Operation: "get token", Status: http.StatusBadRequest, Kind: concur.KindCredentials, Message: "code 61"}
	for name, test := range map[string]struct {
		attempt int
		refusal error
		outcome contract.PostOutcome
		code    string
	}{
		"unnamed":        {attempt: 1, refusal: unnamed, outcome: contract.PostNotSent},
		"unnamed, again": {attempt: 2, refusal: unnamed, outcome: contract.PostRefused},
		"named":          {attempt: 1, refusal: named, outcome: contract.PostRefused, code: contract.CodeConcurAuth},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBench(t, concurtest.Definition{})
			b.a.Connections["acme"] = clientOf(t, b.concur, noToken{test.refusal}, "")
			result, err := b.start(test.attempt)
			require.Zero(t, b.posts())
			require.NoError(t, err)
			require.Equal(t, test.outcome, result.Outcome)
			require.Equal(t, test.code, result.Code)
		})
	}
}

// noToken is an Authorizer that is refused.
type noToken struct{ refusal error }

func (n noToken) Authorization(context.Context) (string, error) { return "", n.refusal }
func (noToken) Invalidate(string)                               {}

func TestStartJobNotSent(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	b.concur.Close()
	result, err := b.start(1)
	require.NoError(t, err)
	require.Equal(t, contract.PostNotSent, result.Outcome, result.Message)
}

// The intent is there before the POST, says what was there before it, and stops a second execution of the attempt.
func TestStartJobIntent(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	key := "nightly/runs/2026-11-20/date.intent-1.json"
	b.concur.Inject(concurtest.Fault{Operation: concurtest.OpStart, Status: http.StatusServiceUnavailable})
	_, err := b.start(1, "job-0")
	require.NoError(t, err)
	text, there := b.s3.Object(evidenceBucket, key)
	require.True(t, there)
	var intent map[string]any
	require.NoError(t, json.Unmarshal(text, &intent))
	require.Equal(t, []any{"job-0"}, intent["jobIds"])
	require.Equal(t, "extract/nightly/2026-11-20", intent["workflowId"])
	require.Equal(t, "date", intent["slot"])
	require.Equal(t, "default", intent["namespace"])
	require.NotEmpty(t, intent["nonce"])

	again, err := b.start(1, "job-0")
	require.NoError(t, err)
	require.Equal(t, contract.PostNotSent, again.Outcome)
	require.True(t, again.Others, "the first may have sent it, and come further: the date is looked at anew")
	require.Equal(t, 1, b.posts())

	next, err := b.start(2, "job-0")
	require.NoError(t, err)
	require.Equal(t, contract.PostUnknown, next.Outcome)
	require.Equal(t, 2, b.posts(), "another attempt is another POST")
}

// Two workers share a token that Concur then refuses. The one that makes the next attempt is not the one that was
// refused, and must not be refused for the same token.
func TestStartJobAfterAnotherWorkerWasRefused(t *testing.T) {
	b := startBench(t, concurtest.Definition{Timing: slow})
	auth := b.concur.Auth()
	store := concur.MemoryTokenStore()
	worker := func() activities.Concur {
		tokens, err := concur.NewOAuth2(endpointOf(t, b.concur), concur.OAuth2Config{ClientID: auth.ClientID, ClientSecret: auth.ClientSecret,
			Grant: concur.RefreshToken(auth.RefreshToken), Store: store})
		require.NoError(t, err)
		return clientOf(t, b.concur, tokens, "")
	}
	first, second := worker(), worker()
	for _, w := range []activities.Concur{first, second} { // both hold the token
		_, err := w.Definitions(t.Context())
		require.NoError(t, err)
	}
	b.concur.RevokeTokens()
	b.a.Connections["acme"] = first
	refused, err := b.start(1)
	require.NoError(t, err)
	require.Equal(t, contract.PostRefused, refused.Outcome, refused.Message)
	require.True(t, refused.Auth)

	for i, w := range []activities.Concur{second, worker()} { // one that still holds it, and one that finds it in the store
		b.a.Connections["acme"] = w
		next, err := b.start(2 + i)
		require.NoError(t, err)
		require.Equal(t, []contract.PostOutcome{contract.PostCreated, contract.PostConflict}[i], next.Outcome, next.Message)
	}
}

// What a look before another attempt meets says nothing about a start: none was sent.
func TestStartJobLooksBeforeAnotherAttempt(t *testing.T) {
	for name, test := range map[string]struct {
		fault   concurtest.Fault
		outcome contract.PostOutcome
		auth    bool
	}{
		"503":           {concurtest.Fault{Status: http.StatusServiceUnavailable}, contract.PostNotSent, false},
		"dropped":       {concurtest.Fault{DropBefore: true}, contract.PostNotSent, false},
		"409":           {concurtest.Fault{Status: http.StatusConflict}, contract.PostNotSent, false},
		"403, for good": {concurtest.Fault{Status: http.StatusForbidden}, contract.PostRefused, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startBench(t, concurtest.Definition{Timing: slow})
			test.fault.Operation = concurtest.OpJobs
			b.concur.Inject(test.fault)
			result, err := b.start(2)
			require.NoError(t, err)
			require.Equal(t, test.outcome, result.Outcome, result.Message)
			require.Equal(t, test.auth, result.Auth)
			require.Zero(t, b.posts())
		})
	}
}

// A late worker of a run that is gone finds its number taken, and one whose number was not taken finds the attempts that
// were made since: neither sends anything.
func TestALateWorkerOfARunThatIsGoneSendsNothing(t *testing.T) {
	t.Run("its number is taken", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{})
		next := b.scope
		next.RunID = "run-2"
		started, err := call(b, contract.StartJob, contract.StartJobParams{Scope: next, Attempt: 1})
		require.NoError(t, err)
		require.Equal(t, contract.PostCreated, started.Outcome)
		late, err := b.start(1)
		require.NoError(t, err)
		require.Equal(t, contract.PostNotSent, late.Outcome)
		require.True(t, late.Others)
		require.Equal(t, 1, b.posts())
	})
	t.Run("its number was passed over", func(t *testing.T) {
		b := startBench(t, concurtest.Definition{})
		b.note(t, noted{run: "run-2", attempt: 2})
		late, err := b.start(1)
		require.NoError(t, err)
		require.Equal(t, contract.PostNotSent, late.Outcome)
		require.True(t, late.Others)
		require.Zero(t, b.posts())
	})
}

// A note that S3 kept though it did not say so is the run's own: nothing was sent after it.
func TestANoteThatS3KeptIsNoStart(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	b.s3.Inject(s3test.Fault{Operation: "PutObject", Times: -1, Do: s3test.SlowDown})
	first, err := b.start(1)
	require.NoError(t, err)
	require.True(t, first.Free)
	require.NotEmpty(t, first.Nonce)
	b.s3.Heal() // S3 is well again, and shows the note after all
	b.put(t, "nightly/runs/2026-11-20/date.intent-1.json", map[string]any{"schema": 1, "runId": "run-1", "attempt": 1, "nonce": first.Nonce})
	for _, unsent := range [][]string{nil, {first.Nonce}} {
		again, err := call(b, contract.StartJob, contract.StartJobParams{Scope: b.scope, Attempt: 1, Unsent: unsent})
		require.NoError(t, err)
		require.Equal(t, contract.PostNotSent, again.Outcome)
		require.Equal(t, unsent == nil, again.Others)
		fence, err := call(b, contract.FenceStart, contract.FenceStartParams{Scope: b.scope, Attempt: 1, Unsent: unsent})
		require.NoError(t, err)
		require.Equal(t, unsent != nil, fence.NeverSent)
	}
	require.Zero(t, b.posts())
}

// The number of another run's attempt is not this run's: its own was never sent, and there is no fence in another's place.
func TestNoFenceInTheNumberOfAnother(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	b.note(t, noted{run: "run-2", attempt: 1})
	fence, err := b.fence(1)
	require.NoError(t, err)
	require.True(t, fence.NeverSent)
	require.True(t, fence.Others)
}
