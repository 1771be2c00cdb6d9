package landing

import (
	"fmt"

	"tieout/internal/bucket"
)

// NoFileError reports that Concur served something else than a file, so that nothing of it was kept.
type NoFileError struct {
	Name string
	Err  error
}

func (e *NoFileError) Error() string {
	return fmt.Sprintf("what came as %q is not a file: %v", e.Name, e.Err)
}
func (e *NoFileError) Unwrap() error { return e.Err }

func temporary(format string, args ...any) error {
	return &bucket.TemporaryError{Err: fmt.Errorf(format, args...)}
}
