package evidence

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
)

// newPipeline is a pipeline in an empty bucket.
func newPipeline(t *testing.T) Pipeline {
	server := s3test.NewServer("evidence")
	t.Cleanup(server.Close)
	return Of(bucket.New(server.Client(), "evidence", bucket.Options{}), "concur", "nightly")
}

func TestNamespacesOfTheLastDates(t *testing.T) {
	p := newPipeline(t)
	for day, namespace := range []string{"old", "finance", "finance", "test", ""} {
		require.NoError(t, p.WriteRecord(t.Context(), Record{BusinessDate: fmt.Sprintf("2026-11-%d", 16+day), RunID: "run", Namespace: namespace}))
	}
	namespaces, err := p.Namespaces(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"finance", "test"}, namespaces)
}
