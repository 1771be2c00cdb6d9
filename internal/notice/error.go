package notice

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error says that a notice was not delivered, and why.
type Error struct {
	// Host names the webhook. The rest of its address may be a secret.
	Host string
	// Status is the HTTP status of the answer, 0 where there was none.
	Status int
	// Final is true where another attempt would not help.
	Final bool
	// RetryAfter is how long the webhook asks to wait; 0 where it does not.
	RetryAfter time.Duration
	// Reason says what happened, for people.
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("webhook at %s: %s", e.Host, e.Reason) }

// answered returns the error that the status of an answer means; a status of 2xx is none.
func answered(host string, answer *http.Response, now time.Time) error {
	status := answer.StatusCode
	e := &Error{Host: host, Status: status, Reason: fmt.Sprintf("it answered %d", status)}
	switch {
	case status >= 200 && status < 300:
		return nil
	case status >= 300 && status < 400:
		e.Final = true
		e.Reason += ", a redirect, which is not followed: give the address that it leads to"
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		e.RetryAfter = retryAfter(answer.Header.Get("Retry-After"), now)
	default:
		e.Final = true
		e.Reason += ": look at notify in the configuration, and whether the webhook is still there"
	}
	return e
}

// retryAfter returns the duration that a Retry-After header asks for, as seconds or as a date; 0 for anything else.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
