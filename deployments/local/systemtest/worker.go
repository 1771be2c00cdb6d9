package systemtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"tieout/deployments/local/stack"
	"tieout/internal/config"
)

// WorkerProcess is the built worker as a process of its own.
type WorkerProcess struct {
	command *exec.Cmd
	ended   chan struct{}
	kill    sync.Once
}

// StartWorkerProcess starts a worker as a process, which does not end with ctx.
func (s *Scenario) StartWorkerProcess(ctx context.Context) (*WorkerProcess, error) {
	binary, err := s.servers.Build(ctx, "./worker")
	if err != nil {
		return nil, err
	}
	log, err := os.Create(s.nextLog())
	if err != nil {
		return nil, fmt.Errorf("opening a worker's log: %w", err)
	}
	defer log.Close()
	w := &WorkerProcess{command: exec.Command(binary, "--listen", ""), ended: make(chan struct{})}
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

// Kill kills the process with kill -9 and returns once it is gone.
func (w *WorkerProcess) Kill() {
	w.kill.Do(func() { _ = w.command.Process.Kill() }) // it may be gone already
	<-w.ended
}

// StartWorker starts a worker in this process and returns a function that drains and stops it.
func (s *Scenario) StartWorker(ctx context.Context) (stop func(), err error) {
	settings, err := config.Load(s.ConfigPath())
	if err != nil {
		return nil, err
	}
	w, err := stack.StartWorker(ctx, stack.WorkerOptions{Client: s.Client, Namespace: s.Name, Config: settings, S3: s.servers.S3,
		Endpoint: s.S3.URL, Log: s.nextLog()})
	if err != nil {
		return nil, err
	}
	return w.Stop, nil
}

// nextLog returns the path of the next worker's log.
func (s *Scenario) nextLog() string {
	s.workers++
	return filepath.Join(s.Dir, fmt.Sprintf("worker-%d.log", s.workers))
}
