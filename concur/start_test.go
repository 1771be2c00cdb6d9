package concur

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const jobURI = "https://www.concursolutions.com/api/expense/extract/v1.0/" + sampleDefinition + "/job/" + sampleJob

func TestStartJobSendsOneWholePost(t *testing.T) {
	var posts atomic.Int32
	var base string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		posts.Add(1)
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, "<definitions/>")
			return
		}
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, http.MethodPost, r.Method)
		require.Equal(t, "/api/expense/extract/v1.0/"+sampleDefinition+"/job", r.URL.EscapedPath())
		require.Equal(t, `<definition xmlns="http://www.concursolutions.com/api/expense/extract/2010/02"><id>`+base+
			`/api/expense/extract/v1.0/`+sampleDefinition+`</id></definition>`, string(body))
		require.EqualValues(t, len(body), r.ContentLength)
		require.Empty(t, r.TransferEncoding)
		require.Equal(t, "application/xml", r.Header.Get("Content-Type"))
		require.True(t, r.Close, "the connection is for this request alone")
		w.Header().Set("Location", jobURI)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, fixture(t, "job-started.xml"))
	}, Options{})
	base = c.Base()
	_, err := c.Definitions(t.Context()) // leaves an idle connection behind
	require.NoError(t, err)
	posts.Store(0)
	j, err := c.StartJob(t.Context(), sampleDefinition)
	require.NoError(t, err)
	require.Equal(t, Job{ID: sampleJob, Definition: sampleDefinition, State: Queued, Status: "Queued", StartTime: utc("2010-01-13T18:30:02Z")}, j)
	require.EqualValues(t, 1, posts.Load())
}

func TestStartJobAnswers(t *testing.T) {
	body := "<job><id>" + jobURI + "</id></job>"
	for _, test := range []struct {
		name, location, body string
		status               int
		kind                 Kind // "" = started
		unknown              bool
	}{
		{"200", "", body, 200, "", false},
		{"202", jobURI, body, 202, "", false},
		{"location alone", jobURI, "", 201, "", false},
		{"location and HTML", jobURI, "<html>", 201, "", false},
		{"location with 200 is no proof", jobURI, "", 200, KindBody, true},
		{"nothing readable", "", "<job>", 201, KindBody, true},
		{"two jobs named", jobURI + "x", body, 201, KindBody, true},
		{"definition's location", "https://h/api/expense/extract/v1.0/D", "", 201, KindBody, true},
		{"HTML 200", "", "<html></html>", 200, KindBody, true},
		{"no content", "", "", 204, KindBody, true},
		{"redirect", "http://127.0.0.1:1/", "", 302, KindRedirect, false},
		{"see other", jobURI, "", 303, KindRedirect, false},
		{"temporary redirect", jobURI, "", 307, KindRedirect, false},
		{"400", "", "", 400, KindBadRequest, false},
		{"403", "", "", 403, KindAuth, false},
		{"404", "", "", 404, KindNotFound, false},
		{"408", "", "", 408, KindTransport, true},
		{"409", "", "", 409, KindConflict, false},
		{"429", "", "", 429, KindThrottled, false},
		{"500", "", "", 500, KindUnavailable, true},
		{"503", "", "", 503, KindUnavailable, true},
		{"504", "", "", 504, KindUnavailable, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var posts atomic.Int32
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				posts.Add(1)
				if test.location != "" {
					w.Header().Set("Location", test.location)
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}, Options{})
			j, err := c.StartJob(t.Context(), sampleDefinition)
			require.EqualValues(t, 1, posts.Load())
			if test.kind == "" {
				require.NoError(t, err)
				require.Equal(t, sampleJob, j.ID)
				return
			}
			require.Equal(t, test.unknown, requireKind(t, err, test.kind).OutcomeUnknown())
		})
	}
}

// brokenServer accepts connections and does with each what handle does. It counts them.
func brokenServer(t *testing.T, handle func(net.Conn)) (base string, connections *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	connections = new(atomic.Int32)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go func() { defer conn.Close(); handle(conn) }()
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return "http://" + listener.Addr().String(), connections
}

func clientOf(t *testing.T, base string) *Client {
	t.Helper()
	return clientOver(t, base, nil)
}

