package reconcile

import (
	"slices"
	"strings"
	"testing"

	"github.com/agnivade/levenshtein"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFoldCode(t *testing.T) {
	for code, want := range map[string]string{
		"":                   "",
		"   ":                "",
		"0":                  "0",
		"000":                "0",
		"01007-03":           "1007-03",
		" D10\t":             "d10",
		"\uff24\uff11\uff10": "d10",     // full width
		"1007\u201303":       "1007-03", // en dash
		"1007\u221203":       "1007-03", // minus
		"1007\u00ad03":       "1007-03", // soft hyphen
		"1007\ufe6303":       "1007-03", // small hyphen-minus
		"A\u00a0B\u2003C":    "a b c",
		"A  B":               "a  b", // folded, not collapsed
		"\u200bD10\ufeff":    "d10",  // zero width
		"\u202eD10\u202c":    "d10",  // direction marks
		"Stra\u00dfe":        "strasse",
		"\u0399\u0308":       "\u03ca",
		"\uff10\uff10\uff17": "7",
		"\u200b \u200b":      "",
	} {
		require.Equal(t, want, foldCode(code), "%q", code)
	}
}

func FuzzFoldCode(f *testing.F) {
	for _, seed := range []string{"01007-03", " D10\u00a0", "\u0130\u0345", "\xff0", "0\u200b0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, code string) {
		folded := foldCode(code)
		require.Equal(t, folded, foldCode(" "+code+"\u00a0"), "spaces around make no difference")
		if trimmed := strings.TrimSpace(code); trimmed != "" && trimmed[0] > ' ' && trimmed[0] < 0x80 {
			require.Equal(t, folded, foldCode("0"+trimmed), "a leading zero makes no difference")
		}
	})
}

func TestNearestAgreesWithTryingAll(t *testing.T) {
	alphabet := rapid.StringOfN(rapid.SampledFrom([]rune("0123AB-é")), 0, 7, -1)
	rapid.Check(t, func(t *rapid.T) {
		codes := rapid.SliceOfDistinct(alphabet, rapid.ID[string]).Draw(t, "codes")
		value := alphabet.Filter(func(v string) bool { return !slices.Contains(codes, v) }).Draw(t, "value")
		items := itemsOf(codes...)
		best, want := maxEdits+1, ""
		for item := range items.all() {
			if d := levenshtein.ComputeDistance(value, item.Code); d < best {
				best, want = d, item.Code
			}
		}
		work := int64(nearestWork)
		at, found := newNearestIndex(items).find(items, value, &work)
		require.Equal(t, best <= maxEdits, found)
		if found {
			code, _ := items.code(at)
			require.Equal(t, want, code)
		}
	})
}

func itemsOf(codes ...string) items {
	var list []Item
	for _, code := range codes {
		list = append(list, Item{Code: code})
	}
	s := NewSnapshot(orgs, "list-1", APIv1, 1, "")
	s.Add(nil, list)
	return s.items(0)
}

func TestNearestStopsWhenTheWorkIsUsedUp(t *testing.T) {
	items := itemsOf("1000", "1001")
	index := newNearestIndex(items)
	work := int64(1 + distanceWork)
	_, found := index.find(items, "1002", &work)
	require.True(t, found)
	_, found = index.find(items, "1002", &work)
	require.False(t, found)
}
