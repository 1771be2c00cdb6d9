package concur

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// readJSON decodes one bounded JSON document.
func readJSON(body io.Reader, h http.Header, b bounds, into any) error {
	src := &source{r: body, left: b.bytes}
	data, err := io.ReadAll(src)
	if err != nil {
		return decodeFailure(src, err)
	}
	if len(data) == 0 {
		return errors.New("it is empty")
	}
	if looksLikeHTML(h, data) {
		return ErrPage
	}
	if err := boundedJSON(data, b); err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return errors.New("it is not the JSON that was expected: " + masked(err.Error(), 200))
	}
	return nil
}

// boundedJSON counts nesting and elements before the document is decoded.
func boundedJSON(data []byte, b bounds) error {
	depth, elements, quoted := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > b.depth {
				return fmt.Errorf("it is nested more than %d deep", b.depth)
			}
			elements++
		case c == '}' || c == ']':
			depth--
		case c == ',':
			elements++
		}
		if elements > b.elements {
			return fmt.Errorf("it has more than %d elements", b.elements)
		}
	}
	return nil
}
