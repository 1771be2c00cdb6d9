package concur

import (
	"crypto/tls"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Operation names what a call does, in words that begin an error's text.
type Operation string

// Operations of the client and of its authorizers.
const (
	OpDefinitions  Operation = "list extract definitions"
	OpJobs         Operation = "list extract jobs"
	OpStartJob     Operation = "start extract job"
	OpJob          Operation = "read extract job"
	OpJobStatus    Operation = "read status of extract job"
	OpFile         Operation = "fetch extract file"
	OpLists        Operation = "read lists"
	OpItems        Operation = "read list items"
	OpDeletedItems Operation = "read deleted list items"
	OpFilterItems  Operation = "filter list items"
	OpToken        Operation = "get token"
	OpAuthorize    Operation = "authorize" // by a token that is not asked for
)

// Kind says what an [*Error] means for the caller.
type Kind string

// Kinds of errors.
const (
	// KindNotSent means that no byte of the request has left this machine, so that sending it again repeats nothing.
	KindNotSent Kind = "not-sent"
	// KindConflict is status 409: a job of the definition is queued or running already.
	KindConflict Kind = "conflict"
	// KindAuth is status 401 or 403, which calls other than StartJob report after one refresh of the token. From the token
	// endpoint it means that no fault of the credentials was named, so that something in between may have answered.
	KindAuth Kind = "auth"
	// KindCredentials means that the token endpoint named a fault of the credentials other than code 108. A person must
	// correct them.
	KindCredentials Kind = "credentials"
	// KindReauthorize means that the refresh token is no longer valid (code 108). A person must supply a new one.
	KindReauthorize Kind = "reauthorize"
	// KindNotFound is status 404 or 410.
	KindNotFound Kind = "not-found"
	// KindBadRequest is any other 4xx, or, with Status 0, an argument that no request can be made of.
	KindBadRequest Kind = "bad-request"
	// KindThrottled is status 429.
	KindThrottled Kind = "throttled"
	// KindUnavailable is 5xx, or maintenance at the token endpoint (code 134).
	KindUnavailable Kind = "unavailable"
	// KindTransport is a time-out, a reset, a body that broke off, or status 408. It is not known whether Concur acted.
	KindTransport Kind = "transport"
	// KindBody is an answer that cannot be read: HTML, malformed, too large, or with ids that cannot be used.
	KindBody Kind = "body"
	// KindRedirect is 3xx. A redirect is never followed and counts as a refusal.
	KindRedirect Kind = "redirect"
	// KindChanged means that the file is no longer the one of FileRequest.IfMatch, or cannot be shown to be.
	KindChanged Kind = "changed"
	// KindRange is status 416: the file ends at or before FileRequest.Offset.
	KindRange Kind = "range"
	// KindTokenStore means that the token store could not be read or written.
	KindTokenStore Kind = "token-store"
)

// Error is the error of every call to Concur.
type Error struct {
	// Operation is what the call was to do.
	Operation Operation
	// Status is the HTTP status of the answer, 0 where there was none.
	Status int
	// Kind is what the error means for the caller.
	Kind Kind
	// Message says what happened, in one line for people. Of Concur's own text it holds at most 512 bytes, in which
	// "[removed]" stands for what looks like a token, an e-mail address, or the number of a card or an account.
	Message string
	// CorrelationID is Concur's own name for the exchange, which its support asks for. It is "" where none was given.
	CorrelationID string
	// RetryAfter is the pause that Concur asked for, at most one hour; 0 where it asked for none.
	RetryAfter time.Duration
	// Err is the cause, nil where there is none but Concur's answer: context.Canceled, ErrPage, a *MovedError, an error of
	// the transport or of the token store.
	Err error
}

// Error returns "operation: message (HTTP status, correlation id …)".
func (e *Error) Error() string {
	var notes []string
	if e.Status != 0 {
		notes = append(notes, "HTTP "+strconv.Itoa(e.Status))
	}
	if e.CorrelationID != "" {
		notes = append(notes, "correlation id "+e.CorrelationID)
	}
	text := string(e.Operation) + ": " + e.Message
	if len(notes) > 0 {
		text += " (" + strings.Join(notes, ", ") + ")"
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// OutcomeUnknown reports, of an error of StartJob, whether a job may have been started all the same: the connection broke
// or timed out after it was made, Concur answered 5xx, or its 2xx could not be read. All other errors mean that no job was
// started, because the request was not sent or was refused.
func (e *Error) OutcomeUnknown() bool {
	return e.Kind == KindTransport || e.Kind == KindUnavailable || e.Kind == KindBody
}

// Temporary reports whether the same call may well succeed later. Of StartJob's errors, look at OutcomeUnknown first.
func (e *Error) Temporary() bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](e.Err); ok {
		return false
	}
	switch e.Kind {
	case KindNotSent, KindThrottled, KindUnavailable, KindTransport, KindBody, KindTokenStore:
		return true
	case KindBadRequest:
		// Concur reports a database deadlock as 400.
		return e.Status == http.StatusBadRequest && strings.Contains(strings.ToLower(e.Message), "deadlock")
	}
	return false
}

// isKind reports whether an error is an *Error of one of the kinds.
func isKind(err error, kinds ...Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && slices.Contains(kinds, e.Kind)
}

// badArgument returns the error for an argument that no request can be made of.
func badArgument(operation Operation, err error) *Error {
	return &Error{Operation: operation, Kind: KindBadRequest, Message: err.Error(), Err: err}
}

// badBody returns the error for an answer that has come and cannot be used; resp may be nil.
func badBody(operation Operation, resp *http.Response, err error) *Error {
	e := &Error{Operation: operation, Kind: KindBody, Message: "Concur's answer cannot be read: " + err.Error(), Err: err}
	if resp != nil {
		e.Status, e.CorrelationID = resp.StatusCode, correlationID(resp)
	}
	return e
}

// transportError returns the error for a request without an answer.
func transportError(operation Operation, err error) *Error {
	return &Error{Operation: operation, Kind: KindTransport, Err: err,
		Message: "no whole answer from Concur: " + masked(err.Error(), 300)}
}

// asError gives an authorizer's error that is not an *Error the common form.
func asError(operation Operation, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Operation: operation, Kind: KindNotSent, Message: "no token for Concur: " + masked(err.Error(), 300), Err: err}
}

