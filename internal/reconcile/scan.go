package reconcile

import (
	"bufio"
	"encoding/json"
	"io"

	"tieout/internal/extractfile"
	"tieout/internal/jsonstream"
)

// FileSummary is one tied-out file of the job.
type FileSummary struct {
	Name    string
	Summary *extractfile.Summary `json:"-"`
}

// WriteScan writes what passing over the files found, as JSON that ReadScan reads.
func WriteScan(w io.Writer, files []FileSummary) error {
	b := bufio.NewWriter(w)
	b.WriteByte('[')
	for i, file := range files {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := jsonstream.WriteOpen(b, file); err != nil {
			return err
		}
		b.WriteString(`,"Summary":`)
		if err := file.Summary.Write(b); err != nil {
			return err
		}
		b.WriteByte('}')
	}
	b.WriteString("]\n")
	return b.Flush()
}

// ReadScan reads what WriteScan wrote.
func ReadScan(r io.Reader) ([]FileSummary, error) {
	d := json.NewDecoder(r)
	var files []FileSummary
	err := jsonstream.Array(d, func() error {
		var file FileSummary
		err := jsonstream.Object(d, &file, map[string]func() error{"Summary": func() (err error) {
			file.Summary, err = extractfile.ReadSummary(d)
			return err
		}})
		files = append(files, file)
		return err
	})
	return files, err
}
