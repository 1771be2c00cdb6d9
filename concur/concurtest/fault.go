package concurtest

import (
	"encoding/json"
	"fmt"
	"time"

	"tieout/internal/faultscript"
)

// Operation names what a request asks for.
type Operation string

// Operations of the services.
const (
	OpDefinitions Operation = "extract.definitions"
	OpDefinition  Operation = "extract.definition"
	OpJobs        Operation = "extract.jobs"
	OpStart       Operation = "extract.start"
	OpJob         Operation = "extract.job"
	OpStatus      Operation = "extract.status"
	OpFile        Operation = "extract.file"
	OpLists       Operation = "list.lists"
	OpList        Operation = "list.list"
	OpItems       Operation = "list.items"
	OpListsV4     Operation = "listv4.lists"
	OpChildrenV4  Operation = "listv4.children" // the items of level 1
	OpItemsV4     Operation = "listv4.items"    // the items below an item
	OpToken       Operation = "oauth.token"

	opUnknown Operation = "unknown"
)

// UntilGone is a duration that ends when the client gives up or the server is closed.
const UntilGone time.Duration = -1

// Fault says what goes wrong with a request. Operation, Path, Nth and Times say which requests it happens to, and the
// other fields what happens; they combine where that makes sense, as in Hang and then Status, or Truncate of a SlowBody.
// Durations are nanoseconds in JSON.
type Fault struct {
	// Name is what the request log shows. "" shows what the fault does.
	Name string `json:"name,omitempty"`

	// Operation is the one that the fault is for; "" stands for any.
	Operation Operation `json:"operation,omitempty"`
	// Path is a part of the request's path and query; "" stands for any.
	Path string `json:"path,omitempty"`
	// Nth is the first request that the fault happens to of those that match, counted from 1 since the Inject. 0 stands
	// for 1.
	Nth int `json:"nth,omitempty"`
	// Times is the number of requests in a row that it happens to. 0 stands for 1 where Nth is given, and for all where it
	// is not; a negative number stands for all.
	Times int `json:"times,omitempty"`

	// Hang waits before the request is acted on: a duration, or UntilGone.
	Hang time.Duration `json:"hang,omitempty"`
	// DropBefore closes the connection before the request is read or acted on. Go's own client then repeats a GET by itself
	// where the connection had been used before, and the log shows both.
	DropBefore bool `json:"dropBefore,omitempty"`
	// AcceptThenDrop acts on the request and then closes the connection without an answer.
	AcceptThenDrop bool `json:"acceptThenDrop,omitempty"`
	// AcceptThenHang acts on the request and then waits before it answers: a duration, or UntilGone.
	AcceptThenHang time.Duration `json:"acceptThenHang,omitempty"`

	// Status answers instead of acting, with an error document or with Body and ContentType.
	Status int `json:"status,omitempty"`
	// RetryAfter is the text of the header that goes with Status: "2", "0" or a date.
	RetryAfter string `json:"retryAfter,omitempty"`
	// Body and ContentType, which stands for application/xml where it is "", are what Status answers.
	Body        string `json:"body,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	// OAuthCode answers 400 with an error of the token endpoint: 16 (with Redirect as geolocation), 108, 134, ….
	OAuthCode int `json:"oauthCode,omitempty"`
	// HTML200 answers a login page with status 200.
	HTML200 bool `json:"html200,omitempty"`
	// MalformedXML answers a document that breaks off although its framing is right.
	MalformedXML bool `json:"malformedXML,omitempty"`
	// Redirect answers with this Location and with Status, which stands for 302 where it is 0.
	Redirect string `json:"redirect,omitempty"`
	// Hostile answers a document that is meant to hurt its reader.
	Hostile Hostile `json:"hostile,omitempty"`
	// Act lets the request be acted on before one of the answers above is given, as by a gateway that fails on the way
	// back.
	Act bool `json:"act,omitempty"`

	// Truncate cuts the body of the answer.
	Truncate *Truncate `json:"truncate,omitempty"`
	// StallAfter sends this many bytes of the body, and then nothing until the client gives up.
	StallAfter int64 `json:"stallAfter,omitempty"`
	// SlowBody sends the body in small pieces.
	SlowBody *SlowBody `json:"slowBody,omitempty"`
	// Corrupt flips a bit in one byte of the body, counted from 1. For files it counts in the file, whatever range is asked
	// for.
	Corrupt int64 `json:"corrupt,omitempty"`
	// NewETag gives the file another ETag than before.
	NewETag bool `json:"newETag,omitempty"`
	// NoRange answers a file whole even where a range is asked for.
	NoRange bool `json:"noRange,omitempty"`
	// FileBody serves something else instead of a file, with status 200 and framed as a file is.
	FileBody FileBody `json:"fileBody,omitempty"`

	// Links replaces links by the element's name ("id", "status-link", "file-link", "job-link", "items-link",
	// "batch-link") or "Location". "{path}" stands for the path that the right link has.
	Links map[string]string `json:"links,omitempty"`
	// LateList makes the job that this request starts turn up in the list that much later.
	LateList time.Duration `json:"lateList,omitempty"`
}

// Truncate ends a body early.
type Truncate struct {
	// After is the number of bytes of the body that are sent.
	After int64 `json:"after"`
	// Framing tells the end of the body. A client notices the cut unless it is FramingClose. "" stands for the framing that
	// the answer has anyway.
	Framing Framing `json:"framing,omitempty"`
}

// SlowBody sends a piece, waits, sends the next, and so on.
type SlowBody struct {
	// Bytes is the size of a piece; 0 stands for 1024.
	Bytes int           `json:"bytes,omitempty"`
	Pause time.Duration `json:"pause"`
}

// FileBody is what comes instead of a file.
type FileBody string

// Bodies instead of a file.
const (
	BodyNothing FileBody = "nothing" // no bytes
	BodyJSON    FileBody = "json"    // a JSON message
	BodyText    FileBody = "text"    // a line of text
	BodyXML     FileBody = "xml"     // an XML error document
	BodyHTML    FileBody = "html"    // a page
	BodyHalf    FileBody = "half"    // the file, cut at the end of a row
)

// Hostile is a document that is meant to hurt its reader.
type Hostile string

// Hostile documents.
const (
	HostileEndless Hostile = "endless" // elements without end
	HostileBomb    Hostile = "bomb"    // entities that expand to gigabytes
	HostileDeep    Hostile = "deep"    // 100,000 nested elements
	HostileHeader  Hostile = "header"  // 16 MiB of response headers
)

// describe names a fault for the request log: by its name, or else by the fields that say what it does, as JSON.
func (f Fault) describe() string {
	if f.Name != "" {
		return f.Name
	}
	f.Operation, f.Path, f.Nth, f.Times = "", "", 0, 0
	text, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("concurtest: %v", err)) // plain data
	}
	if string(text) == "{}" {
		return ""
	}
	return string(text)
}

// Inject adds faults to the script. The first fault that matches a request is the one that happens to it; those behind it
// do not count the request.
func (s *Server) Inject(faults ...Fault) {
	for _, f := range faults {
		s.faults.Add(faultscript.Match{Operation: string(f.Operation), Target: f.Path, Nth: f.Nth, Times: f.Times}, f)
	}
}

// ResetFaults empties the script.
func (s *Server) ResetFaults() { s.faults.Clear() }
