package activities_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/workflows"
)

// cleanWorld has nothing to find, in lists of these shapes.
func cleanWorld(rows int, organization, accounts []int) (concurtest.World, pipeline.Pipeline) {
	world := concurtest.SampleWorld(rows)
	world.Definitions[0].Files[0].Extract.Inject = nil
	world.Definitions[0].Timing = concurtest.Timing{Queued: -1, Running: -1}
	world.Lists[0].Generate.Branching, world.Lists[1].Generate.Branching = organization, accounts
	return world, samplePipeline()
}

func injected(world concurtest.World, all ...extractgen.Injection) {
	spec := world.Definitions[0].Files[0].Extract
	spec.Inject = append(spec.Inject, all...)
}

// records reads a landed SAE file as a plain CSV reader does; a row's columns count from 1.
func (b *bench) records(t *testing.T, landed contract.Landed) [][]string {
	t.Helper()
	var manifest struct{ Raw struct{ URI string } }
	require.NoError(t, json.Unmarshal(b.read(t, landed.Manifest), &manifest))
	r := csv.NewReader(bytes.NewReader(b.read(t, manifest.Raw.URI)))
	r.Comma, r.FieldsPerRecord = '|', -1
	var rows [][]string
	for {
		row, err := r.Read()
		if err == io.EOF {
			return rows[1:]
		}
		require.NoError(t, err)
		rows = append(rows, append([]string{""}, row...))
	}
}

// parents are the distinct items below which the file's codes lie; "" is the list itself.
func parents(rows [][]string, columns ...int) map[string]bool {
	named := map[string]bool{}
	for _, row := range rows {
		path := ""
		for _, column := range columns {
			if row[column] == "" {
				break
			}
			named[path] = true
			path += row[column] + "\x00"
		}
	}
	return named
}

// asked are the requests for items of a list, each with path and query.
func (b *bench) asked() (all []string) {
	for _, r := range b.concur.Requests() {
		if slices.Contains([]concurtest.Operation{concurtest.OpItems, concurtest.OpItemsV4, concurtest.OpChildrenV4}, r.Operation) {
			all = append(all, r.Path+"?"+r.Query)
		}
	}
	return all
}

func distinct(all []string) int { return len(slices.Compact(slices.Sorted(slices.Values(all)))) }

// While nothing is unexplained List v1 is asked once for level 1 of each list and once for each parent that the
// file's codes name, and for nothing else; the report says how often.
func TestListsV1AreAskedByNeed(t *testing.T) {
	world, settings := cleanWorld(3_000, []int{8, 12, 25}, []int{240})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	rows := b.records(t, landed)
	reported := b.tieOut(t, landed, "owner")
	require.Equal(t, contract.OutcomeClean, reported.Result.Outcome)
	organization := len(parents(rows, 35, 36, 37))
	require.Greater(t, organization, 30)
	require.Len(t, b.asked(), organization+1, "the accounts have one level")
	require.Equal(t, organization+1, distinct(b.asked()))
	doc := b.document(t, reported)
	require.Equal(t, int64(organization), doc.Lists[0].Requests)
	require.Equal(t, int64(1), doc.Lists[1].Requests)
	b.tieOut(t, landed, "owner")
	require.Len(t, b.asked(), organization+1, "a tie-out that is made again has its lists")
}

