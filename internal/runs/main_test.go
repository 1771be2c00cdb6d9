package runs

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/temporal"

	"tieout/concur"
	"tieout/internal/config"
	"tieout/workflows"
)

func TestExitCode(t *testing.T) {
	run := func(code string) error { return temporal.NewNonRetryableApplicationError("x", code, nil) }
	for name, c := range map[string]struct {
		result *workflows.ExtractResult
		err    error
		code   int
	}{
		"nothing":          {nil, nil, ExitOK},
		"clean":            {&workflows.ExtractResult{Outcome: workflows.OutcomeClean}, nil, ExitOK},
		"approved":         {&workflows.ExtractResult{Outcome: workflows.OutcomeApproved}, nil, ExitOK},
		"findings":         {&workflows.ExtractResult{Outcome: workflows.OutcomeFindings}, nil, ExitFindings},
		"rejected":         {&workflows.ExtractResult{Outcome: workflows.OutcomeRejected}, nil, ExitFindings},
		"empty":            {&workflows.ExtractResult{Outcome: workflows.OutcomeEmpty}, nil, ExitEmpty},
		"ConcurJobFailed":  {nil, run(workflows.CodeConcurJobFailed), ExitJobFailed},
		"ConcurAuth":       {nil, run(workflows.CodeConcurAuth), ExitAuth},
		"ConcurDeadline":   {nil, run(workflows.CodeConcurDeadline), ExitTemporary},
		"StartAmbiguous":   {nil, run(workflows.CodeStartAmbiguous), ExitAmbiguous},
		"ControlTotals":    {nil, run(workflows.CodeControlTotals), ExitControlTotals},
		"FileFormat":       {nil, run(workflows.CodeFileFormat), ExitError},
		"FileEncrypted":    {nil, run(workflows.CodeFileEncrypted), ExitError},
		"LandingConflict":  {nil, run(workflows.CodeLandingConflict), ExitError},
		"ConfigInvalid":    {nil, run(workflows.CodeConfigInvalid), ExitUsage},
		"ListUnavailable":  {nil, run(workflows.CodeListUnavailable), ExitTemporary},
		"temporary":        {nil, run(workflows.TypeTemporary), ExitTemporary},
		"configuration":    {nil, fmt.Errorf("reading: %w", &config.Error{}), ExitUsage},
		"token refused":    {nil, &concur.Error{Kind: concur.KindAuth}, ExitAuth},
		"secret wrong":     {nil, &concur.Error{Kind: concur.KindCredentials}, ExitAuth},
		"token worn out":   {nil, &concur.Error{Kind: concur.KindReauthorize}, ExitAuth},
		"throttled":        {nil, &concur.Error{Kind: concur.KindThrottled}, ExitTemporary},
		"redirected":       {nil, &concur.Error{Kind: concur.KindRedirect}, ExitUsage}, // as ConfigInvalid of a run
		"Temporal is down": {nil, fmt.Errorf("asking: %w", serviceerror.NewUnavailable("down")), ExitTemporary},
		"waited too long":  {nil, context.DeadlineExceeded, ExitTimedOut},
		"Ctrl-C":           {nil, context.Canceled, ExitDetached},
		"detached":         {nil, fmt.Errorf("%w", ErrDetached), ExitDetached},
		"anything else":    {nil, errors.New("x"), ExitError},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.code, ExitCode(c.result, c.err)) })
	}
}

func TestPipelineOfAWorkflowID(t *testing.T) {
	for id, want := range map[string][2]string{
		"extract/nightly-sae/2026-11-20":                 {"nightly-sae", "2026-11-20"},
		"extract/nightly-sae/2026-11-20T0400/again/2":    {"nightly-sae", "2026-11-20"},
		"extract/nightly-sae/job/0123456789abcdef":       {"nightly-sae", ""},
		"extract/nightly-sae-2026-11-20T09:00:00Z":       {"", ""},
		"extract/nightly-sae/reconcile/0123456789abcdef": {"", ""},
		"something/else": {"", ""},
	} {
		pipeline, date := PipelineOf(id)
		require.Equal(t, want, [2]string{pipeline, date}, id)
	}
}

func TestWhatNamesNoRunIsNotTheNewest(t *testing.T) {
	for _, name := range []string{"", "/", "/2026-11-20", "nightly-sae/", "extract/", "extract//", "extract/nightly-sae/", "night\xff"} {
		_, err := Find(t.Context(), nil, name)
		require.ErrorIs(t, err, ErrNamesNoRun, name)
		require.Equal(t, ExitUsage, ExitCode(nil, err), name)
	}
}

func TestFilterAsAQuery(t *testing.T) {
	for want, f := range map[string]Filter{
		"WorkflowType = 'ConcurExtract'": {},
		"WorkflowType = 'ConcurExtract' AND TieoutPipeline = 'p' AND TieoutBusinessDate = '2026-11-20' AND CloseTime IS NULL": {Pipeline: "p", BusinessDate: "2026-11-20", Outcome: StatusRunning},
		"WorkflowType = 'ConcurExtract' AND TieoutOutcome = 'findings'":                                                       {Outcome: "findings"},
		"WorkflowType = 'ConcurExtract' AND ExecutionStatus = 'Failed'":                                                       {Outcome: StatusFailed},
		`WorkflowType = 'ConcurExtract' AND TieoutPipeline = '\' OR \\'`:                                                      {Pipeline: `' OR \`},
	} {
		require.Equal(t, want, f.query())
	}
}

// A person who pauses a run has not ended it: it is joined, watched and listed as one that is running.
func TestAPausedRunIsRunning(t *testing.T) {
	info := &workflow.WorkflowExecutionInfo{Status: enums.WORKFLOW_EXECUTION_STATUS_PAUSED}
	require.Equal(t, StatusRunning, runOf(info).Status)
	c := &mocks.Client{}
	c.On("DescribeWorkflowExecution", mock.Anything, "extract/p/2026-11-20", "run").
		Return(&workflowservice.DescribeWorkflowExecutionResponse{WorkflowExecutionInfo: info}, nil)
	c.On("QueryWorkflow", mock.Anything, "extract/p/2026-11-20", "run", workflows.QueryProgress).Return(nil, errors.New("no worker"))
	status, err := Describe(t.Context(), c, "extract/p/2026-11-20", "run")
	require.NoError(t, err)
	require.True(t, status.Running)
}

func TestAnActivityOfAnEarlierPhaseIsNotShown(t *testing.T) {
	s := Status{Activity: workflows.ActivityWaitForJob, Progress: workflows.Progress{Phase: workflows.PhaseLanding}}
	require.True(t, s.behind())
	s.Progress.Phase = workflows.PhaseWaiting
	require.False(t, s.behind())
}

func TestReconcileRefusesWhatIsNoManifest(t *testing.T) {
	for _, place := range []string{"", "manifest.json", "s3://b/p/jobs/0123456789abcdef/result.json", "s3://b/manifest.json", "https://b/jobs/0123456789abcdef/manifest.json"} {
		_, err := Reconcile(t.Context(), nil, workflows.ReconcileInput{Pipeline: "p", Manifest: place})
		require.ErrorContains(t, err, "is not a manifest", place)
	}
}
