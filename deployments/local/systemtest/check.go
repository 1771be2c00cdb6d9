package systemtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"go.temporal.io/sdk/temporal"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/report"
)

// Expect says how a run must have ended.
type Expect struct {
	// Outcome of a run that reached a verdict, or else the Code it failed with, and a text that its message must hold.
	Outcome    contract.Outcome
	Code, Says string
	// Jobs is how many jobs our POSTs started at Concur; AtMostOne leaves it open.
	Jobs int
	// Unlanded are jobs of those that need no manifest: a failed run's job, say.
	Unlanded bool
	// Other lets landed files hold something else than what Concur made: what it served, an error page or a part.
	Other bool
	// Unended is for a run that was terminated on its way.
	Unended bool
	// OpenUploads are allowed to be left by a run that could not go on; the bucket's lifecycle rule ends them.
	OpenUploads bool
}

// Check reads from outside what a run has left: Concur's jobs and log, S3's objects, Temporal's histories, the
// workers' logs. It returns everything that is not as it must be.
func (n *Night) Check(ctx context.Context, ended Ended, want Expect) error {
	c := &checker{night: n, keys: evidence.Keys{Prefix: n.shift.Name, Pipeline: n.Name}, s3: n.shift.ground.S3.Client(), objects: map[string][]byte{}}
	c.end(ended, want)
	if err := c.load(ctx); err != nil {
		return fmt.Errorf("night %s: %w", n.Name, err)
	}
	c.jobs(want)
	if !want.OpenUploads {
		c.uploads(ctx)
	}
	c.halves()
	if ended.Result != nil {
		c.result(ended.Result)
	}
	c.leaks(ctx, ended)
	if err := errors.Join(c.problems...); err != nil {
		return fmt.Errorf("night %s: %w", n.Name, err)
	}
	return nil
}

// AtMostOne, as Expect.Jobs, is good for a run that may have failed before the start or after it.
const AtMostOne = -1

type checker struct {
	night    *Night
	keys     evidence.Keys
	s3       *s3.Client
	objects  map[string][]byte // by key
	problems []error
}

func (c *checker) problem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf(format, args...))
}

// end compares how the run ended with how it should have.
func (c *checker) end(ended Ended, want Expect) {
	if want.Unended {
		return
	}
	if want.Code == "" {
		if ended.Err != nil {
			c.problem("the run failed: %w", ended.Err)
		} else if ended.Result.Outcome != want.Outcome {
			c.problem("the outcome is %q instead of %q", ended.Result.Outcome, want.Outcome)
		}
		return
	}
	code, message := Code(ended.Err)
	if code != want.Code {
		c.problem("the run ended with %q (%v) instead of %q", code, ended.Err, want.Code)
	}
	if !strings.Contains(message, want.Says) {
		c.problem("the message %q does not say %q", message, want.Says)
	}
}

// Code is the error type and the message that a failed run shows.
func Code(err error) (code, message string) {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return application.Type(), application.Message()
	}
	return "", fmt.Sprint(err)
}

// load reads every object of the pipeline.
func (c *checker) load(ctx context.Context) error {
	bucket := c.night.shift.options.Bucket
	prefix := path.Join(c.keys.Prefix, c.keys.Pipeline) + "/"
	pages := s3.NewListObjectsV2Paginator(c.s3, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			if strings.Contains(err.Error(), "NoSuchBucket") {
				return nil // what this night is about
			}
			return fmt.Errorf("listing what the night left: %w", err)
		}
		for _, object := range page.Contents {
			got, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: object.Key})
			if err != nil {
				return fmt.Errorf("reading %s: %w", *object.Key, err)
			}
			body, err := io.ReadAll(got.Body)
			got.Body.Close()
			if err != nil {
				return fmt.Errorf("reading %s: %w", *object.Key, err)
			}
			c.objects[*object.Key] = body
		}
	}
	return nil
}

// jobs holds the jobs at Concur against the manifests: started as often as expected, and each completed one landed.
func (c *checker) jobs(want Expect) {
	started := 0
	for _, definition := range c.night.Concur.World().Definitions {
		for _, job := range c.night.Concur.Jobs(definition.ID) {
			if job.Origin == concurtest.OriginRequest {
				started++
			}
			text, landed := c.objects[c.keys.Manifest(contract.JobKey(job.ID))]
			switch {
			case landed:
				c.manifest(job, text, want)
			case job.State == concurtest.StateComplete && job.Origin != concurtest.OriginHistory && !want.Unlanded:
				c.problem("job %d completed and has no manifest: it is lost", job.Number)
			}
		}
	}
	if want.Jobs == AtMostOne && started <= 1 {
		return
	}
	if started != want.Jobs {
		c.problem("%d jobs were started at Concur instead of %d", started, want.Jobs)
	}
}

