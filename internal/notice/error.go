package notice

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is a notice that was not delivered.
type Error struct {
	// Host names the webhook; the rest of its address may be its key.
	Host string
	// Status is what it answered, 0 where it did not.
	Status int
	// Final is true where sending the same again would not help.
	Final bool
	// RetryAfter is how long the webhook asks to wait, or 0.
	RetryAfter time.Duration
	// Reason says what happened, for people.
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("webhook at %s: %s", e.Host, e.Reason) }

// answered judges an answer by its status: nil for 2xx.
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

// retryAfter reads both forms of the header, seconds and a date; 0 for anything else.
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
