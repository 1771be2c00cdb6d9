package activities_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/config"
	"tieout/internal/contract"
)

// A run that failed after its verdict (on_findings: fail) still counts as a run with a verdict: in the trend, in the
// statuses of the next run, and for whoever asks whether there was a good run by its due time.
func TestFailureAfterTheVerdictKeepsTheVerdict(t *testing.T) {
	world, settings := everyClass(2_000)
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, settings.Definition)
	reported := b.tieOut(t, landed, "owner-1")
	_, err := b.env.ExecuteActivity(string(contract.HandOver), contract.HandOverParams{Scope: b.scope, Result: reported.Result, TieOut: 1, At: time.Now()})
	require.NoError(t, err)
	_, err = b.env.ExecuteActivity(string(contract.RecordRun), contract.RecordRunParams{Scope: b.scope, Code: contract.CodeFindings, Message: "19 findings", At: time.Now()})
	require.NoError(t, err)
	body, ok := b.s3.Object(evidenceBucket, "concur/nightly-sae/runs/2026-11-20/run-1.json")
	require.True(t, ok)
	var record map[string]any
	require.NoError(t, json.Unmarshal(body, &record))
	require.Equal(t, "findings", record["outcome"])
	require.Equal(t, contract.CodeFindings, record["code"])
}
