// Package landing brings Concur's files into the bucket: it streams each in one pass and bounded memory, goes on after a
// kill where it stopped, lets a file appear only when its end is proved, and expands zips. It knows nothing of Temporal.
package landing

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"tieout/internal/bucket"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
)

// maxFetches is how often a file whose end nothing proves is fetched before the landing is put off.
const maxFetches = 4

// TransferOptions of one file. The zero value is good.
type TransferOptions struct {
	// Parallel is how many parts are on their way at once; 3.
	Parallel int
	// Progress takes the checkpoint after each part, and once a second while bytes arrive. It is never called
	// concurrently, and not after Transfer has returned. Without it no upload is kept for a later attempt.
	Progress func(Checkpoint)
	// Resume is the last checkpoint of an earlier attempt.
	Resume *Checkpoint
	// Look judges a file by its first bytes, at most extractfile.HeadBytes and all of it where whole says so, before one
	// of them is kept. Its error says that this is not a file. A zip is not shown to it: its members are, by ExpandZip.
	Look func(head []byte, whole bool) error
	// EndProof makes one prover per fetch of a file, except for zips. What it refutes is fetched again, whatever the framing
	// says; what nothing proves is as well, and two fetches with equal bytes are the truth.
	EndProof func() EndProver
}

// Transfer streams a file from its source into an immutable object, in one pass and bounded memory. The object
// appears only when its end was proved. With the checkpoint of an earlier attempt it goes on behind the last part
// if the source still serves the same answer; else it reads again from the start and uploads the parts that differ.
//
// Errors: *NoFileError; *ConflictError; *TemporaryError when the body was cut short, stalled or changed; the source's own, wrapped;
// those of S3 (bucket.Permanent). After an error that no retry mends the upload is aborted.
func Transfer(ctx context.Context, s *bucket.Store, src Source, keyFor func(Body) string, o TransferOptions) (evidence.File, error) {
	o.Parallel = cmp.Or(o.Parallel, 3)
	t := &transfer{s: s, src: src, keyFor: keyFor, o: o, cp: Checkpoint{Schema: 1, Length: -1}}
	file, err := t.run(ctx)
	if err != nil {
		t.giveUp(ctx, err)
		return evidence.File{}, err
	}
	return file, nil
}

type transfer struct {
	s      *bucket.Store
	src    Source
	keyFor func(Body) string
	o      TransferOptions

	up *bucket.Upload // shared by the fetches of one transfer

	mu     sync.Mutex // guards cp, counts and the calls of Progress
	cp     Checkpoint
	counts map[int32]extractfile.CountMark // of parts that are not in S3 yet
}

func (t *transfer) run(ctx context.Context) (evidence.File, error) {
	resumed, err := t.takeUp(ctx)
	if err != nil {
		return evidence.File{}, err
	}
	if resumed && t.cp.Length >= 0 && t.cp.Bytes == t.cp.Length && t.cp.whole() {
		return t.finishHeld(ctx) // killed between the last part and the completion
	}
	for {
		w, proof, err := t.fetch(ctx, resumed)
		resumed = false
		if err != nil {
			return evidence.File{}, err
		}
		sum := hex.EncodeToString(w.SHA256())
		if proof == "" && slices.Contains(t.cp.Fetches, sum) {
			proof = ProofTwice
		}
		if proof != "" {
			return t.commit(ctx, w, proof)
		}
		w.Close()
		t.report(func(cp *Checkpoint) { cp.Fetches = append(cp.Fetches, sum) })
		if len(t.cp.Fetches) >= maxFetches {
			t.report(func(cp *Checkpoint) { cp.Fetches = nil })
			return evidence.File{}, temporary("fetching %q: nothing proves that it is whole, or its own header says that it is not, and none of %d fetches equals another", t.cp.Name, maxFetches)
		}
	}
}

