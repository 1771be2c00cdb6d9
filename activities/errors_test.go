package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"tieout/concur"
	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/internal/pipeline"
)

// TestPauses: a pause that Concur or the configuration asks for is kept, however short, but for one that would reach
// beyond the activity's end.
func TestPauses(t *testing.T) {
	for name, test := range map[string]struct{ asked, want time.Duration }{
		"none":           {0, 0},
		"short":          {20 * time.Millisecond, 20 * time.Millisecond},
		"long":           {time.Minute, time.Minute},
		"beyond the end": {time.Hour, 10*time.Minute - time.Second}, // the test environment bounds activities by 10 minutes
	} {
		t.Run(name, func(t *testing.T) {
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestActivityEnvironment()
			env.RegisterActivityWithOptions(func(ctx context.Context) error {
				return notYet(ctx, "not yet", test.asked)
			}, activity.RegisterOptions{Name: "poll"})
			_, err := env.ExecuteActivity("poll")
			var failure *temporal.ApplicationError
			require.True(t, errors.As(err, &failure))
			require.InDelta(t, test.want, failure.NextRetryDelay(), float64(30*time.Second))
			if test.want < time.Second {
				require.Equal(t, test.want, failure.NextRetryDelay())
			}
		})
	}
}

// attempts runs an activity, retried at once, until it succeeds or its error is final. It returns how often it was tried
// and the code that it ended with, "" for a success.
func attempts(t *testing.T, try func(ctx context.Context, attempt int) error) (tries int, code string) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	env.RegisterActivityWithOptions(func(ctx context.Context) error {
		tries++
		return try(ctx, tries)
	}, activity.RegisterOptions{Name: "try"})
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute,
			RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 1, MaximumAttempts: 1000}}) // the test environment's own is 10
		return workflow.ExecuteActivity(ctx, "try").Get(ctx, nil)
	})
	if err := env.GetWorkflowError(); err != nil {
		var failure *temporal.ApplicationError
		require.ErrorAs(t, err, &failure)
		code = failure.Type()
	}
	return tries, code
}

// One stray refusal does not end a night whose job is started; one that stays does, and so does at once what names the
// credentials as its cause.
func TestPatienceWithRefusals(t *testing.T) {
	for kind, want := range map[concur.Kind]struct {
		tries int
		code  string
	}{
		concur.KindNotFound:    {patience, contract.CodeConfigInvalid},
		concur.KindRedirect:    {patience, contract.CodeConfigInvalid},
		concur.KindBadRequest:  {patience, contract.CodeConfigInvalid},
		concur.KindBody:        {patience, contract.CodeConfigInvalid},
		concur.KindAuth:        {patience, contract.CodeConcurAuth},
		concur.KindCredentials: {1, contract.CodeConcurAuth},
		concur.KindReauthorize: {1, contract.CodeConcurAuth},
	} {
		t.Run(string(kind), func(t *testing.T) {
			tries, code := attempts(t, func(ctx context.Context, _ int) error {
				return failed(ctx, "Listing the definition's jobs", &concur.Error{Status: 400, Kind: kind})
			})
			require.Equal(t, want.tries, tries)
			require.Equal(t, want.code, code)
		})
	}
}

// Package concur knows no key of tieout.yaml: what an operator sets is added where its errors are mapped.
func TestRemediesNameTheSetting(t *testing.T) {
	for says, err := range map[string]*concur.Error{
		"Concur refused the credentials (HTTP 400). Check client_id, client_secret": {Status: 400, Kind: concur.KindCredentials, Message: "Concur refused the credentials"},
		"set the new refresh_token": {Kind: concur.KindReauthorize},
		"lower requests_per_second": {Kind: concur.KindThrottled},
		"Check base_url":            {Kind: concur.KindRedirect},
		"check base_url, client_id": {Kind: concur.KindAuth, Operation: concur.OpToken},
		"Copy access_token again":   {Kind: concur.KindAuth, Operation: concur.OpAuthorize},
		"Set base_url":              {Kind: concur.KindCredentials, Operation: concur.OpToken, Err: &concur.MovedError{Base: "https://eu2.api.concursolutions.com"}},
		"Set token_store to s3":     {Kind: concur.KindTokenStore, Err: errors.ErrUnsupported},
	} {
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		env.RegisterActivityWithOptions(func(ctx context.Context) error { return failed(ctx, "Asking", err) }, activity.RegisterOptions{Name: "ask"})
		_, failure := env.ExecuteActivity("ask")
		require.ErrorContains(t, failure, says)
		require.Contains(t, posted(err).Message, says)
	}
	require.Empty(t, Remedy(&concur.Error{Kind: concur.KindNotFound, Operation: concur.OpJobs}))
	require.Empty(t, Remedy(errors.New("none of Concur's")))
}

