package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"tieout/internal/contract"
	"tieout/internal/reconcile"
)

// WriteJSON writes report.json with one finding per line, so that a large report streams and two reports compare well.
func WriteJSON(w io.Writer, doc *Document) error {
	out := bufio.NewWriterSize(w, 1<<16)
	fields := []struct {
		key   string
		value any
	}{
		{"schema", doc.Schema}, {"run", doc.Run}, {"job", doc.Job}, {"outcome", doc.Outcome},
		{"control", withFiles(doc.Control)}, {"findings", lines(doc.Findings)}, {"resolved", lines(doc.Resolved)},
		{"lists", lines(doc.Lists)}, {"evidence", evidenced(doc.Evidence)}, {"summary", doc.Summary}, {"checks", lines(doc.Checks)},
		{"review", doc.Review}, {"rechecks", lines(doc.Rechecks)}, {"trend", lines(doc.Trend)}, {"links", doc.Links},
	}
	separator := "{\n"
	for _, f := range fields {
		if f.key == "review" && doc.Review == nil || f.key == "rechecks" && len(doc.Rechecks) == 0 {
			continue
		}
		fmt.Fprintf(out, "%s%q: ", separator, f.key)
		separator = ",\n"
		if err := writeValue(out, f.value); err != nil {
			return fmt.Errorf("writing %s of report.json: %w", f.key, err)
		}
	}
	out.WriteString("\n}\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing report.json: %w", err)
	}
	return nil
}

// each yields the elements of an array that is written one per line.
type each func(yield func(any) bool)

func lines[T any](values []T) each {
	return func(yield func(any) bool) {
		for i := range values {
			if !yield(&values[i]) {
				return
			}
		}
	}
}

// withFiles writes a missing list of files as [], as every other list.
func withFiles(c reconcile.Control) reconcile.Control {
	if c.Files == nil {
		c.Files = []reconcile.FileControl{}
	}
	return c
}

func evidenced(e Evidence) Evidence {
	if e.Files == nil {
		e.Files = []contract.File{}
	}
	return e
}

func writeValue(out *bufio.Writer, value any) error {
	elements, ok := value.(each)
	if !ok {
		return writeLine(out, value)
	}
	out.WriteByte('[')
	separator := "\n  "
	for v := range elements {
		out.WriteString(separator)
		separator = ",\n  "
		if err := writeLine(out, v); err != nil {
			return err
		}
	}
	return out.WriteByte(']')
}

func writeLine(out *bufio.Writer, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	_, err = out.Write(text)
	return err
}
