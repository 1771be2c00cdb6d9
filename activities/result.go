package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/report"
)

// resultDocument is result.json: the result as the workflow returns it, the objects that it stands on and the results
// before it.
type resultDocument struct {
	contract.ExtractResult
	evidence.Ledger
}

// putResult writes result.json. An earlier attempt may have written it already, after other results than those that are
// there now: the one that is there stands, as long as it holds the same result.
func (r *run) putResult(ctx context.Context, jobKey string, p contract.HandOverParams) error {
	objects, err := r.objectsOf(ctx, jobKey, p.Result)
	if err != nil {
		return err
	}
	previous, err := evidence.Heads(ctx, r.Store, r.Keys, jobKey)
	if err != nil {
		return err
	}
	key := r.Keys.Result(jobKey, p.TieOut)
	err = r.Store.PutJSON(ctx, key, resultDocument{p.Result, evidence.Ledger{Objects: objects, Previous: previous}})
	if !isConflict(err) {
		return err
	}
	var there resultDocument
	if readErr := r.Store.GetJSON(ctx, key, &there); readErr != nil {
		return err
	}
	is, isErr := json.Marshal(there.ExtractResult)
	want, wantErr := json.Marshal(p.Result)
	if isErr == nil && wantErr == nil && bytes.Equal(is, want) {
		return nil
	}
	return err
}

// objectsOf are the objects of the landing, as its manifest names them, and those of the tie-out, as report.json does.
// None is hashed here: what counts is what each was when it was written or read.
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
