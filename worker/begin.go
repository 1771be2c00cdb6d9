package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"

	"tieout/internal/app"
)

// longestPause is how long a worker waits, at most, before it asks again for a Temporal that does not answer.
const longestPause = 30 * time.Second

// polling is a worker that takes work.
type polling struct {
	client    client.Client
	worker    worker.Worker
	namespace string
}

func (p *polling) stop() {
	p.worker.Stop()
	p.client.Close()
}

// begin starts to take work, as soon as Temporal answers. A worker that is started before Temporal, or while that is too
// busy to answer, must be there afterwards: nobody else goes on with the runs. What Temporal refuses, or a person has to
// correct, is an error at once.
func begin(ctx context.Context, parts *app.Service, state *health, log *zap.Logger, adjust func(*client.Options), change func(*worker.Options)) (*polling, error) {
	for pause := time.Second; ; pause = min(2*pause, longestPause) {
		p, err := beginOnce(ctx, parts, log, adjust, change)
		if err == nil || !unanswered(err) {
			return p, err
		}
		state.notReady(err.Error())
		log.Warn("Temporal does not answer; the worker goes on asking", zap.Error(err), zap.Duration("again in", pause))
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

func beginOnce(ctx context.Context, parts *app.Service, log *zap.Logger, adjust func(*client.Options), change func(*worker.Options)) (*polling, error) {
	c, namespace, err := app.Dial(ctx, log, adjust)
	if err != nil {
		return nil, err
	}
	attributesErr := app.EnsureSearchAttributes(ctx, c, namespace)
	switch {
	case unanswered(attributesErr):
		c.Close()
		return nil, attributesErr
	case attributesErr != nil:
		log.Warn("Runs go on without search attributes", zap.Error(attributesErr))
	default:
		log.Info("Search attributes are registered", zap.String("namespace", namespace))
	}
	w := parts.NewWorker(c, attributesErr == nil, change)
	if err := w.Start(); err != nil {
		c.Close()
		return nil, fmt.Errorf("starting the worker in namespace %s: %w", namespace, err)
	}
	return &polling{c, w, namespace}, nil
}

// unanswered tells that Temporal was not there, or did not answer in time: not that a setting is wrong.
func unanswered(err error) bool {
	var dialing *app.DialError
	if errors.As(err, &dialing) {
		return !dialing.Setting
	}
	var unavailable *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	return errors.As(err, &unavailable) || errors.As(err, &late) || errors.Is(err, context.DeadlineExceeded)
}
