package activities

import (
	"context"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
)

// heartbeatPeriod is well below the heartbeat timeout of every activity (workflows/policies.go).
const heartbeatPeriod = 3 * time.Second

// KeepAlive sends heartbeats for every activity of a worker while the activity runs. So the server soon notices a worker
// that died, and does not give up one that waits for a slow answer.
type KeepAlive struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity is called by the worker.
func (*KeepAlive) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &keptAlive{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type keptAlive struct {
	interceptor.ActivityInboundInterceptorBase
}

func (k *keptAlive) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	heart := &heart{}
	if activity.HasHeartbeatDetails(ctx) {
		// Until this attempt has noted something of its own, what the last one left stays: as it is, for a checkpoint
		// holds numbers that a float64 would round.
		var left converter.RawValue
		if err := activity.GetHeartbeatDetails(ctx, &left); err == nil {
			heart.details = []any{left}
		}
	}
	done := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() { heart.run(ctx, done) })
	defer func() { close(done); sending.Wait() }()
	return k.Next.ExecuteActivity(context.WithValue(ctx, heartKey{}, heart), in)
}

// heart is the heartbeat of one attempt.
type heart struct {
	mu      sync.Mutex
	details []any
}

type heartKey struct{}

func (h *heart) run(ctx context.Context, done <-chan struct{}) {
	ticker := time.NewTicker(heartbeatPeriod)
	defer ticker.Stop()
	for {
		h.send(ctx)
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (h *heart) send(ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	activity.RecordHeartbeat(ctx, h.details...)
}

// note keeps how far the activity has come. People see it, and the next attempt begins with it.
func note(ctx context.Context, details any) {
	if h, ok := ctx.Value(heartKey{}).(*heart); ok {
		h.mu.Lock()
		h.details = []any{details}
		h.mu.Unlock()
		h.send(ctx)
		return
	}
	activity.RecordHeartbeat(ctx, details)
}
