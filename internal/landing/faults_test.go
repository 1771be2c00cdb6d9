package landing_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/internal/landing/landingtest"
)

const smallPart = 1 << 10

// small is a store whose parts are small, so that a test needs little to have many of them.
func small(t testing.TB, s *s3test.Server) *bucket.Store {
	s.MinPart = smallPart
	return bucket.New(s.Client(), "bucket", bucket.Options{PartBytes: smallPart, MemoryBytes: 4 * smallPart})
}

func to(key string) func(landing.Body) string { return func(landing.Body) string { return key } }

// attempts runs a transfer as a worker would: each attempt has the checkpoint that the one before it heartbeated.
func attempts(t testing.TB, store *bucket.Store, src landing.Source, o landing.TransferOptions, most int) (evidence.File, error) {
	var last *landing.Checkpoint
	o.Progress = func(c landing.Checkpoint) {
		body, err := json.Marshal(c) // as heartbeat details travel
		require.NoError(t, err)
		require.Less(t, len(body), 2048)
		last = new(landing.Checkpoint)
		require.NoError(t, json.Unmarshal(body, last))
	}
	for n := 1; ; n++ {
		file, err := landing.Transfer(t.Context(), store, src, to("raw"), o)
		if err == nil || n == most {
			return file, err
		}
		if _, permanent := bucket.Permanent(err); permanent {
			return file, err
		}
		o.Resume = last
	}
}

// Any cuts of the source (each elsewhere: two equal fetches are believed) and any faults of S3, whatever the source can do, end in the same object or in none.
func TestAnyCutThenResume(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := s3test.NewServer("bucket")
		defer s.Close()
		store := small(t, s)
		size := rapid.IntRange(0, 9*smallPart).Draw(r, "size")
		src := &landingtest.Source{
			Data:    landingtest.Bytes(1, size),
			Name:    "extract.txt",
			ETag:    rapid.SampledFrom([]string{"", `"v1"`, `W/"weak"`}).Draw(r, "etag"),
			Ranges:  rapid.Bool().Draw(r, "ranges"),
			Framing: rapid.SampledFrom([]string{"content-length", "chunked", "close"}).Draw(r, "framing"),
		}
		for _, at := range rapid.SliceOfNDistinct(rapid.IntRange(0, size), 0, min(3, size+1), rapid.ID[int]).Draw(r, "cuts") {
			src.CutAt = append(src.CutAt, int64(at))
		}
		for range rapid.IntRange(0, 3).Draw(r, "faults") {
			s.Inject(s3test.Fault{
				Operation: rapid.SampledFrom([]string{"UploadPart", "PutObject", "HeadObject", "CreateMultipartUpload", "CompleteMultipartUpload", "ListParts", "GetObject"}).Draw(r, "operation"),
				Nth:       rapid.IntRange(1, 5).Draw(r, "nth"),
				Times:     rapid.IntRange(1, 4).Draw(r, "times"),
				Do:        rapid.SampledFrom([]s3test.Action{s3test.SlowDown, s3test.InternalError, s3test.Reset, s3test.LostAnswer, s3test.CutShort, s3test.Conflict}).Draw(r, "action"),
			})
		}
		file, err := attempts(t, store, src, landing.TransferOptions{Parallel: rapid.IntRange(1, 3).Draw(r, "parallel")}, 20)
		if err != nil {
			r.Fatalf("%v", err)
		}
		if file.SHA256 != landingtest.Sum(src.Data) || file.Bytes != int64(size) {
			r.Fatalf("landed %d bytes with another hash, of %d", file.Bytes, size)
		}
		if got, _ := s.Object("bucket", "raw"); !bytes.Equal(got, src.Data) {
			r.Fatalf("the object holds other bytes")
		}
	})
}

