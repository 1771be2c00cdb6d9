package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"tieout/internal/app"
	"tieout/internal/runs"
	"tieout/starter/doctor"
	"tieout/starter/printer"
)

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
	_ = c.RegisterFlagCompletionFunc("only", cobra.FixedCompletions(doctor.Parts(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

func (a *program) doctor(ctx context.Context, only []string, refresh bool) error {
	for _, part := range only {
		if !slices.Contains(doctor.Parts(), part) {
			return app.Usagef("--only %q is none of temporal, s3, concur", part)
		}
	}
	if refresh && len(only) > 0 && !slices.Contains(only, "concur") {
		return app.Usagef("--refresh is for Concur's tokens: leave it out, or add concur to --only")
	}
	found := []doctor.Diagnosis{}
	code := doctor.Examine(ctx, doctor.Options{Config: a.config, Program: a.name, Only: only, Refresh: refresh, Dial: a.temporal, Connect: a.services,
		Report: func(d doctor.Diagnosis) {
			found = append(found, d)
			if !a.JSON {
				a.showDiagnosis(d)
			}
		}})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if a.JSON {
		if err := a.Document(map[string]any{"ok": code == runs.ExitOK, "looks": found}); err != nil {
			return err
		}
	}
	return ended(code)
}

func (a *program) showDiagnosis(d doctor.Diagnosis) {
	text := d.Message
	if d.Remedy != "" {
		text += ". " + d.Remedy
	}
	if !a.Terminal {
		a.Printf("%s\t%s\t%s\n", d.Result, d.Part, printer.Visible(text))
		return
	}
	color := map[doctor.Result]string{doctor.OK: printer.Green, doctor.Warn: printer.Yellow, doctor.Fail: printer.Red}[d.Result]
	a.Printf("%s  %-22s %s\n", a.Paint(color, fmt.Sprintf("%-4s", d.Result)), printer.Visible(d.Part), printer.Visible(text))
}
