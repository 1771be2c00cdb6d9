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

// longestPause is the longest time between two attempts to reach a Temporal that does not answer.
const longestPause = 30 * time.Second

// polling is a worker that polls its task queue, with its client.
type polling struct {
	client    client.Client
	worker    worker.Worker
	namespace string
}

func (p *polling) stop() {
	p.worker.Stop()
	p.client.Close()
}

// begin starts a worker as soon as Temporal answers. It keeps trying while Temporal does not, because without a worker
// no run goes on. It returns an error at once where Temporal refuses, or where a person has to correct a setting.
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

// unanswered reports whether Temporal did not answer in time, as opposed to a wrong setting.
func unanswered(err error) bool {
	if dialing, ok := errors.AsType[*app.DialError](err); ok {
		return !dialing.Setting
	}
	_, unavailable := errors.AsType[*serviceerror.Unavailable](err)
	_, late := errors.AsType[*serviceerror.DeadlineExceeded](err)
	return unavailable || late || errors.Is(err, context.DeadlineExceeded)
}
