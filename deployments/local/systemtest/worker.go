package systemtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.temporal.io/sdk/client"
	"go.uber.org/zap"

	"tieout/internal/app"
	"tieout/internal/bucket"
	"tieout/internal/config"
)

// Worker is the built worker as a process.
type Worker struct {
	command *exec.Cmd
	ended   chan struct{}
	kill    sync.Once
}

// Hire starts a worker process.
func (s *Shift) Hire(ctx context.Context) (*Worker, error) {
	binary, err := s.ground.Build(ctx, "./worker")
	if err != nil {
		return nil, err
	}
	log, err := s.newLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	w := &Worker{command: exec.Command(binary, "--listen", ""), ended: make(chan struct{})}
	w.command.Env, w.command.Dir = s.environment(), s.Dir
	w.command.Stdout, w.command.Stderr = log, log
	if err := w.command.Start(); err != nil {
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	go func() {
		_ = w.command.Wait() // it is killed, or says in its log why it ended
		close(w.ended)
	}()
	return w, nil
}

// Kill is kill -9, and returns once the process is gone.
func (w *Worker) Kill() {
	w.kill.Do(func() { _ = w.command.Process.Kill() }) // gone already is as good
	<-w.ended
}

// newLog opens the next log of the shift's workers.
func (s *Shift) newLog() (*os.File, error) {
	s.hired++
	log, err := os.Create(filepath.Join(s.Dir, fmt.Sprintf("worker-%d.log", s.hired)))
	if err != nil {
		return nil, fmt.Errorf("opening a worker's log: %w", err)
	}
	return log, nil
}

// Work starts a worker in this process. Stop drains it.
func (s *Shift) Work(ctx context.Context) (stop func(), err error) {
	log, err := s.newLog()
	if err != nil {
		return nil, err
	}
	log.Close()
	settings := zap.NewProductionConfig()
	settings.OutputPaths, settings.ErrorOutputPaths = []string{log.Name()}, []string{log.Name()}
	settings.DisableStacktrace = true
	logger, err := settings.Build()
	if err != nil {
		return nil, fmt.Errorf("opening the worker's log: %w", err)
	}
	parsed, err := config.Load(s.ConfigPath())
	if err != nil {
		return nil, err
	}
	s3, err := bucket.NewClient(ctx, bucket.ClientOptions{Endpoint: s.S3.URL, Region: s.ground.S3.Region,
		Credentials: credentials.NewStaticCredentialsProvider(s.ground.S3.AccessKey, s.ground.S3.SecretKey, "")})
	if err != nil {
		return nil, err
	}
	parts, err := app.New(parsed, s3, logger)
	if err != nil {
		return nil, err
	}
	c, err := client.NewClientFromExisting(s.Client, client.Options{Namespace: s.Name, Logger: app.TemporalLog(logger)})
	if err != nil {
		return nil, fmt.Errorf("connecting the worker: %w", err)
	}
	w := parts.NewWorker(c, true)
	if err := w.Start(); err != nil {
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	return func() { w.Stop(); c.Close() }, nil
}
