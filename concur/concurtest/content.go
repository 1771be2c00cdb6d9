package concurtest

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"tieout/concur/concurtest/extractgen"
	"tieout/concur/concurtest/internal/hash"
)

// content is what a job's file link serves: something of a known size that can be written from any offset.
type content struct {
	name, mediaType string
	size            int64
	write           func(w io.Writer, offset, length int64) error
}

// loginPage is what a gateway answers, or a session that has ended.
const loginPage = "<!DOCTYPE html>\n<html><head><title>Sign In</title></head><body><form action=\"/nui/signin\"><h1>Sign in to Concur</h1></form></body></html>\n"

// contentOf plans what a job serves.
func contentOf(d *Definition, job JobRecord, trees map[string]*extractgen.Tree) (*content, error) {
	var members []*content
	for _, f := range d.filesOf(job) {
		c, err := fileContent(f, job, trees)
		if err != nil {
			return nil, fmt.Errorf("file %s: %w", f.Name, err)
		}
		members = append(members, c)
	}
	switch {
	case len(members) == 0:
		return nil, errors.New("the definition has no files")
	case len(members) == 1 && d.Serving.Zip == "":
		return members[0], nil
	}
	return zipContent(members, d.Serving, job)
}

func fileContent(f File, job JobRecord, trees map[string]*extractgen.Tree) (*content, error) {
	c := &content{name: f.Name, mediaType: "text/csv"}
	switch f.Kind {
	case FileExtract:
		if f.Extract == nil {
			return nil, errors.New("an extract needs a spec")
		}
		e, err := extractgen.FromTrees(*f.Extract, trees)
		if err != nil {
			return nil, err
		}
		c.size = e.Size()
		c.write = func(w io.Writer, offset, length int64) error {
			r := e.NewReader()
			if _, err := r.Seek(offset, io.SeekStart); err != nil {
				return err
			}
			_, err := r.WriteTo(&window{w: w, left: length})
			return ignoreEnd(err)
		}
	case FileContent:
		c.fixed(f.Content)
	case FileHTML:
		c.mediaType = "text/html; charset=utf-8"
		c.fixed([]byte(loginPage))
	case FileEncrypted:
		c.name += ".pgp"
		// A public-key encrypted session key packet of version 3, then an encrypted data packet of unknown length.
		c.fixed(noise([]byte{0x85, 0x01, 0x0c, 0x03}, max(f.Size, 4096), job.Seed))
	case FileGarbage:
		c.fixed(noise([]byte{0x00, 0xff, 0xfe, 0x00}, max(f.Size, 16), job.Seed))
	default:
		return nil, fmt.Errorf("there is no kind of file %q", f.Kind)
	}
	return c, nil
}

func (c *content) fixed(text []byte) {
	c.size = int64(len(text))
	c.write = func(w io.Writer, offset, length int64) error {
		_, err := w.Write(text[offset : offset+length])
		return err
	}
}

// replaced returns what a fault serves instead of the file. The content itself stays as it is, because it may be kept for
// other requests.
func (c *content) replaced(body FileBody) (*content, error) {
	other := &content{}
	switch body {
	case BodyHalf:
		*other = *c
		end := &lineEnd{}
		if err := c.write(end, 0, c.size/2); err != nil {
			return nil, err
		}
		other.size = end.at
	case BodyNothing:
		other.name, other.mediaType = c.name, c.mediaType
		other.fixed(nil)
	case BodyJSON:
		other.mediaType = "application/json"
		other.fixed([]byte(`{"errorMessage":"The file is being prepared","httpStatus":"202 Accepted"}`))
	case BodyText:
		other.mediaType = "text/plain"
		other.fixed([]byte("Service temporarily unavailable\r\n"))
	case BodyXML:
		other.mediaType = "text/xml"
		other.fixed([]byte("<Error xmlns=\"" + errorNamespace + "\"><Message>The file is being prepared.</Message></Error>"))
	case BodyHTML:
		other.mediaType = "text/html; charset=utf-8"
		other.fixed([]byte(loginPage))
	default:
		return nil, fmt.Errorf("there is no body %q for a file", body)
	}
	return other, nil
}

// lineEnd looks for the last line feed of what is written to it; at is the offset behind it.
type lineEnd struct{ n, at int64 }

func (l *lineEnd) Write(p []byte) (int, error) {
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		l.at = l.n + int64(i) + 1
	}
	l.n += int64(len(p))
	return len(p), nil
}

// noise returns binary data behind a few given bytes.
func noise(magic []byte, size int64, seed uint64) []byte {
	data := make([]byte, 0, size+8)
	for int64(len(data)) < size {
		data = binary.LittleEndian.AppendUint64(data, hash.Numbers(seed, uint64(len(data)/8)))
	}
	copy(data, magic)
	return data[:size]
}

// zipContent puts members into one zip, which it writes once to learn its size.
func zipContent(members []*content, serving Serving, job JobRecord) (*content, error) {
	whole := func(w io.Writer) error { return writeZip(w, members, serving.Zip, job.Started) }
	var count counter
	if err := whole(&count); err != nil {
		return nil, err
	}
	c := &content{name: fmt.Sprintf("extract_%s.zip", job.Started.Format("20060102150405")), mediaType: "application/zip", size: int64(count)}
	full := c.size
	if serving.Damage == DamageTruncated {
		c.size = max(c.size-200, 1)
	}
	c.write = func(w io.Writer, offset, length int64) error {
		return ignoreEnd(whole(&damager{to: &window{w: w, skip: offset, left: length}, kind: serving.Damage, size: full}))
	}
	return c, nil
}

func writeZip(w io.Writer, members []*content, method ZipMethod, modified time.Time) error {
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	for _, member := range members {
		header := &zip.FileHeader{Name: member.name, Method: zip.Store, Modified: modified.UTC()}
		if method == ZipDeflate {
			header.Method = zip.Deflate
		}
		to, err := archive.CreateHeader(header)
		if err != nil {
			return err
		}
		if err := member.write(to, 0, member.size); err != nil {
			return err
		}
	}
	return archive.Close()
}

// errEnd ends the making of what nobody asked for.
var errEnd = errors.New("the window is full")

func ignoreEnd(err error) error {
	if errors.Is(err, errEnd) {
		return nil
	}
	return err
}

// window lets through the part of a stream that was asked for.
type window struct {
	w          io.Writer
	skip, left int64
}

func (v *window) Write(p []byte) (int, error) {
	all := len(p)
	if v.skip >= int64(len(p)) {
		v.skip -= int64(len(p))
		return all, nil
	}
	p = p[v.skip:]
	v.skip = 0
	p = p[:min(int64(len(p)), v.left)]
	if _, err := v.w.Write(p); err != nil {
		return 0, err
	}
	if v.left -= int64(len(p)); v.left == 0 {
		return all, errEnd
	}
	return all, nil
}

// damager changes bytes of a zip that is written through it.
type damager struct {
	to   io.Writer
	kind Damage
	size int64
	at   int64
}

func (d *damager) Write(p []byte) (int, error) {
	from, to := int64(0), int64(0)
	switch d.kind {
	case DamageCRC:
		from, to = 120, 121 // behind the first local header, whose name is shorter than 90 bytes
	case DamageDirectory:
		from, to = d.size-60, d.size
	}
	if d.at < to && d.at+int64(len(p)) > from {
		p = bytes.Clone(p)
		for i := max(from-d.at, 0); i < min(to-d.at, int64(len(p))); i++ {
			p[i] ^= 0x15
		}
	}
	d.at += int64(len(p))
	return d.to.Write(p)
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
