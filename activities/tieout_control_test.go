package activities_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// controls are the control findings as one line each; those of rows have no figures that the generator tells.
func controls(findings []reconcile.Finding) (lines []string) {
	for _, f := range findings {
		if f.Check == reconcile.CheckControl {
			lines = append(lines, controlLine(f.Class, f.Rows, f.FirstRow, f.Declared, f.Computed))
		}
	}
	slices.Sort(lines)
	return lines
}

func injectedControls(injected []extractgen.Injected) (lines []string) {
	for _, in := range injected {
		if in.Check == extractgen.CheckControl {
			lines = append(lines, controlLine(string(in.Class), in.Rows, in.FirstRow, in.Declared, in.Computed))
		}
	}
	slices.Sort(lines)
	return lines
}

func controlLine(class string, rows, first int64, declared, computed string) string {
	if rows > 0 {
		declared, computed = "", ""
	}
	return fmt.Sprintf("%s: %d rows, first %d, declared %s, computed %s", class, rows, first, declared, computed)
}

// What is wrong with the file as a whole is found as it was put in. Under require the totals end the run, with the
// figures and the place of the report in the message; under report they are findings; under off they are not looked at.
func TestControlFaults(t *testing.T) {
	for _, faults := range []extractgen.ControlFaults{
		{Records: -3}, {Total: "1234567.00000001"}, {Sequence: 3, BatchMixed: 2, Width: 4, AmountFormat: 5},
		{Records: 1, Total: "0.0001", Sequence: 2, BatchMixed: 3, Width: 2, AmountFormat: 1},
	} {
		world, settings := cleanWorld(500, []int{4, 6, 10}, []int{40})
		world.Definitions[0].Files[0].Extract.Control = faults
		injected(world, extractgen.Injection{Check: concurtest.SampleAccountCheck, Class: extractgen.ClassUnknown, Findings: 2, Rows: 3})
		totals := faults.Records != 0 || faults.Total != ""
		b := newBench(t, world, config.ListsV1, settings)
		job, landed := b.extract(t, concurtest.SampleDefinition)
		extract, err := b.concur.Extract(job.ID, 0)
		require.NoError(t, err)
		for _, setting := range []pipeline.ControlTotals{pipeline.ControlRequire, pipeline.ControlReport, pipeline.ControlOff} {
			t.Run(fmt.Sprintf("%+v %s", faults, setting), func(t *testing.T) {
				b.scope.Settings.ControlTotals = setting
				reported := b.tieOut(t, landed, string(setting))
				doc := b.document(t, reported)
				wanted := injectedControls(extract.Injected())
				if setting == pipeline.ControlOff {
					wanted = slices.DeleteFunc(wanted, func(line string) bool { return line[:7] == "record_" || line[:8] == "journal_" })
				}
				require.ElementsMatch(t, wanted, controls(doc.Findings))
				require.Equal(t, totals && setting == pipeline.ControlRequire, reported.ControlTotalsFail)
				require.Equal(t, !totals, doc.Control.Agrees)
				require.Equal(t, contract.OutcomeFindings, doc.Outcome)
				if reported.ControlTotalsFail {
					control := reported.Result.Control
					for _, figure := range []string{fmt.Sprint(control.Records), fmt.Sprint(control.DeclaredRecords), control.Total.String(), control.DeclaredTotal.String(), "report.html"} {
						require.Contains(t, reported.ControlMessage, figure)
					}
				}
			})
		}
	}
}

// A file that holds no rows is an outcome of its own, and asks nothing of the lists.
func TestEmptyFile(t *testing.T) {
	world, settings := cleanWorld(60, []int{4, 6, 10}, []int{40})
	world.Definitions[0].EmptyAfter = 1
	b := newBench(t, world, config.ListsV1, settings)
	require.Equal(t, contract.OutcomeClean, b.night(t, "2026-11-19").reported.Result.Outcome)
	asked := len(b.asked())
	empty := b.night(t, "2026-11-20")
	require.Equal(t, contract.OutcomeEmpty, empty.reported.Result.Outcome)
	require.Equal(t, contract.Control{Agrees: true, Declared: true}, empty.reported.Result.Control)
	require.Empty(t, empty.doc.Findings)
	require.Len(t, b.asked(), asked)
	// A pipeline without checks ties its control totals alone out.
	b.scope.Settings.Checks = nil
	plain := b.night(t, "2026-11-21")
	require.Equal(t, contract.OutcomeEmpty, plain.reported.Result.Outcome)
	require.Empty(t, plain.doc.Lists)
}
