package concur

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Options of a Client. The zero value is good.
type Options struct {
	// HTTPClient lends its Transport alone; nil means one with sane bounds. An *http.Transport is copied.
	HTTPClient *http.Client
	// RequestsPerSecond over all calls of the client; 0 means 5.
	RequestsPerSecond float64
	// Lists is the list API: "v1" (default) or "v4".
	Lists string
	// AllowedHosts are bases besides SAP's own that an account may move to (code 16), as https://host or host.
	AllowedHosts []string
	// RequestTimeout bounds every request but the body of a file; 0 means 90 s (legacy services answer within 60 s).
	RequestTimeout time.Duration
	// StallTimeout gives up a file of which no byte arrives for so long; 0 means one minute.
	StallTimeout time.Duration
	// MaxBodyBytes bounds one answer of the list APIs; 0 means 128 MiB. Other answers are bounded by 8 MiB besides.
	MaxBodyBytes int64
	// MaxElements bounds the XML elements of one answer and the items of a paged list; 0 means 8 million.
	MaxElements int
	// MaxDepth bounds the nesting of XML and JSON; 0 means 32.
	MaxDepth int
}

// maxSmallBody bounds the answers that are not lists: 100 jobs take about 100 kB.
const maxSmallBody = 8 << 20

// Client calls one Concur account. It is safe for concurrent use.
type Client struct {
	bases   bases
	auth    Authorizer
	shared  http.RoundTripper // keeps connections
	single  http.RoundTripper // a fresh connection for each request
	limiter *rate.Limiter
	opts    Options
}

// Authorizer supplies the Authorization header of API calls. Implementations are safe for concurrent use.
type Authorizer interface {
	// Authorization gives a header that is good as far as is known, such as "Bearer …".
	Authorization(ctx context.Context) (header string, err error)
	// Invalidate reports that Concur refused the header. The next Authorization gives another, if there is one.
	Invalidate(header string)
}

// mover is an Authorizer that learns where the account lives.
type mover interface {
	movedTo() string // "" while the account is at the configured base
	suggested() string
}

// NewClient returns a client for the account at base, such as https://us2.api.concursolutions.com. http is accepted for
// a simulated Concur.
func NewClient(base string, auth Authorizer, opts Options) (*Client, error) {
	b, err := newBases(base, opts.AllowedHosts)
	if err != nil {
		return nil, err
	}
	if auth == nil {
		return nil, errors.New("a Concur client needs a token: set client_id, client_secret and refresh_token, or access_token")
	}
	switch opts.Lists {
	case "":
		opts.Lists = "v1"
	case "v1", "v4":
	default:
		return nil, fmt.Errorf("lists_api is %q: it is v1 or v4", opts.Lists)
	}
	if math.IsNaN(opts.RequestsPerSecond) || opts.RequestsPerSecond < 0 {
		return nil, fmt.Errorf("requests_per_second is %v: it must be above 0", opts.RequestsPerSecond)
	}
	setDefault(&opts.RequestsPerSecond, 5)
	setDefault(&opts.RequestTimeout, 90*time.Second)
	setDefault(&opts.StallTimeout, time.Minute)
	setDefault(&opts.MaxBodyBytes, 128<<20)
	setDefault(&opts.MaxElements, 8_000_000)
	setDefault(&opts.MaxDepth, 32)
	burst := int(min(max(math.Ceil(opts.RequestsPerSecond), 1), 1e6))
	c := &Client{bases: b, auth: auth, limiter: rate.NewLimiter(rate.Limit(opts.RequestsPerSecond), burst), opts: opts}
	c.shared, c.single = transports(opts.HTTPClient)
	return c, nil
}

func setDefault[T int | int64 | float64 | time.Duration](v *T, to T) {
	if *v <= 0 {
		*v = to
	}
}

// CloseIdleConnections closes the connections that are kept for later requests.
func (c *Client) CloseIdleConnections() { closeIdle(c.shared) }

// String and GoString keep the token out of logs.
func (c *Client) String() string   { return "concur.Client{" + c.Base() + "}" }
func (c *Client) GoString() string { return c.String() }

// Base is where requests go now: the configured base, or the geolocation that code 16 moved the account to.
func (c *Client) Base() string { return c.base().String() }

func (c *Client) base() *url.URL {
	if m, ok := c.auth.(mover); ok && m.movedTo() != "" {
		if to, err := c.bases.move(m.movedTo()); err == nil {
			return to
		}
	}
	return c.bases.configured
}

