package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/reconcile"
	"tieout/internal/report"
	"tieout/internal/runs"
)

// land puts a landed and tied-out job of the simulated Concur into the bucket.
func (b *bench) land(jobID, sha string) (manifest string) {
	b.t.Helper()
	store, err := b.store(b.t.Context(), testBucket)
	require.NoError(b.t, err)
	keys, jobKey := evidence.Keys{Prefix: "concur", Pipeline: "nightly-sae"}, contract.JobKey(jobID)
	require.NoError(b.t, store.PutNew(b.t.Context(), keys.Raw(jobKey, "extract.txt"), "text/plain", []byte("EXTRACT\n")))
	file := evidence.File{Name: "extract.txt", Key: keys.Raw(jobKey, "extract.txt"), URI: store.URI(keys.Raw(jobKey, "extract.txt")), Bytes: 8, SHA256: sha}
	require.NoError(b.t, evidence.WriteManifest(b.t.Context(), store, keys.Manifest(jobKey), &evidence.Manifest{Schema: 1, Pipeline: "nightly-sae",
		Job: evidence.Job{ID: jobID, Definition: b.concur.World().Definitions[0].ID}, Raw: file, Files: []evidence.File{file},
		LandedAt: time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)}))
	return store.URI(keys.Manifest(jobKey))
}

// tieOut puts the result of a landed job into the bucket, after the result of the job before.
func (b *bench) tieOut(jobID string, before ...string) {
	b.t.Helper()
	store, err := b.store(b.t.Context(), testBucket)
	require.NoError(b.t, err)
	keys, jobKey := evidence.Keys{Prefix: "concur", Pipeline: "nightly-sae"}, contract.JobKey(jobID)
	manifest, err := evidence.ReadManifest(b.t.Context(), store, keys.Manifest(jobKey))
	require.NoError(b.t, err)
	control := contract.Control{Records: 0, Agrees: true, Declared: true}
	doc := &report.Document{Schema: 1, Outcome: contract.OutcomeEmpty, Run: report.Run{Pipeline: "nightly-sae", BusinessDate: "2026-11-20", TieOut: 1},
		Job: contract.Job{ID: jobID}, Control: reconcile.Control{Control: control, Files: []reconcile.FileControl{{Name: "extract.txt", Control: control}}}}
	var text, page strings.Builder
	require.NoError(b.t, report.WriteJSON(&text, doc))
	require.NoError(b.t, report.WriteHTML(&page, doc))
	objects := evidence.ObjectsOf(manifest)
	put := func(key, body string) (place, sum string) {
		require.NoError(b.t, store.PutNew(b.t.Context(), key, "", []byte(body)))
		sum = fmt.Sprintf("%x", sha256.Sum256([]byte(body)))
		objects = append(objects, report.Object{URI: store.URI(key), Bytes: int64(len(body)), SHA256: sum})
		return store.URI(key), sum
	}
	result := contract.ExtractResult{Schema: 1, Pipeline: "nightly-sae", BusinessDate: "2026-11-20", Outcome: contract.OutcomeEmpty, TieOut: 1,
		Job: contract.Job{ID: jobID}, Manifest: store.URI(keys.Manifest(jobKey)), ResultURI: store.URI(keys.Result(jobKey, 1)), Control: control,
		Files: []contract.File{{Name: "extract.txt", SHA256: manifest.Files[0].SHA256, Control: &control}}}
	result.Reports.CSV, _ = put(keys.TieOut(jobKey, 1, "findings.csv"), "finding\n")
	result.Reports.HTML, _ = put(keys.TieOut(jobKey, 1, "report.html"), page.String())
	result.Reports.XLSX, _ = put(keys.TieOut(jobKey, 1, "report.xlsx"), "PK")
	result.Reports.JSON, result.Reports.JSONSHA256 = put(keys.TieOut(jobKey, 1, "report.json"), text.String())
	body, err := store.Get(b.t.Context(), keys.Manifest(jobKey))
	require.NoError(b.t, err)
	objects = append(objects, report.Object{URI: result.Manifest, Bytes: int64(len(body)), SHA256: fmt.Sprintf("%x", sha256.Sum256(body))})
	ledger := evidence.Ledger{Objects: objects, Previous: []evidence.Previous{}}
	for _, job := range before {
		key := keys.Result(contract.JobKey(job), 1)
		body, err := store.Get(b.t.Context(), key)
		require.NoError(b.t, err)
		ledger.Previous = append(ledger.Previous, evidence.Previous{ResultURI: store.URI(key), SHA256: fmt.Sprintf("%x", sha256.Sum256(body))})
	}
	require.NoError(b.t, store.PutJSON(b.t.Context(), keys.Result(jobKey, 1), struct {
		contract.ExtractResult
		evidence.Ledger
	}{result, ledger}))
}

// change writes other bytes over an object.
func (b *bench) change(key string) (place string) {
	b.t.Helper()
	store, err := b.store(b.t.Context(), testBucket)
	require.NoError(b.t, err)
	body, err := store.Get(b.t.Context(), key)
	require.NoError(b.t, err)
	body[len(body)/2] ^= 1
	require.NoError(b.t, store.Put(b.t.Context(), key, "", body))
	return store.URI(key)
}