// manifest compares what a manifest says with the objects, and these with what Concur made.
func (c *checker) manifest(job concurtest.JobRecord, text []byte, want Expect) {
	var manifest evidence.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil {
		c.problem("the manifest of job %d cannot be read: %w", job.Number, err)
		return
	}
	if manifest.Job.ID != job.ID {
		c.problem("the manifest of job %d names job %q", job.Number, manifest.Job.ID)
	}
	if len(manifest.Files) == 0 {
		c.problem("the manifest of job %d names no files", job.Number)
	}
	for i, file := range append([]evidence.File{manifest.Raw}, manifest.Files...) {
		object, ok := c.objects[file.Key]
		sum := sha256.Sum256(object)
		switch {
		case !ok:
			c.problem("the manifest of job %d names %s, which is not there", job.Number, file.Key)
		case int64(len(object)) != file.Bytes || hex.EncodeToString(sum[:]) != file.SHA256:
			c.problem("%s holds other bytes than its manifest says", file.Key)
		case i > 0:
			c.made(job, i-1, file, object, want)
		}
	}
}

// made compares a landed file with what Concur generated.
func (c *checker) made(job concurtest.JobRecord, i int, file evidence.File, object []byte, want Expect) {
	extract, err := c.night.Concur.Extract(job.ID, i)
	if err != nil {
		return // it was no generated one
	}
	var made bytes.Buffer
	if _, err := extract.WriteTo(&made); err != nil {
		c.problem("generating file %d of job %d again: %w", i, job.Number, err)
	} else if !bytes.Equal(made.Bytes(), object) && !want.Other {
		c.problem("%s holds other bytes than Concur served", file.Key)
	}
}

// uploads looks for multipart uploads that nobody will complete.
func (c *checker) uploads(ctx context.Context) {
	bucket := c.night.shift.options.Bucket
	there, err := c.s3.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &bucket,
		Prefix: aws.String(path.Join(c.keys.Prefix, c.keys.Pipeline) + "/")})
	if err != nil {
		if !strings.Contains(err.Error(), "NoSuchBucket") {
			c.problem("listing open uploads: %w", err)
		}
		return
	}
	for _, upload := range there.Uploads {
		c.problem("the upload of %s was left open", *upload.Key)
	}
}

// halves looks for commit markers without what they stand for.
func (c *checker) halves() {
	for key := range c.objects {
		dir, name := path.Dir(key), path.Base(key)
		switch {
		case name == "result.json":
			for _, needed := range []string{"report.json", "report.html", "report.xlsx", "findings.csv", "rows.csv"} {
				if _, ok := c.objects[path.Join(dir, needed)]; !ok {
					c.problem("%s is there without %s", key, needed)
				}
			}
			fallthrough
		case name == "report.json" && path.Base(dir) != "decided":
			if _, ok := c.objects[path.Join(path.Dir(path.Dir(dir)), "manifest.json")]; !ok {
				c.problem("%s is there without a manifest", key)
			}
		case strings.HasSuffix(name, ".partial.json"):
			c.problem("%s was left behind", key)
		}
	}
}

// result compares result.json and the pointers with what the workflow returned.
func (c *checker) result(result *contract.ExtractResult) {
	key := c.key(result.ResultURI)
	c.equal(key, result)
	c.ledger(key)
	for _, uri := range []string{result.Manifest, result.Reports.JSON, result.Reports.CSV, result.Reports.HTML, result.Reports.XLSX, result.Reports.Rows} {
		if _, ok := c.objects[c.key(uri)]; !ok {
			c.problem("the result names %q, which is not there", uri)
		}
	}
	var pointer struct {
		Result  string
		Outcome contract.Outcome
	}
	if err := json.Unmarshal(c.objects[c.keys.Latest()], &pointer); err != nil || pointer.Result != result.ResultURI || pointer.Outcome != result.Outcome {
		c.problem("latest.json does not point to the result: %s", c.objects[c.keys.Latest()])
	}
	recorded := slices.ContainsFunc(c.under(c.keys.Runs(c.night.Date)), func(key string) bool {
		return json.Unmarshal(c.objects[key], &pointer) == nil && pointer.Result == result.ResultURI
	})
	if !recorded {
		c.problem("no record of a run points to the result")
	}
}

// ledger compares the objects that a result lists, and the results that it names, with what is there.
func (c *checker) ledger(key string) {
	var listed evidence.Ledger
	if err := json.Unmarshal(c.objects[key], &listed); err != nil || len(listed.Objects) == 0 {
		c.problem("%s lists no objects: %v", key, err)
	}
	for _, previous := range listed.Previous {
		listed.Objects = append(listed.Objects, report.Object{URI: previous.ResultURI, SHA256: previous.SHA256})
	}
	for _, object := range listed.Objects {
		sum := sha256.Sum256(c.objects[c.key(object.URI)])
		if hex.EncodeToString(sum[:]) != object.SHA256 {
			c.problem("%s names other bytes of %s than are there", key, object.URI)
		}
	}
}

// equal compares result.json with what the run returned; what only the object holds is left out.
func (c *checker) equal(key string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		c.problem("encoding what %s should hold: %w", key, err)
		return
	}
	var is, should map[string]any
	if err := errors.Join(json.Unmarshal(c.objects[key], &is), json.Unmarshal(text, &should)); err != nil {
		c.problem("reading %s: %w", key, err)
	}
	delete(is, "objects")
	delete(is, "previous")
	if !reflect.DeepEqual(is, should) {
		c.problem("%s holds something else than the run returned:\n%s\n%s", key, c.objects[key], text)
	}
}

func (c *checker) key(uri string) string {
	return strings.TrimPrefix(uri, "s3://"+c.night.shift.options.Bucket+"/")
}

func (c *checker) under(prefix string) []string {
	var keys []string
	for key := range c.objects {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	return keys
}
