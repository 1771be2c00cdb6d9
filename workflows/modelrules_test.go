package workflows_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// ledger notes what the runs of all slots did, and holds it against the rules of the protocol.
type ledger struct {
	m         *model
	sent      []*post
	decisions []decision
	answers   map[contract.Slot][]string // the jobs that verdicts named
	cancelled bool
}

// post is a POST that reached Concur.
type post struct {
	slot    contract.Slot
	run     *modelRun
	attempt int
	at      time.Time
	known   bool // the run knows the answer, or its worker has claimed the job
	job     *modelJob
	passed  bool // its job could not be taken for the slot's when the next POST was made
}

// decision is a person's, that was accepted.
type decision struct {
	run  *modelRun
	slot contract.Slot
	at   time.Time
	what contract.Decision
}

func newLedger(m *model) ledger { return ledger{m: m, answers: map[contract.Slot][]string{}} }

// must notes the first thing that does not hold; the walk ends there.
func (m *model) must(holds bool, format string, values ...any) {
	if !holds && m.broken == "" {
		m.broken = fmt.Sprintf(format, values...)
	}
}

// asked and wrote count what an execution asked Concur and wrote to S3.
func (l *ledger) asked() {
	if x := l.m.current; x != nil && l.m.hands == nil {
		x.calls++
	}
}

func (l *ledger) wrote(key string, replaces bool) {
	l.m.must(!replaces || !strings.Contains(key, ".intent-"), "rule 5: %s was replaced", key)
	if x := l.m.current; x != nil && l.m.hands == nil {
		x.writes++
	}
}

// lastWord is the last decision on a slot, and whether nothing was sent since. A run that has begun does not hear of a stop
// in another namespace; one that begins after it does.
func (l *ledger) lastWord(slot contract.Slot, namespace string) (what contract.Decision, fresh bool) {
	for _, d := range slices.Backward(l.decisions) {
		if d.slot == slot && (d.run.namespace == namespace || d.what != contract.DecisionStop) {
			return d.what, !slices.ContainsFunc(l.sent, func(p *post) bool { return p.slot == slot && !p.at.Before(d.at) })
		}
	}
	return "", false
}

// posts notes a POST and holds it against what was before it. What a person wants is no breach.
func (l *ledger) posts(w *modelWorker) *post {
	m, run := l.m, w.x.run
	p := &post{slot: *run.slot, run: run, attempt: w.attempt, at: m.now()}
	w.lastPost = p
	word, fresh := l.lastWord(p.slot, run.namespace)
	asked := fresh && word == contract.DecisionStartAgain
	unknown := 0
	for _, earlier := range l.sent {
		if earlier.slot != p.slot {
			continue
		}
		if !earlier.known {
			unknown++
		}
		m.must(earlier.attempt < p.attempt, "rule 1: attempt %d is sent after attempt %d", p.attempt, earlier.attempt)
		m.must(earlier.run == run || earlier.attempt <= run.knows, "rule 1: %s posts without knowing attempt %d of %s", run.runID, earlier.attempt, earlier.run.runID)
		m.must(asked || earlier.known || p.at.Sub(earlier.at) >= modelWindow, "rule 1: a POST %s after one whose outcome nobody knows", p.at.Sub(earlier.at))
		earlier.passed = earlier.passed || earlier.job != nil && !l.belongs(earlier.job, p)
		m.must(asked || earlier.job == nil || earlier.passed, "rule 2: a POST though the slot has a job")
	}
	m.must(asked || unknown < contract.MaxPosts, "rule 2: a POST after %d whose outcome nobody knows", unknown)
	m.must(word != contract.DecisionStop, "rule 2: a POST after a stop")
	m.must(asked || !l.hasVerdict(p.slot), "rule 2: a POST though there is a verdict")
	for _, job := range m.concur.jobs {
		m.must(asked || job.fails || job.late() || l.claim(job).Of() != p.slot, "rule 2: a POST though %s is claimed for the slot", job.id)
	}
	l.sent = append(l.sent, p)
	return p
}

// belongs reports whether a job that a POST of the slot made is the slot's still. One that Concur lists later than it may
// is not seen, one that failed is passed over, and one that another date was given, or that recovery brought to a result
// once its run was gone, is no candidate.
func (l *ledger) belongs(job *modelJob, p *post) bool {
	claim := l.claim(job)
	given := !claim.IsZero() && claim.Of() != p.slot
	recovered := given && claim.Of().IsZero()
	return !job.late() && !job.fails && (!given || recovered && job.run == p.run.runID)
}

