package systemtest

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tieout/internal/faultscript"
)

// Do is what happens to a request to S3.
type Do string

// What a rule can do with a request.
const (
	Pass       Do = ""            // pass it on, after Call and Delay
	SlowDown   Do = "slow-down"   // 503 SlowDown
	Full       Do = "full"        // 507 InsufficientStorage
	Reset      Do = "reset"       // the connection dies before anything is done
	LostAnswer Do = "lost-answer" // it is done, and the connection dies before the answer
)

// Rule says what happens to certain requests to S3.
type Rule struct {
	// Operation is the API's name ("UploadPart"), and Key a part of bucket and key; "" matches any.
	Operation, Key string
	// Nth and Times say which of the matching requests are hit, as in faultscript.Match.
	Nth, Times int
	Do         Do
	Delay      time.Duration
	// Call is called while the client waits: before the request is passed on, or after it with LostAnswer.
	Call func()
}

// S3Request is one line of the proxy's log.
type S3Request struct {
	Operation, Key string
	Rule           Do
}

// S3Proxy passes requests on to an S3 server, except those that a rule hits.
type S3Proxy struct {
	URL string

	server  *http.Server
	forward *httputil.ReverseProxy
	served  chan struct{}
	step    func() // called with every request

	rules faultscript.Script[Rule]

	mu  sync.Mutex
	log []S3Request
}

func newS3Proxy(to string, step func()) (*S3Proxy, error) {
	target, err := url.Parse(to)
	if err != nil {
		return nil, fmt.Errorf("reading the S3 server's address: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the proxy of S3: %w", err)
	}
	p := &S3Proxy{URL: "http://" + listener.Addr().String(), served: make(chan struct{}), step: step}
	p.forward = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			r.Out.Host = r.In.Host // the signature covers it
		},
		Transport:     &http.Transport{MaxIdleConnsPerHost: 32, ExpectContinueTimeout: time.Second},
		FlushInterval: -1,
		// When the S3 server is down, the connection breaks off: a gateway's error page would be another fault.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(p.served)
		_ = p.server.Serve(listener) // ends with Close
	}()
	return p, nil
}

// Add adds rules at the end of the list. The first rule that hits a request decides.
func (p *S3Proxy) Add(rules ...Rule) {
	for _, r := range rules {
		p.rules.Add(faultscript.Match{Operation: r.Operation, Target: r.Key, Nth: r.Nth, Times: r.Times}, r)
	}
}

// Requests returns the log so far.
func (p *S3Proxy) Requests() []S3Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.log)
}

func (p *S3Proxy) take(operation, key string) Rule {
	taken := p.rules.Take(operation, key)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, S3Request{operation, key, taken.Do})
	return taken
}

// ServeHTTP passes a request on, or does what the rule says that hits it. The prefix of a listing counts as its key.
func (p *S3Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.step()
	rule := p.take(operationOf(r), strings.TrimPrefix(r.URL.Path, "/")+r.URL.Query().Get("prefix"))
	if rule.Do == LostAnswer {
		p.forward.ServeHTTP(discard{http.Header{}}, r)
	}
	if rule.Call != nil {
		rule.Call()
	}
	if rule.Delay > 0 {
		select {
		case <-time.After(rule.Delay):
		case <-r.Context().Done():
		}
	}
	switch rule.Do {
	case Reset, LostAnswer:
		panic(http.ErrAbortHandler)
	case SlowDown:
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
	case Full:
		refuse(w, http.StatusInsufficientStorage, "InsufficientStorage")
	default:
		p.forward.ServeHTTP(w, r)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Connection", "close")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, http.StatusText(status))
}

// Close stops the proxy at once.
func (p *S3Proxy) Close() error {
	err := p.server.Close()
	<-p.served
	p.forward.Transport.(*http.Transport).CloseIdleConnections()
	return err
}

// operationOf returns the name that S3's API has for a request.
func operationOf(r *http.Request) string {
	query := r.URL.Query()
	_, object, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case object == "" && r.Method == http.MethodGet:
		return "ListObjectsV2"
	case r.Method == http.MethodPost && query.Has("uploads"):
		return "CreateMultipartUpload"
	case r.Method == http.MethodPost && query.Has("uploadId"):
		return "CompleteMultipartUpload"
	case r.Method == http.MethodPut && query.Has("partNumber"):
		return "UploadPart"
	case r.Method == http.MethodPut:
		return "PutObject"
	case r.Method == http.MethodGet && query.Has("uploadId"):
		return "ListParts"
	case r.Method == http.MethodGet:
		return "GetObject"
	case r.Method == http.MethodHead:
		return "HeadObject"
	case r.Method == http.MethodDelete && query.Has("uploadId"):
		return "AbortMultipartUpload"
	case r.Method == http.MethodDelete:
		return "DeleteObject"
	}
	return r.Method
}

// discard is the answer to a request whose client is not to get one.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
