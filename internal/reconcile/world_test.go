package reconcile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/pipeline"
)

const (
	today = "2026-11-20"
	orgs  = "Organization List"
)

// line is one row of a test file: the columns of one check, an amount in a currency, a report.
type line struct {
	values   []string
	amount   string
	currency string
	report   string
}

// rowsOf makes lines of 1 USD each, a report to each line.
func rowsOf(tuples ...[]string) []line {
	lines := make([]line, len(tuples))
	for i, values := range tuples {
		lines[i] = line{values, "1", "USD", "R" + string(rune('A'+i%26))}
	}
	return lines
}

// scan is the plainest first pass over a file whose checks all look at the same columns.
func scan(t require.TestingT, checks int, lines []line) *extractfile.Summary {
	s := &extractfile.Summary{Amounts: money.Sums{}, Checks: make([]extractfile.CheckSummary, checks)}
	index := map[string]int{}
	var tuples []extractfile.Tuple
	for n, l := range lines {
		amount, err := money.Parse(l.amount)
		require.NoError(t, err)
		s.Records++
		s.Total = s.Total.Add(amount)
		key := extractfile.Key(l.values)
		i, known := index[key]
		if !known {
			i = len(tuples)
			index[key] = i
			tuples = append(tuples, extractfile.Tuple{Values: l.values, FirstRow: int64(n + 1), Amounts: money.Sums{}})
		}
		tuples[i].Rows++
		tuples[i].Amounts[l.currency] = tuples[i].Amounts[l.currency].Plus(amount)
	}
	for i := range s.Checks {
		s.Checks[i].Tuples = extractfile.TuplesOf(tuples...)
	}
	return s
}

// remember knows all that is live in an earlier snapshot.
func remember(earlier *Snapshot) *Memory {
	m, tree := NewMemory(), earlier.index()
	for b := range earlier.branches {
		for i := range earlier.items(int32(b)).live() {
			m.Add(earlier, [][]string{tree.path(itemRef{int32(b), i})})
		}
	}
	return m
}

// feed is the second pass over the same lines.
func feed(t require.TestingT, v *Judgement, a *affected, file string, checks int, lines []line) {
	for n, l := range lines {
		row := &extractfile.Row{Number: int64(n + 1), Report: l.report, Amount: l.amount, Currency: l.currency}
		for c := range checks {
			if f := v.Lookup(c, []byte(extractfile.Key(l.values))); f >= 0 {
				row.Findings = append(row.Findings, extractfile.RowFinding{Check: c, Finding: f, Values: l.values})
			}
		}
		if len(row.Findings) > 0 {
			require.NoError(t, a.add(file, row))
		}
	}
}

func orgCheck(columns int) pipeline.Check {
	return pipeline.Check{Name: "Cost centre", List: orgs, Columns: make([]pipeline.Column, columns), Blank: pipeline.BlankAllow, Placeholders: []string{"Pending Client", "LISTED"}}
}

func item(code, name string) Item { return Item{Code: code, Name: name, Ref: "ref-" + code} }

func gone(code string) Item { return Item{Code: code, Name: "gone", Deleted: true} }

// orgList is a three-level list, read whole.
func orgList(api string) *Snapshot {
	s := NewSnapshot(orgs, "list-1", api, 3, "2026-11-20T04:00:00Z")
	s.Add(nil, []Item{item("D10", "Sales"), item("D20", "Plant  One"), item("LISTED", "A listed placeholder"), item("007", "Bond"), item("Ünit", "Umlaut")})
	s.Add([]string{"D10"}, []Item{item("01007-03", "Dept north"), item("2000", "Dept south"), item("A\u2011B", "Odd dash")})
	s.Add([]string{"D20"}, []Item{item("3000", "Press shop"), item("2000", "South again"), item("4000", "Paint")})
	s.Add([]string{"LISTED"}, nil)
	s.Add([]string{"007"}, nil)
	s.Add([]string{"Ünit"}, nil)
	s.Add([]string{"D10", "01007-03"}, []Item{item("T1", "Team one"), item("T2", "Team two")})
	s.Add([]string{"D10", "2000"}, []Item{item("T3", "Team three")})
	s.Add([]string{"D10", "A\u2011B"}, nil)
	s.Add([]string{"D20", "2000"}, []Item{item("T9", "Team nine")})
	s.Add([]string{"D20", "3000"}, []Item{item("T3", "Third")})
	s.Add([]string{"D20", "4000"}, []Item{item("T4", "Fourth")})
	if api == APIv4 {
		s.AddDeleted(nil, []Item{gone("D99"), item("D10", "live in the same answer")})
		s.AddDeleted([]string{"D10"}, []Item{gone("9000"), gone("2000")})
		s.AddDeleted([]string{"D20"}, nil)
		s.AddDeleted([]string{"D10", "01007-03"}, []Item{gone("T0")})
		s.AddDeleted([]string{"D10", "2000"}, nil)
	}
	return s
}

func match(t require.TestingT, s *Snapshot, check pipeline.Check, lines []line) *Judgement {
	v, err := Match(Input{
		Checks: []pipeline.Check{check}, Files: []FileSummary{{"a.txt", scan(t, 1, lines)}},
		Snapshots: map[string]*Snapshot{s.List: s}, BusinessDate: today,
	})
	require.NoError(t, err)
	return v
}

func amount(t *testing.T, text string) money.Amount {
	a, err := money.Parse(text)
	require.NoError(t, err)
	return a
}
