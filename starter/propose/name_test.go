package propose

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A definition called Job, Next or the like gives its pipeline a name that the configuration takes.
func TestProposedPipelineNamesAreAllowed(t *testing.T) {
	for definition, want := range map[string]string{
		"Standard Accounting Extract": "nightly-sae", "Europe SAE (2)": "europe-sae-2", "¤": "nightly",
		"Job": "nightly-job", "NEXT!": "nightly-next", "Jobs": "jobs",
	} {
		require.Equal(t, want, PipelineName(definition))
	}
}
