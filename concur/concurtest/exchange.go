package concurtest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tieout/concur/concurtest/internal/hash"
)

// Request is one line of the request log. It holds neither tokens nor bodies.
type Request struct {
	// Sequence counts requests from 1, on through restarts.
	Sequence  int64     `json:"sequence"`
	Time      time.Time `json:"time"`            // of its arrival
	Operation Operation `json:"operation"`       // what it asks for
	Method    string    `json:"method"`          // of HTTP
	Path      string    `json:"path"`            // escaped, as received
	Query     string    `json:"query,omitempty"` // escaped, as received
	Range     string    `json:"range,omitempty"` // of the header
	// Status is the one that was sent; 0 where no answer has left.
	Status int `json:"status"`
	// Definition, Job, List and Item are the ids that the path names. Job is also the job that the request started.
	Definition string `json:"definition,omitempty"`
	Job        string `json:"job,omitempty"`
	List       string `json:"list,omitempty"`
	Item       string `json:"item,omitempty"`
	// Credentials reports whether there was a token, and Authorized whether it was right.
	Credentials bool `json:"credentials"`
	Authorized  bool `json:"authorized"`
	// Fault names the fault that happened to it: by its Name, or else by the Fault's fields as JSON.
	Fault string `json:"fault,omitempty"`
	// Bytes counts the bytes of the body that were handed to the connection.
	Bytes int64 `json:"bytes"`
	// Done reports whether the exchange is over.
	Done bool `json:"done"`
}

// Requests returns the log so far, in the order in which the requests came.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// exchange is one request on its way through.
type exchange struct {
	*Server
	w     *answer
	r     *http.Request
	log   Request
	at    int // in Server.requests
	parts []string
	fault Fault
}

// maxBody is larger than the body of any request to these services.
const maxBody = 64 << 10

const correlationHeader = "concur-correlationid"

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	s.busy.Add(1)
	s.mu.Unlock()
	defer s.busy.Done()
	if s.options.control && strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.serveControl(w, r)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.stop, cancel)()

	x := s.begin(r)
	x.w = newAnswer(w, ctx, x.fault)
	defer x.finish()
	x.observe(Received)
	if x.fault.DropBefore {
		panic(http.ErrAbortHandler)
	}
	if !x.readBody() {
		return
	}
	x.w.wait(x.fault.Hang)
	w.Header().Set(correlationHeader, uuid(hash.Numbers(s.world.Seed, 5, uint64(x.log.Sequence))))
	x.answer()
}

// answer acts and answers, in the order and to the extent that the fault says.
func (x *exchange) answer() {
	switch {
	case x.log.Operation == OpFile && !x.fault.AcceptThenDrop:
		// To serve a file changes nothing: it is not kept back, but comes late.
		x.w.wait(x.fault.AcceptThenHang)
	case x.fault.AcceptThenDrop, x.fault.AcceptThenHang != 0, x.fault.Act:
		x.actUnheard()
		return
	}
	if !x.scriptedAnswer() {
		x.dispatch()
	}
}

// actUnheard acts and keeps the answer back.
func (x *exchange) actUnheard() {
	real := x.w
	held := &held{header: real.ResponseWriter.Header().Clone()}
	x.w = newAnswer(held, real.ctx, Fault{})
	x.dispatch()
	acted := x.w.status
	x.w = real
	if x.fault.AcceptThenDrop {
		panic(http.ErrAbortHandler)
	}
	x.w.wait(x.fault.AcceptThenHang)
	if x.scriptedAnswer() {
		return
	}
	maps.Copy(x.w.Header(), held.header)
	x.w.WriteHeader(acted)
	_, _ = x.w.Write(held.body.Bytes())
}

// held is a ResponseWriter that keeps an answer for later.
type held struct {
	header http.Header
	body   bytes.Buffer
}

func (h *held) Header() http.Header { return h.header }
func (h *held) WriteHeader(int)     {}
func (h *held) Write(p []byte) (int, error) {
	// Files are not kept, because one that is dropped is never sent.
	if h.body.Len() > 1<<20 {
		return 0, errCut
	}
	return h.body.Write(p)
}

func (s *Server) begin(r *http.Request) *exchange {
	x := &exchange{Server: s, r: r}
	x.log = Request{Time: s.clock().UTC(), Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Range: r.Header.Get("Range")}
	x.route()
	x.log.Credentials, x.log.Authorized = s.authorized(r)
	x.fault = s.faults.Take(string(x.log.Operation), r.URL.RequestURI())
	x.log.Fault = x.fault.describe()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sequence++
	x.log.Sequence = s.sequence
	x.at = len(s.requests)
	s.requests = append(s.requests, x.log)
	return x
}

func (x *exchange) finish() {
	x.log.Status, x.log.Bytes, x.log.Done = x.w.status, x.w.sent, true
	x.mu.Lock()
	x.requests[x.at] = x.log
	x.mu.Unlock()
	// The log is for checkers; a line that is lost with the machine does no harm.
	_ = x.journal.write(entry{Request: &x.log}, false)
	x.observe(Answered)
}