// A pipeline is verified whole: its landings, its results and their chain. What is whole is counted, each problem is a line.
func TestVerifyOfAPipeline(t *testing.T) {
	b := newBench(t)
	b.serveS3()
	b.configure(testConfig)
	jobs := b.serveConcur(worldWithHistory(600)).Jobs("Standard Accounting Extract")
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte("EXTRACT\n")))
	keys := evidence.Keys{Prefix: "concur", Pipeline: "nightly-sae"}
	require.Zero(t, b.tieout("verify", "nightly-sae"), b.err.String(), "nothing has landed")
	first, second := b.land(jobs[0].ID, sum), b.land(jobs[1].ID, sum)
	b.tieOut(jobs[0].ID)
	require.Equal(t, runs.ExitError, b.tieout("verify", "nightly-sae"))
	require.Contains(t, b.out.String(), "FAIL\t"+second+"\t0\tthe job has no result")
	require.Contains(t, b.out.String(), "FAIL\tjob "+jobs[1].ID)
	b.tieOut(jobs[1].ID, jobs[0].ID)
	require.Zero(t, b.tieout("verify", "nightly-sae"), b.out.String())
	require.Contains(t, b.out.String(), "2 landings and 2 results of nightly-sae")
	require.Equal(t, 1, strings.Count(b.out.String(), "\n"))

	page := b.change(keys.TieOut(contract.JobKey(jobs[0].ID), 1, "report.html"))
	require.Equal(t, runs.ExitError, b.tieout("verify", "nightly-sae"))
	require.Contains(t, b.out.String(), "FAIL\t"+page)
	require.Equal(t, 1, strings.Count(b.out.String(), "FAIL"), b.out.String())
	require.Equal(t, runs.ExitError, b.tieout("verify", first))
	require.Contains(t, b.out.String(), "FAIL\t"+page)
	require.Zero(t, b.tieout("verify", second), b.out.String())

	// The result that the newest one names is another one now.
	result := b.change(keys.Result(contract.JobKey(jobs[0].ID), 1))
	require.Equal(t, runs.ExitError, b.tieout("verify", "nightly-sae", "--json"))
	var seen verification
	b.document(&seen)
	require.False(t, seen.OK)
	require.Equal(t, counts{Jobs: 2, Results: 2, Objects: seen.Checked.Objects, Bytes: seen.Checked.Bytes}, seen.Checked)
	require.True(t, slices.ContainsFunc(seen.Objects, func(o evidence.Verified) bool { return o.URI == result && !o.OK }))

	require.Equal(t, runs.ExitUsage, b.tieout("verify", "weekly"))
}

func TestVerify(t *testing.T) {
	b := newBench(t)
	b.serveS3()
	b.configure(testConfig)
	jobs := b.serveConcur(worldWithHistory(600)).Jobs("Standard Accounting Extract")
	sum := sha256.Sum256([]byte("EXTRACT\n"))
	good := hex.EncodeToString(sum[:])
	first := b.land(jobs[0].ID, good)

	require.Equal(t, runs.ExitError, b.tieout("verify", first, "--jobs=false"))
	require.Contains(t, b.out.String(), "the job has no result")
	b.tieOut(jobs[0].ID)
	require.Zero(t, b.tieout("verify", first, "--jobs=false"), b.out.String())

	// The other completed job has not landed.
	require.Equal(t, runs.ExitError, b.tieout("verify", first), b.err.String())
	require.Contains(t, b.out.String(), "FAIL\tjob "+jobs[1].ID+"\t\thas not landed")

	// Landed with a hash that its bytes do not have.
	second := b.land(jobs[1].ID, hex.EncodeToString(make([]byte, 32)))
	b.tieOut(jobs[1].ID)
	require.Zero(t, b.tieout("verify", first), b.out.String())
	require.Equal(t, runs.ExitError, b.tieout("verify", second, "--json"))
	var seen verification
	b.document(&seen)
	require.False(t, seen.OK)
	require.Contains(t, seen.Objects[0].Problem, "its SHA-256 is "+good)

	require.Equal(t, runs.ExitError, b.tieout("verify", "s3://tieout-test/concur/nightly-sae/jobs/x/manifest.json"))
	require.Contains(t, b.err.String(), "there is no manifest at")
}

// endWith writes what a run leaves that failed on a job with a code.
func (b *bench) endWith(jobID, code string) {
	b.t.Helper()
	store, err := b.store(b.t.Context(), testBucket)
	require.NoError(b.t, err)
	keys := evidence.Keys{Prefix: "concur", Pipeline: "nightly-sae"}
	runID := "run-" + contract.JobKey(jobID)
	require.NoError(b.t, store.ReplaceJSON(b.t.Context(), keys.Claim(contract.JobKey(jobID)), map[string]any{"schema": 1, "jobId": jobID,
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
	require.Equal(t, runs.ExitError, b.tieout("verify", tied), "the next run takes that job up")

	// A night after one whose totals did not agree is as it should be.
	b.endWith(jobs[1].ID, "ControlTotals")
	require.Zero(t, b.tieout("verify", tied), b.out.String())
	require.Contains(t, b.out.String(), "ok\tjob "+jobs[1].ID+"\t\tits run ended with ControlTotals")

	// That job's own evidence is whole, and still nobody may take it for one that ties out.
	require.Equal(t, runs.ExitControlTotals, b.tieout("verify", failed), b.out.String())
	require.Contains(t, b.out.String(), "none\tresult.json\t\tits run ended with ControlTotals")
	require.Equal(t, runs.ExitControlTotals, b.tieout("verify", failed, "--jobs=false", "--json"))
	var seen verification
	b.document(&seen)
	require.True(t, seen.OK)
	require.Equal(t, "ControlTotals", seen.Ended)

	// The exit code is the code's own.
	b.endWith(jobs[1].ID, "FileFormat")
	require.Equal(t, runs.ExitError, b.tieout("verify", failed), b.out.String())
	require.Contains(t, b.out.String(), "none\tresult.json")
}
