package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieout/internal/app"
	"tieout/internal/bucket"
	"tieout/internal/evidence"
	"tieout/internal/report"
	"tieout/internal/runs"
	"tieout/internal/wording"
	"tieout/starter/printer"
)

func (a *program) verifyCommand() *cobra.Command {
	var jobs bool
	c := &cobra.Command{
		Use:   "verify PIPELINE|MANIFEST",
		Short: "Hash every object again, and see that no completed job is missing",
		Long: `Read every object that a manifest names, and every one that the results of its job name (files, lists, reports, reviews),
and compare sizes and SHA-256; see that the job has a result, and that the result says what its report says. With a pipeline
in place of a manifest: all landed jobs, and the chain of results, each of which names the one before it.
Unless --jobs=false, also ask Concur for the jobs of the definition and see that each completed one has a manifest and a
result. Told apart are jobs of the pipeline's baseline, which were there before its first run, and jobs whose run failed on
the file itself (ControlTotals, FileFormat and their like): those have no result and are to have none. Of the manifest's own
job, such an end is the exit code.`,
		Args: arguments(1, 1, "a pipeline, or the s3:// URI of a manifest.json"),
		RunE: func(c *cobra.Command, args []string) error {
			if strings.Contains(args[0], "/") {
				return a.verifyManifest(c.Context(), args[0], jobs)
			}
			return a.verifyPipeline(c.Context(), args[0], jobs)
		},
		ValidArgsFunction: a.completePipelines,
	}
	c.Flags().BoolVar(&jobs, "jobs", true, "also compare with the jobs that Concur lists")
	return c
}

// verification is what verify found.
type verification struct {
	Pipeline string `json:"pipeline"`
	// Manifest is the manifest of the one landing that was verified; it is empty for a whole pipeline.
	Manifest string `json:"manifest,omitempty"`
	OK       bool   `json:"ok"`
	Checked  counts `json:"checked"`
	// Objects are the objects that were compared; of a pipeline, those with a problem.
	Objects []evidence.Verified `json:"objects"`
	// Results are the results of the tie-outs of the manifest.
	Results []string `json:"results,omitempty"`
	// Ended is the code with which the run of the manifest failed on the file itself. Such a job has no result.
	Ended string `json:"ended,omitempty"`
	// Jobs are the completed jobs of the definition; null where Concur was not asked.
	Jobs []verifiedJob `json:"jobs"`
}

type counts struct {
	Jobs    int   `json:"jobs"`
	Results int   `json:"results"`
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"`
}

// verifier returns a verifier of the objects of a pipeline, which says when it reads a large one.
func (a *program) verifier(store *bucket.Store, keys evidence.Keys) *evidence.Verifier {
	return &evidence.Verifier{Store: store, Keys: keys, Reading: func(uri string, bytes int64) {
		if bytes >= sayFrom {
			a.Say("Hashing %s (%s)", uri, wording.Size(bytes))
		}
	}}
}

// sayFrom is the size in bytes from which on reading an object is said.
const sayFrom = 10 << 20

// take adds the objects and the jobs that were compared.
func (v *verification) take(objects []evidence.Verified, jobs []*evidence.LandedJob) {
	v.OK, v.Checked = true, counts{Jobs: len(jobs)}
	for _, job := range jobs {
		v.Checked.Results += len(job.Results)
	}
	seen := map[string]bool{}
	for _, object := range objects {
		v.OK = v.OK && object.OK
		if !seen[object.URI] {
			v.Checked.Objects, v.Checked.Bytes = v.Checked.Objects+1, v.Checked.Bytes+object.Bytes
		}
		seen[object.URI] = true
	}
	v.Objects = objects
}

// verifyManifest verifies one landing and its results.
func (a *program) verifyManifest(ctx context.Context, uri string, jobs bool) error {
	store, key, err := a.storeOf(ctx, uri)
	if err != nil {
		return app.Usagef("%w", err)
	}
	landed, ok := evidence.LandingOf(key)
	keys, jobKey := landed.Keys, landed.JobKey
	if !ok {
		return app.Usagef("%s is not a manifest: `%s report ID` prints the manifest of a run", uri, a.name)
	}
	verifier := a.verifier(store, keys)
	job, err := verifier.Landing(ctx, key, jobKey)
	if errors.Is(err, bucket.ErrNotFound) {
		return fmt.Errorf("there is no manifest at %s: what has none has not landed. `%s report ID` prints the manifest of a run", uri, a.name)
	}
	if err != nil {
		return err
	}
	v := &verification{Pipeline: keys.Pipeline, Manifest: uri, Results: job.Results}
	v.take(verifier.Objects, []*evidence.LandedJob{job})
	if v.Ended, err = endOf(ctx, store, keys, jobKey, len(job.Results) > 0); err != nil {
		return err
	}
	v.OK = v.OK && (len(v.Results) > 0 || v.Ended != "")
	if err := a.withJobs(ctx, v, jobs, store, keys, job.Manifest.Job.Definition); err != nil {
		return err
	}
	return a.showVerification(v)
}

