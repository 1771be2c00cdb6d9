package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// All options of activities stand in this file. Every activity heartbeats, so the server notices after heartbeatTimeout
// that a worker has died. Every activity has a timeout for one attempt, and all but the POST have one for all attempts.
const (
	heartbeatTimeout = 20 * time.Second

	// startReminder and reviewReminder are the times after which people are told again that a run waits for them.
	startReminder  = 4 * time.Hour
	reviewReminder = 24 * time.Hour
	// longestRun is how long one workflow waits for another, which a person may hold for weeks.
	longestRun = 90 * 24 * time.Hour
	// refusalsBeforeGivingUp is after how many plain refusals by Concur a run fails.
	refusalsBeforeGivingUp = 20
	// startAttempt is the timeout of one attempt at the POST. Concur's legacy services answer within 60 s, and the client
	// gives up after 90 s. A run that lost its worker counts the visibility window from the end of this time.
	startAttempt = 2 * time.Minute
	// longestOutage is how long a run waits while Concur or S3 cannot be reached.
	longestOutage = 24 * time.Hour
	// tieOutOpenings is how many numbers one tie-out may use up.
	tieOutOpenings = 3
	// recoveredANight is how many left-over jobs a run takes up unless a person asks for more. recoveredAtOnce is how many
	// of their runs land or tie out at the same time, so that they leave the worker to the run's own job.
	recoveredANight = 10
	recoveredAtOnce = 4
	// namedLeftOver is how many left-over jobs a result names at most.
	namedLeftOver = 100
	// lookPatience is how long a tie-out waits for the search for left-over jobs.
	lookPatience = time.Minute
	// recoveredPatience is how long a run waits, after its own work, for the jobs that it took up.
	recoveredPatience = 10 * time.Minute
)

// retry is for everything that may be repeated. A Retry-After of Concur overrides its intervals as NextRetryDelay.
func retry() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute}
}

// read is for activities that read, and for those that write a few small objects.
func read(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    10 * time.Minute,
		ScheduleToCloseTimeout: longestOutage,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            retry(),
	}
}

// begin is for starting or joining a run, which is one atomic call to Temporal.
func begin(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                line("%s", summary),
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: longestOutage,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            retry(),
	}
}

// follow is for waiting for another workflow. "Still running" is a failed attempt, which the server repeats at least once
// a minute.
func follow(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: longestRun,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: contract.PollGrowth, MaximumInterval: time.Minute},
	}
}

// post is for the one request that must not be repeated. It has a single attempt, and waits for a worker without limit.
func post(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:             summary,
		StartToCloseTimeout: startAttempt,
		HeartbeatTimeout:    heartbeatTimeout,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	}
}

// poll is for waiting for Concur. "Not yet" is a failed attempt, which the server repeats without a mark in the history.
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

// lastLook is for looking once more after the deadline of a poll. It has a few attempts against short disturbances.
func lastLook(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    5 * time.Minute,
		ScheduleToCloseTimeout: 15 * time.Minute,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 5 * time.Second, BackoffCoefficient: 2, MaximumAttempts: 3},
	}
}

// transfer is for activities that move or read whole files, which may take hours as long as they heartbeat.
func transfer(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    longestOutage,
		ScheduleToCloseTimeout: 2 * longestOutage,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            retry(),
	}
}

// notice is for sending a notice, which is given up after a day.
func notice(summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		Summary:                summary,
		StartToCloseTimeout:    time.Minute,
		ScheduleToCloseTimeout: longestOutage,
		HeartbeatTimeout:       heartbeatTimeout,
		RetryPolicy:            retry(),
	}
}
