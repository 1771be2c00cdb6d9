package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/reconcile"
)

// basis is tieout/<nnn>/basis.json: who opened the tie-out, and what it is compared with. All that follows is made
// from it, the landed files and the list snapshots, so an attempt that is made again writes the same bytes.
type basis struct {
	Schema   int       `json:"schema"` // 1
	Owner    string    `json:"owner"`
	At       time.Time `json:"at"`
	Software string    `json:"software"`
	// Previous is the report.json of the pipeline's previous run whose files had rows.
	Previous     string `json:"previous,omitempty"`
	PreviousDate string `json:"previousDate,omitempty"`
	// Trend holds earlier runs, oldest first.
	Trend []reconcile.TrendPoint `json:"trend,omitempty"`
	// Batches are those of the pipeline's other landed jobs.
	Batches []reconcile.Batch `json:"batches,omitempty"`
	// LeftOver is how many jobs of earlier nights had yet to be landed.
	LeftOver int `json:"leftOver,omitempty"`
	// Earlier are earlier tie-outs, newest first, those of the job itself before those of earlier runs: their list
	// snapshots know retired codes.
	Earlier []earlierTieOut `json:"earlier,omitempty"`
}

// earlierTieOut is a tie-out that was made before.
type earlierTieOut struct {
	JobKey string `json:"jobKey"`
	Number int    `json:"number"`
	// Findings counts those that its report holds; waived ones are findings too.
	Findings int `json:"findings,omitempty"`
}

const (
	basisName = "basis.json"
	// manifestReaders is how many manifests are read side by side.
	manifestReaders = 8
)

// OpenTieOut gives the tie-out of a landed job its number. Numbers are taken by writing basis.json where there is
// none, so two tie-outs of one job never share one.
func (a *Activities) OpenTieOut(ctx context.Context, p contract.TieOutParams) (contract.OpenTieOutResult, error) {
	a = a.on(p.Scope)
	job, err := a.landedJob(ctx, p)
	if err != nil {
		return contract.OpenTieOutResult{}, failed(ctx, "Reading the manifest", err)
	}
	if err := a.isCurrent(ctx, job, p.Manifest); err != nil {
		return contract.OpenTieOutResult{}, failed(ctx, "Looking for the job's current landing", err)
	}
	files, err := tiedOut(job.manifest, p.Scope.Settings.Members)
	if err != nil {
		return contract.OpenTieOutResult{}, invalid(err.Error())
	}
	compared, err := a.basis(ctx, job, p)
	if err != nil {
		return contract.OpenTieOutResult{}, failed(ctx, "Looking at the pipeline's earlier runs", err)
	}
	result := contract.OpenTieOutResult{Files: len(files)}
	for _, file := range files {
		result.Bytes += file.Bytes
	}
	for result.Number = 1; ; result.Number++ {
		key := job.keys.TieOut(job.key, result.Number, basisName)
		var there basis
		switch err := a.Store.GetJSON(ctx, key, &there); {
		case err == nil && there.Owner == p.Owner:
			return result, nil
		case err == nil: // somebody's before
			compared.Earlier = slices.Insert(compared.Earlier, 0, earlierTieOut{JobKey: job.key, Number: result.Number})
			continue
		case !errors.Is(err, bucket.ErrNotFound):
			return contract.OpenTieOutResult{}, failed(ctx, "Looking for a free tie-out number", err)
		}
		switch err := a.Store.PutJSON(ctx, key, compared); {
		case err == nil:
			return result, nil
		case !isConflict(err):
			return contract.OpenTieOutResult{}, failed(ctx, "Opening the tie-out", err)
		}
		result.Number-- // taken in between: it is looked at again, for whose it is
	}
}

