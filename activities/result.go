package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/report"
)

// putResult writes result.json.
func (r *run) putResult(ctx context.Context, jobKey string, p contract.HandOverParams) error {
	objects, err := r.objectsOf(ctx, jobKey, p.Result)
	if err != nil {
		return err
	}
	previous, err := r.Heads(ctx, jobKey)
	if err != nil {
		return err
	}
	return r.WriteResult(ctx, jobKey, p.TieOut, evidence.Result{ExtractResult: p.Result, Ledger: evidence.Ledger{Objects: objects, Previous: previous}})
}

// objectsOf returns the objects of the landing, as its manifest names them, and of the tie-out, as report.json does. They
// are not hashed again: what counts is what each was when it was written or read.
func (r *run) objectsOf(ctx context.Context, jobKey string, result contract.ExtractResult) ([]report.Object, error) {
	manifestKey, err := r.Key(result.Manifest)
	if err != nil {
		return nil, err
	}
	var manifest evidence.Manifest
	landed, err := r.readObject(ctx, manifestKey, func(body io.Reader) error { return json.NewDecoder(body).Decode(&manifest) })
	if err != nil {
		return nil, err
	}
	objects := append(evidence.ObjectsOf(&manifest), landed)
	if result.Review != nil {
		review, err := r.putReview(ctx, jobKey, result)
		if err != nil {
			return nil, err
		}
		objects = append(objects, review)
	}
	var doc report.Document
	written, err := r.readReport(ctx, result.Reports, func(body io.Reader) error { return evidence.DecodeReport(body, &doc) })
	if err != nil {
		return nil, fmt.Errorf("looking at what the tie-out wrote: %w", err)
	}
	return evidence.Sorted(append(append(objects, doc.Evidence.Objects...), written)), nil
}
