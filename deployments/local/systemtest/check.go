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
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"go.temporal.io/sdk/temporal"

	"tieout/concur/concurtest"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/report"
)

// Expect says how a run must have ended.
type Expect struct {
	// Outcome is the outcome of a run that reached a verdict.
	Outcome contract.Outcome
	// Code is the error code of a run that failed, and Says a part of its message.
	Code, Says string
	// Jobs is the number of jobs that our POSTs started at Concur, or AtMostOne.
	Jobs int
	// Unlanded allows completed jobs without a manifest, as a failed run leaves them.
	Unlanded bool
	// OtherBytes allows landed files that differ from what Concur made, such as an error page or a part.
	OtherBytes bool
	// Unended is for a run that was terminated, or has not ended yet.
	Unended bool
	// OpenUploads allows uploads of a run that could not go on; the bucket's lifecycle rule ends them.
	OpenUploads bool
	// NoBucket is for a scenario whose bucket does not exist: there is nothing to read.
	NoBucket bool
}

// AtMostOne is the value of Expect.Jobs for a run that may have failed before the start or after it.
const AtMostOne = -1

// Check reads what a run has left: Concur's jobs and log, the objects in S3, the histories in Temporal and the workers'
// logs. It returns everything that is not as it must be.
func (p *Pipeline) Check(ctx context.Context, ended Ended, want Expect) error {
	c := &checker{Pipeline: p, want: want, keys: evidence.Keys{Prefix: p.scenario.Name, Pipeline: p.Name}, objects: map[string][]byte{}}
	c.checkEnd(ended)
	if !want.NoBucket {
		if err := c.readObjects(ctx); err != nil {
			return fmt.Errorf("pipeline %s: %w", p.Name, err)
		}
	}
	c.checkJobs()
	c.checkMarkers()
	if ended.Result != nil {
		c.checkResult(ended.Result)
	}
	c.checkLeaks(ctx, ended)
	if err := errors.Join(c.problems...); err != nil {
		return fmt.Errorf("pipeline %s: %w", p.Name, err)
	}
	return nil
}

// checker compares what a run has left with what is expected.
type checker struct {
	*Pipeline
	want     Expect
	keys     evidence.Keys
	objects  map[string][]byte // by key
	problems []error
}

func (c *checker) problem(format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf(format, args...))
}

// checkEnd compares how the run ended with how it should have.
func (c *checker) checkEnd(ended Ended) {
	code, message := Code(ended.Err)
	switch {
	case c.want.Unended:
	case c.want.Code == "" && ended.Err != nil:
		c.problem("the run failed: %w", ended.Err)
	case c.want.Code == "":
		if ended.Result.Outcome != c.want.Outcome {
			c.problem("the outcome is %q instead of %q", ended.Result.Outcome, c.want.Outcome)
		}
	case code != c.want.Code:
		c.problem("the run ended with %q (%v) instead of %q", code, ended.Err, c.want.Code)
	case !strings.Contains(message, c.want.Says):
		c.problem("the message %q does not say %q", message, c.want.Says)
	}
}

// Code returns the error type and the message of a run's error; an error of another kind has no type.
func Code(err error) (code, message string) {
	if failed, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return failed.Type(), failed.Message()
	}
	return "", fmt.Sprint(err)
}

// readObjects reads every object of the pipeline, and sees that no multipart upload was left open.
func (c *checker) readObjects(ctx context.Context) error {
	client, bucket, prefix := c.scenario.servers.S3.Client(), c.scenario.options.Bucket, path.Join(c.keys.Prefix, c.keys.Pipeline)+"/"
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("listing the pipeline's objects: %w", err)
		}
		for _, object := range page.Contents {
			got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: object.Key})
			if err != nil {
				return fmt.Errorf("reading %s: %w", *object.Key, err)
			}
			c.objects[*object.Key], err = io.ReadAll(got.Body)
			got.Body.Close()
			if err != nil {
				return fmt.Errorf("reading %s: %w", *object.Key, err)
			}
		}
	}
	open, err := client.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &bucket, Prefix: &prefix})
	if err != nil {
		return fmt.Errorf("listing open uploads: %w", err)
	}
	for _, upload := range open.Uploads {
		if !c.want.OpenUploads {
			c.problem("the upload of %s was left open", *upload.Key)
		}
	}
	return nil
}

// checkJobs holds the jobs at Concur against the manifests: as many were started as expected, and each completed one landed.
func (c *checker) checkJobs() {
	started := 0
	for _, definition := range c.Concur.World().Definitions {
		for _, job := range c.Concur.Jobs(definition.ID) {
			if job.Origin == concurtest.OriginRequest {
				started++
			}
			text, landed := c.objects[c.keys.Manifest(contract.JobKey(job.ID))]
			switch {
			case landed:
				c.checkManifest(job, text)
			case job.State == concurtest.StateComplete && job.Origin != concurtest.OriginHistory && !c.want.Unlanded:
				c.problem("job %d completed and has no manifest: it is lost", job.Number)
			}
		}
	}
	if started != c.want.Jobs && (c.want.Jobs != AtMostOne || started > 1) {
		c.problem("%d jobs were started at Concur instead of %d", started, c.want.Jobs)
	}
}

