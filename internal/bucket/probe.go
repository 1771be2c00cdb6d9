package bucket

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/minio/crc64nvme"
)

// Capability is one thing that the bucket can do or not.
type Capability struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Required is false for what tieout can do without.
	Required bool `json:"required"`
	// Message says in one line what was seen and, if it is not OK, what to do.
	Message string `json:"message"`
	// Kind says what is asked for if it is not OK.
	Kind Kind `json:"-"`
}

// Capabilities is what a probe saw, in the order in which it looked.
type Capabilities []Capability

// Err returns nil if the bucket can do everything that tieout needs.
func (c Capabilities) Err() error {
	var missing []string
	for _, one := range c {
		if one.Required && !one.OK {
			missing = append(missing, one.Name+": "+one.Message)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return errors.New(strings.Join(missing, "; "))
}

// probe tests one bucket with objects of its own, under a random prefix.
type probe struct {
	s    *Store
	base string
	seen Capabilities
}

// Probe tries everything that a landing needs of the bucket, with small objects under <prefix>/_probe/ that it
// deletes again. The error reports a canceled probe; what the bucket lacks is in the Capabilities.
func (s *Store) Probe(ctx context.Context, prefix string) (Capabilities, error) {
	p := &probe{s: s, base: path.Join(prefix, "_probe", rand.Text())}
	steps := []struct {
		name     string
		required bool
		try      func(context.Context) (string, error)
		vital    bool // without it no further test makes sense
	}{
		{"bucket", true, p.bucket, true},
		{"write", true, p.write, true},
		{"read", true, p.read, false},
		{"conditional write", true, p.conditionalWrite, false},
		{"compare and swap", true, p.compareAndSwap, false},
		{"multipart", true, p.multipart, false},
		{"resume", false, p.resume, false},
		{"sweep", false, p.sweep, false},
		{"checksums", false, p.checksums, false},
		{"delete", false, p.remove, false},
	}
	for _, step := range steps {
		message, err := step.try(ctx)
		if canceled(ctx, err) {
			return p.seen, fmt.Errorf("probing %s: %w", s.URI(p.base), err)
		}
		kind := KindOther
		if err != nil {
			message, kind = Explain(err)
		}
		p.seen = append(p.seen, Capability{step.name, err == nil, step.required, message, kind})
		if err != nil && step.vital {
			break
		}
	}
	return p.seen, nil
}

func (p *probe) key(name string) string { return p.base + "/" + name }

// bucket lists rather than asks for the bucket itself, which a policy that is held to the prefix would not allow.
func (p *probe) bucket(ctx context.Context) (string, error) {
	_, err := p.s.List(ctx, p.base+"/")
	return fmt.Sprintf("%q answers", p.s.bucket), err
}

func (p *probe) write(ctx context.Context) (string, error) {
	return "objects can be written", p.s.PutNew(ctx, p.key("object"), "text/plain", []byte("tieout\n"))
}

func (p *probe) read(ctx context.Context) (string, error) {
	body, err := p.s.Get(ctx, p.key("object"))
	if err == nil && string(body) != "tieout\n" {
		err = errors.New("what was read is not what was written")
	}
	if err == nil {
		var objects []Object
		if objects, err = p.s.List(ctx, p.base+"/"); err == nil && len(objects) != 1 {
			err = errors.New("the listing does not show what was just written")
		}
	}
	return "objects can be read and listed", err
}

func (p *probe) conditionalWrite(ctx context.Context) (string, error) {
	_, err := p.s.put(ctx, &s3.PutObjectInput{Key: aws.String(p.key("object")), IfNoneMatch: aws.String("*")}, []byte("other\n"))
	if err == nil {
		return "", errors.New("the server ignores If-None-Match and would overwrite evidence: use one that honours it")
	}
	if !lostRace(err) {
		return "", p.s.failed("writing", p.key("object"), err)
	}
	return "objects that exist are not overwritten (If-None-Match)", nil
}

func (p *probe) compareAndSwap(ctx context.Context) (string, error) {
	key := p.key("token")
	old, err := p.s.PutIfMatch(ctx, key, "text/plain", []byte("1\n"), "")
	if err != nil {
		return "", err
	}
	if _, err = p.s.PutIfMatch(ctx, key, "text/plain", []byte("2\n"), old); err != nil {
		return "", err
	}
	_, err = p.s.PutIfMatch(ctx, key, "text/plain", []byte("3\n"), old)
	if err == nil {
		return "", errors.New("the server ignores If-Match, so two workers could lose a token: use one that honours it")
	}
	if !errors.Is(err, ErrChanged) {
		return "", err
	}
	return "a changed object is not overwritten (If-Match)", nil
}

// multipart also sees whether a completion is refused when the object exists.
func (p *probe) multipart(ctx context.Context) (string, error) {
	body := []byte("tieout\n")
	crc := crc64nvme.Checksum(body)
	for _, there := range []bool{false, true} {
		u, err := p.s.newUpload(ctx, p.key("multipart"), "text/plain", "")
		if err != nil {
			return "", err
		}
		if err = u.put(ctx, 1, body, crc); err == nil {
			err = u.complete(ctx, 1, int64(len(body)), crc)
		}
		if err != nil {
			u.Abort(ctx)
		}
		switch {
		case there && err == nil:
			return "", errors.New("the server ignores If-None-Match when it completes a multipart upload and would overwrite evidence: use one that honours it")
		case there && lostRace(err):
			return "large objects can be written, and existing ones are not overwritten", nil
		case err != nil:
			return "", err
		}
	}
	return "", nil
}

// resume tests whether S3 lists the parts of an open upload so that they can be compared with the bytes to send.
func (p *probe) resume(ctx context.Context) (string, error) {
	u, err := p.s.newUpload(ctx, p.key("resume"), "text/plain", "")
	if err != nil {
		return "", err
	}
	defer u.Abort(ctx)
	body := []byte("tieout\n")
	if err := u.put(ctx, 1, body, crc64nvme.Checksum(body)); err != nil {
		return "", err
	}
	held, err := p.s.OpenUpload(ctx, u.key, u.id)
	if errors.Is(err, ErrNotFound) || err == nil && held.parts[1].crc != u.parts[1].crc {
		err = errors.New("the server does not list the checksums of parts: a transfer that was interrupted begins again, and nothing else is lost")
	}
	return "interrupted transfers go on behind their last part", err
}

func (p *probe) sweep(ctx context.Context) (string, error) {
	u, err := p.s.newUpload(ctx, p.key("sweep"), "text/plain", "")
	if err != nil {
		return "", err
	}
	if err = p.s.Sweep(ctx, p.base+"/"); err == nil {
		_, err = p.s.OpenUpload(ctx, u.key, u.id)
		if errors.Is(err, ErrNotFound) {
			err = nil
		} else if err == nil {
			err = errors.New("the server does not list open uploads: only the bucket's lifecycle rule removes what a killed worker leaves unfinished")
		}
	}
	if err != nil {
		u.Abort(ctx)
	}
	return "unfinished uploads can be found and removed", err
}

func (p *probe) checksums(ctx context.Context) (string, error) {
	o, err := p.s.Head(ctx, p.key("multipart"))
	if err == nil && o.CRC64NVME == "" {
		err = errors.New("the server keeps no CRC64NVME of whole objects: a landing is compared by size alone")
	}
	return "the server keeps checksums of whole objects", err
}

func (p *probe) remove(ctx context.Context) (string, error) {
	for _, name := range []string{"object", "token", "multipart"} {
		if err := p.delete(ctx, p.key(name)); err != nil {
			return "", fmt.Errorf("objects cannot be deleted, which tieout does for this probe alone; %s/ stays (%s)", p.s.URI(p.base), apiCode(err))
		}
	}
	return "the probe's objects were deleted", nil
}

func (p *probe) delete(ctx context.Context, key string) error {
	ctx, cancel := p.s.bounded(ctx)
	defer cancel()
	_, err := p.s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &p.s.bucket, Key: &key})
	return err
}
