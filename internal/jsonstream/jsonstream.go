// Package jsonstream reads and writes JSON documents whose arrays are too long to be held as text. Package encoding/json
// alone would buffer the whole document.
package jsonstream

import (
	"bufio"
	"encoding/json"
	"fmt"
	"iter"
)

// Object reads the next value of d, an object or null, into a struct, member by member in the order of the text. A member
// that streamed names is read by its function instead.
func Object(d *json.Decoder, into any, streamed map[string]func() error) error {
	if open, err := begin(d, '{'); err != nil || !open {
		return err
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		if read := streamed[name]; read != nil {
			err = read()
		} else {
			err = member(d, name, into)
		}
		if err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// member reads the next value of d into the struct, as if it were the only member of an object.
func member(d *json.Decoder, name string, into any) error {
	var value json.RawMessage
	if err := d.Decode(&value); err != nil {
		return err
	}
	object, err := json.Marshal(map[string]json.RawMessage{name: value})
	if err != nil {
		return err
	}
	return json.Unmarshal(object, into)
}

// Array reads the next value of d, an array or null. It calls element for each element, which element must read from d.
func Array(d *json.Decoder, element func() error) error {
	if open, err := begin(d, '['); err != nil || !open {
		return err
	}
	for d.More() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// begin reads an opening bracket and reports true, or null and reports false.
func begin(d *json.Decoder, bracket json.Delim) (bool, error) {
	token, err := d.Token()
	if err != nil || token == nil {
		return false, err
	}
	if token != bracket {
		return false, fmt.Errorf("%v stands where %v was expected", token, bracket)
	}
	return true, nil
}

// WriteArray writes the values to w as an array. An error of the writer below w may show only when w is flushed.
func WriteArray[T any](w *bufio.Writer, values iter.Seq[T]) error {
	w.WriteByte('[')
	separator := ""
	for value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		w.WriteString(separator)
		w.Write(text)
		separator = ","
	}
	return w.WriteByte(']')
}

// WriteOpen writes a value that encodes as an object with members, but not its closing brace, so that more can follow.
func WriteOpen(w *bufio.Writer, object any) error {
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	_, err = w.Write(text[:len(text)-1])
	return err
}
