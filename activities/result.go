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
func (a *Activities) putResult(ctx context.Context, keys evidence.Keys, jobKey string, p contract.HandOverParams) error {
	objects, err := a.objectsOf(ctx, keys, jobKey, p.Result)
	if err != nil {
		return err
	}
	previous, err := evidence.Heads(ctx, a.Store, keys, jobKey)
	if err != nil {
		return err
	}
	key := keys.Result(jobKey, p.TieOut)
	err = a.Store.PutJSON(ctx, key, resultDocument{p.Result, evidence.Ledger{Objects: objects, Previous: previous}})
	if !isConflict(err) {
		return err
	}
	var there resultDocument
	if readErr := a.Store.GetJSON(ctx, key, &there); readErr != nil {
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
func (a *Activities) objectsOf(ctx context.Context, keys evidence.Keys, jobKey string, result contract.ExtractResult) ([]report.Object, error) {
	manifestKey, err := a.Store.Key(result.Manifest)
	if err != nil {
		return nil, err
	}
	var manifest evidence.Manifest
	landed, err := a.readObject(ctx, manifestKey, func(body io.Reader) error { return json.NewDecoder(body).Decode(&manifest) })
	if err != nil {
		return nil, err
	}
	objects := append(evidence.ObjectsOf(&manifest), landed)
	if result.Review != nil {
		review, err := a.putReview(ctx, keys, jobKey, result)
		if err != nil {
			return nil, err
		}
		objects = append(objects, review)
	}
	var doc report.Document
	written, err := a.readReport(ctx, result.Reports, func(body io.Reader) error { return evidence.DecodeReport(body, &doc) })
	if err != nil {
		return nil, fmt.Errorf("looking at what the tie-out wrote: %w", err)
	}
	return evidence.Sorted(append(append(objects, doc.Evidence.Objects...), written)), nil
}
