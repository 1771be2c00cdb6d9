package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

func configure(b *bench, p contract.ConfigureParams) (contract.Configured, error) {
	if p.At.IsZero() {
		p.At = time.Date(2026, 11, 25, 3, 0, 0, 0, time.UTC) // 22:00 of the 24th in New York
	}
	return call(b, contract.Configure, p)
}

// Whoever starts the run of a date, from wherever, means the same run: an id of a run's form gives pipeline and date, any
// other is that of a front.
func TestWhichRunAWorkflowIs(t *testing.T) {
	const job = "gWn$p!1"
	runOfJob := contract.Run{Pipeline: "nightly", JobKey: contract.JobKey(job)}.ID()
	for name, test := range map[string]struct {
		in            contract.ExtractInput
		id            string
		cron          string
		run, date     string
		jobID, refuse string
	}{
		"a schedule's, by its time":      {id: "extract/nightly-2026-11-25T03:00:00Z", run: "extract/nightly/2026-11-24", date: "2026-11-24"},
		"the Web UI's, {}":               {id: "3f1c", run: "extract/nightly/2026-11-24", date: "2026-11-24"},
		"a parent's, with a date":        {in: contract.ExtractInput{Pipeline: "nightly", BusinessDate: "2026-11-20"}, id: "x", run: "extract/nightly/2026-11-20", date: "2026-11-20"},
		"the run itself":                 {id: "extract/nightly/2026-11-20", run: "extract/nightly/2026-11-20", date: "2026-11-20"},
		"a further extract":              {id: "extract/nightly/2026-11-20/again/2", run: "extract/nightly/2026-11-20/again/2", date: "2026-11-20"},
		"the front of a job":             {in: contract.ExtractInput{JobID: job}, id: "x", run: runOfJob, date: "2026-11-24", jobID: job},
		"the run of a job":               {in: contract.ExtractInput{JobID: job, BusinessDate: "2026-11-19"}, id: runOfJob, run: runOfJob, date: "2026-11-19", jobID: job},
		"a firing, by its time":          {cron: "0 4,22 * * *", id: "x", run: "extract/nightly/2026-11-24T2200", date: "2026-11-24"},
		"no time means the last firing":  {cron: "0 4,22 * * *", id: "extract/nightly/2026-11-20", run: "extract/nightly/2026-11-20T2200", date: "2026-11-20"},
		"a firing, named":                {cron: "0 4,22 * * *", in: contract.ExtractInput{BusinessDate: "2026-11-20T0400"}, id: "x", run: "extract/nightly/2026-11-20T0400", date: "2026-11-20"},
		"a time that is no firing":       {cron: "0 4,22 * * *", id: "extract/nightly/2026-11-20T0500", refuse: "has no firing at 0500: its schedule starts runs at 0400, 2200"},
		"a time where there is one":      {id: "extract/nightly/2026-11-20T0400", refuse: "named by its date alone"},
		"another pipeline than its id's": {in: contract.ExtractInput{Pipeline: "nightly"}, id: "extract/weekly/2026-11-20", refuse: "leave one of them out"},
		"another date than its id's":     {in: contract.ExtractInput{BusinessDate: "2026-11-19"}, id: "extract/nightly/2026-11-20", refuse: "and the input names 2026-11-19"},
		"another job than its id's":      {in: contract.ExtractInput{JobID: "other"}, id: runOfJob, refuse: "is not that of the run of job other"},
		"a job under a date's id":        {in: contract.ExtractInput{JobID: job}, id: "extract/nightly/2026-11-20", refuse: "start it as " + runOfJob},
		"a job that nobody knows":        {id: runOfJob, refuse: "give jobId"},
		"again under a run's own id":     {in: contract.ExtractInput{Again: true}, id: "extract/nightly/2026-11-20", refuse: "is the id of one run"},
		"again and a job":                {in: contract.ExtractInput{Again: true, JobID: job}, id: "x", refuse: "give one of them"},
		"no date":                        {in: contract.ExtractInput{BusinessDate: "20.11.2026"}, id: "x", refuse: "is not a date such as 2026-11-20"},
		"a date that has not begun":      {in: contract.ExtractInput{BusinessDate: "2062-11-20"}, id: "x", refuse: "2062-11-20 has not begun anywhere yet"},
	} {
		t.Run(name, func(t *testing.T) {
			b := dueBench(t, "", "America/New_York")
			b.a.Config.Pipelines["nightly"].Schedule.Cron = test.cron
			b.a.Config.Pipelines["weekly"] = pipeline.Pipeline{Name: "weekly"}
			if test.in.Pipeline == "" && test.refuse == "" {
				delete(b.a.Config.Pipelines, "weekly")
			}
			if _, isRun := contract.ParseRun(test.id); !isRun {
				test.in.Pipeline = "nightly"
			}
			configured, err := configure(b, contract.ConfigureParams{Input: test.in, WorkflowID: test.id, RunID: "run-1"})
			if test.refuse != "" {
				require.Contains(t, isError(t, err, contract.CodeConfigInvalid, true).Message(), test.refuse)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.run, configured.Run)
			require.Equal(t, test.date, configured.BusinessDate)
			require.Equal(t, test.jobID, configured.JobID)
		})
	}
}

