package concur

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// FileRequest says which part of a job's file is wanted. The zero value asks for the whole file.
type FileRequest struct {
	// Offset is the first byte that is wanted, counted from 0.
	Offset int64
	// IfMatch is the strong ETag of the answer that earlier bytes came from. Only that file is continued: an answer that
	// cannot be shown to be of it is KindChanged, or the whole file with Offset 0. A weak ETag or none proves nothing:
	// then Offset is ignored, and the file comes from its start.
	IfMatch string
}

// Framing says how the end of a file is proved.
type Framing string

// Framings of a file.
const (
	// FramingLength is a body of a Content-Length.
	FramingLength Framing = "content-length"
	// FramingChunked is a chunked body, or one of HTTP/2, whose end is as explicit.
	FramingChunked Framing = "chunked"
	// FramingClose proves nothing: the body ends where the connection closes.
	FramingClose Framing = "close"
)

// File is what a job produced: one file, or a zip of several.
type File struct {
	// Body must be closed. Its errors are *Error, but for io.EOF. A body of which no byte comes for a minute ends with
	// KindTransport.
	Body io.ReadCloser
	// Name is the last path element of the name that Concur gave, "" where it gave none. It is not safe as a path.
	Name string
	// ContentType and ETag are the headers of the answer, "" where it had none.
	ContentType, ETag string
	// CorrelationID is Concur's own name for the exchange.
	CorrelationID string
	// Offset is that of the first byte of Body in the file: 0 where the server ignored the offset that was asked for.
	Offset int64
	// Length is that of Body in bytes, -1 where it is not known.
	Length int64
	// Framing says whether reading Body to its end proves that the file is whole.
	Framing Framing
}

// File fetches what a completed job produced, from r.Offset on where the server can do that. A page instead of the
// file is an [*Error] of KindBody whose cause is [ErrPage].
func (c *Client) File(ctx context.Context, definition, job string, r FileRequest) (*File, error) {
	path, err := extractURL(definition, "job", job, "file")
	if err != nil {
		return nil, badArgument(OpFile, err)
	}
	if r.Offset < 0 || strings.ContainsFunc(r.IfMatch, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return nil, badArgument(OpFile, errors.New("the offset or the ETag cannot be sent"))
	}
	if !strong(r.IfMatch) {
		r = FileRequest{}
	}
	header := http.Header{}
	if r.Offset > 0 {
		header.Set("Range", fmt.Sprintf("bytes=%d-", r.Offset))
		header.Set("If-Range", r.IfMatch)
	} else if r.IfMatch != "" {
		header.Set("If-Match", r.IfMatch)
	}
	fetch, cancel := context.WithCancelCause(ctx)
	resp, err := c.send(fetch, call{operation: OpFile, path: path, accept: "*/*", header: header, file: true})
	if err != nil {
		cancel(nil)
		return nil, err
	}
	body := &fileBody{from: resp.Body, stall: c.limits.stall, cancel: cancel,
		broken: Error{Operation: OpFile, Status: resp.StatusCode, CorrelationID: correlationID(resp)}}
	f, err := openFile(resp, body, r)
	if err != nil {
		body.Close()
		if e, ok := errors.AsType[*Error](err); ok {
			return nil, e
		}
		return nil, badBody(OpFile, resp, err)
	}
	return f, nil
}

func openFile(resp *http.Response, body *fileBody, r FileRequest) (*File, error) {
	if err := plainEncoding(resp.Header); err != nil {
		return nil, err
	}
	f := &File{
		Body: body, Name: fileName(resp.Header.Get("Content-Disposition")),
		ContentType: cut(clean(resp.Header.Get("Content-Type")), 128), ETag: cut(clean(resp.Header.Get("ETag")), 256),
		CorrelationID: correlationID(resp), Length: resp.ContentLength, Framing: framingOf(resp),
	}
	if resp.StatusCode == http.StatusPartialContent {
		if err := checkPart(resp, f, r, body.broken); err != nil {
			return nil, err
		}
		f.Offset = r.Offset
		return f, nil
	}
	least := 1
	if looksLikeHTML(resp.Header, nil) {
		least = len("\ufeff\"" + extractBegins)
	}
	if err := body.peek(least); err != nil {
		return nil, err
	}
	if isPage(resp.Header, body.start) {
		return nil, ErrPage
	}
	if isDocument(resp.Header, body.start) {
		return nil, errors.New("it is an XML document, such as an error message, and no file")
	}
	return f, nil
}

