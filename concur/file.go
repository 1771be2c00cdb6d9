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
	"sync"
	"sync/atomic"
	"time"
)

// FileRequest says which part of a job's file is wanted.
type FileRequest struct {
	// Offset of the first byte wanted.
	Offset int64
	// IfMatch is the strong ETag of the answer that earlier bytes came from. Only that file is continued: an answer
	// that cannot be shown to be of it is KindChanged, or the whole file with Offset 0. A weak ETag proves nothing,
	// and neither does none: with either, Offset is not asked for and the file comes from its start.
	IfMatch string
}

// Framing says how the end of a body is proved.
const (
	FramingLength  = "content-length"
	FramingChunked = "chunked"
	// FramingClose proves nothing: the end is where the connection closed.
	FramingClose = "close"
)

// File is the answer to File: the bytes a job produced, one file or a zip of several.
type File struct {
	// Body must be closed. Its errors are *Error, but for io.EOF.
	Body io.ReadCloser
	// Name is the last path element of the name that Concur gave, "" if it gave none. It is not safe as a path.
	Name          string
	ContentType   string
	ETag          string
	LastModified  string
	CorrelationID string
	// Offset where Body begins: 0 if the server ignored the range.
	Offset int64
	// Length of Body, -1 if not known.
	Length int64
	// Framing is content-length, chunked or close.
	Framing string
	// Ranges says that the server announces ranges, by Accept-Ranges or a 206.
	Ranges bool
}

