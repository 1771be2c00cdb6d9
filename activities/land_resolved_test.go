package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/config"
	"tieout/internal/contract"
)

// Who decided on an ambiguous start, and why, stands in the manifest and in the report.
func TestDecisionOnTheStartIsEvidence(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	resolved := &contract.ResolveStartInput{Decision: contract.DecisionAdopt, By: "jane.doe", Reason: "seen in Concur"}
	_, landed := b.extractResolved(t, world.Definitions[0].Name, resolved)
	start := b.document(t, b.tieOut(t, landed, "owner")).Evidence.Start
	require.Equal(t, "jane.doe", start.By)
	require.Equal(t, "seen in Concur", start.Reason)
	require.Contains(t, string(b.read(t, landed.Manifest)), `"decidedBy": "jane.doe"`)
}
