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

// settingError says that the environment does not lead to S3: no credentials, or an address that is none.
type settingError struct {
	message string
	cause   error
}

func (e *settingError) Error() string { return e.message }
func (e *settingError) Unwrap() error { return e.cause }

// settingOf tells errors of the environment apart, for which the SDK has no types.
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

// answerOf is what came from S3, or did not, in words without the SDK's own.
func answerOf(err error) string {
	var (
		setting *settingError
		unsent  *smithyhttp.RequestSendError
		foreign *smithy.DeserializationError
		api     smithy.APIError
	)
	switch {
	case errors.As(err, &setting):
		return setting.message
	case errors.Is(err, ErrNotFound):
		return ErrNotFound.Error()
	case errors.As(err, &unsent):
		return "S3 does not answer: " + networkWord(unsent.Err)
	case errors.As(err, &foreign):
		return fmt.Sprintf("what answers (HTTP %d) is no S3 server", status(err))
	case status(err) == http.StatusInsufficientStorage: // each server has a code of its own for it
		return fmt.Sprintf("the S3 server has no space left: free some or enlarge its disk, and the run goes on by itself (S3 says %s)", apiCode(err))
	case errors.As(err, &api) && status(err) != 0:
		return strings.TrimRight(fmt.Sprintf("S3 answers HTTP %d %s: %s", status(err), api.ErrorCode(), api.ErrorMessage()), ": ")
	}
	return err.Error()
}

// networkWord leaves out the request, which names more than a person needs.
func networkWord(err error) string {
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" && op.Addr != nil {
		return op.Addr.String() + ": " + strings.TrimPrefix(op.Err.Error(), "connect: ")
	}
	return err.Error()
}

// Kind says what an error of S3 asks for.
type Kind int

// Kinds of errors.
const (
	// KindOther is none of the others, or no error of S3.
	KindOther Kind = iota
	// KindAway passes: S3 did not answer, or is not well.
	KindAway
	// KindSetting lasts until a person has corrected the environment, the configuration, or what the bucket allows.
	KindSetting
)

// Explain is an error of S3 in one sentence for people, with what to do, and what it asks for. An error that it knows
// nothing of is KindOther, with its own words.
func Explain(err error) (string, Kind) {
	var (
		setting  *settingError
		unsent   *smithyhttp.RequestSendError
		foreign  *smithy.DeserializationError
		conflict *ConflictError
		broken   *IntegrityError
		op       *Error
	)
	if errors.As(err, &conflict) || errors.As(err, &broken) {
		return err.Error(), KindOther
	}
	if message, ok := Permanent(err); ok {
		return message, KindSetting
	}
	text := answerOf(err)
	if errors.As(err, &op) {
		text = op.Error()
	}
	switch {
	case errors.As(err, &setting):
		return text, KindSetting
	case errors.As(err, &unsent):
		return text + ". See that it is up, and that AWS_ENDPOINT_URL_S3, AWS_REGION and the network are right", KindAway
	case errors.As(err, &foreign):
		return text + ": correct AWS_ENDPOINT_URL_S3", KindSetting
	case status(err) >= http.StatusInternalServerError, status(err) == http.StatusTooManyRequests:
		return text + ". Try again; if it lasts, ask those who run it", KindAway
	}
	return err.Error(), KindOther
}