// A poll that has long gone well has patience all the same: refusals count only in a row.
func TestPatienceOfPolls(t *testing.T) {
	for _, kind := range []concur.Kind{concur.KindAuth, concur.KindNotFound} {
		t.Run(string(kind), func(t *testing.T) {
			script := strings.Repeat("g", 2*patience) + strings.Repeat("r", patience-1) + "g" + strings.Repeat("r", patience-1) + "p" +
				strings.Repeat("r", patience)
			tries, code := attempts(t, func(ctx context.Context, attempt int) error {
				switch script[attempt-1] {
				case 'g':
					return notYet(ctx, "Running", 0)
				case 'p':
					return pollFailed(ctx, "Asking", 0, &concur.Error{Status: 200, Kind: concur.KindBody})
				}
				return pollFailed(ctx, "Asking", 0, &concur.Error{Status: 403, Kind: kind})
			})
			require.Equal(t, len(script), tries)
			require.NotEmpty(t, code)
		})
	}
}

// Whatever is no file is waited out like a 503 until the pipeline's deadline, and is called that then.
func TestPatienceWithTheFile(t *testing.T) {
	land := func(cause error, lasts int, deadline time.Duration) (tries int, code string) {
		p := contract.LandParams{Scope: contract.Scope{Settings: pipeline.Pipeline{Name: "p", Poll: pipeline.Poll{Deadline: pipeline.Duration(deadline)}}}}
		s3 := s3test.NewServer("evidence")
		t.Cleanup(s3.Close)
		a := &Activities{Config: &config.Config{}, Evidence: evidence.NewStorage(bucket.New(s3.Client(), "evidence", bucket.Options{}))}
		p.Scope.Storage = &contract.Storage{Bucket: "evidence"}
		r := &landingRun{run: a.run(p.Scope), p: p, at: evidence.Keys{Pipeline: "p"}.Landing("j", 1)}
		return attempts(t, func(ctx context.Context, attempt int) error {
			if attempt > lasts {
				return nil
			}
			return r.failed(ctx, cause)
		})
	}
	document := errors.New("it is an XML document, such as an error message, and no file")
	for _, cause := range []error{
		fmt.Errorf("fetching the file: %w", &concur.Error{Status: 200, Kind: concur.KindBody, Err: concur.ErrPage}),
		fmt.Errorf("fetching the file: %w", &concur.Error{Status: 200, Kind: concur.KindBody, Err: document}),
		&landing.NoFileError{Name: "extract.txt", Err: errors.New("the answer has no bytes")},
	} {
		tries, code := land(cause, 4*patience, time.Hour)
		require.Equal(t, 4*patience+1, tries)
		require.Empty(t, code)
		tries, code = land(cause, 4*patience, time.Nanosecond)
		require.Equal(t, 1, tries)
		require.Equal(t, contract.CodeFileFormat, code)
	}
	tries, code := land(&landing.NoFileError{Err: &extractfile.FormatError{Setting: true}}, 4*patience, time.Hour)
	require.Equal(t, 1, tries, "a file of other settings is for a person at once")
	require.Equal(t, contract.CodeFileFormat, code)
}

// A page is what maintenance looks like, and it is waited out. Only where the pipeline never had a result, so that
// nothing shows that base_url is right, does it end the run before anything is started.
func TestPatienceWithPages(t *testing.T) {
	page := &concur.Error{Status: 200, Kind: concur.KindBody, Err: concur.ErrPage}
	s3 := s3test.NewServer("evidence")
	t.Cleanup(s3.Close)
	a := &Activities{Config: &config.Config{}, Evidence: evidence.NewStorage(bucket.New(s3.Client(), "evidence", bucket.Options{}))}
	r := a.run(contract.Scope{Settings: pipeline.Pipeline{Name: "nightly"}, Storage: &contract.Storage{Bucket: "evidence"}})
	prepare := func() (tries int, code string) {
		return attempts(t, func(ctx context.Context, attempt int) error {
			if attempt > 4*patience {
				return nil
			}
			return r.unanswered(ctx, "Listing Concur's extract definitions", page)
		})
	}
	tries, code := prepare()
	require.Equal(t, patience, tries)
	require.Equal(t, contract.CodeConfigInvalid, code)
	require.NoError(t, r.Store.Put(t.Context(), r.Keys.Latest(), "application/json", []byte("{}")))
	tries, code = prepare()
	require.Equal(t, 4*patience+1, tries)
	require.Empty(t, code)
	tries, code = attempts(t, func(ctx context.Context, attempt int) error {
		if attempt > 4*patience {
			return nil
		}
		return failed(ctx, "Listing the definition's jobs", page)
	})
	require.Equal(t, 4*patience+1, tries)
	require.Empty(t, code)
}