// File fetches what a completed job produced, from r.Offset where the server can do that.
func (c *Client) File(ctx context.Context, definition, job string, r FileRequest) (*File, error) {
	const operation = "fetch extract file"
	path, err := extractURL(definition, "job", job, "file")
	if err != nil {
		return nil, badArgument(operation, err)
	}
	if r.Offset < 0 || strings.ContainsFunc(r.IfMatch, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return nil, badArgument(operation, errors.New("the offset or the ETag cannot be sent"))
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
	resp, err := c.send(fetch, call{operation: operation, method: http.MethodGet, path: path, accept: "*/*", header: header, file: true})
	if err != nil {
		cancel(nil)
		return nil, err
	}
	body := &fileBody{from: resp.Body, stall: c.opts.StallTimeout, cancel: cancel,
		broken: Error{Operation: operation, Status: resp.StatusCode, CorrelationID: correlationID(resp)}}
	f, err := openFile(resp, body, r)
	if err != nil {
		body.Close()
		var e *Error
		if errors.As(err, &e) {
			return nil, e
		}
		return nil, badBody(operation, resp, err)
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
		LastModified: cut(clean(resp.Header.Get("Last-Modified")), 64), CorrelationID: correlationID(resp),
		Length: resp.ContentLength, Framing: framingOf(resp),
		Ranges: resp.StatusCode == http.StatusPartialContent || strings.EqualFold(resp.Header.Get("Accept-Ranges"), "bytes"),
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

// isPage tells a page from a file. The content type is not believed of what begins as an extract or a zip does.
func isPage(h http.Header, start []byte) bool {
	begins := bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\ufeff")), "\"")
	return looksLikeHTML(h, start) && !bytes.HasPrefix(begins, []byte(extractBegins)) && !bytes.HasPrefix(begins, []byte("PK\x03\x04"))
}

// isDocument tells an XML document from a file: no extract begins with an element. It may have no end, so nothing of it
// is to be landed.
func isDocument(h http.Header, start []byte) bool {
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\ufeff")), " \t\r\n")
	isXML := strings.Contains(strings.ToLower(h.Get("Content-Type")), "xml")
	return bytes.HasPrefix(start, []byte("<?xml")) || bytes.HasPrefix(start, []byte("<Error")) || isXML && bytes.HasPrefix(start, []byte("<"))
}

// extractBegins is how the header of every extract that SAP documents begins.
const extractBegins = "EXTRACT"

// checkPart makes sure that a 206 continues the file asked for, right where it was asked to.
func checkPart(resp *http.Response, f *File, r FileRequest, e Error) error {
	first, last, ok := contentRange(resp.Header.Get("Content-Range"))
	if r.Offset == 0 || !ok || first != r.Offset || f.Length >= 0 && f.Length != last-first+1 {
		return errors.New("it is another part of the file than the one asked for")
	}
	if f.Length < 0 {
		f.Length = last - first + 1
	}
	if f.ETag != r.IfMatch {
		e.Kind, e.Message = KindChanged, meaning(KindChanged)
		return &e
	}
	return nil
}

// contentRange reads "bytes 5-9/10". A part that does not reach the end of the file is not accepted.
func contentRange(v string) (first, last int64, ok bool) {
	v, found := strings.CutPrefix(strings.TrimSpace(v), "bytes ")
	span, total, found2 := strings.Cut(v, "/")
	from, to, found3 := strings.Cut(span, "-")
	if !found || !found2 || !found3 {
		return 0, 0, false
	}
	first, err := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	if err != nil || err2 != nil || first < 0 || last < first {
		return 0, 0, false
	}
	if total != "*" {
		if size, err := strconv.ParseInt(total, 10, 64); err != nil || size != last+1 {
			return 0, 0, false
		}
	}
	return first, last, true
}

// strong tells an ETag that stands for the very bytes.
func strong(etag string) bool {
	return len(etag) > 2 && len(etag) <= 256 && etag[0] == '"' && etag[len(etag)-1] == '"'
}

// framingOf: the end of an HTTP/2 stream is explicit, like the end of chunking.
func framingOf(resp *http.Response) string {
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
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	if name == "." || name == ".." {
		return ""
	}
	return cut(name, 255)
}

var errStalled = errors.New("no byte arrived for too long")

// fileBody gives a file up when it stalls. The clock runs only while a Read waits, so a slow consumer is not blamed on
// Concur.
type fileBody struct {
	from   io.ReadCloser
	stall  time.Duration
	cancel context.CancelCauseFunc
	broken Error // what the errors of this body have in common

	start    []byte // read ahead
	startErr error
	read     int64
	timer    *time.Timer
	stalled  atomic.Bool
	once     sync.Once
}

// peek reads ahead far enough to tell a page from a file: as a rule one byte that begins no markup is enough.
func (b *fileBody) peek(least int) error {
	buf := make([]byte, 256)
	n, err := 0, error(nil)
	for n < len(buf) && err == nil {
		var m int
		m, err = b.fill(buf[n:])
		n += m
		if n >= least && !mayBeMarkup(buf[:n]) {
			break
		}
	}
	b.start, b.startErr = buf[:n], err
	if n == 0 && err != nil && err != io.EOF {
		return err
	}
	return nil
}

// mayBeMarkup is false as soon as the first bytes cannot be those of a page.
func mayBeMarkup(start []byte) bool {
	start = bytes.TrimLeft(bytes.TrimPrefix(start, []byte("\ufeff")), " \t\r\n")
	return len(start) == 0 || start[0] == '<' || start[0] == "\ufeff"[0]
}

func (b *fileBody) Read(p []byte) (int, error) {
	if len(b.start) > 0 {
		n := copy(p, b.start)
		b.start = b.start[n:]
		b.read += int64(n)
		return n, nil
	}
	if b.startErr != nil {
		return 0, b.startErr
	}
	n, err := b.fill(p)
	b.read += int64(n)
	return n, err
}

func (b *fileBody) fill(p []byte) (int, error) {
	if b.timer == nil {
		b.timer = time.AfterFunc(b.stall, func() {
			b.stalled.Store(true)
			b.cancel(errStalled)
		})
	} else {
		b.timer.Reset(b.stall)
	}
	n, err := b.from.Read(p)
	b.timer.Stop()
	if err == nil || err == io.EOF {
		return n, err
	}
	e := b.broken
	e.Kind, e.Err = KindTransport, err
	e.Message = fmt.Sprintf("the file broke off after %d bytes", b.read+int64(n))
	if b.stalled.Load() {
		e.Err = errStalled
		e.Message += fmt.Sprintf(", when nothing came for %s", b.stall)
	}
	return n, &e
}

func (b *fileBody) Close() error {
	if b.timer != nil {
		b.timer.Stop()
	}
	b.once.Do(func() { b.cancel(context.Canceled) })
	return b.from.Close()
}
