package extractfile

import (
	"hash/maphash"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestTableNumbersLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.StringN(0, 3, -1), 0, 1000).Draw(t, "keys")
		table := newTable(maphash.MakeSeed())
		seen := map[string]int{}
		for _, key := range keys {
			n, isNew := table.number([]byte(key))
			want, ok := seen[key]
			if !ok {
				want = len(seen)
				seen[key] = want
			}
			require.Equal(t, !ok, isNew)
			require.Equal(t, want, n)
			require.Equal(t, key, table.at(n))
		}
		require.Equal(t, len(seen), table.len())
	})
}

// A key tells its values again, whatever bytes they hold, and no two tuples share one.
func TestKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tuple := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringN(100, 300, -1)), 0, 5)
		a, b := tuple.Draw(t, "a"), tuple.Draw(t, "b")
		require.Equal(t, a, keyValues([]string{}, Key(a)))
		require.Equal(t, len(a) == len(b) && Key(a) == Key(b), equal(a, b))
	})
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
