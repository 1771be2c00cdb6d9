package evidence

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"tieout/internal/jsonstream"
	"tieout/internal/report"
)

// Ledger is what result.json holds beside the result: the objects that it stands on, and the results before it.
type Ledger struct {
	// Objects are those of the landing and of the tie-out, as they were when they were written.
	Objects []report.Object `json:"objects"`
	// Previous are the results of the pipeline that no other result named when this one was written.
	Previous []Previous `json:"previous"`
}

// Previous names a result by its URI and its SHA-256.
type Previous struct {
	ResultURI string `json:"resultUri"`
	SHA256    string `json:"sha256"`
}

// Landed returns the files of a landing: the raw file and, of a zip, its members.
func Landed(m *Manifest) []File {
	if !m.Zip {
		return m.Files
	}
	return append([]File{m.Raw}, m.Files...)
}

// ObjectsOf returns the files of a landing as objects.
func ObjectsOf(m *Manifest) []report.Object {
	var objects []report.Object
	for _, file := range Landed(m) {
		objects = append(objects, report.Object{URI: file.URI, Bytes: file.Bytes, SHA256: file.SHA256})
	}
	return objects
}

// Sorted returns the objects in the order of their URIs, each URI once.
func Sorted(objects []report.Object) []report.Object {
	objects = slices.Clone(objects)
	slices.SortStableFunc(objects, func(a, b report.Object) int { return cmp.Compare(a.URI, b.URI) })
	return slices.CompactFunc(objects, func(a, b report.Object) bool { return a.URI == b.URI })
}

// DecodeReport reads a report.json but for its findings, of which there may be very many.
func DecodeReport(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	return jsonstream.Object(d, into, map[string]func() error{"findings": func() error {
		var passed json.RawMessage
		return jsonstream.Array(d, func() error { return d.Decode(&passed) })
	}})
}

// ChangedError says that an object no longer holds the bytes that were written: the code LandingConflict.
type ChangedError struct {
	// Doc is what says what the object should hold.
	Doc  string
	Want report.Object
	// Got is what was read; its SHA256 is empty where the object is gone.
	Got report.Object
	// Remedy says what a person can do.
	Remedy string
}

func (e *ChangedError) Error() string {
	got := bytesOf(e.Got) + " was read"
	if e.Got.SHA256 == "" {
		got = "there is no such object"
	}
	return fmt.Sprintf("%s is not what was written: %s says %s, and %s, so nothing is derived from it. %s", e.Want.URI, e.Doc, bytesOf(e.Want), got, e.Remedy)
}

func bytesOf(o report.Object) string {
	if o.Bytes == 0 {
		return "SHA-256 " + o.SHA256
	}
	return fmt.Sprintf("SHA-256 %s of %d bytes", o.SHA256, o.Bytes)
}
