package main

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/runs"
)

// verifying is a bench whose Concur has completed jobs, the first of which has landed and is tied out.
type verifying struct {
	*bench
	jobs  []concurtest.JobRecord
	first string // the manifest of the first job
	keys  evidence.Keys
}

func newVerifying(t *testing.T, jobs int, config string) *verifying {
	v := &verifying{bench: newBench(t), keys: evidence.Keys{Prefix: "concur", Pipeline: "nightly-sae"}}
	v.serveS3()
	v.configure(config)
	world := sampleWorld(600)
	world.Definitions[0].History = jobs
	v.jobs = v.serveConcur(world).Jobs("Standard Accounting Extract")
	v.first = v.done(v.jobs[0].ID)
	return v
}

// done has a job land and tie out.
func (v *verifying) done(job string) (manifest string) {
	v.t.Helper()
	sum := sha256.Sum256([]byte("EXTRACT\n"))
	manifest = v.land(job, hex.EncodeToString(sum[:]))
	v.tieOut(job)
	return manifest
}

func (v *verifying) put(key string, document map[string]any) {
	v.t.Helper()
	store, err := v.store(v.t.Context(), testBucket)
	require.NoError(v.t, err)
	require.NoError(v.t, store.ReplaceJSON(v.t.Context(), key, document))
}

func (v *verifying) claim(job string) {
	v.t.Helper()
	v.put(v.keys.Claim(contract.JobKey(job)), map[string]any{"schema": 1, "jobId": job, "businessDate": "2026-11-19",
		"workflowId": "extract/nightly-sae/2026-11-19", "runId": "run"})
}

// verify says of a job without a result what recovery would do with it.
func TestVerifyGoesByTheRuleOfRecovery(t *testing.T) {
	since := strings.Replace(testConfig, "definition: Standard Accounting Extract", "definition: Standard Accounting Extract\n    recover: {since: 2020-01-01}", 1)
	require.NotEqual(t, testConfig, since)
	history := func(v *verifying) {
		v.put(v.keys.Baseline(), map[string]any{"schema": 1, "jobIds": []string{v.jobs[1].ID}})
	}
	for name, test := range map[string]struct {
		config string
		given  func(v *verifying)
		ok     bool
		says   string
	}{
		"it was there before the first run": {given: history, ok: true, says: "from before the pipeline's first run"},
		"it ended before a first look that did not show it": {ok: true, says: "from before the pipeline's first run",
			given: func(v *verifying) { v.put(v.keys.Baseline(), map[string]any{"schema": 1, "at": time.Now()}) }},
		"recover.since asks for it": {config: since, given: history, says: "has not landed: the next run takes it up"},
		"a run has been on it and failed": {says: "has not landed: the next run takes it up", given: func(v *verifying) {
			history(v)
			v.claim(v.jobs[1].ID)
			v.put(v.keys.Run("2026-11-19", "run"), map[string]any{"schema": 1, "code": "Canceled"})
		}},
		"a run has it, and may have been lost": {says: "the run extract/nightly-sae/2026-11-19 has it and has left neither a result nor a record", given: func(v *verifying) {
			history(v)
			v.claim(v.jobs[1].ID)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			config := test.config
			if config == "" {
				config = testConfig
			}
			v := newVerifying(t, 2, config)
			test.given(v)
			want, word := runs.ExitError, "FAIL"
			if test.ok {
				want, word = 0, "ok"
			}
			require.Equal(t, want, v.tieout("verify", v.first), v.out.String())
			require.Contains(t, v.out.String(), word+"\tjob "+v.jobs[1].ID+"\t\t"+test.says)
		})
	}
}

// verify fails where jobs have left Concur's list that no run ever saw, also once the others have landed.
func TestVerifyFailsOnAGap(t *testing.T) {
	v := newVerifying(t, 103, testConfig)
	v.put(v.keys.Baseline(), map[string]any{"schema": 1, "at": v.jobs[0].Ended.Add(time.Hour).UTC().Truncate(time.Second), "jobIds": []string{v.jobs[0].ID}})
	oldest := v.jobs[3]
	after := v.jobs[0].Ended.Add(time.Hour).UTC().Format(time.RFC3339)
	require.Equal(t, runs.ExitError, v.tieout("verify", v.first))
	require.Contains(t, v.out.String(), "Jobs that completed between "+after+" and ")

	// A run has found the gap, and all that Concur lists has its result.
	v.put(v.keys.Gap(contract.JobKey(oldest.ID)), map[string]any{"schema": 1, "jobId": oldest.ID, "runId": "run",
		"after": after, "before": "2026-11-05T04:00:00Z"})
	for _, job := range v.jobs[3:] {
		v.done(job.ID)
	}
	require.Equal(t, runs.ExitError, v.tieout("verify", v.first))
	require.Contains(t, v.out.String(), "FAIL\tjob "+oldest.ID+"\t\tlanded and tied out. Jobs that completed between "+after+" and 2026-11-05T04:00:00Z may be missing")
	require.Equal(t, 1, strings.Count(v.out.String(), "FAIL"))
}
