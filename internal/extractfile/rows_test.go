package extractfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tieout/internal/pipeline"
)

func TestRows(t *testing.T) {
	sae := layout(t, pipeline.Format{Name: FormatSAE})
	checks := []pipeline.Check{
		{Name: "Cost centre", Columns: []pipeline.Column{"report_org_unit_1", "report_org_unit_2"}},
		{Name: "GL", Columns: []pipeline.Column{"167"}, Skip: []pipeline.SkipRule{{Column: "68", Equals: &yes}}},
	}
	row := func(n int, set ...any) string {
		return saeRow(170, append([]any{2, 77, 4, n, 19, fmt.Sprint("R", n), 61, fmt.Sprint("E", n), 22, "USD", 169, "1.50", 167, "6100", 35, "D10", 36, "1"}, set...)...)
	}
	file := strings.Join([]string{"EXTRACT|2026-11-20|5|0|77", row(1), row(2, 167, "6999"), row(3, 167, "6999", 68, "Y"),
		row(4, 36, `"2|2"`, 167, "6999", 169, "1,5"), row(7), "DETAIL|77||6|5|Doe"}, "\n")
	lookup := func(check int, key []byte) int {
		switch {
		case check == 0 && string(key) == Key([]string{"D10", "2|2"}):
			return 7
		case check == 1 && string(key) == Key([]string{"6999"}):
			return 3
		}
		return -1
	}
	var got []*Row
	err := Rows(context.Background(), strings.NewReader(file), sae, checks, lookup, func(r *Row) error {
		got = append(got, r)
		return nil
	}, ScanOptions{Workers: 1})
	require.NoError(t, err)
	require.Equal(t, []*Row{
		{Number: 2, Sequence: "2", Report: "R2", Entry: "E2", Amount: "1.50", Currency: "USD", Findings: []RowFinding{{1, 3, []string{"6999"}}}},
		{Number: 4, Sequence: "4", Report: "R4", Entry: "E4", Amount: "1,5", Currency: "USD", Controls: []string{"amount_format"},
			Findings: []RowFinding{{0, 7, []string{"D10", "2|2"}}, {1, 3, []string{"6999"}}}},
		{Number: 5, Sequence: "7", Report: "R7", Entry: "E7", Amount: "1.50", Currency: "USD", Controls: []string{"sequence"}},
		{Number: 6, Sequence: "6", Controls: []string{"width"}},
	}, got)
}

// Rows come in file order and are the same whatever the workers; together they are the rows that Scan counted.
func TestRowsAgreeWithScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, checks := oracleLayout(t)
		file := drawFile(t, true)
		s, err := Scan(context.Background(), bytes.NewReader(file), l, checks, ScanOptions{})
		require.NoError(t, err)
		wanted := make([]map[string]int, len(checks))
		for i, check := range s.Checks {
			wanted[i] = map[string]int{}
			for n, tuple := range check.Tuples.Slice() {
				if n%2 == 0 {
					wanted[i][Key(tuple.Values)] = n
				}
			}
		}
		lookup := func(check int, key []byte) int {
			if n, ok := wanted[check][string(key)]; ok {
				return n
			}
			return -1
		}
		var got []*Row
		err = Rows(context.Background(), bytes.NewReader(file), l, checks, lookup, func(r *Row) error {
			got = append(got, r)
			return nil
		}, drawOptions(t))
		require.NoError(t, err)
		counts := make([][]int64, len(checks))
		for i, check := range s.Checks {
			counts[i] = make([]int64, check.Tuples.Len())
		}
		var last, amounts int64
		for _, row := range got {
			require.Greater(t, row.Number, last)
			last = row.Number
			for _, f := range row.Findings {
				require.Equal(t, s.Checks[f.Check].Tuples.Slice()[f.Finding].Values, f.Values)
				counts[f.Check][f.Finding]++
			}
			for _, name := range row.Controls {
				if name == ControlAmountFormat {
					amounts++
				}
			}
		}
		require.Equal(t, s.AmountFormat.Rows, amounts)
		for i, check := range s.Checks {
			for n, tuple := range check.Tuples.Slice() {
				if n%2 == 0 {
					require.Equal(t, tuple.Rows, counts[i][n])
				} else {
					require.Zero(t, counts[i][n])
				}
			}
		}
	})
}

func TestRowsStop(t *testing.T) {
	l, checks := oracleLayout(t)
	file := strings.Repeat("x\n", 500)
	none := func(int, []byte) int { return -1 }
	enough := errors.New("enough")
	for workers := 1; workers <= 4; workers++ {
		n := 0
		err := Rows(context.Background(), strings.NewReader(file), l, checks, none, func(*Row) error {
			if n++; n == 100 {
				return enough
			}
			return nil
		}, ScanOptions{Workers: workers, ChunkBytes: 16})
		require.ErrorIs(t, err, enough)
		require.Equal(t, 100, n)
		// What stands before damage is handed out, nothing after it.
		n = 0
		err = Rows(context.Background(), strings.NewReader(strings.Repeat("x\n", 3000)+"a\x00\n"+file), l, checks, none, func(*Row) error {
			n++
			return nil
		}, ScanOptions{Workers: workers, ChunkBytes: 16})
		require.ErrorContains(t, err, "row 3001")
		require.Equal(t, 3000, n)
	}
}
