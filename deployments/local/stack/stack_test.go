package stack

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/nexus/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// childDir, when set, makes the test binary the process that is killed: it runs the stack on that directory.
const childDir = "TIEOUT_STACK_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := runChild(dir); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// halfway is what the child reports once it has got as far as it should before it is killed.
type halfway struct {
	Pid      int
	UploadID string
	PartETag string
}

// running is a stack in this process.
type running struct {
	*S3
	*Temporal
	*UI
	client client.Client
}

func startAll(ctx context.Context, dir string, attributes map[string]enums.IndexedValueType) (*running, error) {
	const free = "127.0.0.1:0"
	objects, err := StartS3(ctx, S3Options{Address: free, DataDir: dir, Bucket: "evidence"})
	if err != nil {
		return nil, err
	}
	server, err := StartTemporal(ctx, TemporalOptions{Address: free, DataDir: dir, SearchAttributes: attributes})
	if err != nil {
		return nil, err
	}
	ui, err := StartUI(ctx, UIOptions{Address: free, Temporal: server.HostPort})
	if err != nil {
		return nil, err
	}
	c, err := client.DialContext(ctx, client.Options{HostPort: server.HostPort, Logger: quiet})
	return &running{objects, server, ui, c}, err
}

func (r *running) stop() error {
	r.client.Close()
	return errors.Join(r.UI.Stop(), r.Temporal.Stop(), r.S3.Stop())
}

// runChild runs a workflow and an upload half through, says so on stdout and waits to be killed.
func runChild(dir string) error {
	ctx := context.Background()
	r, err := startAll(ctx, dir, map[string]enums.IndexedValueType{"TieoutPipeline": enums.INDEXED_VALUE_TYPE_KEYWORD})
	if err != nil {
		return err
	}
	if err := startWorker(r.client).Start(); err != nil {
		return err
	}
	if _, err := r.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "two-halves", TaskQueue: testQueue}, twoHalves); err != nil {
		return err
	}
	// The update answers once the first half is done and recorded.
	done, err := r.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{WorkflowID: "two-halves", UpdateName: "first-half", WaitForStage: client.WorkflowUpdateStageCompleted})
	if err != nil {
		return err
	}
	reached := halfway{}
	if err := done.Get(ctx, &reached.Pid); err != nil {
		return err
	}
	objects := r.S3.Client()
	if _, err := objects.PutObject(ctx, putInput("kept", "before the kill")); err != nil {
		return err
	}
	upload, err := objects.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String("evidence"), Key: aws.String("large")})
	if err != nil {
		return err
	}
	part, err := objects.UploadPart(ctx, &s3.UploadPartInput{Bucket: aws.String("evidence"), Key: aws.String("large"),
		UploadId: upload.UploadId, PartNumber: aws.Int32(1), Body: bytes.NewReader(firstPart)})
	if err != nil {
		return err
	}
	reached.UploadID, reached.PartETag = *upload.UploadId, *part.ETag
	if err := json.NewEncoder(os.Stdout).Encode(reached); err != nil {
		return err
	}
	select {}
}