func clientOver(t *testing.T, base string, transport http.RoundTripper) *Client {
	t.Helper()
	endpoint, err := NewEndpoint(base, EndpointOptions{Transport: transport})
	require.NoError(t, err)
	c, err := NewClient(endpoint, LegacyToken(testToken), Options{RequestsPerSecond: 1e6})
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func TestStartJobWhenTheConnectionBreaks(t *testing.T) {
	readRequest := func(conn net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
		}
	}
	for name, handle := range map[string]func(net.Conn){
		"closed before reading": func(net.Conn) {},
		"closed after reading":  readRequest,
		"answer cut": func(c net.Conn) {
			readRequest(c)
			fmt.Fprint(c, "HTTP/1.1 201 Crea")
		},
		"body cut": func(c net.Conn) {
			readRequest(c)
			fmt.Fprint(c, "HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n<job>")
		},
		"giant header": func(c net.Conn) {
			readRequest(c)
			fmt.Fprint(c, "HTTP/1.1 201 Created\r\n")
			for i := 0; i < 1000; i++ {
				if _, err := fmt.Fprintf(c, "X-%d: %01000d\r\n", i, i); err != nil {
					return
				}
			}
		},
		"no answer": func(c net.Conn) { readRequest(c); _, _ = io.Copy(io.Discard, c) },
	} {
		t.Run(name, func(t *testing.T) {
			base, connections := brokenServer(t, handle)
			c := clientOf(t, base)
			c.limits.request = 300 * time.Millisecond
			_, err := c.StartJob(t.Context(), "D")
			e := requireKind(t, err, KindTransport)
			require.True(t, e.OutcomeUnknown())
			require.EqualValues(t, 1, connections.Load(), "one connection, one POST")
		})
	}
}

func TestStartJobKnowsWhenNothingWasSent(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	closed := "http://" + listener.Addr().String()
	listener.Close()
	_, err = clientOf(t, closed).StartJob(t.Context(), "D")
	e := requireKind(t, err, KindNotSent)
	require.False(t, e.OutcomeUnknown())
	require.True(t, e.Temporary())

	// TLS that fails: the certificate is of nobody we know.
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	_, err = clientOf(t, secure.URL).StartJob(t.Context(), "D")
	require.False(t, requireKind(t, err, KindNotSent).Temporary(), "a wrong certificate stays wrong")

	// TLS that never ends.
	base, _ := brokenServer(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	patient := clientOver(t, "https"+base[len("http"):], &http.Transport{TLSHandshakeTimeout: 200 * time.Millisecond})
	patient.limits.request = 100 * time.Millisecond
	_, err = patient.StartJob(t.Context(), "D")
	requireKind(t, err, KindNotSent)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	base, connections := brokenServer(t, func(net.Conn) {})
	_, err = clientOf(t, base).StartJob(ended, "D")
	requireKind(t, err, KindNotSent)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, connections.Load())
}

// roundTripper is a foreign transport, which reports no connections.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestStartJobTrustsNoSilentTransport(t *testing.T) {
	foreign := roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("broken") })
	_, err := clientOver(t, "http://127.0.0.1:1", foreign).StartJob(t.Context(), "D")
	require.True(t, requireKind(t, err, KindTransport).OutcomeUnknown())
}

// failingAuth has no token.
type failingAuth struct{ err error }

func (a failingAuth) Authorization(context.Context) (string, error) { return "", a.err }
func (failingAuth) Invalidate(string)                               {}

func TestStartJobWithoutATokenStartsNothing(t *testing.T) {
	base, connections := brokenServer(t, func(net.Conn) {})
	for kind, want := range map[Kind]Kind{
		KindTransport: KindNotSent, KindUnavailable: KindNotSent, KindBody: KindNotSent, KindThrottled: KindNotSent,
		KindTokenStore: KindNotSent, KindAuth: KindNotSent, KindRedirect: KindNotSent,
		KindReauthorize: KindReauthorize, KindCredentials: KindCredentials,
	} {
		c, err := NewClient(endpointAt(t, base), failingAuth{&Error{Operation: "get token", Kind: kind, RetryAfter: time.Second}}, Options{})
		require.NoError(t, err)
		_, err = c.StartJob(t.Context(), "D")
		e := requireKind(t, err, want)
		require.False(t, e.OutcomeUnknown())
		require.Equal(t, time.Second, e.RetryAfter)
	}
	require.Zero(t, connections.Load())
}

func TestStartJobOverTLSUsesAConnectionOfItsOwn(t *testing.T) {
	var mu sync.Mutex
	connections := map[string]int{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		connections[r.RemoteAddr]++
		if r.Method == http.MethodPost {
			require.Equal(t, "HTTP/1.1", r.Proto)
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, "<job><id>J</id></job>")
			return
		}
		_, _ = io.WriteString(w, "<definitions/>")
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	c := clientOver(t, server.URL, server.Client().Transport)
	for range 2 {
		_, err := c.Definitions(t.Context())
		require.NoError(t, err)
		_, err = c.StartJob(t.Context(), "D")
		require.NoError(t, err)
	}
	require.Len(t, connections, 3, "one for both lists, one for each start")
}
