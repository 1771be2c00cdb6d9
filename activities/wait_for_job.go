package activities

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"go.temporal.io/sdk/activity"

	"tieout/concur"
	"tieout/internal/pipeline"
	"tieout/workflows"
)

// WaitForJob asks once for the job's status. "Not yet" is a failed attempt that the server repeats with backoff; its
// message is the progress that people see in the pending activity: "Running for 12m, poll 9, next in 60s".
func (a *Activities) WaitForJob(ctx context.Context, p workflows.JobParams) (workflows.Job, error) {
	client, err := a.concur(p.Scope)
	if err != nil {
		return workflows.Job{}, err
	}
	info := activity.GetInfo(ctx)
	pause := pollPause(p.Scope.Settings.Poll, info.Attempt)
	job, err := client.JobStatus(ctx, p.Scope.DefinitionID, p.JobID)
	if err != nil {
		return workflows.Job{}, a.waitFailed(ctx, p, pause, err)
	}
	switch job.State {
	case concur.Completed:
		return describe(p, job), nil
	case concur.Failed:
		return workflows.Job{}, final(workflows.CodeConcurJobFailed, fmt.Sprintf(
			"Concur's job %s ended as %q and made no file. Look at the extract's log in Concur, then start the run again.", p.JobID, job.Status))
	}
	state := job.Status
	if job.State == concur.Unknown {
		state = fmt.Sprintf("Status %q, which is not a known one,", job.Status)
	}
	return workflows.Job{}, notYet(ctx, fmt.Sprintf("%s for %s, poll %d, next in %s",
		state, short(time.Since(info.ScheduledTime)), info.Attempt, short(clamp(ctx, pause))), pause)
}

// waitFailed keeps on asking: only a person can mend a rejected token, and a job that was never there.
func (a *Activities) waitFailed(ctx context.Context, p workflows.JobParams, pause time.Duration, err error) error {
	var remote *concur.Error
	if errors.As(err, &remote) && remote.Kind != concur.KindAuth && remote.Kind != concur.KindReauthorize &&
		(remote.Kind != concur.KindNotFound || p.Origin != workflows.OriginGiven) {
		return again(ctx, fmt.Sprintf("Asking for the job's status: %v; next in %s", err, short(max(pause, remote.RetryAfter))), max(pause, remote.RetryAfter))
	}
	return failed(ctx, "Asking for the job's status", err)
}

// pollPause grows from the first pause to the longest.
func pollPause(p pipeline.Poll, attempt int32) time.Duration {
	pause := float64(p.First) * math.Pow(workflows.PollGrowth, float64(attempt-1))
	return time.Duration(min(pause, float64(p.Max)))
}

// short is a duration as people say it: 12m, 60s.
func short(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()+0.5))
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}
