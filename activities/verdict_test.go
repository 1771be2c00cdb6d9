package activities_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// The verdict of a date is the newest of its run and of the run of its job, on the job's current landing. A run that
// failed has none, and neither the run of a job that no date claimed nor a tie-out by itself is the date's.
func TestVerdictOfADate(t *testing.T) {
	b := dueBench(t, "", "America/New_York")
	slot := contract.Slot{Date: "2026-11-20"}
	keys := evidence.Keys{Pipeline: "nightly"}
	verdict := func() *contract.ExtractResult {
		t.Helper()
		result, err := b.a.Verdict(t.Context(), "nightly", slot)
		require.NoError(t, err)
		return result
	}
	minute := 0
	ended := func(run string, more map[string]any) {
		minute++
		job := contract.JobKey(run)
		record := map[string]any{"schema": 1, "pipeline": "nightly", "businessDate": slot.Date, "slot": "date", "workflowId": "extract/nightly/2026-11-20", "runId": run,
			"at": time.Date(2026, 11, 20, 9, minute, 0, 0, time.UTC), "jobKey": job, "manifest": "s3://" + evidenceBucket + "/" + keys.Manifest(job), "tieOut": 1}
		for name, value := range more {
			record[name] = value
		}
		b.put(t, keys.Manifest(job), evidence.Manifest{Schema: 1})
		b.put(t, keys.Run(slot.Date, run), record)
		b.put(t, keys.Result(job, 1), contract.ExtractResult{Schema: 1, BusinessDate: slot.Date, Manifest: run})
	}
	require.Nil(t, verdict())
	ended("failed", map[string]any{"code": contract.CodeConcurAuth})
	ended("failed-on-findings", map[string]any{"outcome": contract.OutcomeFindings, "code": contract.CodeFindings})
	ended("left-over", map[string]any{"outcome": contract.OutcomeClean, "slot": "", "workflowId": "extract/nightly/job/0123456789abcdef"})
	ended("by-itself", map[string]any{"outcome": contract.OutcomeClean, "slot": "", "workflowId": "extract/nightly/reconcile/0123456789abcdef"})
	ended("another-firing", map[string]any{"outcome": contract.OutcomeClean, "slot": "T0400"})
	ended("landed-again", map[string]any{"outcome": contract.OutcomeClean})
	b.put(t, keys.Landing(contract.JobKey("landed-again"), 2).Manifest(), evidence.Manifest{Schema: 1})
	require.Nil(t, verdict())
	ended("first", map[string]any{"outcome": contract.OutcomeRejected})
	require.Equal(t, "first", verdict().Manifest)
	ended("of-its-job", map[string]any{"outcome": contract.OutcomeClean, "workflowId": "extract/nightly/job/0123456789abcdef"})
	ended("failed-later", map[string]any{"code": contract.CodeConcurAuth})
	require.Equal(t, "of-its-job", verdict().Manifest)
	require.Equal(t, "2026-11-20T09:08:00Z", verdict().Answered)

	key := keys.Result(contract.JobKey("of-its-job"), 1)
	_, err := b.s3.Client().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(evidenceBucket), Key: &key}) // as the bucket's rules may
	require.NoError(t, err)
	_, err = b.a.Verdict(t.Context(), "nightly", slot)
	require.Contains(t, isError(t, err, contract.CodeConfigInvalid, true).Message(), "has been removed. For a further extract use `tieout run nightly --date 2026-11-20 --again`")
}
