package activities

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.temporal.io/sdk/activity"

	"tieout/concur"
	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/workflows"
)

// Land streams a completed job's files to S3 and writes the manifest last. A job that has its manifest is left alone.
func (a *Activities) Land(ctx context.Context, p workflows.LandParams) (workflows.Landed, error) {
	a = a.on(p.Scope)
	var resume *landing.Checkpoint
	if activity.HasHeartbeatDetails(ctx) {
		var checkpoint landing.Checkpoint
		if err := activity.GetHeartbeatDetails(ctx, &checkpoint); err == nil && checkpoint.Key != "" {
			resume = &checkpoint
		}
	}
	keys, jobKey := a.keys(p.Scope), landing.JobKey(p.Job.ID)
	there, err := a.Store.ReadManifest(ctx, keys.Manifest(jobKey))
	if err == nil {
		a.sweep(ctx, keys.Job(jobKey))
		return a.landed(keys, there, true), nil
	}
	if !errors.Is(err, landing.ErrNotFound) {
		return workflows.Landed{}, failed(ctx, "Looking for the job's manifest", err)
	}
	client, err := a.concur(ctx, p.Scope)
	if err != nil {
		return workflows.Landed{}, err
	}
	layout, err := extractfile.NewLayout(p.Scope.Settings.Format)
	if err != nil {
		return workflows.Landed{}, invalid(err.Error())
	}
	source := &jobFile{client: client, definition: p.Scope.DefinitionID, job: p.Job.ID}
	raw, err := a.Store.Transfer(ctx, source,
		func(b landing.Body) string { return keys.Raw(jobKey, landing.SafeName(b.Name)) },
		landing.TransferOptions{
			Resume: resume, Progress: func(c landing.Checkpoint) { note(ctx, c) },
			EndProof: func() landing.EndProver { return extractfile.NewCounter(layout) },
		})
	if err != nil {
		return workflows.Landed{}, a.landFailed(ctx, p, err)
	}
	manifest := &landing.Manifest{
		Schema: 1, Pipeline: p.Scope.Settings.Name, Job: manifestJob(p), Raw: raw, Files: []landing.File{raw},
		CorrelationIDs: source.correlationIDs, LandedAt: a.now().UTC(), Software: a.Software,
	}
	if manifest.Zip, err = a.isZip(ctx, raw.Key); err != nil {
		return workflows.Landed{}, failed(ctx, "Looking at the landed file", err)
	}
	if manifest.Zip {
		manifest.Files, err = a.Store.ExpandZip(ctx, raw.Key,
			func(name string) string { return keys.Member(jobKey, landing.SafeName(name)) }, landing.ZipOptions{})
		if err != nil {
			return workflows.Landed{}, failed(ctx, "Expanding the zip", err)
		}
	}
	for i := range manifest.Files {
		if manifest.Files[i].Header, err = a.readHeader(ctx, layout, manifest.Files[i].Key); err != nil {
			return workflows.Landed{}, failed(ctx, "Reading the header of "+manifest.Files[i].Name, err)
		}
	}
	if err := a.Store.WriteManifest(ctx, keys.Manifest(jobKey), manifest); err != nil {
		return workflows.Landed{}, failed(ctx, "Writing the manifest", err)
	}
	a.sweep(ctx, keys.Job(jobKey))
	return a.landed(keys, manifest, false), nil
}

// sweep tidies up after attempts that were killed. What cannot be swept is left to the bucket's lifecycle rule.
func (a *Activities) sweep(ctx context.Context, prefix string) {
	if err := a.Store.Sweep(ctx, prefix); err != nil {
		activity.GetLogger(ctx).Warn("Sweeping up unfinished uploads failed; the bucket's lifecycle rule removes them", "error", err)
	}
}

// landFailed waits for a page in the file's place to go, as for a 503: the job is done and its file is at Concur. What
// else is no file gets a few tries before it is called that.
func (a *Activities) landFailed(ctx context.Context, p workflows.LandParams, err error) error {
	var remote *concur.Error
	switch {
	case errors.Is(err, concur.ErrPage):
		return again(ctx, fmt.Sprintf("Waiting for Concur to serve the job's file again: %v", err), 0)
	case errors.As(err, &remote) && remote.Kind == concur.KindBody && attemptOf(ctx) >= patience:
		return final(workflows.CodeFileFormat, fmt.Sprintf(
			"Concur does not serve the job's file: %v. Nothing was landed; once it does, `%s` lands it.", err, runJob(p.Scope, p.Job.ID)))
	}
	return failed(ctx, "Landing the job's file", err)
}

