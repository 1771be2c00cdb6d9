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
	"tieout/internal/report"
	"tieout/internal/tieout"
)

// manifestReaders is how many manifests are read at the same time.
const manifestReaders = 8

// OpenTieOut gives the tie-out of a landed job its number. Numbers are taken by writing basis.json where there is
// none, so two tie-outs of one job never share one.
func (a *Activities) OpenTieOut(ctx context.Context, p contract.TieOutParams) (contract.OpenTieOutResult, error) {
	r := a.run(p.Scope)
	job, err := r.landedJob(ctx, p)
	if err != nil {
		return contract.OpenTieOutResult{}, failed(ctx, "Reading the manifest", err)
	}
	if err := r.isCurrent(ctx, job, p.Manifest); err != nil {
		return contract.OpenTieOutResult{}, failed(ctx, "Looking for the job's current landing", err)
	}
	files, err := tiedOut(job.manifest, p.Scope.Settings.Members)
	if err != nil {
		return contract.OpenTieOutResult{}, invalid(err.Error())
	}
	compared, err := r.basis(ctx, job, p)
	if err != nil {
		return contract.OpenTieOutResult{}, failed(ctx, "Looking at the pipeline's earlier runs", err)
	}
	result := contract.OpenTieOutResult{Files: len(files)}
	for _, file := range files {
		result.Bytes += file.Bytes
	}
	for result.Number = 1; ; result.Number++ {
		key := r.Keys.TieOut(job.key, result.Number, tieout.BasisName)
		var there tieout.Basis
		switch err := r.Store.GetJSON(ctx, key, &there); {
		case err == nil && there.Owner == p.Owner:
			return result, nil
		case err == nil: // somebody's before
			compared.Earlier = slices.Insert(compared.Earlier, 0, tieout.Earlier{Ref: tieout.Ref{JobKey: job.key, Number: result.Number}})
			continue
		case !errors.Is(err, bucket.ErrNotFound):
			return contract.OpenTieOutResult{}, failed(ctx, "Looking for a free tie-out number", err)
		}
		switch err := r.Store.PutJSON(ctx, key, compared); {
		case err == nil:
			return result, nil
		case !isConflict(err):
			return contract.OpenTieOutResult{}, failed(ctx, "Opening the tie-out", err)
		}
		result.Number-- // taken in between, perhaps by an earlier attempt of ours: read whose it is
	}
}

// basis reads what the tie-out is compared with.
func (r *run) basis(ctx context.Context, job landedJob, p contract.TieOutParams) (tieout.Basis, error) {
	records, err := r.earlierRuns(ctx, job.key)
	if err != nil {
		return tieout.Basis{}, err
	}
	b := tieout.Basis{Schema: 1, Owner: p.Owner, At: p.At.UTC(), Software: r.Software, LeftOver: p.LeftOver}
	dates := map[string]string{}
	if previous := previousRun(records, resultJob(job.manifest.Job).StopTime); previous != nil {
		b.Previous, b.PreviousDate = &tieout.Ref{JobKey: previous.JobKey, Number: previous.TieOut}, previous.BusinessDate
	}
	for _, record := range records {
		earlier := tieout.Earlier{Ref: tieout.Ref{JobKey: record.JobKey, Number: record.TieOut}}
		if f := record.Findings; f != nil {
			earlier.Findings = f.Count + f.Waived
			b.Trend = append(b.Trend, report.NewTrendPoint(record.BusinessDate, *f))
		}
		dates[record.JobKey] = record.BusinessDate
		b.Earlier = append(b.Earlier, earlier)
	}
	slices.Reverse(b.Trend)
	b.Batches, err = r.batches(ctx, job, p.Scope.Settings.Members, dates)
	return b, err
}

// batches reads the batches that the pipeline's other landed jobs declare. It reads the manifests, because a job that
// waits for its review, or whose run failed, has no record of a verdict and its batch was delivered all the same.
func (r *run) batches(ctx context.Context, job landedJob, members []string, dates map[string]string) ([]reconcile.Batch, error) {
	jobs, err := r.Store.ListPrefixes(ctx, r.Keys.Jobs())
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
			manifest, _, err := r.Current(groupCtx, jobKey)
			if errors.Is(err, bucket.ErrNotFound) {
				return nil // still landing
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

// batchesOf returns the batches of those files of a job that are tied out.
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
