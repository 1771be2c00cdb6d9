package concur

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shapes are links that lead elsewhere or nowhere. %[1]s is a host that must never see a request, %[2]s the host of
// the client, %[3]s the path that the link should have.
var shapes = []string{
	"http://%[1]s%[3]s", "https://%[1]s%[3]s", "//%[1]s%[3]s", "http://%[2]s@%[1]s%[3]s", "http://user:pass@%[1]s%[3]s",
	"http://%[1]s#@%[2]s%[3]s", "http://%[1]s?@%[2]s%[3]s", `http://%[1]s\@%[2]s%[3]s`, "http://%[2]s.%[1]s%[3]s",
	"http://%[2]s:1%[3]s", "ftp://%[1]s%[3]s", "file:///etc/passwd", "javascript:alert(1)", "gopher://%[1]s/x",
	"http://xn--80ak6aa92e.example%[3]s", "http://cоncursolutions.com%[3]s", "http://[::1]%[3]s", "http://%%31%%32%%37.0.0.1%[3]s",
	"http://%[1]s%[3]s/../../../../x", "%[3]s/../..", "http://%[1]s/..%%2f..%%2f%[3]s", "http://%[2]s%[3]s%%2f..%%2fx",
	"http://%[2]s%[3]s%%00", "http://%[2]s%[3]s%%0d%%0aX-Evil:1", "\t http://%[1]s%[3]s \u00a0", "http://%[1]s%[3]s>>>",
	"ht tp://%[1]s%[3]s", "http:\\\\%[1]s%[3]s", "http:/%[1]s%[3]s", "http:///%[1]s%[3]s", "http://%[1]s:99999%[3]s",
	"@%[1]s", ".", "..", "%%2e%%2e", "/", "//", "///%[1]s", "?", "#", "%[1]s", "%[3]s?redirect=http://%[1]s/", "%[3]s#http://%[1]s/",
	"http://%[1]s%[3]s;x=1", "HTTP://%[1]s%[3]s", "http://%[1]s" + "/%[3]s", "http://%[1]s%[3]s//", "long",
}

// fields are the places where a link comes in, each with the answer around it and the call that follows it.
var fields = []struct {
	name, path, answer string
	call               func(*testing.T, *Client)
}{
	{"definition id", "/api/expense/extract/v1.0/D", "<definitions><definition><id>%s</id></definition></definitions>", followDefinitions},
	{"job-link", "/api/expense/extract/v1.0/D/job", "<definitions><definition><id>D</id><job-link>%s</job-link></definition></definitions>", followDefinitions},
	{"job id", "/api/expense/extract/v1.0/D/job/J", "<jobs><job><id>%s</id></job></jobs>", followJobs},
	{"status-link", "/api/expense/extract/v1.0/D/job/J/status", "<jobs><job><id>J</id><status-link>%s</status-link></job></jobs>", followJobs},
	{"file-link", "/api/expense/extract/v1.0/D/job/J/file", "<jobs><job><id>J</id><file-link>%s</file-link></job></jobs>", followJobs},
	{"list id", "/api/expense/list/v1.0/L", "<lists><list><id>%s</id><levels>2</levels></list></lists>", followLists},
	{"batch-link", "/api/expense/list/v1.0/L/batch", "<lists><list><id>L</id><batch-link>%s</batch-link><levels>2</levels></list></lists>", followLists},
	{"list items-link", "/api/expense/list/v1.0/L/items/", "<lists><list><id>L</id><items-link>%s</items-link><levels>2</levels></list></lists>", followLists},
	{"item items-link", "/api/expense/list/v1.0/L/items/US/", "<list-items><list-item><level1code>US</level1code><items-link>%s</items-link></list-item></list-items>", followItems},
	{"location", "/api/expense/extract/v1.0/D/job/J", "", followStart},
}

func followDefinitions(t *testing.T, c *Client) {
	all, err := c.Definitions(t.Context())
	require.True(t, err != nil || len(all) == 1)
	for _, d := range all {
		_, _ = c.Jobs(t.Context(), d.ID)
	}
}

func followJobs(t *testing.T, c *Client) {
	all, err := c.Jobs(t.Context(), "D")
	require.True(t, err != nil || len(all) == 1)
	for _, j := range all {
		_, _ = c.JobStatus(t.Context(), "D", j.ID)
		if f, err := c.File(t.Context(), "D", j.ID, FileRequest{}); err == nil {
			f.Body.Close()
		}
	}
}

func followLists(t *testing.T, c *Client) {
	all, err := c.Lists(t.Context())
	require.True(t, err != nil || len(all) == 1)
	for _, l := range all {
		_, _ = c.Items(t.Context(), l, Parent{})
	}
}

func followItems(t *testing.T, c *Client) {
	all, err := c.Items(t.Context(), List{ID: "L", Levels: 3}, Parent{})
	require.True(t, err != nil || len(all) == 1)
	for _, i := range all {
		_, _ = c.Items(t.Context(), List{ID: "L", Levels: 3}, i.Parent())
	}
}

