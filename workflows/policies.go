package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// Every option literal of the project stands in this file. A worker that dies is noticed after heartbeatTimeout,
// because every activity heartbeats; each activity has a bound per attempt and a bound in all.
const (
	heartbeatTimeout = 20 * time.Second

	// startReminder and reviewReminder are how long people have before they are told again that a run waits for them.
	startReminder  = 4 * time.Hour
	reviewReminder = 24 * time.Hour
	// longestRun bounds how long one workflow waits for another, which a person may hold for weeks.
	longestRun = 90 * 24 * time.Hour
	// refusalsBeforeGivingUp bounds what is tried again after Concur said plainly that nothing was started.
	refusalsBeforeGivingUp = 20
	// startAttempt bounds one attempt at the POST, from its task on: legacy services answer within 60 s, and the client
	// gives up after 90. A run that lost its worker looks for the job from then on.
	startAttempt = 2 * time.Minute
	// longestOutage is how long a run stands by while Concur or S3 cannot be reached.
	longestOutage = 24 * time.Hour
	// tieOutOpenings bounds how many numbers one tie-out may take.
	tieOutOpenings = 3
	// recoveredANight is how many left-over jobs a night takes up unasked, recoveredAtOnce how many of their runs land or
	// tie out at the same time: what many nights left must not take the worker from tonight.
	recoveredANight = 10
	recoveredAtOnce = 4
	// namedLeftOver bounds how many left-over jobs a result names.
	namedLeftOver = 100
	// lookPatience is how long a tie-out waits for the look for left-over jobs.
	lookPatience = time.Minute
	// recoveredPatience is how long a run that is done waits for the jobs it recovered.
	recoveredPatience = 10 * time.Minute
)

// retry is for everything that may be repeated: the server retries with backoff, Retry-After comes as NextRetryDelay.
func retry() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute}
}

// read is for activities that ask and look.
func read(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    10 * time.Minute,
		ScheduleToCloseTimeout: longestOutage,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            retry(),
	}
}

// begin is for starting a run or joining it, which one atomic call does.
func begin(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                line("%s", summary),
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: longestOutage,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            retry(),
	}
}

// follow is for waiting for another workflow: "still running" is a failed attempt that the server repeats, a minute
// apart at most.
func follow(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: longestRun,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: contract.PollGrowth, MaximumInterval: time.Minute},
	}
}

// post is for the one request that must not be repeated: a single attempt, and no bound on waiting for a worker.
func post(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:             summary,
		StartToCloseTimeout: startAttempt,
		HeartbeatTimeout:    heartbeatTimeout,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	}
}

// poll is for waiting on Concur: "not yet" is a failed attempt that the server repeats, so history does not grow.
func poll(summary string, p pipeline.Poll, bound time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    5 * time.Minute,
		ScheduleToCloseTimeout: bound,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Duration(p.First), BackoffCoefficient: contract.PollGrowth, MaximumInterval: time.Duration(p.Max),
		},
	}
}

// lastLook is for what was polled until its deadline: a few attempts, for the first may meet a moment's trouble.
func lastLook(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    5 * time.Minute,
		ScheduleToCloseTimeout: 15 * time.Minute,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 2, MaximumAttempts: 3},
	}
}

// transfer is for activities that move or read whole files: hours are fine as long as bytes flow.
func transfer(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    longestOutage,
		ScheduleToCloseTimeout: 2 * longestOutage,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            retry(),
	}
}

// notice is for telling people: tried for a day, then given up.
func notice(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: longestOutage,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            retry(),
	}
}
