package concur

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// StartJob starts a job of the definition. It sends at most one POST, on a connection of its own, whatever happens.
//
// A returned Job was started. An [*Error] of KindNotSent means that Concur got nothing, and KindConflict that a job of the
// definition is queued or running already. Where OutcomeUnknown is true a job may have been started, and only the list of
// jobs can tell. A POST whose token was refused (KindAuth) is not repeated either, but the next call gets a fresh token.
func (c *Client) StartJob(ctx context.Context, definition string) (Job, error) {
	const operation = OpStartJob
	path, err := extractURL(definition, "job")
	if err != nil {
		return Job{}, badArgument(operation, err)
	}
	authorization, err := c.auth.Authorization(ctx)
	if err != nil {
		return Job{}, startWithoutToken(operation, err)
	}
	if err := c.limiter.Wait(ctx); err != nil {
		return Job{}, notSent(operation, waitError(ctx, err))
	}
	bounded, guard := newGuard(ctx, c.limits.request)
	defer guard.release()
	watch := new(connectionWatch)
	req, err := c.request(watch.trace(bounded), call{operation: operation, method: http.MethodPost, path: path,
		accept: "application/xml", header: http.Header{"Content-Type": {"application/xml"}},
		body: startBody(c.Base() + extractPath + escapeSegment(definition))}, authorization)
	if err != nil {
		return Job{}, badArgument(operation, err)
	}
	req.Close = true
	if ctx.Err() != nil {
		return Job{}, notSent(operation, context.Cause(ctx))
	}
	resp, err := c.endpoint.single.RoundTrip(req)
	if err != nil {
		err = guard.explain(err)
		if watch.neverConnected() {
			return Job{}, notSent(operation, err)
		}
		return Job{}, transportError(operation, err)
	}
	resp.Body = &guardedBody{ReadCloser: resp.Body, guard: guard}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		refusal := c.refusal(operation, resp, authorization)
		if refusal.Kind == KindAuth {
			c.auth.Invalidate(authorization)
		}
		return Job{}, refusal
	}
	return c.startedJob(operation, resp, definition)
}

// startedJob reads the job out of the body of a 2xx, or else out of Location. Where the two name different jobs, neither is
// believed.
func (c *Client) startedJob(operation Operation, resp *http.Response, definition string) (Job, error) {
	var fromBody Job
	jobs, err := records(c, operation, resp, maxSmallBody, "job", "job", func(r record) (Job, error) { return readJob(r, definition, "") })
	if err == nil {
		fromBody = jobs[0]
		fromBody.CorrelationID = correlationID(resp)
	}
	located, locationErr := "", errNoID
	if l := resp.Header.Get("Location"); l != "" {
		located, locationErr = jobID(l)
	}
	switch {
	case err == nil && locationErr == nil && fromBody.ID != located:
		return Job{}, badBody(operation, resp, errors.New("its body and its Location name different jobs"))
	case err == nil:
		return fromBody, nil
	case locationErr == nil && resp.StatusCode == http.StatusCreated:
		return Job{ID: located, Definition: definition, State: Unknown, CorrelationID: correlationID(resp)}, nil
	}
	return Job{}, err
}

// startBody returns the documented request, which holds the definition's URI.
func startBody(uri string) []byte {
	var b bytes.Buffer
	b.WriteString(`<definition xmlns="` + extractNS + `"><id>`)
	_ = xml.EscapeText(&b, []byte(uri))
	b.WriteString(`</id></definition>`)
	return b.Bytes()
}

// connectionWatch knows whether the request ever had a connection to be written to.
type connectionWatch struct{ asked, got atomic.Bool }

func (w *connectionWatch) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { w.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { w.got.Store(true) },
	})
}

// neverConnected reports whether nothing can have been sent. It is false for a transport that does not report its
// connections, which may have sent anything.
func (w *connectionWatch) neverConnected() bool { return w.asked.Load() && !w.got.Load() }

func notSent(operation Operation, err error) *Error {
	return &Error{Operation: operation, Kind: KindNotSent, Err: err,
		Message: "nothing was sent to Concur, so no job was started: " + masked(err.Error(), 300)}
}

// startWithoutToken turns a failure on the way to a token, which says nothing about the job, into KindNotSent with the
// failure as its cause. What a person must act on stays as it is.
func startWithoutToken(operation Operation, err error) error {
	e, ours := errors.AsType[*Error](err)
	if ours && (e.Kind == KindReauthorize || e.Kind == KindCredentials) {
		return e
	}
	wrapped := notSent(operation, err)
	if ours {
		wrapped.RetryAfter, wrapped.CorrelationID = e.RetryAfter, e.CorrelationID
	}
	return wrapped
}
