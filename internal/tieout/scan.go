package tieout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/reconcile"
	"tieout/internal/report"
)

// scanName is the object that Scan leaves for the steps after it.
const scanName = "scan.json"

// File is one file of the job. Where its manifest names a SHA-256, each pass proves that the bytes are those.
type File struct {
	contract.File
	// Open opens the file from its first byte.
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Scan reads each file once: control totals and every distinct tuple of codes, with rows and money.
func (t *TieOut) Scan(ctx context.Context) ([]reconcile.FileSummary, error) {
	var scanned []reconcile.FileSummary
	for _, file := range t.Files {
		var summary *extractfile.Summary
		sum, err := t.readFile(ctx, file, func(body io.Reader) (err error) {
			summary, err = extractfile.Scan(ctx, body, t.Layout, t.Settings.Checks, t.scanOptions(file))
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", cmp.Or(file.URI, file.Name), err)
		}
		summary.SHA256 = sum
		scanned = append(scanned, reconcile.FileSummary{Name: file.Name, Summary: summary})
	}
	return scanned, nil
}

// KeepScan writes what Scan found, for Resume to read.
func (t *TieOut) KeepScan(ctx context.Context, scanned []reconcile.FileSummary) error {
	_, err := t.Objects.Create(ctx, scanName, typeJSON, func(w io.Writer) error { return reconcile.WriteScan(w, scanned) })
	return err
}

// ReadScan reads what KeepScan wrote; its error is fs.ErrNotExist where there is nothing yet.
func (t *TieOut) ReadScan(ctx context.Context) (scanned []reconcile.FileSummary, err error) {
	object, err := t.Objects.Read(ctx, t.Ref, scanName, func(body io.Reader) (err error) {
		scanned, err = reconcile.ReadScan(body)
		return err
	})
	t.read = append(t.read, object)
	return scanned, err
}

func (t *TieOut) scanOptions(file File) extractfile.ScanOptions {
	options := extractfile.ScanOptions{Workers: t.Workers}
	if t.Scanning != nil {
		options.Progress = func(bytes, rows int64) { t.Scanning(file.File, bytes, rows) }
	}
	return options
}

// readRows passes over the files again and emits the rows that belong to a finding.
func (t *TieOut) readRows(ctx context.Context, lookup func(check int, key []byte) int, emit func(file string, row *extractfile.Row) error) error {
	for _, file := range t.Files {
		_, err := t.readFile(ctx, file, func(body io.Reader) error {
			return extractfile.Rows(ctx, body, t.Layout, t.Settings.Checks, lookup,
				func(row *extractfile.Row) error { return emit(file.Name, row) }, t.scanOptions(file))
		})
		if err != nil {
			return fmt.Errorf("passing over %s again: %w", cmp.Or(file.URI, file.Name), err)
		}
	}
	return nil
}

// readFile passes a file to read and returns its SHA-256. Figures of other bytes than the landed ones are worth nothing,
// however well they add up. A file that cannot be read as its format is hashed all the same, since it may be one that
// was changed.
func (t *TieOut) readFile(ctx context.Context, file File, read func(io.Reader) error) (string, error) {
	changed := &evidence.ChangedError{Doc: "its manifest.json", Remedy: t.Remedy,
		Want: report.Object{URI: file.URI, Bytes: file.Bytes, SHA256: file.SHA256}}
	body, err := file.Open(ctx)
	if errors.Is(err, fs.ErrNotExist) && file.SHA256 != "" {
		return "", changed
	}
	if err != nil {
		return "", err
	}
	defer body.Close()
	hashing := evidence.NewHashing(body)
	defer hashing.Close()
	readErr := read(hashing)
	if _, isFormat := errors.AsType[*extractfile.FormatError](readErr); readErr != nil && !isFormat {
		return "", readErr
	}
	changed.Got.Bytes, changed.Got.SHA256, err = hashing.Sum()
	switch {
	case err != nil:
		return "", fmt.Errorf("reading %s: %w", file.URI, err)
	case file.SHA256 != "" && (changed.Got.Bytes != file.Bytes || changed.Got.SHA256 != file.SHA256):
		return "", changed
	}
	return changed.Got.SHA256, readErr
}
