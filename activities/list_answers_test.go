package activities_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/activities"
	"tieout/concur"
	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/reconcile"
)

// An account whose List v1 answers whole subtrees is asked once for level 1 and once for each item of it that the codes
// name: what an answer holds is not asked for again. The findings are those of an account that answers level by level.
func TestSubtreesAreNotAskedForTwice(t *testing.T) {
	var findings [][]reconcile.Finding
	for _, subtrees := range []bool{false, true} {
		world, settings := cleanWorld(3_000, []int{8, 12, 25}, []int{240})
		injected(world, extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassUnknown, Level: 3, Findings: 2, Rows: 2},
			extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassWrongParent, Level: 3, Findings: 3, Rows: 2})
		world.Subtrees = subtrees
		b := newBench(t, world, config.ListsV1, settings)
		_, landed := b.extract(t, concurtest.SampleDefinition)
		doc := b.document(t, b.tieOut(t, landed, "owner"))
		findings = append(findings, doc.Findings)
		if subtrees {
			require.Equal(t, int64(1+8), doc.Lists[0].Requests)
			require.Len(t, b.asked(), 1+8+1)
			require.Equal(t, len(b.asked()), distinct(b.asked()))
		}
	}
	require.NotEmpty(t, findings[0])
	require.Equal(t, findings[0], findings[1])
}

// wholeLists is a Concur that answers with all that lies below a parent, of level 1 too, and counts.
type wholeLists struct {
	activities.Concur
	asked *atomic.Int64
}

func (w wholeLists) Items(ctx context.Context, list concur.List, parent concur.Parent) ([]concur.Item, error) {
	w.asked.Add(1)
	return w.below(ctx, list, parent)
}

func (w wholeLists) below(ctx context.Context, list concur.List, parent concur.Parent) ([]concur.Item, error) {
	items, err := w.Concur.Items(ctx, list, parent)
	for _, item := range items {
		if item.HasChildren && err == nil {
			var more []concur.Item
			more, err = w.below(ctx, list, item.Parent())
			items = append(items, more...)
		}
	}
	return items, err
}

// Where one answer is the whole list, one question is enough for it, and the findings are still the same.
func TestAListThatComesWholeIsAskedForOnce(t *testing.T) {
	world, settings := cleanWorld(1_000, []int{4, 6, 10}, []int{240})
	injected(world, extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassUnknown, Findings: 3},
		extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassWrongParent, Findings: 3})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	levelByLevel := b.document(t, b.tieOut(t, landed, "level by level"))
	require.Len(t, levelByLevel.Findings, 6)
	whole := wholeLists{b.a.Connections["acme"], &atomic.Int64{}}
	b.a.Connections["acme"] = whole
	require.Equal(t, levelByLevel.Findings, b.document(t, b.tieOut(t, landed, "whole")).Findings)
	require.Equal(t, int64(2), whole.asked.Load(), "once for each list")
}

