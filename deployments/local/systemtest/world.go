package systemtest

import (
	"time"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
)

// World returns a Concur with two small lists and one extract of that many rows, a few of which have findings.
func World(rows int64) concurtest.World {
	spec := extractgen.Spec{
		Rows: rows,
		Checks: []extractgen.Check{
			{Name: concurtest.SampleOrgCheck, List: concurtest.SampleOrgList, Columns: []int{35, 36}},
			{Name: concurtest.SampleAccountCheck, List: concurtest.SampleAccounts, Columns: []int{167}, Placeholders: concurtest.SamplePlaceholders()},
		},
		Inject: []extractgen.Injection{
			{Check: concurtest.SampleOrgCheck, Class: extractgen.ClassUnknown, Level: 2, Findings: 1, Rows: 2},
			{Check: concurtest.SampleAccountCheck, Class: extractgen.ClassPlaceholder, Findings: 1, Rows: 3},
		},
	}
	return concurtest.World{
		Seed: 7,
		Lists: []extractgen.List{
			{Name: concurtest.SampleOrgList, Generate: &extractgen.ListSpec{Seed: 1, Branching: []int{3, 4}}},
			{Name: concurtest.SampleAccounts, Generate: &extractgen.ListSpec{Seed: 2, Branching: []int{20}}},
		},
		Definitions: []concurtest.Definition{{
			Name: concurtest.SampleDefinition, Files: []concurtest.File{{Extract: &spec}},
			Timing: concurtest.Timing{Queued: 20 * time.Millisecond, Running: 80 * time.Millisecond},
		}},
	}
}

// checks returns the configured checks that fit a world's first extract.
func checks(world concurtest.World) []map[string]any {
	var checks []map[string]any
	for _, check := range world.Definitions[0].Files[0].Extract.Checks {
		settings := map[string]any{"name": check.Name, "list": check.List, "columns": check.Columns, "blank": "report"}
		if len(check.Placeholders) > 0 {
			settings["placeholders"] = check.Placeholders
		}
		checks = append(checks, settings)
	}
	return checks
}
