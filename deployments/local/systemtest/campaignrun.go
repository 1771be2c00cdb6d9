package systemtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"

	"tieout/internal/contract"
)

// campaign runs the pipeline's date as one run of a campaign, from its start to the check of what it has left.
func (p *Pipeline) campaign(ctx context.Context, v *supervisor, o *outcome) error {
	before := v.killed()
	defer func() { o.hits, o.jobs = v.killed()-before, len(p.jobs()) }()
	run, err := p.Start(ctx)
	if err != nil {
		return err
	}
	o.began = true
	fronts, err := p.startFronts(ctx)
	if err != nil {
		return err
	}
	for {
		ended, err := p.awaitProgress(ctx, run)
		if err != nil {
			return err
		}
		if code, _ := Code(ended.Err); code != contract.CodeConcurAuth || !p.tokenDiedWithWorker(v) {
			return errors.Join(p.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 1}), p.checkFronts(ctx, fronts, ended, o.asked))
		}
		o.asked = true
		if run, err = p.runAgain(ctx, v, ended); err != nil {
			return err
		}
	}
}

// startFronts starts the pipeline's date as its schedule and a person in the Web UI would at the same time.
func (p *Pipeline) startFronts(ctx context.Context) ([]client.WorkflowRun, error) {
	at, err := time.Parse(time.DateOnly, p.Date)
	if err != nil {
		return nil, fmt.Errorf("reading the pipeline's date: %w", err)
	}
	scheduled, err := p.startUnder(ctx, contract.ScheduledID(p.Name, at))
	if err != nil {
		return nil, err
	}
	byHand, err := p.startUnder(ctx, "by-hand-"+p.Name)
	return []client.WorkflowRun{scheduled, byHand}, err
}

// checkFronts wants every front to end as the run of the date did. Where a person was asked, it may have ended before that.
func (p *Pipeline) checkFronts(ctx context.Context, fronts []client.WorkflowRun, run Ended, asked bool) error {
	var problems []error
	for _, front := range fronts {
		ended, err := p.awaitProgress(ctx, front)
		code, _ := Code(ended.Err)
		switch {
		case err != nil:
			problems = append(problems, err)
		case asked && code == contract.CodeConcurAuth:
		case ended.Result == nil || run.Result == nil || ended.Result.ResultURI != run.Result.ResultURI:
			problems = append(problems, fmt.Errorf("the front %s ended otherwise than the run: %+v (%v)", ended.ID, ended.Result, ended.Err))
		}
	}
	return errors.Join(problems...)
}

// tokenDiedWithWorker reports whether Concur gave a token to a worker that was killed before it had stored it.
func (p *Pipeline) tokenDiedWithWorker(v *supervisor) bool {
	given, refused, ok := p.lostToken()
	return ok && v.killedBetween(given, refused)
}

// runAgain does what the runbook says about a run that ended in ConcurAuth: authorize again, restart the worker, and run
// again, with the job if the run had one.
func (p *Pipeline) runAgain(ctx context.Context, v *supervisor, ended Ended) (client.WorkflowRun, error) {
	jobs, job := p.jobs(), ""
	if err := p.Check(ctx, ended, Expect{Code: contract.CodeConcurAuth, Says: "authorize the application again", Jobs: len(jobs),
		Unlanded: true, OpenUploads: true}); err != nil {
		return nil, err
	}
	if err := p.authorizeAgain(ctx); err != nil {
		return nil, err
	}
	v.kill()
	if len(jobs) > 0 {
		job = jobs[0].ID
	}
	return p.startOnJob(ctx, job)
}

// keep writes what is needed to find out why a run is not whole beside the workers' logs: its history and Concur's log.
func (p *Pipeline) keep(ctx context.Context) error {
	events, err := p.History(context.WithoutCancel(ctx), p.run().ID(), "")
	if err != nil {
		return err
	}
	text, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(&history.History{Events: events})
	if err != nil {
		return fmt.Errorf("encoding the history of %s: %w", p.Name, err)
	}
	var log []byte
	for _, request := range p.Concur.Requests() {
		log = fmt.Appendf(log, "%+v\n", request)
	}
	beside := filepath.Join(p.scenario.Dir, p.Name)
	return errors.Join(os.WriteFile(beside+"-history.json", text, 0o600), os.WriteFile(beside+"-concur.log", log, 0o600))
}

// deleteObjects deletes what a run has left in S3: a long campaign would fill the disk.
func (p *Pipeline) deleteObjects(ctx context.Context) error {
	store, bucket := p.scenario.servers.S3.Client(), p.scenario.options.Bucket
	prefix := path.Join(p.scenario.Name, p.Name) + "/"
	var failed error
	pages := s3.NewListObjectsV2Paginator(store, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("listing the objects of %s: %w", p.Name, err)
		}
		for _, object := range page.Contents {
			_, err := store.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: object.Key})
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