// verifyPipeline verifies all landings of a pipeline and the chain of its results. Objects without a problem are only
// counted.
func (a *program) verifyPipeline(ctx context.Context, name string, jobs bool) error {
	settings, err := a.settings()
	if err != nil {
		return err
	}
	if _, err := settings.Pipeline(name); err != nil {
		return app.Usagef("%w", err)
	}
	store, err := a.store(ctx, settings.Storage.Bucket)
	if err != nil {
		return err
	}
	keys := evidence.Keys{Prefix: settings.Storage.Prefix, Pipeline: name}
	verifier := a.verifier(store, keys)
	landed, err := verifier.Pipeline(ctx)
	if err != nil {
		return err
	}
	v := &verification{Pipeline: name}
	v.take(verifier.Objects, landed)
	v.Objects = slices.DeleteFunc(v.Objects, func(o evidence.Verified) bool { return o.OK })
	definition, newest := "", time.Time{}
	for _, job := range landed {
		if at := job.Manifest.LandedAt; !at.Before(newest) {
			definition, newest = job.Manifest.Job.Definition, at
		}
		if len(job.Results) > 0 {
			continue
		}
		end, err := endOf(ctx, store, keys, job.Key, false)
		if err != nil {
			return err
		}
		if end == "" {
			v.Objects = append(v.Objects, evidence.Verified{Object: report.Object{URI: job.Place}, Problem: noResult})
			v.OK = false
		}
	}
	if err := a.withJobs(ctx, v, jobs && definition != "", store, keys, definition); err != nil {
		return err
	}
	return a.showVerification(v)
}

const noResult = "the job has no result: its tie-out has not happened"

// withJobs adds the jobs that Concur lists, unless the flags say not to.
func (a *program) withJobs(ctx context.Context, v *verification, asked bool, store *bucket.Store, keys evidence.Keys, definition string) (err error) {
	if !asked {
		return nil
	}
	if v.Jobs, err = a.verifyJobs(ctx, store, keys, definition); err != nil {
		return err
	}
	for _, job := range v.Jobs {
		v.OK = v.OK && job.ok()
	}
	return nil
}

func (a *program) showVerification(v *verification) error {
	if a.JSON {
		if err := a.Document(v); err != nil {
			return err
		}
	} else {
		a.tableOf(v)
	}
	if !v.OK {
		if !a.JSON {
			a.Say("%s", a.Paint(printer.Red, "Not everything is as it was written."))
		}
		return ended(runs.ExitError)
	}
	if v.Ended != "" {
		// The evidence is whole, but the job did not tie out.
		return ended(runs.ExitOfCode(v.Ended))
	}
	return nil
}

// tableOf shows each object of a manifest, and each problem of a pipeline.
func (a *program) tableOf(v *verification) {
	t := printer.NewTable("", "object", "bytes", "")
	t.AlignRight(2)
	add := func(ok bool, what, bytes, problem string) {
		if ok {
			t.Add("ok", what, bytes, problem)
		} else {
			t.AddColored(printer.Red, "FAIL", what, bytes, problem)
		}
	}
	for _, o := range v.Objects {
		add(o.OK, o.URI, fmt.Sprint(o.Bytes), o.Problem)
	}
	switch {
	case v.Manifest == "":
	case v.Ended != "":
		t.Add("none", "result.json", "", endNote(v.Ended))
	case len(v.Results) == 0:
		add(false, "result.json", "", noResult)
	}
	for _, job := range v.Jobs {
		if v.Manifest != "" || !job.ok() {
			add(job.ok(), "job "+job.ID, "", jobNote(job))
		}
	}
	if v.Manifest == "" {
		t.Add("", fmt.Sprintf("%d landings and %d results of %s", v.Checked.Jobs, v.Checked.Results, v.Pipeline), fmt.Sprint(v.Checked.Bytes),
			fmt.Sprintf("in %d objects", v.Checked.Objects))
	}
	a.Table(t)
}
