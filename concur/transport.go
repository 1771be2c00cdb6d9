package concur

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	userAgent = "tieout"
	// maxHeaderBytes bounds the header of an answer.
	maxHeaderBytes = 256 << 10
)

// transports returns the transport of ordinary requests and the one of requests that must never be sent twice. The second
// opens a connection for each request, because net/http repeats only what it sent on a connection that it had used
// before. It speaks HTTP/1.1, as the default of the first does: there Content-Length or chunking proves the end of a file. A
// RoundTripper of another type serves as both.
func transports(given http.RoundTripper) (shared, single http.RoundTripper) {
	if given == nil {
		given = defaultTransport()
	}
	t, ok := given.(*http.Transport)
	if !ok {
		return given, given
	}
	t = t.Clone()
	t.DisableCompression = true
	if t.MaxResponseHeaderBytes == 0 {
		t.MaxResponseHeaderBytes = maxHeaderBytes
	}
	alone := t.Clone()
	alone.DisableKeepAlives = true
	alone.ForceAttemptHTTP2 = false
	alone.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	if alone.TLSClientConfig != nil {
		alone.TLSClientConfig.NextProtos = nil
	}
	alone.Protocols = new(http.Protocols)
	alone.Protocols.SetHTTP1(true)
	return t, alone
}

func defaultTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSHandshakeTimeout:   15 * time.Second,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       60 * time.Second,
		ExpectContinueTimeout: time.Second,
		ReadBufferSize:        64 << 10,
		Protocols:             new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true)
	return t
}

// setBody gives a request a body with its length, which Concur requires, and without a way to send it twice.
func setBody(req *http.Request, body []byte) {
	if len(body) == 0 {
		return
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.ContentLength = int64(len(body))
	req.GetBody = nil
}
