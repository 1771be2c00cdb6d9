package app

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"
)

func TestVersioning(t *testing.T) {
	for name, test := range map[string]struct {
		deployment, build string
		says              string
	}{
		"none":           {},
		"both":           {deployment: "tieout", build: "abc123"},
		"name alone":     {deployment: "tieout", says: "belong together"},
		"build id alone": {build: "abc123", says: "belong together"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TEMPORAL_DEPLOYMENT_NAME", test.deployment)
			t.Setenv("TEMPORAL_WORKER_BUILD_ID", test.build)
			options, err := Versioning()
			if test.says != "" {
				require.ErrorContains(t, err, test.says)
				return
			}
			require.NoError(t, err)
			if test.deployment == "" {
				require.Nil(t, options)
				return
			}
			require.True(t, options.UseVersioning)
			require.Equal(t, "tieout", options.Version.DeploymentName)
			require.Equal(t, "abc123", options.Version.BuildID)
			require.Equal(t, workflow.VersioningBehaviorPinned, options.DefaultVersioningBehavior)
		})
	}
}
