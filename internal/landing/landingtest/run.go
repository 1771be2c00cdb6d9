// Package landingtest holds the landing to its promises on any S3: the one in memory, the embedded one, AWS.
package landingtest

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/bucket"
	"tieout/internal/evidence"
	"tieout/internal/landing"
)

// PartBytes is the part size of the suite: the least that S3 takes.
const PartBytes = 5 << 20

// suite is one run against one bucket, below a prefix of its own.
type suite struct {
	store  *bucket.Store
	prefix string
}

// Run tries everything that the landing does against a bucket, which may hold other objects already and keeps some.
func Run(t *testing.T, client bucket.S3, name string) {
	s := &suite{
		store:  bucket.New(client, name, bucket.Options{PartBytes: PartBytes}),
		prefix: "landingtest/" + rand.Text() + "/",
	}
	t.Run("immutable objects", s.immutable)
	t.Run("compare and swap", s.compareAndSwap)
	t.Run("listings", s.listings)
	t.Run("ranges", s.ranges)
	t.Run("streamed objects", s.writer)
	t.Run("transfers", s.transfers)
	t.Run("resumed transfers", s.resumed)
	t.Run("two writers", s.twoWriters)
	t.Run("zip", s.zip)
	t.Run("manifest", s.manifest)
	t.Run("tokens", s.tokens)
	t.Run("probe", s.probe)
	t.Run("missing", s.missing)
}

// Bytes makes n bytes that do not compress and are the same for the same seed.
func Bytes(seed uint64, n int) []byte {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	b := make([]byte, n)
	_, _ = mathrand.NewChaCha8(key).Read(b)
	return b
}

// Sum is a SHA-256 in hex.
func Sum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (s *suite) key(name string) string { return s.prefix + name }

func (s *suite) to(name string) func(landing.Body) string {
	return func(landing.Body) string { return s.key(name) }
}

func (s *suite) holds(t *testing.T, name string, want []byte) {
	t.Helper()
	got, err := s.store.Get(t.Context(), s.key(name))
	require.NoError(t, err)
	require.Equal(t, Sum(want), Sum(got))
}

func (s *suite) immutable(t *testing.T) {
	ctx := t.Context()
	for _, body := range []string{"one", ""} {
		key := "immutable-" + body
		require.NoError(t, s.store.PutNew(ctx, s.key(key), "text/plain", []byte(body)))
		require.NoError(t, s.store.PutNew(ctx, s.key(key), "text/plain", []byte(body)), "the same again")
		err := s.store.PutNew(ctx, s.key(key), "text/plain", []byte("two"))
		var conflict *bucket.ConflictError
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, s.store.URI(s.key(key)), conflict.URI)
		s.holds(t, key, []byte(body))
	}
	require.NoError(t, s.store.Put(ctx, s.key("latest"), "text/plain", []byte("1")))
	require.NoError(t, s.store.Put(ctx, s.key("latest"), "text/plain", []byte("22")))
	s.holds(t, "latest", []byte("22"))
	odd := "odd/a b+c=d@e(f)_é.txt"
	require.NoError(t, s.store.PutNew(ctx, s.key(odd), "text/plain", []byte("odd")))
	s.holds(t, odd, []byte("odd"))
}

func (s *suite) compareAndSwap(t *testing.T) {
	ctx, key := t.Context(), s.key("swap")
	v1, err := s.store.PutIfMatch(ctx, key, "text/plain", []byte("1"), "")
	require.NoError(t, err)
	_, err = s.store.PutIfMatch(ctx, key, "text/plain", []byte("other"), "")
	require.ErrorIs(t, err, bucket.ErrChanged)
	v2, err := s.store.PutIfMatch(ctx, key, "text/plain", []byte("2"), v1)
	require.NoError(t, err)
	_, err = s.store.PutIfMatch(ctx, key, "text/plain", []byte("3"), v1)
	require.ErrorIs(t, err, bucket.ErrChanged)
	body, version, err := s.store.GetVersion(ctx, key)
	require.NoError(t, err)
	require.Equal(t, "2", string(body))
	require.Equal(t, v2, version)
	_, err = s.store.PutIfMatch(ctx, s.key("never there"), "text/plain", []byte("1"), v1)
	require.ErrorIs(t, err, bucket.ErrChanged)
}

func (s *suite) listings(t *testing.T) {
	ctx := t.Context()
	for _, name := range []string{"b/2", "a/1", "a/sub/3", "c"} {
		require.NoError(t, s.store.PutNew(ctx, s.key("list/"+name), "text/plain", []byte(name)))
	}
	objects, err := s.store.List(ctx, s.key("list/"))
	require.NoError(t, err)
	var keys []string
	for _, o := range objects {
		keys = append(keys, o.Key)
		require.NotZero(t, o.Modified)
		require.NotZero(t, o.Bytes)
	}
	require.Equal(t, []string{s.key("list/a/1"), s.key("list/a/sub/3"), s.key("list/b/2"), s.key("list/c")}, keys)
	prefixes, err := s.store.ListPrefixes(ctx, s.key("list/"))
	require.NoError(t, err)
	require.Equal(t, []string{s.key("list/a/"), s.key("list/b/")}, prefixes)
	none, err := s.store.List(ctx, s.key("nothing here/"))
	require.NoError(t, err)
	require.Empty(t, none)
}