// An item that was removed from the list and lives on in another is retired, not live; what it shares with the other
// list is live in both.
func TestItemsOfSeveralLists(t *testing.T) {
	world, settings := cleanWorld(60, []int{4, 6, 10}, []int{3})
	items := func(deleted bool) []extractgen.Item {
		return []extractgen.Item{{Code: "6100", Name: "Travel"}, {Code: "6200", Name: "Fuel"}, {Code: "7200", Name: "Meals", ID: "shared-meals", Deleted: deleted},
			{Code: "8300", Name: "Hotels", ID: "shared-hotels"}}
	}
	world.Lists[1] = extractgen.List{Name: concurtest.SampleAccounts, Items: items(true)}
	world.Lists = append(world.Lists, extractgen.List{Name: "Other accounts", Items: items(false)})
	injected(world, extractgen.Injection{Check: concurtest.SampleAccountCheck, Tuples: [][]string{{"7200"}}, Rows: 3})
	b := newBench(t, world, config.ListsV4, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	doc := b.document(t, b.tieOut(t, landed, "owner"))
	require.Len(t, doc.Findings, 1)
	require.Equal(t, []string{reconcile.ClassRetired, "7200"}, []string{doc.Findings[0].Class, doc.Findings[0].Path[0]})
	require.Equal(t, int64(3), doc.Lists[1].Items, "what was removed is not live")
}

// A code that stands twice in a list is named in the report, costs no search of the whole list, and what lies below
// either of its items ties out.
func TestACodeThatStandsTwiceIsADefectOfTheList(t *testing.T) {
	for _, api := range []string{config.ListsV1, config.ListsV4} {
		world, settings := cleanWorld(40, []int{4, 6, 10}, []int{40})
		below := func(code string) []extractgen.Item {
			return []extractgen.Item{{Code: code, Name: "Dept " + code, Items: []extractgen.Item{{Code: "T-" + code, Name: "Team " + code}}}}
		}
		world.Lists[0] = extractgen.List{Name: concurtest.SampleOrgList, Items: []extractgen.Item{
			{Code: "US", Name: "America (old)", Items: below("NY")}, {Code: "US", Name: "United States", Items: below("CA")}, {Code: "DE", Name: "Germany", Items: below("BE")}}}
		spec := world.Definitions[0].Files[0].Extract
		spec.Checks = spec.Checks[1:] // the rows' organisation columns are those injected
		world.Definitions[0].Files = []concurtest.File{{Kind: concurtest.FileContent, Name: "extract.txt", Content: orgRows(
			[]string{"US", "NY", "T-NY"}, []string{"US", "CA", "T-CA"}, []string{"US", "CA", "T-NY"}, []string{"DE", "BE", "T-BE"})}}
		settings.Checks = settings.Checks[:1]
		b := newBench(t, world, api, settings)
		_, landed := b.extract(t, concurtest.SampleDefinition)
		doc := b.document(t, b.tieOut(t, landed, "owner"))
		require.Len(t, doc.Findings, 1)
		require.Equal(t, reconcile.ClassWrongParent, doc.Findings[0].Class)
		require.Equal(t, []string{"US", "NY", "T-NY"}, doc.Findings[0].Suggestion.Path)
		require.Equal(t, []reconcile.Double{{Path: []string{"US"}, Names: []string{"America (old)", "United States"}}}, doc.Lists[0].Doubles)
		require.Equal(t, 1, doc.Lists[0].DoubleCount)
		require.Less(t, len(b.asked()), 12)
		require.Equal(t, len(b.asked()), distinct(b.asked()))
	}
}

// orgRows is an accounting extract whose rows hold organisation units and nothing else to tie out.
func orgRows(tuples ...[]string) []byte {
	text := fmt.Sprintf("EXTRACT|2026-11-20|%d|%d.0000|1\r\n", len(tuples), len(tuples))
	for i, tuple := range tuples {
		columns := make([]string, 256)
		columns[0], columns[1], columns[3], columns[18], columns[21], columns[168] = "DETAIL", "1", fmt.Sprint(i+1), "R1", "USD", "1.0000"
		copy(columns[34:], tuple)
		for n, column := range columns {
			if n > 0 {
				text += "|"
			}
			text += column
		}
		text += "\r\n"
	}
	return []byte(text)
}

// A run reads the lists by the API that it began with: a worker whose tieout.yaml says the other by now follows it.
func TestListsAreReadByTheAPIThatTheRunBeganWith(t *testing.T) {
	for began, now := range map[string]string{config.ListsV1: config.ListsV4, config.ListsV4: config.ListsV1} {
		world, settings := cleanWorld(200, []int{4, 6, 10}, []int{240})
		injected(world, extractgen.Injection{Check: concurtest.SampleAccountCheck, Class: extractgen.ClassRetired, Findings: 1})
		b := newBench(t, world, began, settings)
		require.Equal(t, began, b.scope.ListsAPI)
		b.a.Connections["acme"] = clientOf(t, b.concur, nil, now)
		b.a.Config.Connections["acme"] = config.Connection{Name: "acme", ListsAPI: now}
		_, err := call(b, contract.Prepare, contract.PrepareParams{Scope: b.scope})
		require.NoError(t, err)
		_, landed := b.extract(t, concurtest.SampleDefinition)
		doc := b.document(t, b.tieOut(t, landed, "owner"))
		require.Equal(t, []string{began, began}, []string{doc.Lists[0].API, doc.Lists[1].API})
		class := map[string]string{config.ListsV1: reconcile.ClassUnknown, config.ListsV4: reconcile.ClassRetired}[began]
		require.Len(t, doc.Findings, 1)
		require.Equal(t, class, doc.Findings[0].Class)
		others := []concurtest.Operation{concurtest.OpLists, concurtest.OpItems}
		if began == config.ListsV1 {
			others = []concurtest.Operation{concurtest.OpListsV4, concurtest.OpChildrenV4, concurtest.OpItemsV4}
		}
		for _, r := range b.concur.Requests() {
			require.NotContains(t, others, r.Operation)
		}
	}
}

// elsewhere is a Concur that answers about another parent than the one that was asked for.
type elsewhere struct{ activities.Concur }

func (e elsewhere) Items(ctx context.Context, list concur.List, parent concur.Parent) ([]concur.Item, error) {
	if len(parent.Path) == 1 {
		others, err := e.Concur.Items(ctx, list, concur.Parent{})
		if err != nil {
			return nil, err
		}
		for _, other := range others {
			if other.Code != parent.Path[0] {
				parent.Ref = other.Ref
			}
		}
	}
	return e.Concur.Items(ctx, list, parent)
}

// An answer that contradicts its question makes the list unavailable, and says with which item: nothing is concluded
// from it.
func TestAContradictionMakesTheListUnavailable(t *testing.T) {
	world, settings := cleanWorld(200, []int{4, 6, 10}, []int{40})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	params := b.opened(t, landed, "owner")
	b.a.Connections["acme"] = elsewhere{b.a.Connections["acme"]}
	_, err := call(b, contract.ReadLists, params)
	require.Error(t, err)
	kind, again := code(t, err)
	require.Equal(t, contract.CodeListUnavailable, kind)
	require.True(t, again, "the first attempt is not the last")
	require.ErrorContains(t, err, `list "Organization List": what was answered for the items below "D1`)
	require.ErrorContains(t, err, "which lies elsewhere")
	_, err = call(b, contract.Report, params)
	require.Error(t, err)
}