// runJob is the command that takes a job up. A job's id holds "$" and "!", so a shell wants it in quotes.
func runJob(scope workflows.Scope, jobID string) string {
	return fmt.Sprintf("starter run %s --date %s --job '%s'", scope.Settings.Name, scope.BusinessDate, jobID)
}

// landed is what the workflow learns of a landing.
func (a *Activities) landed(keys landing.Keys, m *landing.Manifest, already bool) workflows.Landed {
	jobKey := landing.JobKey(m.Job.ID)
	landed := workflows.Landed{
		Manifest: a.Store.URI(keys.Manifest(jobKey)), JobKey: jobKey, Files: len(m.Files),
		Job: resultJob(m.Job), Already: already,
	}
	for _, file := range m.Files {
		landed.Bytes += file.Bytes
	}
	return landed
}

// isZip looks at the first bytes: the content type is not to be relied on.
func (a *Activities) isZip(ctx context.Context, key string) (bool, error) {
	object, err := a.Store.Head(ctx, key)
	if err != nil || object.Bytes < 4 {
		return false, err
	}
	body, err := a.Store.OpenRange(ctx, key, 0, 4)
	if err != nil {
		return false, err
	}
	defer body.Close()
	magic := make([]byte, 4)
	if _, err := io.ReadFull(body, magic); err != nil {
		return false, fmt.Errorf("reading the first bytes of %s: %w", a.Store.URI(key), err)
	}
	return string(magic) == "PK\x03\x04" || string(magic) == "PK\x05\x06", nil
}

// headerBytes is far more than a first record takes.
const headerBytes = 64 << 10

// readHeader notes what a file declares of itself; a file that is no extract has no header here, and the scan says so.
func (a *Activities) readHeader(ctx context.Context, layout *extractfile.Layout, key string) (*extractfile.Header, error) {
	object, err := a.Store.Head(ctx, key)
	if err != nil || object.Bytes == 0 {
		return nil, err
	}
	body, err := a.Store.OpenRange(ctx, key, 0, min(object.Bytes, headerBytes))
	if err != nil {
		return nil, err
	}
	defer body.Close()
	counter := extractfile.NewCounter(layout)
	if _, err := io.Copy(counter, body); err != nil {
		return nil, err
	}
	header, ok := counter.Header()
	if !ok {
		return nil, nil
	}
	return &header, nil
}

// jobFile is the job's file at Concur as a landing.Source.
type jobFile struct {
	client          Concur
	definition, job string
	correlationIDs  []string
}

func (s *jobFile) Open(ctx context.Context, offset int64, etag string) (*landing.Body, error) {
	file, err := s.client.File(ctx, s.definition, s.job, concur.FileRequest{Offset: offset, IfMatch: etag})
	if err != nil {
		return nil, err
	}
	if file.CorrelationID != "" && len(s.correlationIDs) < 10 {
		s.correlationIDs = append(s.correlationIDs, file.CorrelationID)
	}
	name := file.Name
	if name == "" {
		name = "extract" // Concur named none
	}
	return &landing.Body{
		ReadCloser: file.Body, Name: name, ContentType: file.ContentType, ETag: file.ETag, CorrelationID: file.CorrelationID,
		Offset: file.Offset, Length: file.Length, Framing: file.Framing,
	}, nil
}

func manifestJob(p workflows.LandParams) landing.Job {
	job := landing.Job{ID: p.Job.ID, Definition: p.Job.Definition, Origin: p.Job.Origin,
		StartTime: parseTime(p.Job.StartTime), StopTime: parseTime(p.Job.StopTime)}
	if p.Resolved != nil {
		job.DecidedBy, job.Reason = p.Resolved.By, p.Resolved.Reason
	}
	return job
}

func resultJob(job landing.Job) workflows.Job {
	result := workflows.Job{ID: job.ID, Definition: job.Definition, Origin: job.Origin}
	if job.StartTime != nil {
		result.StartTime = timestamp(*job.StartTime)
	}
	if job.StopTime != nil {
		result.StopTime = timestamp(*job.StopTime)
	}
	return result
}

func parseTime(text string) *time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return nil
	}
	return &t
}
