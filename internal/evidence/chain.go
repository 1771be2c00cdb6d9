package evidence

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"tieout/internal/bucket"
)

const (
	// headRecords is how many run records are looked at together, newest first; headRecordsMost bounds them.
	headRecords     = 20
	headRecordsMost = 1000
	// readers is how many objects are read side by side.
	readers = 8
)

// Heads returns the results of the pipeline that no result names yet, for the next one to name. Usually that is the
// newest alone; hand-overs that cross leave two, and the next result joins them. The newest run records say which jobs to
// look at, and the search ends where twenty of them hold no such result; the results of the job itself are always
// looked at, since a tie-out that a recheck followed has no record of its own.
func (p Pipeline) Heads(ctx context.Context, jobKey string) ([]Previous, error) {
	records, err := p.newestRecords(ctx)
	if err != nil {
		return nil, err
	}
	c := newChain()
	jobs := []string{jobKey}
	for batch := 0; ; batch++ {
		some := records[min(batch*headRecords, len(records)):min((batch+1)*headRecords, len(records))]
		more, err := p.jobsNamed(ctx, some)
		if err != nil {
			return nil, err
		}
		found, err := c.add(ctx, p, append(jobs, more...))
		if err != nil {
			return nil, err
		}
		jobs = nil
		if len(some) < headRecords || (batch+1)*headRecords >= headRecordsMost || batch > 0 && !slices.ContainsFunc(found, c.isHead) {
			break
		}
	}
	heads := []Previous{}
	for uri, result := range c.results {
		if c.isHead(uri) {
			heads = append(heads, Previous{ResultURI: uri, SHA256: result.SHA256})
		}
	}
	slices.SortFunc(heads, func(a, b Previous) int { return cmp.Compare(a.ResultURI, b.ResultURI) })
	return heads, nil
}

// newestRecords returns the keys of the run records, the one written last first: a date that is filled in late has an old
// date and a new record.
func (p Pipeline) newestRecords(ctx context.Context) ([]string, error) {
	objects, err := p.Store.List(ctx, p.Keys.AllRuns())
	if err != nil {
		return nil, fmt.Errorf("listing the pipeline's runs: %w", err)
	}
	objects = slices.DeleteFunc(objects, func(o bucket.Object) bool { return isIntent(o.Key) })
	slices.SortFunc(objects, func(a, b bucket.Object) int {
		return cmp.Or(b.Modified.Compare(a.Modified), cmp.Compare(b.Key, a.Key))
	})
	records := make([]string, len(objects))
	for i, object := range objects {
		records[i] = object.Key
	}
	return records, nil
}

// jobsNamed returns the jobs that run records name.
func (p Pipeline) jobsNamed(ctx context.Context, records []string) ([]string, error) {
	jobs := make([]string, len(records))
	err := sideBySide(ctx, len(records), func(ctx context.Context, i int) error {
		var record struct {
			JobKey string `json:"jobKey"`
		}
		body, err := p.Store.Get(ctx, records[i])
		if errors.Is(err, bucket.ErrNotFound) {
			return nil
		}
		if err == nil && json.Unmarshal(body, &record) == nil {
			jobs[i] = record.JobKey
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the records of runs: %w", err)
	}
	return slices.DeleteFunc(jobs, func(job string) bool { return job == "" }), nil
}

// chain is what results say of each other.
type chain struct {
	jobs    map[string]bool
	results map[string]chained // by URI
	named   map[string]bool    // places that some result names
}

// chained is a result in the chain.
type chained struct {
	Previous
	Names []Previous
}

func newChain() *chain {
	return &chain{map[string]bool{}, map[string]chained{}, map[string]bool{}}
}

func (c *chain) isHead(uri string) bool { return !c.named[uri] }

// take adds one result. One that cannot be read names nothing.
func (c *chain) take(uri string, body []byte) {
	sum := sha256.Sum256(body)
	var ledger Ledger
	_ = json.Unmarshal(body, &ledger)
	c.results[uri] = chained{Previous{uri, hex.EncodeToString(sum[:])}, ledger.Previous}
	for _, previous := range ledger.Previous {
		c.named[previous.ResultURI] = true
	}
}

// add reads the results of jobs that are not known yet and returns their places.
func (c *chain) add(ctx context.Context, p Pipeline, jobs []string) ([]string, error) {
	var fresh []string
	for _, job := range jobs {
		if !c.jobs[job] {
			c.jobs[job] = true
			fresh = append(fresh, job)
		}
	}
	found := make([]map[string][]byte, len(fresh))
	err := sideBySide(ctx, len(fresh), func(ctx context.Context, i int) (err error) {
		found[i], err = p.resultsOf(ctx, fresh[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	var places []string
	for _, results := range found {
		for uri, body := range results {
			c.take(uri, body)
			places = append(places, uri)
		}
	}
	return places, nil
}

// resultsOf reads the results of a job and returns them by URI.
func (p Pipeline) resultsOf(ctx context.Context, jobKey string) (map[string][]byte, error) {
	objects, err := p.Store.List(ctx, p.Keys.TieOuts(jobKey))
	if err != nil {
		return nil, fmt.Errorf("listing the tie-outs of job %s: %w", jobKey, err)
	}
	results := map[string][]byte{}
	for _, object := range objects {
		if !IsResult(object.Key) {
			continue
		}
		body, err := p.Store.Get(ctx, object.Key)
		if errors.Is(err, bucket.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		results[p.URI(object.Key)] = body
	}
	return results, nil
}

// sideBySide does n things, a few at a time.
func sideBySide(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(readers)
	for i := range n {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}
