// Package evidence is what tieout keeps in the bucket beside landed files: each document's key, its type, how it is read
// and written, and the rules that are read off several of them. It knows nothing of Temporal or of Concur's API.
package evidence

import "tieout/internal/bucket"

// Pipeline reads and writes the documents of one pipeline.
type Pipeline struct {
	Store *bucket.Store
	Keys  Keys
}

// Of returns the documents of a pipeline below a prefix of the bucket.
func Of(store *bucket.Store, prefix, pipeline string) Pipeline {
	return Pipeline{store, Keys{Prefix: prefix, Pipeline: pipeline}}
}
