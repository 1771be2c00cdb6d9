package activities_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/config"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// everyClass is a world with every class injected into a three-level list and a flat one, and the pipeline that fits.
func everyClass(rows int) (concurtest.World, pipeline.Pipeline) {
	world := concurtest.SampleWorld(rows)
	spec := world.Definitions[0].Files[0].Extract
	spec.Inject = nil
	for _, check := range []string{concurtest.SampleOrgCheck, concurtest.SampleAccountCheck} {
		for _, class := range []extractgen.Class{extractgen.ClassRetired, extractgen.ClassFormatOnly, extractgen.ClassNameNotCode, extractgen.ClassUnknown} {
			spec.Inject = append(spec.Inject, extractgen.Injection{Check: check, Class: class, Findings: 7, Rows: 5})
		}
	}
	spec.Inject = append(spec.Inject,
		extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassBlank, Findings: 1, Rows: 11},
		extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassSkippedLevel, Findings: 4, Rows: 3},
		extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassWrongParent, Findings: 6, Rows: 3},
		extractgen.Injection{Check: concurtest.SampleAccountCheck, Class: extractgen.ClassPlaceholder, Findings: 2, Rows: 9})
	world.Lists[1].Generate.Branching = []int{2000} // room for every class
	world.Definitions[0].Timing = concurtest.Timing{Queued: -1, Running: -1}
	return world, samplePipeline()
}

// samplePipeline fits concurtest.SampleWorld.
func samplePipeline() pipeline.Pipeline {
	personal := "Y"
	return pipeline.Pipeline{
		Name: "nightly-sae", Definition: concurtest.SampleDefinition, Format: pipeline.Format{Name: "sae"},
		Poll: pipeline.Poll{First: 1, Max: 1, Deadline: pipeline.Duration(time.Minute)}, ControlTotals: pipeline.ControlRequire, ListWalkLimit: 2000,
		Checks: []pipeline.Check{
			{Name: concurtest.SampleOrgCheck, List: concurtest.SampleOrgList, Columns: []pipeline.Column{"report_org_unit_1", "report_org_unit_2", "report_org_unit_3"}, Blank: pipeline.BlankReport},
			{Name: concurtest.SampleAccountCheck, List: concurtest.SampleAccounts, Columns: []pipeline.Column{"journal_account_code"}, Blank: pipeline.BlankAllow,
				Placeholders: concurtest.SamplePlaceholders(),
				Skip:         []pipeline.SkipRule{{Column: "is_personal", Equals: &personal}, {Column: "185", Filled: true}, {Column: "232", Filled: true}}},
		},
	}
}

// The findings of 100,000 rows are exactly those that the generator put in: class by class, path by path, money to
// the last digit, on both list services, on one core and on two.
func TestFindingsAreThoseInjected(t *testing.T) {
	for _, lists := range []string{config.ListsV1, "v1 in subtrees", config.ListsV4} {
		world, settings := everyClass(100_000)
		api := lists[:2]
		world.Subtrees = lists != api
		b := newBench(t, world, api, settings)
		job, landed := b.extract(t, concurtest.SampleDefinition)
		extract, err := b.concur.Extract(job.ID, 0)
		require.NoError(t, err)
		for _, cores := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s, %d cores", lists, cores), func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				reported := b.tieOut(t, landed, t.Name())
				require.False(t, reported.ControlTotalsFail, reported.ControlMessage)
				same(t, extract.Injected(), api, b.document(t, reported).Findings)
				require.Equal(t, int64(100_000), reported.Result.Control.Records)
			})
		}
	}
}

// same compares what was found with what was injected. Where several items would do as a suggestion, any is fine.
func same(t *testing.T, injected []extractgen.Injected, api string, findings []reconcile.Finding) {
	t.Helper()
	wanted, got := expected(injected, api), found(findings)
	for line, meant := range wanted {
		if meant == open && got[line] != "" {
			got[line] = open
		}
	}
	require.Equal(t, wanted, got)
}

// open stands for a suggestion that several items would do for.
const open = "open"

// expected is what was injected: a line per finding, and the item meant.
func expected(injected []extractgen.Injected, api string) map[string]string {
	lines := map[string]string{}
	for _, in := range injected {
		class, suggestion := in.Class, in.Suggestion
		if api == config.ListsV1 {
			class, suggestion = in.ClassV1, in.SuggestionV1
		}
		meant := "none"
		switch {
		case in.SuggestionOpen:
			meant = open
		case suggestion != nil:
			meant = fmt.Sprintf("%q", suggestion.Path)
		}
		var money []string
		for currency, sum := range in.Amounts {
			money = append(money, fmt.Sprintf("%s %s %s", currency, sum.Net, sum.Gross))
		}
		lines[line(in.Check, string(class), in.Level, in.Path, in.Rows, in.Reports, in.FirstRow, money)] = meant
	}
	return lines
}

// found is what the report says, in the same form.
func found(findings []reconcile.Finding) map[string]string {
	lines := map[string]string{}
	for _, f := range findings {
		meant := "none"
		if f.Suggestion != nil {
			meant = fmt.Sprintf("%q", f.Suggestion.Path)
		}
		var money []string
		for currency, sum := range f.Amounts {
			money = append(money, fmt.Sprintf("%s %s %s", currency, sum.Net, sum.Gross))
		}
		lines[line(f.Check, f.Class, f.Level, f.Path, f.Rows, f.Reports, f.FirstRow, money)] = meant
	}
	return lines
}

func line(check, class string, level int, path []string, rows, reports, first int64, money []string) string {
	slices.Sort(money)
	return fmt.Sprintf("%s %s %d %q: %d rows, %d reports, first %d, %v", check, class, level, path, rows, reports, first, money)
}

// A tie-out that is made again, whole or in part, writes the same bytes; one with another owner gets another number.
func TestTieOutIsRepeatable(t *testing.T) {
	many := func() (concurtest.World, pipeline.Pipeline) {
		world, settings := everyClass(4_000)
		injected(world, extractgen.Injection{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassUnknown, Findings: 1_050, Rows: 1})
		return world, settings
	}
	for name, made := range map[string]func() (concurtest.World, pipeline.Pipeline){"many findings": many, "a zip": zipWorld} {
		t.Run(name, func(t *testing.T) {
			world, settings := made()
			b := newBench(t, world, config.ListsV4, settings)
			_, landed := b.extract(t, concurtest.SampleDefinition)
			first := b.tieOut(t, landed, "owner-1")
			before := b.objects()
			require.Equal(t, first, b.tieOut(t, landed, "owner-1"), "over what is there")
			require.Equal(t, before, b.objects())
			// What the tie-out is made from stays, all that was made of it goes.
			for key := range before {
				if strings.Contains(key, "/tieout/") && !strings.Contains(key, "/lists/") && !strings.HasSuffix(key, "/basis.json") {
					_, err := b.s3.Client().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(evidenceBucket), Key: &key})
					require.NoError(t, err)
				}
			}
			require.Less(t, len(b.objects()), len(before)-4)
			require.Equal(t, first, b.tieOut(t, landed, "owner-1"), "from the beginning")
			after := b.objects()
			require.Equal(t, slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
			for key := range before {
				require.True(t, before[key] == after[key], "%s has other bytes", key)
			}
			require.Equal(t, 2, b.tieOut(t, landed, "owner-2").Result.TieOut)
		})
	}
}
