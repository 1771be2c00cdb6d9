package main

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/landing"
	"tieout/internal/operate"
)

// land puts a landed and tied-out job of the simulated Concur into the bucket.
func (b *bench) land(jobID, sha string) (manifest string) {
	b.t.Helper()
	store, err := b.store(b.t.Context(), testBucket)
	require.NoError(b.t, err)
	keys, jobKey := landing.Keys{Prefix: "concur", Pipeline: "nightly-sae"}, landing.JobKey(jobID)
	require.NoError(b.t, store.PutNew(b.t.Context(), keys.Raw(jobKey, "extract.txt"), "text/plain", []byte("EXTRACT\n")))
	file := landing.File{Name: "extract.txt", Key: keys.Raw(jobKey, "extract.txt"), URI: store.URI(keys.Raw(jobKey, "extract.txt")), Bytes: 8, SHA256: sha}
	require.NoError(b.t, store.WriteManifest(b.t.Context(), keys.Manifest(jobKey), &landing.Manifest{Schema: 1, Pipeline: "nightly-sae",
		Job: landing.Job{ID: jobID, Definition: b.concur.World().Definitions[0].ID}, Raw: file, Files: []landing.File{file},
		LandedAt: time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)}))
	return store.URI(keys.Manifest(jobKey))
}

func (b *bench) tieOut(jobID string) {
	b.t.Helper()
	store, err := b.store(b.t.Context(), testBucket)
	require.NoError(b.t, err)
	keys := landing.Keys{Prefix: "concur", Pipeline: "nightly-sae"}
	require.NoError(b.t, store.PutNew(b.t.Context(), keys.Result(landing.JobKey(jobID), 1), "application/json", []byte("{}")))
}

func TestVerify(t *testing.T) {
	b := newBench(t)
	b.serveS3()
	b.configure(testConfig)
	jobs := b.serveConcur(worldWithHistory(600)).Jobs("Standard Accounting Extract")
	sum := sha256.Sum256([]byte("EXTRACT\n"))
	good := hex.EncodeToString(sum[:])
	first := b.land(jobs[0].ID, good)

	require.Equal(t, operate.ExitError, b.starter("verify", first, "--jobs=false"))
	require.Contains(t, b.out.String(), "the job has no result")
	b.tieOut(jobs[0].ID)
	require.Zero(t, b.starter("verify", first, "--jobs=false"), b.out.String())

	// The other completed job has not landed.
	require.Equal(t, operate.ExitError, b.starter("verify", first), b.err.String())
	require.Contains(t, b.out.String(), "FAIL\tjob "+jobs[1].ID+"\t\thas not landed")

	// Landed with a hash that its bytes do not have.
	second := b.land(jobs[1].ID, hex.EncodeToString(make([]byte, 32)))
	b.tieOut(jobs[1].ID)
	require.Zero(t, b.starter("verify", first), b.out.String())
	require.Equal(t, operate.ExitError, b.starter("verify", second, "--json"))
	var seen verification
	b.document(&seen)
	require.False(t, seen.OK)
	require.Contains(t, seen.Objects[0].Problem, "its SHA-256 is "+good)

	require.Equal(t, operate.ExitError, b.starter("verify", "s3://tieout-test/concur/nightly-sae/jobs/x/manifest.json"))
	require.Contains(t, b.err.String(), "there is no manifest at")
}

// endWith writes what a run leaves that failed on a job with a code.
func (b *bench) endWith(jobID, code string) {
	b.t.Helper()
	store, err := b.store(b.t.Context(), testBucket)
	require.NoError(b.t, err)
	keys := landing.Keys{Prefix: "concur", Pipeline: "nightly-sae"}
	runID := "run-" + landing.JobKey(jobID)
	require.NoError(b.t, store.ReplaceJSON(b.t.Context(), keys.Claim(landing.JobKey(jobID)), map[string]any{"schema": 1, "jobId": jobID,
		"businessDate": "2026-11-19", "workflowId": "extract/nightly-sae/2026-11-19", "runId": runID}))
	require.NoError(b.t, store.ReplaceJSON(b.t.Context(), keys.Run("2026-11-19", runID), map[string]any{"schema": 1, "code": code}))
}

func TestVerifyTellsJobsThatAreToHaveNoResult(t *testing.T) {
	b := newBench(t)
	b.serveS3()
	b.configure(testConfig)
	jobs := b.serveConcur(worldWithHistory(600)).Jobs("Standard Accounting Extract")
	sum := sha256.Sum256([]byte("EXTRACT\n"))
	good := hex.EncodeToString(sum[:])
	tied, failed := b.land(jobs[0].ID, good), b.land(jobs[1].ID, good)
	b.tieOut(jobs[0].ID)
	b.endWith(jobs[1].ID, "Temporary")
	require.Equal(t, operate.ExitError, b.starter("verify", tied), "the next run takes that job up")

	// A night after one whose totals did not agree is as it should be.
	b.endWith(jobs[1].ID, "ControlTotals")
	require.Zero(t, b.starter("verify", tied), b.out.String())
	require.Contains(t, b.out.String(), "ok\tjob "+jobs[1].ID+"\t\tits run ended with ControlTotals")

	// That job's own evidence is whole, and still nobody may take it for one that ties out.
	require.Equal(t, operate.ExitControlTotals, b.starter("verify", failed), b.out.String())
	require.Contains(t, b.out.String(), "none\tresult.json\t\tits run ended with ControlTotals")
	require.Equal(t, operate.ExitControlTotals, b.starter("verify", failed, "--jobs=false", "--json"))
	var seen verification
	b.document(&seen)
	require.True(t, seen.OK)
	require.Equal(t, "ControlTotals", seen.Ended)

	// The exit code is the code's own.
	b.endWith(jobs[1].ID, "FileFormat")
	require.Equal(t, operate.ExitError, b.starter("verify", failed), b.out.String())
	require.Contains(t, b.out.String(), "none\tresult.json")
}
