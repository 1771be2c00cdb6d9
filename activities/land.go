package activities

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"go.temporal.io/sdk/activity"

	"tieout/concur"
	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/internal/wording"
)

// Land streams a completed job's files to S3 and writes the manifest last. A job that has its manifest is left as
// it is, unless a person asked for another landing: that one lies beside the earlier ones.
func (a *Activities) Land(ctx context.Context, p contract.LandParams) (contract.Landed, error) {
	r := a.run(p.Scope)
	keys, jobKey := r.Keys, contract.JobKey(p.Job.ID)
	there, at, err := r.Current(ctx, jobKey)
	switch {
	case err == nil && !landsAgain(p, there):
		r.sweep(ctx, keys.Job(jobKey))
		return r.landed(at, there, true), nil
	case err == nil:
		at = keys.Landing(jobKey, at.Number+1)
	case !errors.Is(err, bucket.ErrNotFound):
		return contract.Landed{}, failed(ctx, "Looking for the job's manifest", err)
	}
	client, err := r.concur(ctx)
	if err != nil {
		return contract.Landed{}, err
	}
	layout, err := extractfile.NewLayout(p.Scope.Settings.Format)
	if err != nil {
		return contract.Landed{}, invalid(err.Error())
	}
	source := &jobFile{client: client, definition: p.Scope.DefinitionID, job: p.Job.ID}
	manifest, err := (&landingRun{r, p, at, layout, source}).land(ctx)
	if err != nil {
		return contract.Landed{}, err
	}
	if err := evidence.WriteManifest(ctx, r.Store, at.Manifest(), manifest); err != nil {
		return contract.Landed{}, failed(ctx, "Writing the manifest", err)
	}
	r.sweep(ctx, keys.Job(jobKey))
	return r.landed(at, manifest, false), nil
}

// landsAgain reports whether the landing that is there is to be made again: a person asked, and no earlier attempt made it.
func landsAgain(p contract.LandParams, there *evidence.Manifest) bool {
	return p.Again != nil && (there.Again == nil || there.Again.RunID != p.Scope.RunID)
}

// landingRun is one landing while it is made.
type landingRun struct {
	*run
	p      contract.LandParams
	at     evidence.Landing
	layout *extractfile.Layout
	source *jobFile
}

// land copies the files to S3 and returns their manifest. Where a zip was refused before, what Concur serves now is landed
// beside it: an object that no manifest names must not keep the good file out.
func (r *landingRun) land(ctx context.Context) (*evidence.Manifest, error) {
	refused, err := r.refused(ctx)
	if err != nil {
		return nil, failed(ctx, "Looking for what was refused before", err)
	}
	for try := max(1, len(refused)); ; try++ {
		manifest, err := r.try(ctx, try, refused)
		if isConflict(err) && try <= len(refused) {
			continue
		}
		if err != nil {
			return nil, r.failed(ctx, err)
		}
		return manifest, nil
	}
}

// try lands what Concur serves now.
func (r *landingRun) try(ctx context.Context, try int, refused []evidence.Refused) (*evidence.Manifest, error) {
	keyFor := func(b landing.Body) string { return r.at.Raw(try, evidence.SafeName(b.Name)) }
	checks := r.p.Scope.Settings.Checks
	raw, err := landing.Transfer(ctx, r.Store, r.source, keyFor, landing.TransferOptions{
		Resume: resumable(ctx, path.Dir(keyFor(landing.Body{}))), Progress: func(c landing.Checkpoint) { note(ctx, c) },
		Look:     func(head []byte, whole bool) error { return r.layout.Recognize(head, whole, checks) },
		EndProof: func() landing.EndProver { return extractfile.NewCounter(r.layout) },
	})
	if err != nil {
		return nil, err
	}
	manifest := &evidence.Manifest{
		Schema: 1, Pipeline: r.p.Scope.Settings.Name, Job: manifestJob(r.p), Raw: raw, Files: []evidence.File{raw},
		CorrelationIDs: r.source.correlationIDs, LandedAt: r.now().UTC(), Software: r.Software, Again: r.again(),
	}
	if manifest.Zip, err = r.isZip(ctx, raw.Key); err != nil {
		return nil, err
	}
	if manifest.Zip {
		if err := r.expand(ctx, manifest, try, refused); err != nil {
			return nil, err
		}
	}
	for i := range manifest.Files {
		if manifest.Files[i].Header, err = r.readHeader(ctx, r.layout, manifest.Files[i].Key); err != nil {
			return nil, fmt.Errorf("reading the header of %s: %w", manifest.Files[i].Name, err)
		}
	}
	return manifest, nil
}

// resumable returns the checkpoint of an earlier attempt at a file below the prefix.
func resumable(ctx context.Context, prefix string) *landing.Checkpoint {
	var checkpoint landing.Checkpoint
	if !activity.HasHeartbeatDetails(ctx) || activity.GetHeartbeatDetails(ctx, &checkpoint) != nil || path.Dir(checkpoint.Key) != prefix {
		return nil
	}
	return &checkpoint
}

// again returns what the manifest says of the person who asked for the landing.
func (r *landingRun) again() *evidence.Again {
	if r.p.Again == nil {
		return nil
	}
	return &evidence.Again{By: r.p.Again.By, Reason: r.p.Again.Reason, At: r.p.Again.At, RunID: r.p.Scope.RunID}
}

