package reconcile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTextsGiveBackWhatTheyKeep(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Custom(func(t *rapid.T) string {
		return strings.Repeat("x", rapid.SampledFrom([]int{0, 127, 128, 10_000, 1<<blockBits - 3, 1 << blockBits, 200_000}).Draw(t, "length"))
	}))
	rapid.Check(t, func(t *rapid.T) {
		var kept texts
		var items []Item
		var places []uint32
		for range rapid.IntRange(0, 30).Draw(t, "items") {
			item := Item{Code: text.Draw(t, "code"), Name: text.Draw(t, "name"), Ref: text.Draw(t, "ref"),
				Deleted: rapid.Bool().Draw(t, "deleted"), Leaf: rapid.Bool().Draw(t, "leaf")}
			items, places = append(items, item), append(places, kept.add(&item))
		}
		for i, item := range items {
			require.Equal(t, item, kept.item(places[i]))
			code, deleted := kept.code(places[i])
			require.Equal(t, item.Code, code)
			require.Equal(t, item.Deleted, deleted)
		}
	})
}
