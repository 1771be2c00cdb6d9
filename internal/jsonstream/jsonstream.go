// Package jsonstream reads and writes JSON documents with arrays too long to be held as text: encoding/json alone
// buffers a document whole.
package jsonstream

import (
	"bufio"
	"encoding/json"
	"fmt"
	"iter"
)

// Object reads the object that d stands before into a struct, member by member in the order of the text. Members that
// streamed names are read by its functions instead.
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

// member reads one member as an object that has no other.
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

// Array calls element before each element of the array that d stands before; element reads it.
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

// begin reads an opening bracket; null stands for an empty value.
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

// WriteArray writes the values as an array. Errors of w show when it is flushed.
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

// WriteOpen writes a value that becomes a JSON object and leaves the object open, for members that follow.
func WriteOpen(w *bufio.Writer, object any) error {
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	_, err = w.Write(text[:len(text)-1])
	return err
}
