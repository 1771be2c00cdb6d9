package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"tieout/internal/app"
)

// askTimeout is how long Temporal has to answer a health check. A probe should allow a little more.
const askTimeout = 2 * time.Second

// temporal is the part of a client that readiness needs.
type temporal interface {
	CheckHealth(ctx context.Context, request *client.CheckHealthRequest) (*client.CheckHealthResponse, error)
}

// health knows whether the worker polls. S3 and Concur are not part of it, because runs wait for them and restarting a
// worker would not bring them back.
type health struct {
	mu      sync.Mutex
	client  temporal
	because string
}

func newHealth() *health { return &health{because: "the worker is starting"} }

// ready notes that the worker polls. From then on check asks Temporal as well.
func (h *health) ready(c temporal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.client, h.because = c, ""
}

func (h *health) notReady(because string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.because = because
}

// check returns nil where the worker polls and Temporal answers.
func (h *health) check(ctx context.Context) error {
	h.mu.Lock()
	c, because := h.client, h.because
	h.mu.Unlock()
	if because != "" {
		return errors.New(because)
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	if _, err := c.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("asking Temporal: %w", err)
	}
	return nil
}

// served is the listener for health, readiness and metrics.
type served struct {
	server *http.Server
	failed chan error
}

// serve listens on an address for /healthz, /readyz and the /metrics of Prometheus. An empty address means not to listen.
func serve(address string, state *health, measured *metrics, log *zap.Logger) (*served, error) {
	s := &served{failed: make(chan error, 1)}
	if address == "" {
		return s, nil
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, app.Usagef("--listen %s: want host:port, such as 127.0.0.1:9464 or :9464 for every interface", address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for health and metrics (--listen): %w", err)
	}
	s.server = &http.Server{Handler: routes(state, measured), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	go func() {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	log.Info("Health, readiness and metrics are served", zap.String("address", listener.Addr().String()))
	return s, nil
}

func routes(state *health, measured *metrics) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := state.check(r.Context()); err != nil {
			say(w, http.StatusServiceUnavailable, "not ready: "+err.Error())
			return
		}
		say(w, http.StatusOK, "ready")
	})
	mux.Handle("GET /metrics", measured.handler())
	return mux
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}

// stop closes the listener after the requests that it is serving.
func (s *served) stop() {
	if s.server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	_ = s.server.Shutdown(ctx) // what does not end in time ends with the process
}
