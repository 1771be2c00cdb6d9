package activities

import (
	"context"
	"errors"
	"fmt"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/report"
)

const reviewName = "review.json"

// rechecks are the reviews of the job's earlier tie-outs that asked for another one, oldest first.
func (a *Activities) rechecks(ctx context.Context, job landedJob, before int) ([]report.Recheck, error) {
	var asked []report.Recheck
	for number := 1; number < before; number++ {
		var review contract.Review
		err := a.Store.GetJSON(ctx, job.keys.TieOut(job.key, number, reviewName), &review)
		if errors.Is(err, bucket.ErrNotFound) || err == nil && review.Decision != contract.DecisionRecheck {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the review of tie-out %03d: %w", number, err)
		}
		asked = append(asked, report.Recheck{Review: reportReview(review)})
	}
	return asked, nil
}

// recheckedTo says what each recheck came to: the figures that the next one was asked on, in the end those of this tie-out.
func recheckedTo(rechecks []report.Recheck, now report.Figures) []report.Recheck {
	for i := range rechecks {
		rechecks[i].Then = now
		if i+1 < len(rechecks) {
			next := rechecks[i+1]
			rechecks[i].Then = report.Figures{TieOut: next.TieOut, Findings: next.Findings, Rows: next.Rows, Amounts: next.Amounts}
		}
	}
	return rechecks
}

func figuresOf(number int, s contract.FindingsSummary) report.Figures {
	return report.Figures{TieOut: number, Findings: s.Count, Rows: s.Rows, Amounts: s.Amounts}
}

// reportReview is a decision as reports show it.
func reportReview(r contract.Review) report.Review {
	return report.Review{Decision: r.Decision, By: r.By, Reason: r.Reason, At: r.At, TieOut: r.TieOut, Findings: r.Findings, Rows: r.Rows, Amounts: r.Amounts}
}
