package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"tieout/concur"
	"tieout/internal/bucket"
	"tieout/internal/runs"
)

func TestFailuresOutsideSayWhatToDo(t *testing.T) {
	refused := &smithy.GenericAPIError{Code: "NoSuchBucket"}
	for name, c := range map[string]struct {
		err     error
		code    int
		message string
	}{
		"no namespace":    {fmt.Errorf("listing runs: %w", serviceerror.NewNamespaceNotFound("nope")), runs.ExitUsage, "correct TEMPORAL_NAMESPACE"},
		"no bucket":       {fmt.Errorf("listing: %w", refused), runs.ExitUsage, "correct storage.bucket"},
		"no token object": {&concur.Error{Kind: concur.KindTokenStore, Err: refused}, runs.ExitUsage, "correct storage.bucket"},
		"other bytes":     {&bucket.ConflictError{URI: "s3://b/k"}, runs.ExitError, "nothing was overwritten"},
		"no S3":           {fmt.Errorf("listing: %w", &smithyhttp.RequestSendError{Err: &url.Error{Op: "Get", URL: "http://x/y", Err: errors.New("connection refused")}}), runs.ExitTemporary, "S3 does not answer: connection refused. See that it is up"},
		"S3 given up":     {&smithyhttp.RequestSendError{Err: context.Canceled}, runs.ExitDetached, "stopped"},
	} {
		require.Equal(t, c.code, ExitCode(c.err), name)
		require.Contains(t, Message(c.err), c.message, name)
	}
}
