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
	"tieout/internal/contract"
)

func TestExitCode(t *testing.T) {
	run := func(code string) error { return temporal.NewNonRetryableApplicationError("x", code, nil) }
	for name, c := range map[string]struct {
		result *contract.ExtractResult
		err    error
		code   int
	}{
		"nothing":          {nil, nil, ExitOK},
		"clean":            {&contract.ExtractResult{Outcome: contract.OutcomeClean}, nil, ExitOK},
		"approved":         {&contract.ExtractResult{Outcome: contract.OutcomeApproved}, nil, ExitOK},
		"findings":         {&contract.ExtractResult{Outcome: contract.OutcomeFindings}, nil, ExitFindings},
		"rejected":         {&contract.ExtractResult{Outcome: contract.OutcomeRejected}, nil, ExitFindings},
		"empty":            {&contract.ExtractResult{Outcome: contract.OutcomeEmpty}, nil, ExitEmpty},
		"ConcurJobFailed":  {nil, run(contract.CodeConcurJobFailed), ExitJobFailed},
		"ConcurAuth":       {nil, run(contract.CodeConcurAuth), ExitAuth},
		"ConcurDeadline":   {nil, run(contract.CodeConcurDeadline), ExitTemporary},
		"StartAmbiguous":   {nil, run(contract.CodeStartAmbiguous), ExitAmbiguous},
		"ControlTotals":    {nil, run(contract.CodeControlTotals), ExitControlTotals},
		"FileFormat":       {nil, run(contract.CodeFileFormat), ExitError},
		"FileEncrypted":    {nil, run(contract.CodeFileEncrypted), ExitError},
		"LandingConflict":  {nil, run(contract.CodeLandingConflict), ExitError},
		"ConfigInvalid":    {nil, run(contract.CodeConfigInvalid), ExitUsage},
		"ListUnavailable":  {nil, run(contract.CodeListUnavailable), ExitTemporary},
		"temporary":        {nil, run(contract.CodeTemporary), ExitTemporary},
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
	c.On("QueryWorkflow", mock.Anything, "extract/p/2026-11-20", "run", contract.QueryProgress).Return(nil, errors.New("no worker"))
	status, err := Describe(t.Context(), c, "extract/p/2026-11-20", "run")
	require.NoError(t, err)
	require.True(t, status.Running)
}

func TestAnActivityOfAnEarlierPhaseIsNotShown(t *testing.T) {
	s := Status{Activity: string(contract.WaitForJob), Progress: contract.Progress{Phase: contract.PhaseLanding}}
	require.True(t, s.outdated())
	s.Progress.Phase = contract.PhaseWaiting
	require.False(t, s.outdated())
}

func TestReconcileRefusesWhatIsNoManifest(t *testing.T) {
	for _, place := range []string{"", "manifest.json", "s3://b/p/jobs/0123456789abcdef/result.json", "s3://b/manifest.json", "https://b/jobs/0123456789abcdef/manifest.json"} {
		_, err := Reconcile(t.Context(), nil, contract.ReconcileInput{Pipeline: "p", Manifest: place})
		require.ErrorContains(t, err, "is not a manifest", place)
	}
}