func (x *exchange) observe(point Point) {
	if x.options.observe != nil {
		x.options.observe(Event{Point: point, Request: x.log})
	}
}

// readBody reads the request's body, which needs a Content-Length, and reports whether it could.
func (x *exchange) readBody() bool {
	if x.r.ContentLength < 0 || len(x.r.TransferEncoding) > 0 {
		x.fail(http.StatusBadRequest, "Chunked request bodies are not supported; send Content-Length.")
		return false
	}
	body, err := io.ReadAll(http.MaxBytesReader(x.w.ResponseWriter, x.r.Body, maxBody))
	if err != nil {
		x.fail(http.StatusBadRequest, "The request body could not be read.")
		return false
	}
	x.r.Body = io.NopCloser(bytes.NewReader(body))
	return true
}

const (
	extractPath = "/api/expense/extract/v1.0"
	listPath    = "/api/expense/list/v1.0"
	listV4Path  = "/list/v4"
	tokenPath   = "/oauth2/v0/token"
)

// route finds the operation. Ids are opaque and come escaped in many ways, so the path is cut before it is unescaped.
func (x *exchange) route() {
	path := x.r.URL.EscapedPath()
	x.log.Operation = opUnknown
	for _, service := range []struct {
		prefix string
		route  func([]string) Operation
	}{{extractPath, x.routeExtract}, {listPath, x.routeList}, {listV4Path, x.routeListV4}, {tokenPath, x.routeToken}} {
		rest, ok := strings.CutPrefix(path, service.prefix)
		if !ok || rest != "" && rest[0] != '/' {
			continue
		}
		for part := range strings.SplitSeq(strings.Trim(rest, "/"), "/") {
			if text, err := url.PathUnescape(part); err == nil && part != "" {
				x.parts = append(x.parts, text)
			}
		}
		if operation := service.route(x.parts); operation != "" {
			x.log.Operation = operation
		}
		return
	}
}

func (x *exchange) routeToken(parts []string) Operation {
	if len(parts) == 0 {
		return OpToken
	}
	return ""
}

func (x *exchange) dispatch() {
	handlers := map[Operation]struct {
		method string
		handle func()
	}{
		OpDefinitions: {"GET", x.definitions}, OpDefinition: {"GET", x.oneDefinition}, OpJobs: {"GET", x.jobList},
		OpStart: {"POST", x.start}, OpJob: {"GET", x.oneJob}, OpStatus: {"GET", x.oneJob}, OpFile: {"GET", x.file},
		OpLists: {"GET", x.lists}, OpList: {"GET", x.oneList}, OpItems: {"GET", x.items},
		OpListsV4: {"GET", x.listsV4}, OpChildrenV4: {"GET", x.childrenV4}, OpItemsV4: {"GET", x.childrenV4},
		OpToken: {"POST", x.token},
	}
	h, ok := handlers[x.log.Operation]
	switch {
	case !ok:
		x.fail(http.StatusNotFound, "There is no such resource.")
	case x.r.Method != h.method && (x.r.Method != "HEAD" || h.method != "GET"):
		x.fail(http.StatusMethodNotAllowed, "The method is not allowed here.")
	case x.log.Operation != OpToken && !x.log.Credentials:
		x.fail(http.StatusUnauthorized, "The Authorization header is missing.")
	case x.log.Operation != OpToken && !x.log.Authorized:
		x.fail(http.StatusForbidden, "The OAuth token failed validation, has expired or was revoked.")
	default:
		h.handle()
	}
}

func (x *exchange) speaksJSON() bool {
	return x.log.Operation == OpToken || strings.HasPrefix(string(x.log.Operation), "listv4.")
}

// fail answers with an error document of the service that was asked.
func (x *exchange) fail(status int, message string) {
	id := uuid(hash.Numbers(x.world.Seed, 6, uint64(x.log.Sequence)))
	if x.speaksJSON() {
		x.json(status, map[string]any{"errorId": id, "errorMessage": message, "httpStatus": fmt.Sprintf("%d %s", status, http.StatusText(status))})
		return
	}
	x.xml(status, fmt.Sprintf("<Error xmlns=\"%s\"><Message>%s</Message><Server-Time>%s</Server-Time><Id>%s</Id></Error>",
		errorNamespace, escape(message), x.clock().UTC().Format("2006-01-02T15:04:05"), id))
}

func (x *exchange) xml(status int, document string) {
	mediaType := "application/xml"
	if x.odd(4, "charset", x.operation()) {
		mediaType += "; charset=utf-8"
	}
	if x.odd(3, "declaration", x.operation()) {
		document = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n" + document
	}
	x.text(status, mediaType, document)
}

func (x *exchange) text(status int, mediaType, body string) {
	x.w.Header().Set("Content-Type", mediaType)
	x.w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	x.w.WriteHeader(status)
	if x.r.Method != "HEAD" {
		_, _ = io.WriteString(x.w, body)
	}
}