// takeUp joins the upload of an earlier attempt and reports whether the transfer can go on behind its parts.
func (t *transfer) takeUp(ctx context.Context) (behindParts bool, err error) {
	r := t.o.Resume
	if r == nil || r.Schema != 1 || r.Key == "" {
		return false, nil
	}
	if r.UploadID != "" {
		t.up, err = t.s.OpenUpload(ctx, r.Key, r.UploadID)
		if errors.Is(err, bucket.ErrNotFound) { // completed or aborted
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	t.cp = *r
	t.cp.Fetches = slices.Clone(r.Fetches)
	goesOn := r.Sum == nil || r.Bytes == r.Length // behind a sum nothing can be added
	if t.up == nil || r.Parts == 0 || !goesOn || !r.Mark.Readable() || !t.up.Holds(r.Mark, r.Bytes == r.Length) {
		t.restart()
		return false, nil
	}
	return true, nil
}

// restart forgets how far the present answer went, but neither the upload nor its validator.
func (t *transfer) restart() {
	t.cp.Mark, t.cp.Count, t.cp.Received = bucket.Mark{PartBytes: t.cp.PartBytes}, extractfile.CountMark{}, 0
}

// finishHeld completes an upload of which S3 holds every byte that one answer announced.
func (t *transfer) finishHeld(ctx context.Context) (evidence.File, error) {
	w, err := t.writer(ctx, &endWatch{})
	if err != nil {
		return evidence.File{}, err
	}
	return t.commit(ctx, w, ProofContentLength)
}

// fetch reads one answer to its end and returns the proof of it, or "" without one.
func (t *transfer) fetch(ctx context.Context, resumed bool) (*bucket.Writer, string, error) {
	bodyCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	body, err := t.open(bodyCtx, resumed)
	if err != nil {
		return nil, "", err
	}
	guard := t.s.Guard(body.ReadCloser, cancel)
	defer guard.Close()
	head, err := t.look(ctx, body, guard)
	if err != nil {
		return nil, "", err
	}
	t.begin(ctx, body)
	watch := t.watch(body, head)
	w, err := t.writer(ctx, watch)
	if err != nil {
		return nil, "", err
	}
	// When S3 has failed, a body that trickles on must not hold the transfer up.
	defer context.AfterFunc(w.Context(), func() { cancel(nil); body.Close() })()
	proof, err := t.read(ctx, w, body, watch, io.MultiReader(bytes.NewReader(head), guard))
	if err != nil {
		w.Close()
	}
	t.up = w.Upload()
	return w, proof, err
}

// open asks for what is missing, or for the whole file. What was asked from an offset counts only if it is the same
// answer, from that very offset, and proves its end.
func (t *transfer) open(ctx context.Context, resumed bool) (*Body, error) {
	if resumed && t.cp.ETag != "" && t.cp.Count.At > 0 {
		body, err := t.src.Open(ctx, t.cp.Count.At, t.cp.ETag)
		if err == nil {
			if body.Offset == 0 || t.continues(body) {
				return body, nil
			}
			body.Close()
		}
	}
	body, err := t.src.Open(ctx, 0, "")
	if err != nil {
		return nil, fmt.Errorf("fetching the file: %w", err)
	}
	if body.Offset != 0 {
		body.Close()
		return nil, temporary("fetching %q: asked for the whole file, got it from byte %d", body.Name, body.Offset)
	}
	return body, nil
}

func (t *transfer) continues(body *Body) bool {
	sameLength := t.cp.Length < 0 || body.Length < 0 || body.Offset+body.Length == t.cp.Length
	return body.Offset == t.cp.Count.At && body.validator() == t.cp.ETag && body.proves() != "" && sameLength
}

// begin notes what the answer says of itself. An answer with another validator is another file: the upload of the
// old one is given up, so that no bytes of the two can meet.
func (t *transfer) begin(ctx context.Context, body *Body) {
	if body.Offset > 0 {
		t.cp.Received = t.cp.Bytes
		return
	}
	if v := body.validator(); v != "" && t.cp.ETag != "" && v != t.cp.ETag {
		if t.up != nil {
			t.up.Abort(ctx)
			t.up = nil
		}
		t.cp = Checkpoint{Schema: 1}
	}
	t.restart()
	if t.cp.Key == "" {
		t.cp.Key = t.keyFor(*body)
		t.cp.Name, t.cp.ContentType = cut(body.Name, 255), cut(body.ContentType, 128)
	}
	t.cp.ETag, t.cp.Length = body.validator(), body.Length
}

// look reads the beginning of a whole file and has it judged.
func (t *transfer) look(ctx context.Context, body *Body, r io.Reader) ([]byte, error) {
	if body.Offset > 0 {
		return nil, nil // its beginning was looked at by an earlier attempt
	}
	size := extractfile.HeadBytes
	if t.o.Look == nil {
		size = zipMagic
	}
	head, whole, err := readHead(r, size)
	if err == nil && whole && body.Length >= 0 && int64(len(head)) != body.Length {
		err = fmt.Errorf("it ended after %d of %d bytes", len(head), body.Length)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("transferring %q: %w", body.Name, context.Cause(ctx))
	case err != nil:
		return nil, temporary("fetching %q: the answer broke off after %d bytes: %w", body.Name, len(head), err)
	case t.o.Look == nil || isZip(head):
		return head, nil
	}
	if err := t.o.Look(head, whole); err != nil {
		return nil, &NoFileError{Name: cut(body.Name, 255), Err: err}
	}
	return head, nil
}

// readHead reads as much of a file as is needed to recognize its format; whole reports that this is all of it.
func readHead(r io.Reader, size int) (head []byte, whole bool, err error) {
	head = make([]byte, size)
	n, err := io.ReadFull(r, head)
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return head[:n], true, nil
	}
	return head[:n], false, err
}

// watch begins to follow a body, or goes on behind what an earlier attempt saw.
func (t *transfer) watch(body *Body, head []byte) *endWatch {
	w := &endWatch{framing: body.proves(), isZip: isZip(head), seen: body.Offset}
	if body.Offset > 0 {
		w.isZip = t.cp.Zip
	}
	t.cp.Zip = w.isZip
	if t.o.EndProof != nil && !w.isZip {
		w.prover = t.o.EndProof()
		if body.Offset > 0 {
			w.prover.Resume(t.cp.Count)
		}
	}
	return w
}

// writer writes the file from where the checkpoint stands.
func (t *transfer) writer(ctx context.Context, watch *endWatch) (*bucket.Writer, error) {
	t.counts = map[int32]extractfile.CountMark{}
	var w *bucket.Writer
	w, err := t.s.NewWriter(ctx, t.cp.Key, bucket.WriterOptions{
		ContentType: t.cp.ContentType, Name: t.cp.Name, Size: max(t.cp.Length, 0), Parallel: t.o.Parallel, Upload: t.up, Mark: t.cp.Mark,
		PartFull: func(part int32) {
			t.mu.Lock()
			defer t.mu.Unlock()
			t.counts[part] = watch.mark()
		},
		Landed: func(m bucket.Mark) {
			t.report(func(cp *Checkpoint) {
				cp.UploadID = ""
				if up := w.Upload(); up != nil {
					cp.UploadID = up.ID()
				}
				if count, ok := t.counts[m.Parts]; ok {
					cp.Count = count
				}
				cp.Mark = m
				maps.DeleteFunc(t.counts, func(part int32, _ extractfile.CountMark) bool { return part <= m.Parts })
			})
		},
	})
	return w, err
}

// read takes the body to its end. Nothing of an answer that is shorter than it announced goes into a last part.
func (t *transfer) read(ctx context.Context, w *bucket.Writer, body *Body, watch *endWatch, r io.Reader) (proof string, err error) {
	if body.Offset > 0 {
		// From the last whole record on the bytes are counted again; those up to the part's end are in S3 already.
		if _, err := io.CopyN(writerFunc(watch.see), r, t.cp.Bytes-body.Offset); err != nil {
			return "", temporary("fetching %q: the answer broke off after %d bytes: %w", t.cp.Name, t.cp.Bytes, err)
		}
	}
	reported := time.Now()
	seen := io.TeeReader(r, writerFunc(func(p []byte) {
		watch.see(p)
		if time.Since(reported) >= time.Second {
			reported = time.Now()
			t.report(func(cp *Checkpoint) { cp.Received = w.Bytes() + int64(len(p)) })
		}
	}))
	_, err = w.ReadFrom(sourceReader{seen})
	if err == nil && body.Length >= 0 && w.Bytes()-body.Offset != body.Length {
		err = &sourceError{fmt.Errorf("it ended after %d of %d bytes", w.Bytes(), body.Offset+body.Length)}
	}
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		return watch.proven(), nil
	}
	if ctx.Err() != nil {
		return "", fmt.Errorf("transferring %q: %w", t.cp.Name, context.Cause(ctx))
	}
	if fault, ok := errors.AsType[*sourceError](err); ok {
		return "", temporary("fetching %q: the answer broke off after %d bytes: %w", t.cp.Name, w.Bytes(), fault.err)
	}
	return "", err
}

