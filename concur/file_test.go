package concur

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const sampleFile = "EXTRACT|2026-11-20|1|1.0000|7\r\nDETAIL|7|x|1\r\n"

// rangeServer serves sampleFile as a good server does.
func rangeServer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	w.Header().Set("Content-Type", "text/csv")
	w.Header().Set("Content-Disposition", `attachment; filename="extract_CES_SAE_v3_p1_20170227063221.txt"`)
	w.Header().Set("concur-correlationid", "corr-3")
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(sampleFile))
}

func TestFileWholeAndContinued(t *testing.T) {
	c := serve(t, rangeServer, Options{})
	f, err := c.File(t.Context(), "D", "J", FileRequest{})
	require.NoError(t, err)
	data, err := io.ReadAll(f.Body)
	require.NoError(t, err)
	require.NoError(t, f.Body.Close())
	require.Equal(t, sampleFile, string(data))
	f.Body = nil
	require.Equal(t, &File{Name: "extract_CES_SAE_v3_p1_20170227063221.txt", ContentType: "text/csv", ETag: `"v1"`,
		CorrelationID: "corr-3", Length: int64(len(sampleFile)), Framing: FramingLength}, f)

	for _, test := range []struct {
		request FileRequest
		offset  int64
		kind    Kind
	}{
		{FileRequest{Offset: 8, IfMatch: `"v1"`}, 8, ""},
		{FileRequest{Offset: 8, IfMatch: `"old"`}, 0, ""}, // If-Range: the whole new file
		{FileRequest{Offset: 8}, 0, ""},                   // nothing to compare: from the start
		{FileRequest{Offset: 8, IfMatch: `W/"v1"`}, 0, ""},
		{FileRequest{IfMatch: `"v1"`}, 0, ""},
		{FileRequest{IfMatch: `"old"`}, 0, KindChanged},
		{FileRequest{Offset: 1000, IfMatch: `"v1"`}, 0, KindRange},
		{FileRequest{Offset: -1}, 0, KindBadRequest},
		{FileRequest{IfMatch: "\"a\r\nb\""}, 0, KindBadRequest},
	} {
		t.Run(fmt.Sprintf("%+v", test.request), func(t *testing.T) {
			f, err := c.File(t.Context(), "D", "J", test.request)
			if test.kind != "" {
				requireKind(t, err, test.kind)
				return
			}
			require.NoError(t, err)
			defer f.Body.Close()
			data, err := io.ReadAll(f.Body)
			require.NoError(t, err)
			require.Equal(t, test.offset, f.Offset)
			require.Equal(t, sampleFile[test.offset:], string(data))
			require.EqualValues(t, len(data), f.Length)
		})
	}
}

func TestFileRefusesPartsThatDoNotFit(t *testing.T) {
	for name, test := range map[string]struct {
		contentRange, etag string
		kind               Kind
	}{
		"another offset": {"bytes 0-4/5", `"v1"`, KindBody},
		"not to the end": {"bytes 8-9/100", `"v1"`, KindBody},
		"no range":       {"", `"v1"`, KindBody},
		"wrong length":   {"bytes 8-17/18", `"v1"`, KindBody},
		"another file":   {"bytes 8-12/13", `"v2"`, KindChanged},
		"no proof":       {"bytes 8-12/13", "", KindChanged},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Range", test.contentRange)
				if test.etag != "" {
					w.Header().Set("ETag", test.etag)
				}
				w.WriteHeader(http.StatusPartialContent)
				_, _ = io.WriteString(w, "12345")
			}, Options{})
			_, err := c.File(t.Context(), "D", "J", FileRequest{Offset: 8, IfMatch: `"v1"`})
			requireKind(t, err, test.kind)
		})
	}
}

