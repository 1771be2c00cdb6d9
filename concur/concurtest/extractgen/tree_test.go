package extractgen

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGeneratedLists(t *testing.T) {
	big, err := NewTree(List{Name: "big", Generate: &ListSpec{Branching: []int{20, 100, 99}}})
	require.NoError(t, err)
	items, live, seen := 0, 0, map[string]bool{}
	for path, item := range big.Items() {
		items++
		if !item.Deleted {
			live++
		}
		key := strings.Join(path, "\x00")
		require.False(t, seen[key], path)
		seen[key] = true
		require.LessOrEqual(t, len(item.Code), 32)
		require.Equal(t, item.Code, path[item.Level-1])
		require.LessOrEqual(t, len(item.Name), 64)
	}
	require.Equal(t, 20+2000+198_000, items)
	require.Less(t, live, items)
	_, err = NewTree(List{Name: "deep", Generate: &ListSpec{Branching: []int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}}})
	require.NoError(t, err)
	for _, bad := range []List{
		{Generate: &ListSpec{Branching: []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}}}, {Generate: &ListSpec{Branching: []int{10_000_000}}},
		{Generate: &ListSpec{Branching: []int{0}}}, {Levels: 1, Items: []Item{{Code: "a", Items: []Item{{Code: "b"}}}}},
	} {
		_, err := NewTree(bad)
		require.Error(t, err)
	}
}
