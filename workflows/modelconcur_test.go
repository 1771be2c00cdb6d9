package workflows_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tieout/activities"
	"tieout/concur"
)

// modelConcur is a Concur with one definition: what a POST does is the model's choice.
type modelConcur struct {
	activities.Concur
	m    *model
	jobs []*modelJob
}

// Makers of a job that no run of the model started.
const (
	history  = "history"
	anothers = "another's"
)

type modelJob struct {
	id                    string
	run                   string // the run whose POST made it
	created, listed, ends time.Time
	fails                 bool
}

// late reports whether Concur lists the job later than it may.
func (j *modelJob) late() bool { return j.listed.Sub(j.created) > modelWindow }

// on reports whether a job is running at a time: another POST is answered 409 then.
func (c *modelConcur) on(at time.Time) bool {
	return slices.ContainsFunc(c.jobs, func(j *modelJob) bool { return !j.created.After(at) && j.ends.After(at) })
}

func (c *modelConcur) add(run string, at time.Time, length, late time.Duration) *modelJob {
	job := &modelJob{id: fmt.Sprintf("job-%03d", len(c.jobs)), run: run, created: at, listed: at.Add(late), ends: at.Add(length)}
	c.jobs = append(c.jobs, job)
	return job
}

func (c *modelConcur) show(job *modelJob) concur.Job {
	shown := concur.Job{ID: job.id, Definition: "def", State: concur.Running, Status: "Running", StartTime: job.created}
	if !job.ends.After(c.m.now()) {
		shown.State, shown.Status, shown.StopTime = concur.Completed, "Completed", job.ends
		if job.fails {
			shown.State, shown.Status = concur.Failed, "Failed"
		}
	}
	return shown
}

func (c *modelConcur) Definitions(context.Context) ([]concur.Definition, error) {
	c.m.ledger.asked()
	return []concur.Definition{{ID: "def", Name: "SAE"}}, nil
}

func (c *modelConcur) Jobs(context.Context, string) ([]concur.Job, error) {
	c.m.ledger.asked()
	var listed []concur.Job
	for i := len(c.jobs) - 1; i >= 0 && len(listed) < 100; i-- {
		if !c.jobs[i].listed.After(c.m.now()) {
			listed = append(listed, c.show(c.jobs[i]))
		}
	}
	return listed, nil
}

func (c *modelConcur) Job(_ context.Context, _, id string) (concur.Job, error) {
	c.m.ledger.asked()
	for _, job := range c.jobs {
		if job.id == id {
			return c.show(job), nil
		}
	}
	return concur.Job{}, &concur.Error{Kind: concur.KindNotFound, Message: "no such job"}
}

func (c *modelConcur) JobStatus(ctx context.Context, definition, id string) (concur.Job, error) {
	return c.Job(ctx, definition, id)
}

// StartJob is where most of what can go wrong does.
func (c *modelConcur) StartJob(context.Context, string) (concur.Job, error) {
	c.m.ledger.asked()
	return c.m.post(c.m.hands)
}
