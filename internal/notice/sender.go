// Package notice tells people about runs. It posts a notice to a webhook, as a CloudEvent or as a message for Slack. Its
// errors name a webhook by its host alone, because the rest of the address may be a secret.
package notice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

const (
	// timeout bounds one request with its answer; the activity that sends allows a minute.
	timeout = 20 * time.Second
	// maxAnswer is how many bytes of an answer are read. Reading them lets the connection be used again.
	maxAnswer = 64 << 10
)

// Sender posts notices. It is safe for use by several activities at once.
type Sender struct {
	client *http.Client
	now    func() time.Time
	agent  string
}

// NewSender returns a Sender that names itself by the software, such as "tieout 1.0", and uses the proxy that HTTPS_PROXY
// names.
func NewSender(software string) *Sender {
	return &Sender{
		client: &http.Client{
			Timeout: timeout,
			// A redirect would carry a signed notice to a host that the configuration does not name.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				Proxy:                 http.ProxyFromEnvironment,
				DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
				ForceAttemptHTTP2:     true,
				TLSHandshakeTimeout:   10 * time.Second,
				ResponseHeaderTimeout: timeout,
				// A hostile server must not take up memory.
				MaxResponseHeaderBytes: 64 << 10,
				MaxIdleConns:           10,
				IdleConnTimeout:        30 * time.Second,
			},
		},
		now:   time.Now,
		agent: software,
	}
}

// Send posts the notice once. Its error is the context's, or an *Error that says whether another attempt may help.
func (s *Sender) Send(ctx context.Context, target pipeline.Notice, n contract.NotifyParams) error {
	to, err := address(target.Webhook)
	if err != nil {
		return err
	}
	contentType, body, err := encode(target.Format, n)
	if err != nil {
		return &Error{Host: to.Hostname(), Final: true, Reason: "the notice cannot be written: " + err.Error()}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return &Error{Host: to.Hostname(), Final: true, Reason: "its address is none that can be asked"}
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("User-Agent", s.agent)
	sign(request.Header, target.Secret, n.ID, s.now(), body)
	answer, err := s.client.Do(request)
	if err != nil {
		return s.unanswered(ctx, to, err)
	}
	defer answer.Body.Close()
	// The status counts even where the rest of the answer cannot be read.
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	return answered(to.Hostname(), answer, s.now())
}

// encode returns the notice in the format of the target.
func encode(format pipeline.NoticeFormat, n contract.NotifyParams) (contentType string, body []byte, err error) {
	if format == pipeline.NoticeSlack {
		body, err = slackMessage(n)
		return "application/json", body, err
	}
	body, err = cloudEvent(n)
	return "application/cloudevents+json; charset=utf-8", body, err
}

// address returns the address of a webhook. It allows https, and http on loopback.
func address(webhook string) (*url.URL, error) {
	to, err := url.Parse(webhook)
	switch {
	case err != nil || to.Hostname() == "":
		return nil, &Error{Host: "a webhook", Final: true, Reason: "its address in the configuration cannot be read"}
	case to.Scheme == "https", to.Scheme == "http" && loopback(to.Hostname()):
		return to, nil
	}
	return nil, &Error{Host: to.Hostname(), Final: true, Reason: "its address is not https://"}
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// unanswered returns the error of a request without an answer, without the address that http.Client puts into it.
func (s *Sender) unanswered(ctx context.Context, to *url.URL, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	wrapped, ok := errors.AsType[*url.Error](err)
	if !ok {
		return &Error{Host: to.Hostname(), Reason: "it could not be asked"}
	}
	if wrapped.Timeout() {
		return &Error{Host: to.Hostname(), Reason: fmt.Sprintf("it did not answer within %s", timeout)}
	}
	return &Error{Host: to.Hostname(), Reason: "it could not be reached: " + wrapped.Err.Error()}
}
