// Package evidence holds every document that tieout keeps in the bucket: its key, its type, how it is read and written, and
// the rules that are read off several of them. It knows nothing of Temporal or of Concur's API. Below
// <prefix>/<pipeline>/ lie
//
//	baseline.json                          the jobs that there were before the pipeline's first look: Baseline
//	gaps/<job key>.json                    jobs that may have left Concur's list unseen: Gap
//	latest.json                            points at the newest result
//	runs/<date>/<slot>.intent-<n>.json     an attempt at a POST, before it is made: Intent
//	runs/<date>/<run id>.json              what a run did: Record
//	jobs/<job key>/claim.json              which run works on the job: Claim
//	jobs/<job key>/raw/<name>              the file as Concur served it
//	jobs/<job key>/files/<name>            a member of the zip that Concur served
//	jobs/<job key>/refused/<try>.json      a zip that turned out to be none: Refused
//	jobs/<job key>/manifest.json           what was landed, the last object of a landing: Manifest
//	jobs/<job key>/again/<n>/              the job's landing n, from 2: raw, files, refused and manifest as above
//	jobs/<job key>/tieout/<nnn>/           a tie-out: reports, lists, review
//	jobs/<job key>/tieout/<nnn>/lists/     the lists as the tie-out read them
//	jobs/<job key>/tieout/<nnn>/result.json  what came of it, the last object of a tie-out: Ledger
//
// and beside the pipelines
//
//	<prefix>/_connections/<connection>/token.json  the connection's newest token: bucket.TokenStore
package evidence

import (
	"tieout/internal/bucket"
	"tieout/internal/contract"
)

// Pipeline reads and writes the documents of one pipeline.
type Pipeline struct {
	Store *bucket.Store
	Keys  Keys
}

// Storage gives out the documents of pipelines. It has no methods that read or write, so whoever holds it must say which
// bucket and prefix are meant.
type Storage struct{ store *bucket.Store }

// NewStorage returns the storage that is reached by the client of a store, whatever the store's own bucket.
func NewStorage(store *bucket.Store) Storage { return Storage{store} }

// Of returns the documents of a pipeline in a bucket and below a prefix of it.
func (s Storage) Of(storage contract.Storage, pipeline string) Pipeline {
	return Of(s.store.In(storage.Bucket), storage.Prefix, pipeline)
}

// Of returns the documents of a pipeline below a prefix of the bucket.
func Of(store *bucket.Store, prefix, pipeline string) Pipeline {
	return Pipeline{store, Keys{Prefix: prefix, Pipeline: pipeline}}
}

// URI returns the s3:// URI of a key in the pipeline's bucket.
func (p Pipeline) URI(key string) string { return p.Store.URI(key) }

// Key returns the key of an s3:// URI. It refuses those of other buckets.
func (p Pipeline) Key(uri string) (string, error) { return p.Store.Key(uri) }
