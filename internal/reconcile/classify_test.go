package reconcile

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

func TestClasses(t *testing.T) {
	earlier := NewSnapshot(orgs, "list-1", APIv1, 3, "2026-10-01T04:00:00Z")
	earlier.Add(nil, []Item{item("D10", "Sales"), item("D30", "Closed"), gone("D31")})
	earlier.Add([]string{"D10"}, []Item{item("8000", "Closed dept")})
	earlier.Add([]string{"D30"}, []Item{item("5000", "Below closed")})

	type want struct {
		class string
		level int
		meant []string
	}
	for _, test := range []struct {
		name   string
		tuple  []string
		v1, v4 want // v4 as v1 where it has no class
		ties   bool
	}{
		{name: "whole path", tuple: []string{"D10", "01007-03", "T1"}, ties: true},
		{name: "shorter path", tuple: []string{"D10", "2000", ""}, ties: true},
		{name: "level 1 alone", tuple: []string{"D20", "", ""}, ties: true},
		{name: "blank is allowed", tuple: []string{"", "", ""}, ties: true},
		{name: "placeholder that is listed", tuple: []string{"LISTED", "", ""}, ties: true},
		{name: "live wins over deleted of the same code", tuple: []string{"D10", "2000", "T3"}, ties: true},

		{name: "placeholder 1", tuple: []string{"Pending Client", "", ""}, v1: want{ClassPlaceholder, 1, nil}},
		{name: "placeholder 2", tuple: []string{"D10", "Pending Client", "T1"}, v1: want{ClassPlaceholder, 2, nil}},
		{name: "placeholder 3", tuple: []string{"D10", "2000", "LISTED"}, v1: want{ClassPlaceholder, 3, nil}},
		{name: "first of two placeholders", tuple: []string{"Pending Client", "LISTED", ""}, v1: want{ClassPlaceholder, 1, nil}},
		{name: "placeholder below a bad code is not judged", tuple: []string{"zzzz", "Pending Client", ""}, v1: want{ClassUnknown, 1, nil}},

		{name: "gap at 1", tuple: []string{"", "2000", ""}, v1: want{ClassSkippedLevel, 1, nil}},
		{name: "gap at 2", tuple: []string{"D10", "", "T1"}, v1: want{ClassSkippedLevel, 2, nil}},
		{name: "gap at 1 and 2", tuple: []string{"", "", "T1"}, v1: want{ClassSkippedLevel, 1, nil}},
		{name: "gap below a bad code", tuple: []string{"zzzz", "", "T1"}, v1: want{ClassUnknown, 1, nil}},

		{name: "retired 1 on v4", tuple: []string{"D99", "", ""}, v1: want{ClassUnknown, 1, []string{"D10"}}, v4: want{ClassRetired, 1, nil}},
		{name: "retired 2 on v4", tuple: []string{"D10", "9000", ""}, v1: want{ClassUnknown, 2, []string{"D10", "2000"}}, v4: want{ClassRetired, 2, nil}},
		{name: "retired 3 on v4", tuple: []string{"D10", "01007-03", "T0"}, v1: want{ClassUnknown, 3, []string{"D10", "01007-03", "T1"}}, v4: want{ClassRetired, 3, nil}},
		{name: "retired 1 by memory", tuple: []string{"D30", "", ""}, v1: want{ClassRetired, 1, nil}},
		{name: "retired 2 by memory", tuple: []string{"D10", "8000", ""}, v1: want{ClassRetired, 2, nil}},
		{name: "below retired", tuple: []string{"D30", "5000", "X"}, v1: want{ClassRetired, 1, nil}},
		{name: "deleted in memory is not live in it", tuple: []string{"D31", "", ""}, v1: want{ClassUnknown, 1, []string{"D10"}}},

		{name: "format 1, zeros", tuple: []string{"7", "", ""}, v1: want{ClassFormatOnly, 1, []string{"007"}}},
		{name: "format 1, case and form", tuple: []string{" u\u0308NIT ", "", ""}, v1: want{ClassFormatOnly, 1, []string{"Ünit"}}},
		{name: "format 2, zeros", tuple: []string{"D10", "1007-03", "T1"}, v1: want{ClassFormatOnly, 2, []string{"D10", "01007-03"}}},
		{name: "format 2, dash", tuple: []string{"D10", "a\u2212b", ""}, v1: want{ClassFormatOnly, 2, []string{"D10", "A\u2011B"}}},
		{name: "format 3, no-break space", tuple: []string{"D10", "01007-03", "t2\u00a0"}, v1: want{ClassFormatOnly, 3, []string{"D10", "01007-03", "T2"}}},
		{name: "only a space", tuple: []string{" ", "", ""}, v1: want{ClassUnknown, 1, nil}},

		{name: "name 1", tuple: []string{" SALES", "", ""}, v1: want{ClassNameNotCode, 1, []string{"D10"}}},
		{name: "name 1, inner spaces count", tuple: []string{"plant one", "", ""}, v1: want{ClassUnknown, 1, nil}},
		{name: "name 2", tuple: []string{"D20", "press shop", ""}, v1: want{ClassNameNotCode, 2, []string{"D20", "3000"}}},
		{name: "name 3", tuple: []string{"D10", "2000", "Team three"}, v1: want{ClassNameNotCode, 3, []string{"D10", "2000", "T3"}}},

		{name: "parent 2", tuple: []string{"D10", "3000", ""}, v1: want{ClassWrongParent, 2, []string{"D20", "3000"}}},
		{name: "parent 3, same branch first", tuple: []string{"D10", "01007-03", "T3"}, v1: want{ClassWrongParent, 3, []string{"D10", "2000", "T3"}}},
		{name: "parent 3, other branch first", tuple: []string{"D20", "2000", "T3"}, v1: want{ClassWrongParent, 3, []string{"D20", "3000", "T3"}}},
		{name: "level 2 code at level 1", tuple: []string{"01007-03", "", ""}, v1: want{ClassUnknown, 1, nil}},
		{name: "level 1 code at level 2", tuple: []string{"D10", "D20", ""}, v1: want{ClassUnknown, 2, nil}},

		{name: "unknown 1, near", tuple: []string{"D21", "", ""}, v1: want{ClassUnknown, 1, []string{"D20"}}},
		{name: "unknown 2, near", tuple: []string{"D20", "3001x", ""}, v1: want{ClassUnknown, 2, []string{"D20", "3000"}}},
		{name: "unknown 3, near", tuple: []string{"D10", "2000", "T33"}, v1: want{ClassUnknown, 3, []string{"D10", "2000", "T3"}}},
		{name: "hostile", tuple: []string{"=cmd|'/c'!A1\x00<script>", "", ""}, v1: want{ClassUnknown, 1, nil}},
		{name: "not UTF-8", tuple: []string{"\xff\xfe long enough", "", ""}, v1: want{ClassUnknown, 1, nil}},
	} {
		for _, api := range []string{APIv1, APIv4} {
			t.Run(fmt.Sprintf("%s on %s", test.name, api), func(t *testing.T) {
				expected := test.v1
				if api == APIv4 && test.v4.class != "" {
					expected = test.v4
				}
				list := orgList(api)
				files := []FileSummary{{"a.txt", scan(t, 1, rowsOf(test.tuple))}}
				checks := []pipeline.Check{orgCheck(3)}
				for _, need := range deletedNeeds(checks, files, list) {
					list.AddDeleted(need.Parent, nil)
				}
				v, err := Match(Input{Checks: checks, Files: files, Snapshots: map[string]*Snapshot{orgs: list}, Memory: remember(earlier), BusinessDate: today})
				require.NoError(t, err)
				if test.ties {
					require.Empty(t, v.Findings)
					require.Equal(t, contract.OutcomeClean, v.Outcome)
					return
				}
				require.Len(t, v.Findings, 1)
				f := v.Findings[0]
				require.Equal(t, expected.class, f.Class)
				require.Equal(t, expected.level, f.Level)
				require.Equal(t, test.tuple[:expected.level], f.Path)
				require.Empty(t, f.Searched)
				require.Equal(t, contract.OutcomeFindings, v.Outcome)
				if expected.meant == nil {
					require.Nil(t, f.Suggestion)
				} else {
					require.NotNil(t, f.Suggestion)
					require.Equal(t, expected.meant, f.Suggestion.Path)
				}
			})
		}
	}
}

