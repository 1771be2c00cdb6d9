package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieout/internal/bucket"
	"tieout/internal/evidence"
	"tieout/internal/report"
	"tieout/internal/runs"
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
		Args: arguments(1, 1, "a pipeline, or the s3:// place of a manifest.json"),
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

// verification is what verify saw.
type verification struct {
	Pipeline string `json:"pipeline"`
	// Manifest is the one landing that was looked at; "" for all of the pipeline.
	Manifest string `json:"manifest,omitempty"`
	OK       bool   `json:"ok"`
	Checked  counts `json:"checked"`
	// Objects are all that were compared; of a pipeline, those with a problem.
	Objects []evidence.Verified `json:"objects"`
	// Results are the results of the manifest's tie-outs.
	Results []string `json:"results,omitempty"`
	// Ended is the code that the manifest's run failed with on the file itself; such a job is to have no result.
	Ended string `json:"ended,omitempty"`
	// Jobs are the completed jobs of the definition; null where they were not asked for.
	Jobs []verifiedJob `json:"jobs"`
}

type counts struct {
	Jobs    int   `json:"jobs"`
	Results int   `json:"results"`
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"`
}

// verifier compares the objects of a pipeline and says which large ones it reads.
func (a *program) verifier(store *bucket.Store, keys evidence.Keys) *evidence.Verifier {
	return &evidence.Verifier{Store: store, Keys: keys, Reading: func(place string, bytes int64) {
		if bytes >= sayFrom {
			a.say("Hashing %s (%s)", place, bytesText(bytes))
		}
	}}
}

// sayFrom is the size of objects that take a while to read.
const sayFrom = 10 << 20

// take takes over what was compared.
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

// verifyManifest verifies one landing and what was made of it.
func (a *program) verifyManifest(ctx context.Context, place string, jobs bool) error {
	store, key, err := a.storeOf(ctx, place)
	if err != nil {
		return &usageError{message: err.Error()}
	}
	landed, ok := evidence.LandingOf(key)
	keys, jobKey := landed.Keys, landed.JobKey
	if !ok {
		return &usageError{message: fmt.Sprintf("%s is no manifest: `%s report ID` prints the manifest of a run", place, a.name)}
	}
	verifier := a.verifier(store, keys)
	job, err := verifier.Landing(ctx, key, jobKey)
	if errors.Is(err, bucket.ErrNotFound) {
		return fmt.Errorf("there is no manifest at %s: what has none has not landed. `%s report ID` prints the manifest of a run", place, a.name)
	}
	if err != nil {
		return err
	}
	v := &verification{Pipeline: keys.Pipeline, Manifest: place, Results: job.Results}
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

// verifyPipeline verifies all landings of a pipeline, and the chain of its results. What is whole is only counted.
func (a *program) verifyPipeline(ctx context.Context, name string, jobs bool) error {
	settings, err := a.settings()
	if err != nil {
		return err
	}
	if _, err := settings.Pipeline(name); err != nil {
		return &usageError{message: err.Error()}
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

// withJobs adds the jobs that Concur lists.
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
	if a.json {
		if err := a.document(v); err != nil {
			return err
		}
	} else {
		a.tableOf(v)
	}
	if !v.OK {
		if !a.json {
			a.say("%s", a.paint(red, "Not everything is as it was written."))
		}
		return ended(runs.ExitError)
	}
	if v.Ended != "" {
		// The evidence is whole, and yet nobody may take this job for one that ties out.
		return ended(runs.ExitOfCode(v.Ended))
	}
	return nil
}

// tableOf shows each object of a manifest, and each problem of a pipeline.
func (a *program) tableOf(v *verification) {
	t := newTable("", "object", "bytes", "")
	t.alignRight(2)
	add := func(ok bool, what, bytes, problem string) {
		t.add(okWord(ok), what, bytes, problem)
		t.tone[len(t.rows)-1] = okTone(ok)
	}
	for _, o := range v.Objects {
		add(o.OK, o.URI, fmt.Sprint(o.Bytes), o.Problem)
	}
	switch {
	case v.Manifest == "":
	case v.Ended != "":
		t.add("none", "result.json", "", endNote(v.Ended))
	case len(v.Results) == 0:
		add(false, "result.json", "", noResult)
	}
	for _, job := range v.Jobs {
		if v.Manifest != "" || !job.ok() {
			add(job.ok(), "job "+job.ID, "", jobNote(job))
		}
	}
	if v.Manifest == "" {
		t.add("", fmt.Sprintf("%d landings and %d results of %s", v.Checked.Jobs, v.Checked.Results, v.Pipeline), fmt.Sprint(v.Checked.Bytes),
			fmt.Sprintf("in %d objects", v.Checked.Objects))
	}
	a.table(t)
}

func okWord(ok bool) string {
	if ok {
		return "ok"
	}
	return "FAIL"
}

func okTone(ok bool) string {
	if ok {
		return ""
	}
	return red
}