func (s *suite) ranges(t *testing.T) {
	ctx, body := t.Context(), Bytes(1, 1000)
	require.NoError(t, s.store.PutNew(ctx, s.key("ranges"), "text/plain", body))
	for _, c := range []struct{ offset, length int64 }{{0, 10}, {990, 10}, {500, -1}, {0, 0}, {999, 1}} {
		r, err := s.store.OpenRange(ctx, s.key("ranges"), "", c.offset, c.length)
		require.NoError(t, err)
		var got bytes.Buffer
		_, err = got.ReadFrom(r)
		require.NoError(t, err)
		require.NoError(t, r.Close())
		end := c.offset + c.length
		if c.length < 0 {
			end = 1000
		}
		require.Equal(t, Sum(body[c.offset:end]), Sum(got.Bytes()))
	}
}

func (s *suite) writer(t *testing.T) {
	ctx := t.Context()
	for _, size := range []int{0, 10, PartBytes, PartBytes + 1, 2*PartBytes + 99} {
		name, body := fmt.Sprintf("writer-%d", size), Bytes(2, size)
		for range 2 { // the same again is fine
			w, err := s.store.Create(ctx, s.key(name), "text/csv")
			require.NoError(t, err)
			for rest := body; len(rest) > 0; {
				n, err := w.Write(rest[:min(len(rest), 1<<20+7)])
				require.NoError(t, err)
				rest = rest[n:]
			}
			require.NoError(t, w.Commit(ctx))
			w.Abort()
		}
		s.holds(t, name, body)
		w, err := s.store.Create(ctx, s.key(name), "text/csv")
		require.NoError(t, err)
		_, err = w.Write(append([]byte("x"), body...))
		require.NoError(t, err)
		var conflict *bucket.ConflictError
		require.ErrorAs(t, w.Commit(ctx), &conflict)
		w.Abort()
	}
	w, err := s.store.Create(ctx, s.key("aborted"), "text/csv")
	require.NoError(t, err)
	_, err = w.Write(Bytes(3, PartBytes+1))
	require.NoError(t, err)
	w.Abort()
	there, err := s.store.Exists(ctx, s.key("aborted"))
	require.NoError(t, err)
	require.False(t, there)
}

func (s *suite) transfers(t *testing.T) {
	ctx := t.Context()
	for _, framing := range []string{"content-length", "chunked", "close"} {
		for _, size := range []int{0, 1, PartBytes - 1, PartBytes, PartBytes + 1, 3*PartBytes + 12345} {
			name, body := fmt.Sprintf("%s-%d", framing, size), Bytes(4, size)
			want := evidence.File{Name: "extract.txt", Key: s.key(name), URI: s.store.URI(s.key(name)), Bytes: int64(size), SHA256: Sum(body), Proof: framing}
			if framing == "close" {
				want.Proof = "twice"
			}
			for range 2 { // the second time it is there already
				src := &Source{Data: body, Name: "extract.txt", Framing: framing}
				got, err := landing.Transfer(ctx, s.store, src, s.to(name), landing.TransferOptions{})
				require.NoError(t, err)
				require.Equal(t, want, got)
			}
			s.holds(t, name, body)
		}
	}
}

func (s *suite) resumed(t *testing.T) {
	ctx, body := t.Context(), Bytes(5, 4*PartBytes+777)
	for _, ranges := range []bool{true, false} {
		name := fmt.Sprintf("resumed-%t", ranges)
		src := &Source{Data: body, Name: "extract.txt", ETag: `"v1"`, Ranges: ranges, CutAt: []int64{2*PartBytes + 5, PartBytes + 9}}
		var last *landing.Checkpoint
		o := landing.TransferOptions{Progress: func(c landing.Checkpoint) { last = &c }}
		for range 2 {
			_, err := landing.Transfer(ctx, s.store, src, s.to(name), o)
			var temporary *bucket.TemporaryError
			require.ErrorAs(t, err, &temporary)
			o.Resume = last
		}
		there, err := s.store.Exists(ctx, s.key(name))
		require.NoError(t, err)
		require.False(t, there, "half a file must not be seen")
		file, err := landing.Transfer(ctx, s.store, src, s.to(name), o)
		require.NoError(t, err)
		require.Equal(t, Sum(body), file.SHA256)
		s.holds(t, name, body)
		if ranges {
			require.Equal(t, []int64{0, 2 * PartBytes, 3 * PartBytes}, src.Offsets())
		} else {
			require.Equal(t, []int64{0, 0, 0}, src.Offsets())
		}
	}
}

