package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"tieout/internal/app"
	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
	"tieout/internal/report"
	"tieout/internal/tieout"
)

// newCheck returns the tie-out of files on disk against list snapshots on disk.
func newCheck(p pipeline.Pipeline, paths []string, o checkOptions) (*tieout.TieOut, error) {
	layout, err := extractfile.NewLayout(p.Format)
	if err != nil {
		return nil, err
	}
	t := &tieout.TieOut{
		Settings: p, Layout: layout, Run: report.Run{Pipeline: p.Name, BusinessDate: o.date, TieOut: 1}, Job: contract.Job{Origin: contract.OriginGiven},
		Ref: tieout.Ref{Number: 1}, Objects: checkObjects{o.lists, o.out}, Workers: o.workers, ListsIncomplete: true,
	}
	names := map[string]bool{}
	for _, path := range paths {
		if names[filepath.Clean(path)] {
			return nil, app.Usagef("the file %s is named twice: its rows would count twice", path)
		}
		names[filepath.Clean(path)] = true
		t.Files = append(t.Files, tieout.File{File: contract.File{Name: path}, Open: func(context.Context) (io.ReadCloser, error) { return openExtract(path) }})
	}
	if o.out != "" {
		in := func(name string) string { return filepath.Join(o.out, name) }
		t.Links = report.Links{JSON: in("report.json"), HTML: in("report.html"), XLSX: in("report.xlsx"), Findings: in("findings.csv"), Rows: in("rows.csv")}
	}
	return t, nil
}

func openExtract(path string) (io.ReadCloser, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, app.Usagef("there is no file %s", path)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the extract: %w", err)
	}
	if info, err := file.Stat(); err == nil && info.IsDir() {
		file.Close()
		return nil, app.Usagef("%s is a directory: name the extract's files in it", path)
	}
	return file, nil
}

// checkObjects are the list snapshots in one directory, which are read, and the reports in another, which are written.
type checkObjects struct{ lists, out string }

func (o checkObjects) Read(_ context.Context, _ tieout.Ref, name string, read func(io.Reader) error) (report.Object, error) {
	const remedy = "bring it with `tieout report ID --download DIR`"
	path := filepath.Join(o.lists, filepath.Base(name))
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return report.Object{}, app.Usagef("name the directory with --lists, or %s: %w", remedy, err)
	}
	if err != nil {
		return report.Object{}, err
	}
	defer file.Close()
	object, err := tieout.ReadObject(path, file, read)
	if err != nil {
		err = fmt.Errorf("%w; %s", err, remedy)
	}
	return object, err
}

func (o checkObjects) Create(_ context.Context, name, _ string, write func(io.Writer) error) (report.Object, error) {
	path := filepath.Join(o.out, name)
	file, err := os.Create(path)
	if err != nil {
		return report.Object{}, err
	}
	object, err := tieout.WriteObject(path, file, write)
	return object, errors.Join(err, file.Close())
}

// Replace is for lists that are read at their service, which check does not do.
func (o checkObjects) Replace(context.Context, string, []byte) error { return errors.ErrUnsupported }
