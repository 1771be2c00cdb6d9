package jsonstream

import (
	"bufio"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type document struct {
	Name  string `json:"name"`
	Size  int    `json:"size"`
	Codes []int  `json:"-"`
}

func read(text string) (document, error) {
	var doc document
	d := json.NewDecoder(strings.NewReader(text))
	return doc, Object(d, &doc, map[string]func() error{"codes": func() error {
		return Array(d, func() error {
			var code int
			err := d.Decode(&code)
			doc.Codes = append(doc.Codes, code)
			return err
		})
	}})
}

func TestDocumentsAreReadInAnyOrder(t *testing.T) {
	for text, want := range map[string]document{
		`{}`:                                  {},
		`null`:                                {},
		`{"name":"a","codes":[1,2],"size":3}`: {"a", 3, []int{1, 2}},
		` { "codes" : [ 1 ], "more":[{"x":[]}], "name":"a" }`: {Name: "a", Codes: []int{1}},
		`{"codes":null,"size":1}`:                             {Size: 1},
		`{"codes":[]}`:                                        {},
	} {
		got, err := read(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
}

func TestDamageIsSeen(t *testing.T) {
	for _, text := range []string{``, `{`, `[]`, `{"name":1}`, `{"codes":[1`, `{"codes":["x"]}`, `{"codes":{}}`, `{"size":3,"codes":[1,2]`, `{"name":"a" "size":1}`} {
		_, err := read(text)
		require.Error(t, err, text)
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	want := document{"<a>", 3, []int{1, 2, 3}}
	var text strings.Builder
	w := bufio.NewWriter(&text)
	require.NoError(t, WriteOpen(w, want))
	w.WriteString(`,"codes":`)
	require.NoError(t, WriteArray(w, slices.Values(want.Codes)))
	w.WriteByte('}')
	require.NoError(t, w.Flush())
	got, err := read(text.String())
	require.NoError(t, err)
	require.Equal(t, want, got)
}
