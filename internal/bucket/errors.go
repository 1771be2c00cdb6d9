package bucket

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

var (
	// ErrNotFound reports that the object does not exist.
	ErrNotFound = errors.New("no such object")
	// ErrChanged reports that the object was written after the version that a compare-and-swap named.
	ErrChanged = errors.New("changed by somebody else in the meantime")
	// ErrStalled reports that no byte of a body arrived for longer than Options.Stall.
	ErrStalled = errors.New("no byte arrived for too long")
)

// ConflictError reports that an immutable object already exists with other bytes. Its code is LandingConflict.
type ConflictError struct {
	URI string
	// Bytes and SHA256 describe what should have been written, the other two what exists.
	Bytes, ThereBytes   int64
	SHA256, ThereSHA256 string
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s is there already with other bytes (%d bytes, SHA-256 %s) than those now to be written (%d bytes, SHA-256 %s); "+
		"nothing was overwritten: compare the two, and move the one there away if it is wrong",
		e.URI, e.ThereBytes, e.ThereSHA256, e.Bytes, e.SHA256)
}

// TemporaryError wraps a failure that a later attempt may not meet again: a body that was cut short or stalled, or an
// answer that changed during the transfer.
type TemporaryError struct{ Err error }

func (e *TemporaryError) Error() string { return e.Err.Error() }
func (e *TemporaryError) Unwrap() error { return e.Err }

func temporary(format string, args ...any) error {
	return &TemporaryError{fmt.Errorf(format, args...)}
}

// IntegrityError reports that S3 confirmed a write but holds other bytes than were sent.
type IntegrityError struct {
	URI    string
	Detail string
}

func (e *IntegrityError) Error() string {
	return fmt.Sprintf("%s does not hold what was sent (%s): the S3 server is not to be trusted with this object", e.URI, e.Detail)
}

// Error names the operation and the object for which S3 answered with an error or did not answer.
type Error struct {
	Doing string // such as "reading"
	URI   string
	Err   error
}

func (e *Error) Error() string { return e.Doing + " " + e.URI + ": " + answerOf(e.Err) }
func (e *Error) Unwrap() error { return e.Err }

func (s *Store) failed(doing, key string, err error) error {
	if err == nil {
		return nil
	}
	if isNotFound(err) {
		err = fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return &Error{doing, s.URI(key), settingOf(err)}
}

// remedies lists the S3 error codes that no retry resolves, each with what a person can do.
var remedies = map[string]string{
	"NoSuchBucket":                 "the bucket does not exist: create it, or correct storage.bucket",
	"InvalidBucketName":            "the bucket's name is not valid: correct storage.bucket",
	"AccessDenied":                 "access denied: let the worker's role read and write this place (docs/bucket.md has the policy)",
	"Forbidden":                    "access denied: let the worker's role read and write this place (docs/bucket.md has the policy)",
	"AllAccessDisabled":            "the bucket's owner has disabled all access to it",
	"AccountProblem":               "the AWS account has a problem: ask its owner",
	"XAdminUserNotFound":           "the access key is not known there: correct AWS_ACCESS_KEY_ID", // versitygw
	"InvalidAccessKeyId":           "the access key is not known there: correct AWS_ACCESS_KEY_ID",
	"SignatureDoesNotMatch":        "the secret key is wrong: correct AWS_SECRET_ACCESS_KEY",
	"InvalidToken":                 "the session token is not valid: correct AWS_SESSION_TOKEN",
	"ExpiredToken":                 "the credentials have expired: renew them",
	"AuthorizationHeaderMalformed": "the request was signed for another region: correct AWS_REGION",
	"PermanentRedirect":            "the bucket lies in another region: correct AWS_REGION or AWS_ENDPOINT_URL_S3",
	"IllegalLocationConstraint":    "the bucket lies in another region: correct AWS_REGION",
	"MethodNotAllowed":             "this place does not allow the operation: is AWS_ENDPOINT_URL_S3 an S3 server?",
	"NotImplemented":               "the S3 server does not support what tieout needs (conditional writes, multipart uploads with checksums): use one that does",
	"InvalidObjectState":           "the object is archived: restore it first",
	"QuotaExceeded":                "the bucket's quota is used up: raise it",
	"EntityTooLarge":               "the file is larger than this S3 server takes",
	"KMS.DisabledException":        "the bucket's KMS key is disabled: enable it",
	"KMS.NotFoundException":        "the bucket's KMS key does not exist: correct the bucket's encryption",
}

// Permanent reports whether a retry is useless, and returns one sentence that says what a person must do.
func Permanent(err error) (message string, ok bool) {
	if isContent(err) {
		return err.Error(), true
	}
	code := apiCode(err)
	remedy, ok := remedies[code]
	if !ok {
		return "", false
	}
	if op, ok := errors.AsType[*Error](err); ok {
		return fmt.Sprintf("%s %s: %s (S3 says %s)", op.Doing, op.URI, remedy, code), true
	}
	return fmt.Sprintf("%s (S3 says %s)", remedy, code), true
}

// isContent reports whether an object holds other bytes than it should.
func isContent(err error) bool {
	_, conflict := errors.AsType[*ConflictError](err)
	_, integrity := errors.AsType[*IntegrityError](err)
	return conflict || integrity
}

func apiCode(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

func status(err error) int {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}

func isNotFound(err error) bool {
	switch apiCode(err) {
	case "NoSuchKey", "NotFound":
		return true
	}
	return false
}

func isNoSuchUpload(err error) bool { return apiCode(err) == "NoSuchUpload" }

// lostRace reports whether a conditional write was refused because the object exists or is being written.
func lostRace(err error) bool {
	return status(err) == http.StatusPreconditionFailed || status(err) == http.StatusConflict
}

// canceled reports whether the work ended because its context did, rather than by a failure.
func canceled(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}
