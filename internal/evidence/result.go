package evidence

import (
	"context"

	"tieout/internal/contract"
)

// Result is result.json, the last object of a tie-out: the result as the workflow returns it, the objects that it stands
// on and the results before it.
type Result struct {
	contract.ExtractResult
	Ledger
}

// Result reads the result.json under a key.
func (p Pipeline) Result(ctx context.Context, key string) (Result, error) {
	var result Result
	err := p.Store.GetJSON(ctx, key, &result)
	return result, err
}

// WriteResult writes the result of a job's tie-out. An earlier attempt may have written it already, after other results
// than those that are there now. It stays where it holds the same result; else there is a *bucket.ConflictError.
func (p Pipeline) WriteResult(ctx context.Context, jobKey string, tieOut int, result Result) error {
	return writeOnce(ctx, p.Store, p.Keys.Result(jobKey, tieOut), result, func(a, b Result) bool {
		return sameJSON(a.ExtractResult, b.ExtractResult)
	})
}
