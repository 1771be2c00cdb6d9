package evidence

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"tieout/internal/bucket"
	"tieout/internal/report"
)

// Verified is one object, and what is wrong with it.
type Verified struct {
	report.Object
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"`
}

// LandedJob is a landing that was verified.
type LandedJob struct {
	Key      string
	Place    string // of its manifest
	Manifest *Manifest
	// Results are the places of its results.
	Results []string
}

// Verifier compares what lies in the bucket with what manifests and results say of it. Each object is read once, however
// many documents name it.
type Verifier struct {
	Store *bucket.Store
	Keys  Keys
	// Reading is told of each object before it is read; several may be read at a time.
	Reading func(uri string, bytes int64)

	// Objects are all that was compared, in the order of documents and places.
	Objects []Verified
	mu      sync.Mutex
	read    map[string]report.Object // by key
	results map[string]chained       // by URI
	written map[string]time.Time     // when each result was written
}

// claim is what a document says of an object; bytes are -1 where it does not say.
type claim struct {
	key, doc, sum string
	bytes         int64
}

// Landing verifies one landing: each object that its manifest names, and each that a result on this landing names, the
// results before it included. It returns ErrNotFound where the manifest does not exist.
func (v *Verifier) Landing(ctx context.Context, manifestKey, jobKey string) (*LandedJob, error) {
	text, err := v.Store.Get(ctx, manifestKey)
	if err != nil {
		return nil, err
	}
	manifest := &Manifest{}
	if err := json.Unmarshal(text, manifest); err != nil || manifest.Schema != 1 || manifest.Job.ID == "" {
		v.Objects = append(v.Objects, Verified{report.Object{URI: v.Store.URI(manifestKey), Bytes: int64(len(text))}, false, "it is not a manifest"})
		manifest = &Manifest{}
	}
	job := &LandedJob{Key: jobKey, Place: v.Store.URI(manifestKey), Manifest: manifest, Results: []string{}}
	var claims []claim
	for _, file := range Landed(manifest) {
		claims = append(claims, claim{file.Key, "the manifest", file.SHA256, file.Bytes})
	}
	objects, err := v.Store.List(ctx, v.Keys.TieOuts(jobKey))
	if err != nil {
		return nil, fmt.Errorf("listing the tie-outs of job %s: %w", jobKey, err)
	}
	var documents []*resultSeen
	for _, object := range objects {
		if !IsResult(object.Key) {
			continue
		}
		seen, err := v.result(ctx, object)
		if err != nil {
			return nil, err
		}
		other, err := v.ofAnotherLanding(ctx, keyOf(seen.doc.Manifest), manifestKey, jobKey)
		if err != nil {
			return nil, err
		}
		if other {
			continue
		}
		documents, claims = append(documents, seen), append(claims, seen.claims()...)
		job.Results = append(job.Results, seen.uri)
	}
	if err := v.compare(ctx, claims); err != nil {
		return nil, err
	}
	for _, seen := range documents {
		if manifest.Job.ID == "" {
			break
		}
		problem, err := v.contradiction(ctx, seen, job)
		if err != nil {
			return nil, err
		}
		v.Objects = append(v.Objects, Verified{seen.object, problem == "", problem})
	}
	return job, nil
}

// ofAnotherLanding reports whether a result's manifest is there and is that of another landing of the job.
func (v *Verifier) ofAnotherLanding(ctx context.Context, named, own, jobKey string) (bool, error) {
	landing, ok := LandingOf(named)
	if named == own || !ok || landing.JobKey != jobKey {
		return false, nil
	}
	there, err := v.Store.Exists(ctx, named)
	if err != nil {
		return false, fmt.Errorf("looking for the manifest that a result names: %w", err)
	}
	return there, nil
}

