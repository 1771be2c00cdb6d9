package concurtest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"tieout/concur/concurtest/extractgen"
	"tieout/internal/faultscript"
)

// Server is a simulated Concur. It is safe for concurrent use.
type Server struct {
	// URL is the base: scheme, host and port, without a slash at the end.
	URL string

	world   World
	trees   map[string]*extractgen.Tree
	v4      map[string]*listV4
	options options
	clock   func() time.Time
	journal *journal
	http    *http.Server // nil where the caller serves
	faults  faultscript.Script[Fault]
	// stop ends hanging requests when the server closes.
	stop    context.Context
	stopNow context.CancelFunc
	busy    sync.WaitGroup

	mu       sync.Mutex
	jobs     map[string][]JobRecord // by definition id
	contents map[string]func() (*content, error)
	tokens   tokens
	requests []Request
	sequence int64
	closed   bool
}

// Option changes how a server runs; what it simulates is the World.
type Option func(*options)

type options struct {
	dir, base string
	clock     func() time.Time
	observe   func(Event)
	control   bool
}

// WithStateDir keeps jobs, tokens and the request log in a directory, so that a server that was killed goes on where it
// was: jobs that it answered for exist, and serve the same bytes. Credentials lie there in plain text.
func WithStateDir(dir string) Option { return func(o *options) { o.dir = dir } }

// WithClock sets the clock by which jobs and tokens age; else it is time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.clock = now } }

// WithBase sets the base that links are made with, for clients that reach the server under another one than its own.
func WithBase(base string) Option {
	return func(o *options) { o.base = strings.TrimRight(base, "/") }
}

// WithObserver calls observe at points of each request, before the client can know of them: a test kills or blocks there.
func WithObserver(observe func(Event)) Option { return func(o *options) { o.observe = observe } }

// WithControl serves the server's own methods under /concurtest/, for checkers in another process: GET requests,
// GET jobs?definition=, POST and DELETE faults, POST start?definition=. They need no token.
func WithControl() Option { return func(o *options) { o.control = true } }

// Point is a point of a request at which an observer is called.
type Point string

// Points of a request.
const (
	Received Point = "received" // nothing was done yet
	Acted    Point = "acted"    // a job was started or a token issued, and kept; no answer has left
	Answered Point = "answered"
)

// Event is what an observer is told.
type Event struct {
	// Point is how far the request has come.
	Point Point
	// Request is its line of the log so far.
	Request Request
}

// NewServer starts a simulated Concur on a free port of 127.0.0.1. Like httptest.NewServer it panics where it cannot
// listen, or where the world makes no sense. The caller closes it.
func NewServer(world World, opts ...Option) *Server {
	s, err := NewHandler(world, opts...)
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("concurtest: cannot listen: %v", err))
	}
	s.URL = "http://" + listener.Addr().String()
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(fmt.Sprintf("concurtest: serving: %v", err))
		}
	}()
	return s
}

// NewHandler returns a simulated Concur to be served by a listener of the caller's, who gives its base WithBase. Close ends
// its hanging requests. It fails where the world makes no sense, or where the state directory cannot be read.
func NewHandler(world World, opts ...Option) (*Server, error) {
	s := &Server{jobs: map[string][]JobRecord{}, contents: map[string]func() (*content, error){}}
	for _, option := range opts {
		option(&s.options)
	}
	s.URL, s.clock = s.options.base, s.options.clock
	if s.clock == nil {
		s.clock = time.Now
	}
	var err error
	if s.world, s.trees, err = world.prepared(); err != nil {
		return nil, err
	}
	s.v4 = indexV4(s.world, s.trees)
	s.tokens = newTokens(s.world)
	s.stop, s.stopNow = context.WithCancel(context.Background())
	if s.options.dir != "" {
		if err := s.restore(); err != nil {
			return nil, fmt.Errorf("concurtest: reading the state of the simulated Concur: %w", err)
		}
	}
	return s, s.addHistory()
}

func (s *Server) restore() error {
	j, entries, err := openJournal(s.options.dir)
	if err != nil {
		return err
	}
	s.journal = j
	for _, e := range entries {
		switch {
		case e.Job != nil:
			s.jobs[e.Job.Definition] = append(s.jobs[e.Job.Definition], *e.Job)
			s.sequence = max(s.sequence, e.Job.Request)
		case e.Token != nil:
			s.tokens.apply(*e.Token)
		case e.Request != nil:
			s.requests = append(s.requests, *e.Request)
			s.sequence = max(s.sequence, e.Request.Sequence)
		}
	}
	return nil
}

// addHistory adds the jobs of Definition.History, the last of which started a day ago.
func (s *Server) addHistory() error {
	for i := range s.world.Definitions {
		d := &s.world.Definitions[i]
		for n := len(s.jobs[d.ID]) + 1; n <= d.History; n++ {
			created := s.clock().Add(-24 * time.Hour * time.Duration(d.History-n+1))
			if _, err := s.addJob(d, OriginHistory, 0, created, 0); err != nil {
				return fmt.Errorf("concurtest: %w", err)
			}
		}
	}
	return nil
}

// Auth returns the world's credentials, with the defaults filled in.
func (s *Server) Auth() Auth { return s.world.Auth }

// World returns the world, with ids and defaults filled in.
func (s *Server) World() World { return s.world }

// Close stops the server: hanging requests end, and connections are closed.
func (s *Server) Close() {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return
	}
	s.stopNow()
	if s.http != nil {
		_ = s.http.Close()
	}
	s.busy.Wait()
	_ = s.journal.close()
}

// address returns the base under which the client reaches the server.
func (x *exchange) address() string { return cmp.Or(x.options.base, x.URL, "http://"+x.r.Host) }

// Extract returns the generated extract that a job produces as its i-th file, counted from 0. It tells what the file holds.
// It fails where there is no such job, or where the file is not generated.
func (s *Server) Extract(jobID string, i int) (*extractgen.Extract, error) {
	s.mu.Lock()
	d, job := s.jobByID(jobID)
	s.mu.Unlock()
	if d == nil {
		return nil, fmt.Errorf("there is no job %q", jobID)
	}
	files := d.filesOf(job)
	if i < 0 || i >= len(files) || files[i].Extract == nil {
		return nil, fmt.Errorf("job %q has no generated file %d", jobID, i)
	}
	return extractgen.FromTrees(*files[i].Extract, s.trees)
}

// jobByID returns a job of any definition, or a nil definition. The lock is held.
func (s *Server) jobByID(id string) (*Definition, JobRecord) {
	for i := range s.world.Definitions {
		d := &s.world.Definitions[i]
		at := slices.IndexFunc(s.jobs[d.ID], func(job JobRecord) bool { return job.ID == id })
		if at >= 0 {
			return d, s.jobs[d.ID][at]
		}
	}
	return nil, JobRecord{}
}
