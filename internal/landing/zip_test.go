package landing_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tieout/internal/bucket/s3test"
	"tieout/internal/evidence"
	"tieout/internal/landing"
	"tieout/internal/landing/landingtest"
)

type entry struct {
	name   string
	body   []byte
	header func(*zip.FileHeader)
}

func archive(t testing.TB, entries ...entry) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		if e.header != nil {
			e.header(h)
		}
		f, err := w.CreateHeader(h)
		require.NoError(t, err)
		_, err = f.Write(e.body)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func expand(t testing.TB, s *s3test.Server, raw []byte, o landing.ZipOptions) ([]evidence.File, error) {
	store := small(t, s)
	require.NoError(t, store.PutNew(t.Context(), "raw.zip", "", raw))
	return landing.ExpandZip(t.Context(), store, "raw.zip", func(name string) string { return "files/" + name }, o)
}

func TestExpandZipGivesWhatIsInIt(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := s3test.NewServer("bucket")
		defer s.Close()
		var entries []entry
		for i := range rapid.IntRange(1, 6).Draw(r, "members") {
			method := rapid.SampledFrom([]uint16{zip.Store, zip.Deflate}).Draw(r, "method")
			entries = append(entries, entry{fmt.Sprintf("m/%d.txt", i), landingtest.Bytes(uint64(i), rapid.IntRange(0, 3*smallPart).Draw(r, "size")),
				func(h *zip.FileHeader) { h.Method = method }})
		}
		s.Inject(s3test.Fault{Operation: "GetObject", Nth: rapid.IntRange(1, 9).Draw(r, "nth"), Do: s3test.CutShort},
			s3test.Fault{Operation: "GetObject", Nth: rapid.IntRange(1, 9).Draw(r, "slow"), Do: s3test.SlowDown})
		var files []evidence.File
		var err error
		for range 3 { // a directory that was cut short is the retry's affair
			if files, err = expand(t, s, archive(t, entries...), landing.ZipOptions{Parallel: 3}); err == nil {
				break
			}
		}
		if err != nil {
			r.Fatal(err)
		}
		for i, e := range entries {
			got, _ := s.Object("bucket", files[i].Key)
			if files[i].Name != e.name || files[i].SHA256 != landingtest.Sum(e.body) || !bytes.Equal(got, e.body) || files[i].Proof != "zip" {
				r.Fatalf("member %d is not what was put in", i)
			}
		}
		if len(s.Uploads()) > 0 {
			r.Fatal("an upload was left open")
		}
	})
}