func TestFileRefusesWhatIsNoFile(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"HTML by type":    answer("text/html", "Sign in"),
		"HTML by content": answer("text/csv", "\ufeff\r\n <!doctype HTML><html>"),
		"HTML, empty":     answer("text/html; charset=utf-8", ""),
		"error message":   answer("application/xml", "<Error><Message>no</Message></Error>"),
		"XML by content":  answer("text/csv", "<?xml version=\"1.0\"?><Error/>"),
		"XML by type":     answer("text/xml; charset=utf-8", "\ufeff <jobs><job>"),
		"compressed": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "x")
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := serve(t, h, Options{}).File(t.Context(), "D", "J", FileRequest{})
			requireKind(t, err, KindBody)
			require.Equal(t, strings.HasPrefix(name, "HTML"), errors.Is(err, ErrPage))
		})
	}
	f, err := serve(t, answer("application/xml", "EXTRACT|2026-11-20|1|5.00|7\n"), Options{}).File(t.Context(), "D", "J", FileRequest{})
	require.NoError(t, err, "a wrong content type makes no document of it")
	f.Body.Close()
	for name, extract := range map[string]string{
		"extract": "EXTRACT|2026-11-20|1|5.00|7\nDETAIL|<html>\n", "quoted, with a byte order mark": "\ufeff\"EXTRACT\"|2026-11-20", "zip": "PK\x03\x04\x14\x00\x00\x00",
	} {
		f, err := serve(t, answer("text/html", extract), Options{}).File(t.Context(), "D", "J", FileRequest{})
		require.NoError(t, err, "%s: a wrong content type makes no page of it", name)
		data, err := io.ReadAll(f.Body)
		require.NoError(t, err)
		require.Equal(t, extract, string(data))
	}
	f, err = serve(t, answer("text/csv", ""), Options{}).File(t.Context(), "D", "J", FileRequest{})
	require.NoError(t, err, "an empty body is for the file format to judge")
	data, err := io.ReadAll(f.Body)
	require.NoError(t, err)
	require.Empty(t, data)
	require.NoError(t, f.Body.Close())
}

func TestFileFramingAndBrokenEnds(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n"
	for name, test := range map[string]struct {
		answer  string
		framing Framing
		broken  bool
	}{
		"length":         {head + "Content-Length: 5\r\n\r\n12345", FramingLength, false},
		"length, cut":    {head + "Content-Length: 9\r\n\r\n12345", FramingLength, true},
		"chunked":        {head + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n", FramingChunked, false},
		"chunked, cut":   {head + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", FramingChunked, true},
		"chunked, wrong": {head + "Transfer-Encoding: chunked\r\n\r\n5\r\n12345zz\r\n", FramingChunked, true},
		"close":          {head + "Connection: close\r\n\r\n12345", FramingClose, false},
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := brokenServer(t, func(c net.Conn) {
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, test.answer)
			})
			f, err := clientOf(t, base).File(t.Context(), "D", "J", FileRequest{})
			require.NoError(t, err)
			defer f.Body.Close()
			require.Equal(t, test.framing, f.Framing)
			data, err := io.ReadAll(f.Body)
			require.Equal(t, "12345", string(data))
			if !test.broken {
				require.NoError(t, err)
				return
			}
			e := requireKind(t, err, KindTransport)
			require.Contains(t, e.Message, "broke off after 5 bytes")
			if name != "chunked, wrong" {
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			}
		})
	}
}

func TestFileIsGivenUpWhenItStalls(t *testing.T) {
	stop := make(chan struct{})
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 1000))
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	}, Options{})
	c.limits.stall, c.limits.request = 100*time.Millisecond, 20*time.Second
	defer close(stop)
	f, err := c.File(t.Context(), "D", "J", FileRequest{})
	require.NoError(t, err)
	defer f.Body.Close()
	data, err := io.ReadAll(f.Body)
	require.Len(t, data, 1000)
	require.ErrorIs(t, err, errStalled)
	requireKind(t, err, KindTransport)
}

func TestFileOutlivesTheRequestTimeout(t *testing.T) {
	proceed := make(chan struct{})
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first ")
		w.(http.Flusher).Flush()
		<-proceed
		_, _ = io.WriteString(w, "last")
	}, Options{})
	c.limits.request = 50 * time.Millisecond
	f, err := c.File(t.Context(), "D", "J", FileRequest{})
	require.NoError(t, err)
	defer f.Body.Close()
	time.AfterFunc(150*time.Millisecond, func() { close(proceed) })
	data, err := io.ReadAll(f.Body)
	require.NoError(t, err)
	require.Equal(t, "first last", string(data))
}

func TestFileHeaderMustComeInTime(t *testing.T) {
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, Options{})
	c.limits.request = 50 * time.Millisecond
	_, err := c.File(t.Context(), "D", "J", FileRequest{})
	requireKind(t, err, KindTransport)
	require.True(t, errors.Is(err, errTimeout))
}

func TestFileNames(t *testing.T) {
	for disposition, want := range map[string]string{
		`attachment; filename="a.txt"`:             "a.txt",
		`attachment; filename=a b.zip`:             "a b.zip",
		`attachment; filename="../../etc/pass"`:    "pass",
		`attachment; filename="C:\x\a.txt"`:        "a.txt",
		`attachment; filename=".."`:                "",
		`attachment; filename*=UTF-8''b%C3%BC.txt`: "bü.txt",
		`inline`: "",
		``:       "",
	} {
		require.Equal(t, want, fileName(disposition), disposition)
	}
}
