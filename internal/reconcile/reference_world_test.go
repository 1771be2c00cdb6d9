package reconcile

import (
	"fmt"
	"math/big"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/extractfile"
	"tieout/internal/money"
	"tieout/internal/pipeline"
)

// referenceWorlds is how many random worlds the judgement is compared in.
const referenceWorlds = 1500

// plainAlphabet is small, so that codes, names and placeholders meet in every way.
var plainAlphabet = []string{"1", "01", "001", "A", "a", "A-1", "A\u20131", "0", "00", "B", "b ", " B", "Pend", "LISTED", "x\u200b", "x", "\uff21", "zz", "zzz", "10", "100", "0100"}

// plainWorld is a random list, what is known of it from before, and files that book on it.
type plainWorld struct {
	r       *rand.Rand
	api     string
	levels  int
	list    *plainList
	served  *Snapshot // what the list service has
	memory  *Memory
	checks  []pipeline.Check
	waivers []pipeline.Waiver
	files   [][]plainRow
}

type plainRow struct {
	values                   []string
	amount, currency, report string
}

func newPlainWorld(seed int64) *plainWorld {
	w := &plainWorld{r: rand.New(rand.NewSource(seed)), memory: NewMemory(),
		list: &plainList{names: map[string][]string{}, children: map[string][]string{}, deleted: map[string]bool{}, earlier: map[string]bool{}}}
	w.api = []string{APIv1, APIv4}[w.r.Intn(2)]
	w.levels = 1 + w.r.Intn(3)
	w.served = NewSnapshot(orgs, "list-1", w.api, w.levels, "")
	w.grow([]string{})
	for range w.r.Intn(4) {
		var path []string
		for range 1 + w.r.Intn(w.levels) {
			path = append(path, w.code())
		}
		w.memory.AddPath(orgs, path)
		w.list.earlier[plainPath(path)] = true
	}
	one, two := orgCheck(1+w.r.Intn(w.levels)), orgCheck(1+w.r.Intn(w.levels))
	one.Placeholders = []string{"Pend", "LISTED"}
	if w.r.Intn(2) == 0 {
		one.Blank = pipeline.BlankReport
	}
	two.Name, two.Placeholders = "Again", nil
	w.checks = []pipeline.Check{one, two}
	w.waive()
	w.book()
	return w
}

func (w *plainWorld) code() string { return plainAlphabet[w.r.Intn(len(plainAlphabet))] }

// grow makes the items under a parent and all below them; now and then a code stands twice.
func (w *plainWorld) grow(parent []string) {
	var items, deleted []Item
	kinds := map[string]bool{} // by code: its items are leaves
	for range w.r.Intn(5) {
		it := item(w.code(), w.code())
		leaf, there := kinds[it.Code]
		if there && w.r.Intn(3) > 0 {
			continue
		}
		if !there {
			leaf = w.api == APIv4 && w.r.Intn(4) == 0
			w.list.children[plainPath(parent)] = append(w.list.children[plainPath(parent)], it.Code)
		}
		kinds[it.Code], it.Leaf = leaf, leaf
		items = append(items, it)
		key := plainPath(below(parent, it.Code))
		w.list.names[key] = append(w.list.names[key], it.Name)
	}
	for range w.r.Intn(3) {
		code := w.code()
		if _, live := kinds[code]; !live {
			deleted = append(deleted, gone(code))
			w.list.deleted[plainPath(below(parent, code))] = w.api == APIv4
		}
	}
	w.served.Add(slices.Clone(parent), items)
	if w.api == APIv4 {
		w.served.AddDeleted(slices.Clone(parent), deleted)
	}
	for _, code := range w.list.children[plainPath(parent)] {
		if len(parent)+1 < w.levels && !kinds[code] {
			w.grow(below(parent, code))
		}
	}
}

