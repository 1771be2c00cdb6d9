package concurtest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest/extractgen"
)

// instant is a timing that keeps tests short.
var instant = Timing{Queued: -1, Running: -1}

// client is a plain HTTP client that follows nothing and repeats nothing.
type client struct {
	t     testing.TB
	s     *Server
	token string
	http  *http.Client
}

func connect(t testing.TB, s *Server) *client {
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, s: s, token: "OAuth " + s.Auth().LegacyToken, http: &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (c *client) request(method, path string, body io.Reader, headers ...string) (*http.Response, error) {
	r, err := http.NewRequest(method, c.s.URL+path, body)
	require.NoError(c.t, err)
	if c.token != "" {
		r.Header.Set("Authorization", c.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return c.http.Do(r)
}

// do is a request that is answered.
func (c *client) do(method, path string, body io.Reader, headers ...string) (*http.Response, string) {
	c.t.Helper()
	resp, err := c.request(method, path, body, headers...)
	require.NoError(c.t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	require.NoError(c.t, resp.Body.Close())
	return resp, string(text)
}

func (c *client) get(path string) (int, string) {
	resp, text := c.do("GET", path, nil)
	return resp.StatusCode, text
}

func newTestServer(t testing.TB, world World, opts ...Option) (*Server, *client) {
	s := NewServer(world, opts...)
	t.Cleanup(s.Close)
	return s, connect(t, s)
}

func oneDefinition(d Definition) World {
	if d.Name == "" {
		d.Name = "Extract"
	}
	if d.Timing.Queued == 0 {
		d.Timing.Queued, d.Timing.Running = instant.Queued, instant.Running
	}
	return World{Seed: 3, Definitions: []Definition{d}}
}

func defPath(s *Server) string { return definitionPath(s.World().Definitions[0].ID) }

// startOne starts a job and returns its path.
func (c *client) startOne() string {
	c.t.Helper()
	resp, text := c.do("POST", defPath(c.s)+"/job", nil)
	require.Equal(c.t, http.StatusCreated, resp.StatusCode, text)
	jobs := c.s.Jobs(c.s.World().Definitions[0].ID)
	return jobPath(jobs[len(jobs)-1])
}

func bytesOf(t testing.TB, e *extractgen.Extract) []byte {
	t.Helper()
	var all bytes.Buffer
	_, err := e.WriteTo(&all)
	require.NoError(t, err)
	return all.Bytes()
}

type jobXML struct {
	ID     string `xml:"id"`
	Status string `xml:"status"`
	Link   string `xml:"status-link"`
	Start  string `xml:"start-time"`
	Stop   string `xml:"stop-time"`
	File   string `xml:"file-link"`
}

func TestAJobFromStartToFile(t *testing.T) {
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	world := SampleWorld(50)
	s, c := newTestServer(t, world, WithClock(clock))

	status, text := c.get(extractPath + "/")
	require.Equal(t, 200, status)
	require.Contains(t, text, "<name>Standard Accounting Extract</name>")
	require.Contains(t, defPath(s), "$")
	require.Contains(t, defPath(s), "!")

	body := `<definition xmlns="` + extractNamespace + `"><id>https://www.concursolutions.com` + defPath(s) + `</id></definition>`
	resp, text := c.do("POST", defPath(s)+"/job", strings.NewReader(body), "Content-Type", "application/xml")
	require.Equal(t, http.StatusCreated, resp.StatusCode, text)
	require.Contains(t, resp.Header.Get("Location"), "/job/")
	require.NotEmpty(t, resp.Header.Get("Concur-Correlationid"))
	require.Contains(t, text, "<status>Queued</status>")

	status, text = c.get(defPath(s) + "/job")
	require.Equal(t, 200, status)
	require.NotContains(t, text, "stop-time")
	resp, text = c.do("POST", defPath(s)+"/job", nil)
	require.Equal(t, http.StatusConflict, resp.StatusCode)
	require.Contains(t, text, "already queued or running")

	job := jobPath(s.Jobs(SampleDefinition)[0])
	now = now.Add(time.Second)
	_, text = c.get(job)
	require.Contains(t, text, "<status>Running</status>")
	status, _ = c.get(job + "/file")
	require.Equal(t, 404, status)

	now = now.Add(time.Second)
	_, text = c.get(job + "/status")
	require.Regexp(t, "<status>Completed?</status>", text)
	require.Contains(t, text, "file-link")
	resp, text = c.do("GET", job+"/file", nil)
	require.Equal(t, 200, resp.StatusCode)
	require.Equal(t, "text/csv", resp.Header.Get("Content-Type"))
	require.Regexp(t, `extract_CES_SAE_v3_p\d+_20261120040000\.txt`, resp.Header.Get("Content-Disposition"))
	require.True(t, strings.HasPrefix(text, "EXTRACT|2026-11-20|50|"), text[:60])
	extract, err := s.Extract(s.Jobs(SampleDefinition)[0].ID, 0)
	require.NoError(t, err)
	require.Equal(t, bytesOf(t, extract), []byte(text))

	// The next extract takes other reports and has the next batch id.
	c.do("POST", defPath(s)+"/job", nil)
	now = now.Add(time.Minute)
	_, next := c.get(jobPath(s.Jobs(SampleDefinition)[1]) + "/file")
	require.NotEqual(t, text, next)
	require.Contains(t, strings.SplitN(text, "\r\n", 2)[0], "|1204")
	require.Contains(t, strings.SplitN(next, "\r\n", 2)[0], "|1205")
}

func TestStartRefusals(t *testing.T) {
	s, c := newTestServer(t, oneDefinition(Definition{}))
	path := defPath(s) + "/job"
	for name, body := range map[string]io.Reader{
		"chunked":          io.MultiReader(strings.NewReader("<definition/>")),
		"not XML":          strings.NewReader("hello"),
		"other definition": strings.NewReader(`<definition xmlns="` + extractNamespace + `"><id>https://x/other</id></definition>`),
		"no namespace":     strings.NewReader(`<definition><id>` + defPath(s) + `</id></definition>`),
	} {
		resp, text := c.do("POST", path, body)
		require.Equal(t, 400, resp.StatusCode, name)
		require.Contains(t, text, "<Error")
	}
	resp, _ := c.do("POST", extractPath+"/nobody/job", nil)
	require.Equal(t, 404, resp.StatusCode)
	require.Empty(t, s.Jobs("Extract"))
}

func TestFailedJob(t *testing.T) {
	_, c := newTestServer(t, oneDefinition(Definition{Timing: Timing{Queued: -1, Running: -1, Failed: []int{1}}}))
	job := c.startOne()
	_, text := c.get(job)
	require.Contains(t, text, "<status>Failed</status>")
	require.NotContains(t, text, "file-link")
	status, _ := c.get(job + "/file")
	require.Equal(t, 404, status)
}

func TestListShowsTheLast100NewestFirst(t *testing.T) {
	s, c := newTestServer(t, oneDefinition(Definition{History: 103}))
	s.StartJob("Extract")
	_, text := c.get(defPath(s) + "/job")
	var list struct {
		Jobs []jobXML `xml:"job"`
	}
	require.NoError(t, xml.Unmarshal([]byte(text), &list))
	require.Len(t, list.Jobs, 100)
	jobs := s.Jobs("Extract")
	require.Len(t, jobs, 104)
	require.Equal(t, []Origin{OriginHistory, OriginForeign}, []Origin{jobs[0].Origin, jobs[103].Origin})
	require.Contains(t, list.Jobs[0].ID, escapeID(jobs[103].ID))
	require.Contains(t, list.Jobs[99].ID, escapeID(jobs[4].ID))
}

func TestLateListing(t *testing.T) {
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	s, c := newTestServer(t, oneDefinition(Definition{Timing: Timing{Queued: -1, Running: -1, ListLag: time.Minute}}), WithClock(func() time.Time { return now }))
	s.Inject(Fault{Operation: OpStart, Nth: 1, LateList: time.Hour})
	c.startOne()
	c.startOne()
	count := func() int {
		_, text := c.get(defPath(s) + "/job")
		return strings.Count(text, "<status>")
	}
	require.Equal(t, 0, count())
	now = now.Add(time.Minute)
	require.Equal(t, 1, count())
	now = now.Add(time.Hour)
	require.Equal(t, 2, count())
}

// Every oddity of the published samples turns up, and none of them in a tidy world.
func TestOddities(t *testing.T) {
	world := oneDefinition(Definition{History: 100})
	world.Lists = []extractgen.List{{Name: "Cities", Generate: &extractgen.ListSpec{Branching: []int{50}}}}
	gather := func(world World) string {
		s, c := newTestServer(t, world)
		var all strings.Builder
		paths := []string{extractPath + "/", defPath(s), defPath(s) + "/job", listPath + "/", listPath + "/" + escapeID(s.World().Lists[0].ID) + "/items"}
		for _, job := range s.Jobs("Extract") {
			paths = append(paths, jobPath(job), jobPath(job)+"/status")
		}
		for _, path := range paths {
			status, text := c.get(path)
			require.Equal(t, 200, status)
			require.NoError(t, xml.Unmarshal([]byte(text), new(struct{})), text)
			all.WriteString(text)
		}
		return all.String()
	}
	oddities := map[string]string{
		"space in front of a link": "link> http", "no-break space in a link": "\u00a0</", "no-break space after a link": "</status-link>\u00a0",
		"the same, badly decoded": "</status-link>\u00c2\u00a0", "glued bracket": "></id>", "no expense": "/api/extract/v1.0",
		"legacy host": ">https://www.concursolutions.com/", "with port": "https://www.concursolutions.com:443/", "plain http": ">http://www.concursolutions.com/",
		"elided namespace": `xmlns="..."`, "Completed": "<status>Completed<",
	}
	odd, tidy := gather(world), func() string { world.Tidy = true; return gather(world) }()
	for name, text := range oddities {
		require.True(t, strings.Contains(odd, text), name)
		require.False(t, strings.Contains(tidy, text), name)
	}
	require.Regexp(t, `<stop-time>[0-9T:-]+</`, odd)
	require.Regexp(t, `<stop-time>[0-9T:-]+\.\d\d</`, odd)
	require.Regexp(t, `<stop-time>[0-9T:-]+\.\d\d\d</`, odd)
	require.True(t, strings.Contains(odd, "<status>Complete<"))
	require.Less(t, strings.Count(odd, "<file-link>"), strings.Count(odd, "<status-link>"))
}

func TestNumericStatesAndLateStates(t *testing.T) {
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	world := oneDefinition(Definition{History: 20, Timing: Timing{Queued: -1, Running: -1, StatusLag: time.Minute}})
	world.NumericStates = true
	s, c := newTestServer(t, world, WithClock(func() time.Time { return now }))
	_, text := c.get(defPath(s) + "/job")
	require.Contains(t, text, "<status>2</status>")
	require.Contains(t, text, "<status>Complete")
	job := c.startOne()
	_, text = c.get(job)
	require.Contains(t, text, "<status>Queued</status>")
	require.Equal(t, StateComplete, s.Jobs("Extract")[20].State)
	now = now.Add(time.Minute)
	_, text = c.get(job)
	require.NotContains(t, text, "<status>Queued</status>")
}

// Of many clients that start at once, one succeeds.
func TestOneOfManyStarts(t *testing.T) {
	s, c := newTestServer(t, oneDefinition(Definition{Timing: Timing{Queued: time.Hour}}))
	statuses := make(chan int, 8)
	for range cap(statuses) {
		go func() {
			resp, err := c.request("POST", defPath(s)+"/job", nil)
			if err != nil {
				statuses <- 0
				return
			}
			resp.Body.Close()
			statuses <- resp.StatusCode
		}()
	}
	count := map[int]int{}
	for range cap(statuses) {
		count[<-statuses]++
	}
	require.Equal(t, map[int]int{201: 1, 409: 7}, count)
	require.Len(t, s.Jobs("Extract"), 1)
}

func TestAuthorization(t *testing.T) {
	s, c := newTestServer(t, oneDefinition(Definition{}))
	for token, want := range map[string]int{"": 401, "Bearer wrong": 403, "OAuth wrong": 403, "OAuth " + s.Auth().LegacyToken: 200} {
		c.token = token
		status, _ := c.get(extractPath + "/")
		require.Equal(t, want, status, token)
	}
}

func TestRestartGoesOn(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	clock := WithClock(func() time.Time { return now })
	world := SampleWorld(200)
	first := NewServer(world, WithStateDir(dir), clock)
	c := connect(t, first)
	bearer := c.signIn("refresh_token", "refresh_token", first.Auth().RefreshToken)
	c.do("POST", defPath(first)+"/job", nil)
	now = now.Add(time.Minute)
	job := jobPath(first.Jobs(SampleDefinition)[0])
	_, before := c.get(job + "/file")
	first.Close()

	// What a kill leaves of a line that was being written.
	appendTo(t, dir, `{"job":{"id":"half`)
	state, err := ReadState(dir)
	require.NoError(t, err)
	require.Len(t, state.Jobs, 1)
	require.Len(t, state.Requests, 3)

	second, c := newTestServer(t, world, WithStateDir(dir), clock)
	c.token = bearer
	_, after := c.get(job + "/file")
	require.Equal(t, before, after)
	require.Equal(t, first.Jobs(SampleDefinition), second.Jobs(SampleDefinition))
	requests := second.Requests()
	require.Equal(t, int64(4), requests[3].Sequence)
	require.True(t, requests[3].Authorized)
	resp, _ := c.post(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {second.Auth().RefreshToken}})
	require.Equal(t, 400, resp.StatusCode, "the first refresh token was used up before the restart")
}

func TestRequestLogHoldsNoSecrets(t *testing.T) {
	dir := t.TempDir()
	s, c := newTestServer(t, SampleWorld(10), WithStateDir(dir))
	c.signIn("client_credentials")
	c.get(extractPath + "/")
	for _, r := range s.Requests() {
		line, err := xml.Marshal(r)
		require.NoError(t, err)
		for _, secret := range SecretCanaries() {
			require.False(t, bytes.Contains(line, []byte(secret)))
		}
	}
	require.Equal(t, OpToken, s.Requests()[0].Operation)
	require.Positive(t, s.Requests()[1].Bytes)
}

func TestNewServerPanics(t *testing.T) {
	require.Panics(t, func() { NewServer(World{Lists: []extractgen.List{{Name: "a"}, {Name: "a"}}}) })
}

func TestWorldIsPlainData(t *testing.T) {
	world := SampleWorld(600)
	text, err := json.Marshal(world)
	require.NoError(t, err)
	var back World
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, world, back)
}

func TestSampleWorldHoldsEveryClass(t *testing.T) {
	s, _ := newTestServer(t, SampleWorld(0))
	s.StartJob(SampleDefinition)
	e, err := s.Extract(s.Jobs(SampleDefinition)[0].ID, 0)
	require.NoError(t, err)
	require.EqualValues(t, 10_000, e.Rows())
	classes := map[extractgen.Class]bool{}
	for _, found := range e.Injected() {
		classes[found.Class] = true
	}
	require.Len(t, classes, 8)

	for _, rows := range []int{1, 499, 500} {
		small, _ := newTestServer(t, SampleWorld(rows))
		e, err := small.Extract(small.StartJob(SampleDefinition).ID, 0)
		require.NoError(t, err)
		require.EqualValues(t, rows, e.Rows())
		require.Equal(t, rows >= 500, len(e.Injected()) > 0)
	}
}

// Somebody else's listener serves it as well.
func TestHandler(t *testing.T) {
	s, err := NewHandler(World{}, WithBase("http://concur.example/"))
	require.NoError(t, err)
	defer s.Close()
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", extractPath+"/", nil)
	r.Header.Set("Authorization", "OAuth "+s.Auth().LegacyToken)
	s.ServeHTTP(w, r)
	require.Equal(t, 200, w.Code)
	require.Equal(t, "http://concur.example", s.URL)
}
