package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/landing"
	"tieout/internal/pipeline"
	"tieout/workflows"
)

func TestVerdictOfADate(t *testing.T) {
	b := dueBench(t, "", "America/New_York")
	const date, ours = "2026-11-20", "extract/nightly-2026-11-20T09:00:00Z"
	keys := landing.Keys{Pipeline: "nightly"}
	none := func() {
		t.Helper()
		result, err := b.a.Verdict(t.Context(), "nightly", date)
		require.NoError(t, err)
		require.Nil(t, result)
	}
	minute := 0
	ended := func(run string, more map[string]any) {
		minute++
		record := map[string]any{"schema": 1, "pipeline": "nightly", "businessDate": date, "workflowId": ours, "runId": run,
			"at": time.Date(2026, 11, 20, 9, minute, 0, 0, time.UTC), "jobKey": run, "tieOut": 1}
		for name, value := range more {
			record[name] = value
		}
		b.put(t, keys.Run(date, run), record)
		b.put(t, keys.Result(run, 1), workflows.ExtractResult{Schema: 1, BusinessDate: date, Manifest: run})
	}
	none()
	ended("failed", map[string]any{"code": workflows.CodeConcurAuth})
	ended("failed-on-findings", map[string]any{"outcome": workflows.OutcomeFindings, "code": workflows.CodeFindings})
	ended("left-over", map[string]any{"outcome": workflows.OutcomeClean, "workflowId": "extract/nightly/2026-11-20/job/0123456789abcdef"})
	ended("by-itself", map[string]any{"outcome": workflows.OutcomeClean, "workflowId": "extract/nightly/reconcile/0123456789abcdef"})
	none()
	ended("first", map[string]any{"outcome": workflows.OutcomeFindings})
	ended("last", map[string]any{"outcome": workflows.OutcomeClean})
	ended("failed-later", map[string]any{"code": workflows.CodeConcurAuth})
	result, err := b.a.Verdict(t.Context(), "nightly", date)
	require.NoError(t, err)
	require.Equal(t, "last", result.Manifest)
	result, err = b.a.Verdict(t.Context(), "nightly", "2026-11-21")
	require.NoError(t, err)
	require.Nil(t, result)
}

func TestZoneOfAPipeline(t *testing.T) {
	b := dueBench(t, "", "America/New_York")
	require.Equal(t, "America/New_York", b.a.Zone("nightly").String())
	require.Nil(t, b.a.Zone("weekly"))
	b.a.Config.Pipelines["nightly"] = pipeline.Pipeline{Name: "nightly", Schedule: &pipeline.Schedule{TimeZone: "Mars/Olympus"}}
	require.Nil(t, b.a.Zone("nightly"))
}
