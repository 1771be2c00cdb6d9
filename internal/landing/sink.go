package landing

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

	"tieout/internal/extractfile"
)

// readBytes is how much is read before it is hashed: small enough to be still in the processor's cache.
const readBytes = 256 << 10

// sink writes bytes that arrive in order as one immutable object: up to one part as one PutObject, more as a
// multipart upload whose parts go out while the next one fills.
type sink struct {
	s                      *Store
	key, contentType, name string
	firstPart              int64
	expect                 int64   // bytes to come in all, -1 unknown: spares a small object a large buffer
	up                     *upload // nil while everything fits into the first part
	there                  bool    // the object exists: nothing is uploaded, the hashes are compared
	onLanded               func(mark)
	counted                func() extractfile.CountMark // how far the records of what was taken are counted

	now     mark
	hash    hash.Hash
	held    []byte // the sum of a file that an earlier attempt read to its end
	buf     []byte
	filled  int
	partCRC uint64

	tasks  *errgroup.Group
	tctx   context.Context
	mu     sync.Mutex
	landed mark           // S3 holds everything up to here
	ahead  map[int32]mark // parts that were faster than one before them
}

// mark is a state between two parts: what was read until there.
type mark struct {
	parts int32
	bytes int64
	crc   uint64
	sha   []byte // marshalled state
	sum   []byte // in place of sha behind the last part, whose state would hold the file's last bytes
	count extractfile.CountMark
}

func (s *Store) newSink(ctx context.Context, key, contentType string, firstPart int64, parallel int) *sink {
	k := &sink{s: s, key: key, contentType: contentType, firstPart: firstPart, expect: -1, hash: sha256.New(),
		ahead: map[int32]mark{}, onLanded: func(mark) {}, counted: func() extractfile.CountMark { return extractfile.CountMark{} }}
	k.tasks, k.tctx = errgroup.WithContext(ctx)
	k.tasks.SetLimit(parallel)
	return k
}

// resume goes on behind a mark of an earlier attempt.
func (k *sink) resume(m mark) error {
	k.now, k.landed, k.held = m, m, m.sum
	if m.sum != nil {
		return nil
	}
	if err := k.hash.(encoding.BinaryUnmarshaler).UnmarshalBinary(m.sha); err != nil {
		return fmt.Errorf("reading the checkpoint of %s: %w", k.s.URI(k.key), err)
	}
	return nil
}

// room is where the next bytes go; it waits for a buffer when there is none.
func (k *sink) room() ([]byte, error) {
	if err := context.Cause(k.tctx); err != nil {
		return nil, err
	}
	if k.buf == nil {
		size := partSize(k.firstPart, k.now.parts+1)
		if k.expect >= 0 {
			size = min(size, k.expect-k.now.bytes+1) // one more, to see the end
		}
		buf, err := k.s.pool.get(k.tctx, max(size, 1))
		if err != nil {
			return nil, err
		}
		k.buf, k.filled, k.partCRC = buf, 0, 0
	}
	return k.buf[k.filled:], nil
}

// advance takes n bytes that were put into room.
func (k *sink) advance(n int) error {
	p := k.buf[k.filled : k.filled+n]
	k.hash.Write(p)
	k.partCRC = crc64nvme.Update(k.partCRC, p)
	k.now.crc = crc64nvme.Update(k.now.crc, p)
	k.now.bytes += int64(n)
	k.filled += n
	if k.filled < len(k.buf) {
		return nil
	}
	if int64(k.filled) < partSize(k.firstPart, k.now.parts+1) {
		return temporary("%s has more bytes than the %d that were announced", k.s.URI(k.key), k.expect)
	}
	return k.flush(false)
}

// readFrom takes everything that r gives; each chunk is shown to see.
func (k *sink) readFrom(r io.Reader, see func([]byte)) error {
	for {
		room, err := k.room()
		if err != nil {
			return err
		}
		room = room[:min(len(room), readBytes)]
		n, readErr := r.Read(room)
		if n > 0 {
			see(room[:n])
			if err := k.advance(n); err != nil {
				return err
			}
		}
		if readErr == io.EOF {
			return nil
		}
		if readErr != nil {
			return &readError{readErr}
		}
	}
}

