package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/runs"
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
		Long: `Show the report of a run that has ended or is held. Without access to S3 it prints the figures and the places that
the run itself knows; --json, --open and --download read the bucket.`,
		Args:              arguments(1, 1, "a run"),
		ValidArgsFunction: a.completePipelines,
		RunE: func(c *cobra.Command, args []string) error {
			if o.files && o.download == "" {
				return &usageError{message: "--files goes with --download"}
			}
			if o.open && o.download != "" || a.json && (o.open || o.download != "") {
				return &usageError{message: "--open, --json and --download exclude each other: give one of them"}
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

// report shows the report of a run. It exits 0 whatever the outcome was: the report is what was asked for.
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
	case a.json:
		return a.copyReport(ctx, result)
	}
	return a.showResult(ctx, result)
}

// resultSoFar is the result of a run: of one that ended, of one that failed and has its reports all the same, or what
// a held run has to show.
func (a *program) resultSoFar(ctx context.Context, c client.Client, run client.WorkflowRun) (*contract.ExtractResult, error) {
	status, err := runs.Describe(ctx, c, run.GetID(), run.GetRunID())
	if err != nil {
		return nil, err
	}
	if status.Running {
		p := status.Progress
		if p.Run != "" {
			a.say("%s is a front: the run is %s", run.GetID(), p.Run)
		}
		if p.Reports == nil {
			return nil, fmt.Errorf("the run %s has no report yet (%s): %s watch %s shows where it is", run.GetID(), strings.Join(strings.Fields(runs.Line(status)), " "), a.name, run.GetID())
		}
		a.say("The run is still running: %s", p.Message)
		return a.heldResult(ctx, p)
	}
	var result contract.ExtractResult
	err = run.Get(ctx, &result)
	if failure, ok := runs.FailureOf(err); ok {
		if failure.Result == nil {
			return nil, err
		}
		a.say("%s %s", a.paint(red, "The run failed:"), failure)
		return failure.Result, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking for the result of %s: %w", run.GetID(), err)
	}
	return &result, nil
}

// heldResult is what the progress of a held run tells of its result.
func (a *program) heldResult(_ context.Context, p contract.Progress) (*contract.ExtractResult, error) {
	result := &contract.ExtractResult{Schema: 1, Pipeline: p.Pipeline, BusinessDate: p.BusinessDate, Outcome: contract.Outcome(contract.AttributeReview), Reports: *p.Reports, TieOut: p.TieOut}
	result.Job.ID, result.Job.Origin = p.JobID, p.Job
	result.Control.Records = p.Records
	result.Findings.Count = p.Findings
	return result, nil
}

// copyReport writes report.json to stdout as it is.
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
	// An answer that was cut short must not pass for the document.
	var document json.RawMessage
	if err := json.NewDecoder(io.LimitReader(body, maxReport)).Decode(&document); err != nil {
		return fmt.Errorf("reading %s: %w", result.Reports.JSON, err)
	}
	_, err = fmt.Fprintf(a.out, "%s\n", document)
	return err
}

// openReport opens report.html: by its link where people have one, else a copy of it.
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
	a.println(target)
	if err := a.open(target); err != nil {
		a.say("No browser could be opened (%v): open it yourself.", err)
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

// download writes the objects of the tie-out into a directory, and the extract's files below files/ where asked for. Of
// a report that was written again with a decision that one is written, under the report's own name.
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
	wanted := map[string]string{}    // key by path in the directory
	for _, object := range objects { // decided/ comes before the reports' own names
		name := strings.TrimPrefix(object.Key, prefix)
		name = strings.TrimPrefix(name, "decided/")
		if name == "scan.json" || name == "basis.json" || strings.HasSuffix(name, ".partial.json") || !filepath.IsLocal(name) {
			continue // the tie-out's own notes: a partial list must not be taken for a whole one
		}
		if wanted[name] == "" {
			wanted[name] = object.Key
		}
	}
	if o.files {
		for _, file := range result.Files {
			fileKey, err := store.Key(file.URI)
			if err != nil {
				return err
			}
			wanted["files/"+path.Base(fileKey)] = fileKey
		}
	}
	written := []string{}
	for _, name := range sortedKeys(wanted) {
		target := filepath.Join(o.download, filepath.FromSlash(name))
		if err := fetch(ctx, store, wanted[name], target); err != nil {
			return err
		}
		written = append(written, target)
		if !a.json {
			a.println(target)
		}
	}
	if a.json {
		return a.document(map[string]any{"written": written})
	}
	return nil
}

// fetch copies an object into a file, which appears whole or not at all.
func fetch(ctx context.Context, store *bucket.Store, key, target string) (err error) {
	body, size, err := store.Open(ctx, key)
	if err != nil {
		return fmt.Errorf("reading %s: %w", store.URI(key), err)
	}
	defer body.Close()
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("making a directory: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(target), ".tieout-*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", target, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	n, err := io.Copy(file, body)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("copying %s to %s: %w", store.URI(key), target, err)
	}
	return os.Rename(file.Name(), target)
}
