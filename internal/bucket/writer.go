package bucket

import (
	"context"
	"crypto/sha256"
	"encoding"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/minio/crc64nvme"
	"golang.org/x/sync/errgroup"
)

// chunkBytes is how much ReadFrom reads before it hashes: little enough to be still in the processor's cache.
const chunkBytes = 256 << 10

// WriterOptions say how an object is written. The zero value is good for an object of any size.
type WriterOptions struct {
	ContentType string
	// Name is the name under which a browser saves the object; "" stands for the key's last element.
	Name string
	// Size is how many bytes will be written in all, so that a small object needs no buffer of a whole part; 0 where
	// nobody knows.
	Size int64
	// Parallel is how many parts are sent at the same time; 1.
	Parallel int
	// Upload is the open upload of an earlier writer of the same key. Of its parts only those that differ are sent again.
	Upload *Upload
	// Mark is how far an earlier writer came with that upload: this one goes on behind it.
	Mark Mark
	// PartFull is called with the number of each part before it is sent, in the order of parts.
	PartFull func(part int32)
	// Landed is called when the upload has begun, and whenever the bucket holds more parts without a gap than before.
	// It may be called while a Write is under way, but never concurrently with itself.
	Landed func(Mark)
}

// Writer streams bytes into one immutable object and holds no more of them in memory than the store's budget allows. The
// object appears with Commit, whole or not at all. Up to one part goes out as a single request, more as a multipart upload
// whose parts are sent while the next one fills. A Writer is not safe for concurrent use.
//
// Each Writer must be ended. Abort gives the object up; after a Commit that succeeded it does nothing. Close is for a
// Writer whose upload another one is to go on with.
type Writer struct {
	s    *Store
	ctx  context.Context
	key  string
	o    WriterOptions
	err  error
	done bool

	upload *Upload // nil while everything fits into the first part
	there  bool    // the object exists: nothing is sent, and Commit compares the hashes

	now     Mark
	hash    hash.Hash
	buf     []byte
	filled  int
	partCRC uint64

	tasks  *errgroup.Group
	tctx   context.Context
	mu     sync.Mutex
	landed Mark           // the bucket holds everything up to here
	ahead  map[int32]Mark // parts that were faster than one before them
}

// Create begins an object; ctx must hold until the Writer is ended. Nothing is sent yet.
func (s *Store) Create(ctx context.Context, key, contentType string) (*Writer, error) {
	return s.NewWriter(ctx, key, WriterOptions{ContentType: contentType})
}

// NewWriter begins an object, or goes on with one that an earlier writer began; ctx must hold until the Writer is ended.
// Nothing is sent yet. It fails where this program cannot read the Mark.
func (s *Store) NewWriter(ctx context.Context, key string, o WriterOptions) (*Writer, error) {
	set(&o.Parallel, 1)
	set(&o.Mark.PartBytes, s.o.PartBytes)
	w := &Writer{s: s, ctx: ctx, key: key, o: o, upload: o.Upload, now: o.Mark, landed: o.Mark, hash: sha256.New(), ahead: map[int32]Mark{}}
	if o.Mark.SHA256 != nil {
		if err := w.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(o.Mark.SHA256); err != nil {
			return nil, fmt.Errorf("going on with the upload of %s: %w", s.URI(key), err)
		}
	}
	w.tasks, w.tctx = errgroup.WithContext(ctx)
	w.tasks.SetLimit(o.Parallel)
	return w, nil
}

// Context returns a context that is canceled when the bucket has refused a part, with that error as its cause, or when the Writer has ended.
func (w *Writer) Context() context.Context { return w.tctx }

// Bytes returns how many bytes the object has so far, those before the Mark included.
func (w *Writer) Bytes() int64 { return w.now.Bytes }

// SHA256 returns the hash of the bytes so far, those before the Mark included.
func (w *Writer) SHA256() []byte {
	if w.o.Mark.Sum != nil {
		return w.o.Mark.Sum
	}
	return w.hash.Sum(nil)
}

// Upload returns the open multipart upload, nil where there is none.
func (w *Writer) Upload() *Upload { return w.upload }

// Write takes the next bytes. It waits while the store's memory is used up.
func (w *Writer) Write(p []byte) (int, error) {
	if w.done {
		return 0, errors.New("writing to an object that is committed or aborted")
	}
	written := 0
	for len(p) > 0 && w.err == nil {
		var room []byte
		if room, w.err = w.room(); w.err != nil {
			break
		}
		n := copy(room, p)
		p, written = p[n:], written+n
		w.err = w.advance(n)
	}
	return written, w.err
}

// ReadFrom takes everything that r has, straight into the buffers of parts. When r fails it waits for the parts that are
// being sent; where the bucket has refused one of those, that error comes first.
func (w *Writer) ReadFrom(r io.Reader) (int64, error) {
	begin := w.now.Bytes
	for {
		room, err := w.room()
		if err != nil {
			return w.now.Bytes - begin, w.settled(err)
		}
		n, readErr := r.Read(room[:min(len(room), chunkBytes)])
		if err := w.advance(n); err != nil {
			return w.now.Bytes - begin, w.settled(err)
		}
		if readErr == io.EOF {
			return w.now.Bytes - begin, nil
		}
		if readErr != nil {
			return w.now.Bytes - begin, w.settled(readErr)
		}
	}
}

// settled waits for the parts that are being sent and returns their error, or else err.
func (w *Writer) settled(err error) error {
	if settled := w.tasks.Wait(); settled != nil {
		err = settled
	}
	return err
}

