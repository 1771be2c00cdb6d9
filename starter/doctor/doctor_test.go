package doctor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/mocks"
	"google.golang.org/grpc"

	"tieout/concur"
	"tieout/internal/app"
	"tieout/internal/config"
	"tieout/internal/runs"
)

const configured = `connections: {acme: {base_url: "http://127.0.0.1:1", client_id: id, client_secret: s, refresh_token: r, token_store: s3}}
storage: {bucket: evidence}
pipelines: {nightly-sae: {definition: Standard Accounting Extract, format: sae, schedule: {cron: "0 4 * * *", time_zone: UTC}}}
`

// examined returns the diagnoses and the exit code of an examination with a configuration.
func examined(t *testing.T, text string, o Options) ([]Diagnosis, int) {
	o.Config = filepath.Join(t.TempDir(), "tieout.yaml")
	require.NoError(t, os.WriteFile(o.Config, []byte(text), 0o600))
	var found []Diagnosis
	o.Report = func(d Diagnosis) { found = append(found, d) }
	code := Examine(t.Context(), o)
	require.Equal(t, Diagnosis{Part: "configuration", Result: OK, Message: o.Config + ": 1 connection, 1 pipeline"}, found[0])
	return found[1:], code
}

// namespace is a namespace of Temporal as far as the doctor asks for it.
type namespace struct {
	workflowservice.WorkflowServiceClient
	operatorservice.OperatorServiceClient
	attributes map[string]enums.IndexedValueType
	pollers    int
	err        error
}

func (n namespace) DescribeNamespace(context.Context, *workflowservice.DescribeNamespaceRequest, ...grpc.CallOption) (*workflowservice.DescribeNamespaceResponse, error) {
	return nil, n.err
}

func (n namespace) DescribeTaskQueue(context.Context, *workflowservice.DescribeTaskQueueRequest, ...grpc.CallOption) (*workflowservice.DescribeTaskQueueResponse, error) {
	return &workflowservice.DescribeTaskQueueResponse{Pollers: make([]*taskqueue.PollerInfo, n.pollers)}, nil
}

func (n namespace) ListSearchAttributes(context.Context, *operatorservice.ListSearchAttributesRequest, ...grpc.CallOption) (*operatorservice.ListSearchAttributesResponse, error) {
	return &operatorservice.ListSearchAttributesResponse{CustomAttributes: n.attributes}, nil
}

func TestTemporal(t *testing.T) {
	reached := Diagnosis{Part: "temporal", Result: OK, Message: "reached, namespace default"}
	noSchedule := Diagnosis{Part: "schedules", Result: Warn, Message: "extract/nightly-sae (not there)", Remedy: "`tieout schedule apply` makes them equal to the configuration"}
	for name, c := range map[string]struct {
		namespace namespace
		dialErr   error
		found     []Diagnosis
		code      int
	}{
		"all but the schedule": {namespace: namespace{attributes: app.SearchAttributes(), pollers: 2}, found: []Diagnosis{reached,
			{Part: "search attributes", Result: OK, Message: "registered: TieoutBusinessDate, TieoutFindings, TieoutOutcome, TieoutPipeline"},
			{Part: "workers", Result: OK, Message: `2 pollers on the task queue "tieout"`}, noSchedule}},
		"nothing but a namespace": {namespace: namespace{attributes: map[string]enums.IndexedValueType{"TieoutFindings": enums.INDEXED_VALUE_TYPE_INT}}, found: []Diagnosis{reached,
			{Part: "search attributes", Result: Warn, Message: "not registered: TieoutBusinessDate, TieoutOutcome, TieoutPipeline",
				Remedy: "The worker registers them when it starts and may; else have an administrator run: " + app.RegisterCommand("default")},
			{Part: "workers", Result: Warn, Message: `none on the task queue "tieout"`, Remedy: "Runs wait until one is started: tieout-worker --config CONFIG"}, noSchedule}},
		"no namespace": {namespace: namespace{err: serviceerror.NewNamespaceNotFound("default")}, code: runs.ExitUsage, found: []Diagnosis{
			{Part: "temporal", Result: Fail, Message: `Temporal has no namespace "default": correct TEMPORAL_NAMESPACE, or have an administrator run: temporal operator namespace create --namespace default`}}},
		"no Temporal": {dialErr: &app.DialError{Message: "Temporal does not answer"}, code: runs.ExitTemporary, found: []Diagnosis{
			{Part: "temporal", Result: Fail, Message: "Temporal does not answer"}}},
	} {
		t.Run(name, func(t *testing.T) {
			temporal, schedules, handle, none := &mocks.Client{}, &mocks.ScheduleClient{}, &mocks.ScheduleHandle{}, &mocks.ScheduleListIterator{}
			temporal.On("WorkflowService").Return(c.namespace)
			temporal.On("OperatorService").Return(c.namespace)
			temporal.On("ScheduleClient").Return(schedules)
			temporal.On("Close").Return()
			schedules.On("List", mock.Anything, mock.Anything).Return(none, nil)
			schedules.On("GetHandle", mock.Anything, "extract/nightly-sae").Return(handle)
			none.On("HasNext").Return(false)
			handle.On("Describe", mock.Anything).Return(nil, serviceerror.NewNotFound("none"))
			found, code := examined(t, configured, Options{Program: "tieout", Only: []string{"temporal"},
				Dial: func(context.Context) (client.Client, string, error) { return temporal, "default", c.dialErr }})
			require.Equal(t, c.code, code)
			for i := range found {
				found[i].Remedy = withoutPath(found[i].Remedy)
			}
			require.Equal(t, c.found, found)
		})
	}
}

// withoutPath replaces the path of a test's configuration.
func withoutPath(remedy string) string {
	const before = "Runs wait until one is started: tieout-worker --config "
	if len(remedy) > len(before) && remedy[:len(before)] == before {
		return before + "CONFIG"
	}
	return remedy
}

// The first failure decides the exit code, and what cannot be connected is not examined.
func TestPartsThatCannotBeConnected(t *testing.T) {
	found, code := examined(t, configured, Options{Only: []string{"temporal", "concur"},
		Dial: func(context.Context) (client.Client, string, error) {
			return nil, "", &app.DialError{Message: "refused", Setting: true}
		},
		Connect: func(context.Context, *config.Config) (*app.Service, error) { return nil, errors.New("no S3 here") }})
	require.Equal(t, runs.ExitUsage, code)
	require.Equal(t, []Diagnosis{{Part: "temporal", Result: Fail, Message: "refused"}, {Part: "connections", Result: Fail, Message: "no S3 here"}}, found)
}

func TestHowAFileIsServed(t *testing.T) {
	for _, c := range []struct {
		file         concur.File
		length, etag string
	}{
		{concur.File{Framing: concur.FramingLength, Length: 7, ETag: `"1"`}, "Content-Length 7", "a strong ETag"},
		{concur.File{Framing: concur.FramingChunked, ETag: `W/"1"`}, "no Content-Length, chunked (the end is proved)", "a weak ETag"},
		{concur.File{}, "no Content-Length and not chunked (the end must be proved by the file itself)", "no ETag"},
	} {
		require.Equal(t, []string{c.length, c.etag}, []string{lengthWord(&c.file), etagWord(c.file.ETag)})
	}
}
