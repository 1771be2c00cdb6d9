package concurtest

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest/extractgen"
)

func TestRangesAreSlicesOfTheWhole(t *testing.T) {
	spec := *SampleWorld(3000).Definitions[0].Files[0].Extract
	for name, d := range map[string]Definition{
		"extract":  {Files: []File{{Extract: &spec}}},
		"stored":   {Files: []File{{Extract: &spec}, {Name: "b.txt", Content: []byte("two")}}},
		"deflated": {Files: []File{{Extract: &spec}}, Serving: Serving{Zip: ZipDeflate}},
		"noise":    {Files: []File{{Kind: FileGarbage, Size: 100_003}}},
	} {
		world := oneDefinition(d)
		world.Lists = SampleWorld(0).Lists
		_, c := newTestServer(t, world)
		file := c.startOne() + "/file"
		resp, whole := c.do("GET", file, nil)
		require.Equal(t, int64(len(whole)), resp.ContentLength, name)
		require.Equal(t, "bytes", resp.Header.Get("Accept-Ranges"))
		etag := resp.Header.Get("ETag")
		require.NotEmpty(t, etag)
		n := len(whole)
		for spec, want := range map[string]string{
			"bytes=0-9": whole[:10], "bytes=70001-90000": whole[70001:min(90001, n)], "bytes=99000-": whole[99000:], "bytes=-17": whole[n-17:],
		} {
			resp, part := c.do("GET", file, nil, "Range", spec, "If-Range", etag)
			require.Equal(t, http.StatusPartialContent, resp.StatusCode, spec)
			require.True(t, want == part, "%s %s", name, spec)
			require.Contains(t, resp.Header.Get("Content-Range"), "/")
		}
		resp, _ = c.do("GET", file, nil, "Range", "bytes=999999999-")
		require.Equal(t, 416, resp.StatusCode)
		resp, part := c.do("GET", file, nil, "Range", "bytes=5-", "If-Range", `"other"`)
		require.Equal(t, 200, resp.StatusCode)
		require.Len(t, part, n)
		resp, part = c.do("HEAD", file, nil)
		require.Equal(t, int64(n), resp.ContentLength)
		require.Empty(t, part)
		resp, _ = c.do("GET", file, nil, "If-None-Match", etag)
		require.Equal(t, 304, resp.StatusCode)
	}
}

func TestServingSwitches(t *testing.T) {
	for framing, chunked := range map[Framing]bool{FramingChunked: true, FramingClose: false} {
		_, c := newTestServer(t, oneDefinition(Definition{
			Files: []File{{Content: []byte("hello")}}, Serving: Serving{Framing: framing, NoETag: true, NoRange: true, NoName: true},
		}))
		resp, text := c.do("GET", c.startOne()+"/file", nil, "Range", "bytes=1-2")
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, "hello", text)
		require.EqualValues(t, -1, resp.ContentLength)
		require.Equal(t, chunked, len(resp.TransferEncoding) > 0)
		for _, header := range []string{"ETag", "Accept-Ranges", "Content-Disposition"} {
			require.Empty(t, resp.Header.Get(header))
		}
	}
}

func TestZip(t *testing.T) {
	spec := *SampleWorld(300).Definitions[0].Files[0].Extract
	serve := func(damage Damage) (string, error) {
		world := oneDefinition(Definition{
			Files: []File{{Name: "extract_CES_SAE_v3_a.txt", Extract: &spec}, {Name: "journal.csv", Content: []byte("a,b\n")}}, Serving: Serving{Damage: damage},
		})
		world.Lists = SampleWorld(0).Lists
		s, c := newTestServer(t, world)
		resp, text := c.do("GET", c.startOne()+"/file", nil)
		require.Equal(t, "application/zip", resp.Header.Get("Content-Type"))
		archive, err := zip.NewReader(strings.NewReader(text), int64(len(text)))
		if err != nil {
			return "", err
		}
		require.Len(t, archive.File, 2)
		require.Equal(t, "extract_CES_SAE_v3_a.txt", archive.File[0].Name)
		member, err := archive.File[0].Open()
		require.NoError(t, err)
		got, err := io.ReadAll(member)
		if err != nil {
			return "", err
		}
		extract, err := s.Extract(s.Jobs("Extract")[0].ID, 0)
		require.NoError(t, err)
		require.True(t, bytes.Equal(bytesOf(t, extract), got))
		return text, nil
	}
	_, err := serve("")
	require.NoError(t, err)
	for _, damage := range []Damage{DamageCRC, DamageTruncated, DamageDirectory} {
		_, err := serve(damage)
		require.Error(t, err, damage)
	}
}

func TestKindsOfFiles(t *testing.T) {
	files := map[int][]File{1: {{Kind: FileHTML}}, 2: {{Kind: FileEncrypted}}, 3: {{Kind: FileGarbage, Size: 9000}}, 4: {}}
	s, c := newTestServer(t, oneDefinition(Definition{Jobs: files}))
	resp, text := c.do("GET", c.startOne()+"/file", nil)
	require.Equal(t, "text/html; charset=utf-8", resp.Header.Get("Content-Type"))
	require.Contains(t, text, "<html>")
	resp, text = c.do("GET", c.startOne()+"/file", nil)
	require.Contains(t, resp.Header.Get("Content-Disposition"), ".pgp")
	require.True(t, strings.HasPrefix(text, "\x85\x01"))
	_, text = c.get(c.startOne() + "/file")
	require.Len(t, text, 9000)
	status, _ := c.get(c.startOne() + "/file")
	require.Equal(t, 500, status)
	require.Len(t, s.Jobs("Extract"), 4)
}

func TestBatchesAndEmptyExtracts(t *testing.T) {
	_, c := newTestServer(t, oneDefinition(Definition{
		Files: []File{{Extract: &extractgen.Spec{Rows: 5}}}, FirstBatch: 10, BatchGaps: []int{3}, BatchRepeats: []int{4}, EmptyAfter: 4,
	}))
	var headers [][]string
	for range 5 {
		_, text := c.get(c.startOne() + "/file")
		header, _, _ := strings.Cut(text, "\r\n")
		headers = append(headers, strings.Split(header, "|"))
	}
	var batches, counts []string
	for _, header := range headers {
		batches, counts = append(batches, header[4]), append(counts, header[2])
	}
	require.Equal(t, []string{"10", "11", "13", "13", "14"}, batches)
	require.Equal(t, []string{"5", "5", "5", "5", "0"}, counts)
}

func TestFilesExpire(t *testing.T) {
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	_, c := newTestServer(t, oneDefinition(Definition{Files: []File{{Content: []byte("x")}}, Serving: Serving{ExpiresAfter: time.Hour}}), WithClock(func() time.Time { return now }))
	file := c.startOne() + "/file"
	status, _ := c.get(file)
	require.Equal(t, 200, status)
	now = now.Add(2 * time.Hour)
	status, _ = c.get(file)
	require.Equal(t, 404, status)
}

func BenchmarkServe(b *testing.B) {
	spec := *SampleWorld(100_000).Definitions[0].Files[0].Extract
	world := oneDefinition(Definition{Files: []File{{Extract: &spec}}})
	world.Lists = SampleWorld(0).Lists
	_, c := newTestServer(b, world)
	file := c.startOne() + "/file"
	for b.Loop() {
		resp, err := c.request("GET", file, nil)
		require.NoError(b, err)
		n, err := io.Copy(io.Discard, resp.Body)
		require.NoError(b, err)
		resp.Body.Close()
		b.SetBytes(n)
	}
}