// extractBegins is how the header of every extract begins that SAP documents.
const extractBegins = "EXTRACT"

// isPage reports whether a page came for a file. The content type is not believed of what begins as an extract or a zip
// does.
func isPage(h http.Header, start []byte) bool {
	begins := bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\ufeff")), "\"")
	return looksLikeHTML(h, start) && !bytes.HasPrefix(begins, []byte(extractBegins)) && !bytes.HasPrefix(begins, []byte("PK\x03\x04"))
}

// isDocument reports whether an XML document came for a file: no extract begins with an element. The document may have no
// end, so nothing of it is read.
func isDocument(h http.Header, start []byte) bool {
	start = trimStart(start)
	isXML := strings.Contains(strings.ToLower(h.Get("Content-Type")), "xml")
	return bytes.HasPrefix(start, []byte("<?xml")) || bytes.HasPrefix(start, []byte("<Error")) || isXML && bytes.HasPrefix(start, []byte("<"))
}

// checkPart makes sure that a 206 continues the file that was asked for, right where it was asked to.
func checkPart(resp *http.Response, f *File, r FileRequest, e Error) error {
	first, last, ok := contentRange(resp.Header.Get("Content-Range"))
	if r.Offset == 0 || !ok || first != r.Offset || f.Length >= 0 && f.Length != last-first+1 {
		return errors.New("it is another part of the file than the one asked for")
	}
	f.Length = last - first + 1
	if f.ETag != r.IfMatch {
		e.Kind, e.Message = KindChanged, meanings[KindChanged]
		return &e
	}
	return nil
}

// contentRange reads "bytes 5-9/10". It accepts only a part that reaches the end of the file.
func contentRange(v string) (first, last int64, ok bool) {
	v, found := strings.CutPrefix(strings.TrimSpace(v), "bytes ")
	span, total, found2 := strings.Cut(v, "/")
	from, to, found3 := strings.Cut(span, "-")
	first, err := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	if !found || !found2 || !found3 || err != nil || err2 != nil || first < 0 || last < first {
		return 0, 0, false
	}
	if total != "*" {
		if size, err := strconv.ParseInt(total, 10, 64); err != nil || size != last+1 {
			return 0, 0, false
		}
	}
	return first, last, true
}

// strong reports whether an ETag stands for the very bytes.
func strong(etag string) bool {
	return len(etag) > 2 && len(etag) <= 256 && etag[0] == '"' && etag[len(etag)-1] == '"'
}

func framingOf(resp *http.Response) Framing {
	switch {
	case slices.Contains(resp.TransferEncoding, "chunked"):
		return FramingChunked
	case resp.ContentLength >= 0:
		return FramingLength
	case resp.ProtoMajor >= 2:
		return FramingChunked
	}
	return FramingClose
}

// fileName reads the name out of Content-Disposition, also where it is not quoted as it should be.
func fileName(disposition string) string {
	name := ""
	if _, params, err := mime.ParseMediaType(disposition); err == nil {
		name = params["filename"]
	} else if i := strings.Index(strings.ToLower(disposition), "filename="); i >= 0 {
		name, _, _ = strings.Cut(disposition[i+len("filename="):], ";")
		name = strings.Trim(strings.TrimSpace(name), `"`)
	}
	name = clean(name)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if name == "." || name == ".." {
		return ""
	}
	return cut(name, 255)
}
