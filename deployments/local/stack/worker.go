package stack

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.uber.org/zap"

	"tieout/internal/app"
	"tieout/internal/bucket"
	"tieout/internal/config"
)

// WorkerOptions says what a worker is connected to and where it logs.
type WorkerOptions struct {
	// Client is connected to Temporal. The worker uses its connection, with a namespace and a log of its own.
	Client    client.Client
	Namespace string
	Config    *config.Config
	// S3 is the server that holds the bucket. Endpoint is an address that the worker uses instead of the server's own.
	S3       *S3
	Endpoint string
	// Log is the path of the log file.
	Log string
}

// Worker is tieout's worker in this process.
type Worker struct {
	Service *app.Service

	client client.Client
	worker worker.Worker
	log    *zap.Logger
}

// StartWorker starts tieout's worker, which appends its log to a file.
func StartWorker(ctx context.Context, o WorkerOptions) (*Worker, error) {
	settings := zap.NewProductionConfig()
	settings.OutputPaths, settings.ErrorOutputPaths = []string{o.Log}, []string{o.Log}
	settings.DisableStacktrace = true
	log, err := settings.Build()
	if err != nil {
		return nil, fmt.Errorf("opening the worker's log: %w", err)
	}
	s3, err := bucket.NewClient(ctx, bucket.ClientOptions{Endpoint: cmp.Or(o.Endpoint, o.S3.Endpoint), Region: o.S3.Region,
		Credentials: credentials.NewStaticCredentialsProvider(o.S3.AccessKey, o.S3.SecretKey, "")})
	if err != nil {
		return nil, err
	}
	w := &Worker{log: log}
	if w.Service, err = app.New(o.Config, s3, log); err != nil {
		return nil, err
	}
	w.client, err = client.NewClientFromExisting(o.Client, client.Options{Namespace: o.Namespace, Logger: app.TemporalLog(log)})
	if err != nil {
		return nil, fmt.Errorf("connecting the worker: %w", err)
	}
	w.worker = w.Service.NewWorker(w.client, true)
	if err := w.worker.Start(); err != nil {
		w.client.Close()
		return nil, fmt.Errorf("starting the worker: %w", err)
	}
	return w, nil
}

// Stop lets activities finish for a while and ends the worker.
func (w *Worker) Stop() {
	w.worker.Stop()
	w.client.Close()
	_ = w.log.Sync() // a file that cannot be synced has been written all the same
}