// readError tells a failure of the source from one of S3.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// flush sends the filled buffer as the next part. Marks go out with heartbeats, and the state of a hash holds the bytes
// behind its last whole block: there are none behind a full part, and behind the last one the sum is enough.
func (k *sink) flush(last bool) error {
	if k.up == nil && !k.there {
		if err := k.begin(); err != nil {
			return err
		}
	}
	state, err := k.hash.(encoding.BinaryMarshaler).MarshalBinary()
	if err != nil {
		return err
	}
	k.now.parts++
	k.now.count = k.counted()
	at, buf, filled, crc := k.now, k.buf, k.filled, k.partCRC
	if at.sha = state; last {
		at.sha, at.sum = nil, k.sum()
	}
	k.buf, k.filled = nil, 0
	if k.there {
		k.s.pool.put(buf)
		k.mark(at)
		return nil
	}
	k.tasks.Go(func() error {
		defer k.s.pool.put(buf)
		if err := k.up.put(k.tctx, at.parts, buf[:filled], crc); err != nil {
			return err
		}
		k.mark(at)
		return nil
	})
	return nil
}

// begin opens the upload, unless the object is there already: then its bytes need not travel again.
func (k *sink) begin() (err error) {
	k.there, err = k.s.Exists(k.tctx, k.key)
	if err != nil || k.there {
		return err
	}
	k.up, err = k.s.newUpload(k.tctx, k.key, k.contentType, k.name)
	if err == nil {
		k.onLanded(k.landed) // so that the upload is known before its first part is
	}
	return err
}

func (k *sink) mark(m mark) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ahead[m.parts] = m
	moved := false
	for {
		next, ok := k.ahead[k.landed.parts+1]
		if !ok {
			break
		}
		delete(k.ahead, next.parts)
		k.landed, moved = next, true
	}
	if moved {
		k.onLanded(k.landed)
	}
}

// settle waits for the parts that are on their way.
func (k *sink) settle() error { return k.tasks.Wait() }

// end sends what is left and waits for all parts. A small object stays in its buffer for commit.
func (k *sink) end() error {
	if k.filled > 0 && (k.up != nil || k.there) {
		if err := k.flush(true); err != nil {
			return err
		}
	}
	return k.settle()
}

func (k *sink) sum() []byte {
	if k.held != nil {
		return k.held
	}
	return k.hash.Sum(nil)
}

// commit makes the object appear, whole or not at all, and checks what S3 says of it.
func (k *sink) commit(ctx context.Context) error {
	var err error
	switch {
	case k.there:
		err = k.s.sameAs(ctx, k.key, k.now.bytes, k.sum())
	case k.up == nil || k.now.bytes == 0:
		err = k.s.putNew(ctx, k.key, k.contentType, k.name, k.buf[:k.filled], k.sum())
		k.abandon(ctx)
	default:
		err = k.complete(ctx)
	}
	if err != nil {
		return err
	}
	return k.s.verify(ctx, k.key, k.now.bytes, k.now.crc)
}

func (k *sink) complete(ctx context.Context) error {
	err := k.up.complete(ctx, k.now.parts, k.now.bytes, k.now.crc)
	if err == nil || !lostRace(err) && !spoiled(err) {
		return err
	}
	// Somebody was faster, or our own completion went through and its answer was lost.
	same := k.s.sameAs(ctx, k.key, k.now.bytes, k.sum())
	if errors.Is(same, ErrNotFound) {
		same = &TemporaryError{err}
	}
	k.abandon(ctx)
	return same
}

// abandon gives up the upload, if one is open.
func (k *sink) abandon(ctx context.Context) {
	if k.up != nil {
		k.up.abort(ctx)
		k.up = nil
	}
}

// release gives the buffer back; the sink is not used after it.
func (k *sink) release() {
	if k.buf != nil {
		k.s.pool.put(k.buf)
		k.buf, k.filled = nil, 0
	}
	k.s.pool.trim()
}
