package stack

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/temporal"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// serverLog is the server's log. A server that gives up writes a fatal entry, which would end the process: while the server
// starts, the log makes an error of it.
type serverLog struct {
	zap     *zap.Logger
	file    *os.File
	started atomic.Bool

	mu    sync.Mutex
	fatal string
}

// openServerLog opens a log that appends warnings and errors to a file.
func openServerLog(path string) (*serverLog, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the server's log: %w", err)
	}
	encoding := zap.NewProductionEncoderConfig()
	encoding.EncodeTime = zapcore.ISO8601TimeEncoder
	l := &serverLog{file: file}
	// Some of the server's goroutines outlive it for a moment: what they write after Close is dropped in silence.
	l.zap = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(encoding), file, zapcore.WarnLevel),
		zap.ErrorOutput(zapcore.AddSync(io.Discard)), zap.WithFatalHook(l))
	return l, nil
}

// OnWrite handles a fatal entry. While the server starts, it ends the goroutine and leaves the reason to startServer; later
// it ends the process, as the server expects.
func (l *serverLog) OnWrite(entry *zapcore.CheckedEntry, fields []zapcore.Field) {
	text := []string{entry.Message}
	for _, field := range fields {
		if err, ok := field.Interface.(error); ok {
			text = append(text, err.Error())
		}
	}
	reason := strings.Join(text, ": ")
	if l.started.Load() {
		fmt.Fprintln(os.Stderr, "The Temporal server gave up:", reason)
		os.Exit(1)
	}
	l.mu.Lock()
	l.fatal = reason
	l.mu.Unlock()
	runtime.Goexit()
}

// startServer builds and starts a server in a goroutine of its own, which a fatal entry may end.
func (l *serverLog) startServer(cfg *config.Config) (temporal.Server, error) {
	type outcome struct {
		server temporal.Server
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		result := outcome{err: errors.New("the server gave up")}
		defer func() { done <- result }()
		server, err := newServer(cfg, log.NewZapLogger(l.zap))
		if err == nil {
			err = server.Start()
		}
		result = outcome{server: server, err: err}
	}()
	result := <-done
	l.started.Store(result.err == nil)

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal != "" {
		result.err = errors.Join(errors.New(l.fatal), result.err)
	}
	return result.server, result.err
}

func newServer(cfg *config.Config, logger log.Logger) (temporal.Server, error) {
	authorizer, err := authorization.GetAuthorizerFromConfig(&cfg.Global.Authorization)
	if err != nil {
		return nil, fmt.Errorf("choosing the authorizer: %w", err)
	}
	claims, err := authorization.GetClaimMapperFromConfig(&cfg.Global.Authorization, logger)
	if err != nil {
		return nil, fmt.Errorf("choosing the claim mapper: %w", err)
	}
	// Without a checksum the server's own workers would read the whole executable (above 200 MB) to compute one.
	worker.SetBinaryChecksum("tieout-local")
	return temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		staticHosts(cfg),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	)
}

// Close closes the log file.
func (l *serverLog) Close() error { return l.file.Close() }

// quiet is an SDK logger for connections whose errors are returned anyway.
var quiet = sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))