// sweep removes the unfinished uploads of attempts that were killed. If it fails, the bucket's lifecycle rule does so.
func (r *run) sweep(ctx context.Context, prefix string) {
	if err := r.Store.Sweep(ctx, prefix); err != nil {
		activity.GetLogger(ctx).Warn("Sweeping up unfinished uploads failed; the bucket's lifecycle rule removes them", "error", err)
	}
}

// failed maps the error of a landing. Where Concur served something other than a file, the file is waited for as in an
// outage, because the job has completed. A file that does not fit the settings needs a person at once.
func (r *landingRun) failed(ctx context.Context, err error) error {
	format, isFormat := errors.AsType[*extractfile.FormatError](err)
	remote, isRemote := errors.AsType[*concur.Error](err)
	_, isNone := errors.AsType[*landing.NoFileError](err)
	switch {
	case isFormat && format.Setting:
		return final(contract.CodeFileFormat, fmt.Sprintf("%v. No manifest was written. Once tieout.yaml is right and the worker restarted, `%s` lands the file.",
			err, runJob(r.p.Scope, r.p.Job.ID)))
	case isNone, isRemote && remote.Kind == concur.KindBody:
		return r.awaitFile(ctx, err)
	}
	return failed(ctx, "Landing the job's file", err)
}

// landingMargin is how long before its timeout an activity gives up waiting, so that it can say why.
const landingMargin = 5 * time.Minute

// awaitFile has the file asked for again until the pipeline's deadline, counted from the landing's beginning, has passed.
func (r *landingRun) awaitFile(ctx context.Context, err error) error {
	info, bound := activity.GetInfo(ctx), time.Duration(r.p.Scope.Settings.Poll.Deadline)
	if info.ScheduleToCloseTimeout > landingMargin {
		bound = min(bound, info.ScheduleToCloseTimeout-landingMargin)
	}
	until := info.ScheduledTime.Add(bound)
	if time.Now().Before(until) {
		return again(ctx, fmt.Sprintf("Waiting for Concur to serve the job's file, until %s: %v", wording.Moment(until), err), 0)
	}
	r.sweep(ctx, r.at.Keys.Job(r.at.JobKey))
	return final(contract.CodeFileFormat, fmt.Sprintf(
		"Concur served no file of the job within %s: %v. Nothing was landed. Look at the job in Concur; once its file is there, `%s` lands it.",
		short(bound), err, runJob(r.p.Scope, r.p.Job.ID)))
}

// runJob returns the command that takes a job up. A job's id holds "$" and "!", so a shell wants it in quotes.
func runJob(scope contract.Scope, jobID string) string {
	return fmt.Sprintf("tieout run %s --date %s --job '%s'", scope.Settings.Name, scope.BusinessDate, jobID)
}

// landed returns what the workflow learns of a landing.
func (r *run) landed(at evidence.Landing, m *evidence.Manifest, already bool) contract.Landed {
	landed := contract.Landed{
		Manifest: r.URI(at.Manifest()), JobKey: at.JobKey, Landing: at.Number, Files: len(m.Files),
		Job: resultJob(m.Job), Already: already,
	}
	for _, file := range m.Files {
		landed.Bytes += file.Bytes
	}
	return landed
}

// isZip reports whether an object is a zip. It reads the first bytes, because the content type is not reliable.
func (r *run) isZip(ctx context.Context, key string) (bool, error) {
	object, err := r.Store.Head(ctx, key)
	if err != nil || object.Bytes < 4 {
		return false, err
	}
	body, err := r.Store.OpenRange(ctx, key, "", 0, 4)
	if err != nil {
		return false, err
	}
	defer body.Close()
	magic := make([]byte, 4)
	if _, err := io.ReadFull(body, magic); err != nil {
		return false, fmt.Errorf("reading the first bytes of %s: %w", r.URI(key), err)
	}
	return string(magic) == "PK\x03\x04" || string(magic) == "PK\x05\x06", nil
}

// headerBytes is far more than a first record takes.
const headerBytes = 64 << 10

// readHeader reads what a file declares of itself. It returns nil for a file without a header, which the scan reports.
func (r *run) readHeader(ctx context.Context, layout *extractfile.Layout, key string) (*extractfile.Header, error) {
	object, err := r.Store.Head(ctx, key)
	if err != nil || object.Bytes == 0 {
		return nil, err
	}
	body, err := r.Store.OpenRange(ctx, key, "", 0, min(object.Bytes, headerBytes))
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

// jobFile is the job's file at Concur. It implements landing.Source.
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
		Offset: file.Offset, Length: file.Length, Framing: string(file.Framing),
	}, nil
}

func manifestJob(p contract.LandParams) evidence.Job {
	job := evidence.Job{ID: p.Job.ID, Definition: p.Job.Definition, Origin: p.Job.Origin,
		StartTime: parseTime(p.Job.StartTime), StopTime: parseTime(p.Job.StopTime)}
	if p.Resolved != nil {
		job.DecidedBy, job.Reason = p.Resolved.By, p.Resolved.Reason
	}
	return job
}

func resultJob(job evidence.Job) contract.Job {
	result := contract.Job{ID: job.ID, Definition: job.Definition, Origin: job.Origin}
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
