package activities

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/report"
	"tieout/internal/tieout"
)

// landedJob is a landed job with its manifest.
type landedJob struct {
	key      string
	manifest *evidence.Manifest
}

// landedJob reads the manifest of a tie-out.
func (r *run) landedJob(ctx context.Context, p contract.TieOutParams) (landedJob, error) {
	key, err := r.Key(p.Manifest)
	if err != nil {
		return landedJob{}, invalid(err.Error())
	}
	manifest, err := evidence.ReadManifest(ctx, r.Store, key)
	if errors.Is(err, bucket.ErrNotFound) {
		return landedJob{}, invalid(fmt.Sprintf("There is no manifest at %s: what has none has not landed. Look at runs/ for the manifests of landed jobs.", p.Manifest))
	}
	if err != nil {
		return landedJob{}, err
	}
	job := landedJob{contract.JobKey(manifest.Job.ID), manifest}
	if landing, ok := evidence.LandingOf(key); !ok || landing.Keys != r.Keys || landing.JobKey != job.key {
		return landedJob{}, invalid(fmt.Sprintf("%s is the manifest of a job of pipeline %s; one of pipeline %s lies under %s. Name the pipeline that landed the job; if storage.prefix was changed since, put it back.",
			p.Manifest, manifest.Pipeline, p.Scope.Settings.Name, r.URI(r.Keys.Jobs())))
	}
	return job, nil
}

// isCurrent refuses a landing that was made again since, because its result would count as the job's.
func (r *run) isCurrent(ctx context.Context, job landedJob, manifest string) error {
	current, landing, err := r.Current(ctx, job.key)
	if err != nil {
		return err
	}
	if uri := r.URI(landing.Manifest()); uri != manifest && current.Again != nil {
		return invalid(fmt.Sprintf("%s is not the job's current landing: %s had it landed again (%s). Tie out %s instead.",
			manifest, current.Again.By, current.Again.Reason, uri))
	}
	return nil
}

// isTiedOut reports whether a member's name is one that the members patterns choose; without patterns all are.
func isTiedOut(name string, patterns []string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(pattern string) bool {
		match, _ := path.Match(pattern, path.Base(name))
		return match
	})
}

// tiedOut returns the files that the pipeline's members patterns choose. All members
// of a zip are landed, and not all need be tied out.
func tiedOut(m *evidence.Manifest, patterns []string) ([]evidence.File, error) {
	if !m.Zip || len(patterns) == 0 {
		return m.Files, nil
	}
	var chosen []evidence.File
	var names []string
	for _, file := range m.Files {
		names = append(names, fmt.Sprintf("%q", file.Name))
		if isTiedOut(file.Name, patterns) {
			chosen = append(chosen, file)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("none of the zip's members is tied out: members %q match none of %s. Correct members in tieout.yaml and tie out again with `tieout reconcile`",
			patterns, orNone(names))
	}
	return chosen, nil
}

// tieOut returns the tie-out of a landed job, whose files and objects lie in the bucket.
func (r *run) tieOut(ctx context.Context, p contract.TieOutParams) (*tieout.TieOut, error) {
	job, err := r.landedJob(ctx, p)
	if err != nil {
		return nil, err
	}
	settings, manifest := p.Scope.Settings, job.manifest
	layout, err := extractfile.NewLayout(settings.Format)
	if err != nil {
		return nil, invalid(err.Error())
	}
	files, err := tiedOut(manifest, settings.Members)
	if err != nil {
		return nil, invalid(err.Error())
	}
	ref := tieout.Ref{JobKey: job.key, Number: p.Number}
	t := &tieout.TieOut{
		Settings: settings, Layout: layout, Job: resultJob(manifest.Job), Ref: ref, Objects: tieOutObjects{r, ref},
		Run: report.Run{Pipeline: settings.Name, BusinessDate: p.Scope.BusinessDate, TieOut: p.Number,
			WorkflowID: p.Scope.WorkflowID, RunID: p.Scope.RunID},
		Evidence: report.Evidence{Manifest: p.Manifest, Config: p.Scope.ConfigHash, CorrelationIDs: manifest.CorrelationIDs,
			LandedAt: timestamp(manifest.LandedAt), LandedAgain: landedAgain(manifest),
			Start: &report.StartDecision{Decision: startDecision(manifest.Job.Origin), By: manifest.Job.DecidedBy, Reason: manifest.Job.Reason}},
		Remedy: fmt.Sprintf("Restore the version that was landed (docs/bucket.md, Versioning) and run `%s`, or have the job landed again: `tieout land %s '%s' --again --reason …`",
			runJob(p.Scope, manifest.Job.ID), settings.Name, manifest.Job.ID),
		Scanning: func(file contract.File, bytes, rows int64) {
			note(ctx, contract.Heartbeat{File: file.Name, Bytes: bytes, Of: file.Bytes, Rows: rows})
		},
		Reading: func(list string, requests int) { note(ctx, contract.Heartbeat{List: list, Requests: requests}) },
	}
	if manifest.Zip {
		raw := contractFile(manifest.Raw)
		t.Evidence.Raw = &raw
	}
	for _, file := range files {
		t.Files = append(t.Files, tieout.File{File: contractFile(file), Open: func(ctx context.Context) (io.ReadCloser, error) {
			body, _, err := r.Store.Open(ctx, file.Key)
			return body, notExist(err)
		}})
	}
	return t, nil
}

// contractFile returns a file of a manifest as results and reports show it.
func contractFile(file evidence.File) contract.File {
	return contract.File{Name: file.Name, URI: file.URI, Bytes: file.Bytes, SHA256: file.SHA256, Proof: file.Proof}
}

// startDecision says in one sentence how the first run that landed the job came by it.
func startDecision(origin contract.Origin) string {
	switch origin {
	case contract.OriginStarted:
		return "Started: Concur answered the one request with this job"
	case contract.OriginAdopted:
		return "Adopted: Concur listed this job, and the run did not start another"
	}
	return "Given: the run was asked to take up this job"
}

// landedAgain returns what the report says of a landing that a person asked for.
func landedAgain(m *evidence.Manifest) *report.LandedAgain {
	if m.Again == nil {
		return nil
	}
	return &report.LandedAgain{By: m.Again.By, Reason: m.Again.Reason, At: timestamp(m.Again.At)}
}

// notExist makes the bucket's error about a missing object an fs.ErrNotExist.
func notExist(err error) error {
	if errors.Is(err, bucket.ErrNotFound) {
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return err
}
