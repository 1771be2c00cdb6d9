package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"tieout/activities"
	"tieout/concur"
	"tieout/internal/landing"
	"tieout/internal/operate"
)

func (a *app) verifyCommand() *cobra.Command {
	var jobs bool
	c := &cobra.Command{
		Use:   "verify MANIFEST",
		Short: "Hash every landed object again, and see that no completed job is missing",
		Long: `Read every object that a manifest names and compare its size and SHA-256; see that the job has a result. Unless
--jobs=false, also ask Concur for the jobs of the definition and see that each completed one has a manifest and a result.
Told apart are jobs of the pipeline's baseline, which were there before its first run, and jobs whose run failed on the
file itself (ControlTotals, FileFormat and their like): those have no result and are to have none. Of the manifest's own
job, such an end is the exit code.`,
		Args: arguments(1, 1, "the s3:// place of a manifest.json"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.verify(c.Context(), args[0], jobs)
		},
	}
	c.Flags().BoolVar(&jobs, "jobs", true, "also compare with the jobs that Concur lists")
	return c
}

// verification is what verify saw.
type verification struct {
	Manifest string           `json:"manifest"`
	OK       bool             `json:"ok"`
	Objects  []verifiedObject `json:"objects"`
	// Results are the results of the job's tie-outs.
	Results []string `json:"results"`
	// Ended is the code that the job's run failed with on the file itself; such a job is to have no result.
	Ended string `json:"ended,omitempty"`
	// Jobs are the completed jobs of the definition; null where they were not asked for.
	Jobs []verifiedJob `json:"jobs"`
}

type verifiedObject struct {
	URI     string `json:"uri"`
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"`
}

type verifiedJob struct {
	ID       string `json:"id"`
	Manifest bool   `json:"manifest"`
	Result   bool   `json:"result"`
	// History says that the job was there before the pipeline's first run: nobody is to land it.
	History bool `json:"history,omitempty"`
	// Ended is the code that the job's run failed with on the file itself: another run would come to the same again.
	Ended string `json:"ended,omitempty"`
}

func (j verifiedJob) ok() bool { return j.History || j.Ended != "" || j.Manifest && j.Result }

func (a *app) verify(ctx context.Context, place string, jobs bool) error {
	store, key, err := a.storeOf(ctx, place)
	if err != nil {
		return &usageError{message: err.Error()}
	}
	manifest, err := store.ReadManifest(ctx, key)
	if errors.Is(err, landing.ErrNotFound) {
		return fmt.Errorf("there is no manifest at %s: what has none has not landed. `%s report ID` prints the manifest of a run", place, a.name)
	}
	if err != nil {
		return err
	}
	if manifest.Pipeline == "" || manifest.Job.ID == "" || manifest.Job.Definition == "" {
		return &usageError{message: fmt.Sprintf("%s is no manifest: `%s report ID` prints the manifest of a run", place, a.name)}
	}
	v := &verification{Manifest: place, OK: true, Results: []string{}}
	for _, file := range landedFiles(manifest) {
		a.say("Hashing %s (%s)", file.URI, bytesText(file.Bytes))
		object, err := verifyObject(ctx, store, file)
		if err != nil {
			return err
		}
		v.Objects = append(v.Objects, object)
		v.OK = v.OK && object.OK
	}
	landed, ok := landing.LandingOf(key)
	if !ok || landed.Keys.Pipeline != manifest.Pipeline {
		return &usageError{message: fmt.Sprintf("%s is no manifest: `%s report ID` prints the manifest of a run", place, a.name)}
	}
	keys, jobKey := landed.Keys, landed.JobKey
	if v.Results, err = resultsOf(ctx, store, keys, jobKey); err != nil {
		return err
	}
	if v.Ended, err = endOf(ctx, store, keys, jobKey, len(v.Results) > 0); err != nil {
		return err
	}
	v.OK = v.OK && (len(v.Results) > 0 || v.Ended != "")
	if jobs {
		if v.Jobs, err = a.verifyJobs(ctx, store, keys, manifest); err != nil {
			return err
		}
		for _, job := range v.Jobs {
			v.OK = v.OK && job.ok()
		}
	}
	return a.showVerification(v)
}

// landedFiles are the raw file and, of a zip, its members.
func landedFiles(m *landing.Manifest) []landing.File {
	if !m.Zip {
		return m.Files
	}
	return append([]landing.File{m.Raw}, m.Files...)
}

// verifyObject reads an object from its first byte to its last.
func verifyObject(ctx context.Context, store *landing.Store, file landing.File) (verifiedObject, error) {
	o := verifiedObject{URI: store.URI(file.Key)}
	body, _, err := store.Open(ctx, file.Key)
	if errors.Is(err, landing.ErrNotFound) {
		o.Problem = "the object is gone"
		return o, nil
	}
	if err != nil {
		return o, fmt.Errorf("reading %s: %w", o.URI, err)
	}
	defer body.Close()
	hash := sha256.New()
	if o.Bytes, err = io.Copy(hash, body); err != nil {
		return o, fmt.Errorf("reading %s: %w", o.URI, err)
	}
	o.SHA256 = hex.EncodeToString(hash.Sum(nil))
	switch {
	case o.Bytes != file.Bytes:
		o.Problem = fmt.Sprintf("it has %d bytes, the manifest says %d", o.Bytes, file.Bytes)
	case o.SHA256 != file.SHA256:
		o.Problem = "its SHA-256 is " + o.SHA256 + ", the manifest says " + file.SHA256
	default:
		o.OK = true
	}
	return o, nil
}