// The run of a job belongs to the slot that claimed the job first, and waits for a run that works on it.
func TestTheRunOfAJobBelongsToTheNightThatStartedIt(t *testing.T) {
	b := dueBench(t, "", "")
	b.scope.Settings.Name = "nightly"
	_, err := call(b, contract.ClaimJob, contract.JobParams{Scope: b.scope, JobID: "job", Origin: contract.OriginStarted})
	require.NoError(t, err)
	of := func(p contract.ConfigureParams) contract.Configured {
		t.Helper()
		p.WorkflowID, p.RunID = contract.Run{Pipeline: "nightly", JobKey: contract.JobKey("job")}.ID(), "child"
		configured, err := configure(b, p)
		require.NoError(t, err)
		return configured
	}
	night := of(contract.ConfigureParams{Input: contract.ExtractInput{BusinessDate: "2026-11-24"}, TakenUpBy: "extract/nightly/2026-11-24"})
	require.Equal(t, "2026-11-20", night.BusinessDate)
	require.Equal(t, contract.Slot{Date: "2026-11-20"}, night.Slot)
	require.Equal(t, "job", night.JobID)
	require.Empty(t, night.Claimed)
	b.a.Runs = running{{b.scope.WorkflowID, b.scope.RunID}: true}
	require.Equal(t, b.scope.WorkflowID, of(contract.ConfigureParams{}).Claimed)
	require.Empty(t, of(contract.ConfigureParams{TakenUpBy: b.scope.WorkflowID}).Claimed, "whoever takes the job up waits for its run")

	b = dueBench(t, "", "")
	left := of(contract.ConfigureParams{Input: contract.ExtractInput{BusinessDate: "2026-11-24", JobID: "job"}, TakenUpBy: "extract/nightly/2026-11-24"})
	require.Equal(t, "2026-11-24", left.BusinessDate)
	require.True(t, left.Slot.IsZero(), "what a night takes up is not its own extract")
	named := of(contract.ConfigureParams{Input: contract.ExtractInput{BusinessDate: "2026-11-24", JobID: "job"}})
	require.Equal(t, contract.Slot{Date: "2026-11-24"}, named.Slot, "a person says whose extract it is")

	b = dueBench(t, "", "America/New_York")
	b.a.Config.Pipelines["nightly"].Schedule.Cron = "0 1,20 * * *" // it is 22:00 there, and 3:00 of the 25th in UTC
	named = of(contract.ConfigureParams{Input: contract.ExtractInput{BusinessDate: "2026-11-24", JobID: "job"}})
	require.Equal(t, contract.Slot{Date: "2026-11-24", Time: "2000"}, named.Slot, "the last firing by the pipeline's clock")
	b.a.Config.Pipelines["nightly"].Schedule.Cron = "0 1,23 * * *"
	named = of(contract.ConfigureParams{Input: contract.ExtractInput{BusinessDate: "2026-11-24", JobID: "job"}})
	require.Equal(t, contract.Slot{Date: "2026-11-24", Time: "0100"}, named.Slot)
}

// A further extract is the first of the date that has neither a verdict nor a job and that nobody stopped.
func TestAFurtherExtractTakesTheFirstUnusedNumber(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	b.a.Config.Pipelines = map[string]pipeline.Pipeline{"nightly": b.scope.Settings}
	run := func() string {
		t.Helper()
		configured, err := configure(b, contract.ConfigureParams{Input: contract.ExtractInput{Pipeline: "nightly", BusinessDate: "2026-11-20", Again: true}, WorkflowID: "x"})
		require.NoError(t, err)
		return configured.Run
	}
	record := func(run, slot string, more map[string]any) {
		more["businessDate"], more["slot"], more["runId"] = "2026-11-20", slot, run
		b.put(t, "nightly/runs/2026-11-20/"+run+".json", more)
	}
	require.Equal(t, "extract/nightly/2026-11-20", run())
	record("a", "date", map[string]any{"code": contract.CodeConcurAuth})
	require.Equal(t, "extract/nightly/2026-11-20", run(), "it got no job")
	record("b", "date", map[string]any{"outcome": "empty", "jobId": "j"})
	require.Equal(t, "extract/nightly/2026-11-20/again/2", run())
	record("c", "date-again-2", map[string]any{"code": contract.CodeStartAmbiguous, "stopped": map[string]any{"by": "ann", "reason": "no"}})
	require.Equal(t, "extract/nightly/2026-11-20/again/3", run())
}

func TestBusinessDateOfALandedJob(t *testing.T) {
	b := dueBench(t, "", "America/New_York")
	b.claim(t, "a", "claimed")
	for manifest, date := range map[string]string{
		"s3://" + evidenceBucket + "/nightly/jobs/" + contract.JobKey("claimed") + "/manifest.json":         "2026-11-20",
		"s3://" + evidenceBucket + "/nightly/jobs/" + contract.JobKey("claimed") + "/again/2/manifest.json": "2026-11-20",
		"s3://" + evidenceBucket + "/nightly/jobs/" + contract.JobKey("other") + "/manifest.json":           "2026-11-24",
	} {
		configured, err := configure(b, contract.ConfigureParams{Input: contract.ExtractInput{Pipeline: "nightly"}, Manifest: manifest})
		require.NoError(t, err)
		require.Equal(t, date, configured.BusinessDate, manifest)
	}
	_, err := configure(b, contract.ConfigureParams{Input: contract.ExtractInput{Pipeline: "nightly"}, Manifest: "s3://elsewhere/nightly/jobs/x/manifest.json"})
	isError(t, err, contract.CodeConfigInvalid, true)
}