func (s *suite) twoWriters(t *testing.T) {
	ctx, body := t.Context(), Bytes(6, PartBytes+100)
	results := make(chan error)
	for range 2 {
		go func() {
			_, err := landing.Transfer(ctx, s.store, &Source{Data: body, Name: "a"}, s.to("two writers"), landing.TransferOptions{})
			results <- err
		}()
	}
	require.NoError(t, errors.Join(<-results, <-results))
	s.holds(t, "two writers", body)
	other := &Source{Data: Bytes(7, PartBytes+100), Name: "a"}
	_, err := landing.Transfer(ctx, s.store, other, s.to("two writers"), landing.TransferOptions{})
	var conflict *bucket.ConflictError
	require.ErrorAs(t, err, &conflict)
	require.Equal(t, Sum(other.Data), conflict.SHA256)
	require.Equal(t, Sum(body), conflict.ThereSHA256)
	s.holds(t, "two writers", body)
}

func (s *suite) zip(t *testing.T) {
	ctx := t.Context()
	members := map[string][]byte{"one.txt": Bytes(8, PartBytes+10), "dir/two.txt": bytes.Repeat([]byte("a|b\r\n"), 5000), "empty.txt": nil}
	var raw bytes.Buffer
	w := zip.NewWriter(&raw)
	for _, name := range []string{"one.txt", "dir/two.txt", "empty.txt"} {
		f, err := w.Create(name)
		require.NoError(t, err)
		_, err = f.Write(members[name])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	src := &Source{Data: raw.Bytes(), Name: "extract.zip", Framing: "close"}
	file, err := landing.Transfer(ctx, s.store, src, s.to("extract.zip"), landing.TransferOptions{})
	require.NoError(t, err)
	require.Equal(t, "zip", file.Proof)
	for range 2 {
		files, err := landing.ExpandZip(ctx, s.store, file.Key, func(name string) string { return s.key("files/" + name) }, landing.ZipOptions{})
		require.NoError(t, err)
		require.Len(t, files, 3)
		require.Equal(t, "dir/two.txt", files[1].Name)
		require.Equal(t, s.key("files/dir_two.txt"), files[1].Key)
		for _, f := range files {
			require.Equal(t, Sum(members[f.Name]), f.SHA256)
			got, err := s.store.Get(ctx, f.Key)
			require.NoError(t, err)
			require.Equal(t, f.SHA256, Sum(got))
		}
	}
}

func (s *suite) manifest(t *testing.T) {
	ctx, key := t.Context(), s.key("manifest.json")
	_, err := evidence.ReadManifest(ctx, s.store, key)
	require.ErrorIs(t, err, bucket.ErrNotFound)
	m := evidence.Manifest{Schema: 1, Pipeline: "p", Job: evidence.Job{ID: "j", Origin: "started"}, Raw: evidence.File{Key: "k", Bytes: 1, SHA256: "s"},
		LandedAt: time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)}
	require.NoError(t, evidence.WriteManifest(ctx, s.store, key, &m))
	again := m
	again.LandedAt = m.LandedAt.Add(time.Second)
	again.CorrelationIDs = []string{"another"}
	require.NoError(t, evidence.WriteManifest(ctx, s.store, key, &again))
	got, err := evidence.ReadManifest(ctx, s.store, key)
	require.NoError(t, err)
	require.Equal(t, &m, got, "the first one stands")
	again.Raw.SHA256 = "other"
	var conflict *bucket.ConflictError
	require.ErrorAs(t, evidence.WriteManifest(ctx, s.store, key, &again), &conflict)
}

func (s *suite) tokens(t *testing.T) {
	ctx := t.Context()
	tokens := bucket.NewTokenStore(s.store, evidence.TokenKey(s.prefix, "acme"))
	type token struct{ Refresh string }
	var got token
	v0, err := tokens.Load(ctx, &got)
	require.NoError(t, err)
	require.Empty(t, v0)
	v1, err := tokens.Save(ctx, token{"1"}, v0)
	require.NoError(t, err)
	_, err = tokens.Save(ctx, token{"late"}, v0)
	require.ErrorIs(t, err, bucket.ErrChanged)
	_, err = tokens.Save(ctx, token{"2"}, v1)
	require.NoError(t, err)
	_, err = tokens.Load(ctx, &got)
	require.NoError(t, err)
	require.Equal(t, token{"2"}, got)
}

func (s *suite) probe(t *testing.T) {
	seen, err := s.store.Probe(t.Context(), s.prefix)
	require.NoError(t, err)
	require.NoError(t, seen.Err())
	for _, c := range seen {
		if !c.OK {
			t.Logf("this server cannot do all: %s: %s", c.Name, c.Message)
		}
	}
	require.Len(t, seen, 10)
	left, err := s.store.List(t.Context(), s.key("_probe/"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func (s *suite) missing(t *testing.T) {
	ctx := context.Background()
	_, err := s.store.Get(ctx, s.key("nothing"))
	require.ErrorIs(t, err, bucket.ErrNotFound)
	_, _, err = s.store.Open(ctx, s.key("nothing"))
	require.ErrorIs(t, err, bucket.ErrNotFound)
	_, err = s.store.Head(ctx, s.key("nothing"))
	require.ErrorIs(t, err, bucket.ErrNotFound)
	there, err := s.store.Exists(ctx, s.key("nothing"))
	require.NoError(t, err)
	require.False(t, there)
}