func TestExpandZipRefusals(t *testing.T) {
	plain := entry{name: "a.txt", body: []byte("hello, hello, hello")}
	good := archive(t, plain)
	change := func(f func(b []byte) []byte) []byte { return f(bytes.Clone(good)) }
	central := bytes.Index(good, []byte("PK\x01\x02"))
	data := bytes.Index(good, []byte("a.txt")) + len("a.txt")
	nested := archive(t, entry{name: "inner.zip", body: good, header: func(h *zip.FileHeader) { h.Method = zip.Store }})
	for _, c := range []struct {
		name string
		raw  []byte
		o    landing.ZipOptions
		want string
	}{
		{"empty object", nil, landing.ZipOptions{}, "no end-of-archive record"},
		{"no zip", []byte("Extract|2026"), landing.ZipOptions{}, "no end-of-archive record"},
		{"cut short", good[:len(good)-5], landing.ZipOptions{}, "no end-of-archive record"},
		{"cut in front", good[7:], landing.ZipOptions{}, "bytes are missing or were added"},
		{"no file", archive(t, entry{name: "dir/"}), landing.ZipOptions{}, "there is no file in it"},
		{"damaged data", change(func(b []byte) []byte { b[data+4] ^= 0xff; return b }), landing.ZipOptions{}, "is damaged"},
		{"wrong CRC", change(func(b []byte) []byte { b[central+16] ^= 1; return b }), landing.ZipOptions{}, "its CRC-32 is"},
		{"encrypted", change(func(b []byte) []byte { b[central+8] |= 1; return b }), landing.ZipOptions{}, "is encrypted"},
		{"method", change(func(b []byte) []byte { b[central+10] = 93; return b }), landing.ZipOptions{}, "method 93"},
		{"larger than declared", change(func(b []byte) []byte { b[central+24] = 3; return b }), landing.ZipOptions{}, "larger than the 3 bytes"},
		{"smaller than declared", change(func(b []byte) []byte { b[central+24] = 99; return b }), landing.ZipOptions{}, "has 19 bytes where"},
		{"symlink", archive(t, entry{"a", []byte("/etc/passwd"), func(h *zip.FileHeader) { h.SetMode(os.ModeSymlink | 0o777) }}), landing.ZipOptions{}, "is a link"},
		{"long names", longNames(t, 1000, "\x01"), landing.ZipOptions{}, "a result that names its 1000 members would have"},
		{"duplicate", archive(t, plain, plain), landing.ZipOptions{}, "is there twice"},
		{"nested", nested, landing.ZipOptions{}, "is an archive itself"},
		{"members", archive(t, plain, entry{name: "b"}, entry{name: "c"}), landing.ZipOptions{MaxMembers: 2}, "it has 3 members"},
		{"bytes", archive(t, plain), landing.ZipOptions{MaxBytes: 10}, "has 19 bytes, and at most 10"},
		{"bytes together", archive(t, plain, entry{name: "b", body: plain.body}), landing.ZipOptions{MaxBytes: 30}, "more than 30 bytes together"},
		{"ratio", archive(t, entry{name: "bomb", body: make([]byte, 17<<20)}), landing.ZipOptions{}, "more than 500 to 1"},
		{"overlap", overlapping(), landing.ZipOptions{}, "shares bytes with another member"},
		{"beyond the data", change(func(b []byte) []byte { b[central+20] = 0xff; return b }), landing.ZipOptions{}, "reaches beyond"},
		{"member's header elsewhere", change(func(b []byte) []byte { b[central+42] = 3; return b }), landing.ZipOptions{}, "no header where the directory says"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := server(t)
			_, err := expand(t, s, c.raw, c.o)
			var refused *landing.ZipError
			require.ErrorAs(t, err, &refused)
			require.ErrorContains(t, err, c.want)
			require.Contains(t, err.Error(), "s3://bucket/raw.zip")
			require.Equal(t, c.name == "encrypted", refused.Encrypted)
			require.Empty(t, s.Uploads())
			for _, o := range s.Objects() {
				require.True(t, o.Key == "raw.zip" || bytes.Equal(o.Body, plain.body), "nothing damaged may appear")
			}
		})
	}
}

// What is taken fits into one payload of Temporal, in the bytes that a result has as JSON; a thousand plain names do.
func TestResultOfAZipFitsAPayload(t *testing.T) {
	files, err := expand(t, server(t), longNames(t, 1000, "n"), landing.ZipOptions{})
	require.NoError(t, err)
	require.Less(t, resultBytes(t, files), 2<<20)
	for members := 450; ; members += 60 {
		files, err := expand(t, server(t), longNames(t, members, "<"), landing.ZipOptions{})
		if err != nil {
			require.ErrorContains(t, err, "have Concur send fewer files, or shorter names")
			require.Greater(t, members, 450)
			return
		}
		require.Less(t, resultBytes(t, files), 2<<20)
	}
}

func resultBytes(t *testing.T, files []evidence.File) int {
	t.Helper()
	control := map[string]any{"records": 1 << 40, "declaredRecords": 1 << 40, "total": "-12345678901234.12345678", "declaredTotal": "-12345678901234.12345678", "agrees": false}
	var result []any
	for _, f := range files {
		result = append(result, map[string]any{"name": f.Name, "uri": f.URI, "bytes": f.Bytes, "sha256": f.SHA256, "records": 1 << 40, "control": control})
	}
	text, err := json.Marshal(result)
	require.NoError(t, err)
	return len(text)
}