func TestBlankIsReportedOnRequest(t *testing.T) {
	check := orgCheck(3)
	check.Blank = pipeline.BlankReport
	v := match(t, orgList(APIv1), check, rowsOf([]string{"", "", ""}, []string{"", "2000", ""}, []string{"", "", ""}))
	require.Len(t, v.Findings, 2, "a blank and a gap at level 1 are two findings with the same path")
	require.Equal(t, ClassBlank, v.Findings[0].Class)
	require.Equal(t, []string{""}, v.Findings[0].Path)
	require.EqualValues(t, 2, v.Findings[0].Rows)
	require.Equal(t, ClassSkippedLevel, v.Findings[1].Class)
}

func TestTieBreaks(t *testing.T) {
	list := NewSnapshot(orgs, "1", APIv1, 1, "")
	list.Add(nil, []Item{item("0001007", "x"), item("01007", "Same name"), item("001007", "same NAME"), item("ABCE", "y"), item("ABCF", "z"), item("X-Y", ""), item("x-y", "")})
	for _, test := range []struct{ value, class, meant string }{
		{"1007", ClassFormatOnly, "01007"},          // fewest edits
		{"same name", ClassNameNotCode, "001007"},   // smallest code
		{"x-Y", ClassFormatOnly, "X-Y"},             // equally near: smallest code
		{"ABCD", ClassUnknown, "ABCE"},              // equally near: smallest code
		{"00000001007", ClassFormatOnly, "0001007"}, // fewest edits
	} {
		v := match(t, list, orgCheck(1), rowsOf([]string{test.value}))
		require.Len(t, v.Findings, 1)
		require.Equal(t, test.class, v.Findings[0].Class, test.value)
		require.Equal(t, []string{test.meant}, v.Findings[0].Suggestion.Path, test.value)
	}
}

