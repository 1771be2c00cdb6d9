package notice

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/pipeline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 11, 21, 7, 0, 0, 0, time.UTC)

func sample() contract.NotifyParams {
	n := contract.NotifyParams{
		ID: "run-1/findings", At: now.Add(-time.Minute), Kind: contract.NoticeFindings, Outcome: contract.OutcomeFindings,
		Message: "2 findings on 3 of 10 records.", JobID: "job-1", Report: "https://reports.example/r.html",
		Scope: contract.Scope{BusinessDate: "2026-11-20", WorkflowID: "extract/nightly-sae/2026-11-20", RunID: "run-1"},
		Findings: contract.FindingsSummary{Count: 2, Rows: 3, ByClass: map[string]int{"unknown": 2},
			Amounts: money.Sums{"USD": {Net: amount("12.5"), Gross: amount("20")}, "EUR": {Net: amount("-1"), Gross: amount("1")}}},
	}
	n.Scope.Settings.Name = "nightly-sae"
	return n
}

func amount(text string) money.Amount {
	a, err := money.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return a
}

// sender is one whose connections end with the test.
func sender(t *testing.T) *Sender {
	s := NewSender("tieout test")
	s.now = func() time.Time { return now }
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

// webhook answers with status and keeps what it was sent.
type webhook struct {
	*httptest.Server
	header http.Header
	body   []byte
	asked  int
}

func newWebhook(t *testing.T, status int, header http.Header) *webhook {
	w := &webhook{}
	w.Server = httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		w.asked++
		w.header = r.Header.Clone()
		w.body, _ = io.ReadAll(r.Body)
		for name, values := range header {
			answer.Header()[name] = values
		}
		answer.WriteHeader(status)
	}))
	t.Cleanup(w.Close)
	return w
}

func TestCloudEvent(t *testing.T) {
	hook := newWebhook(t, http.StatusAccepted, nil)
	target := pipeline.Notice{Webhook: hook.URL + "/secret-path?key=1", Secret: "s3cret", Format: pipeline.NoticeCloudEvents}
	require.NoError(t, sender(t).Send(t.Context(), target, sample()))
	require.Equal(t, "application/cloudevents+json; charset=utf-8", hook.header.Get("Content-Type"))
	require.Equal(t, "tieout test", hook.header.Get("User-Agent"))
	require.JSONEq(t, `{
		"specversion": "1.0", "id": "run-1/findings", "source": "/tieout/nightly-sae", "type": "tieout.findings",
		"subject": "extract/nightly-sae/2026-11-20", "time": "2026-11-21T06:59:00Z", "datacontenttype": "application/json",
		"data": {
			"schema": 1, "pipeline": "nightly-sae", "businessDate": "2026-11-20", "kind": "findings", "outcome": "findings",
			"message": "2 findings on 3 of 10 records.", "jobId": "job-1", "workflowId": "extract/nightly-sae/2026-11-20", "runId": "run-1",
			"findings": {"count": 2, "rows": 3, "waived": 0, "byClass": {"unknown": 2}, "amounts": {
				"EUR": {"net": "-1.0000", "gross": "1.0000"}, "USD": {"net": "12.5000", "gross": "20.0000"}}},
			"report": "https://reports.example/r.html"
		}}`, string(hook.body))
}

func TestEventWithoutResultHasNoFindings(t *testing.T) {
	n := sample()
	n.Kind, n.Outcome, n.Code, n.Findings, n.Report = contract.NoticeFailed, "", contract.CodeConcurAuth, contract.FindingsSummary{}, ""
	body, err := cloudEvent(n)
	require.NoError(t, err)
	var event map[string]any
	require.NoError(t, json.Unmarshal(body, &event))
	data := event["data"].(map[string]any)
	require.Equal(t, "ConcurAuth", data["code"])
	require.NotContains(t, data, "findings")
	require.NotContains(t, data, "report")
}

