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

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/runs"
)

// campaign is one run of a campaign, from its start to what the checker says of it.
func (n *Night) campaign(ctx context.Context, on *crew, o *outcome) error {
	before := on.killed()
	defer func() {
		o.hits = on.killed() - before
		o.jobs = len(n.jobs())
	}()
	run, err := n.Start(ctx)
	if err != nil {
		return err
	}
	o.began = true
	fronts, err := n.startFronts(ctx)
	if err != nil {
		return err
	}
	for {
		ended, err := n.awaitMoving(ctx, run)
		if err != nil {
			return err
		}
		if code, _ := Code(ended.Err); code != contract.CodeConcurAuth || !n.cutOff(on) {
			return errors.Join(n.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 1}), n.checkFronts(ctx, fronts, ended, o.asked))
		}
		o.asked = true
		if run, err = n.goOn(ctx, on, ended); err != nil {
			return err
		}
	}
}

// startFronts starts the night as its schedule and a person in the Web UI would at the same time.
func (n *Night) startFronts(ctx context.Context) ([]client.WorkflowRun, error) {
	at, err := time.Parse(time.DateOnly, n.Date)
	if err != nil {
		return nil, fmt.Errorf("the date of night %s: %w", n.Name, err)
	}
	var fronts []client.WorkflowRun
	for _, id := range []string{contract.ScheduledID(n.Name, at), "by-hand-" + n.Name} {
		front, err := n.startUnder(ctx, id)
		if err != nil {
			return nil, err
		}
		fronts = append(fronts, front)
	}
	return fronts, nil
}

// startUnder starts the night under an id of one's own.
func (n *Night) startUnder(ctx context.Context, id string) (client.WorkflowRun, error) {
	in := contract.ExtractInput{Pipeline: n.Name, BusinessDate: n.Date}
	for {
		front, err := n.shift.Client.ExecuteWorkflow(ctx, runs.FrontOptions(id, in), contract.TypeConcurExtract, in)
		if ctx.Err() != nil || !unanswered(err) {
			return front, err
		}
	}
}

// checkFronts wants every front to end as the run of the date did; after a person was asked, it may have ended before.
func (n *Night) checkFronts(ctx context.Context, fronts []client.WorkflowRun, run Ended, asked bool) error {
	var problems []error
	for _, front := range fronts {
		ended, err := n.awaitMoving(ctx, front)
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

// cutOff tells whether Concur gave a token whose asker was killed before it had kept it.
func (n *Night) cutOff(on *crew) bool {
	given, refused, ok := n.spent()
	return ok && on.killedBetween(given, refused)
}

// goOn does what the runbook says about a run that ended so: authorize again, restart the worker, run again, with the
// job if the run had one.
func (n *Night) goOn(ctx context.Context, on *crew, ended Ended) (client.WorkflowRun, error) {
	jobs, job := n.jobs(), ""
	asking := Expect{Code: contract.CodeConcurAuth, Says: "authorize the application again", Jobs: len(jobs), Unlanded: true, OpenUploads: true}
	if err := n.Check(ctx, ended, asking); err != nil {
		return nil, err
	}
	if err := n.authorizeAgain(ctx); err != nil {
		return nil, err
	}
	on.kill()
	if len(jobs) > 0 {
		job = jobs[0].ID
	}
	return n.startOn(ctx, job)
}

func (n *Night) jobs() []concurtest.JobRecord {
	return n.Concur.Jobs(n.World.Definitions[0].Name)
}

// keep writes what is needed to find out why a run is not whole beside the workers' logs: its histories and Concur's log.
func (n *Night) keep(ctx context.Context) error {
	events, err := n.History(context.WithoutCancel(ctx), n.run().ID(), "")
	if err != nil {
		return err
	}
	text, err := temporalproto.CustomJSONMarshalOptions{Indent: " "}.Marshal(&history.History{Events: events})
	if err == nil {
		err = os.WriteFile(filepath.Join(n.shift.Dir, n.Name+"-history.json"), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("keeping the history of %s: %w", n.Name, err)
	}
	var log []byte
	for _, request := range n.Concur.Requests() {
		log = fmt.Appendf(log, "%+v\n", request)
	}
	if err := os.WriteFile(filepath.Join(n.shift.Dir, n.Name+"-concur.log"), log, 0o600); err != nil {
		return fmt.Errorf("keeping Concur's log of %s: %w", n.Name, err)
	}
	return nil
}

// clear deletes the objects of a run that is whole: a long campaign would fill the disk.
func (n *Night) clear(ctx context.Context) error {
	store, bucket := n.shift.ground.S3.Client(), n.shift.options.Bucket
	prefix := path.Join(n.shift.Name, n.Name) + "/"
	var failed error
	pages := s3.NewListObjectsV2Paginator(store, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("listing what %s left: %w", n.Name, err)
		}
		for _, object := range page.Contents {
			_, err := store.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: object.Key})
			failed = errors.Join(failed, err)
		}
	}
	return failed
}
