package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
)

const (
	// mostPerClass is how many findings of a class report.html lists at most.
	mostPerClass = 1000
	// mostBytes bounds report.html: fewer findings are listed until it fits.
	mostBytes = 3_000_000
)

//go:embed report.html.tmpl
var pageText string

//go:embed report.css
var pageStyle string

// page is parsed once; a template is safe for use by several goroutines.
var page = template.Must(template.New("report").Parse(pageText))

// stylePolicy lets in the page's own style sheet, by its hash, and nothing else.
func stylePolicy() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; img-src data:; base-uri 'none'; form-action 'none'"
}

// WriteHTML writes report.html: one file that asks for no other, without scripts, for screen and paper.
func WriteHTML(w io.Writer, doc *Document) error { return writeHTML(w, doc, mostPerClass, mostBytes) }

func writeHTML(w io.Writer, doc *Document, perClass, maxBytes int) error {
	var out bytes.Buffer
	for {
		out.Reset()
		if err := page.Execute(&out, newView(doc, perClass)); err != nil {
			return fmt.Errorf("writing report.html: %w", err)
		}
		if out.Len() <= maxBytes || perClass <= 1 {
			break
		}
		// What does not grow with the findings makes this guess too high; the loop comes down to what fits.
		perClass = min(perClass-1, int(float64(perClass)*0.97*float64(maxBytes)/float64(out.Len())))
		perClass = max(perClass, 1)
	}
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("writing report.html: %w", err)
	}
	return nil
}
