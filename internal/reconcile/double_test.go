package reconcile

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/pipeline"
)

// A code that stands twice under one parent is read as one: what lies below either item is found, each is asked about
// once, and the list's defect is named.
func TestACodeThatStandsTwiceIsReadAsOne(t *testing.T) {
	kids := map[string][]Item{
		"":     {{Code: "US", Name: "United States", Ref: "id-2"}, {Code: "DE", Name: "Germany", Ref: "id-3"}, {Code: "US", Name: "America (old)", Ref: "id-1"}},
		"id-1": {{Code: "NY", Name: "New York", Ref: "x1"}}, "id-2": {{Code: "CA", Name: "California", Ref: "x2"}},
	}
	checks := []pipeline.Check{orgCheck(2)}
	for _, test := range []struct {
		tuple    []string
		requests int
		class    string
	}{
		{[]string{"US", "CA"}, 3, ""},
		{[]string{"US", "NY"}, 3, ""},
		{[]string{"US", "zzzzzz"}, 4, ClassUnknown},
		{[]string{"DE", "CA"}, 4, ClassWrongParent},
	} {
		for _, turned := range []bool{false, true} {
			got := NewSnapshot(orgs, "list-1", APIv1, 2, "")
			files := []FileSummary{{"a.txt", scan(t, 1, rowsOf(test.tuple))}}
			requests := 0
			ask := func(needs []Need) {
				for _, need := range needs {
					var answer []Item
					for _, ref := range need.Refs {
						answer = append(answer, kids[ref]...)
						requests++
					}
					if turned {
						slices.Reverse(answer)
					}
					got.Add(need.Parent, answer)
				}
				got = roundTrip(t, got)
			}
			for needs := liveNeeds(checks, files, got); len(needs) > 0; needs = liveNeeds(checks, files, got) {
				ask(needs)
			}
			needs, limited := walkNeeds(checks, files, got, nil, 2000)
			ask(needs)
			require.False(t, limited)
			require.Equal(t, test.requests, requests, "%q", test.tuple)
			needs, _ = walkNeeds(checks, files, got, nil, 2000)
			require.Empty(t, needs, "%q", test.tuple)
			v := match(t, got, checks[0], rowsOf(test.tuple))
			if test.class == "" {
				require.Empty(t, v.Findings, "%q", test.tuple)
			} else {
				require.Equal(t, test.class, v.Findings[0].Class)
			}
			first, count := got.Doubles(10)
			require.Equal(t, []Double{{Path: []string{"US"}, Names: []string{"America (old)", "United States"}}}, first)
			require.Equal(t, 1, count)
		}
	}
}

func TestDoubles(t *testing.T) {
	list := NewSnapshot(orgs, "list-1", APIv4, 2, "")
	list.Add(nil, []Item{item("A", "one"), item("B", "two"), item("B", "two"), gone("A"), gone("C"), gone("C")})
	list.Add([]string{"B"}, []Item{item("1", "x"), item("1", "y"), item("1", "z")})
	first, count := list.Doubles(10)
	require.Equal(t, []Double{{[]string{"B"}, []string{"two", "two"}}, {[]string{"B", "1"}, []string{"x", "y", "z"}}}, first)
	require.Equal(t, 2, count)
	first, count = list.Doubles(1)
	require.Equal(t, []Double{{[]string{"B"}, []string{"two"}}}, first)
	require.Equal(t, 2, count)
}

// An answer that holds a subtree is filed in place: a code is live under its own parent alone, and what the answer shows
// whole is not asked for again.
func TestASubtreeIsFiledInPlace(t *testing.T) {
	placed := func(paths ...string) (all []Placed) {
		for _, text := range paths {
			path := strings.Split(text, "/")
			all = append(all, Placed{path[:len(path)-1], item(path[len(path)-1], text)})
		}
		return all
	}
	asked := func(levels int, parent []string, answer []Placed, tuples ...[]string) []Need {
		list := NewSnapshot(orgs, "list-1", APIv1, levels, "")
		if len(parent) > 0 {
			list.Add(nil, []Item{item("US", ""), item("DE", "")})
		}
		list.File(parent, answer)
		list = roundTrip(t, list)
		return liveNeeds([]pipeline.Check{orgCheck(3)}, []FileSummary{{"a.txt", scan(t, 1, rowsOf(tuples...))}}, list)
	}
	whole := placed("DE", "US/4000/1", "US", "US/4000", "US/5000")
	require.Empty(t, asked(3, nil, whole, []string{"US", "4000", "1"}, []string{"US", "5000", "2"}, []string{"DE", "x", ""}))
	list := NewSnapshot(orgs, "list-1", APIv1, 3, "")
	list.File(nil, whole)
	for _, tuple := range [][]string{{"4000", "", ""}, {"DE", "4000", ""}, {"US", "4000", ""}, {"US", "4000", "1"}, {"US", "5000", "1"}} {
		v := match(t, list, orgCheck(3), rowsOf(tuple))
		require.Equal(t, tuple[0] == "US" && tuple[1] != "5000", len(v.Findings) == 0, "%q", tuple)
	}

	us := []string{"US"}
	require.Equal(t, []Need{{[]string{"US", "4000"}, []string{"ref-4000"}}}, asked(3, us, placed("US/4000", "US/5000"), []string{"US", "4000", "1"}),
		"an answer of one level says nothing of the next")
	require.Empty(t, asked(3, us, placed("US/4000/1", "US/4000", "US/5000"), []string{"US", "4000", "1"}, []string{"US", "5000", "1"}))
	require.Equal(t, []Need{{us, []string{"ref-US"}}}, asked(3, nil, placed("US", "DE"), []string{"US", "4000", "1"}))
	require.Equal(t, []Need{{[]string{"US", "4000"}, []string{"ref-4000"}}}, asked(3, nil, placed("US", "DE", "US/4000"), []string{"US", "4000", "1"}, []string{"DE", "x", ""}),
		"nothing below the deepest items of an answer is concluded")
}

// An item that was removed from the list but lives on in another comes with the live ones: it is retired, whether or not
// the deleted ones are asked for besides.
func TestAnItemThatLivesOnElsewhereIsRetired(t *testing.T) {
	list := NewSnapshot(orgs, "list-1", APIv4, 1, "")
	list.Add(nil, []Item{item("A", "live"), gone("M")})
	check, files := []pipeline.Check{orgCheck(1)}, []FileSummary{{"a.txt", scan(t, 1, rowsOf([]string{"M"}))}}
	require.Empty(t, deletedNeeds(check, files, list))
	require.Equal(t, ClassRetired, match(t, list, check[0], rowsOf([]string{"M"})).Findings[0].Class)
	list.AddDeleted(nil, []Item{gone("D"), item("A", "live")})
	list = roundTrip(t, list)
	v := match(t, list, check[0], rowsOf([]string{"M"}, []string{"D"}, []string{"A"}))
	require.Equal(t, map[string]int{ClassRetired: 2}, v.Summary.ByClass)
}
