package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/app"
	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/runs"
	"tieout/starter/printer"
)

// reportOptions are the flags of report.
type reportOptions struct {
	open     bool
	download string
	files    bool
}

func (a *program) reportCommand() *cobra.Command {
	var o reportOptions
	c := &cobra.Command{
		Use:   "report ID",
		Short: "Show the report of a run, open it, or download it",
		Long: `Show the report of a run that has ended or is held. Without access to S3 it prints the figures and the URIs that
the run itself knows; --json, --open and --download read the bucket.`,
		Args:              arguments(1, 1, "a run"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			if o.files && o.download == "" {
				return app.Usagef("--files goes with --download")
			}
			if o.open && o.download != "" || a.JSON && (o.open || o.download != "") {
				return app.Usagef("--open, --json and --download exclude each other: give one of them")
			}
			return a.withRun(c.Context(), args[0], func(t client.Client, run client.WorkflowRun) error {
				return a.report(c.Context(), t, run, o)
			})
		},
	}
	c.Flags().BoolVar(&o.open, "open", false, "open the report in the browser")
	c.Flags().StringVar(&o.download, "download", "", "write the reports and the list snapshots into this directory")
	c.Flags().BoolVar(&o.files, "files", false, "with --download: the extract's files as well (they hold personal data)")
	return c
}

// report shows the report of a run. Its exit code is 0 whatever the outcome was, because the report was asked for.
func (a *program) report(ctx context.Context, c client.Client, run client.WorkflowRun, o reportOptions) error {
	result, err := a.resultSoFar(ctx, c, run)
	if err != nil {
		return err
	}
	switch {
	case o.download != "":
		return a.download(ctx, result, o)
	case o.open:
		return a.openReport(ctx, result)
	case a.JSON:
		return a.copyReport(ctx, result)
	}
	return a.showResult(ctx, result)
}

// resultSoFar returns the result of a run that ended, the reports of one that failed, or what a held run has found.
func (a *program) resultSoFar(ctx context.Context, c client.Client, run client.WorkflowRun) (*contract.ExtractResult, error) {
	status, err := runs.Describe(ctx, c, run.GetID(), run.GetRunID())
	if err != nil {
		return nil, err
	}
	if status.Running {
		p := status.Progress
		if p.Run != "" {
			a.Say("%s is a front: the run is %s", run.GetID(), p.Run)
		}
		if p.Reports == nil {
			return nil, fmt.Errorf("the run %s has no report yet (%s): %s watch %s shows where it is", run.GetID(), strings.Join(strings.Fields(runs.Line(status)), " "), a.name, run.GetID())
		}
		a.Say("The run is still running: %s", p.Message)
		return heldResult(p), nil
	}
	var result contract.ExtractResult
	err = run.Get(ctx, &result)
	if failure, ok := runs.FailureOf(err); ok {
		if failure.Result == nil {
			return nil, err
		}
		a.Say("%s %s", a.Paint(printer.Red, "The run failed:"), failure)
		return failure.Result, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking for the result of %s: %w", run.GetID(), err)
	}
	return &result, nil
}

// heldResult returns the result that the progress of a held run holds.
func heldResult(p contract.Progress) *contract.ExtractResult {
	result := &contract.ExtractResult{Schema: 1, Pipeline: p.Pipeline, BusinessDate: p.BusinessDate, Outcome: contract.Outcome(contract.AttributeReview), Reports: *p.Reports, TieOut: p.TieOut}
	result.Job.ID, result.Job.Origin = p.JobID, p.Job
	result.Control.Records = p.Records
	result.Findings.Count = p.Findings
	return result
}

// copyReport reads report.json and writes it to stdout as it is.
func (a *program) copyReport(ctx context.Context, result *contract.ExtractResult) error {
	store, key, err := a.storeOf(ctx, result.Reports.JSON)
	if err != nil {
		return err
	}
	body, _, err := store.Open(ctx, key)
	if err != nil {
		return fmt.Errorf("reading %s: %w", result.Reports.JSON, err)
	}
	defer body.Close()
	// Decoding it makes sure that an answer that was cut short does not pass for the document.
	var document json.RawMessage
	if err := json.NewDecoder(io.LimitReader(body, maxReport)).Decode(&document); err != nil {
		return fmt.Errorf("reading %s: %w", result.Reports.JSON, err)
	}
	_, err = fmt.Fprintf(a.Out, "%s\n", document)
	return err
}

// openReport opens report.html in the browser: by its link where there is one for people, else a copy of it.
func (a *program) openReport(ctx context.Context, result *contract.ExtractResult) error {
	target := result.Reports.Link
	if !strings.HasPrefix(target, "https://") && !strings.HasPrefix(target, "http://") {
		dir, err := os.MkdirTemp("", "tieout-report-")
		if err != nil {
			return fmt.Errorf("making a directory for the report: %w", err)
		}
		store, key, err := a.storeOf(ctx, result.Reports.HTML)
		if err != nil {
			return err
		}
		target = filepath.Join(dir, "report.html")
		if err := fetch(ctx, store, key, target); err != nil {
			return err
		}
	}
	a.Println(target)
	if err := a.open(target); err != nil {
		a.Say("No browser could be opened (%v): open it yourself.", err)
	}
	return nil
}

func openWithSystem(target string) error {
	name, args := "xdg-open", []string{target}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", target}
	}
	return exec.Command(name, args...).Start()
}

// download writes the reports and the lists of the tie-out into a directory, and with --files the files of the extract
// below files/. A report that was written again with a decision replaces the earlier one.
func (a *program) download(ctx context.Context, result *contract.ExtractResult, o reportOptions) error {
	store, key, err := a.storeOf(ctx, result.Reports.CSV)
	if err != nil {
		return err
	}
	prefix := path.Dir(key) + "/"
	objects, err := store.List(ctx, prefix)
	if err != nil {
		return fmt.Errorf("listing %s: %w", store.URI(prefix), err)
	}
	keys := map[string]string{}      // by path in the directory
	for _, object := range objects { // decided/ is listed before the names of the reports
		name := strings.TrimPrefix(strings.TrimPrefix(object.Key, prefix), "decided/")
		if name == "scan.json" || name == "basis.json" || strings.HasSuffix(name, ".partial.json") || !filepath.IsLocal(name) {
			continue // notes of the tie-out: a partial list must not be taken for a whole one
		}
		if keys[name] == "" {
			keys[name] = object.Key
		}
	}
	if o.files {
		for _, file := range result.Files {
			fileKey, err := store.Key(file.URI)
			if err != nil {
				return err
			}
			keys["files/"+path.Base(fileKey)] = fileKey
		}
	}
	written := []string{}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		target := filepath.Join(o.download, filepath.FromSlash(name))
		if err := fetch(ctx, store, keys[name], target); err != nil {
			return err
		}
		written = append(written, target)
		if !a.JSON {
			a.Println(target)
		}
	}
	if a.JSON {
		return a.Document(map[string]any{"written": written})
	}
	return nil
}

// fetch copies an object of the bucket into a file, and makes the directory of the file.
func fetch(ctx context.Context, store *bucket.Store, key, target string) error {
	body, size, err := store.Open(ctx, key)
	if err != nil {
		return fmt.Errorf("reading %s: %w", store.URI(key), err)
	}
	defer body.Close()
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	err = writeWhole(target, 0o600, func(w io.Writer) error {
		n, err := io.Copy(w, body)
		if err == nil && n != size {
			err = io.ErrUnexpectedEOF
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("copying %s to %s: %w", store.URI(key), target, err)
	}
	return nil
}
