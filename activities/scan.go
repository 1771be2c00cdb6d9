package activities

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/internal/reconcile"
	"tieout/internal/report"
)

// scanName is the object that the pass over the files leaves for the steps after it.
const scanName = "scan.json"

// Scan reads each file once: control totals and every distinct tuple of codes, with rows and money. What it found
// goes to S3; a scan that is there already is not made again.
func (a *Activities) Scan(ctx context.Context, p contract.TieOutParams) (contract.ScanResult, error) {
	a = a.on(p.Scope)
	job, err := a.landedJob(ctx, p)
	if err != nil {
		return contract.ScanResult{}, failed(ctx, "Reading the manifest", err)
	}
	scanned, _, err := a.readScan(ctx, job, p.Number)
	if err == nil {
		return scanResult(scanned), nil
	}
	if !errors.Is(err, landing.ErrNotFound) {
		return contract.ScanResult{}, failed(ctx, "Looking for an earlier scan", err)
	}
	layout, err := extractfile.NewLayout(p.Scope.Settings.Format)
	if err != nil {
		return contract.ScanResult{}, invalid(err.Error())
	}
	files, err := tiedOut(job.manifest, p.Scope.Settings.Members)
	if err != nil {
		return contract.ScanResult{}, invalid(err.Error())
	}
	for _, file := range files {
		summary, err := a.scanFile(ctx, layout, p, job, file)
		if err != nil {
			return contract.ScanResult{}, failed(ctx, "Scanning "+file.Name, err)
		}
		scanned = append(scanned, reconcile.FileSummary{Name: file.Name, Summary: summary})
	}
	if err := a.writeScan(ctx, job, p.Number, scanned); err != nil {
		return contract.ScanResult{}, failed(ctx, "Keeping the scan", err)
	}
	return scanResult(scanned), nil
}

// scanFile passes once over a file and compares its hash with the manifest's. Rows and bytes go out with the heartbeats,
// so that people see it move.
func (a *Activities) scanFile(ctx context.Context, layout *extractfile.Layout, p contract.TieOutParams, job landedJob, file landing.File) (*extractfile.Summary, error) {
	var summary *extractfile.Summary
	err := a.readLanded(ctx, p, job, file, func(body io.Reader) (err error) {
		summary, err = extractfile.Scan(ctx, body, layout, p.Scope.Settings.Checks, extractfile.ScanOptions{
			Progress: func(bytes, rows int64) {
				note(ctx, contract.Heartbeat{File: file.Name, Bytes: bytes, Of: file.Bytes, Rows: rows})
			}})
		if err != nil {
			return fmt.Errorf("file %s: %w", a.Store.URI(file.Key), err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	summary.SHA256 = file.SHA256
	return summary, nil
}

// readScan reads the scan of a tie-out and returns which object that was.
func (a *Activities) readScan(ctx context.Context, job landedJob, number int) (scanned []reconcile.FileSummary, object report.Object, err error) {
	object, err = a.readObject(ctx, job.keys.TieOut(job.key, number, scanName), func(body io.Reader) (err error) {
		scanned, err = reconcile.ReadScan(body)
		return err
	})
	return scanned, object, err
}

func (a *Activities) writeScan(ctx context.Context, job landedJob, number int, scanned []reconcile.FileSummary) error {
	_, err := a.createObject(ctx, job.keys.TieOut(job.key, number, scanName), "application/json",
		func(w io.Writer) error { return reconcile.WriteScan(w, scanned) })
	return err
}

func scanResult(scanned []reconcile.FileSummary) contract.ScanResult {
	var result contract.ScanResult
	for _, file := range scanned {
		result.Records += file.Summary.Records
		for _, check := range file.Summary.Checks {
			result.Tuples += int64(check.Tuples.Len())
		}
	}
	return result
}
