package landing

import (
	"archive/zip"
	"cmp"
	"compress/flate"
	"context"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"tieout/internal/bucket"
)

// window is how much rangeReader fetches at least: the directory in few requests.
const window = 256 << 10

// rangeReader is an io.ReaderAt over ranged GETs. While the directory is read it keeps one window of read-ahead;
// later, single reads from all over the archive go straight to S3, side by side.
type rangeReader struct {
	ctx   context.Context
	z     *expansion
	size  int64
	limit int64 // bytes that windows may fetch in all

	mu      sync.Mutex
	direct  bool
	at      int64
	buf     []byte
	fetched int64
	failed  error // S3's, which archive/zip would hide
}

var errDirectory = errors.New("it is larger than it says")

func (r *rangeReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= r.size {
		return 0, io.EOF
	}
	want := min(int64(len(p)), r.size-off)
	if err := r.fill(p[:want], off); err != nil {
		return 0, err
	}
	if want < int64(len(p)) {
		return int(want), io.EOF
	}
	return int(want), nil
}

func (r *rangeReader) fill(p []byte, off int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := int64(len(p))
	inside := off >= r.at && off+n <= r.at+int64(len(r.buf))
	if !inside && r.direct {
		r.mu.Unlock()
		defer r.mu.Lock()
		return r.fetch(p, off)
	}
	if !inside {
		ahead := make([]byte, min(max(n, window), r.size-off))
		if r.fetched += int64(len(ahead)); r.fetched > r.limit {
			return errDirectory
		}
		if r.failed = r.fetch(ahead, off); r.failed != nil {
			return r.failed
		}
		r.at, r.buf = off, ahead
	}
	copy(p, r.buf[off-r.at:])
	return nil
}

func (r *rangeReader) fetch(p []byte, off int64) error {
	body, err := r.z.s.OpenRange(r.ctx, r.z.key, r.z.etag, off, int64(len(p)))
	if err != nil {
		return err
	}
	defer body.Close()
	if _, err = io.ReadFull(body, p); err != nil {
		return temporary("reading %s: %w", r.z.s.URI(r.z.key), err)
	}
	return nil
}

// locate finds where each member's bytes begin, which its local header says.
func (z *expansion) locate(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range z.members {
		m := &z.members[i]
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			offset, err := m.DataOffset()
			if err != nil {
				_, answered := errors.AsType[*bucket.Error](err)
				if _, cut := errors.AsType[*bucket.TemporaryError](err); answered || cut {
					return err
				}
				return z.refuse(m.Name, "has no header where the directory says (%s)", err)
			}
			m.offset = offset
			return nil
		})
	}
	return group.Wait()
}

// refuseOverlaps refuses archives whose members share bytes, the trick of the densest bombs.
func (z *expansion) refuseOverlaps(directory int64) error {
	const localHeader = 30
	sorted := slices.SortedFunc(slices.Values(z.members), func(a, b member) int { return cmp.Compare(a.offset, b.offset) })
	end := int64(0)
	for _, m := range sorted {
		if m.offset-localHeader-int64(len(m.Name)) < end {
			return z.refuse(m.Name, "shares bytes with another member")
		}
		if m.CompressedSize64 > uint64(directory) || m.offset > directory-int64(m.CompressedSize64) {
			return z.refuse(m.Name, "reaches beyond the archive's data")
		}
		end = m.offset + int64(m.CompressedSize64)
	}
	return nil
}

// memberReader expands one member and checks its size, CRC and kind on the way.
type memberReader struct {
	z    *expansion
	m    member
	raw  *resumingReader
	r    io.ReadCloser
	crc  hash.Hash32
	n    int64
	head []byte
}

func (z *expansion) expand(ctx context.Context, m member) *memberReader {
	raw := &resumingReader{ctx: ctx, z: z, off: m.offset, left: int64(m.CompressedSize64)}
	r := io.ReadCloser(raw)
	if m.Method == zip.Deflate {
		r = flate.NewReader(raw)
	}
	return &memberReader{z: z, m: m, raw: raw, r: r, crc: crc32.NewIEEE()}
}

func (r *memberReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.crc.Write(p[:n])
	r.n += int64(n)
	if len(r.head) < 4 {
		r.head = append(r.head, p[:min(n, 4-len(r.head))]...)
		if isZip(r.head) {
			return 0, r.z.refuse(r.m.Name, "is an archive itself; archives in archives are not taken")
		}
	}
	if r.n > int64(r.m.UncompressedSize64) {
		return 0, r.z.refuse(r.m.Name, "is larger than the %d bytes that the directory declares", r.m.UncompressedSize64)
	}
	if err != nil && err != io.EOF && r.raw.failed == nil {
		err = r.z.refuse(r.m.Name, "is damaged after %d bytes (%s)", r.n, err)
	}
	return n, err
}

func (r *memberReader) Close() error {
	r.r.Close()
	return r.raw.Close()
}

// check is the last word before a member appears.
func (r *memberReader) check(n int64) error {
	if n != int64(r.m.UncompressedSize64) {
		return r.z.refuse(r.m.Name, "has %d bytes where the directory declares %d", n, r.m.UncompressedSize64)
	}
	if r.crc.Sum32() != r.m.CRC32 {
		return r.z.refuse(r.m.Name, "is damaged: its CRC-32 is %08x where the directory declares %08x", r.crc.Sum32(), r.m.CRC32)
	}
	return nil
}

// resumingReader reads one range as a stream and, when S3 breaks off, goes on behind the last byte a few times.
type resumingReader struct {
	ctx       context.Context
	z         *expansion
	off, left int64
	body      io.ReadCloser
	breaks    int
	failed    error
}

const maxBreaks = 3

func (r *resumingReader) Read(p []byte) (int, error) {
	for {
		if r.left == 0 {
			return 0, io.EOF
		}
		if r.body == nil {
			if r.body, r.failed = r.z.s.OpenRange(r.ctx, r.z.key, r.z.etag, r.off, r.left); r.failed != nil {
				return 0, r.failed
			}
		}
		n, err := r.body.Read(p[:min(int64(len(p)), r.left)])
		r.off, r.left = r.off+int64(n), r.left-int64(n)
		if err != nil && r.left > 0 {
			r.Close()
			if r.breaks++; r.breaks > maxBreaks || r.ctx.Err() != nil {
				r.failed = temporary("reading %s: it broke off at byte %d: %w", r.z.s.URI(r.z.key), r.off, err)
				return n, r.failed
			}
		}
		if n > 0 {
			return n, nil
		}
	}
}

func (r *resumingReader) Close() error {
	if r.body == nil {
		return nil
	}
	err := r.body.Close()
	r.body = nil
	return err
}
