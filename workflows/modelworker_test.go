package workflows_test

import (
	"context"
	"runtime"
	"time"

	"go.temporal.io/sdk/temporal"

	"tieout/concur"
	"tieout/internal/contract"
)

// modelWorker is one execution of the activity StartJob, on a goroutine of its own: it can be cut off from the run that
// asked for it, and go on later.
type modelWorker struct {
	x        *execution
	attempt  int
	began    time.Time
	cutOff   bool
	left     chan struct{} // is closed when nobody listens to it any more
	wake     chan struct{}
	ended    chan struct{}
	result   contract.StartJobResult
	err      error
	lastPost *post
}

// startJob is StartJob on a worker that may be lost at each step.
func (x *execution) startJob(ctx context.Context, p contract.StartJobParams) (contract.StartJobResult, error) {
	m := x.m
	w := &modelWorker{x: x, attempt: p.Attempt, began: m.now(), left: make(chan struct{}), wake: make(chan struct{}), ended: make(chan struct{})}
	m.hands = w
	go func() {
		defer close(w.ended)
		w.result, w.err = x.activities.StartJob(context.WithoutCancel(ctx), p)
	}()
	select {
	case <-w.ended:
	case <-w.left:
	}
	m.hands = nil
	if w.cutOff || m.now().Sub(w.began) > modelAttempt {
		return contract.StartJobResult{}, temporal.NewHeartbeatTimeoutError()
	}
	if w.lastPost != nil {
		w.lastPost.known = w.result.Outcome != contract.PostUnknown
	}
	return w.result, w.err
}

// at is what may happen to a worker or to its run at a step of StartJob.
func (w *modelWorker) at(step string) {
	if w == nil || w.cutOff {
		return
	}
	x, m := w.x, w.x.m
	x.step = step
	x.meet()
	switch m.choose(x.run.runID+" "+step, "goes on", "the worker is lost", "the run is lost", "the run is reset to before the snapshot", "the run is reset to before the start") {
	case 0:
		return
	case 2:
		x.cut = lost
	case 3:
		x.resetTo(theSnapshot)
	case 4:
		x.resetTo(theStart)
	}
	w.cutOff = true
	late := []time.Duration{0, 0, 25 * time.Second, 110 * time.Second}
	options := []string{"is dead", "goes on at once", "goes on 25 s later", "goes on 110 s later"}
	if x.cut == reset {
		late, options = []time.Duration{0, 25 * time.Second}, []string{"is dead", "goes on 25 s later"}
	}
	if choice := m.which("its worker", options...); choice > 0 {
		m.later(m.now().Add(late[choice]), func() {
			hands := m.hands
			m.hands = w
			w.wake <- struct{}{}
			<-w.ended
			m.hands = hands
			if w.lastPost != nil && w.result.Outcome == contract.PostCreated {
				w.lastPost.known = true // by its claim
			}
		})
		close(w.left)
		<-w.wake
		return
	}
	close(w.left)
	runtime.Goexit()
}

// post is one POST of a worker, whether or not its run listens.
func (m *model) post(w *modelWorker) (concur.Job, error) {
	if !w.cutOff {
		switch m.choose("the POST", "is made", "is refused", "is not sent") {
		case 1:
			return concur.Job{}, &concur.Error{Kind: concur.KindThrottled, Message: "slow down"}
		case 2:
			return concur.Job{}, &concur.Error{Kind: concur.KindNotSent, Message: "no route"}
		}
	}
	sent := m.ledger.posts(w)
	reset := &concur.Error{Kind: concur.KindTransport, Message: "connection reset"}
	if m.concur.on(m.now()) {
		if !w.cutOff && m.choose("the answer that a job is running", "arrives", "is lost") == 1 {
			return concur.Job{}, reset
		}
		return concur.Job{}, &concur.Error{Kind: concur.KindConflict, Message: "a job is running"}
	}
	answer := 0
	if !w.cutOff {
		answer = m.choose("the answer", "arrives", "is lost", "is lost, and no job was made")
	}
	if answer == 2 {
		return concur.Job{}, reset
	}
	job := m.accept(w.x.run.runID)
	sent.job = job
	if answer == 1 {
		return concur.Job{}, reset
	}
	w.at("after the POST")
	return m.concur.show(job), nil
}

// accept is Concur's side of a POST.
func (m *model) accept(run string) *modelJob {
	at := m.now()
	switch m.choose("the job", "is short", "is long", "is listed just in time", "is listed too late", "fails at Concur") {
	case 1:
		return m.concur.add(run, at, longJob, 0)
	case 2:
		return m.concur.add(run, at, shortJob, inTime)
	case 3:
		return m.concur.add(run, at, shortJob, tooLate)
	case 4:
		job := m.concur.add(run, at, shortJob, 0)
		job.fails = true
		return job
	}
	return m.concur.add(run, at, shortJob, 0)
}