// A source that changes under way never leads to an object that mixes two answers.
func TestChangingSourceIsNeverMixed(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := s3test.NewServer("bucket")
		defer s.Close()
		a, b := landingtest.Bytes(1, 6*smallPart+10), landingtest.Bytes(2, rapid.IntRange(0, 8*smallPart).Draw(r, "size"))
		src := &landingtest.Source{Name: "extract.txt", Framing: rapid.SampledFrom([]string{"content-length", "chunked", "close"}).Draw(r, "framing"),
			ETag: rapid.SampledFrom([]string{"", `"v1"`}).Draw(r, "etag"), Ranges: false}
		for n := range 8 {
			answer := a
			if rapid.Bool().Draw(r, "changed") {
				answer = b
			}
			src.Answers = append(src.Answers, answer)
			cut := int64(-1)
			if n < 4 && rapid.Bool().Draw(r, "cut") {
				cut = int64(rapid.IntRange(0, len(answer)).Draw(r, "at"))
			}
			src.CutAt = append(src.CutAt, cut)
		}
		src.Data = b
		file, err := attempts(t, small(t, s), src, landing.TransferOptions{}, 20)
		if err != nil {
			r.Fatalf("%v", err)
		}
		got, _ := s.Object("bucket", "raw")
		if landingtest.Sum(got) != file.SHA256 {
			r.Fatal("the file's hash is not the object's")
		}
		if !bytes.Equal(got, a) && !bytes.Equal(got, b) {
			// A plain end of a body without any framing may be a cut; two equal cuts are believed.
			if src.Framing != "close" || !bytes.HasPrefix(a, got) && !bytes.HasPrefix(b, got) {
				r.Fatal("the object is neither of the two answers")
			}
		}
	})
}

func TestChangedValidatorStartsOver(t *testing.T) {
	s := server(t)
	store := small(t, s)
	var last *landing.Checkpoint
	o := landing.TransferOptions{Progress: func(c landing.Checkpoint) { last = &c }}
	first := &landingtest.Source{Data: landingtest.Bytes(1, 5*smallPart), Name: "a", ETag: `"1"`, Ranges: true, CutAt: []int64{3 * smallPart}}
	_, err := landing.Transfer(t.Context(), store, first, to("raw"), o)
	require.Error(t, err)
	require.Len(t, s.Uploads(), 1)
	old := s.Uploads()[0].ID

	o.Resume = last
	second := &landingtest.Source{Data: landingtest.Bytes(2, 5*smallPart), Name: "a", ETag: `"2"`, Ranges: true}
	file, err := landing.Transfer(t.Context(), store, second, to("raw"), o)
	require.NoError(t, err)
	require.Equal(t, landingtest.Sum(second.Data), file.SHA256)
	require.Empty(t, s.Uploads(), "the upload of the old answer is aborted")
	require.NotEqual(t, old, last.UploadID)
	require.Equal(t, 2, s.Count("CreateMultipartUpload"))
}

// A server that honours Range but not If-Range must not have its bytes joined to those of another answer.
func TestRangeOfAnotherAnswerIsNotTaken(t *testing.T) {
	s := server(t)
	store := small(t, s)
	var last *landing.Checkpoint
	o := landing.TransferOptions{Progress: func(c landing.Checkpoint) { last = &c }}
	first := &landingtest.Source{Data: landingtest.Bytes(1, 5*smallPart), Name: "a", ETag: `"1"`, CutAt: []int64{3 * smallPart}}
	_, err := landing.Transfer(t.Context(), store, first, to("raw"), o)
	require.Error(t, err)
	o.Resume = last
	second := &landingtest.Source{Data: landingtest.Bytes(2, 5*smallPart), Name: "a", ETag: `"2"`, AnyRange: true}
	file, err := landing.Transfer(t.Context(), store, second, to("raw"), o)
	require.NoError(t, err)
	require.Equal(t, landingtest.Sum(second.Data), file.SHA256)
	require.Equal(t, []int64{3 * smallPart, 0}, second.Offsets())
	require.Equal(t, 1, s.Count("CompleteMultipartUpload"))
}

