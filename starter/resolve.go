package main

import (
	"slices"

	"github.com/spf13/cobra"

	"tieout/internal/app"
	"tieout/internal/contract"
)

func (a *program) resolveCommand() *cobra.Command {
	var s signature
	words := []string{string(contract.DecisionAdopt), string(contract.DecisionStartAgain), string(contract.DecisionStop)}
	c := &cobra.Command{
		Use:   "resolve ID adopt JOB|start-again|stop --reason TEXT",
		Short: "Decide on a run whose start is ambiguous",
		Long: `Decide on a run that cannot tell whether Concur started its job: adopt a job that Concur lists ("tieout jobs" shows
them), start again, or stop the run. Job ids may hold $ and !: put them in single quotes.`,
		Args:              arguments(2, 3, "a run, a decision and, with adopt, a job"),
		ValidArgsFunction: a.completeDecision(words),
		RunE: func(c *cobra.Command, args []string) error {
			in := contract.ResolveStartInput{Decision: contract.Decision(args[1]), By: s.by, Reason: s.reason}
			if len(args) == 3 {
				in.JobID = args[2]
			}
			switch adopt := in.Decision == contract.DecisionAdopt; {
			case !slices.Contains(words, args[1]):
				return app.Usagef("%q is none of adopt, start-again, stop", args[1])
			case adopt && in.JobID == "":
				return app.Usagef("adopt wants the job's id: resolve ID adopt JOB")
			case !adopt && in.JobID != "":
				return app.Usagef("%s takes no job; only adopt does", in.Decision)
			}
			if err := s.complete(); err != nil {
				return err
			}
			return a.decide(c.Context(), args[0], contract.UpdateResolveStart, in)
		},
	}
	s.flags(c)
	return c
}
