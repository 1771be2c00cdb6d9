package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"tieout/activities"
	"tieout/concur"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/landing"
	"tieout/internal/report"
	"tieout/internal/runs"
)

// The worker and the command line report one file alike, byte for byte. Only what says who tied out, when, for which job
// and where things lie may differ: run, job, evidence, links and the places of the list snapshots.
func TestWorkerAndCommandLineReportAlike(t *testing.T) {
	for _, api := range []concur.ListAPI{concur.ListsV1, concur.ListsV4} {
		t.Run(string(api), func(t *testing.T) {
			b := newBench(t)
			b.serveS3()
			b.configure(strings.Replace(testConfig, "base_url: ${CONCUR_BASE_URL}", "base_url: ${CONCUR_BASE_URL}\n    lists_api: "+string(api), 1))
			world := sampleWorld(2000)
			b.serveConcur(world)
			file, _ := b.onDisk(world)
			reports := b.tieOutByWorker(file, filepath.Join(b.dir, "kept"))

			t.Chdir(b.dir) // so that the file has the name that it has at the worker
			b.program.config = "tieout.yaml"
			require.Equal(t, runs.ExitFindings, b.tieout("check", "extract.txt", "--lists", "kept", "--date", "2026-11-20", "--out", "reports"), b.err.String())
			read := func(name string) []byte {
				body, err := os.ReadFile(filepath.Join("reports", name))
				require.NoError(t, err)
				return body
			}
			for name, uri := range map[string]string{"findings.csv": reports.CSV, "rows.csv": reports.Rows} {
				require.Equal(t, string(b.object(uri)), string(read(name)), name)
				require.Greater(t, bytes.Count(read(name), []byte("\n")), 10, name)
			}

			var worker, line report.Document
			require.NoError(t, json.Unmarshal(b.object(reports.JSON), &worker))
			require.NoError(t, json.Unmarshal(read("report.json"), &line))
			require.Equal(t, worker.Evidence.Files[0].ScannedSHA256, line.Evidence.Files[0].ScannedSHA256)
			line.Run, line.Job, line.Evidence, line.Links = worker.Run, worker.Job, worker.Evidence, worker.Links
			for i := range line.Lists {
				line.Lists[i].URI = worker.Lists[i].URI
			}
			var text, page bytes.Buffer
			require.NoError(t, report.WriteJSON(&text, &line))
			require.Equal(t, string(b.object(reports.JSON)), text.String())
			require.NoError(t, report.WriteHTML(&page, &line))
			require.Equal(t, string(b.object(reports.HTML)), page.String())
			require.Equal(t, sheets(t, b.object(reports.XLSX)), sheets(t, read("report.xlsx")))
		})
	}
}

// tieOutByWorker lands a file, ties it out as a worker does and brings the list snapshots into a directory.
func (b *bench) tieOutByWorker(file, lists string) contract.Reports {
	b.t.Helper()
	ctx := b.t.Context()
	settings, err := b.settings()
	require.NoError(b.t, err)
	p, err := settings.Pipeline("")
	require.NoError(b.t, err)
	store, err := b.store(ctx, testBucket)
	require.NoError(b.t, err)
	body, err := os.ReadFile(file)
	require.NoError(b.t, err)
	keys, jobKey := evidence.Keys{Prefix: "concur", Pipeline: p.Name}, contract.JobKey("job-1")
	raw := evidence.File{Name: "extract.txt", Key: keys.Raw(jobKey, "extract.txt"), URI: store.URI(keys.Raw(jobKey, "extract.txt")),
		Bytes: int64(len(body)), SHA256: fmt.Sprintf("%x", sha256.Sum256(body)), Proof: landing.ProofContentLength}
	require.NoError(b.t, store.PutNew(ctx, raw.Key, "text/plain", body))
	require.NoError(b.t, evidence.WriteManifest(ctx, store, keys.Manifest(jobKey), &evidence.Manifest{Schema: 1, Pipeline: p.Name,
		Job: evidence.Job{ID: "job-1", Definition: "definition", Origin: contract.OriginStarted}, Raw: raw, Files: []evidence.File{raw}, LandedAt: b.now()}))

	endpoint, err := concur.NewEndpoint(b.concur.URL, concur.EndpointOptions{})
	require.NoError(b.t, err)
	client, err := concur.NewClient(endpoint, concur.LegacyToken(b.concur.Auth().LegacyToken), concur.Options{RequestsPerSecond: 10000})
	require.NoError(b.t, err)
	b.t.Cleanup(client.CloseIdleConnections)
	a := &activities.Activities{Config: settings, Connections: map[string]activities.Concur{p.Connection: client}, Evidence: evidence.NewStorage(store), Software: "tieout test"}
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	env.SetTestTimeout(time.Minute)
	a.Register(env)
	params := contract.TieOutParams{Manifest: store.URI(keys.Manifest(jobKey)), Owner: "owner", At: b.now(), Scope: contract.Scope{Settings: p,
		BusinessDate: "2026-11-20", ConfigHash: settings.Hash, WorkflowID: testID, RunID: "run-1", ListsAPI: settings.Connections[p.Connection].ListsAPI}}
	params.Number = run(b.t, env, contract.OpenTieOut, params).Number
	run(b.t, env, contract.Scan, params)
	run(b.t, env, contract.ReadLists, params)
	reported := run(b.t, env, contract.Report, params)
	require.NoError(b.t, os.Mkdir(lists, 0o755))
	for _, object := range b.s3.Objects() {
		if strings.Contains(object.Key, "/lists/") && !strings.Contains(object.Key, ".partial") {
			require.NoError(b.t, os.WriteFile(filepath.Join(lists, path.Base(object.Key)), object.Body, 0o600))
		}
	}
	return reported.Result.Reports
}

func run[P, R any](t *testing.T, env *testsuite.TestActivityEnvironment, activity contract.Activity[P, R], params P) (result R) {
	t.Helper()
	value, err := env.ExecuteActivity(string(activity), params)
	require.NoError(t, err)
	require.NoError(t, value.Get(&result))
	return result
}

func (b *bench) object(uri string) []byte {
	b.t.Helper()
	body, ok := b.s3.Object(testBucket, strings.TrimPrefix(uri, "s3://"+testBucket+"/"))
	require.True(b.t, ok, uri)
	return body
}

// sheets returns the parts of a workbook but for its properties, which hold the time, and the sheet Evidence.
func sheets(t *testing.T, book []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	require.NoError(t, err)
	parts := map[string]string{}
	for _, f := range r.File {
		if strings.HasPrefix(f.Name, "docProps/") || f.Name == "xl/worksheets/sheet5.xml" {
			continue
		}
		in, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(in)
		require.NoError(t, err)
		parts[f.Name] = string(text)
	}
	require.Greater(t, len(parts), 5)
	return parts
}