// Without any validator the parts' checksums tell that the answer is another one: its parts replace the old ones.
func TestOtherBytesReplaceParts(t *testing.T) {
	s := server(t)
	src := &landingtest.Source{Data: landingtest.Bytes(2, 6*smallPart), Name: "a", CutAt: []int64{4 * smallPart},
		Answers: [][]byte{landingtest.Bytes(1, 6*smallPart)}}
	file, err := attempts(t, small(t, s), src, landing.TransferOptions{}, 2)
	require.NoError(t, err)
	require.Equal(t, landingtest.Sum(src.Data), file.SHA256)
	require.Equal(t, 1, s.Count("CreateMultipartUpload"))
	require.Equal(t, 10, s.Count("UploadPart"))
}

func TestPlainEndBeforeTheAnnouncedLength(t *testing.T) {
	for _, size := range []int{100, 3 * smallPart} {
		s := server(t)
		src := &landingtest.Source{Data: landingtest.Bytes(1, size), Name: "a", PlainEnd: true, CutAt: []int64{int64(size - 1)}}
		_, err := landing.Transfer(t.Context(), small(t, s), src, to("raw"), landing.TransferOptions{})
		var temporary *bucket.TemporaryError
		require.ErrorAs(t, err, &temporary)
		require.ErrorContains(t, err, fmt.Sprintf("it ended after %d of %d bytes", size-1, size))
		require.Empty(t, s.Objects())
	}
}

func TestResumeUploadsOnlyWhatIsMissing(t *testing.T) {
	s := server(t)
	store := small(t, s)
	src := &landingtest.Source{Data: landingtest.Bytes(1, 6*smallPart), Name: "a", CutAt: []int64{4*smallPart + 1}}
	_, err := attempts(t, store, src, landing.TransferOptions{}, 2)
	require.NoError(t, err)
	require.Equal(t, 6, s.Count("UploadPart"), "four before the break, two after it")
	require.Equal(t, []int64{0, 0}, src.Offsets())
}

func TestKilledBeforeCompletionReadsNothingAgain(t *testing.T) {
	s := server(t)
	s.Inject(s3test.Fault{Operation: "CompleteMultipartUpload", Times: 3, Do: s3test.SlowDown})
	src := &landingtest.Source{Data: landingtest.Bytes(1, 3*smallPart+5), Name: "a"}
	file, err := attempts(t, small(t, s), src, landing.TransferOptions{}, 2)
	require.NoError(t, err)
	require.Equal(t, landingtest.Sum(src.Data), file.SHA256)
	require.Equal(t, "content-length", file.Proof)
	require.Len(t, src.Offsets(), 1)
}

func TestUploadIsAbortedWhenNobodyCanResume(t *testing.T) {
	s := server(t)
	store := small(t, s)
	src := &landingtest.Source{Data: landingtest.Bytes(1, 6*smallPart), Name: "a", CutAt: []int64{3 * smallPart}}
	_, err := landing.Transfer(t.Context(), store, src, to("raw"), landing.TransferOptions{})
	require.Error(t, err)
	require.Empty(t, s.Uploads())

	var last landing.Checkpoint
	src = &landingtest.Source{Data: src.Data, Name: "a", CutAt: src.CutAt}
	_, err = landing.Transfer(t.Context(), store, src, to("raw"), landing.TransferOptions{Progress: func(c landing.Checkpoint) { last = c }})
	require.Error(t, err)
	require.Len(t, s.Uploads(), 1, "kept for the next attempt")
	require.Equal(t, last.UploadID, s.Uploads()[0].ID)
}

func TestConflictKeepsWhatIsThere(t *testing.T) {
	for _, size := range []int{10, 3 * smallPart} {
		s := server(t)
		store := small(t, s)
		require.NoError(t, store.PutNew(t.Context(), "raw", "", []byte("evidence")))
		_, err := landing.Transfer(t.Context(), store, &landingtest.Source{Data: landingtest.Bytes(1, size), Name: "a"}, to("raw"), landing.TransferOptions{})
		var conflict *bucket.ConflictError
		require.ErrorAs(t, err, &conflict)
		message, permanent := bucket.Permanent(err)
		require.True(t, permanent)
		require.Contains(t, message, "s3://bucket/raw is there already with other bytes")
		require.Zero(t, s.Count("UploadPart"))
		require.Empty(t, s.Uploads())
	}
}

