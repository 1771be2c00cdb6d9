package propose

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

// tree is a Concur with one list of two levels: codes by the code above, "" for the first level.
type tree map[string][]string

func (tree) Lists(context.Context) ([]concur.List, error) {
	return []concur.List{{ID: "L", Name: "Organization", Levels: 2}}, nil
}

func (t tree) Items(_ context.Context, _ concur.List, parent concur.Parent) ([]concur.Item, error) {
	var items []concur.Item
	for _, code := range t[parent.Ref] {
		items = append(items, concur.Item{Code: code, Path: append(slices.Clone(parent.Path), code), Level: len(parent.Path) + 1, Ref: code})
	}
	return items, nil
}

// sample is an accounting extract with a row for each pair of codes, in columns 35 and 36.
func sample(pairs [][2]string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "EXTRACT|2026-11-20|%d|%d.0000|1\n", len(pairs), len(pairs))
	for i, pair := range pairs {
		fields := make([]string, 400)
		for column, value := range map[int]string{1: "DETAIL", 2: "1", 4: fmt.Sprint(i + 1), 22: "USD", 35: pair[0], 36: pair[1], 169: "1.0000"} {
			fields[column-1] = value
		}
		b.WriteString(strings.Join(fields, "|") + "\n")
	}
	return []byte(b.String())
}

// A row counts as one in the list when its codes are there at every level of the check.
func TestRowsAreCountedAtAllLevels(t *testing.T) {
	list := tree{"": {"A", "B", "C"}, "A": {"1", "2"}, "B": {"1"}, "C": {"3"}}
	pairs := [][2]string{
		{"A", "1"}, {"A", "2"}, {"B", "1"}, {"C", "3"}, {"C", "3"}, {"A", "1"}, // in the list
		{"B", ""},           // in it as far as it is filled
		{"B", "2"},          // not in it at the second level
		{"X", "1"},          // nor at the first
		{"", "1"}, {"", ""}, // without a code at the first level
		{"A", "1"}, {"A", "2"}, // in it
	}
	layout, err := extractfile.NewLayout(pipeline.Format{Name: extractfile.FormatSAE})
	require.NoError(t, err)
	found, err := Checks(t.Context(), sample(pairs), layout, list)
	require.NoError(t, err)
	require.Len(t, found.Proposals, 1)
	p := found.Proposals[0]
	require.Len(t, p.Check.Columns, 2)
	require.Equal(t, []int64{11, 9, 0}, []int64{p.Rows, p.Matched, p.Unread})
}

// Rows in branches that were not read are neither in the list nor missing from it.
func TestRowsOfBranchesThatWereNotReadAreCountedApart(t *testing.T) {
	list := tree{}
	var pairs [][2]string
	for i := range mostParents + 2 {
		code := fmt.Sprintf("P%02d", i)
		list[""] = append(list[""], code)
		list[code] = []string{"1"}
		pairs = append(pairs, [2]string{code, "1"})
	}
	layout, err := extractfile.NewLayout(pipeline.Format{Name: extractfile.FormatSAE})
	require.NoError(t, err)
	found, err := Checks(t.Context(), sample(pairs), layout, list)
	require.NoError(t, err)
	require.Len(t, found.Proposals, 1)
	p := found.Proposals[0]
	require.Equal(t, []int64{mostParents, mostParents, 2}, []int64{p.Rows, p.Matched, p.Unread})
}

func TestACodeBelowAnEmptyLevelIsNotInTheList(t *testing.T) {
	known := newBranches(map[string]concur.Parent{"A": {Ref: "A"}})
	for name, test := range map[string]struct {
		values    []string
		in, known bool
	}{
		"as far as it is filled": {[]string{"A", "", ""}, true, true},
		"a level is left out":    {[]string{"A", "", "1"}, false, true},
		"not there":              {[]string{"B", "1", ""}, false, true},
		"not read":               {[]string{"A", "1", ""}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			in, judged := known.judge(test.values)
			require.Equal(t, [2]bool{test.in, test.known}, [2]bool{in, judged})
		})
	}
}
