package reconcile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/pipeline"
)

// service answers for a list as Concur does, and counts.
type service struct {
	list     *Snapshot
	requests [][]string
	deleted  [][]string
}

func (s *service) items(t require.TestingT, need Need) []Item {
	if len(need.Parent) > 0 {
		require.Equal(t, []string{"ref-" + need.Parent[len(need.Parent)-1]}, need.Refs)
	}
	s.requests = append(s.requests, need.Parent)
	return slices.DeleteFunc(s.all(need), func(i Item) bool { return i.Deleted })
}

func (s *service) all(need Need) []Item {
	at, found := s.list.find(need.Parent)
	if !found {
		return nil
	}
	return slices.Collect(s.list.items(int32(at)).all())
}

// errKilled cuts a reading off.
var errKilled = errors.New("killed")

// read reads a list by need, with a JSON round trip after each answer, as after a kill.
func read(t require.TestingT, source *service, checks []pipeline.Check, files []FileSummary, limit int) *Snapshot {
	got := NewSnapshot(source.list.List, "list-1", source.list.API, source.list.Levels, "2026-11-20T04:00:00Z")
	for {
		asked := false
		reading := Reading{Checks: checks, Files: files, WalkLimit: limit, Ask: func(_ context.Context, needs []Need, deleted bool) ([]Answer, error) {
			if asked {
				return nil, errKilled
			}
			asked = true
			answers := make([]Answer, len(needs))
			for i, need := range needs {
				items := source.all(need)
				if deleted {
					source.deleted = append(source.deleted, need.Parent)
				} else {
					items = source.items(t, need)
				}
				answers[i].Requests = 1
				for _, item := range items {
					answers[i].Items = append(answers[i].Items, Placed{Parent: need.Parent, Item: item})
				}
			}
			return answers, nil
		}}
		err := reading.Into(context.Background(), got)
		got = roundTrip(t, got)
		if err == nil {
			require.Equal(t, len(source.requests)+len(source.deleted), got.Requests)
			return got
		}
		require.ErrorIs(t, err, errKilled)
	}
}

func roundTrip(t require.TestingT, s *Snapshot) *Snapshot {
	var text strings.Builder
	require.NoError(t, s.Write(&text))
	back, err := ReadSnapshot(strings.NewReader(text.String()))
	require.NoError(t, err)
	return back
}

func TestNeedsReadOnlyTheBranchesThatTuplesName(t *testing.T) {
	checks := []pipeline.Check{orgCheck(3)}
	for _, test := range []struct {
		name    string
		tuples  [][]string
		want    []string
		walked  int
		limited bool
	}{
		{name: "no rows"},
		{name: "all blank", tuples: [][]string{{"", "", ""}}},
		{name: "gap at level 1", tuples: [][]string{{"", "2000", ""}}},
		{name: "level 1 alone", tuples: [][]string{{"D10", "", ""}, {"D20", "", ""}}, want: []string{""}},
		{name: "one parent", tuples: [][]string{{"D10", "2000", ""}, {"D10", "01007-03", ""}}, want: []string{"", "D10"}},
		{name: "gap below a parent", tuples: [][]string{{"D10", "", "T1"}}, want: []string{""}},
		{name: "two parents and one below", tuples: [][]string{{"D10", "2000", "T3"}, {"D20", "3000", ""}}, want: []string{"", "D10", "D20", "D10/2000"}},
		{name: "explained at level 1", tuples: [][]string{{"sales", "2000", "T3"}, {"7", "x", ""}, {"Pending Client", "x", ""}}, want: []string{""}},
		{name: "unknown at level 1 has no other parents", tuples: [][]string{{"zzzzzz", "2000", "T3"}}, want: []string{""}},
		{name: "explained at level 2", tuples: [][]string{{"D10", "2O00", ""}, {"D10", "dept south", ""}}, want: []string{"", "D10", "007", "D20", "LISTED", "Ünit"}, walked: 4},
		{name: "a parent that has the code is not the only one", tuples: [][]string{{"D10", "3000", ""}, {"D20", "4000", ""}},
			want: []string{"", "D10", "D20", "007", "LISTED", "Ünit"}, walked: 3},
		{name: "the near parents are enough for a code of level 3", tuples: [][]string{{"D20", "4000", "T3"}},
			want: []string{"", "D20", "D20/4000", "D20/2000", "D20/3000"}, walked: 2},
		{name: "unknown at level 3 walks both levels", tuples: [][]string{{"D20", "4000", "zzzzzz"}},
			want: []string{"", "D20", "D20/4000", "D20/2000", "D20/3000", "007", "D10", "LISTED", "Ünit", "D10/01007-03", "D10/2000", "D10/A\u2011B"}, walked: 9},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := &service{list: orgList(APIv1)}
			files := []FileSummary{{"a.txt", scan(t, 1, rowsOf(test.tuples...))}}
			got := read(t, source, checks, files, 100)
			var asked []string
			for _, path := range source.requests {
				asked = append(asked, strings.Join(path, "/"))
			}
			require.Equal(t, test.want, asked)
			require.Equal(t, test.walked, got.Walk.Requests)
			require.Equal(t, test.limited, got.Walk.Limited)
			_, err := Match(Input{Checks: checks, Files: files, Snapshots: map[string]*Snapshot{orgs: got}, BusinessDate: today})
			require.NoError(t, err)
		})
	}
}