// longNames makes an archive of members whose names have 500 characters.
func longNames(t testing.TB, members int, of string) []byte {
	var entries []entry
	for i := range members {
		entries = append(entries, entry{name: strings.Repeat(of, 496) + fmt.Sprintf("%04d", i), body: []byte("hello, hello, hello")})
	}
	return archive(t, entries...)
}

// overlapping makes an archive of two members whose headers both lead to the same bytes.
func overlapping() []byte {
	body := []byte("hello")
	local := func(name string) []byte {
		h := make([]byte, 30)
		copy(h, "PK\x03\x04")
		binary.LittleEndian.PutUint32(h[14:], crc32.ChecksumIEEE(body))
		binary.LittleEndian.PutUint32(h[18:], 5)
		binary.LittleEndian.PutUint32(h[22:], 5)
		binary.LittleEndian.PutUint16(h[26:], uint16(len(name)))
		return append(append(h, name...), body...)
	}
	out := local("a")
	directory := len(out)
	for _, name := range []string{"a", "b"} {
		h := make([]byte, 46)
		copy(h, "PK\x01\x02")
		binary.LittleEndian.PutUint32(h[16:], crc32.ChecksumIEEE(body))
		binary.LittleEndian.PutUint32(h[20:], 5)
		binary.LittleEndian.PutUint32(h[24:], 5)
		binary.LittleEndian.PutUint16(h[28:], 1)
		out = append(append(out, h...), name...)
	}
	end := make([]byte, 22)
	copy(end, "PK\x05\x06")
	binary.LittleEndian.PutUint16(end[8:], 2)
	binary.LittleEndian.PutUint16(end[10:], 2)
	binary.LittleEndian.PutUint32(end[12:], uint32(len(out)-directory))
	binary.LittleEndian.PutUint32(end[16:], uint32(directory))
	return append(out, end...)
}

func TestMemberNames(t *testing.T) {
	s := server(t)
	files, err := expand(t, s, archive(t,
		entry{name: "../../etc/passwd", body: []byte("1")},
		entry{name: "a:b.txt", body: []byte("2")},
		entry{name: "a?b.txt", body: []byte("3")},
		entry{name: "A_B.TXT", body: []byte("4")},
		entry{name: "dir/"},
		entry{name: "bad\xff.txt", body: []byte("5")},
		entry{name: "plain.txt", body: []byte("6")},
	), landing.ZipOptions{})
	require.NoError(t, err)
	require.Len(t, files, 6)
	seen := map[string]bool{}
	for i, f := range files {
		got, ok := s.Object("bucket", f.Key)
		require.True(t, ok)
		require.Equal(t, fmt.Sprint(i+1), string(got))
		require.Equal(t, 1, strings.Count(f.Key, "/"), f.Key)
		require.False(t, seen[strings.ToLower(f.Key)])
		seen[strings.ToLower(f.Key)] = true
	}
	require.Equal(t, "../../etc/passwd", files[0].Name)
	require.Equal(t, "files/plain.txt", files[5].Key)
	require.Regexp(t, `^files/a_b-[0-9a-f]{8}\.txt$`, files[1].Key)
}

// Large archives carry zip64 records; the same archive must prove its end in a transfer.
func TestZip64(t *testing.T) {
	for extra, ok := range map[int]bool{0: true, 1: true, 5000: true, 64 << 10: true, 200 << 10: false} {
		testZip64(t, zip64(t, extra), ok)
	}
	lying := zip64(t, 12)
	lying[len(lying)-22-20+8] -= 12 // the locator of a record that begins elsewhere
	testZip64(t, lying, false)
}

func testZip64(t *testing.T, raw []byte, ok bool) {
	t.Helper()
	s := server(t)
	if !ok {
		_, err := expand(t, s, raw, landing.ZipOptions{})
		require.ErrorContains(t, err, "its zip64 end record is not where its locator says")
		return
	}
	file, err := landing.Transfer(t.Context(), small(t, s), &landingtest.Source{Data: raw, Name: "a.zip", Framing: "close"}, to("raw.zip"), landing.TransferOptions{})
	require.NoError(t, err)
	require.Equal(t, "zip", file.Proof)
	files, err := expand(t, s, raw, landing.ZipOptions{})
	require.NoError(t, err)
	require.Len(t, files, 1)
	got, _ := s.Object("bucket", files[0].Key)
	require.Equal(t, "hello, hello, hello", string(got))
}

