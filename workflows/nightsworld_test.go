package workflows_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"

	"tieout/concur"
	"tieout/internal/bucket"
	"tieout/internal/contract"
)

// foreign is a job that somebody else has Concur make.
func (n *nights) foreign(at time.Time) { n.make(at, 1, "600") }

// make adds a job whose rows all hold one code.
func (n *nights) make(at time.Time, rows int, code string) nightJob {
	number := len(n.jobs) + 1
	file := fmt.Sprintf("EXTRACT|%s|%d|%d.00|%d\n", at.Format(time.DateOnly), rows, 10*rows, number)
	for i := range rows {
		file += fmt.Sprintf("DETAIL|%s|10.00|USD|R%d-%d\n", code, number, i)
	}
	job := nightJob{id: fmt.Sprintf("job-%03d", number), at: at, file: file}
	n.jobs = append(n.jobs, job)
	return job
}

func show(job nightJob) concur.Job {
	return concur.Job{ID: job.id, Definition: "def", State: concur.Completed, Status: "Completed", StartTime: job.at, StopTime: job.at.Add(time.Second)}
}

func (n *nights) Definitions(context.Context) ([]concur.Definition, error) {
	return []concur.Definition{{ID: "def", Name: "SAE"}}, nil
}

func (n *nights) Jobs(context.Context, string) ([]concur.Job, error) {
	var listed []concur.Job
	for _, job := range slices.Backward(n.jobs[max(0, len(n.jobs)-100):]) {
		listed = append(listed, show(job))
	}
	return listed, nil
}

func (n *nights) StartJob(context.Context, string) (concur.Job, error) {
	answer := n.answer
	n.answer = ""
	if answer == "never made" {
		return concur.Job{}, &concur.Error{Kind: concur.KindTransport, Message: "connection reset"}
	}
	job := n.make(n.clock(), n.rows, n.code)
	if answer == "made and lost" {
		return concur.Job{}, &concur.Error{Kind: concur.KindTransport, Message: "connection reset"}
	}
	return show(job), nil
}

func (n *nights) Job(_ context.Context, _, id string) (concur.Job, error) {
	i := slices.IndexFunc(n.jobs, func(job nightJob) bool { return job.id == id })
	if i < 0 {
		return concur.Job{}, &concur.Error{Kind: concur.KindNotFound, Message: "no such job"}
	}
	return show(n.jobs[i]), nil
}

func (n *nights) JobStatus(ctx context.Context, definition, id string) (concur.Job, error) {
	return n.Job(ctx, definition, id)
}

func (n *nights) File(_ context.Context, _, id string, r concur.FileRequest) (*concur.File, error) {
	i := slices.IndexFunc(n.jobs, func(job nightJob) bool { return job.id == id })
	body := n.jobs[i].file[r.Offset:]
	return &concur.File{Body: io.NopCloser(strings.NewReader(body)), Name: id + ".txt", Offset: r.Offset, Length: int64(len(body)), Framing: concur.FramingLength}, nil
}

func (n *nights) ListsBy(context.Context, concur.ListAPI) ([]concur.List, error) {
	return []concur.List{{ID: "accounts", Name: "Accounts", Levels: 1}}, nil
}

func (n *nights) Items(_ context.Context, _ concur.List, parent concur.Parent) ([]concur.Item, error) {
	if len(parent.Path) > 0 {
		return nil, nil
	}
	return []concur.Item{{Code: "600", Name: "Travel", Path: []string{"600"}, Level: 1, Ref: "600"}, {Code: "610", Name: "Meals", Path: []string{"610"}, Level: 1, Ref: "610"}}, nil
}

func (n *nights) DeletedItems(context.Context, concur.List, concur.Parent) ([]concur.Item, error) {
	return nil, nil
}

// IsRunning reports that nothing is: each night has ended when the next begins.
func (n *nights) IsRunning(context.Context, string, string) (bool, error) { return false, nil }

func (n *nights) Start(context.Context, client.StartWorkflowOptions, contract.ExtractInput) error {
	return errors.New("no night stands before another")
}

func (n *nights) End(context.Context, string, bool) (*contract.WaitForRunResult, error) {
	return nil, errors.New("no night waits for another")
}

// remembering answers once more for what lies below jobs/ and is never replaced: a year of nights reads each manifest some
// hundred times.
type remembering struct {
	bucket.S3
	mu     sync.Mutex
	bodies map[string]*remembered
}

type remembered struct {
	answer s3.GetObjectOutput
	body   []byte
}

func (r *remembering) GetObject(ctx context.Context, in *s3.GetObjectInput, options ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	if in.Range != nil || !strings.Contains(*in.Key, "/jobs/") || path.Base(*in.Key) == "claim.json" {
		return r.S3.GetObject(ctx, in, options...)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	there, ok := r.bodies[*in.Key]
	if !ok {
		answer, err := r.S3.GetObject(ctx, in, options...)
		if err != nil {
			return nil, err
		}
		there = &remembered{answer: *answer}
		if there.body, err = io.ReadAll(answer.Body); err != nil {
			return nil, err
		}
		r.bodies[*in.Key] = there
	}
	again := there.answer
	again.Body = io.NopCloser(bytes.NewReader(there.body))
	return &again, nil
}

// renamed gives each night's run an id of its own, for the test environment gives all the same.
type renamed struct {
	interceptor.WorkerInterceptorBase
	n *nights
}

func (r *renamed) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	return &renamedActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, r.n}
}

type renamedActivity struct {
	interceptor.ActivityInboundInterceptorBase
	n *nights
}

func (a *renamedActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	for i, arg := range in.Args {
		params := reflect.New(reflect.TypeOf(arg)).Elem()
		params.Set(reflect.ValueOf(arg))
		for _, run := range []reflect.Value{params.FieldByName("RunID"), scopeOf(params)} {
			if run.IsValid() && run.String() == "default-test-run-id" {
				run.SetString(a.n.runID)
			}
		}
		in.Args[i] = params.Interface()
	}
	return a.Next.ExecuteActivity(ctx, in)
}

func scopeOf(params reflect.Value) reflect.Value {
	if scope := params.FieldByName("Scope"); scope.IsValid() {
		return scope.FieldByName("RunID")
	}
	return reflect.Value{}
}