// A search that the limit cuts short concludes nothing: what is not read may hold the parent that is meant. What the
// limit cannot pay for is not begun.
func TestWalkStopsAtItsLimit(t *testing.T) {
	checks := []pipeline.Check{orgCheck(3)}
	for _, test := range []struct {
		code            string
		limit, walked   int
		class, searched string
	}{
		{"T3", 0, 0, ClassUnknown, SearchedPartial},
		{"T3", 1, 0, ClassUnknown, SearchedPartial},
		{"T3", 2, 2, ClassWrongParent, ""}, // D20/2000, D20/3000: under D20 it is
		{"T1", 2, 2, ClassUnknown, SearchedPartial},
		{"T1", 8, 6, ClassUnknown, SearchedPartial}, // level 1 whole, and of D10 nothing
		{"T1", 9, 9, ClassWrongParent, ""},
		{"zzzzzz", 8, 6, ClassUnknown, SearchedPartial},
		{"zzzzzz", 9, 9, ClassUnknown, ""},
	} {
		source := &service{list: orgList(APIv1)}
		files := []FileSummary{{"a.txt", scan(t, 1, rowsOf([]string{"D20", "4000", test.code}))}}
		got := read(t, source, checks, files, test.limit)
		require.Equal(t, test.walked, got.Walk.Requests, "%+v", test)
		require.Len(t, source.requests, 3+got.Walk.Requests)
		require.Equal(t, test.searched != "", got.Walk.Limited)
		v, err := Match(Input{Checks: checks, Files: files, Snapshots: map[string]*Snapshot{orgs: got}, BusinessDate: today})
		require.NoError(t, err, "%+v", test)
		require.Equal(t, test.class, v.Findings[0].Class, "%+v", test)
		require.Equal(t, test.searched, v.Findings[0].Searched, "%+v", test)
	}
}

