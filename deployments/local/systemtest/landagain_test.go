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
// the verdict: each leads there, and what was landed before is still there.
func TestRunbookOnWrongFiles(t *testing.T) {
	t.Parallel()
	jsonThere := &Night{Name: "file-format", World: World(300), Settings: impatient}
	halfThere := &Night{Name: "control-totals", World: World(300)}
	otherThere := &Night{Name: "landing-conflict", World: World(300)}
	file(concurtest.File{Name: "extract.txt", Extract: World(300).Definitions[0].Files[0].Extract})(&otherThere.World)
	ctx, s := newShift(t, ShiftOptions{}, jsonThere, halfThere, otherThere)
	jsonThere.Concur.Inject(inPlace(concurtest.BodyJSON))
	halfThere.Concur.Inject(inPlace(concurtest.BodyHalf))
	otherBytes(otherThere)
	work(ctx, t, s)

	failed := func(t *testing.T, n *Night, code string) string {
		t.Helper()
		ended, err := n.Run(ctx)
		require.NoError(t, err)
		got, message := Code(ended.Err)
		require.Equal(t, code, got, message)
		t.Logf("%s: %s", got, message)
		return n.Concur.Jobs(concurtest.SampleDefinition)[0].ID
	}
	takenUp := func(t *testing.T, n *Night, job string) {
		t.Helper()
		run, err := n.startOn(ctx, job)
		require.NoError(t, err)
		ended, err := n.Await(ctx, run)
		require.NoError(t, err)
		require.NoError(t, n.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 1}))
	}
	t.Run("FileFormat", func(t *testing.T) {
		t.Parallel()
		job := failed(t, jsonThere, contract.CodeFileFormat)
		jsonThere.Concur.ResetFaults()
		takenUp(t, jsonThere, job)
	})
	t.Run("LandingConflict", func(t *testing.T) {
		t.Parallel()
		n := otherThere
		job := failed(t, n, contract.CodeLandingConflict)
		key := evidence.Keys{Prefix: n.shift.Name, Pipeline: n.Name}.Raw(contract.JobKey(job), "extract.txt")
		_, err := n.shift.ground.S3.Client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(Bucket), Key: &key}) // moved elsewhere
		require.NoError(t, err)
		takenUp(t, n, job)
	})
	t.Run("ControlTotals", func(t *testing.T) {
		t.Parallel()
		n := halfThere
		job := failed(t, n, contract.CodeControlTotals)
		keys, jobKey := evidence.Keys{Prefix: n.shift.Name, Pipeline: n.Name}, contract.JobKey(job)
		asked := contract.LandAgainInput{By: "kim", Reason: "totals did not agree"}

		// The same file ends the same way, a whole one at a verdict: each landing lies beside the one before.
		run, answer, err := runs.LandAgain(ctx, s.Client, n.Name, job, asked)
		require.NoError(t, err)
		require.Equal(t, "Noted: landed again for kim", answer)
		ended, err := n.Await(ctx, run)
		require.NoError(t, err)
		code, _ := Code(ended.Err)
		require.Equal(t, contract.CodeControlTotals, code)
		n.Concur.ResetFaults()
		run, _, err = runs.LandAgain(ctx, s.Client, n.Name, job, asked)
		require.NoError(t, err)
		ended, err = n.Await(ctx, run)
		require.NoError(t, err)
		require.NoError(t, ended.Err)
		require.Equal(t, "s3://"+Bucket+"/"+keys.Landing(jobKey, 3).Manifest(), ended.Result.Manifest)
		require.True(t, ended.Result.Control.Agrees)
		n.Date = ended.Result.BusinessDate
		require.NoError(t, n.Check(ctx, ended, Expect{Outcome: contract.OutcomeFindings, Jobs: 1, Other: true}))

		// A night after that compares with it, and takes nothing up.
		next, err := n.Run(ctx)
		require.NoError(t, err)
		require.NoError(t, next.Err)
		require.Empty(t, next.Result.Recovered)
	})
}
