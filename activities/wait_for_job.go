package activities

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"go.temporal.io/sdk/activity"

	"tieout/concur"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// WaitForJob asks once for the job's status. "Not yet" is a failed attempt that the server repeats with backoff; its
// message is the progress that people see in the pending activity: "Running for 12m, poll 9, next in 60s".
func (a *Activities) WaitForJob(ctx context.Context, p contract.JobParams) (contract.Job, error) {
	r := a.run(p.Scope)
	client, err := r.concur(ctx)
	if err != nil {
		return contract.Job{}, err
	}
	info := activity.GetInfo(ctx)
	pause := pollPause(p.Scope.Settings.Poll, info.Attempt)
	job, err := client.JobStatus(ctx, p.Scope.DefinitionID, p.JobID)
	if err != nil {
		return r.waitFailed(ctx, p, pause, err)
	}
	switch job.State {
	case concur.Completed:
		return describe(p, job), nil
	case concur.Failed:
		return contract.Job{}, final(contract.CodeConcurJobFailed, fmt.Sprintf(
			"Concur's job %s ended as %q and made no file. Look at the extract's log in Concur, then start the run again.", p.JobID, job.Status))
	}
	state := job.Status
	if job.State == concur.Unknown {
		state = fmt.Sprintf("Status %q, which is not a known one,", job.Status)
	}
	return contract.Job{}, notYet(ctx, fmt.Sprintf("%s for %s, poll %d, next in %s",
		state, short(time.Since(info.ScheduledTime)), info.Attempt, short(clamp(ctx, pause))), pause)
}

// waitFailed maps the error of a poll. A job that was started may not be known yet and is asked for again; one that a
// person named does not exist.
func (r *run) waitFailed(ctx context.Context, p contract.JobParams, pause time.Duration, err error) (contract.Job, error) {
	const doing = "Asking for the job's status"
	if remote, ok := errors.AsType[*concur.Error](err); ok && remote.Kind == concur.KindNotFound {
		if landed, _, readErr := r.Current(ctx, contract.JobKey(p.JobID)); readErr == nil {
			return resultJob(landed.Job), nil // Concur has forgotten it, and it has landed
		}
		if p.Origin == contract.OriginGiven {
			return contract.Job{}, invalid(fmt.Sprintf("%s: %v", doing, err)) // whoever named it waits for the answer
		}
		return contract.Job{}, again(ctx, fmt.Sprintf("%s: %v; next in %s", doing, err, short(pause)), pause)
	}
	return contract.Job{}, pollFailed(ctx, doing, pause, err)
}

// pollFailed keeps on polling, however many polls there were before, because an outage passes. A rejected token and an
// unknown id need a person, once Concur has answered so several times in a row.
func pollFailed(ctx context.Context, doing string, pause time.Duration, err error) error {
	remote, ok := errors.AsType[*concur.Error](err)
	if !ok || ctx.Err() != nil {
		return failed(ctx, doing, err)
	}
	switch remote.Kind {
	case concur.KindAuth, concur.KindNotFound:
		refusals := refusalsSoFar(ctx) + 1
		noteRefusals(ctx, refusals)
		return concurFailed(ctx, refusals, doing, remote)
	case concur.KindReauthorize, concur.KindCredentials:
		return failed(ctx, doing, err)
	}
	if unsendable(remote) {
		return failed(ctx, doing, err)
	}
	noteRefusals(ctx, 0)
	message := doing + ": " + advised(err)
	if pause = max(pause, remote.RetryAfter); pause > 0 {
		message += "; next in " + short(pause)
	}
	return again(ctx, message, pause)
}

// refusalsSoFar returns how often in a row the poll was refused. The number of the attempt does not say it, because a
// successful poll of a running job is a failed attempt too.
func refusalsSoFar(ctx context.Context) int {
	var last contract.Heartbeat
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &last) != nil {
		return 0
	}
	return last.Refusals
}

func noteRefusals(ctx context.Context, refusals int) {
	if refusals != refusalsSoFar(ctx) {
		note(ctx, contract.Heartbeat{Refusals: refusals})
	}
}

// pollPause returns the pause after an attempt. It grows from the first pause to the longest.
func pollPause(p pipeline.Poll, attempt int32) time.Duration {
	pause := float64(p.First) * math.Pow(contract.PollGrowth, float64(attempt-1))
	return time.Duration(min(pause, float64(p.Max)))
}

// short returns a duration as people say it: 12m, 60s.
func short(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()+0.5))
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}
