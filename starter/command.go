package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieout/internal/app"
	"tieout/internal/wording"
)

const (
	groupRuns   = "runs"
	groupFiles  = "files"
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
	root.PersistentFlags().StringVar(&a.config, "config", app.ConfigPath(), "the configuration; TIEOUT_CONFIG names it as well")
	root.PersistentFlags().BoolVar(&a.JSON, "json", false, "one JSON document on stdout")
	root.AddGroup(&cobra.Group{ID: groupRuns, Title: "Runs:"}, &cobra.Group{ID: groupFiles, Title: "Files on disk:"},
		&cobra.Group{ID: groupConcur, Title: "What Concur has:"}, &cobra.Group{ID: groupSetup, Title: "Setting up and looking after it:"})
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add(groupRuns, a.runCommand(), a.watchCommand(), a.runsCommand(), a.reportCommand(), a.reviewCommand(), a.resolveCommand(), a.landCommand(), a.reconcileCommand())
	add(groupFiles, a.checkCommand(), a.formatCommand())
	add(groupConcur, a.definitionsCommand(), a.jobsCommand(), a.listsCommand(), a.itemsCommand())
	add(groupSetup, a.initCommand(), a.doctorCommand(), a.scheduleCommand(), a.verifyCommand())
	return root
}

// arguments returns a check of the number of arguments, whose error names them. A negative most means any number.
func arguments(least, most int, names string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) >= least && (most < 0 || len(args) <= most) {
			return nil
		}
		return fmt.Errorf("%s wants %s (%s given): %s --help shows how", c.Name(), names, wording.Counted(len(args), "argument", "arguments"), c.CommandPath())
	}
}

// aDate returns an error unless the value of a flag is a date or empty.
func aDate(flag, value string) error {
	if _, err := time.Parse(time.DateOnly, value); value != "" && err != nil {
		return app.Usagef("%s %q is not a date such as 2026-11-20", flag, value)
	}
	return nil
}

// completePipelines completes the first argument to a pipeline of the configuration.
func (a *program) completePipelines(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	settings, err := a.settingsWithoutSecrets()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return slices.Sorted(maps.Keys(settings.Pipelines)), cobra.ShellCompDirectiveNoFileComp
}