func TestSignature(t *testing.T) {
	// The example of the Standard Webhooks specification.
	header := http.Header{}
	sign(header, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", header.Get(HeaderSignature))
	require.Equal(t, "1614265330", header.Get(HeaderTimestamp))
	require.Equal(t, "msg_p5jXN8AQM9LWM0D4loKWxJek", header.Get(HeaderID))

	header = http.Header{}
	sign(header, "", "id", now, []byte("{}"))
	require.NotContains(t, header, HeaderSignature, "no secret, no signature")
	require.Equal(t, "id", header.Get(HeaderID))
}

func TestAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		status     int
		retryAfter string
		final      bool
		pause      time.Duration
		says       string
	}{
		"redirect":           {http.StatusFound, "", true, 0, "answered 302, a redirect, which is not followed"},
		"not modified":       {http.StatusNotModified, "", true, 0, "answered 304"},
		"bad request":        {http.StatusBadRequest, "", true, 0, "answered 400"},
		"gone":               {http.StatusGone, "9", true, 0, "answered 410"},
		"request timeout":    {http.StatusRequestTimeout, "", false, 0, "answered 408"},
		"too early":          {http.StatusTooEarly, "", false, 0, "answered 425"},
		"too many":           {http.StatusTooManyRequests, "30", false, 30 * time.Second, "answered 429"},
		"server error":       {http.StatusInternalServerError, "", false, 0, "answered 500"},
		"until a date":       {http.StatusServiceUnavailable, now.Add(time.Minute).Format(http.TimeFormat), false, time.Minute, "answered 503"},
		"until a past date":  {http.StatusServiceUnavailable, now.Add(-time.Minute).Format(http.TimeFormat), false, 0, "answered 503"},
		"an unreadable wish": {http.StatusServiceUnavailable, "soon", false, 0, "answered 503"},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Location": {"http://127.0.0.1:1/elsewhere"}}
			if test.retryAfter != "" {
				header.Set("Retry-After", test.retryAfter)
			}
			hook := newWebhook(t, test.status, header)
			err := sender(t).Send(t.Context(), pipeline.Notice{Webhook: hook.URL + "/T000/B000/key"}, sample())
			var failed *Error
			require.ErrorAs(t, err, &failed)
			require.Equal(t, test.final, failed.Final)
			require.Equal(t, test.pause, failed.RetryAfter)
			require.Equal(t, test.status, failed.Status)
			require.ErrorContains(t, err, "webhook at 127.0.0.1: it "+test.says)
			require.NotContains(t, err.Error(), "T000")
			require.Equal(t, 1, hook.asked)
		})
	}
}

func TestAddresses(t *testing.T) {
	for name, test := range map[string]struct{ webhook, says string }{
		"plain http":     {"http://hooks.example/key", "webhook at hooks.example: its address is not https://"},
		"another scheme": {"ftp://hooks.example/key", "not https"},
		"no host":        {"https:///key", "cannot be read"},
		"no address":     {"https://hooks.example/\x7fkey", "cannot be read"},
		"private net":    {"http://192.168.0.1/key", "not https"},
		"looks local":    {"http://localhost.example/key", "not https"},
	} {
		t.Run(name, func(t *testing.T) {
			err := sender(t).Send(t.Context(), pipeline.Notice{Webhook: test.webhook}, sample())
			var failed *Error
			require.ErrorAs(t, err, &failed)
			require.True(t, failed.Final)
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), "key")
		})
	}
}

func TestUnreachableSaysHostAlone(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = nil
	t.Cleanup(untrusted.Close)
	reset := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(reset.Close)
	for name, base := range map[string]string{"closed port": "http://" + address, "certificate": untrusted.URL, "reset": reset.URL} {
		t.Run(name, func(t *testing.T) {
			err := sender(t).Send(t.Context(), pipeline.Notice{Webhook: base + "/T000/key?token=t", Secret: "s3cret"}, sample())
			var failed *Error
			require.ErrorAs(t, err, &failed)
			require.False(t, failed.Final)
			require.ErrorContains(t, err, "webhook at 127.0.0.1: it could not be reached")
			for _, secret := range []string{"T000", "token", "s3cret"} {
				require.NotContains(t, err.Error(), secret)
			}
		})
	}
}

func TestSilentWebhookIsGivenUp(t *testing.T) {
	asked, over := make(chan struct{}), make(chan struct{})
	hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(asked); <-over }))
	t.Cleanup(hook.Close)
	t.Cleanup(func() { close(over) })
	s := sender(t)
	s.client.Timeout = 50 * time.Millisecond
	err := s.Send(t.Context(), pipeline.Notice{Webhook: hook.URL}, sample())
	<-asked
	var failed *Error
	require.ErrorAs(t, err, &failed)
	require.False(t, failed.Final)
	require.ErrorContains(t, err, "did not answer")
}

func TestStoppedSendingIsNoFault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server see a caller who left
		cancel()
		<-r.Context().Done()
	}))
	t.Cleanup(hook.Close)
	require.ErrorIs(t, sender(t).Send(ctx, pipeline.Notice{Webhook: hook.URL}, sample()), context.Canceled)
}

func TestEndlessAnswerIsBounded(t *testing.T) {
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write([]byte(strings.Repeat("x", 1<<16))); err != nil {
				return
			}
		}
	}))
	t.Cleanup(hook.Close)
	require.NoError(t, sender(t).Send(t.Context(), pipeline.Notice{Webhook: hook.URL}, sample()))
}

func TestHTTPSIsSpoken(t *testing.T) {
	hook := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	t.Cleanup(hook.Close)
	s := sender(t)
	s.client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: hook.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	require.NoError(t, s.Send(t.Context(), pipeline.Notice{Webhook: hook.URL}, sample()))
}
