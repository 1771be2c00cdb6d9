package concurtest

import (
	"fmt"
	"strings"
	"time"
)

// Operations, as Fault.Operation and Request.Operation name them.
const (
	OpDefinitions = "extract.definitions"
	OpDefinition  = "extract.definition"
	OpJobs        = "extract.jobs"
	OpStart       = "extract.start"
	OpJob         = "extract.job"
	OpStatus      = "extract.status"
	OpFile        = "extract.file"
	OpLists       = "list.lists"
	OpList        = "list.list"
	OpItems       = "list.items"
	OpListsV4     = "listv4.lists"
	OpChildrenV4  = "listv4.children" // the items of level 1
	OpItemsV4     = "listv4.items"    // the items below an item
	OpToken       = "oauth.token"
	opUnknown     = "unknown"
)

// Operations lists all operations.
func Operations() []string {
	return []string{OpDefinitions, OpDefinition, OpJobs, OpStart, OpJob, OpStatus, OpFile, OpLists, OpList, OpItems, OpListsV4, OpChildrenV4, OpItemsV4, OpToken}
}

// UntilGone, as a duration of Hang, means until the client gives up or the server is closed.
const UntilGone time.Duration = -1

// Fault scripts what goes wrong with a request. Which: Operation, Path, Nth and Times. What: the other fields; they
// combine where that makes sense (Hang and then Status; Truncate of a SlowBody). Durations are nanoseconds in JSON.
type Fault struct {
	// Name is what the request log shows; by default what the fault does.
	Name string `json:"name,omitempty"`

	// Operation that it is for; empty: any.
	Operation string `json:"operation,omitempty"`
	// Path is a part of the request's path and query; empty: any.
	Path string `json:"path,omitempty"`
	// Nth is the first request that it happens to, counted among those that match from the Inject on, from 1.
	// 0: every matching request, or the first Times of them.
	Nth int `json:"nth,omitempty"`
	// Times is the number of requests in a row, by default 1 with Nth and no limit without.
	Times int `json:"times,omitempty"`

	// Hang waits before the request is acted on: a duration, or UntilGone, and then goes on.
	Hang time.Duration `json:"hang,omitempty"`
	// DropBefore closes the connection before the request is read or acted on. Go's own client then repeats a GET
	// by itself when the connection had been used before: the log shows both.
	DropBefore bool `json:"dropBefore,omitempty"`
	// AcceptThenDrop acts on the request and then closes the connection without an answer.
	AcceptThenDrop bool `json:"acceptThenDrop,omitempty"`
	// AcceptThenHang acts on the request and then waits before it answers: a duration, or UntilGone.
	AcceptThenHang time.Duration `json:"acceptThenHang,omitempty"`

	// Status answers instead of acting, with an error document or with Body and ContentType.
	Status      int    `json:"status,omitempty"`
	RetryAfter  string `json:"retryAfter,omitempty"` // the header's text: "2", "0" or a date
	Body        string `json:"body,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	// OAuthCode answers 400 with a token error: 16 (with Redirect as geolocation), 108, 134, ….
	OAuthCode int `json:"oauthCode,omitempty"`
	// HTML200 answers a login page with status 200; MalformedXML a document that breaks off, well framed.
	HTML200      bool `json:"html200,omitempty"`
	MalformedXML bool `json:"malformedXML,omitempty"`
	// Redirect answers with that Location, by default with status 302.
	Redirect string `json:"redirect,omitempty"`
	// Hostile answers a document that is meant to hurt: see the constants Hostile….
	Hostile string `json:"hostile,omitempty"`
	// Act lets the request be acted on before one of the answers above is given, as by a gateway that fails on the
	// way back.
	Act bool `json:"act,omitempty"`

	// Truncate cuts the body of the answer.
	Truncate *Truncate `json:"truncate,omitempty"`
	// StallAfter sends that many bytes of the body and then nothing until the client gives up.
	StallAfter int64 `json:"stallAfter,omitempty"`
	// SlowBody sends the body in small pieces.
	SlowBody *SlowBody `json:"slowBody,omitempty"`
	// Corrupt flips a bit in the byte of the body at Corrupt-1, so that 1 is the first byte. For files it counts in
	// the file, whatever range is asked for.
	Corrupt int64 `json:"corrupt,omitempty"`
	// NewETag gives the file another ETag than before.
	NewETag bool `json:"newETag,omitempty"`
	// NoRange answers a file whole even when a range is asked for.
	NoRange bool `json:"noRange,omitempty"`

	// FileBody serves something else in a file's place, with status 200 and framed as a file is: see the constants Body….
	FileBody string `json:"fileBody,omitempty"`

	// Links replaces links by the element's name ("id", "status-link", "file-link", "job-link", "items-link",
	// "batch-link") or "Location". "{path}" stands for the path that the right link has.
	Links map[string]string `json:"links,omitempty"`
	// LateList makes the job that this request starts turn up in the list that much later.
	LateList time.Duration `json:"lateList,omitempty"`
}

// Truncate ends a body early.
type Truncate struct {
	// After is how many bytes of the body are sent.
	After int64 `json:"after"`
	// Framing: content-length or chunked, where the client can tell, or close, where it cannot. By default the
	// framing that the answer has anyway.
	Framing string `json:"framing,omitempty"`
}

// SlowBody sends Bytes (default 1024), waits for Pause, and so on.
type SlowBody struct {
	Bytes int           `json:"bytes,omitempty"`
	Pause time.Duration `json:"pause"`
}

// Bodies in a file's place.
const (
	BodyNothing = "nothing" // no bytes
	BodyJSON    = "json"    // a JSON message
	BodyText    = "text"    // a line of text
	BodyXML     = "xml"     // an XML error document
	BodyHTML    = "html"    // a page
	BodyHalf    = "half"    // the file, cut at the end of a row
)

// Documents that are meant to hurt.
const (
	HostileEndless = "endless" // elements without end
	HostileBomb    = "bomb"    // entities that expand to gigabytes
	HostileDeep    = "deep"    // 100,000 nested elements
	HostileHeader  = "header"  // 16 MiB of response headers
)

// scripted is a fault and how often it has matched.
type scripted struct {
	Fault
	seen int
}

func (f *scripted) matches(operation, target string) bool {
	if f.Operation != "" && f.Operation != operation || f.Path != "" && !strings.Contains(target, f.Path) {
		return false
	}
	f.seen++
	first, times := max(f.Nth, 1), f.Times
	if f.Nth > 0 && times == 0 {
		times = 1
	}
	return f.seen >= first && (times == 0 || f.seen < first+times)
}

// describe names a fault for the request log.
func (f Fault) describe() string {
	if f.Name != "" {
		return f.Name
	}
	var what []string
	add := func(is bool, text string) {
		if is {
			what = append(what, text)
		}
	}
	add(f.Hang != 0, "hang")
	add(f.DropBefore, "drop-before")
	add(f.AcceptThenHang != 0, "accept-then-hang")
	add(f.AcceptThenDrop, "accept-then-drop")
	add(f.Status != 0, fmt.Sprintf("status-%d", f.Status))
	add(f.OAuthCode != 0, fmt.Sprintf("oauth-%d", f.OAuthCode))
	add(f.HTML200, "html-200")
	add(f.MalformedXML, "malformed-xml")
	add(f.Redirect != "" && f.OAuthCode == 0, "redirect")
	add(f.Hostile != "", "hostile-"+f.Hostile)
	if f.Truncate != nil {
		add(true, strings.TrimSuffix("truncate-"+f.Truncate.Framing, "-"))
	}
	add(f.StallAfter != 0, "stall")
	add(f.SlowBody != nil, "slow-body")
	add(f.Corrupt != 0, "corrupt")
	add(f.NewETag, "new-etag")
	add(f.NoRange, "no-range")
	add(f.FileBody != "", "file-body-"+f.FileBody)
	add(len(f.Links) > 0, "links")
	add(f.LateList != 0, "late-list")
	return strings.Join(what, " ")
}

// Inject adds a fault to the script. The first fault that matches a request is the one that happens to it; faults
// that come later in the script do not count that request.
func (s *Server) Inject(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		s.faults = append(s.faults, &scripted{Fault: f})
	}
}

// ResetFaults empties the script.
func (s *Server) ResetFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) takeFault(operation, target string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.matches(operation, target) {
			return f.Fault
		}
	}
	return Fault{}
}
