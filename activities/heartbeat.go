package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

// beat is well below the heartbeat timeout of every activity (workflows/policies.go).
const beat = 3 * time.Second

// keepAlive heartbeats until the returned function is called, so that the server notices a dead worker soon. The
// details are those last noted: a retried attempt begins with them.
func keepAlive(ctx context.Context) (note func(details any), stop func()) {
	var mu sync.Mutex
	var details []any
	if activity.HasHeartbeatDetails(ctx) {
		// Until this attempt has noted something of its own, what the last one left stays.
		details = []any{heartbeatDetails(ctx)}
	}
	send := func() {
		mu.Lock()
		defer mu.Unlock()
		activity.RecordHeartbeat(ctx, details...)
	}
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(beat)
		defer ticker.Stop()
		for {
			send()
			select {
			case <-done:
				return
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
	note = func(d any) {
		mu.Lock()
		details = []any{d}
		mu.Unlock()
		send()
	}
	return note, sync.OnceFunc(func() { close(done); running.Wait() })
}

// heartbeatDetails is what the last attempt noted, as plain JSON.
func heartbeatDetails(ctx context.Context) any {
	var details any
	if err := activity.GetHeartbeatDetails(ctx, &details); err != nil {
		return nil
	}
	return details
}
