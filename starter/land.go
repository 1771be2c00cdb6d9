package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tieout/internal/contract"
	"tieout/internal/runs"
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
				return &usageError{message: "land wants a pipeline and a job's id; `tieout jobs` lists jobs"}
			case !again:
				return &usageError{message: fmt.Sprintf("land makes a landing again and wants --again to say so; a job that has not landed is taken up with: %s run %s --job '%s'", a.name, args[0], args[1])}
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

// landAgain asks the run of the job and prints what it answers.
func (a *program) landAgain(ctx context.Context, pipeline, jobID string, in contract.LandAgainInput) error {
	c, err := a.temporal(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	id := contract.Run{Pipeline: pipeline, JobKey: contract.JobKey(jobID)}.ID()
	waiting, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	run, answer, err := runs.LandAgain(waiting, c, pipeline, jobID, in)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return ctx.Err()
	case waiting.Err() != nil, isLate(err):
		return &toldError{fmt.Sprintf("no worker took it within %s: see that one runs. Where Temporal has taken it, the run %s does it then: look with %s watch %s before asking again",
			answerWithin, id, a.name, id), context.DeadlineExceeded}
	default:
		return &toldError{fmt.Sprintf("the run %s did not take it: %s", id, refusal(err)), err}
	}
	if a.json {
		return a.document(map[string]any{"workflowId": run.GetID(), "runId": run.GetRunID(), "update": contract.UpdateLandAgain, "answer": answer})
	}
	a.println(visible(answer))
	a.say("Watch it with: %s watch %s", a.name, run.GetID())
	return nil
}