// A conditional completion is refused although nothing was there at the beginning: another writer was faster.
func TestLosingTheRaceAtCompletion(t *testing.T) {
	for _, same := range []bool{true, false} {
		s := server(t)
		store := small(t, s)
		body := landingtest.Bytes(1, 3*smallPart)
		winner := body
		if !same {
			winner = landingtest.Bytes(2, 3*smallPart)
		}
		src := &landingtest.Source{Data: body, Name: "a"}
		var once bool
		_, err := landing.Transfer(t.Context(), store, src, to("raw"), landing.TransferOptions{Parallel: 1, Progress: func(c landing.Checkpoint) {
			if !once && c.Parts == 1 {
				once = true
				require.NoError(t, store.PutNew(t.Context(), "raw", "", winner))
			}
		}})
		var conflict *bucket.ConflictError
		require.Equal(t, !same, errors.As(err, &conflict), "%v", err)
		require.Empty(t, s.Uploads())
	}
}

func TestCorruptStorageIsSeen(t *testing.T) {
	for _, size := range []int{10, 3 * smallPart} {
		s := server(t)
		s.Inject(s3test.Fault{Operation: "PutObject", Nth: 1, Do: s3test.Corrupt}, s3test.Fault{Operation: "UploadPart", Nth: 2, Do: s3test.Corrupt})
		_, err := landing.Transfer(t.Context(), small(t, s), &landingtest.Source{Data: landingtest.Bytes(1, size), Name: "a"}, to("raw"), landing.TransferOptions{})
		require.Error(t, err)
		if size > smallPart {
			require.Empty(t, s.Objects(), "S3 refuses to join what it did not receive")
		}
	}
}

func TestStalledSourceIsGivenUp(t *testing.T) {
	s := server(t)
	src := &landingtest.Source{Data: landingtest.Bytes(1, 3*smallPart), Name: "a", CutAt: []int64{smallPart + 1}, Stall: true}
	var last landing.Checkpoint
	store := bucket.New(s.Client(), "bucket", bucket.Options{PartBytes: smallPart, Stall: 20 * time.Millisecond})
	_, err := landing.Transfer(t.Context(), store, src, to("raw"), landing.TransferOptions{Progress: func(c landing.Checkpoint) { last = c }})
	require.ErrorIs(t, err, bucket.ErrStalled)
	var temporary *bucket.TemporaryError
	require.ErrorAs(t, err, &temporary)
	require.EqualValues(t, 1, last.Parts, "what had arrived is kept")
	require.Empty(t, s.Objects())
}

func TestHangingServerIsGivenUp(t *testing.T) {
	for _, op := range []string{"UploadPart", "CreateMultipartUpload", "HeadObject"} {
		s := server(t)
		s.MinPart = smallPart
		s.Inject(s3test.Fault{Operation: op, Times: -1, Do: s3test.Hang})
		store := bucket.New(s.Client(), "bucket", bucket.Options{PartBytes: smallPart, Timeout: 50 * time.Millisecond})
		_, err := landing.Transfer(t.Context(), store, &landingtest.Source{Data: landingtest.Bytes(1, 3*smallPart), Name: "a"}, to("raw"), landing.TransferOptions{})
		require.Error(t, err, op)
		_, permanent := bucket.Permanent(err)
		require.False(t, permanent)
		require.Empty(t, s.Objects())
	}
}

func TestCutShortIsNeverCompleted(t *testing.T) {
	body := landingtest.Bytes(1, 3*smallPart+7)
	for _, framing := range []string{"content-length", "chunked"} {
		for at := range len(body) / 500 {
			s := server(t)
			src := &landingtest.Source{Data: body, Name: "a", Framing: framing, CutAt: []int64{int64(at * 500)}}
			_, err := landing.Transfer(t.Context(), small(t, s), src, to("raw"), landing.TransferOptions{})
			var temporary *bucket.TemporaryError
			require.ErrorAs(t, err, &temporary)
			require.Empty(t, s.Objects())
			require.Empty(t, s.Uploads())
		}
	}
}