// List v4 serves a branch in pages of 100 and says which items are leaves: those are not asked about, and neither are
// deleted items while nothing is unexplained.
func TestListsV4AreAskedByNeed(t *testing.T) {
	world, settings := cleanWorld(3_000, []int{3, 130, 4}, []int{240})
	b := newBench(t, world, config.ListsV4, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	children := map[string]int{}
	tree, err := extractgen.NewTree(world.Lists[0])
	require.NoError(t, err)
	for path, item := range tree.Items() {
		if parent := strings.Join(append(slices.Clone(path[:len(path)-1]), ""), "\x00"); !item.Deleted {
			children[parent]++
		}
	}
	pages := 0
	for parent := range parents(b.records(t, landed), 35, 36, 37) {
		pages += (children[parent] + 99) / 100
	}
	reported := b.tieOut(t, landed, "owner")
	require.Equal(t, contract.OutcomeClean, reported.Result.Outcome)
	accounts := 0
	tree, err = extractgen.NewTree(world.Lists[1])
	require.NoError(t, err)
	for _, item := range tree.Items() {
		if !item.Deleted {
			accounts++
		}
	}
	doc := b.document(t, reported)
	require.Equal(t, int64(pages), doc.Lists[0].Requests)
	require.Equal(t, int64((accounts+99)/100), doc.Lists[1].Requests)
	require.Len(t, b.asked(), pages+(accounts+99)/100)
	require.Equal(t, len(b.asked()), distinct(b.asked()))
	require.NotContains(t, strings.Join(b.asked(), " "), "isDeleted")
}

// The other parents are searched for what nothing else explains, as long as list_walk_limit pays for all of them: else
// the search, from which nothing would follow, is not begun, and the finding says that it was partial.
func TestWalkStopsAtItsLimit(t *testing.T) {
	unknown := extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassUnknown, Level: 2, Findings: 1}
	for _, test := range []struct {
		name, api  string
		inject     extractgen.Injection
		limit      int
		walked     int // requests that the search costs; -1: as many as there are other parents
		searched   string
		unexplains bool
	}{
		{name: "v1 explained", api: config.ListsV1, limit: 2000,
			inject: extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassFormatOnly, Level: 2, Findings: 1}},
		{name: "v1 whole", api: config.ListsV1, limit: 2000, inject: unknown, walked: -1, unexplains: true},
		{name: "v1 partial", api: config.ListsV1, limit: 10, inject: unknown, searched: "partial", unexplains: true},
		{name: "v1 none", api: config.ListsV1, limit: 0, inject: unknown, searched: "partial", unexplains: true},
		{name: "v1 level 1", api: config.ListsV1, limit: 2000, unexplains: true,
			inject: extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassUnknown, Level: 1, Findings: 1}},
		{name: "v4 whole", api: config.ListsV4, limit: 2000, inject: unknown, walked: -1, unexplains: true},
		{name: "v4 partial", api: config.ListsV4, limit: 10, inject: unknown, searched: "partial", unexplains: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			world, settings := cleanWorld(200, []int{30, 105, 1}, []int{240})
			world.Definitions[0].Files[0].Extract.Checks[0].Spread = 5
			injected(world, test.inject)
			settings.ListWalkLimit = test.limit
			b := newBench(t, world, test.api, settings)
			_, landed := b.extract(t, concurtest.SampleDefinition)
			reported := b.tieOut(t, landed, "owner")
			doc := b.document(t, reported)
			require.Len(t, doc.Findings, 1)
			require.Equal(t, test.unexplains, doc.Findings[0].Class == reconcile.ClassUnknown)
			require.Equal(t, test.searched, doc.Findings[0].Searched)
			var snapshot reconcile.Snapshot
			require.NoError(t, json.Unmarshal(b.read(t, doc.Lists[0].URI), &snapshot))
			require.Equal(t, test.searched != "", snapshot.Walk.Limited)
			if test.walked >= 0 {
				require.Equal(t, test.walked, snapshot.Walk.Requests)
			} else {
				require.Greater(t, snapshot.Walk.Requests, 20)
			}
			require.Equal(t, len(b.asked()), distinct(b.asked()), "each branch once")
			require.Equal(t, len(b.asked()), snapshot.Requests+int(doc.Lists[1].Requests))
		})
	}
}

// An attempt that is killed leaves what it has read: the next one reads no branch twice beyond the last checkpoint.
func TestListsAreResumed(t *testing.T) {
	for _, api := range []string{config.ListsV1, config.ListsV4} {
		t.Run(api, func(t *testing.T) {
			world, settings := cleanWorld(10_000, []int{10, 42, 2}, []int{40})
			world.Definitions[0].Files[0].Extract.Checks[0].Spread = 0
			b := newBench(t, world, api, settings)
			_, landed := b.extract(t, concurtest.SampleDefinition)
			params := b.opened(t, landed, "owner")
			kill := killable(b, "killable", func(ctx context.Context, p contract.TieOutParams) (contract.ReadListsResult, error) {
				return b.a.ReadLists(ctx, p)
			})
			var seen atomic.Int64
			observe := func(e concurtest.Event) {
				if e.Point == concurtest.Received && (e.Request.Operation == concurtest.OpItems || e.Request.Operation == concurtest.OpItemsV4) && seen.Add(1) == 300 {
					kill()
				}
			}
			b.observe.Store(&observe)
			_, err := call(b, contract.Activity[contract.TieOutParams, contract.ReadListsResult]("killable"), params)
			require.Error(t, err)
			require.Less(t, len(b.asked()), 320)
			for key := range b.objects() {
				require.NotContains(t, key, "/lists/Organization List.json", "nothing half read passes for whole")
			}
			_, err = call(b, contract.ReadLists, params)
			require.NoError(t, err)
			// A checkpoint of 200 branches had been made; only what came after it may be asked for twice.
			require.LessOrEqual(t, len(b.asked())-distinct(b.asked()), 120)
			reported := b.report(t, params)
			require.Equal(t, contract.OutcomeClean, reported.Result.Outcome)
			require.Greater(t, b.document(t, reported).Lists[0].Requests, int64(400))
		})
	}
}

// The names of lists are made safe for keys, and names that differ keep their own snapshots.
func TestListsOfStrangeNames(t *testing.T) {
	world, settings := cleanWorld(600, []int{8, 12, 25}, []int{240})
	spec := world.Definitions[0].Files[0].Extract
	for i, name := range []string{"部門", "科目"} {
		world.Lists[i].Name, spec.Checks[i].List, settings.Checks[i].List = name, name, name
	}
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	reported := b.tieOut(t, landed, "owner")
	require.Equal(t, contract.OutcomeClean, reported.Result.Outcome)
	doc := b.document(t, reported)
	require.NotEqual(t, doc.Lists[0].URI, doc.Lists[1].URI)
	require.Equal(t, []string{"部門", "科目"}, []string{doc.Lists[0].Name, doc.Lists[1].Name})
}

