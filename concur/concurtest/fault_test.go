package concurtest

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest/extractgen"
)

func faultServer(t *testing.T) (*Server, *client) {
	return newTestServer(t, oneDefinition(Definition{Files: []File{{Name: "a.txt", Content: []byte(strings.Repeat("0123456789", 5000))}}}))
}

// read asks and reads the body; the error is whichever of both failed.
func (c *client) read(method, path string) (*http.Response, string, error) {
	resp, err := c.request(method, path, nil)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func TestDroppedBeforeActing(t *testing.T) {
	s, c := faultServer(t)
	s.Inject(Fault{Operation: OpStart, Nth: 1, DropBefore: true})
	_, _, err := c.read("POST", defPath(s)+"/job")
	require.Error(t, err)
	require.Empty(t, s.Jobs("Extract"))
	require.Equal(t, `{"dropBefore":true}`, s.Requests()[0].Fault)
	c.startOne()
}

func TestAcceptedAndThenDropped(t *testing.T) {
	s, c := faultServer(t)
	s.Inject(Fault{Operation: OpStart, Nth: 2, AcceptThenDrop: true})
	c.startOne()
	_, _, err := c.read("POST", defPath(s)+"/job")
	require.Error(t, err)
	require.Len(t, s.Jobs("Extract"), 2)
	require.Eventually(t, func() bool { return s.Requests()[1].Done }, time.Minute, time.Millisecond)
	dropped := s.Requests()[1]
	require.Equal(t, 0, dropped.Status)
	require.Equal(t, s.Jobs("Extract")[1].ID, dropped.Job)
	require.Equal(t, dropped.Sequence, s.Jobs("Extract")[1].Request)
}

func TestActedAndThenAnsweredWrongly(t *testing.T) {
	s, c := faultServer(t)
	s.Inject(Fault{Operation: OpStart, Nth: 1, Act: true, Status: 502}, Fault{Operation: OpStart, AcceptThenHang: time.Millisecond})
	status, _ := c.do("POST", defPath(s)+"/job", nil)
	require.Equal(t, 502, status.StatusCode)
	resp, text := c.do("POST", defPath(s)+"/job", nil)
	require.Equal(t, 201, resp.StatusCode)
	require.Contains(t, text, "<status>")
	require.NotEmpty(t, resp.Header.Get("Location"))
	require.Len(t, s.Jobs("Extract"), 2)
}

func TestHangingEndsWithTheClientOrTheServer(t *testing.T) {
	s, c := faultServer(t)
	s.Inject(Fault{Operation: OpDefinitions, Hang: UntilGone}, Fault{Operation: OpStart, AcceptThenHang: UntilGone})
	c.http.Timeout = 30 * time.Millisecond
	_, _, err := c.read("GET", extractPath+"/")
	require.Error(t, err)
	require.Eventually(t, func() bool { return s.Requests()[0].Done }, time.Minute, time.Millisecond)

	c.http.Timeout = 0
	failed := make(chan error, 1)
	go func() {
		_, _, err := c.read("POST", defPath(s)+"/job")
		failed <- err
	}()
	require.Eventually(t, func() bool { return len(s.Jobs("Extract")) == 1 }, time.Minute, time.Millisecond)
	s.Close()
	require.Error(t, <-failed)
}

func TestAnswersInPlaceOfTheRightOne(t *testing.T) {
	s, c := faultServer(t)
	for name, test := range map[string]struct {
		fault  Fault
		status int
		check  func(http.Header, string)
	}{
		"status":   {Fault{Status: 503, RetryAfter: "7"}, 503, func(h http.Header, _ string) { require.Equal(t, "7", h.Get("Retry-After")) }},
		"body":     {Fault{Status: 400, Body: "deadlock", ContentType: "text/plain"}, 400, func(_ http.Header, text string) { require.Equal(t, "deadlock", text) }},
		"html":     {Fault{HTML200: true}, 200, func(_ http.Header, text string) { require.Contains(t, text, "<!DOCTYPE html>") }},
		"broken":   {Fault{MalformedXML: true}, 200, func(_ http.Header, text string) { require.Error(t, xml.Unmarshal([]byte(text), new(jobXML))) }},
		"redirect": {Fault{Redirect: "http://evil.example/"}, 302, func(h http.Header, _ string) { require.Equal(t, "http://evil.example/", h.Get("Location")) }},
		"307":      {Fault{Redirect: "/x", Status: 307}, 307, func(http.Header, string) {}},
		"bomb":     {Fault{Hostile: HostileBomb}, 200, func(_ http.Header, text string) { require.Contains(t, text, "<!ENTITY a9") }},
		"deep":     {Fault{Hostile: HostileDeep}, 200, func(_ http.Header, text string) { require.Greater(t, len(text), 1_000_000) }},
		"links": {Fault{Links: map[string]string{"id": "https://evil.example{path}?x=1"}}, 200, func(_ http.Header, text string) {
			require.Contains(t, text, "<id>https://evil.example/api/expense/")
		}},
	} {
		s.Inject(test.fault)
		resp, text := c.do("GET", extractPath+"/", nil)
		require.Equal(t, test.status, resp.StatusCode, name)
		test.check(resp.Header, text)
		s.ResetFaults()
	}
	s.Inject(Fault{Hostile: HostileHeader})
	_, _, err := c.read("GET", extractPath+"/")
	require.Error(t, err, "net/http takes at most 10 MiB of headers")
	s.ResetFaults()
	s.Inject(Fault{Operation: OpToken, OAuthCode: 134})
	_, answer := c.post(map[string][]string{"grant_type": {"client_credentials"}})
	require.EqualValues(t, 134, answer["code"])
}

func TestEndlessBodyEndsWithTheClient(t *testing.T) {
	s, c := faultServer(t)
	s.Inject(Fault{Hostile: HostileEndless})
	resp, err := c.request("GET", extractPath+"/", nil)
	require.NoError(t, err)
	_, err = io.CopyN(io.Discard, resp.Body, 3<<20)
	require.NoError(t, err)
	resp.Body.Close()
	require.Eventually(t, func() bool { return s.Requests()[0].Done }, time.Minute, time.Millisecond)
}

func TestTruncatedBodies(t *testing.T) {
	for framing, seen := range map[Framing]bool{"": true, FramingLength: true, FramingChunked: true, FramingClose: false} {
		s, c := faultServer(t)
		file := c.startOne() + "/file"
		s.Inject(Fault{Operation: OpFile, Nth: 1, Truncate: &Truncate{After: 40_000, Framing: framing}})
		resp, text, err := c.read("GET", file)
		require.Equal(t, seen, err != nil, "framing %q", framing)
		require.Len(t, text, 40_000)
		if framing == FramingClose {
			require.EqualValues(t, -1, resp.ContentLength)
			require.Empty(t, resp.TransferEncoding)
		}
		require.Eventually(t, func() bool { return s.Requests()[1].Done }, time.Minute, time.Millisecond)
		require.EqualValues(t, 40_000, s.Requests()[1].Bytes)
		_, text, err = c.read("GET", file)
		require.NoError(t, err)
		require.Len(t, text, 50_000)
	}
}

func TestBodiesThatAreSlowStallOrChange(t *testing.T) {
	s, c := faultServer(t)
	file := c.startOne() + "/file"
	_, right := c.get(file)

	s.Inject(Fault{Operation: OpFile, Nth: 1, SlowBody: &SlowBody{Bytes: 10_000, Pause: time.Millisecond}})
	_, text := c.get(file)
	require.Equal(t, right, text)

	s.Inject(Fault{Operation: OpFile, Nth: 1, Corrupt: 20_001})
	_, text = c.get(file)
	require.Equal(t, right[:20_000]+"1"+right[20_001:], text)
	s.Inject(Fault{Operation: OpFile, Nth: 1, Corrupt: 20_001})
	_, text = c.do("GET", file, nil, "Range", "bytes=20000-20009")
	require.Equal(t, "1123456789", text)

	s.Inject(Fault{Operation: OpFile, Nth: 1, StallAfter: 100})
	c.http.Timeout = 50 * time.Millisecond
	_, text, err := c.read("GET", file)
	require.Error(t, err)
	require.Len(t, text, 100)
}

func TestWhichRequestsAFaultMeets(t *testing.T) {
	s, c := faultServer(t)
	s.Inject(Fault{Operation: OpDefinitions, Nth: 2, Times: 2, Status: 500}, Fault{Path: "filter=x", Status: 429, Times: 1})
	var got []int
	for range 5 {
		status, _ := c.get(extractPath + "/")
		got = append(got, status)
	}
	require.Equal(t, []int{200, 500, 500, 200, 200}, got)
	status, _ := c.get(listPath + "/?filter=x")
	require.Equal(t, 429, status)
	status, _ = c.get(listPath + "/?filter=x")
	require.Equal(t, 200, status)
}

// Each fault that stands for an answer works with each operation.
func TestFaultsMeetEveryOperation(t *testing.T) {
	world := oneDefinition(Definition{History: 1, Files: []File{{Content: []byte("x")}}})
	world.Lists = []extractgen.List{{Name: "Cities", Generate: &extractgen.ListSpec{Branching: []int{2, 2}}}}
	s, c := newTestServer(t, world)
	// On a connection of its own, no GET is repeated behind our back.
	c.http.Transport.(*http.Transport).DisableKeepAlives = true
	list := listPath + "/" + escapeID(s.World().Lists[0].ID)
	var v4 string
	for id := range s.v4 {
		v4 = listV4Path + "/lists/" + id
	}
	job := jobPath(s.Jobs("Extract")[0])
	item := v4 + "/items/" + s.v4[strings.TrimPrefix(v4, listV4Path+"/lists/")].itemID(1) + "/children"
	paths := map[Operation]string{
		OpDefinitions: extractPath + "/", OpDefinition: defPath(s), OpJobs: defPath(s) + "/job", OpStart: defPath(s) + "/job", OpJob: job,
		OpStatus: job + "/status", OpFile: job + "/file", OpLists: listPath + "/", OpList: list, OpItems: list + "/items",
		OpListsV4: listV4Path + "/lists", OpChildrenV4: v4 + "/children", OpItemsV4: item, OpToken: tokenPath,
	}
	for operation := range paths {
		method := "GET"
		if operation == OpStart || operation == OpToken {
			method = "POST"
		}
		for _, fault := range []Fault{{Status: 503}, {DropBefore: true}, {AcceptThenDrop: true}, {HTML200: true}, {MalformedXML: true}, {Redirect: "/"}, {Truncate: &Truncate{}}} {
			fault.Operation, fault.Nth = operation, 1
			s.Inject(fault)
			_, _, _ = c.read(method, paths[operation])
			last := s.Requests()[len(s.Requests())-1]
			require.Equal(t, operation, last.Operation)
			require.Equal(t, fault.describe(), last.Fault)
		}
	}
}

func TestObserverSeesTheJobBeforeTheClient(t *testing.T) {
	var points []Point
	s, c := newTestServer(t, oneDefinition(Definition{}), WithObserver(func(e Event) {
		if e.Point == Acted {
			require.NotEmpty(t, e.Request.Job)
		}
		points = append(points, e.Point)
	}))
	c.startOne()
	s.Close()
	require.Equal(t, []Point{Received, Acted, Answered}, points)
}

func TestControl(t *testing.T) {
	s, c := newTestServer(t, oneDefinition(Definition{}), WithControl())
	c.token = ""
	fault, err := json.Marshal(Fault{Operation: OpDefinitions, Status: 418})
	require.NoError(t, err)
	resp, _ := c.do("POST", controlPrefix+"faults", strings.NewReader(string(fault)))
	require.Equal(t, 200, resp.StatusCode)
	status, _ := c.get(extractPath + "/")
	require.Equal(t, 418, status)
	c.do("DELETE", controlPrefix+"faults", nil)
	status, _ = c.get(extractPath + "/")
	require.Equal(t, 401, status)
	c.do("POST", controlPrefix+"start?definition=Extract", nil)
	_, text := c.get(controlPrefix + "jobs?definition=Extract")
	require.Contains(t, text, s.Jobs("Extract")[0].ID)
	_, text = c.get(controlPrefix + "requests")
	require.Equal(t, 2, strings.Count(text, string(OpDefinitions)))
	resp, _ = c.do("POST", controlPrefix+"start?definition=nobody", nil)
	require.Equal(t, 404, resp.StatusCode)
}

// A body in a file's place is framed as a file is: its length agrees, and a half file ends behind a row.
func TestBodiesInAFilesPlace(t *testing.T) {
	s, c := newTestServer(t, oneDefinition(Definition{Files: []File{{Name: "a.txt", Content: []byte("EXTRACT|1\n" + strings.Repeat("DETAIL|\n", 50))}}}))
	path := c.startOne() + "/file"
	_, whole, err := c.read("GET", path)
	require.NoError(t, err)
	for body, begins := range map[FileBody]string{BodyNothing: "", BodyJSON: "{", BodyText: "Service", BodyXML: "<Error", BodyHTML: "<!DOCTYPE", BodyHalf: "EXTRACT|"} {
		s.Inject(Fault{Operation: OpFile, Nth: 1, FileBody: body})
		resp, text, err := c.read("GET", path)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, resp.StatusCode, body)
		require.EqualValues(t, len(text), resp.ContentLength, body)
		require.True(t, strings.HasPrefix(text, begins), "%s: %.60q", body, text)
		if body == BodyHalf {
			require.True(t, strings.HasPrefix(whole, text) && strings.HasSuffix(text, "\n") && len(text) < len(whole))
		}
		_, text, err = c.read("GET", path)
		require.NoError(t, err)
		require.Equal(t, whole, text, "once means once")
		s.ResetFaults()
	}
}