// zip64 rewrites the end of a small archive as a large one's end looks, with extensible data of so many bytes in it.
func zip64(t testing.TB, extra int) []byte {
	raw := archive(t, entry{name: "a.txt", body: []byte("hello, hello, hello")})
	end := raw[len(raw)-22:]
	directory, size := binary.LittleEndian.Uint32(end[16:]), binary.LittleEndian.Uint32(end[12:])
	wide := make([]byte, 56+extra)
	copy(wide, "PK\x06\x06")
	binary.LittleEndian.PutUint64(wide[4:], uint64(44+extra))
	binary.LittleEndian.PutUint64(wide[24:], 1)
	binary.LittleEndian.PutUint64(wide[32:], 1)
	binary.LittleEndian.PutUint64(wide[40:], uint64(size))
	binary.LittleEndian.PutUint64(wide[48:], uint64(directory))
	place := make([]byte, 20)
	copy(place, "PK\x06\x07")
	binary.LittleEndian.PutUint64(place[8:], uint64(len(raw)-22))
	binary.LittleEndian.PutUint32(place[16:], 1)
	out := append(append(bytes.Clone(raw[:len(raw)-22]), wide...), place...)
	end = bytes.Clone(end)
	binary.LittleEndian.PutUint32(end[16:], 0xffffffff)
	binary.LittleEndian.PutUint16(end[8:], 0xffff)
	binary.LittleEndian.PutUint16(end[10:], 0xffff)
	return append(out, end...)
}

// A cut zip never proves its own end.
func TestCutZipProvesNothing(t *testing.T) {
	raw := archive(t, entry{name: "a.txt", body: landingtest.Bytes(1, 300)}, entry{name: "b.txt", body: landingtest.Bytes(2, 300)})
	for at := range len(raw) {
		src := &landingtest.Source{Data: raw, Name: "a.zip", Framing: "close", CutAt: []int64{int64(at)}}
		if at%7 != 0 { // every place matters, but not every place is worth a server
			continue
		}
		s := s3test.NewServer("bucket")
		file, err := landing.Transfer(t.Context(), small(t, s), src, to("raw.zip"), landing.TransferOptions{})
		require.NoError(t, err)
		require.Equal(t, landingtest.Sum(raw), file.SHA256)
		require.Len(t, src.Offsets(), 2)
		s.Close()
	}
}

// Whatever bytes are taken for a zip: an error or files, never a panic, and nothing left open. Coverage is noisy here:
// run it with -fuzzminimizetime 1x.
func FuzzExpandZip(f *testing.F) {
	f.Add(archive(f, entry{name: "a.txt", body: []byte("hello")}))
	f.Add(archive(f, entry{name: "a.txt", body: []byte("hello"), header: func(h *zip.FileHeader) { h.Method = zip.Store }}, entry{name: "dir/"}))
	f.Add(zip64(f, 3))
	f.Add(overlapping())
	s := s3test.NewServer("bucket")
	f.Cleanup(s.Close)
	n := 0
	f.Fuzz(func(t *testing.T, raw []byte) {
		n++
		store := small(t, s)
		key := fmt.Sprintf("%d/", n)
		require.NoError(t, store.PutNew(t.Context(), key+"raw", "", raw))
		files, err := landing.ExpandZip(t.Context(), store, key+"raw", func(name string) string { return key + "files/" + name }, landing.ZipOptions{MaxBytes: 1 << 20})
		if err == nil {
			for _, file := range files {
				r, size, err := store.Open(t.Context(), file.Key)
				require.NoError(t, err)
				body, err := io.ReadAll(r)
				require.NoError(t, err)
				require.NoError(t, r.Close())
				require.EqualValues(t, size, len(body))
				require.Equal(t, file.SHA256, landingtest.Sum(body))
			}
		}
		require.Empty(t, s.Uploads())
	})
}
