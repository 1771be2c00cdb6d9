package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"tieout/internal/app"
	"tieout/internal/config"
	"tieout/internal/evidence"
	"tieout/internal/runs"
)

// Results of one look.
const (
	lookOK   = "ok"
	lookWarn = "warn"
	lookFail = "fail"
)

// look is one thing that the doctor looked at.
type look struct {
	Part    string `json:"part"`
	Result  string `json:"result"` // ok, warn or fail
	Message string `json:"message"`
	// Remedy says what to do; it is empty where the message does.
	Remedy string `json:"remedy,omitempty"`
}

// doctor looks at everything outside, part by part. What fails does not stop it, unless nothing further can be told.
type doctor struct {
	a        *program
	settings *config.Config
	parts    *app.Service
	looks    []look
	code     int // of the first failure
	// namespace is Temporal's, "" where it was not reached.
	namespace string
	// refresh asks for new access tokens, where else one that is still good is used.
	refresh bool
}

func (a *program) doctorCommand() *cobra.Command {
	var only []string
	var refresh bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look at every outside part: reached, allowed, as expected",
		Long: `Look at the configuration, Temporal and its search attributes, the bucket with its conditional writes, and for each
connection the token and its age, definitions, lists and levels. It also tries what Concur's documentation leaves open:
whether files come with Content-Length, ETag and ranges, and how many items one answer holds. It starts nothing and
writes nothing but the bucket's probe objects, which it deletes, and a token that had to be refreshed. An access token
that is still good hides credentials that have died since: --refresh gets a new one all the same. That may spend the
refresh token, and the new one is kept in the token store: do not interrupt it.`,
		Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return a.doctor(c.Context(), only, refresh) },
	}
	c.Flags().BoolVar(&refresh, "refresh", false, "get new access tokens even where those kept are still good")
	c.Flags().StringSliceVar(&only, "only", nil, "only these parts: temporal, s3, concur")
	_ = c.RegisterFlagCompletionFunc("only", cobra.FixedCompletions(doctorParts(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func doctorParts() []cobra.Completion { return []cobra.Completion{"temporal", "s3", "concur"} }

func (a *program) doctor(ctx context.Context, only []string, refresh bool) error {
	for _, part := range only {
		if !contains(doctorParts(), part) {
			return &usageError{message: fmt.Sprintf("--only %q is none of temporal, s3, concur", part)}
		}
	}
	if refresh && len(only) > 0 && !contains(only, "concur") {
		return &usageError{message: "--refresh is for Concur's tokens: leave it out, or add concur to --only"}
	}
	d := &doctor{a: a, refresh: refresh}
	wanted := func(part string) bool { return len(only) == 0 || contains(only, part) }
	d.configuration()
	if wanted("temporal") {
		d.temporal(ctx)
	}
	if d.settings != nil {
		if wanted("s3") || wanted("concur") {
			d.connect(ctx)
		}
		if wanted("s3") {
			d.bucket(ctx)
			d.namespaces(ctx)
		}
		if wanted("concur") {
			d.concur(ctx)
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if a.json {
		if err := a.document(map[string]any{"ok": d.code == runs.ExitOK, "looks": d.looks}); err != nil {
			return err
		}
	}
	return ended(d.code)
}

func (d *doctor) ok(part, format string, args ...any) {
	d.tell(look{Part: part, Result: lookOK, Message: fmt.Sprintf(format, args...)})
}

func (d *doctor) warn(part, message, remedy string) {
	d.tell(look{Part: part, Result: lookWarn, Message: message, Remedy: remedy})
}

func (d *doctor) fail(part, message, remedy string, code int) {
	if d.code == runs.ExitOK {
		d.code = max(code, runs.ExitError)
	}
	d.tell(look{Part: part, Result: lookFail, Message: message, Remedy: remedy})
}

// failed tells an error, whose message says what to do.
func (d *doctor) failed(part string, err error) {
	d.fail(part, messageOf(err), "", exitCode(err))
}

// tell prints a look at once: some take a while.
func (d *doctor) tell(l look) {
	d.looks = append(d.looks, l)
	if d.a.json {
		return
	}
	tone := map[string]string{lookOK: green, lookWarn: yellow, lookFail: red}[l.Result]
	text := l.Message
	if l.Remedy != "" {
		text += ". " + l.Remedy
	}
	if !d.a.terminal {
		d.a.printf("%s\t%s\t%s\n", l.Result, l.Part, visible(text))
		return
	}
	d.a.printf("%s  %-22s %s\n", d.a.paint(tone, fmt.Sprintf("%-4s", l.Result)), visible(l.Part), visible(text))
}

func (d *doctor) configuration() {
	settings, err := d.a.settings()
	var wrong *config.Error
	if errors.As(err, &wrong) {
		for _, problem := range wrong.Problems {
			d.fail("configuration", problem.String(), "", runs.ExitUsage)
		}
		return
	}
	if err != nil {
		d.failed("configuration", err)
		return
	}
	d.settings = settings
	d.ok("configuration", "%s: %s, %s", settings.Path, plural(len(settings.Connections), "connection"), plural(len(settings.Pipelines), "pipeline"))
	for _, warning := range settings.Warnings {
		d.warn("configuration", warning.String(), "")
	}
}

// connect puts the parts together; nothing is asked yet.
func (d *doctor) connect(ctx context.Context) {
	parts, err := d.a.services(ctx, d.settings)
	if err != nil {
		d.failed("connections", err)
		return
	}
	d.parts = parts
}

// namespaces warns of another installation that writes to the same place in the bucket.
func (d *doctor) namespaces(ctx context.Context) {
	if d.parts == nil || d.namespace == "" {
		return
	}
	for _, name := range sortedKeys(d.settings.Pipelines) {
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

func (d *doctor) bucket(ctx context.Context) {
	if d.parts == nil {
		return
	}
	seen, err := d.parts.Store.Probe(ctx, d.settings.Storage.Prefix)
	for _, capability := range seen {
		part := "s3 " + capability.Name
		switch {
		case capability.OK:
			d.ok(part, "%s", capability.Message)
		case capability.Required:
			d.fail(part, capability.Message, "", exitKind(capability.Kind))
		default:
			d.warn(part, capability.Message, "")
		}
	}
	if err != nil {
		d.failed("s3", err)
	}
}