// kindOf returns the kind of a status that is not 2xx.
func kindOf(status int) Kind {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return KindAuth
	case http.StatusNotFound, http.StatusGone:
		return KindNotFound
	case http.StatusConflict:
		return KindConflict
	case http.StatusPreconditionFailed:
		return KindChanged
	case http.StatusRequestedRangeNotSatisfiable:
		return KindRange
	case http.StatusTooManyRequests:
		return KindThrottled
	case http.StatusRequestTimeout, 499:
		// A gateway says these of requests that it may have passed on.
		return KindTransport
	}
	switch {
	case status >= 500:
		return KindUnavailable
	case status >= 400:
		return KindBadRequest
	case status >= 300:
		return KindRedirect
	}
	return KindBody
}

// meanings say what the kind of a refusal means, and what anybody can do about it.
var meanings = map[Kind]string{
	KindAuth:        "Concur refused the token: check that the application is enabled for the company and that its user may use extracts and lists",
	KindNotFound:    "Concur does not know this id: check the definition, job or list that was named",
	KindConflict:    "a job of this definition is queued or running already",
	KindChanged:     "the file is no longer the one that was begun: fetch it from the start",
	KindRange:       "the file ends before the offset that was asked for: fetch it from the start",
	KindThrottled:   "Concur asks for fewer requests: try again later",
	KindTransport:   "the connection to Concur timed out on the way: try again",
	KindUnavailable: "Concur is not available: try again in some minutes",
	KindRedirect:    "Concur redirected the request, which is never followed",
	KindBadRequest:  "Concur refused the request",
	KindBody:        "Concur gave an answer that is not foreseen",
}

// retryAfter reads the header in seconds or as a date, and clamps it to one hour: nobody should wait longer on a header's
// word.
func retryAfter(h http.Header, now time.Time) time.Duration {
	const most = time.Hour
	v := strings.TrimSpace(h.Get("Retry-After"))
	var d time.Duration
	if seconds, err := strconv.ParseFloat(v, 64); err == nil {
		if !(seconds > 0) {
			return 0
		}
		if seconds >= most.Seconds() {
			return most
		}
		d = time.Duration(seconds * float64(time.Second))
	} else if at, err := http.ParseTime(v); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), most)
}

// correlationID returns Concur's name for the exchange, made safe to print.
func correlationID(resp *http.Response) string {
	return cut(address.ReplaceAllString(clean(resp.Header.Get("concur-correlationid")), removed), 128)
}

// saidBy separates our words from Concur's in a message.
const saidBy = "; Concur says: "

// statusError reads what an answer other than 2xx says. It closes nothing.
func statusError(operation Operation, resp *http.Response, secrets ...string) *Error {
	e := &Error{Operation: operation, Status: resp.StatusCode, Kind: kindOf(resp.StatusCode),
		CorrelationID: correlationID(resp), RetryAfter: retryAfter(resp.Header, time.Now())}
	e.Message = meanings[e.Kind]
	if said := errorText(resp, secrets...); said != "" && e.Kind != KindRedirect {
		e.Message += saidBy + said
	}
	return e
}
