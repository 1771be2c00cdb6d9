package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// WriteJSON streams by hand; it must say what encoding/json would.
func TestWriteJSON(t *testing.T) {
	for name, doc := range Samples(t) {
		var out bytes.Buffer
		require.NoError(t, WriteJSON(&out, doc), name)
		plain, err := json.Marshal(doc)
		require.NoError(t, err)
		require.JSONEq(t, string(plain), out.String(), name)
		var back Document
		require.NoError(t, json.Unmarshal(out.Bytes(), &back))
		var again bytes.Buffer
		require.NoError(t, WriteJSON(&again, &back))
		require.JSONEq(t, out.String(), again.String(), name)
	}
}

func TestJSONKeysKeepTheirOrder(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, WriteJSON(&out, &Document{Schema: Schema}))
	var keys []string
	for _, m := range regexp.MustCompile(`(?m)^"(\w+)": `).FindAllStringSubmatch(out.String(), -1) {
		keys = append(keys, m[1])
	}
	require.Equal(t, []string{"schema", "run", "job", "outcome", "control", "findings", "resolved", "lists", "evidence", "summary", "checks", "trend", "links"}, keys)
	require.Contains(t, out.String(), `"findings": []`, "an empty list is no null")
	require.Contains(t, out.String(), `"files":[]`)
}

// failing is a writer that takes so many bytes and no more.
type failing struct{ left int }

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWritersReportErrors(t *testing.T) {
	doc := sampleHuge(t, 2000)
	require.ErrorIs(t, WriteJSON(&failing{}, doc), errFull)
	require.ErrorIs(t, WriteHTML(&failing{}, doc), errFull)
	require.ErrorIs(t, WriteFindingsCSV(&failing{}, doc.Findings), errFull)
	require.ErrorIs(t, WriteSummary(&failing{}, doc, SummaryOptions{}), errFull)
	rows := NewRowsCSV(&failing{})
	require.ErrorIs(t, rows.Flush(), errFull)
	x, err := NewXLSX(doc)
	require.NoError(t, err)
	err = x.Write(&failing{})
	require.ErrorIs(t, err, errFull)
	require.NoError(t, x.Close())
}