func followStart(t *testing.T, c *Client) {
	if j, err := c.StartJob(t.Context(), "D"); err == nil {
		_, _ = c.JobStatus(t.Context(), "D", j.ID)
	}
}

func TestHostileLinksLeadNowhere(t *testing.T) {
	var strangers atomic.Int32
	stranger, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() {
		for {
			conn, err := stranger.Accept()
			if err != nil {
				return
			}
			strangers.Add(1)
			conn.Close()
		}
	}()
	defer stranger.Close()

	var mu sync.Mutex
	var link, format string
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Method+" "+r.URL.EscapedPath())
		w.Header().Set("Location", link)
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		_, _ = fmt.Fprintf(w, strings.ReplaceAll(format, "%s", "<![CDATA[%s]]>"), link)
	}))
	defer server.Close()
	transport := defaultTransport()
	transport.Proxy = nil
	c := clientOver(t, server.URL, transport)
	host := strings.TrimPrefix(server.URL, "http://")

	tried := 0
	for _, field := range fields {
		for _, shape := range shapes {
			mu.Lock()
			link, format, asked = shape, field.answer, nil
			if shape == "long" {
				link = "http://" + stranger.Addr().String() + field.path + strings.Repeat("x", 20_000)
			} else {
				link = fmt.Sprintf(shape+"%[4]s", stranger.Addr().String(), host, field.path, "")
			}
			mu.Unlock()
			field.call(t, c)
			tried++
			for _, a := range asked {
				path := strings.SplitN(a, " ", 2)[1]
				require.True(t, strings.HasPrefix(path, extractPath) || strings.HasPrefix(path, listPathV1), "%s %q: %s", field.name, link, a)
				decoded, err := url.PathUnescape(path)
				require.NoError(t, err)
				require.NotContains(t, decoded, "..", "%s %q: %s", field.name, link, a)
				require.NotContains(t, decoded, "\n")
				require.Less(t, len(a), 1000)
			}
		}
	}
	require.GreaterOrEqual(t, tried, 240)
	require.Zero(t, strangers.Load(), "only the configured host is ever asked")
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var strangers atomic.Int32
	stranger := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strangers.Add(1) }))
	defer stranger.Close()
	for _, status := range []int{300, 301, 302, 303, 304, 305, 307, 308} {
		for _, target := range []string{stranger.URL, "/", "//" + stranger.Listener.Addr().String(), ""} {
			var requests atomic.Int32
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				w.Header().Set("Location", target)
				w.WriteHeader(status)
			}, Options{})
			_, err := c.Definitions(t.Context())
			requireKind(t, err, KindRedirect)
			_, err = c.StartJob(t.Context(), "D")
			requireKind(t, err, KindRedirect)
			_, err = c.File(t.Context(), "D", "J", FileRequest{})
			requireKind(t, err, KindRedirect)
			require.EqualValues(t, 3, requests.Load())
		}
	}
	require.Zero(t, strangers.Load())
}

// endless repeats a text for as long as somebody reads.
func endless(w io.Writer, text string) {
	for {
		if _, err := io.WriteString(w, text); err != nil {
			return
		}
	}
}

func TestEndlessAnswersAreBounded(t *testing.T) {
	for name, text := range map[string]string{
		"elements": "<x></x>", "text": strings.Repeat("a", 1000), "depth": "<x>", "comments": "<!-- x -->",
		"attributes": `<x a="` + strings.Repeat("b", 100) + `"/>`, "records": "<job><id>J</id></job>",
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "<jobs>")
				endless(w, text)
			}, Options{})
			c.limits.bytes, c.limits.request = 1<<20, 20*time.Second
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := c.Jobs(t.Context(), "D")
			runtime.ReadMemStats(&after)
			requireKind(t, err, KindBody)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(160<<20), "all that was ever allocated, server included")
		})
	}
	t.Run("refusal", func(t *testing.T) {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			endless(w, "no no no ")
		}, Options{})
		_, err := c.Jobs(t.Context(), "D")
		require.Less(t, len(requireKind(t, err, KindUnavailable).Message), 1000)
	})
}

func TestSlowAnswersAreBounded(t *testing.T) {
	for name, head := range map[string]string{
		"header": "HTTP/1.1 200 OK\r\nX: ", "body": "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<jobs>", "refusal": "HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\nx",
		"interim answers": "HTTP/1.1 103 Early Hints\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			base, _ := brokenServer(t, func(c net.Conn) {
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, head)
				_, _ = io.Copy(io.Discard, c)
			})
			client := clientOf(t, base)
			client.limits.request = 150 * time.Millisecond
			_, err := client.Jobs(t.Context(), "D")
			var e *Error
			require.ErrorAs(t, err, &e)
			require.True(t, e.Temporary())
		})
	}
	base, _ := brokenServer(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
		endless(c, "X-Filler: "+strings.Repeat("y", 1000)+"\r\n")
	})
	_, err := clientOf(t, base).Jobs(t.Context(), "D")
	requireKind(t, err, KindTransport)
}