func resultsOf(ctx context.Context, store *landing.Store, keys landing.Keys, jobKey string) ([]string, error) {
	objects, err := store.List(ctx, keys.TieOuts(jobKey))
	if err != nil {
		return nil, fmt.Errorf("listing the tie-outs of job %s: %w", jobKey, err)
	}
	results := []string{}
	for _, object := range objects {
		if landing.IsResult(object.Key) {
			results = append(results, store.URI(object.Key))
		}
	}
	return results, nil
}

// endOf is the code that ended a job without a result for good.
func endOf(ctx context.Context, store *landing.Store, keys landing.Keys, jobKey string, tiedOut bool) (string, error) {
	if tiedOut {
		return "", nil
	}
	return activities.EndedForGood(ctx, store, keys, jobKey)
}

// verifyJobs looks for the manifest and the result of every completed job that Concur lists.
func (a *app) verifyJobs(ctx context.Context, store *landing.Store, keys landing.Keys, m *landing.Manifest) ([]verifiedJob, error) {
	settings, err := a.settings()
	if err != nil {
		return nil, err
	}
	p, err := settings.Pipeline(m.Pipeline)
	if err != nil {
		return nil, &usageError{message: err.Error() + ". With --jobs=false only the objects are looked at"}
	}
	var baseline struct {
		JobIDs []string `json:"jobIds"`
	}
	if err := store.GetJSON(ctx, keys.Baseline(), &baseline); err != nil && !errors.Is(err, landing.ErrNotFound) {
		return nil, fmt.Errorf("reading the pipeline's baseline: %w", err)
	}
	seen := []verifiedJob{}
	err = a.connected(ctx, p.Connection, func(client *concur.Client) error {
		jobs, err := client.Jobs(ctx, m.Job.Definition)
		if err != nil {
			return err
		}
		for _, job := range jobs {
			if job.State != concur.Completed {
				continue
			}
			jobKey := landing.JobKey(job.ID)
			one := verifiedJob{ID: job.ID}
			_, _, err := store.Current(ctx, keys, jobKey)
			if one.Manifest = err == nil; err != nil && !errors.Is(err, landing.ErrNotFound) {
				return err
			}
			results, err := resultsOf(ctx, store, keys, jobKey)
			if err != nil {
				return err
			}
			one.Result = len(results) > 0
			if one.Ended, err = endOf(ctx, store, keys, jobKey, one.Result); err != nil {
				return err
			}
			one.History = !one.Manifest && contains(baseline.JobIDs, job.ID)
			seen = append(seen, one)
		}
		return nil
	})
	return seen, err
}

func (a *app) showVerification(v *verification) error {
	if a.json {
		if err := a.document(v); err != nil {
			return err
		}
	} else {
		t := newTable("", "object", "bytes", "")
		t.alignRight(2)
		for i, o := range v.Objects {
			t.add(okWord(o.OK), o.URI, fmt.Sprint(o.Bytes), o.Problem)
			t.tone[i] = okTone(o.OK)
		}
		for _, result := range v.Results {
			t.add("ok", result, "", "")
		}
		switch {
		case v.Ended != "":
			t.add("none", "result.json", "", endNote(v.Ended))
		case len(v.Results) == 0:
			t.add("FAIL", "result.json", "", "the job has no result: its tie-out has not happened")
		}
		for _, job := range v.Jobs {
			t.add(okWord(job.ok()), "job "+job.ID, "", jobNote(job))
			t.tone[len(t.rows)-1] = okTone(job.ok())
		}
		a.table(t)
	}
	if !v.OK {
		if !a.json {
			a.say("%s", a.paint(red, "Not everything is as the manifest says."))
		}
		return ended(operate.ExitError)
	}
	if v.Ended != "" {
		// The evidence is whole, and yet nobody may take this job for one that ties out.
		return ended(operate.ExitOfCode(v.Ended))
	}
	return nil
}

// endNote says why a job has no result and is to have none.
func endNote(code string) string {
	return "its run ended with " + code + ", so it has no result and is not taken up again; docs/runbook.md says what to do about it"
}

func jobNote(j verifiedJob) string {
	switch {
	case j.History:
		return "from before the pipeline's first run"
	case j.Ended != "":
		return endNote(j.Ended)
	case !j.Manifest:
		return "has not landed: the next run takes it up; `starter run --job` takes it up now"
	case !j.Result:
		return "landed, but not tied out: the next run takes it up; `starter reconcile` ties it out now"
	}
	return "landed and tied out"
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