// TestKilledStackGoesOn kills a process that runs the whole stack and starts the stack again on what it left.
func TestKilledStackGoesOn(t *testing.T) {
	dir := t.TempDir()
	before := killHalfway(t, dir)
	t.Chdir(t.TempDir()) // the S3 server changes the working directory: go back at the end

	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	r, err := startAll(ctx, dir, map[string]enums.IndexedValueType{
		"TieoutPipeline": enums.INDEXED_VALUE_TYPE_KEYWORD,
		"TieoutFindings": enums.INDEXED_VALUE_TYPE_INT, // the child did not know this one yet
	})
	require.NoError(t, err)
	w := startWorker(r.client)
	require.NoError(t, w.Start())

	t.Run("the workflow goes on", func(t *testing.T) { workflowGoesOn(ctx, t, r, before) })
	t.Run("Nexus operations work", func(t *testing.T) { nexusWorks(ctx, t, r) })
	t.Run("a start can be joined by update", func(t *testing.T) { updateWithStart(ctx, t, r) })
	t.Run("the multipart upload goes on", func(t *testing.T) { uploadGoesOn(ctx, t, r.S3.Client(), before) })
	t.Run("puts are conditional", func(t *testing.T) { conditionalPut(ctx, t, r.S3.Client(), r.Dir) })
	t.Run("the UI is served", func(t *testing.T) { servesUI(t, r.URL) })
	t.Run("nothing listens beyond loopback", onlyLoopback)
	t.Run("there is one S3 server per process", func(t *testing.T) {
		_, err := StartS3(ctx, S3Options{Address: "127.0.0.1:0", DataDir: dir})
		require.ErrorContains(t, err, "only one instance per process")
	})
	t.Run("ports are seen to be taken", func(t *testing.T) {
		_, err := StartTemporal(ctx, TemporalOptions{Address: r.HostPort, DataDir: t.TempDir()})
		require.ErrorAs(t, err, new(*SettingError))
		require.ErrorContains(t, err, "--temporal")
	})

	w.Stop()
	require.NoError(t, r.stop())
}

// killHalfway runs the child until it reports, and kills it.
func killHalfway(t *testing.T, dir string) halfway {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	var stderr bytes.Buffer
	child.Stderr = &stderr
	stdout, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	require.NoError(t, child.Process.Kill())
	_ = child.Wait()
	require.NoError(t, err, stderr.String())
	require.Empty(t, stderr.String(), "the servers keep off stderr")

	var reached halfway
	require.NoError(t, json.Unmarshal(line, &reached), "the servers keep off stdout: %s", line)
	return reached
}

func workflowGoesOn(ctx context.Context, t *testing.T, r *running, before halfway) {
	require.NoError(t, r.client.SignalWorkflow(ctx, "two-halves", "", "go-on", nil))
	var pids []int
	require.NoError(t, r.client.GetWorkflow(ctx, "two-halves", "").Get(ctx, &pids))
	require.Equal(t, []int{before.Pid, os.Getpid()}, pids, "the first half ran in the child, and only there")

	require.Eventually(t, func() bool {
		found, err := r.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
			Namespace: "default", Query: `TieoutPipeline = "nightly" AND TieoutFindings = 3`})
		return err == nil && found.Count == 1
	}, 2*time.Minute, 20*time.Millisecond, "search attributes find the run, the one added later too")
}

func nexusWorks(ctx context.Context, t *testing.T, r *running) {
	_, err := r.client.OperatorService().CreateNexusEndpoint(ctx, &operatorservice.CreateNexusEndpointRequest{Spec: &nexus.EndpointSpec{
		Name: "test-endpoint",
		Target: &nexus.EndpointTarget{Variant: &nexus.EndpointTarget_Worker_{Worker: &nexus.EndpointTarget_Worker{
			Namespace: "default", TaskQueue: testQueue}}},
	}})
	require.NoError(t, err)
	run, err := r.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "nexus-caller", TaskQueue: testQueue}, callsNexus, "over Nexus")
	require.NoError(t, err)
	var answer string
	require.NoError(t, run.Get(ctx, &answer))
	require.Equal(t, "over Nexus", answer)
}

func updateWithStart(ctx context.Context, t *testing.T, r *running) {
	start := r.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: "joined", TaskQueue: testQueue, WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING}, twoHalves)
	handle, err := r.client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions:          client.UpdateWorkflowOptions{UpdateName: "first-half", WaitForStage: client.WorkflowUpdateStageCompleted},
	})
	require.NoError(t, err)
	var pid int
	require.NoError(t, handle.Get(ctx, &pid))
	require.Equal(t, os.Getpid(), pid)
	require.NoError(t, r.client.TerminateWorkflow(ctx, "joined", "", "test over"))
}

