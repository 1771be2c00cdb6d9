package concur

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	sampleDefinition = "nYoPK$pZmcowMRUqcl5bnDAwwsMydyt$xd"
	sampleJob        = "uIo87jk3SHudi$sdlYle8$peot$pD21jyd"
	testToken        = "canary-token-1234567890"
)

// serve starts a server and a client of it.
func serve(t *testing.T, h http.HandlerFunc, opts Options) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	if opts.RequestsPerSecond == 0 {
		opts.RequestsPerSecond = 1e6
	}
	c, err := NewClient(endpointAt(t, server.URL), LegacyToken(testToken), opts)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func endpointAt(t *testing.T, base string, allowed ...string) *Endpoint {
	t.Helper()
	e, err := NewEndpoint(base, EndpointOptions{AllowedHosts: allowed})
	require.NoError(t, err)
	return e
}

// answer serves one body to every request.
func answer(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("concur-correlationid", "corr-1")
		_, _ = io.WriteString(w, body)
	}
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return string(data)
}

func requireKind(t *testing.T, err error, kind Kind) *Error {
	t.Helper()
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, kind, e.Kind, "%v", err)
	require.NotContains(t, err.Error(), testToken)
	return e
}

func utc(s string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return at
}

func TestJobsReadsThePublishedSample(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/api/expense/extract/v1.0/"+sampleDefinition+"/job", r.URL.EscapedPath())
		require.Equal(t, "OAuth "+testToken, r.Header.Get("Authorization"))
		require.Equal(t, "identity", r.Header.Get("Accept-Encoding"))
		answer("application/xml", fixture(t, "jobs.xml"))(w, r)
	}, Options{})
	jobs, err := c.Jobs(t.Context(), sampleDefinition)
	require.NoError(t, err)
	require.Equal(t, []Job{
		{ID: sampleJob, Definition: sampleDefinition, State: Queued, Status: "Queued", StartTime: utc("2010-01-13T18:30:02Z"), CorrelationID: "corr-1"},
		{ID: "21UwwqA3jk25Lis77jF$piiD21c89lLwEq", Definition: sampleDefinition, State: Completed, Status: "Complete",
			StartTime: utc("2010-01-13T18:30:02Z"), StopTime: utc("2010-01-13T18:30:50Z"), CorrelationID: "corr-1"},
		{ID: "uI77ndy0Q1szuU73XSh56lshi$p215gHs1", Definition: sampleDefinition, State: Completed, Status: "Complete",
			StartTime: utc("2010-01-12T18:30:01Z"), StopTime: utc("2010-01-12T18:31:01Z"), CorrelationID: "corr-1"},
	}, jobs)
}

func TestJobReadsThePublishedSamples(t *testing.T) {
	c := serve(t, answer("application/xml", fixture(t, "job.xml")), Options{})
	j, err := c.Job(t.Context(), sampleDefinition, sampleJob)
	require.NoError(t, err, "a > is glued to the id, a blank stands before the file-link, times have no zone")
	require.Equal(t, Job{ID: sampleJob, Definition: sampleDefinition, State: Completed, Status: "Complete",
		StartTime: utc("2010-01-12T18:30:01Z"), StopTime: utc("2010-01-12T18:31:01Z"), CorrelationID: "corr-1"}, j)

	const definition, job = "nX8O9$pytn6vJEWvLOZxyy3GcNGyj0ZklG", "nIJp1lR2R0LNT4XcO5fXG$s$sZmVuRTuG$ps"
	c = serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/api/expense/extract/v1.0/"+definition+"/job/"+job+"/status", r.URL.EscapedPath())
		answer("application/xml", fixture(t, "job-status.xml"))(w, r)
	}, Options{})
	j, err = c.JobStatus(t.Context(), definition, job)
	require.NoError(t, err)
	require.Equal(t, Job{ID: job, Definition: definition, State: Completed, Status: "Completed",
		StartTime: utc("2011-08-25T14:25:22.58Z"), StopTime: utc("2011-08-25T14:25:23.537Z"), CorrelationID: "corr-1"}, j)
}

