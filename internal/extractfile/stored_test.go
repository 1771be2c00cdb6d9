package extractfile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestASummaryIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, checks := oracleLayout(t)
		want, err := Scan(context.Background(), bytes.NewReader(drawFile(t, false)), l, checks, ScanOptions{})
		require.NoError(t, err)
		var text strings.Builder
		w := bufio.NewWriter(&text)
		require.NoError(t, want.Write(w))
		require.NoError(t, w.Flush())
		got, err := ReadSummary(json.NewDecoder(strings.NewReader(text.String())))
		require.NoError(t, err)
		requireSame(t, want, got)
	})
}

func TestTuplesStayAsTheyWereCloned(t *testing.T) {
	list := []Tuple{{Values: []string{"a", ""}, Rows: 1, FirstRow: 7}, {Values: []string{"b", "c"}, Rows: 2, FirstRow: 3}}
	tuples := TuplesOf(list...)
	got := tuples.Slice()
	require.Equal(t, 2, tuples.Len())
	for i := range got {
		require.Equal(t, list[i].Values, got[i].Values)
		require.Equal(t, list[i].FirstRow, got[i].FirstRow)
		require.Empty(t, got[i].Amounts)
	}
	var none Tuples
	require.Empty(t, none.Slice())
}
