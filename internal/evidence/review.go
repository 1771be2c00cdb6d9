package evidence

import (
	"context"

	"tieout/internal/contract"
)

// ReviewName is the name of review.json, which holds the decision on a tie-out as a contract.Review.
const ReviewName = "review.json"

// Review returns the key of the decision on a tie-out.
func (k Keys) Review(jobKey string, tieOut int) string { return k.TieOut(jobKey, tieOut, ReviewName) }

// WriteReview writes the decision on a tie-out. One that says the same in other bytes stays: another version of the
// software, which was replaced on the way, may have known other fields. Another decision is a *bucket.ConflictError.
func (p Pipeline) WriteReview(ctx context.Context, jobKey string, tieOut int, review contract.Review) error {
	return writeOnce(ctx, p.Store, p.Keys.Review(jobKey, tieOut), review, func(a, b contract.Review) bool { return sameJSON(a, b) })
}