// Pipeline verifies every landing of the pipeline, and the chain of its results.
func (v *Verifier) Pipeline(ctx context.Context) ([]*LandedJob, error) {
	prefixes, err := v.Store.ListPrefixes(ctx, v.Keys.Jobs())
	if err != nil {
		return nil, fmt.Errorf("listing the pipeline's jobs: %w", err)
	}
	var jobs []*LandedJob
	for _, prefix := range prefixes {
		objects, err := v.Store.List(ctx, prefix)
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", v.Store.URI(prefix), err)
		}
		for _, object := range objects {
			if path.Base(object.Key) != path.Base(v.Keys.Manifest("")) || strings.Contains(object.Key, "/raw/") || strings.Contains(object.Key, "/files/") {
				continue
			}
			job, err := v.Landing(ctx, object.Key, path.Base(prefix))
			if err != nil {
				return nil, err
			}
			jobs = append(jobs, job)
		}
	}
	v.chain()
	return jobs, nil
}

// chain looks for results that no other one names, the newest apart: it is for the next result to name.
func (v *Verifier) chain() {
	named, newest := map[string]bool{}, time.Time{}
	for uri, result := range v.results {
		for _, previous := range result.Names {
			named[keyOf(previous.ResultURI)] = true
		}
		if at := v.written[uri]; at.After(newest) {
			newest = at
		}
	}
	for _, uri := range slices.Sorted(maps.Keys(v.results)) {
		if !named[keyOf(uri)] && v.written[uri].Before(newest) {
			v.Objects = append(v.Objects, Verified{report.Object{URI: uri, SHA256: v.results[uri].SHA256}, false,
				"no later result names it, so nothing vouches for its bytes: the pipeline's next result does if its run was recorded; else `tieout reconcile` ties the job out again and names it"})
		}
	}
}

// compare reads each object that is named and compares it with what is said of it.
func (v *Verifier) compare(ctx context.Context, claims []claim) error {
	byKey := map[string][]claim{}
	var order []string
	for _, c := range claims {
		if byKey[c.key] == nil {
			order = append(order, c.key)
		}
		byKey[c.key] = append(byKey[c.key], c)
	}
	verified := make([]Verified, len(order))
	err := sideBySide(ctx, len(order), func(ctx context.Context, i int) error {
		object, err := v.object(ctx, order[i], byKey[order[i]][0].bytes)
		if err != nil {
			return err
		}
		verified[i] = Verified{Object: object, Problem: problemOf(object, byKey[order[i]])}
		verified[i].OK = verified[i].Problem == ""
		return nil
	})
	v.Objects = append(v.Objects, verified...)
	return err
}

func problemOf(object report.Object, claims []claim) string {
	for _, c := range claims {
		switch {
		case object.SHA256 == "":
			return "the object is gone, and " + c.doc + " names it"
		case c.bytes >= 0 && c.bytes != object.Bytes:
			return fmt.Sprintf("it has %d bytes, %s says %d", object.Bytes, c.doc, c.bytes)
		case c.sum != object.SHA256:
			return "its SHA-256 is " + object.SHA256 + ", " + c.doc + " says " + cmp.Or(c.sum, "nothing")
		}
	}
	return ""
}

// object reads an object from its first byte to its last. One that is gone has no hash.
func (v *Verifier) object(ctx context.Context, key string, bytes int64) (report.Object, error) {
	v.mu.Lock()
	known, ok := v.read[key]
	v.mu.Unlock()
	if ok {
		return known, nil
	}
	object := report.Object{URI: v.Store.URI(key)}
	if v.Reading != nil {
		v.Reading(object.URI, bytes)
	}
	body, _, err := v.Store.Open(ctx, key)
	switch {
	case errors.Is(err, bucket.ErrNotFound):
	case err != nil:
		return object, fmt.Errorf("reading %s: %w", object.URI, err)
	default:
		defer body.Close()
		hashing := NewHashing(body)
		defer hashing.Close()
		if object.Bytes, object.SHA256, err = hashing.Sum(); err != nil {
			return object, fmt.Errorf("reading %s: %w", object.URI, err)
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.read == nil {
		v.read = map[string]report.Object{}
	}
	v.read[key] = object
	return object, nil
}

// open passes an object to read, for what has been compared already.
func (v *Verifier) open(ctx context.Context, uri string, read func(io.Reader) error) error {
	body, _, err := v.Store.Open(ctx, keyOf(uri))
	if err != nil {
		return err
	}
	defer body.Close()
	return read(body)
}

// keyOf returns the key of an s3:// URI, whatever its bucket was when it was written.
func keyOf(uri string) string {
	_, key, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	return key
}
