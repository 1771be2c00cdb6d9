package systemtest

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

var campaignSeed = flag.Uint64("campaign.seed", rand.Uint64(), "decides when the workers of the campaign are killed")

// TestCampaign is the campaign in small: workers are killed at random moments over the whole run.
func TestCampaign(t *testing.T) {
	t.Parallel()
	c := Campaign{Runs: 40, Seed: *campaignSeed, PerWorker: 10, Workers: 4, Kills: 10, Log: t.Output()}
	toll := c.Run(t.Context(), ground)
	t.Logf("%s (-campaign.seed %d)", toll, c.Seed)
	require.Empty(t, toll.Problems)
	require.Zero(t, toll.Lost+toll.StartedTwice+toll.Stuck+toll.NotRun)
}

// TestCampaignAsksAPerson: a worker that is killed when Concur has given it a new refresh token takes that with it. The
// campaign sees it in Concur's log, does what a person would, and the run after that is whole.
func TestCampaignAsksAPerson(t *testing.T) {
	t.Parallel()
	n := &Night{Name: "asks", World: World(300)}
	ctx, s := newShift(t, ShiftOptions{}, n)
	hired, err := s.staff(ctx)
	require.NoError(t, err)
	t.Cleanup(hired.dismiss)
	n.On(concurtest.OpToken, concurtest.Acted, 1, func() {
		hired.kill()
		// Nor does anybody wait for the end of its lease, which takes longer than this test should.
		_, err := ground.S3.Client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(Bucket), Key: aws.String(evidence.TokenKey(s.Name, n.Name))})
		assert.NoError(t, err)
	})
	var o outcome
	require.NoError(t, n.campaign(ctx, hired, &o))
	require.True(t, o.asked)
	require.Equal(t, 1, o.jobs)
}

// TestCampaignBlamesALostToken: a token that got lost while no worker was killed is nobody's fault but ours.
func TestCampaignBlamesALostToken(t *testing.T) {
	t.Parallel()
	n := &Night{Name: "blames", World: World(300)}
	ctx, s := newShift(t, ShiftOptions{}, n)
	n.Concur.Inject(concurtest.Fault{Operation: concurtest.OpToken, Nth: 1, AcceptThenDrop: true})
	hired, err := s.staff(ctx)
	require.NoError(t, err)
	t.Cleanup(hired.dismiss)
	var o outcome
	o.err = n.campaign(ctx, hired, &o)
	require.ErrorContains(t, o.err, contract.CodeConcurAuth)
	require.False(t, o.asked)
	var toll Toll
	toll.add(o)
	require.Equal(t, 1, toll.Lost)
}

// TestCampaignSeesAStandstill: nobody works, so nothing new comes.
func TestCampaignSeesAStandstill(t *testing.T) {
	t.Parallel()
	n := &Night{Name: "stands", World: World(300)}
	ctx, _ := newShift(t, ShiftOptions{}, n)
	run, err := n.Start(ctx)
	require.NoError(t, err)
	require.Positive(t, n.standsStill(ctx, run, 10*time.Millisecond, 20))
}
