package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"

	"tieout/concur"
	"tieout/internal/landing"
	"tieout/workflows"
)

// intent is the object that is written before each POST: a run whose history was lost or reset finds it and does
// not start twice. Its nonce tells one execution from another, so that a repeated one cannot take it for its own.
type intent struct {
	Schema       int       `json:"schema"` // 1
	Pipeline     string    `json:"pipeline"`
	BusinessDate string    `json:"businessDate"`
	WorkflowID   string    `json:"workflowId"`
	RunID        string    `json:"runId"`
	Attempt      int       `json:"attempt"`
	Definition   string    `json:"definition"`
	JobIDs       []string  `json:"jobIds"`
	At           time.Time `json:"at"`
	Nonce        string    `json:"nonce"`
	// Fenced is true when a run gave this attempt up before it was made: no POST may follow it.
	Fenced bool `json:"fenced,omitempty"`
}

// StartJob sends the one POST of an attempt and says what became of it. Nothing on any layer repeats it: the client
// does not, the activity has a single attempt, and the intent object stops a second execution.
func (a *Activities) StartJob(ctx context.Context, p workflows.StartJobParams) (workflows.StartJobResult, error) {
	a = a.on(p.Scope)
	client, ok := a.Connections[p.Scope.Settings.Connection]
	if !ok { // the activity has a single attempt; the run makes another
		return workflows.StartJobResult{Outcome: workflows.PostNotSent, Message: noConnection(p.Scope)}, nil
	}
	if p.Attempt > 1 {
		if result, err := proveToken(ctx, client, p); err != nil || result.Outcome != "" {
			return result, err
		}
	}
	if err := a.declare(ctx, p); err != nil {
		if isConflict(err) {
			return a.begunBefore(ctx, p), nil
		}
		if message, permanent := landing.Permanent(err); permanent {
			return workflows.StartJobResult{}, invalid(message)
		}
		return workflows.StartJobResult{Outcome: workflows.PostNotSent, Message: fmt.Sprintf("noting the start in S3 failed: %v", err)}, nil
	}
	// A machine that stood still since the intent was written has been given up by the run, which may be looking at
	// the list already. The context's own deadline does not count the time that a machine was suspended.
	if deadline := activity.GetInfo(ctx).Deadline; !deadline.IsZero() && time.Now().Round(0).After(deadline) {
		return workflows.StartJobResult{Outcome: workflows.PostNotSent, Message: "the worker stood still for too long to ask Concur"}, nil
	}
	job, err := client.StartJob(ctx, p.Scope.DefinitionID)
	if err == nil {
		a.claimAtOnce(ctx, workflows.JobParams{Scope: p.Scope, JobID: job.ID, Origin: workflows.OriginStarted})
		return workflows.StartJobResult{Outcome: workflows.PostCreated, JobID: job.ID, CorrelationID: job.CorrelationID}, nil
	}
	var remote *concur.Error
	if errors.As(err, &remote) && remote.Kind == concur.KindNotFound {
		return a.notFound(ctx, client, p, remote)
	}
	return posted(err)
}

// lookAfterRefusal leaves the activity time to say what the POST came to.
const lookAfterRefusal = 15 * time.Second

// notFound is a POST that was answered 404: refused, unless Concur no longer lists the definition either.
func (a *Activities) notFound(ctx context.Context, client Concur, p workflows.StartJobParams, refusal *concur.Error) (workflows.StartJobResult, error) {
	looking, cancel := context.WithTimeout(ctx, lookAfterRefusal)
	defer cancel()
	definitions, err := client.Definitions(looking)
	listed := func(d concur.Definition) bool { return d.ID == p.Scope.DefinitionID }
	if err == nil && !slices.ContainsFunc(definitions, listed) {
		return workflows.StartJobResult{}, invalid(refusal.Error() + ". Concur no longer lists the definition: correct definition in tieout.yaml, or ask for access to it")
	}
	return posted(refusal)
}

// proveToken looks at the jobs before another attempt. The last one may have been refused for its token, and by another
// worker: this one may hold the same token still, or find it in the store. A look that is refused gets a fresh one; the
// POST is not repeated, so a second refusal of it would end the run. No outcome means that the attempt can be made.
func proveToken(ctx context.Context, client Concur, p workflows.StartJobParams) (workflows.StartJobResult, error) {
	_, err := client.Jobs(ctx, p.Scope.DefinitionID)
	if err == nil {
		return workflows.StartJobResult{}, nil
	}
	result, err := posted(err)
	if err == nil && result.Outcome != workflows.PostRefused {
		result.Outcome = workflows.PostNotSent // it was a look
	}
	return result, err
}

// begunBefore is the outcome of an attempt whose intent is there already: nothing was sent under a fence, and whether
// an execution that left no answer sent anything is not known.
func (a *Activities) begunBefore(ctx context.Context, p workflows.StartJobParams) workflows.StartJobResult {
	var there intent
	key := a.keys(p.Scope).Intent(p.Scope.BusinessDate, p.Scope.RunID, p.Attempt)
	if err := a.Store.GetJSON(ctx, key, &there); err == nil && there.Fenced {
		return workflows.StartJobResult{Outcome: workflows.PostNotSent, Message: "this attempt was given up before it was made"}
	}
	return workflows.StartJobResult{Outcome: workflows.PostUnknown, Lost: true,
		Message: "this start was begun before, by an execution that left no answer"}
}

// declare writes the intent.
func (a *Activities) declare(ctx context.Context, p workflows.StartJobParams) error {
	key := a.keys(p.Scope).Intent(p.Scope.BusinessDate, p.Scope.RunID, p.Attempt)
	return a.Store.PutJSON(ctx, key, intent{
		Schema: 1, Pipeline: p.Scope.Settings.Name, BusinessDate: p.Scope.BusinessDate, WorkflowID: p.Scope.WorkflowID,
		RunID: p.Scope.RunID, Attempt: p.Attempt, Definition: p.Scope.DefinitionID, JobIDs: p.JobIDs,
		At: time.Now().UTC(), Nonce: uuid.NewString(),
	})
}

// posted sorts a POST that was not answered with a job into DESIGN §5.1's outcomes.
func posted(err error) (workflows.StartJobResult, error) {
	result := workflows.StartJobResult{Outcome: workflows.PostUnknown, Message: err.Error()}
	var remote *concur.Error
	if !errors.As(err, &remote) {
		return result, nil
	}
	result.CorrelationID = remote.CorrelationID
	result.RetryAfter = int(remote.RetryAfter / time.Second)
	switch {
	case remote.Kind == concur.KindNotSent:
		result.Outcome = workflows.PostNotSent
	case remote.OutcomeUnknown():
	case remote.Kind == concur.KindConflict:
		result.Outcome = workflows.PostConflict
	case remote.Kind == concur.KindReauthorize, remote.Kind == concur.KindCredentials:
		return result, final(workflows.CodeConcurAuth, err.Error())
	case remote.Kind == concur.KindRedirect:
		return result, invalid(err.Error())
	default:
		result.Outcome, result.Auth = workflows.PostRefused, remote.Kind == concur.KindAuth
	}
	return result, nil
}
