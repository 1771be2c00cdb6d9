package workflows_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
)

// However an activity or a child ends, the failure of the run has a stable code and says what was going on.
func TestEveryFailureHasACodeAndASentence(t *testing.T) {
	const remedy = ". See that a worker is running and reaches Concur, S3 and Temporal, then run this again; if it ends so again, the worker's log says more."
	foreign := temporal.NewNonRetryableApplicationError("odd.", "OfAnotherKind", nil)
	for name, test := range map[string]struct {
		activity, child error
		code, says      string
	}{
		"worker lost":            {temporal.NewHeartbeatTimeoutError(), nil, contract.CodeTemporary, `The activity "land" lost its worker` + remedy},
		"no worker":              {temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_START, nil), nil, contract.CodeTemporary, `The activity "land" was taken up by no worker in time` + remedy},
		"too late":               {temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil), nil, contract.CodeTemporary, `The activity "land" did not end in time` + remedy},
		"too late, with words":   {temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, foreign), nil, contract.CodeTemporary, `The activity "land" did not end in time; it said last: odd` + remedy},
		"too late, with a code":  {temporal.NewTimeoutError(enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, temporal.NewApplicationError("S3 is away", contract.CodeTemporary)), nil, contract.CodeTemporary, "S3 is away"},
		"a code":                 {temporal.NewNonRetryableApplicationError("no totals", contract.CodeControlTotals, nil), nil, contract.CodeControlTotals, "no totals"},
		"a type that is no code": {foreign, nil, contract.CodeTemporary, `The activity "land" failed: odd` + remedy},
		"an error of Go":         {errors.New("it broke"), nil, contract.CodeTemporary, `The activity "land" failed: it broke` + remedy},
		"child out of time":      {nil, temporal.NewTimeoutError(enums.TIMEOUT_TYPE_START_TO_CLOSE, nil), contract.CodeTemporary, `The child workflow "reconcile" did not end in time` + remedy},
		"child without a code":   {nil, foreign, contract.CodeTemporary, `The child workflow "reconcile" failed: odd` + remedy},
		"child with a code":      {nil, temporal.NewNonRetryableApplicationError("not ours", contract.CodeFileFormat, nil), contract.CodeFileFormat, "not ours"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t).prepared().posts(created)
			if test.activity != nil {
				breaks(b, contract.Land, test.activity)
			}
			b.OnWorkflow(contract.TypeReconcile, mock.Anything, mock.Anything).Return(nil, test.child).Maybe()
			b.quiet()
			failed := b.fails(t, test.code)
			require.Equal(t, test.says, failed.Message())
			require.Equal(t, test.says, b.records[0].Message)
			require.True(t, failed.NonRetryable())
		})
	}
}

// An activity's name in a sentence is its type in words.
func TestActivitiesAreNamedInWords(t *testing.T) {
	b := newBench(t).prepared().posts(created)
	breaks(b, contract.ReadLists, temporal.NewHeartbeatTimeoutError())
	b.quiet()
	require.Contains(t, b.fails(t, contract.CodeTemporary).Message(), `The activity "read lists" lost its worker. See`)
}

// A run that a person cancels is cancelled for Temporal too: it has no code, and its record says so.
func TestACancelledRunStaysCancelled(t *testing.T) {
	b := newBench(t).prepared().posts(created)
	breaks(b, contract.WaitForJob, temporal.NewApplicationError("Running", "NotYet"))
	b.quiet()
	b.RegisterDelayedCallback(b.CancelWorkflow, time.Minute)
	b.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{})
	err := b.GetWorkflowError()
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Len(t, b.records, 1)
	require.Equal(t, "Canceled", b.records[0].Code)
}

func TestCodesHoldWhatARunCanFailWith(t *testing.T) {
	codes := contract.Codes()
	require.Contains(t, codes, contract.CodeFindings)
	require.Contains(t, codes, contract.CodeTemporary)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(codes))), 12)
}
