package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/contract"
	"tieout/internal/runs"
	"tieout/starter/printer"
)

func (a *program) landCommand() *cobra.Command {
	var s signature
	var again bool
	c := &cobra.Command{
		Use:   "land PIPELINE JOB --again --reason TEXT",
		Short: "Land a job again whose landing turned out wrong",
		Long: `Fetch the files of a job again that has landed, and land them beside what was landed before: the newest landing counts
from then on, and the earlier ones stay. The run of the job does it, which is begun anew where it has ended; it ties the
new landing out and starts what follows once more. Job ids may hold $ and !: put them in single quotes.`,
		Example:           "  tieout land nightly-sae 'J123' --again --reason 'SAP support: the file was cut, made anew'",
		Args:              arguments(2, 2, "a pipeline and a job"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case args[0] == "" || args[1] == "":
				return app.Usagef("land wants a pipeline and a job's id; `tieout jobs` lists jobs")
			case !again:
				return app.Usagef("land makes a landing again and wants --again to say so; a job that has not landed is taken up with: %s run %s --job '%s'", a.name, args[0], args[1])
			}
			if err := s.complete(); err != nil {
				return err
			}
			return a.landAgain(c.Context(), args[0], args[1], contract.LandAgainInput{By: s.by, Reason: s.reason})
		},
	}
	c.Flags().BoolVar(&again, "again", false, "land again what has landed (required)")
	s.flags(c)
	return c
}

// landAgain asks the run of the job to land it again, and prints the answer of the run.
func (a *program) landAgain(ctx context.Context, pipeline, jobID string, in contract.LandAgainInput) error {
	return a.withTemporal(ctx, func(c client.Client) error {
		id := contract.Run{Pipeline: pipeline, JobKey: contract.JobKey(jobID)}.ID()
		var run client.WorkflowRun
		var answer string
		err := awaitAnswer(ctx, func(waiting context.Context) (err error) {
			run, answer, err = runs.LandAgain(waiting, c, pipeline, jobID, in)
			return err
		}, fmt.Sprintf("no worker took it within %s: see that one runs. Where Temporal has taken it, the run %s does it then: look with %s watch %s before asking again",
			answerWithin, id, a.name, id))
		if err != nil {
			return refused(fmt.Sprintf("the run %s did not take it", id), err)
		}
		if a.JSON {
			return a.Document(map[string]any{"workflowId": run.GetID(), "runId": run.GetRunID(), "update": contract.UpdateLandAgain, "answer": answer})
		}
		a.Println(printer.Visible(answer))
		a.Say("Watch it with: %s watch %s", a.name, run.GetID())
		return nil
	})
}
