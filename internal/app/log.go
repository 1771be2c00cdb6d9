package app

import (
	"go.temporal.io/sdk/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// NewLog is the process's logger: JSON lines for machines, plain ones for a terminal.
func NewLog(format, level string) (*zap.Logger, error) {
	settings := zap.NewProductionConfig()
	settings.EncoderConfig.EncodeTime = zapcore.RFC3339TimeEncoder
	settings.Sampling = nil
	settings.DisableStacktrace = true
	if format == "console" {
		settings.Encoding = "console"
		settings.EncoderConfig.EncodeLevel = zapcore.CapitalLevelEncoder
	}
	parsed, err := zapcore.ParseLevel(level)
	if err != nil {
		return nil, err
	}
	settings.Level = zap.NewAtomicLevelAt(parsed)
	return settings.Build()
}

// TemporalLog lets the Temporal SDK log through zap.
func TemporalLog(l *zap.Logger) log.Logger {
	return sdkLog{l.WithOptions(zap.AddCallerSkip(1)).Sugar()}
}

type sdkLog struct{ to *zap.SugaredLogger }

func (l sdkLog) Debug(message string, pairs ...any) { l.to.Debugw(message, pairs...) }
func (l sdkLog) Info(message string, pairs ...any)  { l.to.Infow(message, pairs...) }
func (l sdkLog) Warn(message string, pairs ...any)  { l.to.Warnw(message, pairs...) }
func (l sdkLog) Error(message string, pairs ...any) { l.to.Errorw(message, pairs...) }
func (l sdkLog) With(pairs ...any) log.Logger       { return sdkLog{l.to.With(pairs...)} }
