package activities_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/config"
	"tieout/internal/contract"
)

// pointer is what latest.json says.
func (b *bench) pointer(t *testing.T) (latest struct{ BusinessDate, Outcome, JobID, Result string }) {
	t.Helper()
	require.NoError(t, json.Unmarshal(b.read(t, "s3://"+evidenceBucket+"/concur/nightly-sae/latest.json"), &latest))
	return latest
}

// reviewed is a result with a decision on its figures.
func reviewed(result contract.ExtractResult, decision contract.Decision, outcome contract.Outcome) contract.ExtractResult {
	result.Outcome = outcome
	result.Review = &contract.Review{Decision: decision, By: "jane.doe", Reason: "seen", At: "2026-11-20T10:00:00Z",
		TieOut: result.TieOut, Findings: result.Findings.Count, Rows: result.Findings.Rows, Amounts: result.Findings.Amounts}
	return result
}

// A decision stands in review.json and result.json with the figures it was given on. One that asks for another look
// leaves the run's record and latest.json to the tie-out that follows.
func TestHandOverOfAReview(t *testing.T) {
	world, settings := codes([]string{"##A", "##B"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, world.Definitions[0].Name)
	recheck := b.handOverOf(reviewed(b.tieOut(t, landed, "owner/1").Result, contract.DecisionRecheck, contract.OutcomeFindings))
	recheck.Superseded = true
	b.handOver(t, recheck)
	for key := range b.objects() {
		require.False(t, strings.Contains(key, "/runs/") || strings.HasSuffix(key, "latest.json"), key)
	}

	approved := b.handOverOf(b.decide(t, reviewed(b.tieOut(t, landed, "owner/2").Result, contract.DecisionApprove, contract.OutcomeApproved)))
	b.handOver(t, approved)
	for _, params := range []contract.HandOverParams{recheck, approved} {
		var review contract.Review
		require.NoError(t, json.Unmarshal(b.read(t, strings.Replace(params.Result.ResultURI, "result.json", "review.json", 1)), &review))
		require.Equal(t, *params.Result.Review, review)
		require.Equal(t, params.TieOut, review.TieOut)
		require.Equal(t, 2, review.Findings)
		require.Equal(t, int64(4), review.Rows)
		require.NotEmpty(t, review.Amounts)
		var result contract.ExtractResult
		require.NoError(t, json.Unmarshal(b.read(t, params.Result.ResultURI), &result))
		require.Equal(t, &review, result.Review)
	}
	require.Equal(t, approved.Result.ResultURI, b.pointer(t).Result)
	require.EqualValues(t, contract.OutcomeApproved, b.pointer(t).Outcome)
}

// numbered is a result as if it were that of another tie-out of the job.
func numbered(result contract.ExtractResult, number int) contract.ExtractResult {
	result.TieOut = number
	result.ResultURI = strings.Replace(result.ResultURI, "/tieout/001/", fmt.Sprintf("/tieout/%03d/", number), 1)
	return result
}

// What was handed over stays: the same again is fine, anything else is a conflict and changes nothing.
func TestHandOverIsImmutable(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, world.Definitions[0].Name)
	params := b.handOverOf(reviewed(b.tieOut(t, landed, "owner").Result, contract.DecisionApprove, contract.OutcomeApproved))
	b.handOver(t, params)
	before := b.objects()
	b.handOver(t, params)
	require.Equal(t, before, b.objects())
	for _, other := range []contract.ExtractResult{
		reviewed(params.Result, contract.DecisionReject, contract.OutcomeRejected),
		func() contract.ExtractResult { r := params.Result; r.Outcome = contract.OutcomeClean; return r }(),
	} {
		_, err := call(b, contract.HandOver, b.handOverOf(other))
		require.Error(t, err)
		kind, again := code(t, err)
		require.Equal(t, contract.CodeLandingConflict, kind)
		require.False(t, again)
		require.Equal(t, before, b.objects())
	}
}

// A worker that is replaced while it hands over leaves objects of its own version: they say the same in other bytes.
func TestHandOverIsTakenUpByAnotherVersion(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, world.Definitions[0].Name)
	params := b.handOverOf(reviewed(b.tieOut(t, landed, "owner").Result, contract.DecisionApprove, contract.OutcomeApproved))
	for name, v := range map[string]any{"result.json": params.Result, "review.json": params.Result.Review} {
		text, err := json.Marshal(v)
		require.NoError(t, err)
		var fields map[string]any
		require.NoError(t, json.Unmarshal(text, &fields))
		fields["ofAnotherVersion"] = 0
		key := strings.Replace(strings.TrimPrefix(params.Result.ResultURI, "s3://"+evidenceBucket+"/"), "result.json", name, 1)
		require.NoError(t, b.store.PutJSON(t.Context(), key, fields))
	}
	before := b.objects()
	b.handOver(t, params)
	for key := range before {
		require.Equal(t, before[key], b.objects()[key], "nothing is overwritten")
	}
	require.EqualValues(t, contract.OutcomeApproved, b.pointer(t).Outcome)
}