var (
	firstPart  = bytes.Repeat([]byte("first half "), 500_000) // above S3's smallest part of 5 MiB
	secondPart = []byte("and the rest")
)

func uploadGoesOn(ctx context.Context, t *testing.T, objects *s3.Client, before halfway) {
	require.Equal(t, "before the kill", get(ctx, t, objects, "kept"))
	bucket, key := aws.String("evidence"), aws.String("large")
	parts, err := objects.ListParts(ctx, &s3.ListPartsInput{Bucket: bucket, Key: key, UploadId: &before.UploadID})
	require.NoError(t, err)
	require.Len(t, parts.Parts, 1)
	require.Equal(t, before.PartETag, *parts.Parts[0].ETag)
	part, err := objects.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: &before.UploadID, PartNumber: aws.Int32(2), Body: bytes.NewReader(secondPart)})
	require.NoError(t, err)
	complete := &s3.CompleteMultipartUploadInput{Bucket: bucket, Key: key, UploadId: &before.UploadID, IfNoneMatch: aws.String("*"),
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{
			{PartNumber: aws.Int32(1), ETag: &before.PartETag}, {PartNumber: aws.Int32(2), ETag: part.ETag}}}}
	_, err = objects.CompleteMultipartUpload(ctx, complete)
	require.NoError(t, err)
	require.Equal(t, string(firstPart)+string(secondPart), get(ctx, t, objects, "large"))

	again, err := objects.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
	require.NoError(t, err)
	part, err = objects.UploadPart(ctx, &s3.UploadPartInput{Bucket: bucket, Key: key, UploadId: again.UploadId, PartNumber: aws.Int32(1), Body: bytes.NewReader(secondPart)})
	require.NoError(t, err)
	complete.UploadId = again.UploadId
	complete.MultipartUpload.Parts = []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: part.ETag}}
	_, err = objects.CompleteMultipartUpload(ctx, complete)
	requireCode(t, err, "PreconditionFailed")
}

func conditionalPut(ctx context.Context, t *testing.T, objects *s3.Client, dir string) {
	once := func(key, text string) (*s3.PutObjectOutput, error) {
		input := putInput(key, text)
		input.IfNoneMatch = aws.String("*")
		return objects.PutObject(ctx, input)
	}
	first, err := once("once", "one")
	require.NoError(t, err)
	_, err = once("once", "two")
	requireCode(t, err, "PreconditionFailed")
	require.Equal(t, "one", get(ctx, t, objects, "once"))
	require.FileExists(t, filepath.Join(dir, "once"))

	swap := putInput("once", "three")
	swap.IfMatch = first.ETag
	_, err = objects.PutObject(ctx, swap)
	require.NoError(t, err, "compare and swap")
	swap = putInput("once", "four")
	swap.IfMatch = first.ETag
	_, err = objects.PutObject(ctx, swap)
	requireCode(t, err, "PreconditionFailed")
}

func servesUI(t *testing.T, url string) {
	response, err := http.Get(url + "/")
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Contains(t, response.Header.Get("Content-Type"), "text/html")
	require.Contains(t, string(body), "/_app/immutable/entry/start", "the UI's own start script")

	response, err = http.Get(url + "/api/v1/namespaces/default")
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode, "the UI reaches the server")
}

func putInput(key, text string) *s3.PutObjectInput {
	return &s3.PutObjectInput{Bucket: aws.String("evidence"), Key: &key, Body: bytes.NewReader([]byte(text))}
}

func get(ctx context.Context, t *testing.T, objects *s3.Client, key string) string {
	t.Helper()
	object, err := objects.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("evidence"), Key: &key})
	require.NoError(t, err)
	defer object.Body.Close()
	body, err := io.ReadAll(object.Body)
	require.NoError(t, err)
	return string(body)
}

func requireCode(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode())
}