// room returns the buffer space for the next bytes; it waits for a buffer when there is none.
func (w *Writer) room() ([]byte, error) {
	if err := context.Cause(w.tctx); err != nil {
		return nil, err
	}
	if w.buf == nil {
		size := partSize(w.now.PartBytes, w.now.Parts+1)
		if w.o.Size > 0 {
			size = min(size, w.o.Size-w.now.Bytes+1) // one more, to see the end
		}
		buf, err := w.s.pool.get(w.tctx, max(size, 1))
		if err != nil {
			return nil, err
		}
		w.buf, w.filled, w.partCRC = buf, 0, 0
	}
	return w.buf[w.filled:], nil
}

// advance takes n bytes that were put into room.
func (w *Writer) advance(n int) error {
	if n == 0 {
		return nil
	}
	p := w.buf[w.filled : w.filled+n]
	w.hash.Write(p)
	w.partCRC = crc64nvme.Update(w.partCRC, p)
	w.now.CRC64 = crc64nvme.Update(w.now.CRC64, p)
	w.now.Bytes += int64(n)
	w.filled += n
	if w.filled < len(w.buf) {
		return nil
	}
	if int64(w.filled) < partSize(w.now.PartBytes, w.now.Parts+1) {
		return temporary("%s has more bytes than the %d that were announced", w.s.URI(w.key), w.o.Size)
	}
	return w.sendPart(false)
}

// sendPart sends the filled buffer as the next part. Marks travel with heartbeats, and the state of a hash holds the bytes
// behind its last whole block: there are none behind a full part, and behind the last one the sum is enough.
func (w *Writer) sendPart(last bool) error {
	if w.upload == nil && !w.there {
		if err := w.begin(); err != nil {
			return err
		}
	}
	state, err := w.hash.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return err
	}
	w.now.Parts++
	if w.o.PartFull != nil {
		w.o.PartFull(w.now.Parts)
	}
	at, buf, filled, crc := w.now, w.buf, w.filled, w.partCRC
	if at.SHA256 = state; last {
		at.SHA256, at.Sum = nil, w.SHA256()
	}
	w.buf, w.filled = nil, 0
	if w.there {
		w.s.pool.put(buf)
		w.mark(at)
		return nil
	}
	w.tasks.Go(func() error {
		defer w.s.pool.put(buf)
		if err := w.upload.put(w.tctx, at.Parts, buf[:filled], crc); err != nil {
			return err
		}
		w.mark(at)
		return nil
	})
	return nil
}

// begin opens the upload, unless the object exists already: then its bytes need not travel again.
func (w *Writer) begin() (err error) {
	w.there, err = w.s.Exists(w.tctx, w.key)
	if err != nil || w.there {
		return err
	}
	w.upload, err = w.s.newUpload(w.tctx, w.key, w.o.ContentType, w.o.Name)
	if err == nil && w.o.Landed != nil {
		w.o.Landed(w.landed) // so that the upload is known before its first part is
	}
	return err
}

// mark notes a part that the bucket holds.
func (w *Writer) mark(m Mark) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead[m.Parts] = m
	moved := false
	for {
		next, ok := w.ahead[w.landed.Parts+1]
		if !ok {
			break
		}
		delete(w.ahead, next.Parts)
		w.landed, moved = next, true
	}
	if moved && w.o.Landed != nil {
		w.o.Landed(w.landed)
	}
}

// Flush sends what is left and waits until the bucket has all parts. What fits into one part stays in memory for Commit.
// Nothing may be written after it.
func (w *Writer) Flush() error {
	if w.err == nil && w.filled > 0 && (w.upload != nil || w.there) {
		w.err = w.sendPart(true)
	}
	if w.err == nil {
		w.err = w.tasks.Wait()
	}
	return w.err
}

// Commit makes the object appear and compares what the bucket says of it. The same bytes there already are fine, other
// bytes are a *ConflictError. After an error the upload is still open.
func (w *Writer) Commit(ctx context.Context) error {
	if w.done {
		return errors.New("committing an object that is committed or aborted")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	var err error
	switch {
	case w.there:
		err = w.s.sameAs(ctx, w.key, w.now.Bytes, w.SHA256())
	case w.upload == nil || w.now.Bytes == 0:
		err = w.s.putNew(ctx, w.key, w.o.ContentType, w.o.Name, w.buf[:w.filled], w.SHA256())
		w.abortUpload(ctx)
	default:
		err = w.complete(ctx)
	}
	if err == nil {
		err = w.s.verify(ctx, w.key, w.now.Bytes, w.now.CRC64)
	}
	if err == nil {
		w.upload = nil
		w.Close()
	}
	return err
}

func (w *Writer) complete(ctx context.Context) error {
	err := w.upload.complete(ctx, w.now.Parts, w.now.Bytes, w.now.CRC64)
	if err == nil || !lostRace(err) && !spoiled(err) {
		return err
	}
	// Somebody was faster, or our own completion went through and its answer was lost.
	same := w.s.sameAs(ctx, w.key, w.now.Bytes, w.SHA256())
	if errors.Is(same, ErrNotFound) {
		same = &TemporaryError{err}
	}
	w.abortUpload(ctx)
	return same
}

func (w *Writer) abortUpload(ctx context.Context) {
	if w.upload != nil {
		w.upload.Abort(ctx)
		w.upload = nil
	}
}

// Abort gives the object up, and its upload with it.
func (w *Writer) Abort() {
	if w.done {
		return
	}
	_ = w.tasks.Wait() // so that no part arrives after the upload is gone
	w.abortUpload(w.ctx)
	w.Close()
}

// Close waits for the parts that are being sent and gives the Writer's memory back. Its upload stays open.
func (w *Writer) Close() {
	if w.done {
		return
	}
	w.done = true
	_ = w.tasks.Wait() // what was refused is sent again by whoever goes on
	if w.buf != nil {
		w.s.pool.put(w.buf)
		w.buf, w.filled = nil, 0
	}
	w.s.pool.trim()
}