func TestJobMustBeTheOneAskedFor(t *testing.T) {
	c := serve(t, answer("application/xml", fixture(t, "job.xml")), Options{})
	_, err := c.Job(t.Context(), sampleDefinition, "another")
	requireKind(t, err, KindBody)

	c = serve(t, answer("application/xml", `<job><status>Running</status></job>`), Options{})
	j, err := c.JobStatus(t.Context(), sampleDefinition, sampleJob)
	require.NoError(t, err)
	require.Equal(t, sampleJob, j.ID)

	both := `<job><id>https://h/api/expense/extract/v1.0/D</id><id>https://h/api/expense/extract/v1.0/D/job/J</id><status> FAILED </status></job>`
	c = serve(t, answer("application/xml", both), Options{})
	j, err = c.JobStatus(t.Context(), "D", "J")
	require.NoError(t, err, "the documentation of the status lists the definition's id as well")
	require.Equal(t, Failed, j.State)
}

func TestDefinitions(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/api/expense/extract/v1.0/", r.URL.Path)
		answer("text/xml; charset=utf-8", fixture(t, "definitions.xml"))(w, r)
	}, Options{})
	all, err := c.Definitions(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Definition{
		{ID: "nYoPK$pZmcowMRUqcl5bnDAwwsMydyt$xd", Name: "Standard Accounting Extract"},
		{ID: "n!r8$HDxqZyGQ", Name: "Payment Request & Invoice"},
	}, all)

	c = serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/api/expense/extract/v1.0/n!r8$HDxqZyGQ/job", r.URL.EscapedPath(), "ids go out as they came in")
		answer("application/xml", `<jobs/>`)(w, r)
	}, Options{})
	_, err = c.Jobs(t.Context(), "n!r8$HDxqZyGQ")
	require.NoError(t, err)
	for _, bad := range []string{"", ".", "..", "a/b", "a?b", "a b", "a%2fb", "a\nb", strings.Repeat("x", 257)} {
		_, err := c.Jobs(t.Context(), bad)
		requireKind(t, err, KindBadRequest)
	}
}

func TestStates(t *testing.T) {
	for status, want := range map[string]State{
		"Queued": Queued, " running ": Running, "Complete": Completed, "COMPLETED\u00a0": Completed, "2": Completed,
		"Failed": Failed, "3": Failed, "": Unknown, "Sleeping": Unknown, "1": Unknown,
	} {
		t.Run(status, func(t *testing.T) {
			c := serve(t, answer("application/xml", "<job><id>J</id><status>"+status+"</status></job>"), Options{})
			j, err := c.JobStatus(t.Context(), "D", "J")
			require.NoError(t, err)
			require.Equal(t, want, j.State)
		})
	}
}

func TestTimes(t *testing.T) {
	for s, want := range map[string]time.Time{
		"2010-01-13T18:30:02Z":             utc("2010-01-13T18:30:02Z"),
		"2010-01-13T18:30:02":              utc("2010-01-13T18:30:02Z"),
		" 2011-08-25T14:25:22.58\u00a0":    utc("2011-08-25T14:25:22.58Z"),
		"2011-08-25T14:25:23.537+02:00":    utc("2011-08-25T12:25:23.537Z"),
		"":                                 {},
		"yesterday":                        {},
		"0001-01-01T00:00:00":              {},
		"2011-08-25T14:25:23.1234567-0:00": {},
	} {
		require.True(t, want.Equal(timeOf(s)), "%q is read as %v", s, timeOf(s))
	}
}

func TestUnreadableAnswers(t *testing.T) {
	deep := strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100)
	bomb := `<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><jobs><job><id>&b;</id></job></jobs>`
	for name, body := range map[string]string{
		"html":           "<!DOCTYPE html><html><title>Sign in</title></html>",
		"empty":          "",
		"blank":          "  \n",
		"cut":            "<jobs><job><id>J</id>",
		"mismatched":     "<jobs></job>",
		"json":           `{"jobs":[]}`,
		"error with 200": "<Error><Message>no</Message></Error>",
		"other root":     "<lists/>",
		"second root":    "<jobs/><jobs/>",
		"entity bomb":    bomb,
		"own entity":     "<jobs><job><id>&b;</id></job></jobs>",
		"deep":           "<jobs>" + deep + "</jobs>",
		"elements":       "<jobs>" + strings.Repeat("<x/>", 1100) + "</jobs>",
		"bytes":          "<jobs>" + strings.Repeat(" ", 300<<10) + "</jobs>",
		"no id":          "<jobs><job><status>Queued</status></job></jobs>",
		"empty id":       "<jobs><job><id> \u00a0</id></job></jobs>",
		"charset":        `<?xml version="1.0" encoding="ebcdic"?><jobs/>`,
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, answer("application/xml", body), Options{})
			c.limits.bytes, c.limits.elements = 256<<10, 1000
			_, err := c.Jobs(t.Context(), "D")
			e := requireKind(t, err, KindBody)
			require.Equal(t, "corr-1", e.CorrelationID)
			require.True(t, e.Temporary())
		})
	}
}

