package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// Two pipelines on one definition are refused before anything is started, however each of them names it.
func TestPrepareRefusesADefinitionOfTwoPipelines(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	for name, test := range map[string]struct {
		other   pipeline.Pipeline
		refused bool
	}{
		"by its id":             {pipeline.Pipeline{Connection: "acme", Definition: b.scope.DefinitionID}, true},
		"by its URI":            {pipeline.Pipeline{Connection: "acme", Definition: b.concur.URL + "/api/expense/extract/v1.0/" + b.scope.DefinitionID}, true},
		"another definition":    {pipeline.Pipeline{Connection: "acme", Definition: "Cash Advances"}, false},
		"at another connection": {pipeline.Pipeline{Connection: "other", Definition: settings.Definition}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b.a.Config.Pipelines["weekly"] = test.other
			_, err := call(b, contract.Prepare, contract.PrepareParams{Scope: b.scope})
			if !test.refused {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "pipelines nightly-sae and weekly are both on the extract definition")
			kind, again := code(t, err)
			require.Equal(t, contract.CodeConfigInvalid, kind)
			require.False(t, again)
		})
	}
}
