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

// transports returns the transport of ordinary requests and the one for requests that must not be repeated by
// net/http, which repeats only what it sent on a connection that had been used before. Both speak HTTP/1.1: a file's end
// is then proved by Content-Length or chunking. A foreign RoundTripper serves as both, as it is.
func transports(client *http.Client) (shared, single http.RoundTripper) {
	base := defaultTransport()
	if client != nil && client.Transport != nil {
		t, ok := client.Transport.(*http.Transport)
		if !ok {
			return client.Transport, client.Transport
		}
		base = t.Clone()
	}
	base.DisableCompression = true
	if base.MaxResponseHeaderBytes == 0 {
		base.MaxResponseHeaderBytes = maxHeaderBytes
	}
	alone := base.Clone()
	alone.DisableKeepAlives = true
	alone.ForceAttemptHTTP2 = false
	alone.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	if alone.TLSClientConfig != nil {
		alone.TLSClientConfig.NextProtos = nil
	}
	alone.Protocols = new(http.Protocols)
	alone.Protocols.SetHTTP1(true)
	return base, alone
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

func closeIdle(t http.RoundTripper) {
	if c, ok := t.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// setBody gives a request a body with its length and without a way to send it twice.
func setBody(req *http.Request, body []byte) {
	if len(body) == 0 {
		return
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.ContentLength = int64(len(body))
	req.GetBody = nil
}
