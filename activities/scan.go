package activities

import (
	"context"
	"errors"
	"io/fs"

	"tieout/internal/contract"
)

// Scan reads each file once: control totals and every distinct tuple of codes, with rows and money. What it found goes
// to S3, and a scan that is there already is not made again.
func (a *Activities) Scan(ctx context.Context, p contract.TieOutParams) (contract.ScanResult, error) {
	r := a.run(p.Scope)
	t, err := r.tieOut(ctx, p)
	if err != nil {
		return contract.ScanResult{}, failed(ctx, "Reading the manifest", err)
	}
	scanned, err := t.ReadScan(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		if scanned, err = t.Scan(ctx); err == nil {
			err = t.KeepScan(ctx, scanned)
		}
	}
	if err != nil {
		return contract.ScanResult{}, failed(ctx, "Scanning the files", err)
	}
	var result contract.ScanResult
	for _, file := range scanned {
		result.Records += file.Summary.Records
		for _, check := range file.Summary.Checks {
			result.Tuples += int64(check.Tuples.Len())
		}
	}
	return result, nil
}