func (l *ledger) documents() evidence.Pipeline {
	return evidence.Pipeline{Store: l.m.store, Keys: l.m.keys}
}

func (l *ledger) claim(job *modelJob) (claim evidence.Claim) {
	if body, there := l.m.s3.objects[l.m.keys.Claim(contract.JobKey(job.id))]; there {
		l.m.must(json.Unmarshal(body, &claim) == nil, "the claim of %s cannot be read", job.id)
	}
	return claim
}

func (l *ledger) hasVerdict(slot contract.Slot) bool {
	_, there, err := l.documents().Verdict(context.Background(), slot)
	l.m.must(err == nil, "the verdict cannot be read: %v", err)
	return there
}

// ended holds the end of a run or a front against the rules.
func (l *ledger) ended(r *modelRun) {
	m, x, end := l.m, r.x, r.end
	failedWithCode := end.Status == contract.RunFailed && slices.Contains(append(contract.Codes(), contract.CodeTemporary), end.Code)
	m.must(failedWithCode || end.Status != contract.RunFailed, "%s failed without a code: %s %s", r.id, end.Code, end.Message)
	m.must(end.Status != contract.RunCanceled || l.cancelled, "%s was cancelled by nobody", r.id)
	if r.slot != nil && end.Result != nil {
		word, _ := l.lastWord(*r.slot, r.namespace)
		old := slices.ContainsFunc(m.concur.jobs, func(j *modelJob) bool { return j.id == end.Result.Job.ID && j.run == history })
		m.must(!old || word == contract.DecisionAdopt, "%s has taken %s, which was there before its first attempt", r.runID, end.Result.Job.ID)
		l.answers[*r.slot] = append(l.answers[*r.slot], end.Result.Job.ID)
	}
	if end.Result != nil && end.Result.Answered != "" && x.posts == 0 {
		m.must(x.writes == 0, "rule 3: an answer has written %d objects", x.writes)
	}
	if !r.isFront() {
		return
	}
	m.must(x.calls+x.writes == 0, "rule 4: the front %s has asked Concur %d times and written %d objects", r.id, x.calls, x.writes)
	run := r.stoodBefore
	switch {
	case run == nil, end.Status == contract.RunTerminated:
	case run.end.Status == contract.RunCompleted:
		m.must(end.Result != nil && end.Result.Job.ID == run.end.Result.Job.ID, "rule 4: the front ended with %+v, its run with %+v", end, run.end)
	case run.end.Status == contract.RunFailed:
		m.must(end.Code == run.end.Code && end.Message == run.end.Message, "rule 4: the front ended with %+v, its run with %+v", end, run.end)
	default:
		m.must(end.Code == contract.CodeTemporary, "rule 4: the front ended with %+v, its run was %s", end, run.end.Status)
	}
}

// mustHold is what holds in the end, once two quiet nights have passed.
func (l *ledger) mustHold() {
	m := l.m
	excused := slices.ContainsFunc(m.concur.jobs, (*modelJob).late) || // people who start again want another
		slices.ContainsFunc(l.decisions, func(d decision) bool { return d.what == contract.DecisionStartAgain })
	for slot, jobs := range l.answers {
		m.must(excused || len(slices.Compact(slices.Sorted(slices.Values(jobs)))) == 1, "rule 3: the answers for %s name %v", slot, jobs)
	}
	made := map[contract.Slot]int{}
	for _, p := range l.sent {
		if p.job != nil && !p.passed && l.belongs(p.job, p) {
			if word, _ := l.lastWord(p.slot, p.run.namespace); word == "" {
				made[p.slot]++
			}
		}
	}
	for slot, jobs := range made {
		m.must(jobs == 1, "%d jobs were started for %s", jobs, slot)
	}
	for _, job := range m.concur.jobs {
		if job.run == history || job.fails {
			continue
		}
		m.must(m.s3.has(m.keys.Manifest(contract.JobKey(job.id))) && m.s3.hasResult(m.keys.TieOuts(contract.JobKey(job.id))),
			"%s of %s has not landed", job.id, job.run)
	}
	for _, slot := range []contract.Slot{slotOn(0), slotOn(0).Next(), slotOn(1), slotOn(2)} {
		intents, err := l.documents().Intents(context.Background(), slot.Date, slot.Word())
		m.must(err == nil, "the intents of %s cannot be read: %v", slot, err)
		for i, intent := range intents {
			m.must(intent.Attempt == i+1, "rule 6: attempt %d of %s was passed over", i+1, slot)
		}
	}
}