func TestReadableAnswersInOtherClothes(t *testing.T) {
	for name, body := range map[string]string{
		"BOM":         "\ufeff<jobs><job><id>J</id></job></jobs>",
		"prefix":      `<x:jobs xmlns:x="u"><x:job><x:id>J</x:id></x:job></x:jobs>`,
		"upper case":  `<Jobs><Job><ID>J</ID></Job></Jobs>`,
		"utf-16 said": `<?xml version="1.0" encoding="utf-16"?><jobs><job><id>J</id></job></jobs>`,
		"latin 1":     `<?xml version="1.0" encoding="ISO-8859-1"?><jobs><job><id>J</id></job></jobs>`,
		"CDATA":       `<jobs><job><id><![CDATA[ https://h/api/expense/extract/v1.0/D/job/J ]]></id></job></jobs>`,
		"nbsp entity": `<jobs><job><id>J&nbsp;</id><more><id>no</id></more></job><other><id>x/y</id></other></jobs>`,
		"port 443":    `<jobs><job><id>https://www.concursolutions.com:443/api/expense/extract/v1.0/D/job/J</id></job></jobs>`,
		"legacy path": `<jobs><job><id>http://www.concursolutions.com/api/extract/v1.0/D/job/J/</id></job></jobs>`,
	} {
		t.Run(name, func(t *testing.T) {
			jobs, err := serve(t, answer("application/xml", body), Options{}).Jobs(t.Context(), "D")
			require.NoError(t, err)
			require.Len(t, jobs, 1)
			require.Equal(t, "J", jobs[0].ID)
		})
	}
	jobs, err := serve(t, answer("application/xml", "<jobs/>"), Options{}).Jobs(t.Context(), "D")
	require.NoError(t, err)
	require.Empty(t, jobs)
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		status    int
		kind      Kind
		temporary bool
	}{
		{400, KindBadRequest, false}, {401, KindAuth, false}, {403, KindAuth, false}, {404, KindNotFound, false},
		{408, KindTransport, true}, {409, KindConflict, false}, {410, KindNotFound, false}, {429, KindThrottled, true},
		{301, KindRedirect, false}, {302, KindRedirect, false}, {303, KindRedirect, false}, {307, KindRedirect, false},
		{308, KindRedirect, false}, {500, KindUnavailable, true}, {503, KindUnavailable, true},
	} {
		t.Run(fmt.Sprint(test.status), func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", "http://[bad")
				w.Header().Set("concur-correlationid", "corr-2")
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(test.status)
				fmt.Fprintf(w, "<Error><Message>said\x07 OAuth %s</Message><Id>1</Id></Error>", testToken)
			}, Options{})
			_, err := c.Definitions(t.Context())
			e := requireKind(t, err, test.kind)
			require.Equal(t, test.status, e.Status)
			require.Equal(t, test.temporary, e.Temporary())
			require.Equal(t, "corr-2", e.CorrelationID)
			require.Equal(t, 7*time.Second, e.RetryAfter)
			if test.kind != KindRedirect {
				require.Contains(t, err.Error(), "Concur says: said OAuth [removed]")
			}
		})
	}
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"message":"Transaction was Deadlocked: deadlock victim"}`, http.StatusBadRequest)
	}, Options{})
	_, err := c.Definitions(t.Context())
	require.True(t, requireKind(t, err, KindBadRequest).Temporary())
}

func TestCallsEndWithTheirContext(t *testing.T) {
	held := make(chan struct{})
	c := serve(t, func(_ http.ResponseWriter, r *http.Request) { close(held); <-r.Context().Done() }, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-held; cancel() }()
	_, err := c.Definitions(ctx)
	requireKind(t, err, KindTransport)
	require.ErrorIs(t, err, context.Canceled)
}
