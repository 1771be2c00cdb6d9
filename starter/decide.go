package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"tieout/internal/contract"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

// answerWithin is how long a decision waits for a worker to take it.
const answerWithin = time.Minute

// signature is who decides and why; both stand in the evidence.
type signature struct{ by, reason string }

func (s *signature) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.reason, "reason", "", "why (required): it stands in the evidence")
	c.Flags().StringVar(&s.by, "by", osUser(), "who decides")
}

func (s *signature) complete() error {
	if strings.TrimSpace(s.reason) == "" {
		return &usageError{message: "--reason is missing: say why, it stands in the evidence"}
	}
	if strings.TrimSpace(s.by) == "" {
		return &usageError{message: "--by is missing: say who decides, it stands in the evidence"}
	}
	return nil
}

func osUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return os.Getenv("USER")
}

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
			if !contains(words, args[1]) {
				return &usageError{message: fmt.Sprintf("%q is none of approve, reject, recheck", args[1])}
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
			case !contains(words, string(in.Decision)):
				return &usageError{message: fmt.Sprintf("%q is none of adopt, start-again, stop", in.Decision)}
			case adopt && in.JobID == "":
				return &usageError{message: "adopt wants the job's id: resolve ID adopt JOB"}
			case !adopt && in.JobID != "":
				return &usageError{message: fmt.Sprintf("%s takes no job; only adopt does", in.Decision)}
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

func (a *program) completeDecision(words []string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, start string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return words, cobra.ShellCompDirectiveNoFileComp
		}
		return a.completePipelines(c, args, start)
	}
}

// decide sends a person's decision to the run and prints what the run answers.
func (a *program) decide(ctx context.Context, name, update string, in any) error {
	return a.withRun(ctx, name, func(c client.Client, run client.WorkflowRun) error {
		waiting, cancel := context.WithTimeout(ctx, answerWithin)
		defer cancel()
		handle, err := c.UpdateWorkflow(waiting, client.UpdateWorkflowOptions{WorkflowID: run.GetID(), UpdateName: update,
			Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted})
		var answer string
		if err == nil {
			err = handle.Get(waiting, &answer)
		}
		var notFound *serviceerror.NotFound
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case waiting.Err() != nil, isLate(err):
			return &toldError{fmt.Sprintf("no worker took the decision on %s within %s: see that one runs, then decide again", run.GetID(), answerWithin),
				context.DeadlineExceeded}
		case errors.As(err, &notFound):
			return fmt.Errorf("the run %s has ended, so there is nothing to decide: `%s report %s` shows its end", run.GetID(), a.name, run.GetID())
		default:
			return &toldError{fmt.Sprintf("the run %s did not take the decision: %s", run.GetID(), refusal(err)), err}
		}
		if a.json {
			return a.document(map[string]any{"workflowId": run.GetID(), "update": update, "answer": answer})
		}
		a.println(visible(answer))
		return nil
	})
}

// refusal is what the run said, without what the SDK puts around it.
func refusal(err error) string {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return application.Message()
	}
	return err.Error()
}

func isLate(err error) bool {
	var timeout *client.WorkflowUpdateServiceTimeoutOrCanceledError
	return errors.As(err, &timeout)
}
