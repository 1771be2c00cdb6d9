package concur

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Kind says what an *Error means for the caller.
type Kind string

const (
	// KindNotSent: no byte of the request left this machine. Sending it again cannot repeat anything.
	KindNotSent Kind = "not-sent"
	// KindConflict: 409, a job of the definition is queued or running already.
	KindConflict Kind = "conflict"
	// KindAuth: 401 or 403, for calls other than StartJob after one refresh of the token; or the token endpoint refused
	// without naming a fault of the credentials, as something that stands in its way does.
	KindAuth Kind = "auth"
	// KindCredentials: the token endpoint names a fault of the credentials other than code 108. A person must correct them.
	KindCredentials Kind = "credentials"
	// KindReauthorize: the refresh token is no longer good (code 108). A person must supply a new one.
	KindReauthorize Kind = "reauthorize"
	// KindNotFound: 404 or 410.
	KindNotFound Kind = "not-found"
	// KindBadRequest: any other 4xx, or an argument that cannot be sent.
	KindBadRequest Kind = "bad-request"
	// KindThrottled: 429.
	KindThrottled Kind = "throttled"
	// KindUnavailable: 5xx, or the token endpoint's code 134 (maintenance).
	KindUnavailable Kind = "unavailable"
	// KindTransport: time-out, reset, broken body, 408: whether Concur acted on the request is not known.
	KindTransport Kind = "transport"
	// KindBody: an answer that cannot be read: HTML, malformed, oversized, or with ids that are none.
	KindBody Kind = "body"
	// KindRedirect: 3xx. It is not followed, and counts as a refusal.
	KindRedirect Kind = "redirect"
	// KindChanged: the file is no longer the one that FileRequest.IfMatch names, or cannot be shown to be.
	KindChanged Kind = "changed"
	// KindRange: 416, the file ends at or before FileRequest.Offset.
	KindRange Kind = "range"
	// KindTokenStore: the token store could not be read or written.
	KindTokenStore Kind = "token-store"
)

// Error is the one error type of this package.
type Error struct {
	// Operation in words, as in "list jobs".
	Operation string
	// Status is the HTTP status, 0 if there was no answer.
	Status int
	Kind   Kind
	// Message is for a finance operator. Of Concur's own text it holds at most 512 bytes, in which "[removed]" stands for
	// what looks like a token, an e-mail address, or the number of a card or an account.
	Message string
	// CorrelationID is Concur's own name for the exchange; its support asks for it.
	CorrelationID string
	// RetryAfter as Concur asked, at most one hour; 0 when it did not.
	RetryAfter time.Duration
	// Err is the cause, if there is one besides Concur's answer.
	Err error
}

// Error reads as "operation: message (HTTP status, correlation id …)".
func (e *Error) Error() string {
	var notes []string
	if e.Status != 0 {
		notes = append(notes, "HTTP "+strconv.Itoa(e.Status))
	}
	if e.CorrelationID != "" {
		notes = append(notes, "correlation id "+e.CorrelationID)
	}
	text := e.Operation + ": " + e.Message
	if len(notes) > 0 {
		text += " (" + strings.Join(notes, ", ") + ")"
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// OutcomeUnknown says, of an error of StartJob, that a job may have been started all the same: the connection broke
// or timed out after it was made, Concur answered 5xx, or its 2xx could not be read. Everything else is a job that was
// not started: not sent, or refused.
func (e *Error) OutcomeUnknown() bool {
	return e.Kind == KindTransport || e.Kind == KindUnavailable || e.Kind == KindBody
}

// Temporary says that the same call may well succeed later. Of StartJob's errors, look at OutcomeUnknown first.
func (e *Error) Temporary() bool {
	var certificate *tls.CertificateVerificationError
	if errors.As(e.Err, &certificate) {
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

// badArgument is the error for an argument that no request can be made of.
func badArgument(operation string, err error) *Error {
	return &Error{Operation: operation, Kind: KindBadRequest, Message: err.Error(), Err: err}
}

// badBody is the error for an answer that was received and cannot be used.
func badBody(operation string, resp *http.Response, err error) *Error {
	e := &Error{Operation: operation, Kind: KindBody, Message: "Concur's answer cannot be read: " + err.Error(), Err: err}
	if resp != nil {
		e.Status, e.CorrelationID = resp.StatusCode, correlationID(resp)
	}
	return e
}

// kindOf maps a status that is not 2xx.
func kindOf(status int) Kind {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return KindAuth
	case status == http.StatusNotFound || status == http.StatusGone:
		return KindNotFound
	case status == http.StatusConflict:
		return KindConflict
	case status == http.StatusPreconditionFailed:
		return KindChanged
	case status == http.StatusRequestedRangeNotSatisfiable:
		return KindRange
	case status == http.StatusTooManyRequests:
		return KindThrottled
	case status == http.StatusRequestTimeout || status == 499:
		// A gateway says these of requests that it may have passed on.
		return KindTransport
	case status >= 500:
		return KindUnavailable
	case status >= 300 && status < 400:
		return KindRedirect
	case status >= 400:
		return KindBadRequest
	}
	return KindBody
}

// meaning is what a kind says to an operator, and what to do.
func meaning(kind Kind) string {
	switch kind {
	case KindAuth:
		return "Concur refused the token: check that the application is enabled for the company and that its user may use extracts and lists"
	case KindNotFound:
		return "Concur does not know this id: check the definition, job or list that was named"
	case KindConflict:
		return "a job of this definition is queued or running already"
	case KindChanged:
		return "the file is no longer the one that was begun: fetch it from the start"
	case KindRange:
		return "the file ends before the place asked for: fetch it from the start"
	case KindThrottled:
		return "Concur asks for fewer requests: try again later, or lower requests_per_second"
	case KindTransport:
		return "the connection to Concur timed out on the way: try again"
	case KindUnavailable:
		return "Concur is not available: try again in some minutes"
	case KindRedirect:
		return "Concur redirected the request, which is never followed: check base_url"
	case KindBadRequest:
		return "Concur refused the request"
	}
	return "Concur gave an answer that is not foreseen"
}

// retryAfter reads the header in seconds or as a date. It is clamped to one hour: nobody should wait longer on a
// header's word.
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

// correlationID is Concur's name for the exchange, safe to print.
func correlationID(resp *http.Response) string {
	return cut(address.ReplaceAllString(clean(resp.Header.Get("concur-correlationid")), removed), 128)
}

// statusError reads what an answer other than 2xx says. It closes nothing.
func statusError(operation string, resp *http.Response, secrets ...string) *Error {
	e := &Error{Operation: operation, Status: resp.StatusCode, Kind: kindOf(resp.StatusCode),
		CorrelationID: correlationID(resp), RetryAfter: retryAfter(resp.Header, time.Now())}
	e.Message = meaning(e.Kind)
	if said := errorText(resp, secrets...); said != "" && e.Kind != KindRedirect {
		e.Message += fmt.Sprintf("; Concur says: %s", said)
	}
	return e
}
