package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/app"
	"tieout/internal/runs"
	"tieout/starter/printer"
)

// answerWithin is how long an update waits for a worker to take it.
const answerWithin = time.Minute

// signature is who decides and why, for the evidence.
type signature struct{ by, reason string }

func (s *signature) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.reason, "reason", "", "why (required): it stands in the evidence")
	c.Flags().StringVar(&s.by, "by", osUser(), "who decides")
}

func (s *signature) complete() error {
	if strings.TrimSpace(s.reason) == "" {
		return app.Usagef("--reason is missing: say why, it stands in the evidence")
	}
	if strings.TrimSpace(s.by) == "" {
		return app.Usagef("--by is missing: say who decides, it stands in the evidence")
	}
	return nil
}

func osUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return os.Getenv("USER")
}

func (a *program) completeDecision(words []string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, start string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return words, cobra.ShellCompDirectiveNoFileComp
		}
		return a.completePipelines(c, args, start)
	}
}

// decide sends a person's decision to the run that name names, and prints the answer of the run.
func (a *program) decide(ctx context.Context, name, update string, in any) error {
	return a.withRun(ctx, name, func(c client.Client, run client.WorkflowRun) error {
		var answer string
		err := awaitAnswer(ctx, func(waiting context.Context) error {
			handle, err := c.UpdateWorkflow(waiting, client.UpdateWorkflowOptions{WorkflowID: run.GetID(), UpdateName: update,
				Args: []any{in}, WaitForStage: client.WorkflowUpdateStageCompleted})
			if err != nil {
				return err
			}
			return handle.Get(waiting, &answer)
		}, fmt.Sprintf("no worker took the decision on %s within %s: see that one runs, then decide again", run.GetID(), answerWithin))
		switch {
		case runs.IsNotFound(err):
			return fmt.Errorf("the run %s has ended, so there is nothing to decide: `%s report %s` shows its end", run.GetID(), a.name, run.GetID())
		case err != nil:
			return refused(fmt.Sprintf("the run %s did not take the decision", run.GetID()), err)
		case a.JSON:
			return a.Document(map[string]any{"workflowId": run.GetID(), "update": update, "answer": answer})
		}
		a.Println(printer.Visible(answer))
		return nil
	})
}

// awaitAnswer calls ask with a context that ends after answerWithin. Late is the message of the error for no answer.
func awaitAnswer(ctx context.Context, ask func(ctx context.Context) error, late string) error {
	waiting, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	err := ask(waiting)
	_, timedOut := errors.AsType[*client.WorkflowUpdateServiceTimeoutOrCanceledError](err)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case waiting.Err() != nil || timedOut:
		return &toldError{late, context.DeadlineExceeded}
	}
	return err
}

// refused returns the error of an update that a run refused. It leaves an error alone that says that nobody answered.
func refused(what string, err error) error {
	if told, ok := errors.AsType[*toldError](err); ok {
		return told
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	reason := err.Error()
	if application, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		reason = application.Message() // without what the SDK adds
	}
	return &toldError{what + ": " + reason, err}
}
