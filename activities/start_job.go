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
	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// StartJob sends the one POST of an attempt and returns its outcome. Nothing repeats the POST: the client does not, the
// activity has a single attempt, and the intent object stops a second execution.
func (a *Activities) StartJob(ctx context.Context, p contract.StartJobParams) (contract.StartJobResult, error) {
	r := a.run(p.Scope)
	client, ok := r.Connections[p.Scope.Settings.Connection]
	if !ok { // the activity has a single attempt; the run makes another
		return contract.StartJobResult{Outcome: contract.PostNotSent, Free: true, Message: noConnection(p.Scope)}, nil
	}
	if p.Attempt > 1 {
		if result := proveToken(ctx, client, p); result.Outcome != "" {
			return result, nil
		}
	}
	declared := r.now().Round(0) // without the monotonic reading, which does not count the time that a machine was suspended
	if result := r.declare(ctx, p); result.Outcome != "" {
		return result, nil
	}
	// A machine that stood still since has been given up by the run, which may be looking at the list already. Whoever
	// settles the attempt later counts from the note as well.
	if r.now().Round(0).After(declared.Add(activity.GetInfo(ctx).StartToCloseTimeout)) {
		return contract.StartJobResult{Outcome: contract.PostNotSent, Message: "the worker stood still for too long to ask Concur"}, nil
	}
	job, err := client.StartJob(ctx, p.Scope.DefinitionID)
	if err == nil {
		r.claimAtOnce(ctx, contract.JobParams{Scope: p.Scope, JobID: job.ID, Origin: contract.OriginStarted, Attempt: p.Attempt})
		return contract.StartJobResult{Outcome: contract.PostCreated, JobID: job.ID, CorrelationID: job.CorrelationID}, nil
	}
	if remote, ok := errors.AsType[*concur.Error](err); ok && remote.Kind == concur.KindNotFound {
		return r.notFound(ctx, client, p, remote), nil
	}
	return posted(err), nil
}

// lookAfterRefusal bounds the look after a refusal, so that the activity has time to return the outcome.
const lookAfterRefusal = 15 * time.Second

// notFound returns the outcome of a POST that was answered 404. It asks whether Concur still lists the definition.
func (r *run) notFound(ctx context.Context, client Concur, p contract.StartJobParams, refusal *concur.Error) contract.StartJobResult {
	looking, cancel := context.WithTimeout(ctx, lookAfterRefusal)
	defer cancel()
	definitions, err := client.Definitions(looking)
	listed := func(d concur.Definition) bool { return d.ID == p.Scope.DefinitionID }
	if err == nil && !slices.ContainsFunc(definitions, listed) {
		return contract.StartJobResult{Outcome: contract.PostRefused, Code: contract.CodeConfigInvalid,
			Message: refusal.Error() + ". Concur no longer lists the definition: correct definition in tieout.yaml, or ask for access to it"}
	}
	return posted(refusal)
}

// proveToken looks at the jobs before another attempt. The last one may have been refused for its token, and by another
// worker: this one may hold the same token still, or find it in the store. A look that is refused gets a fresh one; the
// POST is not repeated, so a second refusal of it would end the run. No outcome means that the attempt can be made.
func proveToken(ctx context.Context, client Concur, p contract.StartJobParams) contract.StartJobResult {
	_, err := client.Jobs(ctx, p.Scope.DefinitionID)
	if err == nil {
		return contract.StartJobResult{}
	}
	result := posted(err)
	if result.Outcome != contract.PostRefused {
		result.Outcome = contract.PostNotSent // it was a look
	}
	result.Free = true
	return result
}

