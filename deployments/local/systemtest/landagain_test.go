package systemtest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/runs"
)

// TestRunbookOnWrongFiles follows the runbook's entries FileFormat, ControlTotals and LandingConflict from the error to
// the verdict, and sees that what was landed before is still there.
func TestRunbookOnWrongFiles(t *testing.T) {
	t.Parallel()
	servesJSON := &Pipeline{Name: "file-format", World: World(300), Settings: impatient}
	servesHalf := &Pipeline{Name: "control-totals", World: World(300)}
	conflicts := &Pipeline{Name: "landing-conflict", World: World(300)}
	file(concurtest.File{Name: "extract.txt", Extract: World(300).Definitions[0].Files[0].Extract})(&conflicts.World)
	ctx, s := newScenario(t, servesJSON, servesHalf, conflicts)
	servesJSON.Concur.Inject(servedInstead(concurtest.BodyJSON))
	servesHalf.Concur.Inject(servedInstead(concurtest.BodyHalf))
	otherBytes(conflicts)
	work(ctx, t, s)

	failed := func(t *testing.T, p *Pipeline, code string) string {
		t.Helper()
		ended, err := p.Run(ctx)
		require.NoError(t, err)
		got, message := Code(ended.Err)
		require.Equal(t, code, got, message)
		t.Logf("%s: %s", got, message)
		return p.jobs()[0].ID
	}
	landed := func(t *testing.T, p *Pipeline, job string) {
		t.Helper()
		run, err := p.startOnJob(ctx, job)
		require.NoError(t, err)
		requireEnd(ctx, t, p, run, findings)
	}
	t.Run("FileFormat", func(t *testing.T) {
		t.Parallel()
		job := failed(t, servesJSON, contract.CodeFileFormat)
		servesJSON.Concur.ResetFaults()
		landed(t, servesJSON, job)
	})
	t.Run("LandingConflict", func(t *testing.T) {
		t.Parallel()
		p := conflicts
		job := failed(t, p, contract.CodeLandingConflict)
		key := evidence.Keys{Prefix: p.scenario.Name, Pipeline: p.Name}.Raw(contract.JobKey(job), "extract.txt")
		_, err := servers.S3.Client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(Bucket), Key: &key})
		require.NoError(t, err)
		landed(t, p, job)
	})
	t.Run("ControlTotals", func(t *testing.T) {
		t.Parallel()
		p := servesHalf
		job := failed(t, p, contract.CodeControlTotals)
		keys, jobKey := evidence.Keys{Prefix: p.scenario.Name, Pipeline: p.Name}, contract.JobKey(job)
		asked := contract.LandAgainInput{By: "kim", Reason: "totals did not agree"}

		// The same file ends the same way, and a whole one in a verdict. Each landing has keys of its own.
		run, answer, err := runs.LandAgain(ctx, s.Client, p.Name, job, asked)
		require.NoError(t, err)
		require.Equal(t, "Noted: landed again for kim", answer)
		ended, err := p.Await(ctx, run)
		require.NoError(t, err)
		code, _ := Code(ended.Err)
		require.Equal(t, contract.CodeControlTotals, code)
		p.Concur.ResetFaults()
		run, _, err = runs.LandAgain(ctx, s.Client, p.Name, job, asked)
		require.NoError(t, err)
		ended, err = p.Await(ctx, run)
		require.NoError(t, err)
		require.NoError(t, ended.Err)
		require.Equal(t, "s3://"+Bucket+"/"+keys.Landing(jobKey, 3).Manifest(), ended.Result.Manifest)
		require.True(t, ended.Result.Control.Agrees)
		p.Date = ended.Result.BusinessDate
		require.NoError(t, p.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 1, OtherBytes: true}))

		// The run of the date compares with it, and finds nothing left over.
		next, err := p.Run(ctx)
		require.NoError(t, err)
		require.NoError(t, next.Err)
		require.Empty(t, next.Result.Recovered)
	})
}
