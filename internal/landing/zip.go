package landing

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"tieout/internal/bucket"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
)

// ZipOptions bound what an archive may make of itself. The zero value is good.
type ZipOptions struct {
	MaxMembers int     // 1,000
	MaxBytes   int64   // all members together; 256 GiB
	MaxRatio   float64 // of a member larger than 16 MiB to its compressed size; 500
	// Parallel is how many members are expanded at once; 2.
	Parallel int
	// Progress takes the bytes expanded so far, at least after every 16 MiB and every member.
	Progress func(bytes int64)
	// Look and EndProof judge a member as TransferOptions have a file judged; EndProof is nil for one that declares nothing.
	Look     func(name string, head []byte, whole bool) error
	EndProof func(name string) EndProver
}

func (o ZipOptions) withDefaults() ZipOptions {
	o.MaxMembers = cmp.Or(o.MaxMembers, 1000)
	o.MaxBytes = cmp.Or(o.MaxBytes, 256<<30)
	o.MaxRatio = cmp.Or(o.MaxRatio, 500)
	o.Parallel = cmp.Or(o.Parallel, 2)
	if o.Progress == nil {
		o.Progress = func(int64) {}
	}
	if o.Look == nil {
		o.Look = func(string, []byte, bool) error { return nil }
	}
	if o.EndProof == nil {
		o.EndProof = func(string) EndProver { return nil }
	}
	return o
}

// ratioFrom is the size from which MaxRatio counts: small members of repeated text compress well and harm nobody.
const ratioFrom = 16 << 20

// directoryLimit bounds the bytes of the directory, and with them the memory that reading it takes.
const directoryLimit = 8 << 20

const (
	// namesLimit bounds what a result needs to name all members: it has to stay below the 2 MiB that Temporal takes.
	namesLimit = 1792 << 10
	// besideName is the size of what a result holds of a file beside its name and URI: size, SHA-256, records, control totals.
	besideName = 400
)

// ZipError reports why an archive was refused: the code FileFormat, or FileEncrypted if Encrypted.
type ZipError struct {
	URI       string
	Member    string // "" when it is about the whole archive
	Detail    string
	Encrypted bool
}

func (e *ZipError) Error() string {
	if e.Member == "" {
		return fmt.Sprintf("the zip %s cannot be expanded: %s", e.URI, e.Detail)
	}
	return fmt.Sprintf("the zip %s cannot be expanded: member %q %s", e.URI, e.Member, e.Detail)
}