// call is one request.
type call struct {
	operation string
	method    string
	path      string // escaped, from the root
	query     url.Values
	accept    string
	header    http.Header
	body      []byte
	file      bool // the answer's body may take as long as it wants
}

func (c *Client) request(ctx context.Context, call call, authorization string) (*http.Request, error) {
	u := *c.base()
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
	// An explicit Accept-Encoding also keeps net/http from adding gzip behind our back.
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("Authorization", authorization)
	return req, nil
}

// send authorizes and sends a call. A refusal of the token is answered by one refresh and one repetition. It returns
// a 2xx answer, whose body the caller closes, or an *Error.
func (c *Client) send(ctx context.Context, call call) (*http.Response, error) {
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

// refusal is the error of an answer that is not 2xx.
func (c *Client) refusal(operation string, resp *http.Response, authorization string) *Error {
	e := statusError(operation, resp, authorization)
	if m, ok := c.auth.(mover); ok && e.Kind == KindAuth && m.suggested() != "" && m.suggested() != c.Base() {
		e.Message += "; Concur names " + m.suggested() + " as the account's base: set base_url to it"
	}
	return e
}

// roundTrip waits for its turn and sends once.
func (c *Client) roundTrip(ctx context.Context, call call, authorization string) (*http.Response, error) {
	if err := c.limiter.Wait(ctx); err != nil {
		return nil, &Error{Operation: call.operation, Kind: KindNotSent, Message: "given up while waiting for requests_per_second: try again", Err: waitError(ctx, err)}
	}
	bounded, guard := newGuard(ctx, c.opts.RequestTimeout)
	req, err := c.request(bounded, call, authorization)
	if err != nil {
		guard.release()
		return nil, badArgument(call.operation, err)
	}
	resp, err := c.shared.RoundTrip(req)
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

// waitError keeps the context's own error where it has ended.
func waitError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// transportError is a request without an answer.
func transportError(operation string, err error) *Error {
	return &Error{Operation: operation, Kind: KindTransport, Err: err,
		Message: "no whole answer from Concur: " + masked(err.Error(), 300)}
}

// asError gives errors of an Authorizer that are not ours the common form.
func asError(operation string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Operation: operation, Kind: KindNotSent, Message: "no token for Concur: " + masked(err.Error(), 300), Err: err}
}

var errTimeout = errors.New("no answer in time")

// guard bounds the time of one exchange and can be disarmed once the answer's header is there.
type guard struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func newGuard(ctx context.Context, d time.Duration) (context.Context, *guard) {
	bounded, cancel := context.WithCancelCause(ctx)
	return bounded, &guard{ctx: bounded, cancel: cancel, timer: time.AfterFunc(d, func() { cancel(errTimeout) })}
}

// disarm stops the clock; false if it has already run out.
func (g *guard) disarm() bool { return g.timer.Stop() }

func (g *guard) release() {
	g.timer.Stop()
	g.cancel(context.Canceled)
}

// explain prefers why the exchange was ended over how net/http puts it.
func (g *guard) explain(err error) error {
	if cause := context.Cause(g.ctx); cause != nil && err != io.EOF {
		return cause
	}
	return err
}

// guardedBody ends its exchange when it is closed.
type guardedBody struct {
	io.ReadCloser
	guard *guard
	once  sync.Once
}

func (b *guardedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = b.guard.explain(err)
	}
	return n, err
}

func (b *guardedBody) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(b.guard.release)
	return err
}

// readXML sends a call and reads the records of its answer.
func (c *Client) readXML(ctx context.Context, call call, limit int64, root, item string, each func(record) error) error {
	call.method, call.accept = http.MethodGet, "application/xml"
	resp, err := c.send(ctx, call)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return c.decodeXML(call.operation, resp, limit, root, item, each)
}

func (c *Client) decodeXML(operation string, resp *http.Response, limit int64, root, item string, each func(record) error) error {
	if err := plainEncoding(resp.Header); err != nil {
		return badBody(operation, resp, err)
	}
	b := bounds{bytes: min(limit, c.opts.MaxBodyBytes), elements: c.opts.MaxElements, depth: c.opts.MaxDepth}
	err := readRecords(resp.Body, resp.Header, b, root, item, each)
	var broken *brokenBody
	switch {
	case err == nil:
		return nil
	case errors.As(err, &broken):
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