// declare writes the intent of the attempt, then checks that no other run of the slot has declared one that this run does
// not know of. No outcome means that the POST can be made.
func (r *run) declare(ctx context.Context, p contract.StartJobParams) contract.StartJobResult {
	note := r.intentOf(p.Attempt)
	note.JobIDs = p.JobIDs
	if err := r.WriteIntent(ctx, note); err != nil {
		if isConflict(err) {
			return r.declaredBefore(ctx, p)
		}
		if message, permanent := bucket.Permanent(err); permanent {
			return contract.StartJobResult{Outcome: contract.PostNotSent, Free: true, Code: contract.CodeConfigInvalid, Message: message}
		}
		return contract.StartJobResult{Outcome: contract.PostNotSent, Free: true, Nonce: note.Nonce,
			Message: fmt.Sprintf("noting the start in S3 failed: %v", err)}
	}
	last, err := r.LastAttempt(ctx, note.BusinessDate, note.Slot)
	switch {
	case err != nil:
		return contract.StartJobResult{Outcome: contract.PostNotSent, Message: fmt.Sprintf("looking at the date's other starts in S3 failed: %v", err)}
	case last > p.Attempt:
		return contract.StartJobResult{Outcome: contract.PostNotSent, Others: true, Message: "another run of the date has begun to start a job"}
	}
	return contract.StartJobResult{}
}

// intentOf returns the intent of an attempt.
func (r *run) intentOf(attempt int) evidence.Intent {
	scope := r.scope
	return evidence.Intent{
		BusinessDate: scope.BusinessDate, Slot: scope.Slot.Word(), Attempt: attempt, Namespace: scope.Namespace,
		WorkflowID: scope.WorkflowID, RunID: scope.RunID, Definition: scope.DefinitionID, At: r.now().UTC(), Nonce: uuid.NewString(),
	}
}

// declaredBefore returns the outcome of an attempt whose number is taken. Nothing was sent after a fence or after a note of
// this run that S3 did not seem to have; whether an execution that left no answer sent anything is not known. The run may
// have come further before it was reset: what the date has come to is looked at first, as after another run's attempt.
func (r *run) declaredBefore(ctx context.Context, p contract.StartJobParams) contract.StartJobResult {
	there, err := r.Intent(ctx, p.Scope.BusinessDate, p.Scope.Slot.Word(), p.Attempt)
	switch {
	case err != nil:
		return contract.StartJobResult{Outcome: contract.PostUnknown, Lost: true, Message: fmt.Sprintf("reading the note of the start failed: %v", err)}
	case there.RunID == p.Scope.RunID && !there.Fenced && !slices.Contains(p.Unsent, there.Nonce):
		return contract.StartJobResult{Outcome: contract.PostNotSent, Others: true, Message: "this start was begun before, by an execution that left no answer"}
	case there.RunID != p.Scope.RunID:
		return contract.StartJobResult{Outcome: contract.PostNotSent, Others: true, Message: "another run of the date has begun to start a job"}
	}
	return contract.StartJobResult{Outcome: contract.PostNotSent, Message: "this attempt was given up before it was made"}
}

// posted returns the outcome of a POST that was not answered with a job.
func posted(err error) contract.StartJobResult {
	result := contract.StartJobResult{Outcome: contract.PostUnknown, Message: advised(err)}
	remote, ok := errors.AsType[*concur.Error](err)
	if !ok {
		return result
	}
	result.CorrelationID = remote.CorrelationID
	result.RetryAfter = int(remote.RetryAfter / time.Second)
	switch {
	case remote.Kind == concur.KindNotSent:
		result.Outcome = contract.PostNotSent
	case remote.OutcomeUnknown():
	case remote.Kind == concur.KindConflict:
		result.Outcome = contract.PostConflict
	case remote.Kind == concur.KindReauthorize, remote.Kind == concur.KindCredentials:
		result.Outcome, result.Code = contract.PostRefused, contract.CodeConcurAuth
	case remote.Kind == concur.KindRedirect:
		result.Outcome, result.Code = contract.PostRefused, contract.CodeConfigInvalid
	default:
		result.Outcome, result.Auth = contract.PostRefused, remote.Kind == concur.KindAuth
	}
	return result
}
