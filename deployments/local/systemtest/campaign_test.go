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

// TestCampaign runs a small campaign: workers are killed at random moments over the whole run.
func TestCampaign(t *testing.T) {
	t.Parallel()
	c := Campaign{Runs: 40, Seed: *campaignSeed, PerWorker: 10, Workers: 4, Kills: 10, Log: t.Output()}
	tally := c.Run(t.Context(), servers)
	t.Logf("%s (-campaign.seed %d)", tally, c.Seed)
	require.Empty(t, tally.Problems)
	require.Zero(t, tally.Lost+tally.StartedTwice+tally.Stuck+tally.NotRun)
}

// TestCampaignAsksAPerson kills a worker when Concur has given it a new refresh token, which is lost with it. The campaign
// sees that in Concur's log and does what a person would, and the run after that is whole.
func TestCampaignAsksAPerson(t *testing.T) {
	t.Parallel()
	p := &Pipeline{Name: "asks", World: World(300)}
	ctx, s := newScenario(t, p)
	supervised, err := s.supervise(ctx)
	require.NoError(t, err)
	t.Cleanup(supervised.stop)
	p.OnRequest(concurtest.OpToken, concurtest.Acted, 1, func() {
		supervised.kill()
		// Waiting until the lease of the token ends would take longer than this test should.
		_, err := servers.S3.Client().DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(Bucket), Key: aws.String(evidence.TokenKey(s.Name, p.Name))})
		assert.NoError(t, err)
	})
	var o outcome
	require.NoError(t, p.campaign(ctx, supervised, &o))
	require.True(t, o.asked)
	require.Equal(t, 1, o.jobs)
}

// TestCampaignBlamesALostToken sees that a token that gets lost while no worker is killed counts as a lost run.
func TestCampaignBlamesALostToken(t *testing.T) {
	t.Parallel()
	p := &Pipeline{Name: "blames", World: World(300)}
	ctx, s := newScenario(t, p)
	p.Concur.Inject(concurtest.Fault{Operation: concurtest.OpToken, Nth: 1, AcceptThenDrop: true})
	supervised, err := s.supervise(ctx)
	require.NoError(t, err)
	t.Cleanup(supervised.stop)
	var o outcome
	o.err = p.campaign(ctx, supervised, &o)
	require.ErrorContains(t, o.err, contract.CodeConcurAuth)
	require.False(t, o.asked)
	var tally Tally
	tally.add(o)
	require.Equal(t, 1, tally.Lost)
}

// TestCampaignSeesAStandstill starts a run that makes no progress, because there is no worker.
func TestCampaignSeesAStandstill(t *testing.T) {
	t.Parallel()
	p := &Pipeline{Name: "stands", World: World(300)}
	ctx, _ := newScenario(t, p)
	run, err := p.Start(ctx)
	require.NoError(t, err)
	require.Positive(t, p.standsStill(ctx, run, 10*time.Millisecond, 20))
}
