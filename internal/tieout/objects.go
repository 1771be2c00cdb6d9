package tieout

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"tieout/internal/evidence"
	"tieout/internal/report"
)

// Ref names a tie-out of the pipeline.
type Ref struct {
	JobKey string `json:"jobKey"`
	Number int    `json:"number"`
}

// Objects are the documents of the pipeline's tie-outs.
type Objects interface {
	// Read passes an object to read and returns which bytes it holds. Without such an object its error is fs.ErrNotExist.
	Read(ctx context.Context, of Ref, name string, read func(io.Reader) error) (report.Object, error)
	// Create writes an object of this tie-out, which stays as it is from then on, and returns which bytes it holds.
	Create(ctx context.Context, name, contentType string, write func(io.Writer) error) (report.Object, error)
	// Replace writes a JSON object of this tie-out over what is there.
	Replace(ctx context.Context, name string, body []byte) error
}

const (
	typeHTML = "text/html; charset=utf-8"
	typeCSV  = "text/csv; charset=utf-8"
	typeJSON = "application/json"
	typeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)

// ReadObject passes the body of an object to read and returns which bytes it holds, also where read fails.
func ReadObject(uri string, body io.Reader, read func(io.Reader) error) (report.Object, error) {
	hashing := evidence.NewHashing(body)
	defer hashing.Close()
	object := report.Object{URI: uri}
	err := read(hashing)
	if err != nil {
		err = fmt.Errorf("reading %s: %w", uri, err)
	}
	var sumErr error
	if object.Bytes, object.SHA256, sumErr = hashing.Sum(); err == nil && sumErr != nil { // reads what is left of the body
		err = fmt.Errorf("reading %s: %w", uri, sumErr)
	}
	return object, err
}

// WriteObject has write write an object's body to w and returns which bytes it holds.
func WriteObject(uri string, w io.Writer, write func(io.Writer) error) (report.Object, error) {
	hash, size := sha256.New(), byteCount(0)
	err := write(io.MultiWriter(w, hash, &size))
	return report.Object{URI: uri, Bytes: int64(size), SHA256: hex.EncodeToString(hash.Sum(nil))}, err
}

// byteCount counts what is written.
type byteCount int64

func (c *byteCount) Write(p []byte) (int, error) {
	*c += byteCount(len(p))
	return len(p), nil
}