// ExpandZip lands every file of a landed zip as an object of its own, reading it by ranges, and gives them in the
// zip's order. keyFor gets a name that has passed SafeName and is unique in the archive. Every member is checked
// against its CRC before it appears; one that its own header refutes is Refuted. Errors: *NoFileError, *ZipError,
// *ConflictError, those of S3.
func ExpandZip(ctx context.Context, s *bucket.Store, rawKey string, keyFor func(name string) string, o ZipOptions) ([]evidence.File, error) {
	z := &expansion{s: s, key: rawKey, o: o.withDefaults()}
	if err := z.open(ctx); err != nil {
		return nil, err
	}
	safe, err := safeNames(z.members)
	if err != nil {
		return nil, z.refuse("", "%s", err)
	}
	if err := z.admitNames(safe, keyFor); err != nil {
		return nil, err
	}
	files := make([]evidence.File, len(z.members))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(z.o.Parallel)
	for i, m := range z.members {
		group.Go(func() (err error) {
			files[i], err = z.land(ctx, m, keyFor(safe[i]))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return files, nil
}

// expansion is one archive being expanded.
type expansion struct {
	s    *bucket.Store
	key  string
	etag string // all ranges are of one version of the object
	o    ZipOptions

	members []member

	mu       sync.Mutex
	expanded int64
}

// member is one file of the archive and where its compressed bytes lie.
type member struct {
	*zip.File
	offset int64
}

func (z *expansion) refuse(name, format string, args ...any) *ZipError {
	return &ZipError{URI: z.s.URI(z.key), Member: strings.ToValidUTF8(cut(name, 255), "\uFFFD"), Detail: fmt.Sprintf(format, args...)}
}

// open reads the directory and refuses what no honest archive holds.
func (z *expansion) open(ctx context.Context) error {
	object, err := z.s.Head(ctx, z.key)
	if err != nil {
		return err
	}
	z.etag = object.ETag
	at := &rangeReader{ctx: ctx, z: z, size: object.Bytes, limit: directoryLimit + 2*zipEndBytes}
	tail := make([]byte, min(zipEndBytes, object.Bytes))
	if _, err := at.ReadAt(tail, object.Bytes-int64(len(tail))); err != nil && err != io.EOF {
		return err
	}
	end, err := findZipEnd(tail, object.Bytes)
	switch {
	case err != nil:
		return z.refuse("", "%s", err)
	case end.members > uint64(z.o.MaxMembers):
		return z.refuse("", "it has %d members, and at most %d are taken", end.members, z.o.MaxMembers)
	case end.bytes > directoryLimit:
		return z.refuse("", "its directory has %d bytes, which no list of %d files needs", end.bytes, end.members)
	}
	archive, err := zip.NewReader(at, object.Bytes)
	if err != nil {
		if at.failed != nil {
			return at.failed
		}
		return z.refuse("", "its directory cannot be read (%s)", err)
	}
	at.direct = true
	return z.admit(ctx, archive.File, int64(end.offset))
}

// admit checks what the directory declares. The declared sizes are held to when the members are expanded.
func (z *expansion) admit(ctx context.Context, files []*zip.File, directory int64) error {
	seen := map[string]bool{}
	var total uint64
	for _, f := range files {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		if err := z.admitFile(f); err != nil {
			return err
		}
		if seen[f.Name] {
			return z.refuse(f.Name, "is there twice")
		}
		seen[f.Name] = true
		if total += f.UncompressedSize64; total > uint64(z.o.MaxBytes) {
			return z.refuse("", "its members have more than %d bytes together", z.o.MaxBytes)
		}
		z.members = append(z.members, member{File: f})
	}
	if len(z.members) > z.o.MaxMembers {
		return z.refuse("", "it has %d members, and at most %d are taken", len(z.members), z.o.MaxMembers)
	}
	if len(z.members) == 0 {
		return z.refuse("", "there is no file in it")
	}
	if err := z.locate(ctx); err != nil {
		return err
	}
	return z.refuseOverlaps(directory)
}

// admitNames limits the members' names and keys to what one result can carry, in the bytes that they take as JSON.
func (z *expansion) admitNames(safe []string, keyFor func(string) string) error {
	total := 0
	for i, m := range z.members {
		text, err := json.Marshal([]string{m.Name, z.s.URI(keyFor(safe[i]))})
		if err != nil {
			return err
		}
		total += len(text) + besideName
	}
	if total > namesLimit {
		return z.refuse("", "a result that names its %d members would have %d bytes, and at most %d are taken: have Concur send fewer files, or shorter names",
			len(z.members), total, namesLimit)
	}
	return nil
}

func (z *expansion) admitFile(f *zip.File) error {
	const encrypted = 0x1
	switch {
	case f.Flags&encrypted != 0:
		err := z.refuse(f.Name, "is encrypted: have Concur send it without a password")
		err.Encrypted = true
		return err
	case !f.Mode().IsRegular():
		return z.refuse(f.Name, "is a link or a device, not a file")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return z.refuse(f.Name, "is compressed by method %d; stored and deflated members are read", f.Method)
	case f.UncompressedSize64 > uint64(z.o.MaxBytes):
		return z.refuse(f.Name, "has %d bytes, and at most %d are taken", f.UncompressedSize64, z.o.MaxBytes)
	case f.UncompressedSize64 > ratioFrom && float64(f.UncompressedSize64) > z.o.MaxRatio*float64(f.CompressedSize64):
		return z.refuse(f.Name, "would grow from %d to %d bytes, more than %g to 1", f.CompressedSize64, f.UncompressedSize64, z.o.MaxRatio)
	}
	return nil
}

// land expands one member into its object.
func (z *expansion) land(ctx context.Context, m member, key string) (evidence.File, error) {
	w, err := z.s.NewWriter(ctx, key, bucket.WriterOptions{ContentType: "text/csv", Name: cut(strings.ToValidUTF8(m.Name, "\uFFFD"), 255),
		Size: int64(m.UncompressedSize64)})
	if err != nil {
		return evidence.File{}, err
	}
	defer w.Abort()
	body := z.expand(ctx, m)
	watch := &endWatch{prover: z.o.EndProof(m.Name)}
	err = z.read(w, m, body, watch)
	body.Close()
	if err == nil {
		err = body.check(w.Bytes())
	}
	if err == nil {
		err = w.Commit(ctx)
	}
	if err != nil {
		return evidence.File{}, err
	}
	return evidence.File{Name: strings.ToValidUTF8(m.Name, "\uFFFD"), Key: key, URI: z.s.URI(key), Bytes: w.Bytes(),
		SHA256: hex.EncodeToString(w.SHA256()), Proof: ProofZip, Refuted: watch.prover != nil && watch.prover.Refuted()}, nil
}

// read looks at the beginning of a member and takes the rest of it.
func (z *expansion) read(w *bucket.Writer, m member, body io.Reader, watch *endWatch) error {
	head, whole, err := readHead(body, extractfile.HeadBytes)
	if err != nil {
		return err
	}
	if err := z.o.Look(m.Name, head, whole); err != nil {
		return &NoFileError{Name: cut(strings.ToValidUTF8(m.Name, "\uFFFD"), 255), Err: err}
	}
	progress := z.progress(m)
	_, err = w.ReadFrom(io.TeeReader(io.MultiReader(bytes.NewReader(head), body), writerFunc(func(p []byte) {
		watch.see(p)
		progress(p)
	})))
	return err
}

func (z *expansion) progress(m member) func([]byte) {
	var seen, told int64
	return func(p []byte) {
		seen += int64(len(p))
		if seen-told < 16<<20 && seen < int64(m.UncompressedSize64) {
			return
		}
		z.mu.Lock()
		defer z.mu.Unlock()
		z.expanded += seen - told
		told = seen
		z.o.Progress(z.expanded)
	}
}
