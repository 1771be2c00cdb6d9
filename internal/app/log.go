package app

import (
	"go.temporal.io/sdk/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// NewLog returns the logger of a process, which writes JSON lines or, in the format console, plain ones.
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

// TemporalLog returns a logger for the Temporal SDK that writes to l.
func TemporalLog(l *zap.Logger) log.Logger {
	return sdkLog{l.WithOptions(zap.AddCallerSkip(1)).Sugar()}
}

type sdkLog struct{ to *zap.SugaredLogger }

func (l sdkLog) Debug(message string, pairs ...any) { l.to.Debugw(message, pairs...) }
func (l sdkLog) Info(message string, pairs ...any)  { l.to.Infow(message, pairs...) }
func (l sdkLog) Warn(message string, pairs ...any)  { l.to.Warnw(message, pairs...) }
func (l sdkLog) Error(message string, pairs ...any) { l.to.Errorw(message, pairs...) }
func (l sdkLog) With(pairs ...any) log.Logger       { return sdkLog{l.to.With(pairs...)} }
