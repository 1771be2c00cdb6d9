// Package doctor examines everything that tieout depends on: the configuration, Temporal, the bucket and Concur. It
// returns what it found as data, one Diagnosis for each thing that it examined.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/config"
	"tieout/internal/evidence"
	"tieout/internal/runs"
	"tieout/internal/wording"
)

// Result of a diagnosis.
type Result string

// The results of a diagnosis.
const (
	OK   Result = "ok"
	Warn Result = "warn"
	Fail Result = "fail"
)

// Parts returns the parts that Options.Only chooses from.
func Parts() []string { return []string{"temporal", "s3", "concur"} }

// Diagnosis is what was found out about one thing.
type Diagnosis struct {
	Part    string `json:"part"`
	Result  Result `json:"result"`
	Message string `json:"message"`
	// Remedy says what to do. It is empty where nothing is to be done or where Message says it.
	Remedy string `json:"remedy,omitempty"`
}

// Options are what a doctor examines and how it reaches it.
type Options struct {
	// Config is the path of the configuration, Program the name of the command line in remedies.
	Config, Program string
	// Only names the parts to examine besides the configuration; none means all.
	Only []string
	// Refresh gets new access tokens even where the stored ones are still good.
	Refresh bool
	// Dial connects to Temporal and returns its namespace. Connect connects what the configuration names.
	Dial    func(ctx context.Context) (client.Client, string, error)
	Connect func(ctx context.Context, settings *config.Config) (*app.Service, error)
	// Report is called with each diagnosis as soon as it is made, because some take a while.
	Report func(Diagnosis)
}

// doctor examines part by part. A failure ends the examination of what depends on it, and nothing else.
type doctor struct {
	Options
	settings  *config.Config // nil where the configuration is wrong
	parts     *app.Service
	namespace string // of Temporal; empty where it was not reached
	code      int    // of the first failure
}

// Examine examines what the options name. It returns the exit code of the first failure, and 0 where nothing failed.
func Examine(ctx context.Context, o Options) int {
	d := &doctor{Options: o}
	wanted := func(part string) bool { return len(o.Only) == 0 || slices.Contains(o.Only, part) }
	d.configuration()
	if wanted("temporal") {
		d.temporal(ctx)
	}
	if d.settings == nil || !wanted("s3") && !wanted("concur") {
		return d.code
	}
	var err error
	if d.parts, err = o.Connect(ctx, d.settings); err != nil {
		d.failed("connections", err)
		return d.code
	}
	if wanted("s3") {
		d.bucket(ctx)
		d.namespaces(ctx)
	}
	if wanted("concur") {
		d.concur(ctx)
	}
	return d.code
}

func (d *doctor) ok(part, format string, args ...any) {
	d.Report(Diagnosis{Part: part, Result: OK, Message: fmt.Sprintf(format, args...)})
}

func (d *doctor) warn(part, message, remedy string) {
	d.Report(Diagnosis{Part: part, Result: Warn, Message: message, Remedy: remedy})
}

func (d *doctor) fail(part, message, remedy string, code int) {
	if d.code == runs.ExitOK {
		d.code = max(code, runs.ExitError)
	}
	d.Report(Diagnosis{Part: part, Result: Fail, Message: message, Remedy: remedy})
}

// failed reports an error, whose message says what to do.
func (d *doctor) failed(part string, err error) {
	d.fail(part, app.Message(err), "", app.ExitCode(err))
}

func (d *doctor) configuration() {
	settings, err := config.Load(d.Config)
	if wrong, ok := errors.AsType[*config.Error](err); ok {
		for _, problem := range wrong.Problems {
			d.fail("configuration", problem.String(), "", runs.ExitUsage)
		}
		return
	}
	if err != nil {
		d.fail("configuration", err.Error(), "", runs.ExitUsage)
		return
	}
	d.settings = settings
	d.ok("configuration", "%s: %s, %s", settings.Path, wording.Counted(len(settings.Connections), "connection", "connections"), wording.Counted(len(settings.Pipelines), "pipeline", "pipelines"))
	for _, warning := range settings.Warnings {
		d.warn("configuration", warning.String(), "")
	}
}

func (d *doctor) bucket(ctx context.Context) {
	seen, err := d.parts.Store.Probe(ctx, d.settings.Storage.Prefix)
	for _, capability := range seen {
		part := "s3 " + capability.Name
		switch {
		case capability.OK:
			d.ok(part, "%s", capability.Message)
		case capability.Required:
			d.fail(part, capability.Message, "", app.ExitOfS3(capability.Kind))
		default:
			d.warn(part, capability.Message, "")
		}
	}
	if err != nil {
		d.failed("s3", err)
	}
}

// namespaces warns of runs of another namespace that write to the same prefix of the bucket.
func (d *doctor) namespaces(ctx context.Context) {
	if d.namespace == "" {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(d.settings.Pipelines)) {
		used, err := evidence.Of(d.parts.Store, d.settings.Storage.Prefix, name).Namespaces(ctx)
		if err != nil {
			d.failed("s3 runs of "+name, err)
			return
		}
		for _, namespace := range used {
			if namespace != d.namespace {
				d.warn("s3 runs of "+name, fmt.Sprintf("the last runs were in namespace %s, and this is namespace %s", namespace, d.namespace),
					"Two installations on one bucket each tie out and start what follows: give one of them another storage.prefix")
			}
		}
	}
}
