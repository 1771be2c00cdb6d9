package concur

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// getRecords sends a call and reads the elements named item of its answer, which are the children of root or, where both
// names are equal, the root itself. It returns the correlation id of the exchange beside them.
func getRecords[T any](ctx context.Context, c *Client, call call, root, item string, read func(record) (T, error)) ([]T, string, error) {
	call.accept = "application/xml"
	resp, err := c.send(ctx, call)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	all, err := records(c, call.operation, resp, call.maxBytes, root, item, read)
	return all, correlationID(resp), err
}

// records reads the records of an answer. Its error is an *Error.
func records[T any](c *Client, operation Operation, resp *http.Response, maxBytes int64, root, item string, read func(record) (T, error)) ([]T, error) {
	var all []T
	err := c.decode(operation, resp, maxBytes, func(b bounds) error {
		return readRecords(resp.Body, resp.Header, b, root, item, func(r record) error {
			one, err := read(r)
			all = append(all, one)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (c *Client) getJSON(ctx context.Context, call call, into any) error {
	call.accept = "application/json"
	resp, err := c.send(ctx, call)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return c.decode(call.operation, resp, call.maxBytes, func(b bounds) error { return readJSON(resp.Body, resp.Header, b, into) })
}

// decode has an answer read and returns what prevents that as an *Error: a fault of the connection is KindTransport,
// everything else KindBody.
func (c *Client) decode(operation Operation, resp *http.Response, maxBytes int64, read func(bounds) error) error {
	err := plainEncoding(resp.Header)
	if err == nil {
		err = read(bounds{bytes: min(maxBytes, c.limits.bytes), elements: c.limits.elements, depth: c.limits.depth})
	}
	if err == nil {
		return nil
	}
	if broken, ok := errors.AsType[*brokenBody](err); ok {
		e := transportError(operation, broken.err)
		e.Status, e.CorrelationID = resp.StatusCode, correlationID(resp)
		return e
	}
	return badBody(operation, resp, err)
}

// plainEncoding refuses a compressed answer: none was asked for, and the bytes of a file are evidence.
func plainEncoding(h http.Header) error {
	if e := h.Get("Content-Encoding"); e != "" && e != "identity" {
		return fmt.Errorf("it is compressed (%s) although that was not asked for", masked(e, 32))
	}
	return nil
}
