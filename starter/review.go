package main

import (
	"slices"

	"github.com/spf13/cobra"

	"tieout/internal/app"
	"tieout/internal/contract"
)

func (a *program) reviewCommand() *cobra.Command {
	var s signature
	words := []string{string(contract.DecisionApprove), string(contract.DecisionReject), string(contract.DecisionRecheck)}
	c := &cobra.Command{
		Use:   "review ID approve|reject|recheck --reason TEXT",
		Short: "Decide on a run that is held for its findings",
		Long: `Decide on a run that is held for its findings: approve or reject ends it with that outcome, recheck reads the lists
again and ties out again.`,
		Args:              arguments(2, 2, "a run and a decision"),
		ValidArgsFunction: a.completeDecision(words),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains(words, args[1]) {
				return app.Usagef("%q is none of approve, reject, recheck", args[1])
			}
			if err := s.complete(); err != nil {
				return err
			}
			return a.decide(c.Context(), args[0], contract.UpdateReview,
				contract.ReviewInput{Decision: contract.Decision(args[1]), By: s.by, Reason: s.reason})
		},
	}
	s.flags(c)
	return c
}