func TestWrongParentNamesTheFirstPathOfEquals(t *testing.T) {
	list := NewSnapshot(orgs, "1", APIv1, 2, "")
	list.Add(nil, []Item{item("A", "x"), item("B", "y"), item("C", "z")})
	for _, parent := range []string{"C", "B", "A"} {
		list.Add([]string{parent}, []Item{item("only-"+parent, "")})
	}
	list.Add([]string{"A"}, []Item{item("1000", "first")})
	list.Add([]string{"B"}, []Item{item("1000", "second")})
	v := match(t, list, orgCheck(2), rowsOf([]string{"C", "1000"}))
	require.Equal(t, &Suggestion{Path: []string{"A", "1000"}, Name: "first"}, v.Findings[0].Suggestion)
}

func TestOneFindingPerPathPrefix(t *testing.T) {
	v := match(t, orgList(APIv1), orgCheck(3), rowsOf(
		[]string{"D10", "1007-03", "T1"}, []string{"D10", "1007-03", "T2"}, []string{"D10", "1007-03", ""}, []string{"D10", "2000", ""}))
	require.Len(t, v.Findings, 1)
	require.EqualValues(t, 3, v.Findings[0].Rows)
	require.Equal(t, CheckUsed{Name: "Cost centre", List: orgs, Columns: make([]pipeline.Column, 3), Tuples: 4, Rows: 4, Found: 3}, v.Checks[0])
}

func TestNothingIsConcludedFromWhatWasNotRead(t *testing.T) {
	check := orgCheck(3)
	files := func(tuple ...string) []FileSummary {
		return []FileSummary{{"a.txt", scan(t, 1, rowsOf(tuple))}}
	}
	judge := func(s *Snapshot, tuple ...string) error {
		_, err := Match(Input{Checks: []pipeline.Check{check}, Files: files(tuple...), Snapshots: map[string]*Snapshot{orgs: s}, BusinessDate: today})
		return err
	}
	unread := func(err error) *UnreadError {
		var e *UnreadError
		require.ErrorAs(t, err, &e)
		return e
	}
	empty := NewSnapshot(orgs, "1", APIv1, 3, "")
	require.Empty(t, unread(judge(empty, "D10", "", "")).Parent)
	require.Empty(t, unread(judge(nil, "D10", "", "")).Parent)
	require.NoError(t, judge(empty, "", "", ""), "nothing to judge, nothing to read")
	require.NoError(t, judge(nil, "", "x", ""), "a gap at level 1 needs no list")

	top := NewSnapshot(orgs, "1", APIv1, 3, "")
	top.Add(nil, []Item{item("D10", "Sales"), item("D20", "Plant")})
	require.NoError(t, judge(top, "D10", "", ""))
	require.Equal(t, []string{"D10"}, unread(judge(top, "D10", "2000", "")).Parent)
	require.ErrorContains(t, judge(top, "D10", "2000", ""), `list "Organization List": the items of the level under "D10" were not read`)

	top.Add([]string{"D10"}, []Item{item("2000", "South")})
	require.Equal(t, []string{"D20"}, unread(judge(top, "D10", "zzzzzz", "")).Parent, "other parents were not searched")
	top.Walk.Limited = true
	v := match(t, top, check, rowsOf([]string{"D10", "zzzzzz", ""}))
	require.Equal(t, ClassUnknown, v.Findings[0].Class)
	require.Equal(t, SearchedPartial, v.Findings[0].Searched)

	v4 := NewSnapshot(orgs, "1", APIv4, 3, "")
	v4.Add(nil, []Item{item("D10", "Sales")})
	require.True(t, unread(judge(v4, "zzzz", "", "")).Deleted)
	require.NoError(t, judge(v4, "Pending Client", "", ""), "a placeholder cannot be retired")

	require.ErrorContains(t, func() error {
		deep := orgCheck(4)
		_, err := Match(Input{Checks: []pipeline.Check{deep}, Files: files("a", "", "", ""), Snapshots: map[string]*Snapshot{orgs: orgList(APIv1)}, BusinessDate: today})
		return err
	}(), "4 columns")
}
