package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/landing"
	"tieout/workflows"
)

func TestBusinessDate(t *testing.T) {
	b := dueBench(t, "", "America/New_York")
	b.claim(t, "a", "claimed")
	manifest := func(job string) string {
		return "s3://" + bucket + "/nightly/jobs/" + landing.JobKey(job) + "/manifest.json"
	}
	for name, test := range map[string]struct {
		params workflows.ConfigureParams
		date   string
	}{
		"given":                        {workflows.ConfigureParams{BusinessDate: "2026-11-18"}, "2026-11-18"},
		"of the scheduled time":        {workflows.ConfigureParams{}, "2026-11-24"},
		"of the run on the landed job": {workflows.ConfigureParams{Manifest: manifest("claimed")}, "2026-11-20"},
		"of a landed job that no run left a note on": {workflows.ConfigureParams{Manifest: manifest("other")}, "2026-11-24"},
	} {
		t.Run(name, func(t *testing.T) {
			test.params.Pipeline, test.params.At = "nightly", time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC)
			configured, err := call[workflows.Configured](b, workflows.ActivityConfigure, test.params)
			require.NoError(t, err)
			require.Equal(t, test.date, configured.BusinessDate)
		})
	}
	for _, params := range []workflows.ConfigureParams{
		{Pipeline: "nightly", BusinessDate: "20.11.2026"},
		{Pipeline: "nightly", Manifest: "s3://elsewhere/nightly/jobs/x/manifest.json"},
	} {
		_, err := call[workflows.Configured](b, workflows.ActivityConfigure, params)
		isError(t, err, workflows.CodeConfigInvalid, true)
	}
}