// Two files that hold the same row come to the same finding, whatever their other rows made the reader read.
func TestAFindingDependsOnItsRowAlone(t *testing.T) {
	checks := []pipeline.Check{orgCheck(3)}
	finding := func(tuples ...[]string) Finding {
		files := []FileSummary{{"a.txt", scan(t, 1, rowsOf(tuples...))}}
		got := read(t, &service{list: orgList(APIv1)}, checks, files, 100)
		v, err := Match(Input{Checks: checks, Files: files, Snapshots: map[string]*Snapshot{orgs: got}, BusinessDate: today})
		require.NoError(t, err)
		for _, f := range v.Findings {
			if slices.Equal(f.Path, tuples[0][:f.Level]) {
				return f
			}
		}
		return Finding{}
	}
	for _, row := range [][]string{{"D10", "4000", ""}, {"D20", "2000", "T3"}, {"D20", "4000", "T1"}, {"007", "2000", ""}, {"D10", "A\u2011B", "T3"}} {
		alone := finding(row)
		require.Equal(t, ClassWrongParent, alone.Class, "%q", row)
		for _, other := range [][]string{{"D10", "2000", "T3"}, {"D10", "01007-03", "T1"}, {"D20", "3000", "T3"}, {"Ünit", "x", ""}, {"D20", "4000", "zzzzzz"}} {
			require.Equal(t, alone, finding(row, other), "%q beside %q", row, other)
		}
	}
}

func TestDeletedItemsAreAskedForWhereACodeIsMissing(t *testing.T) {
	checks := []pipeline.Check{orgCheck(3)}
	source := &service{list: orgList(APIv4)}
	files := []FileSummary{{"a.txt", scan(t, 1, rowsOf(
		[]string{"D10", "2000", "T3"}, []string{"D20", "Pending Client", ""}, []string{"D10", "9000", ""}, []string{"D99", "1", ""}))}}
	got := read(t, source, checks, files, 0)
	require.Equal(t, [][]string{{}, {"D10"}}, source.deleted)
	v, err := Match(Input{Checks: checks, Files: files, Snapshots: map[string]*Snapshot{orgs: got}, BusinessDate: today})
	require.NoError(t, err)
	require.Equal(t, map[string]int{ClassPlaceholder: 1, ClassRetired: 2}, v.Summary.ByClass)
}

func TestLeavesAndTheLowestLevelAreNotRead(t *testing.T) {
	checks := []pipeline.Check{orgCheck(3)}
	list := NewSnapshot(orgs, "1", APIv4, 3, "")
	list.Add(nil, []Item{{Code: "A", Ref: "ref-A", Leaf: true}, {Code: "B", Ref: "ref-B"}})
	list.Add([]string{"B"}, []Item{{Code: "C", Ref: "ref-C", Leaf: true}})
	files := []FileSummary{{"a.txt", scan(t, 1, rowsOf([]string{"A", "C", ""}, []string{"A", "D", ""}, []string{"B", "C", "E"}))}}
	require.Empty(t, liveNeeds(checks, files, list))
	require.Equal(t, []Need{{[]string{"A"}, []string{"ref-A"}}, {[]string{"B", "C"}, []string{"ref-C"}}}, deletedNeeds(checks, files, list))
	list.AddDeleted([]string{"A"}, []Item{gone("D")})
	list.AddDeleted([]string{"B", "C"}, nil)
	list = roundTrip(t, list)
	require.Empty(t, deletedNeeds(checks, files, list))
	needs, limited := walkNeeds(checks, files, list, nil, 10)
	require.Empty(t, needs)
	require.False(t, limited)
	v, err := Match(Input{Checks: checks, Files: files, Snapshots: map[string]*Snapshot{orgs: list}, BusinessDate: today})
	require.NoError(t, err)
	require.Equal(t, map[string]int{ClassRetired: 1, ClassWrongParent: 1, ClassUnknown: 1}, v.Summary.ByClass)
}

func TestMissing(t *testing.T) {
	checks := []pipeline.Check{orgCheck(3)}
	missing := func(tuples ...[]string) [][]string {
		return Missing(checks, []FileSummary{{"a.txt", scan(t, 1, rowsOf(tuples...))}}, orgList(APIv1))
	}
	require.Empty(t, missing([]string{"D10", "2000", "T3"}, []string{"D10", "", "T3"}, []string{"", "", ""}))
	require.Equal(t, [][]string{{"D10", "2000", "T4"}, {"D11"}},
		missing([]string{"D10", "2000", "T4"}, []string{"D11", "a", ""}, []string{"D11", "b", ""}))
}
