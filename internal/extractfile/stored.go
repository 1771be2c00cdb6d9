package extractfile

import (
	"bufio"
	"encoding/json"

	"tieout/internal/jsonstream"
)

// Write writes the summary as one JSON object that ReadSummary reads, a tuple at a time.
func (s *Summary) Write(w *bufio.Writer) error {
	if err := jsonstream.WriteOpen(w, s); err != nil {
		return err
	}
	w.WriteString(`,"checks":[`)
	for i := range s.Checks {
		if i > 0 {
			w.WriteByte(',')
		}
		check := &s.Checks[i]
		if err := jsonstream.WriteOpen(w, check); err != nil {
			return err
		}
		w.WriteString(`,"tuples":`)
		if err := jsonstream.WriteArray(w, check.Tuples.All()); err != nil {
			return err
		}
		w.WriteByte('}')
	}
	_, err := w.WriteString("]}")
	return err
}

// ReadSummary reads what Write wrote.
func ReadSummary(d *json.Decoder) (*Summary, error) {
	var s Summary
	return &s, jsonstream.Object(d, &s, map[string]func() error{"checks": func() error {
		return jsonstream.Array(d, func() error {
			check, err := readCheck(d)
			s.Checks = append(s.Checks, check)
			return err
		})
	}})
}

func readCheck(d *json.Decoder) (CheckSummary, error) {
	var check CheckSummary
	var b tuplesBuilder
	err := jsonstream.Object(d, &check, map[string]func() error{"tuples": func() error {
		return jsonstream.Array(d, func() error {
			var tuple Tuple
			if err := d.Decode(&tuple); err != nil {
				return err
			}
			b.add(&tuple)
			return nil
		})
	}})
	check.Tuples = b.tuples()
	return check, err
}
