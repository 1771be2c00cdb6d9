package extractgen

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// verdict is what the rules say of one tuple of codes. A valid tuple has no class.
type verdict struct {
	class      Class
	level      int
	suggestion *Suggestion
	// open reports whether several items would do equally well, so that no single suggestion is right.
	open bool
}

// judge applies the tie-out rules, in their plainest form, to one tuple. By it the generator makes sure that what it injects
// is of the class that it says, and of no other.
type judge struct {
	tree         *Tree
	placeholders []string
	// parents counts, per level, the live parents that a live code stands under, and remembers one item.
	parents []map[string]match
	// families keep the children of the parents that were asked about, by what they are compared with.
	families map[int]*family
}

type match struct {
	count int
	item  int
}

func (p match) and(item int) match { return match{p.count + 1, item} }

// family holds the live children of one item by code, folded code and folded name, and the codes of the deleted ones.
type family struct {
	codes, folded, names map[string]match
	deleted              map[string]bool
}

func newJudge(t *Tree, placeholders []string) *judge {
	j := &judge{tree: t, placeholders: placeholders, parents: make([]map[string]match, t.Levels+1), families: map[int]*family{}}
	for level := range j.parents {
		j.parents[level] = map[string]match{}
	}
	for i := 1; i < len(t.Nodes); i++ {
		if n := t.Nodes[i]; !n.Deleted {
			j.parents[n.Level][n.Code] = j.parents[n.Level][n.Code].and(i)
		}
	}
	return j
}

// judge decides on a tuple with one code per level. withDeleted says that deleted items are known, as in List v4.
func (j *judge) judge(tuple []string, withDeleted bool) verdict {
	if !slices.ContainsFunc(tuple, func(code string) bool { return code != "" }) {
		return verdict{class: ClassBlank, level: 1}
	}
	at := 0
	for i, code := range tuple {
		if code == "" {
			if slices.ContainsFunc(tuple[i:], func(code string) bool { return code != "" }) {
				return verdict{class: ClassSkippedLevel, level: i + 1}
			}
			return verdict{}
		}
		f := j.family(at)
		child := f.codes[code]
		if child.count == 0 {
			v := j.missing(at, code, withDeleted)
			v.level = i + 1
			return v
		}
		at = child.item
	}
	return verdict{}
}

func (j *judge) family(parent int) *family {
	if f := j.families[parent]; f != nil {
		return f
	}
	f := &family{codes: map[string]match{}, folded: map[string]match{}, names: map[string]match{}, deleted: map[string]bool{}}
	from, to := j.tree.Children(parent)
	for i := from; i < to; i++ {
		n := &j.tree.Nodes[i]
		if n.Deleted {
			f.deleted[n.Code] = true
			continue
		}
		f.codes[n.Code] = f.codes[n.Code].and(i)
		f.folded[foldCode(n.Code)] = f.folded[foldCode(n.Code)].and(i)
		f.names[foldName(n.Name)] = f.names[foldName(n.Name)].and(i)
	}
	j.families[parent] = f
	return f
}

// missing judges a code that is not a live child of parent.
func (j *judge) missing(parent int, code string, withDeleted bool) verdict {
	f, level := j.family(parent), j.tree.Nodes[parent].Level+1
	if slices.Contains(j.placeholders, code) {
		return verdict{class: ClassPlaceholder}
	}
	if withDeleted && f.deleted[code] {
		return verdict{class: ClassRetired}
	}
	for _, rule := range []struct {
		class Class
		found match
	}{
		{ClassFormatOnly, f.folded[foldCode(code)]},
		{ClassNameNotCode, f.names[foldName(code)]},
		{ClassWrongParent, j.parents[level][code]},
	} {
		switch rule.found.count {
		case 0:
		case 1:
			return verdict{class: rule.class, suggestion: j.suggest(rule.found.item)}
		default:
			return verdict{class: rule.class, open: true}
		}
	}
	return j.nearest(parent, code)
}

// nearest judges an unknown code. It suggests the one child within two edits, where there is one.
func (j *judge) nearest(parent int, code string) verdict {
	v := verdict{class: ClassUnknown}
	best := 3
	from, to := j.tree.Children(parent)
	for i := from; i < to; i++ {
		n := &j.tree.Nodes[i]
		if n.Deleted {
			continue
		}
		switch distance := editDistance(n.Code, code, best); {
		case distance < best:
			best, v.open, v.suggestion = distance, false, j.suggest(i)
		case distance == best && best < 3:
			v.open = true
		}
	}
	if v.open {
		v.suggestion = nil
	}
	return v
}

func (j *judge) suggest(i int) *Suggestion {
	return &Suggestion{Path: j.tree.Path(i), Name: j.tree.Nodes[i].Name}
}

// foldCode returns a code as format_only compares it: trimmed, in NFKC, case folded, with one kind of dash and of space, and
// without leading zeros.
func foldCode(code string) string {
	code = norm.NFKC.String(strings.TrimSpace(code))
	code = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Pd, r) || r == '\u2212':
			return '-'
		case unicode.IsSpace(r):
			return ' '
		}
		return unicode.ToLower(unicode.ToUpper(r))
	}, code)
	return strings.TrimLeft(strings.TrimSpace(code), "0")
}

func foldName(name string) string {
	return strings.ToLower(strings.ToUpper(strings.TrimSpace(name)))
}

// editDistance returns Levenshtein's distance over bytes, cut off at limit. The codes are ASCII where it matters.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit+1 || len(b)-len(a) >= limit+1 {
		return limit + 1
	}
	row := make([]int, len(b)+1)
	for i := range row {
		row[i] = i
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for k := range len(b) {
			cost := diagonal
			if a[i] != b[k] {
				cost++
			}
			diagonal = row[k+1]
			row[k+1] = min(cost, row[k]+1, row[k+1]+1)
		}
	}
	return row[len(b)]
}
