package propose

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"tieout/concur"
	"tieout/internal/app"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
	"tieout/starter/printer"
)

const (
	// sampleBytes is the size of a sample, which holds some thousand rows.
	sampleBytes = 8 << 20
	// landedWithin is how long a bucket has to answer for a landed file.
	landedWithin = 5 * time.Second
)

// Sample is the beginning of an extract, cut behind a whole row.
type Sample struct {
	// Data is nil where there is no extract to look at.
	Data []byte
	// From says which extract it is of, or why there is none.
	From string
}

// SampleOf reads the beginning of an extract: of the file on disk where one is given, else of the newest landed file of
// the pipeline, else of the file of the newest completed job.
func SampleOf(ctx context.Context, parts *app.Service, client *concur.Client, file, pipeline string, definition concur.Definition) (Sample, error) {
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return Sample{}, app.Usagef("the extract %s cannot be read: %w", file, err)
		}
		defer f.Close()
		data, err := head(f)
		return Sample{data, file}, err
	}
	if sample, err := landedSample(ctx, parts, pipeline); err == nil {
		return sample, nil // an error says as much as a bucket with no landed file: another extract will do
	}
	return concurSample(ctx, client, definition)
}

// landedSample reads the newest landed file of a pipeline.
func landedSample(ctx context.Context, parts *app.Service, name string) (Sample, error) {
	store := parts.Store
	reading, cancel := context.WithTimeout(ctx, landedWithin)
	defer cancel()
	latest, err := evidence.Of(store, parts.Config.Storage.Prefix, name).Latest(reading)
	if err != nil {
		return Sample{}, err
	}
	key, err := store.Key(latest.Manifest)
	if err != nil {
		return Sample{}, err
	}
	manifest, err := evidence.ReadManifest(reading, store, key)
	if err != nil {
		return Sample{}, err
	}
	if len(manifest.Files) == 0 {
		return Sample{}, fmt.Errorf("the manifest %s names no files", key)
	}
	file := manifest.Files[0]
	body, err := store.OpenRange(ctx, file.Key, "", 0, min(sampleBytes, file.Bytes))
	if err != nil {
		return Sample{}, err
	}
	defer body.Close()
	data, err := head(body)
	return Sample{data, store.URI(file.Key)}, err
}

// concurSample reads the beginning of the file of the newest completed job.
func concurSample(ctx context.Context, client *concur.Client, definition concur.Definition) (Sample, error) {
	jobs, err := client.Jobs(ctx, definition.ID)
	if err != nil {
		return Sample{}, err
	}
	completed := slices.DeleteFunc(jobs, func(j concur.Job) bool { return j.State != concur.Completed })
	if len(completed) == 0 {
		return Sample{From: "the definition has no completed job"}, nil
	}
	job := slices.MaxFunc(completed, func(a, b concur.Job) int { return a.StartTime.Compare(b.StartTime) })
	file, err := client.File(ctx, definition.ID, job.ID, concur.FileRequest{})
	if remote, ok := errors.AsType[*concur.Error](err); ok && remote.Kind == concur.KindNotFound {
		return Sample{From: "the newest job's file is no longer served"}, nil
	}
	if err != nil {
		return Sample{}, err
	}
	defer file.Body.Close()
	data, err := head(file.Body)
	if err != nil {
		return Sample{}, fmt.Errorf("reading the newest job's file: %w", err)
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return Sample{From: "the newest job's file is a zip: expand it and name a member with --file"}, nil
	}
	return Sample{data, "the newest job's file " + printer.Visible(file.Name)}, nil
}

// head reads the beginning of an extract, without the last row of a longer one, which may be cut.
func head(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, sampleBytes))
	if err != nil {
		return nil, err
	}
	if len(data) == sampleBytes {
		cut := bytes.LastIndex(data, []byte("\nDETAIL"))
		if cut < 0 {
			cut = bytes.LastIndexByte(data, '\n')
		}
		data = data[:cut+1]
	}
	return data, nil
}

// LayoutOf returns the layout of a sample in the format that is named. An empty name means the format that the order of
// the sample's header fits.
func LayoutOf(ctx context.Context, sample []byte, format string) (*extractfile.Layout, error) {
	formats := []string{format}
	if format == "" {
		formats = []string{extractfile.FormatSAE, extractfile.FormatPRAE}
	}
	var first error
	for _, name := range formats {
		layout, err := extractfile.NewLayout(pipeline.Format{Name: name})
		if err != nil {
			return nil, err
		}
		_, err = extractfile.Scan(ctx, bytes.NewReader(sample), layout, nil, extractfile.ScanOptions{})
		if err == nil {
			return layout, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, first
}
