package main

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/runs"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		name  string
		args  []string
		code  int
		error string
	}{
		{"unknown command", []string{"runn"}, runs.ExitUsage, `unknown command "runn"`},
		{"unknown flag", []string{"run", "--wacth"}, runs.ExitUsage, "unknown flag: --wacth"},
		{"no run named", []string{"watch"}, runs.ExitUsage, "watch wants a run"},
		{"no configuration", []string{"run"}, runs.ExitUsage, "there is no configuration at"},
		{"no such date", []string{"run", "nightly-sae", "--date", "20.11.2026"}, runs.ExitUsage, "is not a date"},
		{"timeout without watch", []string{"run", "nightly-sae", "--timeout", "1s"}, runs.ExitUsage, "--watch"},
		{"timeout in the past", []string{"watch", "nightly-sae", "--timeout", "-1s"}, runs.ExitUsage, "is negative"},
		{"no limit", []string{"runs", "--limit", "0"}, runs.ExitUsage, "give 1 or more"},
		{"runs of no date", []string{"runs", "--date", "20261120"}, runs.ExitUsage, "is not a date"},
		{"no such decision", []string{"review", "nightly-sae", "maybe", "--reason", "x"}, runs.ExitUsage, "none of approve, reject, recheck"},
		{"no reason", []string{"review", "nightly-sae", "approve"}, runs.ExitUsage, "--reason is missing"},
		{"nobody", []string{"review", "nightly-sae", "approve", "--reason", "x", "--by", " "}, runs.ExitUsage, "--by is missing"},
		{"adopt without a job", []string{"resolve", "nightly-sae", "adopt", "--reason", "x"}, runs.ExitUsage, "adopt wants the job's id"},
		{"stop with a job", []string{"resolve", "nightly-sae", "stop", "J1", "--reason", "x"}, runs.ExitUsage, "takes no job"},
		{"no such outcome", []string{"runs", "--outcome", "good"}, runs.ExitUsage, "--outcome"},
		{"no such format", []string{"format", "csv"}, runs.ExitUsage, "sae and prae are"},
		{"no such part", []string{"doctor", "--only", "kafka"}, runs.ExitUsage, "none of temporal, s3, concur"},
		{"no bucket", []string{"init", "--base-url", "http://127.0.0.1:1"}, runs.ExitUsage, "--bucket is missing"},
		{"no Temporal", []string{"watch", "extract/nightly-sae/2026-11-20"}, runs.ExitTemporary, "no Temporal here"},
		{"no manifest", []string{"verify", "jobs/manifest.json"}, runs.ExitUsage, "is not a URI such as s3://"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			require.Equal(t, c.code, b.tieout(c.args...), b.err.String())
			require.Contains(t, b.err.String(), c.error)
			require.Empty(t, b.out.String())
		})
	}
}

func TestTheProgramIsNamedAsItWasCalled(t *testing.T) {
	for arg0, name := range map[string]string{
		"starter": "tieout", "/usr/local/bin/tieout": "tieout", "/usr/local/bin/temporal-tieout": "temporal tieout",
		"temporal-tieout.exe": "temporal tieout", "starter.test": "tieout",
	} {
		require.Equal(t, name, programName(arg0))
	}
	b := newBench(t)
	b.name = "temporal tieout"
	require.Zero(t, b.tieout("run", "--help"))
	require.Contains(t, b.out.String(), "temporal tieout run [PIPELINE] [flags]")
}

func TestCompletionKnowsThePipelines(t *testing.T) {
	b := newBench(t)
	b.configure(testConfig) // none of its variables is set
	for _, command := range []string{"run", "watch", "report", "review"} {
		require.Zero(t, b.tieout("__complete", command, ""))
		require.Contains(t, b.out.String(), "nightly-sae\n", command)
	}
	require.Zero(t, b.tieout("__complete", "review", "nightly-sae", ""))
	require.Contains(t, b.out.String(), "recheck\n")
}

func TestOutputThatCannotBeWrittenIsNoSuccess(t *testing.T) {
	b := newBench(t)
	b.Out = fullDisk{}
	require.Equal(t, runs.ExitError, b.tieout("format", "sae"))
	require.Contains(t, b.err.String(), "writing the output: no space left")
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestFormat(t *testing.T) {
	b := newBench(t)
	require.Zero(t, b.tieout("format", "sae"))
	require.Contains(t, b.out.String(), "167\tjournal_account_code\tJournal Account Code\n")
	require.Zero(t, b.tieout("format", "prae", "--json"))
	var columns []struct{ Number int }
	b.document(&columns)
	require.NotEmpty(t, columns)
}

func TestWordsThatNobodyKnowsAreUsageErrors(t *testing.T) {
	b := newBench(t)
	b.serveS3()
	b.configure(testConfig)
	for _, test := range []struct {
		args []string
		says string
	}{
		{[]string{"schedule", "foo"}, `unknown command "foo"`},
		{[]string{"report", "nightly-sae", "--open", "--json"}, "exclude each other"},
		{[]string{"report", "nightly-sae", "--open", "--download", "x"}, "exclude each other"},
		{[]string{"check", "extract.txt", "--workers", "-3"}, "--workers -3"},
	} {
		require.Equal(t, runs.ExitUsage, b.tieout(test.args...), test.args)
		require.Contains(t, b.err.String(), test.says)
	}
	store, err := b.store(t.Context(), testBucket)
	require.NoError(t, err)
	require.NoError(t, store.PutNew(t.Context(), "concur/nightly-sae/latest.json", "application/json", []byte(`{"schema":1}`)))
	require.Equal(t, runs.ExitUsage, b.tieout("verify", "s3://"+testBucket+"/concur/nightly-sae/latest.json"), b.err.String())
	require.Contains(t, b.err.String(), "is not a manifest")
}