// checkManifest compares a manifest with the objects that it names.
func (c *checker) checkManifest(job concurtest.JobRecord, text []byte) {
	var manifest evidence.Manifest
	if err := json.Unmarshal(text, &manifest); err != nil || manifest.Job.ID != job.ID || len(manifest.Files) == 0 {
		c.problem("the manifest of job %d (%s) does not name it and its files: %s (%v)", job.Number, job.ID, text, err)
	}
	for i, file := range append([]evidence.File{manifest.Raw}, manifest.Files...) {
		object, ok := c.objects[file.Key]
		switch {
		case !ok:
			c.problem("the manifest of job %d names %s, which is not there", job.Number, file.Key)
		case int64(len(object)) != file.Bytes || sha256Hex(object) != file.SHA256:
			c.problem("%s holds other bytes than its manifest says", file.Key)
		case i > 0 && !c.want.OtherBytes:
			c.checkFile(job, i-1, file.Key)
		}
	}
}

// checkFile compares a landed file with what Concur generated.
func (c *checker) checkFile(job concurtest.JobRecord, i int, key string) {
	extract, err := c.Concur.Extract(job.ID, i)
	if err != nil {
		return // it was not generated
	}
	var made bytes.Buffer
	if _, err := extract.WriteTo(&made); err != nil || !bytes.Equal(made.Bytes(), c.objects[key]) {
		c.problem("%s holds other bytes than Concur made: %v", key, err)
	}
}

// checkMarkers looks for commit markers without the objects that they vouch for.
func (c *checker) checkMarkers() {
	for key := range c.objects {
		dir, name := path.Dir(key), path.Base(key)
		var needed []string
		switch {
		case name == "result.json":
			needed = []string{"report.json", "report.html", "report.xlsx", "findings.csv", "rows.csv", "../../manifest.json"}
		case name == "report.json" && path.Base(dir) != "decided":
			needed = []string{"../../manifest.json"}
		case strings.HasSuffix(name, ".partial.json"):
			c.problem("%s was left behind", key)
		}
		for _, name := range needed {
			if _, ok := c.objects[path.Join(dir, name)]; !ok {
				c.problem("%s is there without %s", key, name)
			}
		}
	}
}

// checkResult compares result.json and what points to it with the result that the workflow returned.
func (c *checker) checkResult(result *contract.ExtractResult) {
	key := c.key(result.ResultURI)
	c.checkReturned(key, result)
	c.checkLedger(key)
	for _, uri := range []string{result.Manifest, result.Reports.JSON, result.Reports.CSV, result.Reports.HTML, result.Reports.XLSX, result.Reports.Rows} {
		if _, ok := c.objects[c.key(uri)]; !ok {
			c.problem("the result names %q, which is not there", uri)
		}
	}
	var latest evidence.Latest
	if err := json.Unmarshal(c.objects[c.keys.Latest()], &latest); err != nil || latest.Result != result.ResultURI || latest.Outcome != result.Outcome {
		c.problem("latest.json does not point to the result: %s", c.objects[c.keys.Latest()])
	}
	recorded := false
	for key, text := range c.objects {
		var record evidence.Record
		if strings.HasPrefix(key, c.keys.Runs(c.Date)) && json.Unmarshal(text, &record) == nil {
			recorded = recorded || record.Result == result.ResultURI && record.Outcome == result.Outcome
		}
	}
	if !recorded {
		c.problem("no record of a run points to the result")
	}
}

// checkLedger compares the objects that a result lists, and the results that it names, with what is there.
func (c *checker) checkLedger(key string) {
	var listed evidence.Ledger
	if err := json.Unmarshal(c.objects[key], &listed); err != nil || len(listed.Objects) == 0 {
		c.problem("%s lists no objects: %v", key, err)
	}
	for _, previous := range listed.Previous {
		listed.Objects = append(listed.Objects, report.Object{URI: previous.ResultURI, SHA256: previous.SHA256})
	}
	for _, object := range listed.Objects {
		if sha256Hex(c.objects[c.key(object.URI)]) != object.SHA256 {
			c.problem("%s names other bytes of %s than are there", key, object.URI)
		}
	}
}

// checkReturned compares result.json with what the run returned, apart from what only the object holds.
func (c *checker) checkReturned(key string, result *contract.ExtractResult) {
	text, err := json.Marshal(result)
	var is, should map[string]any
	if err := errors.Join(err, json.Unmarshal(c.objects[key], &is), json.Unmarshal(text, &should)); err != nil {
		c.problem("reading %s: %w", key, err)
	}
	delete(is, "objects")
	delete(is, "previous")
	if !reflect.DeepEqual(is, should) {
		c.problem("%s holds something else than the run returned:\n%s\n%s", key, c.objects[key], text)
	}
}

func (c *checker) key(uri string) string {
	return strings.TrimPrefix(uri, "s3://"+c.scenario.options.Bucket+"/")
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
