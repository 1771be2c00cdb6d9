package report

import (
	"archive/zip"
	"cmp"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"slices"
)

// orderedZip is the archive of a workbook with its parts in the order of their names. The library hands them over in
// an order that differs from run to run, and a tie-out that is made again must write the same bytes. Packed parts wait
// in a temporary file, so memory does not grow with them.
type orderedZip struct {
	w     io.Writer
	spool *os.File
	parts []*packedPart
	open  *packedPart // the last one, while it is written
	pack  *flate.Writer
}

// packedPart is one part of the archive, deflated, in the temporary file.
type packedPart struct {
	zip.FileHeader
	at   int64
	pack *flate.Writer
}

// newOrderedZip writes an archive to w when it is closed. The caller must discard it.
func newOrderedZip(w io.Writer) (*orderedZip, error) {
	spool, err := os.CreateTemp("", "tieout-xlsx-*")
	if err != nil {
		return nil, fmt.Errorf("opening a temporary file: %w", err)
	}
	_ = os.Remove(spool.Name()) // where the platform allows it, so that a process that is killed leaves no file
	pack, err := flate.NewWriter(spool, flate.DefaultCompression)
	return &orderedZip{w: w, spool: spool, pack: pack}, err
}

// Create starts a part and ends the one before.
func (z *orderedZip) Create(name string) (io.Writer, error) {
	if err := z.end(); err != nil {
		return nil, err
	}
	at, err := z.spool.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil, err
	}
	z.pack.Reset(z.spool)
	z.open = &packedPart{FileHeader: zip.FileHeader{Name: name, Method: zip.Deflate}, at: at, pack: z.pack}
	z.parts = append(z.parts, z.open)
	return z.open, nil
}

func (p *packedPart) Write(b []byte) (int, error) {
	n, err := p.pack.Write(b)
	p.CRC32 = crc32.Update(p.CRC32, crc32.IEEETable, b[:n])
	p.UncompressedSize64 += uint64(n)
	return n, err
}

// end ends the part that is being written.
func (z *orderedZip) end() error {
	if z.open == nil {
		return nil
	}
	if err := z.pack.Close(); err != nil {
		return err
	}
	end, err := z.spool.Seek(0, io.SeekCurrent)
	z.open.CompressedSize64 = uint64(end - z.open.at)
	z.open = nil
	return err
}

// AddFS is asked of an archive by the library's interface alone.
func (z *orderedZip) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close writes the archive.
func (z *orderedZip) Close() error {
	if err := z.end(); err != nil {
		return err
	}
	slices.SortFunc(z.parts, func(a, b *packedPart) int { return cmp.Compare(a.Name, b.Name) })
	out := zip.NewWriter(z.w)
	for _, part := range z.parts {
		w, err := out.CreateRaw(&part.FileHeader)
		if err != nil {
			return err
		}
		if _, err := io.Copy(w, io.NewSectionReader(z.spool, part.at, int64(part.CompressedSize64))); err != nil {
			return err
		}
	}
	return out.Close()
}

// discard closes the temporary file, and removes it where that could not be done while it was open.
func (z *orderedZip) discard() {
	z.spool.Close()
	_ = os.Remove(z.spool.Name())
}
