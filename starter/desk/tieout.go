// Package desk ties out files on disk against list snapshots on disk: the tie-out of a run, with nothing around it.
package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/internal/report"
)

// Input is what a tie-out at the desk follows from.
type Input struct {
	Pipeline pipeline.Pipeline
	// Files are the paths of one job's files.
	Files []string
	// Lists is the directory with a snapshot <list>.json for each list that a check names.
	Lists        string
	BusinessDate string // yyyy-mm-dd
	ConfigHash   string
	Now          time.Time
	// Workers scan in parallel; 0 means all cores.
	Workers int
}

// TiedOut is a tie-out with its report.
type TiedOut struct {
	Document *report.Document
	// ControlTotalsFail is true where control_totals: require would end a run.
	ControlTotalsFail bool

	in      Input
	layout  *extractfile.Layout
	verdict *reconcile.Verdict
}

// MissingError says that a file or a snapshot is not there, or not as it was named.
type MissingError struct{ Message string }

func (e *MissingError) Error() string { return e.Message }

// TieOut ties the files out. Its errors are *extractfile.FormatError, *reconcile.UnreadError, *MissingError and those
// of the file system.
func TieOut(ctx context.Context, in Input) (*TiedOut, error) {
	t := &TiedOut{in: in}
	var err error
	if t.layout, err = extractfile.NewLayout(in.Pipeline.Format); err != nil {
		return nil, err
	}
	snapshots, used, err := readSnapshots(in)
	if err != nil {
		return nil, err
	}
	scanned, evidence, err := t.scan(ctx)
	if err != nil {
		return nil, err
	}
	t.verdict, err = reconcile.Match(reconcile.Input{
		Checks: in.Pipeline.Checks, Files: scanned, Snapshots: snapshots, Waivers: in.Pipeline.Waivers,
		BusinessDate: in.BusinessDate, ControlTotals: in.Pipeline.ControlTotals,
	})
	if err != nil {
		return nil, err
	}
	affected := reconcile.NewAffected(t.verdict)
	if err := t.eachRow(ctx, affected.Add); err != nil {
		return nil, err
	}
	if err := affected.Apply(); err != nil {
		return nil, err
	}
	t.ControlTotalsFail = t.verdict.ControlTotalsFail()
	t.Document = t.document(scanned, evidence, used)
	return t, nil
}

// scan passes once over each file.
func (t *TiedOut) scan(ctx context.Context) (scanned []reconcile.FileSummary, evidence []report.File, err error) {
	names := map[string]bool{}
	for _, path := range t.in.Files {
		if names[filepath.Clean(path)] {
			return nil, nil, &MissingError{fmt.Sprintf("the file %s is named twice: its rows would count twice", path)}
		}
		names[filepath.Clean(path)] = true
		file, err := openFile(path)
		if err != nil {
			return nil, nil, err
		}
		summary, err := extractfile.Scan(ctx, file, t.layout, t.in.Pipeline.Checks, extractfile.ScanOptions{Workers: t.in.Workers})
		file.Close()
		if err != nil {
			return nil, nil, fmt.Errorf("file %s: %w", path, err)
		}
		scanned = append(scanned, reconcile.FileSummary{Name: path, Summary: summary})
		evidence = append(evidence, report.File{Name: path, Bytes: summary.Bytes, Records: summary.Records})
	}
	return scanned, evidence, nil
}

func openFile(path string) (*os.File, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &MissingError{fmt.Sprintf("there is no file %s", path)}
	}
	if err != nil {
		return nil, fmt.Errorf("opening the extract: %w", err)
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		file.Close()
		return nil, &MissingError{fmt.Sprintf("%s is a directory: name the extract's files in it", path)}
	}
	return file, nil
}

// HashFiles fills in the SHA-256 of the files, for reports that are kept: they lead back to the bytes.
func (t *TiedOut) HashFiles() error {
	for i, path := range t.in.Files {
		file, err := openFile(path)
		if err != nil {
			return err
		}
		hash := sha256.New()
		_, err = io.Copy(hash, file)
		file.Close()
		if err != nil {
			return fmt.Errorf("hashing %s: %w", path, err)
		}
		t.Document.Evidence.Files[i].SHA256 = hex.EncodeToString(hash.Sum(nil))
	}
	return nil
}

// eachRow passes over the rows that belong to a finding, once there is one.
func (t *TiedOut) eachRow(ctx context.Context, emit func(file string, row *extractfile.Row) error) error {
	if !t.verdict.NeedsRows() {
		return nil
	}
	for _, path := range t.in.Files {
		file, err := openFile(path)
		if err != nil {
			return err
		}
		err = extractfile.Rows(ctx, file, t.layout, t.in.Pipeline.Checks, t.verdict.Lookup,
			func(row *extractfile.Row) error { return emit(path, row) }, extractfile.ScanOptions{Workers: t.in.Workers})
		file.Close()
		if err != nil {
			return fmt.Errorf("passing over %s again: %w", path, err)
		}
	}
	return nil
}

// WriteRows writes rows.csv to w and the same rows into the workbook.
func (t *TiedOut) WriteRows(ctx context.Context, w io.Writer, workbook *report.XLSX) error {
	rows := report.NewRowsCSV(w)
	if err := t.eachRow(ctx, func(file string, row *extractfile.Row) error {
		if err := workbook.WriteRow(file, row, t.Document.Findings); err != nil {
			return err
		}
		return rows.Write(file, row, t.Document.Findings)
	}); err != nil {
		return err
	}
	return rows.Flush()
}

// snapshotName is the file of a list's snapshot, as a tie-out names it and `report --download` brings it.
func snapshotName(list string) string { return path.Base(evidence.Keys{}.List("", 0, list)) }

// readSnapshots reads a snapshot for each list that a check names.
func readSnapshots(in Input) (map[string]*reconcile.Snapshot, []report.ListUsed, error) {
	snapshots, used := map[string]*reconcile.Snapshot{}, []report.ListUsed{}
	for _, check := range in.Pipeline.Checks {
		if snapshots[check.List] != nil {
			continue
		}
		path := filepath.Join(in.Lists, snapshotName(check.List))
		file, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, &MissingError{fmt.Sprintf("there is no snapshot of list %q at %s: name the directory with --lists, or bring it with `tieout report ID --download DIR`", check.List, path)}
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading the snapshot of list %q: %w", check.List, err)
		}
		snapshot, err := reconcile.ReadSnapshot(file)
		file.Close()
		if err != nil {
			return nil, nil, fmt.Errorf("%s is no list snapshot: %w. Bring it anew with `tieout report ID --download DIR`", path, err)
		}
		snapshot.Walk.Limited = true // what it lacks cannot be searched here
		snapshots[check.List] = snapshot
		doubles, count := snapshot.Doubles(report.MostDoubles)
		used = append(used, report.ListUsed{Doubles: doubles, DoubleCount: count, Name: check.List, API: snapshot.API, ID: snapshot.ListID, Levels: snapshot.Levels,
			Items: int64(snapshot.Items()), Requests: int64(snapshot.Requests), ReadAt: snapshot.ReadAt, URI: path})
	}
	return snapshots, used, nil
}
