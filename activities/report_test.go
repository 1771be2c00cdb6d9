package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// Settings and lists that contradict each other are said at once: no retry makes other input of them.
func TestWhatCannotBeMatchedIsFinal(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, world.Definitions[0].Name)
	params := b.opened(t, landed, "owner")
	_, err := call(b, contract.ReadLists, params)
	require.NoError(t, err)
	params.Scope.Settings.Waivers = []pipeline.Waiver{{Check: settings.Checks[0].Name, Value: "##A", Until: "next quarter"}}
	_, err = call(b, contract.Report, params)
	kind, again := code(t, err)
	require.Equal(t, contract.CodeConfigInvalid, kind)
	require.False(t, again)
}