func (w *plainWorld) waive() {
	for range w.r.Intn(4) {
		waiver := pipeline.Waiver{Check: w.checks[w.r.Intn(2)].Name, Value: w.code(), Reason: "r", By: "b", Until: []string{"2026-11-19", today, "2027-01-01"}[w.r.Intn(3)]}
		if w.r.Intn(2) == 0 {
			waiver.MaxAmount = map[string]string{"USD": []string{"1", "3", "100"}[w.r.Intn(3)]}
			if w.r.Intn(2) == 0 {
				waiver.MaxAmount["EUR"] = "5"
			}
		}
		w.waivers = append(w.waivers, waiver)
	}
}

// book writes rows, half of them on paths of the list.
func (w *plainWorld) book() {
	var paths []string
	for path := range w.list.names {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	w.files = make([][]plainRow, 1+w.r.Intn(2))
	for f := range w.files {
		for range w.r.Intn(20) {
			values := make([]string, 3)
			if len(paths) > 0 && w.r.Intn(2) == 0 {
				copy(values, strings.Split(paths[w.r.Intn(len(paths))], "\x01"))
			} else {
				for i := range values {
					if w.r.Intn(4) > 0 {
						values[i] = w.code()
					}
				}
			}
			if w.r.Intn(3) == 0 {
				values[w.r.Intn(3)] = w.code()
			}
			w.files[f] = append(w.files[f], plainRow{values, []string{"1", "-2.5", "0.00000001", "-0", "+3", "1000000"}[w.r.Intn(6)],
				[]string{"USD", "EUR"}[w.r.Intn(2)], fmt.Sprintf("R%d", w.r.Intn(4))})
		}
	}
}

// tieOut runs the code under test over the world: the scan, the reading of the list, the match and the second pass.
func (w *plainWorld) tieOut(t require.TestingT) *Judgement {
	in := Input{Checks: w.checks, Memory: w.memory, BusinessDate: today, Waivers: w.waivers, ControlTotals: pipeline.ControlOff}
	lines := func(c int, rows []plainRow) (all []line) {
		for _, row := range rows {
			all = append(all, line{row.values[:len(w.checks[c].Columns)], row.amount, row.currency, row.report})
		}
		return all
	}
	for f, rows := range w.files {
		summary := scan(t, 1, lines(0, rows))
		summary.Checks = append(summary.Checks, scan(t, 1, lines(1, rows)).Checks...)
		in.Files = append(in.Files, FileSummary{fmt.Sprintf("%d.txt", f), summary})
	}
	in.Snapshots = map[string]*Snapshot{orgs: read(t, &service{list: w.served}, w.checks, in.Files, 100_000)}
	v, err := Match(in)
	require.NoError(t, err)
	affected := newAffected(v)
	for f, rows := range w.files {
		for n, row := range rows {
			out := &extractfile.Row{Number: int64(n + 1), Report: row.report, Amount: row.amount, Currency: row.currency}
			for c := range w.checks {
				values := row.values[:len(w.checks[c].Columns)]
				if found := v.Lookup(c, []byte(extractfile.Key(values))); found >= 0 {
					out.Findings = append(out.Findings, extractfile.RowFinding{Check: c, Finding: found, Values: values})
				}
			}
			if len(out.Findings) > 0 {
				require.NoError(t, affected.add(in.Files[f].Name, out))
			}
		}
	}
	require.NoError(t, affected.apply())
	return v
}

// plainSum adds exactly, per currency.
type plainSum map[string]*big.Rat

func (s plainSum) add(currency, amount string, gross bool) {
	x, _ := new(big.Rat).SetString(strings.TrimPrefix(amount, "+"))
	if gross {
		x.Abs(x)
	}
	if s[currency] == nil {
		s[currency] = new(big.Rat)
	}
	s[currency].Add(s[currency], x)
}

// plainFinding is what the rows of one finding come to.
type plainFinding struct {
	rows       int64
	net, gross plainSum
	reports    map[string]bool
	meant      string
	waived     bool
}

func (w *plainWorld) expected() (findings map[string]*plainFinding, byRow [][]string) {
	findings = map[string]*plainFinding{}
	for _, row := range slices.Concat(w.files...) {
		var keys []string
		for c := range w.checks {
			check := &w.checks[c]
			values := row.values[:len(check.Columns)]
			judged := w.list.judge(check.Placeholders, check.Blank == pipeline.BlankReport, values)
			if judged.class == "" {
				continue
			}
			key := plainKey(check.Name, judged.class, values[:judged.level])
			f := findings[key]
			if f == nil {
				f = &plainFinding{net: plainSum{}, gross: plainSum{}, reports: map[string]bool{}, meant: judged.meant}
				findings[key] = f
			}
			f.rows++
			f.reports[row.report] = true
			f.net.add(row.currency, row.amount, false)
			f.gross.add(row.currency, row.amount, true)
			keys = append(keys, key)
		}
		byRow = append(byRow, keys)
	}
	for key, f := range findings {
		for _, waiver := range w.waivers {
			f.waived = f.waived || f.coveredBy(key, waiver)
		}
	}
	return findings, byRow
}

func plainKey(check, class string, path []string) string {
	return strings.Join([]string{check, class, plainPath(path)}, "|")
}

func (f *plainFinding) coveredBy(key string, w pipeline.Waiver) bool {
	parts := strings.SplitN(key, "|", 3)
	path := strings.Split(parts[2], "\x01")
	if w.Check != parts[0] || w.Until < today || w.Value != path[len(path)-1] && w.Value != strings.Join(path, PathSeparator) {
		return false
	}
	for currency, gross := range f.gross {
		limit, named := new(big.Rat).SetString(w.MaxAmount[currency])
		if len(w.MaxAmount) > 0 && (!named || gross.Cmp(limit) > 0) {
			return false
		}
	}
	return true
}

func requireSums(t *testing.T, net, gross plainSum, got money.Sums, what string) {
	t.Helper()
	require.Len(t, got, len(net), what)
	for currency := range net {
		for want, amount := range map[*big.Rat]money.Amount{net[currency]: got[currency].Net, gross[currency]: got[currency].Gross} {
			exact, _ := new(big.Rat).SetString(amount.String())
			require.Zero(t, want.Cmp(exact), "%s: %s in %s, not %s", what, amount, currency, want.FloatString(8))
		}
	}
}

// The judgement equals that of a reader who does it the plain way, in random worlds small enough for everything to meet.
func TestJudgementEqualsAPlainReaders(t *testing.T) {
	for seed := range int64(referenceWorlds) {
		w := newPlainWorld(seed)
		v := w.tieOut(t)
		want, byRow := w.expected()
		require.Len(t, v.Findings, len(want), "seed %d", seed)
		for _, f := range v.Findings {
			what := fmt.Sprintf("seed %d, %s: %s %q", seed, w.api, f.Class, f.Path)
			plain := want[plainKey(f.Check, f.Class, f.Path)]
			require.NotNil(t, plain, what)
			meant := ""
			if f.Suggestion != nil {
				meant = plainPath(f.Suggestion.Path)
			}
			require.Equal(t, plain.meant, meant, what)
			require.Equal(t, plain.rows, f.Rows, what)
			require.EqualValues(t, len(plain.reports), f.Reports, what)
			require.Equal(t, plain.waived, f.Waived != nil, what)
			requireSums(t, plain.net, plain.gross, f.Amounts, what)
		}
		open, net, gross := int64(0), plainSum{}, plainSum{}
		for i, row := range slices.Concat(w.files...) {
			if slices.ContainsFunc(byRow[i], func(key string) bool { return !want[key].waived }) {
				open++
				net.add(row.currency, row.amount, false)
				gross.add(row.currency, row.amount, true)
			}
		}
		require.Equal(t, open, v.Summary.Rows, "seed %d", seed)
		requireSums(t, net, gross, v.Summary.Amounts, fmt.Sprintf("seed %d, all rows", seed))
	}
}