// sourceReader marks the failures of a source, so that they are not taken for those of S3.
type sourceReader struct{ r io.Reader }

func (s sourceReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		err = &sourceError{err}
	}
	return n, err
}

type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// writerFunc is a function that takes bytes and never fails.
type writerFunc func([]byte)

func (f writerFunc) Write(p []byte) (int, error) {
	f(p)
	return len(p), nil
}

func (t *transfer) report(change func(*Checkpoint)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.cp)
	t.cp.Received = max(t.cp.Received, t.cp.Bytes)
	if t.o.Progress != nil {
		cp := t.cp
		cp.Fetches = slices.Clone(cp.Fetches)
		t.o.Progress(cp)
	}
}

func (t *transfer) commit(ctx context.Context, w *bucket.Writer, proof string) (evidence.File, error) {
	defer w.Close()
	err := w.Commit(ctx)
	t.up = w.Upload()
	if err != nil {
		return evidence.File{}, err
	}
	return evidence.File{Name: t.cp.Name, Key: t.cp.Key, URI: t.s.URI(t.cp.Key), Bytes: w.Bytes(),
		SHA256: hex.EncodeToString(w.SHA256()), Proof: proof}, nil
}

// giveUp leaves an upload open only where somebody has the checkpoint and trying again makes sense.
func (t *transfer) giveUp(ctx context.Context, err error) {
	if _, permanent := bucket.Permanent(err); t.up != nil && (permanent || t.o.Progress == nil) {
		t.up.Abort(ctx)
	}
}
