package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"tieout/concur"
	"tieout/internal/app"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

// sampleBytes is how much of an extract is looked at: some thousand rows.
const sampleBytes = 8 << 20

// sample is the beginning of an extract, cut behind a whole row: the file given, else the pipeline's newest landed one,
// else the newest completed job's. Nil means that there is none, and from says why.
func (a *program) sample(ctx context.Context, parts *app.Service, client *concur.Client, d *draft) (data []byte, from string, err error) {
	if d.options.file != "" {
		file, err := openGiven(d.options.file)
		if err != nil {
			return nil, "", err
		}
		defer file.Close()
		data, err = head(file)
		return data, d.options.file, err
	}
	if data, from = landedSample(ctx, parts, d.options.pipeline); data != nil {
		return data, from, nil
	}
	return concurSample(ctx, client, d.definition)
}

func openGiven(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, &usageError{message: fmt.Sprintf("the extract %s cannot be read: %v", path, err)}
	}
	return file, nil
}

// landedSample is the newest landed file of the pipeline; a bucket that does not answer has none.
func landedSample(ctx context.Context, parts *app.Service, name string) ([]byte, string) {
	store, keys := parts.Store, evidence.Keys{Prefix: parts.Config.Storage.Prefix, Pipeline: name}
	var latest struct {
		Manifest string `json:"manifest"`
	}
	reading, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if store.GetJSON(reading, keys.Latest(), &latest) != nil {
		return nil, ""
	}
	key, err := store.Key(latest.Manifest)
	if err != nil {
		return nil, ""
	}
	manifest, err := evidence.ReadManifest(reading, store, key)
	if err != nil || len(manifest.Files) == 0 {
		return nil, ""
	}
	body, err := store.OpenRange(ctx, manifest.Files[0].Key, "", 0, min(sampleBytes, manifest.Files[0].Bytes))
	if err != nil {
		return nil, ""
	}
	defer body.Close()
	data, err := head(body)
	if err != nil {
		return nil, ""
	}
	return data, store.URI(manifest.Files[0].Key)
}

// concurSample is the beginning of the newest completed job's file.
func concurSample(ctx context.Context, client *concur.Client, definition concur.Definition) ([]byte, string, error) {
	jobs, err := client.Jobs(ctx, definition.ID)
	if err != nil {
		return nil, "", err
	}
	job, ok := newestCompleted(jobs)
	if !ok {
		return nil, "the definition has no completed job", nil
	}
	file, err := client.File(ctx, definition.ID, job.ID, concur.FileRequest{})
	var remote *concur.Error
	if errors.As(err, &remote) && remote.Kind == concur.KindNotFound {
		return nil, "the newest job's file is no longer served", nil
	}
	if err != nil {
		return nil, "", err
	}
	defer file.Body.Close()
	data, err := head(file.Body)
	if err != nil {
		return nil, "", fmt.Errorf("reading the newest job's file: %w", err)
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return nil, "the newest job's file is a zip: expand it and name a member with --file", nil
	}
	return data, "the newest job's file " + visible(file.Name), nil
}

// head reads the beginning of an extract. Of a longer one the last row that begins is left out.
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

// layoutOf finds out which format the sample has; the order of its header tells.
func (d *draft) layoutOf(ctx context.Context, sample []byte) (*extractfile.Layout, error) {
	formats := []string{extractfile.FormatSAE, extractfile.FormatPRAE}
	if d.format != "" {
		formats = []string{d.format}
	}
	var first error
	for _, name := range formats {
		layout, err := extractfile.NewLayout(pipeline.Format{Name: name})
		if err != nil {
			return nil, err
		}
		_, err = extractfile.Scan(ctx, bytes.NewReader(sample), layout, nil, extractfile.ScanOptions{})
		if err == nil {
			d.format = name
			return layout, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}
