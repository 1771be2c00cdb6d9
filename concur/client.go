package concur

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/time/rate"
)

// Options holds the settings of a [Client] that have a default. The zero value is ready to use.
type Options struct {
	// RequestsPerSecond bounds the rate of requests over all calls of the client. 0 stands for 5.
	RequestsPerSecond float64
	// Lists is the list API that [Client.Lists] asks. "" stands for ListsV1.
	Lists ListAPI
}

// limits bound what one answer may cost.
type limits struct {
	request  time.Duration // for a request and its answer, without the body of a file
	stall    time.Duration // for the next byte of a file
	bytes    int64         // of one answer, other than a file
	elements int           // of one answer in XML or JSON, and the items of a paged list
	depth    int           // of the nesting in XML and JSON
}

// defaultLimits leave room: legacy services answer within a minute, and no list of Concur's has a million items.
var defaultLimits = limits{request: 90 * time.Second, stall: time.Minute, bytes: 128 << 20, elements: 8_000_000, depth: 32}

// maxSmallBody bounds the answers that are not lists: 100 jobs take about 100 kB.
const maxSmallBody = 8 << 20

// Client calls the services of one Concur account. It is safe for concurrent use.
type Client struct {
	endpoint *Endpoint
	auth     Authorizer
	limiter  *rate.Limiter
	lists    ListAPI
	limits   limits
}

// Authorizer supplies the Authorization header of a client's requests. Implementations are safe for concurrent use.
type Authorizer interface {
	// Authorization returns a header such as "Bearer …" that is valid as far as is known. It may ask Concur for a token.
	// An error that is not an *Error is reported as one of KindNotSent.
	Authorization(ctx context.Context) (header string, err error)
	// Invalidate reports that Concur refused the header. The next call of Authorization returns another one if it can.
	Invalidate(header string)
}

// NewClient returns a client of the account at an endpoint. It fails where the authorizer is nil or an option is out of
// range, and sends nothing.
func NewClient(endpoint *Endpoint, auth Authorizer, opts Options) (*Client, error) {
	if opts.Lists == "" {
		opts.Lists = ListsV1
	}
	if opts.RequestsPerSecond == 0 {
		opts.RequestsPerSecond = 5
	}
	switch {
	case auth == nil:
		return nil, errors.New("a Concur client needs an authorizer, such as OAuth2 or LegacyToken")
	case !opts.Lists.known():
		return nil, unknownListAPI(opts.Lists)
	case !(opts.RequestsPerSecond > 0):
		return nil, fmt.Errorf("%v requests per second are not possible: the rate must be above 0", opts.RequestsPerSecond)
	}
	burst := int(min(max(math.Ceil(opts.RequestsPerSecond), 1), 1e6))
	return &Client{endpoint: endpoint, auth: auth, limiter: rate.NewLimiter(rate.Limit(opts.RequestsPerSecond), burst),
		lists: opts.Lists, limits: defaultLimits}, nil
}

// CloseIdleConnections closes the connections that are kept for later requests.
func (c *Client) CloseIdleConnections() {
	if t, ok := c.endpoint.shared.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// String returns a text with the base and without the token.
func (c *Client) String() string { return "concur.Client{" + c.Base() + "}" }

// GoString returns the same text as String.
func (c *Client) GoString() string { return c.String() }

// Base returns the base that requests go to now, as [Endpoint.String] does.
func (c *Client) Base() string { return c.endpoint.String() }

// call is one request.
type call struct {
	operation Operation
	method    string
	path      string // escaped, from the root
	query     url.Values
	accept    string
	header    http.Header
	body      []byte
	maxBytes  int64 // of the answer's body
	file      bool  // the answer's body is a file, which may take any time
}

func (c *Client) request(ctx context.Context, call call, authorization string) (*http.Request, error) {
	u := *c.endpoint.base()
	var err error
	if u.Path, err = url.PathUnescape(call.path); err != nil {
		return nil, err
	}
	u.RawPath, u.RawQuery = call.path, call.query.Encode()
	req, err := http.NewRequestWithContext(ctx, call.method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.URL = &u
	setBody(req, call.body)
	for name, values := range call.header {
		req.Header[name] = values
	}
	req.Header.Set("Accept", call.accept)
	// Without an Accept-Encoding of ours, net/http would add gzip.
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Authorization", authorization)
	return req, nil
}

// send authorizes and sends a GET. A refused token is answered by one refresh and one repetition. The answer is a 2xx,
// whose body the caller closes; the error is an *Error.
func (c *Client) send(ctx context.Context, call call) (*http.Response, error) {
	call.method = http.MethodGet
	authorization, err := c.auth.Authorization(ctx)
	if err != nil {
		return nil, asError(call.operation, err)
	}
	for repeated := false; ; repeated = true {
		resp, err := c.roundTrip(ctx, call, authorization)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode/100 == 2 {
			return resp, nil
		}
		refusal := c.refusal(call.operation, resp, authorization)
		resp.Body.Close()
		if refusal.Kind != KindAuth || repeated {
			return nil, refusal
		}
		c.auth.Invalidate(authorization)
		fresh, err := c.auth.Authorization(ctx)
		if err != nil {
			return nil, asError(call.operation, err)
		}
		if fresh == authorization {
			return nil, refusal
		}
		authorization = fresh
	}
}

// refusal returns the error of an answer that is not 2xx.
func (c *Client) refusal(operation Operation, resp *http.Response, authorization string) *Error {
	e := statusError(operation, resp, authorization)
	if base := c.endpoint.suggestion(); e.Kind == KindAuth && base != "" {
		e.Message += "; Concur names " + base + " as the account's base"
		e.Err = &MovedError{Base: base}
	}
	return e
}

// roundTrip waits until the rate allows a request, and sends it once.
func (c *Client) roundTrip(ctx context.Context, call call, authorization string) (*http.Response, error) {
	if err := c.limiter.Wait(ctx); err != nil {
		return nil, &Error{Operation: call.operation, Kind: KindNotSent, Message: "given up while the rate of requests was at its limit: try again", Err: waitError(ctx, err)}
	}
	bounded, guard := newGuard(ctx, c.limits.request)
	req, err := c.request(bounded, call, authorization)
	if err != nil {
		guard.release()
		return nil, badArgument(call.operation, err)
	}
	resp, err := c.endpoint.shared.RoundTrip(req)
	if err != nil {
		defer guard.release()
		return nil, transportError(call.operation, guard.explain(err))
	}
	if call.file && resp.StatusCode/100 == 2 && !guard.disarm() {
		resp.Body.Close()
		guard.release()
		return nil, transportError(call.operation, errTimeout)
	}
	resp.Body = &guardedBody{ReadCloser: resp.Body, guard: guard}
	return resp, nil
}

// waitError prefers the cause of a context that has ended.
func waitError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