// basis gathers what the tie-out is compared with.
func (a *Activities) basis(ctx context.Context, job landedJob, p contract.TieOutParams) (basis, error) {
	records, err := a.earlierRuns(ctx, job.keys, job.key)
	if err != nil {
		return basis{}, err
	}
	b := basis{Schema: 1, Owner: p.Owner, At: p.At.UTC(), Software: a.Software, LeftOver: p.LeftOver}
	dates := map[string]string{}
	if previous := previousRun(records, resultJob(job.manifest.Job).StopTime); previous != nil {
		b.Previous, b.PreviousDate = previous.Report, previous.BusinessDate
	}
	for _, record := range records {
		earlier := earlierTieOut{JobKey: record.JobKey, Number: record.TieOut}
		if f := record.Findings; f != nil {
			earlier.Findings = f.Count + f.Waived
			b.Trend = append(b.Trend, reconcile.TrendPoint{BusinessDate: record.BusinessDate, Findings: f.Count, Rows: f.Rows, Classes: f.Classes})
		}
		dates[record.JobKey] = record.BusinessDate
		b.Earlier = append(b.Earlier, earlier)
	}
	slices.Reverse(b.Trend)
	b.Batches, err = a.batches(ctx, job, p.Scope.Settings.Members, dates)
	return b, err
}

// batches are those that the pipeline's other landed jobs declare. The manifests tell them: a job that waits for its
// review, or whose run failed, has no record of a verdict, and its batch is there all the same.
func (a *Activities) batches(ctx context.Context, job landedJob, members []string, dates map[string]string) ([]reconcile.Batch, error) {
	jobs, err := a.Store.ListPrefixes(ctx, job.keys.Jobs())
	if err != nil {
		return nil, fmt.Errorf("listing the pipeline's landed jobs: %w", err)
	}
	declared := make([][]reconcile.Batch, len(jobs))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(manifestReaders)
	for i, prefix := range jobs {
		jobKey := path.Base(prefix)
		if jobKey == job.key {
			continue
		}
		group.Go(func() error {
			manifest, _, err := evidence.Current(groupCtx, a.Store, job.keys, jobKey)
			if errors.Is(err, bucket.ErrNotFound) {
				return nil // it is on its way
			}
			if err != nil {
				return err
			}
			declared[i] = batchesOf(manifest, members, cmp.Or(dates[jobKey], manifest.LandedAt.Format(time.DateOnly)))
			return nil
		})
	}
	err = group.Wait()
	return slices.Concat(declared...), err
}

// batchesOf are the batches of the files of a job that are tied out.
func batchesOf(m *evidence.Manifest, members []string, date string) []reconcile.Batch {
	files, err := tiedOut(m, members)
	if err != nil {
		return nil // the members patterns were others then
	}
	var batches []reconcile.Batch
	for _, file := range files {
		if file.Header != nil && file.Header.Batch != "" {
			batches = append(batches, reconcile.Batch{ID: file.Header.Batch, JobID: m.Job.ID, BusinessDate: date})
		}
	}
	return batches
}

// landedJob is a job whose manifest was read.
type landedJob struct {
	keys     evidence.Keys
	key      string
	manifest *evidence.Manifest
}

func (a *Activities) landedJob(ctx context.Context, p contract.TieOutParams) (landedJob, error) {
	key, err := a.Store.Key(p.Manifest)
	if err != nil {
		return landedJob{}, invalid(err.Error())
	}
	manifest, err := evidence.ReadManifest(ctx, a.Store, key)
	if errors.Is(err, bucket.ErrNotFound) {
		return landedJob{}, invalid(fmt.Sprintf("There is no manifest at %s: what has none has not landed. Look at runs/ for the manifests of landed jobs.", p.Manifest))
	}
	if err != nil {
		return landedJob{}, err
	}
	job := landedJob{a.keys(p.Scope), contract.JobKey(manifest.Job.ID), manifest}
	if place, ok := evidence.LandingOf(key); !ok || place.Keys != job.keys || place.JobKey != job.key {
		return landedJob{}, invalid(fmt.Sprintf("%s is the manifest of a job of pipeline %s; one of pipeline %s lies under %s. Name the pipeline that landed the job; if storage.prefix was changed since, put it back.",
			p.Manifest, manifest.Pipeline, p.Scope.Settings.Name, a.Store.URI(job.keys.Jobs())))
	}
	return job, nil
}

// isCurrent refuses a landing that was made again since: what comes of it would stand for the job.
func (a *Activities) isCurrent(ctx context.Context, job landedJob, manifest string) error {
	current, place, err := evidence.Current(ctx, a.Store, job.keys, job.key)
	if err != nil {
		return err
	}
	if uri := a.Store.URI(place.Manifest()); uri != manifest && current.Again != nil {
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

// tiedOut are the files that the pipeline's members patterns choose: of a zip all are landed, not all are tied out.
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
