package bucket

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// settingError reports that the environment does not lead to S3: credentials are missing or the address is invalid.
type settingError struct {
	message string
	cause   error
}

func (e *settingError) Error() string { return e.message }
func (e *settingError) Unwrap() error { return e.cause }

// settingOf recognizes errors of the environment, for which the SDK has no types.
func settingOf(err error) error {
	if status(err) != 0 {
		return err
	}
	switch text := err.Error(); {
	case strings.Contains(text, "get credentials"):
		return &settingError{"no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or a profile, or give the worker a role", err}
	case strings.Contains(text, "resolve endpoint"):
		return &settingError{"AWS_ENDPOINT_URL_S3 is not an address: write it with its scheme, such as https://s3.example.com", err}
	}
	return err
}

// answerOf describes the answer of S3, or its absence, without the wording of the SDK.
func answerOf(err error) string {
	if setting, ok := errors.AsType[*settingError](err); ok {
		return setting.message
	}
	if errors.Is(err, ErrNotFound) {
		return ErrNotFound.Error()
	}
	if unsent, ok := errors.AsType[*smithyhttp.RequestSendError](err); ok {
		return "S3 does not answer: " + networkWord(unsent.Err)
	}
	if isForeign(err) {
		return fmt.Sprintf("what answers (HTTP %d) is no S3 server", status(err))
	}
	if status(err) == http.StatusInsufficientStorage { // each server has a code of its own for it
		return fmt.Sprintf("the S3 server has no space left: free some or enlarge its disk, and the run goes on by itself (S3 says %s)", apiCode(err))
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok && status(err) != 0 {
		return strings.TrimRight(fmt.Sprintf("S3 answers HTTP %d %s: %s", status(err), api.ErrorCode(), api.ErrorMessage()), ": ")
	}
	return err.Error()
}

// isForeign reports whether the SDK could not read an answer, because no S3 server gave it.
func isForeign(err error) bool {
	_, ok := errors.AsType[*smithy.DeserializationError](err)
	return ok
}

// networkWord returns a network error without its request, which names more than a person needs.
func networkWord(err error) string {
	if request, ok := errors.AsType[*url.Error](err); ok {
		err = request.Err
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" && op.Addr != nil {
		return op.Addr.String() + ": " + strings.TrimPrefix(op.Err.Error(), "connect: ")
	}
	return err.Error()
}

// Kind classifies an error of S3 by what resolves it.
type Kind int

// Kinds of errors.
const (
	// KindOther is any other error, from S3 or not.
	KindOther Kind = iota
	// KindAway means that S3 did not answer or failed, which usually passes without help.
	KindAway
	// KindSetting lasts until a person has corrected the environment, the configuration, or what the bucket allows.
	KindSetting
)

// Explain describes an error of S3 in one sentence for people, with what to do, and returns its kind. An error that it
// does not know is KindOther and keeps its own text.
func Explain(err error) (string, Kind) {
	if isContent(err) {
		return err.Error(), KindOther
	}
	if message, ok := Permanent(err); ok {
		return message, KindSetting
	}
	text := answerOf(err)
	if op, ok := errors.AsType[*Error](err); ok {
		text = op.Error()
	}
	_, setting := errors.AsType[*settingError](err)
	_, unsent := errors.AsType[*smithyhttp.RequestSendError](err)
	switch {
	case setting:
		return text, KindSetting
	case unsent:
		return text + ". See that it is up, and that AWS_ENDPOINT_URL_S3, AWS_REGION and the network are right", KindAway
	case isForeign(err):
		return text + ": correct AWS_ENDPOINT_URL_S3", KindSetting
	case status(err) >= http.StatusInternalServerError, status(err) == http.StatusTooManyRequests:
		return text + ". Try again; if it lasts, ask those who run it", KindAway
	}
	return err.Error(), KindOther
}