// Whatever a list answers instead of items, nothing is derived from it: the attempt fails as ListUnavailable, and
// once the list answers the tie-out is that of an undisturbed night.
func TestListFaults(t *testing.T) {
	half := func(framing concurtest.Framing) concurtest.Fault {
		return concurtest.Fault{Truncate: &concurtest.Truncate{After: 200, Framing: framing}}
	}
	anywhere := map[string]concurtest.Fault{"html": {HTML200: true}, "half, no end told": half(concurtest.FramingClose)}
	items := map[string]concurtest.Fault{
		"malformed": {MalformedXML: true}, "half, by length": half(concurtest.FramingLength), "half, chunked": half(concurtest.FramingChunked),
		"500": {Status: 500}, "503": {Status: 503, RetryAfter: "1"}, "429": {Status: 429, RetryAfter: "1"}, "400": {Status: 400}, "404": {Status: 404},
		"redirect": {Redirect: "https://elsewhere.example/"}, "deep": {Hostile: concurtest.HostileDeep}, "dropped": {DropBefore: true},
	}
	maps.Copy(items, anywhere)
	for api, operations := range map[string]map[concurtest.Operation]map[string]concurtest.Fault{
		config.ListsV1: {concurtest.OpLists: anywhere, concurtest.OpItems: items},
		config.ListsV4: {concurtest.OpListsV4: anywhere, concurtest.OpChildrenV4: anywhere, concurtest.OpItemsV4: items},
	} {
		world, settings := cleanWorld(200, []int{4, 6, 10}, []int{40})
		injected(world, extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassUnknown, Level: 3, Findings: 2, Rows: 2})
		b := newBench(t, world, api, settings)
		job, landed := b.extract(t, concurtest.SampleDefinition)
		extract, err := b.concur.Extract(job.ID, 0)
		require.NoError(t, err)
		for operation, faults := range operations {
			for name, fault := range faults {
				t.Run(strings.Join([]string{api, string(operation), name}, " "), func(t *testing.T) {
					params := b.opened(t, landed, t.Name())
					fault.Operation = operation
					b.concur.Inject(fault)
					_, err := call(b, contract.ReadLists, params)
					b.concur.ResetFaults()
					require.Error(t, err)
					kind, again := code(t, err)
					require.True(t, again, "the first attempt is not the last: %v", err)
					require.Equal(t, contract.CodeListUnavailable, kind, "%v", err)
					_, err = call(b, contract.Report, params)
					require.Error(t, err, "no report without whole lists")
					_, err = call(b, contract.ReadLists, params)
					require.NoError(t, err)
					require.Equal(t, expected(extract.Injected(), api), found(b.document(t, b.report(t, params)).Findings))
				})
			}
		}
	}
}

// A run gives a list that answers nonsense five tries, an outage as long as the activity may take, and ends as
// ListUnavailable then, with nothing that could be taken for a tie-out. A list that comes back in time is enough.
func TestListsThatStayAway(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault concurtest.Fault
		tries int // that reach Concur; 0: the list comes back in time
	}{
		{"nonsense", concurtest.Fault{MalformedXML: true}, 5},
		{"maintenance", concurtest.Fault{HTML200: true}, 10}, // as below
		{"gone", concurtest.Fault{Status: 404}, 5},
		{"away for good", concurtest.Fault{Status: 500, RetryAfter: "3600"}, 10}, // the test environment's bound,
		{"nonsense for a while", concurtest.Fault{HTML200: true, Times: 4}, 0},
		{"away for a while", concurtest.Fault{Status: 500, Times: 8}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			world, settings := cleanWorld(200, []int{4, 6, 10}, []int{40})
			b := newBench(t, world, config.ListsV1, settings)
			_, landed := b.extract(t, concurtest.SampleDefinition)
			test.fault.Operation, test.fault.Name, test.fault.Path = concurtest.OpItems, "away", "/items"
			b.concur.Inject(test.fault)
			env := b.suite.NewTestWorkflowEnvironment()
			env.SetTestTimeout(time.Minute)
			env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
			b.a.Register(env)
			env.ExecuteWorkflow(workflows.Reconcile, contract.ReconcileInput{Pipeline: settings.Name, Manifest: landed.Manifest, Scope: &b.scope})
			require.True(t, env.IsWorkflowCompleted())
			if test.tries == 0 {
				var result contract.ExtractResult
				require.NoError(t, env.GetWorkflowResult(&result))
				require.Equal(t, contract.OutcomeClean, result.Outcome)
				return
			}
			kind, _ := code(t, env.GetWorkflowError())
			require.Equal(t, contract.CodeListUnavailable, kind)
			met := 0
			for _, r := range b.concur.Requests() {
				if r.Fault == "away" {
					met++
				}
			}
			require.Equal(t, test.tries, met)
			for key := range b.objects() {
				require.NotContains(t, key, "report.")
				require.NotContains(t, key, "result.json")
			}
		})
	}
}
