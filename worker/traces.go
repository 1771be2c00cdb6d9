package main

import (
	"cmp"
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
	"go.uber.org/zap"

	"tieout/internal/app"
)

// traces sends traces by OTLP over gRPC. The zero value sends none.
type traces struct {
	interceptors []interceptor.ClientInterceptor
	provider     *trace.TracerProvider
}

// wantsTraces reports whether the variables of OpenTelemetry ask for traces. It returns an error for an exporter or a
// protocol that is not built in.
func wantsTraces(env func(string) string) (bool, error) {
	exporter := env("OTEL_TRACES_EXPORTER")
	endpoint := cmp.Or(env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), env("OTEL_EXPORTER_OTLP_ENDPOINT"))
	if env("OTEL_SDK_DISABLED") == "true" || exporter == "none" || exporter == "" && endpoint == "" {
		return false, nil
	}
	if exporter != "" && exporter != "otlp" {
		return false, app.Usagef("OTEL_TRACES_EXPORTER=%s: want otlp or none", exporter)
	}
	if protocol := cmp.Or(env("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), env("OTEL_EXPORTER_OTLP_PROTOCOL"), "grpc"); protocol != "grpc" {
		return false, app.Usagef("OTEL_EXPORTER_OTLP_PROTOCOL=%s: want grpc, and the collector's port for it, 4317 as a rule", protocol)
	}
	return true, nil
}

func newTraces(ctx context.Context, log *zap.Logger) (*traces, error) {
	wanted, err := wantsTraces(os.Getenv)
	if err != nil || !wanted {
		return &traces{}, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("OpenTelemetry", zap.Error(err)) }))
	exporter, err := otlptracegrpc.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("sending traces as OTEL_* says: %w", err)
	}
	// The environment can replace the name of the service.
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(
		attribute.String("service.name", "tieout-worker"), attribute.String("service.version", app.Version())), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("reading OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(about))
	tracing, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{Tracer: provider.Tracer("tieout"), AllowInvalidParentSpans: true})
	if err != nil {
		return nil, fmt.Errorf("tracing workflows: %w", err)
	}
	log.Info("Traces are sent by OTLP over gRPC")
	return &traces{interceptors: []interceptor.ClientInterceptor{tracing}, provider: provider}, nil
}

// stop sends the traces that are left.
func (t *traces) stop(log *zap.Logger) {
	if t.provider == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		log.Warn("The last traces were not sent", zap.Error(err))
	}
}