// A manifest is tied out by the pipeline whose it is, and by no other: nothing is written in the wrong place.
func TestManifestOfAnotherPipeline(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, world.Definitions[0].Name)
	before := b.objects()
	scope := b.scope
	scope.Settings.Name = "renamed"
	_, err := call(b, contract.OpenTieOut, contract.TieOutParams{Scope: scope, Manifest: landed.Manifest, Owner: "owner"})
	require.ErrorContains(t, err, "is the manifest of a job of pipeline nightly-sae")
	kind, again := code(t, err)
	require.Equal(t, contract.CodeConfigInvalid, kind)
	require.False(t, again)
	require.Equal(t, before, b.objects())
}

// latest.json points at the newest job, by when it stopped and whatever the date of the run that took it up. A date or a
// time that cannot be yet does not hold it there.
func TestLatestFollowsTheNewestJob(t *testing.T) {
	followLatest(t, []handedOver{
		{"2026-11-18T06:00:00Z", "2026-11-18", "2026-11-18T04:10:00Z", "2026-11-18 2026-11-18T04:10:00Z"},
		{"2026-11-18T06:10:00Z", "2026-11-18", "2026-11-17T04:10:00Z", "2026-11-18 2026-11-18T04:10:00Z"}, // recovered by the same run
		{"2026-11-19T04:00:00Z", "2026-11-19", "2026-11-16T04:10:00Z", "2026-11-18 2026-11-18T04:10:00Z"}, // recovered by the next one, before its own job ended
		{"2026-11-19T06:00:00Z", "2026-11-19", "2026-11-19T04:10:00Z", "2026-11-19 2026-11-19T04:10:00Z"},
		{"2026-11-19T10:00:00Z", "2026-11-10", "2026-11-19T09:00:00Z", "2026-11-10 2026-11-19T09:00:00Z"}, // a date that was filled in, by a new job
		{"2026-11-19T11:00:00Z", "2026-11-19", "2026-11-19T04:10:00Z", "2026-11-10 2026-11-19T09:00:00Z"}, // tied out once more
		{"2026-11-20T06:00:00Z", "2026-11-20", "", "2026-11-20 "},                                         // Concur told no time
		{"2026-11-20T07:00:00Z", "2026-11-12", "", "2026-11-20 "},                                         // nor here: the dates decide
		{"2026-11-21T06:00:00Z", "2026-11-21", "2026-11-21T04:10:00Z", "2026-11-21 2026-11-21T04:10:00Z"},
		{"2026-11-21T07:00:00Z", "2062-11-20", "2026-11-21T06:30:00Z", "2062-11-20 2026-11-21T06:30:00Z"}, // the newest job, under a wrong date
		{"2026-11-22T06:00:00Z", "2026-11-22", "2026-11-22T04:10:00Z", "2026-11-22 2026-11-22T04:10:00Z"},
		{"2026-11-22T07:00:00Z", "2062-11-20", "", "2026-11-22 2026-11-22T04:10:00Z"}, // a wrong date alone is not newer
		{"2026-11-22T08:00:00Z", "2026-11-22", "2062-11-22T04:10:00Z", "2026-11-22 2062-11-22T04:10:00Z"},
		{"2026-11-23T06:00:00Z", "2026-11-23", "2026-11-23T04:10:00Z", "2026-11-23 2026-11-23T04:10:00Z"},
		{"2026-11-23T10:30:00Z", "2026-11-24", "", "2026-11-24 "}, // begun in Kiritimati
	})
}

// A wrong date in the first result of a pipeline does not freeze latest.json, also where Concur tells no times.
func TestAWrongDateDoesNotFreezeLatest(t *testing.T) {
	followLatest(t, []handedOver{
		{"2026-11-19T06:00:00Z", "2062-11-20", "", "2062-11-20 "},
		{"2026-11-20T06:00:00Z", "2026-11-20", "", "2026-11-20 "},
	})
}

// handedOver is a result with what latest.json points at afterwards.
type handedOver struct{ at, date, stopped, latest string }

// followLatest hands over one result after the other and looks at latest.json each time.
func followLatest(t *testing.T, steps []handedOver) {
	t.Helper()
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, world.Definitions[0].Name)
	base := b.tieOut(t, landed, "owner").Result
	for i, step := range steps {
		at, err := time.Parse(time.RFC3339, step.at)
		require.NoError(t, err)
		b.on(step.date)
		result := numbered(base, i+1)
		result.BusinessDate, result.Job.StopTime = step.date, step.stopped
		params := b.handOverOf(result)
		params.At = at
		b.handOver(t, params)
		var latest struct{ BusinessDate, JobStopTime string }
		require.NoError(t, json.Unmarshal(b.read(t, "s3://"+evidenceBucket+"/concur/nightly-sae/latest.json"), &latest))
		require.Equal(t, step.latest, latest.BusinessDate+" "+latest.JobStopTime, "step %d", i+1)
	}
}
