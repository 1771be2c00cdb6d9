package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/config"
)

// Findings are compared with those of the job before, whenever that was tied out: not with an older job that recovery
// took up, or a person tied out again, since. An older job that is tied out late is compared with the one before it.
func TestPreviousRunIsThatOfTheJobBefore(t *testing.T) {
	world, settings := codes([]string{"##A"}, []string{"##B"}, []string{"##C"}, []string{"##A", "##B", "##C"})
	b := newBench(t, world, config.ListsV1, settings)
	for _, run := range []struct{ date, stopped string }{
		{"2020-11-18", "2020-11-18T04:10:00Z"}, // ##A
		{"2020-11-20", "2020-11-20T04:10:00Z"}, // ##B
		{"2020-11-21", "2020-11-19T04:10:00Z"}, // ##C, recovered a day after the newer one
	} {
		b.on(run.date)
		_, landed := b.extract(t, concurtest.SampleDefinition)
		result := b.tieOut(t, landed, run.date).Result
		result.Job.StopTime = run.stopped
		b.handOver(t, b.handOverOf(result))
	}
	b.on("2020-11-21")
	_, landed := b.extract(t, concurtest.SampleDefinition)
	doc := b.document(t, b.tieOut(t, landed, "owner"))
	require.ElementsMatch(t, []string{"##A: new 2020-11-18", "##B: repeated 2020-11-20", "##C: new 2020-11-21"}, statuses(doc.Findings))
}
