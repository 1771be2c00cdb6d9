package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieout/internal/app"
)

const (
	groupRuns   = "runs"
	groupDesk   = "desk"
	groupConcur = "concur"
	groupSetup  = "setup"
)

func (a *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "tieout",
		Short: "Run, watch and review SAP Concur extracts that tieout ties out",
		Long: `Run, watch and review SAP Concur extracts that tieout ties out.

A run is named by its workflow id, by <pipeline>/<business date> (…T0400, …/again/2, <pipeline>/job/<job key>), or by its
pipeline alone, which means its newest run.
Temporal is found by TEMPORAL_* and temporal.toml, S3 by the AWS default chain (AWS_ENDPOINT_URL_S3 for one that is not AWS).

Exit codes: 0 clean or approved, 1 error, 2 usage or configuration, 3 findings or rejected, 4 authentication,
5 temporary: try again, 6 Concur job failed, 7 control totals, 8 wait timed out, 9 empty extract, 10 start ambiguous,
130 detached: the run goes on.`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: a.name},
		Version:       strings.TrimPrefix(app.Version(), "tieout "),
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRun: func(*cobra.Command, []string) {
			a.began = true
		},
	}
	path := os.Getenv("TIEOUT_CONFIG")
	if path == "" {
		path = "tieout.yaml"
	}
	root.PersistentFlags().StringVar(&a.config, "config", path, "the configuration; TIEOUT_CONFIG names it as well")
	root.PersistentFlags().BoolVar(&a.json, "json", false, "one JSON document on stdout")
	root.AddGroup(&cobra.Group{ID: groupRuns, Title: "Runs:"}, &cobra.Group{ID: groupDesk, Title: "At the desk:"},
		&cobra.Group{ID: groupConcur, Title: "What Concur has:"}, &cobra.Group{ID: groupSetup, Title: "Setting up and looking after it:"})
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add(groupRuns, a.runCommand(), a.watchCommand(), a.runsCommand(), a.reportCommand(), a.reviewCommand(), a.resolveCommand(), a.landCommand(), a.reconcileCommand())
	add(groupDesk, a.checkCommand(), a.formatCommand())
	add(groupConcur, a.definitionsCommand(), a.jobsCommand(), a.listsCommand(), a.itemsCommand())
	schedule := a.scheduleCommand()
	schedule.Args, schedule.RunE = cobra.NoArgs, func(c *cobra.Command, _ []string) error { return c.Help() } // else Cobra takes any word for success
	add(groupSetup, a.initCommand(), a.doctorCommand(), schedule, a.verifyCommand())
	return root
}

// arguments checks the number of arguments and names them in the error.
func arguments(least, most int, names string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		return fmt.Errorf("%s wants %s (%s given): %s --help shows how", c.Name(), names, plural(len(args), "argument"), c.CommandPath())
	}
}

// aDate refuses what is no date; empty is for the caller to judge.
func aDate(flag, value string) error {
	if _, err := time.Parse(time.DateOnly, value); value != "" && err != nil {
		return &usageError{message: fmt.Sprintf("%s %q is not a date such as 2026-11-20", flag, value)}
	}
	return nil
}

// aWait refuses a --timeout that would bound nothing.
func aWait(timeout time.Duration, watch bool) error {
	switch {
	case timeout < 0:
		return &usageError{message: fmt.Sprintf("--timeout %s is negative: give a time such as 30m, or leave it out to wait for the end", timeout)}
	case timeout != 0 && !watch:
		return &usageError{message: "--timeout bounds the watching: give --watch as well"}
	}
	return nil
}

// completePipelines offers the pipelines of the configuration for the first argument.
func (a *program) completePipelines(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	settings, err := a.settingsWithoutSecrets()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return sortedKeys(settings.Pipelines), cobra.ShellCompDirectiveNoFileComp
}