type counting struct{ got, want int }

func (c *counting) Write(p []byte) (int, error) { c.got += len(p); return len(p), nil }
func (c *counting) Proven() bool                { return c.got == c.want }
func (c *counting) Refuted() bool               { return c.got != c.want }

func (c *counting) Resume(mark extractfile.CountMark) { c.got = int(mark.At) }
func (c *counting) Mark() extractfile.CountMark {
	return extractfile.CountMark{At: int64(c.got), Declared: -1}
}

func TestProofsOfTheEnd(t *testing.T) {
	body := landingtest.Bytes(1, 3*smallPart+7)
	prover := func(want int) func() landing.EndProver {
		return func() landing.EndProver { return &counting{want: want} }
	}
	for _, c := range []struct {
		name    string
		src     *landingtest.Source
		prover  func() landing.EndProver
		proof   string
		fetches int
	}{
		{"header", &landingtest.Source{Framing: "close"}, prover(len(body)), "header", 1},
		{"header disagrees", &landingtest.Source{Framing: "close"}, prover(1), "twice", 2},
		{"cut, then whole by the header", &landingtest.Source{Framing: "close", CutAt: []int64{2000}}, prover(len(body)), "header", 2},
		{"cut, then twice the same", &landingtest.Source{Framing: "close", CutAt: []int64{2000, -1, 3000, -1}}, nil, "twice", 4},
		{"length", &landingtest.Source{}, prover(len(body)), "content-length", 1},
		{"length, and the file disagrees", &landingtest.Source{}, prover(1), "twice", 2},
		{"chunks, and the file disagrees", &landingtest.Source{Framing: "chunked"}, prover(1), "twice", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := server(t)
			src := c.src
			src.Data, src.Name = body, "a"
			file, err := landing.Transfer(t.Context(), small(t, s), src, to("raw"), landing.TransferOptions{EndProof: c.prover})
			require.NoError(t, err)
			require.Equal(t, c.proof, file.Proof)
			require.Equal(t, landingtest.Sum(body), file.SHA256)
			require.Len(t, src.Offsets(), c.fetches)
			got, _ := s.Object("bucket", "raw")
			require.Equal(t, body, got)
			require.Empty(t, s.Uploads())
		})
	}
}

func TestNoTwoFetchesAgree(t *testing.T) {
	s := server(t)
	src := &landingtest.Source{Name: "a", Framing: "close", Data: landingtest.Bytes(9, 2000)}
	for n := range 4 {
		src.Answers = append(src.Answers, landingtest.Bytes(uint64(n), 2000))
	}
	_, err := landing.Transfer(t.Context(), small(t, s), src, to("raw"), landing.TransferOptions{})
	var temporary *bucket.TemporaryError
	require.ErrorAs(t, err, &temporary)
	require.ErrorContains(t, err, "none of 4 fetches equals another")
	require.Empty(t, s.Objects())
	require.Empty(t, s.Uploads())
}

