package activities

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/report"
)

// readLanded passes a landed file to read and proves that the bytes are those which its manifest names: figures of any
// others are worth nothing, however well they add up. A file that is no extract is read to its end all the same, since
// it may be one that was changed.
func (a *Activities) readLanded(ctx context.Context, p contract.TieOutParams, job landedJob, file evidence.File, read func(io.Reader) error) error {
	changed := &evidence.ChangedError{Doc: "its manifest.json", Want: report.Object{URI: a.Store.URI(file.Key), Bytes: file.Bytes, SHA256: file.SHA256},
		Remedy: fmt.Sprintf("Restore the version that was landed (docs/bucket.md, Versioning) and run `%s`, or have the job landed again: `tieout land %s '%s' --again --reason …`",
			runJob(p.Scope, job.manifest.Job.ID), p.Scope.Settings.Name, job.manifest.Job.ID)}
	body, _, err := a.Store.Open(ctx, file.Key)
	if errors.Is(err, bucket.ErrNotFound) {
		return changed
	}
	if err != nil {
		return err
	}
	defer body.Close()
	hashing := evidence.NewHashing(body)
	defer hashing.Close()
	readErr := read(hashing)
	var format *extractfile.FormatError
	if readErr != nil && !errors.As(readErr, &format) {
		return readErr
	}
	changed.Got.Bytes, changed.Got.SHA256, err = hashing.Sum()
	switch {
	case err != nil:
		return fmt.Errorf("reading file %s: %w", a.Store.URI(file.Key), err)
	case changed.Got.Bytes != file.Bytes || changed.Got.SHA256 != file.SHA256:
		return changed
	}
	return readErr
}
