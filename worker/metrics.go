package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.uber.org/zap"

	"tieout/concur"
	"tieout/internal/app"
)

const (
	// tokenLook is the time between two looks at the ages of refresh tokens, which live for six months.
	tokenLook = time.Minute
	// tokenTimeout is how long a token store has to answer.
	tokenTimeout = 10 * time.Second
)

// latencies are the bounds of the histograms in seconds, from a workflow task to a job that takes the night.
var latencies = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 12 * 3600}

// metrics holds the metrics of Temporal's SDK, of the process and of tieout.
type metrics struct {
	registry *prometheus.Registry
	// temporal receives the metrics of Temporal's SDK.
	temporal client.MetricsHandler
	tokenAge *prometheus.GaugeVec
	log      *zap.Logger
}

func newMetrics(log *zap.Logger) (*metrics, error) {
	m := &metrics{registry: prometheus.NewRegistry(), log: log,
		tokenAge: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "tieout_refresh_token_age_seconds",
			Help: "Time since a connection's refresh token was first received. Absent while nothing is known of one.",
		}, []string{"connection"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "tieout_build_info", Help: "1; the version is a label.", ConstLabels: prometheus.Labels{"version": app.Version()}})
	build.Set(1)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), m.tokenAge, build)
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(m.registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		return nil, fmt.Errorf("exporting Temporal's metrics: %w", err)
	}
	provider := metric.NewMeterProvider(metric.WithReader(exporter), metric.WithView(metric.NewView(
		metric.Instrument{Kind: metric.InstrumentKindHistogram},
		metric.Stream{Aggregation: metric.AggregationExplicitBucketHistogram{Boundaries: latencies}})))
	m.temporal = opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: provider.Meter("temporal-sdk-go"), UseMonotonicCounters: true,
		OnError: func(err error) { log.Warn("A metric of Temporal's SDK is left out", zap.Error(err)) },
	})
	return m, nil
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Timeout: 10 * time.Second})
}

// watchTokens updates the ages of the refresh tokens until ctx ends, so that a scrape never waits for a token store.
func (m *metrics) watchTokens(ctx context.Context, tokens map[string]*concur.OAuth2) {
	ticker := time.NewTicker(tokenLook)
	defer ticker.Stop()
	for {
		for connection, token := range tokens {
			m.lookAtToken(ctx, connection, token)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// refreshToken is the part of a connection's tokens that metrics need.
type refreshToken interface {
	RefreshTokenAge(ctx context.Context) (time.Duration, bool, error)
}

func (m *metrics) lookAtToken(ctx context.Context, connection string, token refreshToken) {
	asked, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	age, known, err := token.RefreshTokenAge(asked)
	if err != nil && ctx.Err() == nil {
		m.log.Warn("The age of a refresh token cannot be told", zap.String("connection", connection), zap.Error(err))
	}
	if err != nil || !known {
		m.tokenAge.DeleteLabelValues(connection) // an old figure would say that all is well
		return
	}
	m.tokenAge.WithLabelValues(connection).Set(age.Seconds())
}