// What S3 answers that no retry mends is said in words that a person can act upon.
func TestPermanentErrors(t *testing.T) {
	s := server(t)
	body := []byte("x")
	for _, c := range []struct {
		name   string
		client bucket.S3
		bucket string
		fault  s3test.Action
		want   string
	}{
		{"no bucket", s.Client(), "missing", "", "the bucket does not exist"},
		{"access key", s.ClientWith("OTHER", "x"), "bucket", "", "AWS_ACCESS_KEY_ID"},
		{"secret", s.ClientWith(s3test.AccessKey, "x"), "bucket", "", "AWS_SECRET_ACCESS_KEY"},
		{"denied", s.Client(), "bucket", s3test.Denied, "access denied"},
		{"conditional writes", s.Client(), "bucket", s3test.Unsupported, "conditional writes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Heal()
			if c.fault != "" {
				s.Inject(s3test.Fault{Operation: "PutObject", Times: -1, Do: c.fault})
			}
			err := bucket.New(c.client, c.bucket, bucket.Options{}).PutNew(t.Context(), "k", "", body)
			message, permanent := bucket.Permanent(err)
			require.True(t, permanent, "%v", err)
			require.Contains(t, message, c.want)
			require.Contains(t, message, "writing s3://"+c.bucket+"/k")
		})
	}
	s.Heal()
	for _, fault := range []s3test.Action{s3test.SlowDown, s3test.InternalError, s3test.Full, s3test.Reset} {
		s.Heal()
		s.Inject(s3test.Fault{Times: -1, Do: fault})
		err := bucket.New(s.Client(), "bucket", bucket.Options{}).PutNew(t.Context(), "k", "", body)
		require.Error(t, err)
		_, permanent := bucket.Permanent(err)
		require.False(t, permanent, "%v", err)
		if fault == s3test.Full { // a person sees it in the pending activity
			require.EqualError(t, err, "writing s3://bucket/k: the S3 server has no space left: free some or enlarge its disk, "+
				"and the run goes on by itself (S3 says InsufficientStorage)")
		}
	}
}

// Conditional writes whose answer was lost are done, and seen as done.
func TestLostAnswers(t *testing.T) {
	s := server(t)
	store := small(t, s)
	s.Inject(s3test.Fault{Operation: "PutObject", Nth: 1, Do: s3test.LostAnswer})
	require.NoError(t, store.PutNew(t.Context(), "new", "", []byte("1")))
	s.Heal()
	s.Inject(s3test.Fault{Operation: "PutObject", Nth: 1, Do: s3test.LostAnswer})
	version, err := store.PutIfMatch(t.Context(), "swap", "", []byte("1"), "")
	require.NoError(t, err)
	s.Heal()
	s.Inject(s3test.Fault{Operation: "PutObject", Nth: 1, Do: s3test.LostAnswer})
	_, err = store.PutIfMatch(t.Context(), "swap", "", []byte("2"), version)
	require.NoError(t, err)
	s.Heal()
	s.Inject(s3test.Fault{Operation: "CompleteMultipartUpload", Nth: 1, Do: s3test.LostAnswer})
	_, err = landing.Transfer(t.Context(), store, &landingtest.Source{Data: landingtest.Bytes(1, 5*smallPart), Name: "a"}, to("raw"), landing.TransferOptions{})
	require.NoError(t, err)
}

func TestProbeSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		bucket, name string
		fault        s3test.Fault
		fatal        bool
	}{
		{"missing", "bucket", s3test.Fault{Operation: "none"}, true},
		{"bucket", "write", s3test.Fault{Operation: "PutObject", Times: -1, Do: s3test.Denied}, true},
		{"bucket", "read", s3test.Fault{Operation: "GetObject", Times: -1, Do: s3test.Denied}, true},
		{"bucket", "multipart", s3test.Fault{Operation: "CompleteMultipartUpload", Times: -1, Do: s3test.Unsupported}, true},
		{"bucket", "resume", s3test.Fault{Operation: "ListParts", Times: -1, Do: s3test.Unsupported}, false},
		{"bucket", "sweep", s3test.Fault{Operation: "ListMultipartUploads", Times: -1, Do: s3test.Denied}, false},
		{"bucket", "delete", s3test.Fault{Operation: "DeleteObject", Times: -1, Do: s3test.Denied}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := server(t)
			s.Inject(c.fault)
			seen, err := bucket.New(s.Client(), c.bucket, bucket.Options{}).Probe(t.Context(), "concur")
			require.NoError(t, err)
			require.Equal(t, c.fatal, seen.Err() != nil, fmt.Sprint(seen))
			for _, one := range seen {
				require.NotEmpty(t, one.Message)
				if one.Name == c.name {
					require.False(t, one.OK)
				}
			}
			if c.fatal {
				require.ErrorContains(t, seen.Err(), c.name)
			}
			require.Empty(t, s.Uploads())
		})
	}
}
