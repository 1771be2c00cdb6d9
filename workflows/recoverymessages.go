package workflows

import (
	"fmt"
	"strings"
	"time"

	"tieout/internal/contract"
	"tieout/internal/wording"
)

// message returns what people need to know about jobs that are still left over, or nothing.
func (rec *recovery) message() string {
	var later, failed, begun []string
	for _, job := range rec.jobs {
		switch {
		case job.done:
		case job.code != "":
			failed = append(failed, fmt.Sprintf("%s (%s)", job.ID, job.code))
		case job.run != "":
			begun = append(begun, job.ID)
		default:
			later = append(later, job.ID)
		}
	}
	var sentences []string
	if rec.problem != "" {
		sentences = append(sentences, "Whether earlier nights left jobs over is not known, and the next run looks again. "+strings.TrimRight(rec.problem, ".")+".")
	}
	if len(later) > 0 {
		sentences = append(sentences, fmt.Sprintf("%s of earlier nights %s not been taken up yet: %s. The next runs take up the oldest %d a night; `recover: {since: DATE}` in tieout.yaml takes up all at once.",
			wording.Counted(len(later), "job", "jobs"), hasOrHave(len(later)), named(later), recoveredANight))
	}
	if len(failed) > 0 {
		sentences = append(sentences, fmt.Sprintf("%s of earlier nights came to nothing: %s. The notice of each says why.", wording.Counted(len(failed), "job", "jobs"), named(failed)))
	}
	if len(sentences) > 0 && len(begun) > 0 {
		sentences = append(sentences, fmt.Sprintf("%s taken up and not done yet.", wording.Counted(len(begun), "more is", "more are")))
	}
	return strings.Join(sentences, " ")
}

func hasOrHave(n int) string {
	if n == 1 {
		return "has"
	}
	return "have"
}

// named lists the first five ids, and the number of the others.
func named(ids []string) string {
	const most = 5
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
}

// gapMessage returns the notice of a gap.
func gapMessage(gap contract.Gap) string {
	from := "before " + stamped(gap.Before)
	if gap.After != "" {
		from = fmt.Sprintf("between %s and %s", stamped(gap.After), stamped(gap.Before))
	}
	return fmt.Sprintf("Jobs that completed %s may be missing: more jobs completed between two runs than the 100 that Concur lists, so nobody can name them. Ask SAP Concur for the extracts of that time; docs/runbook.md says how to go on.", from)
}

// stamped returns a time of a result as people read it.
func stamped(text string) string {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return text
	}
	return wording.Moment(at)
}

// leftOverLine returns a job without a result as the details of the run name it.
func leftOverLine(job contract.LeftOver) string {
	text := "`" + job.ID + "`"
	switch {
	case job.Code != "":
		return text + ", came to nothing: " + job.Code
	case job.Run != "":
		return text + ", taken up as " + job.Run
	}
	return text + ", for a later night"
}
