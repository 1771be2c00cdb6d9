package workflows_test

import (
	"errors"
	"slices"
	"testing"
	"tieout/internal/contract"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
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
			n := newNight(t).prepared().posts(created)
			if test.activity != nil {
				n.OnActivity(string(contract.Land), mock.Anything, mock.Anything).Return(contract.Landed{}, test.activity)
			}
			n.OnWorkflow(contract.TypeReconcile, mock.Anything, mock.Anything).Return(nil, test.child).Maybe()
			n.quiet()
			failed := n.fails(t, test.code)
			require.Equal(t, test.says, failed.Message())
			require.Equal(t, test.says, n.records[0].Message)
			require.True(t, failed.NonRetryable())
		})
	}
}

// An activity's name in a sentence is its type in words.
func TestActivitiesAreNamedInWords(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.OnActivity(string(contract.ReadLists), mock.Anything, mock.Anything).Return(contract.ReadListsResult{}, temporal.NewHeartbeatTimeoutError())
	n.quiet()
	require.Contains(t, n.fails(t, contract.CodeTemporary).Message(), `The activity "read lists" lost its worker. See`)
}

// A run that a person cancels is cancelled for Temporal too: it has no code, and its record says so.
func TestACancelledRunStaysCancelled(t *testing.T) {
	n := newNight(t).prepared().posts(created)
	n.OnActivity(string(contract.WaitForJob), mock.Anything, mock.Anything).Return(contract.Job{}, temporal.NewApplicationError("Running", "NotYet"))
	n.quiet()
	n.RegisterDelayedCallback(n.CancelWorkflow, time.Minute)
	n.ExecuteWorkflow(contract.TypeConcurExtract, contract.ExtractInput{})
	err := n.GetWorkflowError()
	require.True(t, temporal.IsCanceledError(err), "%v", err)
	require.Len(t, n.records, 1)
	require.Equal(t, "Canceled", n.records[0].Code)
}

func TestCodesHoldWhatARunCanFailWith(t *testing.T) {
	codes := contract.Codes()
	require.Contains(t, codes, contract.CodeFindings)
	require.Contains(t, codes, contract.CodeTemporary)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(codes))), 12)
}
