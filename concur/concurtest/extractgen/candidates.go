package extractgen

import (
	"fmt"
	"slices"
	"strings"

	"tieout/concur/concurtest/internal/hash"
)

// candidates finds, for a check, tuples that a tie-out must put into a given class.
type candidates struct {
	judge   *judge
	columns int
	ends    []int   // live items to start from
	retired [][]int // per level, deleted items whose parent lives
	taken   map[string]bool
}

func newCandidates(j *judge, columns int) *candidates {
	c := &candidates{judge: j, columns: columns, ends: j.tree.ends(columns), retired: make([][]int, columns+1), taken: map[string]bool{}}
	for i, n := range j.tree.Nodes {
		if n.Deleted && n.Level <= columns && !j.tree.Nodes[n.Parent].Deleted {
			c.retired[n.Level] = append(c.retired[n.Level], i)
		}
	}
	return c
}

// choose takes the given tuple, or finds one.
func (c *candidates) choose(wanted Injection, h uint64, number int) ([]string, Injected, error) {
	if wanted.Tuples == nil {
		return c.find(wanted, h, number)
	}
	tuple := wanted.Tuples[number]
	if len(tuple) != c.columns {
		return nil, Injected{}, fmt.Errorf("injecting into check %q: tuple %d has %d codes for %d columns", wanted.Check, number+1, len(tuple), c.columns)
	}
	v := c.judge.judge(tuple, true)
	if v.class == "" || !c.take(v, tuple) {
		return nil, Injected{}, fmt.Errorf("injecting into check %q: tuple %d is in the list, or is the same finding as one before", wanted.Check, number+1)
	}
	return tuple, describe(tuple, v, c.judge.judge(tuple, false)), nil
}

// take keeps the key of a finding, and reports whether it is the first of that key.
func (c *candidates) take(v verdict, tuple []string) bool {
	key := strings.Join(append([]string{string(v.class)}, tuple[:v.level]...), "\x00")
	taken := c.taken[key]
	c.taken[key] = true
	return !taken
}

func describe(tuple []string, v, v1 verdict) Injected {
	return Injected{
		Class: v.class, ClassV1: v1.class, Level: v.level, Path: tuple[:v.level:v.level],
		Suggestion: v.suggestion, SuggestionV1: v1.suggestion, SuggestionOpen: v.open || v1.open,
	}
}

// find makes a tuple that no finding has yet, and says what a tie-out must make of it.
func (c *candidates) find(wanted Injection, h uint64, number int) ([]string, Injected, error) {
	for attempt := range maxAttempts {
		at := hash.Mix(h + uint64(attempt))
		level := wanted.Level
		if level == 0 {
			level = (number+attempt)%c.columns + 1
		}
		if level > c.columns {
			break
		}
		tuple := c.tuple(wanted.Class, level, at)
		if tuple == nil {
			continue
		}
		v, v1 := c.judge.judge(tuple, true), c.judge.judge(tuple, false)
		if v.class != wanted.Class || v.level != level || v1.level != level || v.open && v.class != ClassUnknown {
			continue
		}
		if c.take(v, tuple) {
			return tuple, describe(tuple, v, v1), nil
		}
	}
	return nil, Injected{}, fmt.Errorf("injecting %s into check %q: its list has no room for finding %d of %d; ask for fewer or make the list larger", wanted.Class, wanted.Check, number+1, wanted.Findings)
}

// tuple starts from a valid tuple and makes it wrong at a level. It returns nil where that cannot be done.
func (c *candidates) tuple(class Class, level int, h uint64) []string {
	tuple := make([]string, c.columns)
	copy(tuple, c.judge.tree.Path(c.pick(h)))
	at, h := level-1, hash.Mix(h)
	if tuple[at] == "" {
		return nil
	}
	switch class {
	case ClassPlaceholder:
		if len(c.judge.placeholders) == 0 {
			return nil
		}
		tuple[at] = c.judge.placeholders[h%uint64(len(c.judge.placeholders))]
	case ClassBlank:
		clear(tuple)
	case ClassSkippedLevel:
		tuple[at] = ""
	case ClassRetired:
		retired := c.retired[level]
		if len(retired) == 0 {
			return nil
		}
		copy(tuple, c.judge.tree.Path(retired[h%uint64(len(retired))]))
	case ClassFormatOnly:
		tuple[at] = writtenOtherwise(tuple[at], h)
	case ClassNameNotCode:
		tuple[at] = c.nameOf(tuple[:level], h)
	case ClassWrongParent:
		other := c.judge.tree.Path(c.pick(h))
		if len(other) < level {
			return nil
		}
		copy(tuple[at:], other[at:])
	case ClassUnknown:
		if h&1 == 0 {
			tuple[at] = fmt.Sprintf("UNLISTED-%08X-%04X", uint32(h>>8), uint16(h>>48))
		} else {
			// One letter too many: near enough for a suggestion.
			code := []rune(tuple[at])
			tuple[at] = string(slices.Insert(code, int(h>>8%uint64(len(code)+1)), 'Q'))
		}
	default:
		return nil
	}
	return tuple
}

func (c *candidates) pick(h uint64) int { return c.ends[h%uint64(len(c.ends))] }

// nameOf returns the name of the item at the end of a path, as people type it.
func (c *candidates) nameOf(path []string, h uint64) string {
	at := 0
	for _, code := range path {
		at = c.judge.family(at).codes[code].item
	}
	name := c.judge.tree.Nodes[at].Name
	switch h % 3 {
	case 0:
		return strings.ToUpper(name)
	case 1:
		return name + " "
	}
	return name
}

// writtenOtherwise returns a code in another spelling.
func writtenOtherwise(code string, h uint64) string {
	switch h % 7 {
	case 0:
		return strings.ToLower(code)
	case 1:
		return strings.TrimLeft(code, "0")
	case 2:
		return "0" + code
	case 3:
		return code + " "
	case 4:
		return strings.ReplaceAll(code, "-", "\u2013")
	case 5:
		return "\u00a0" + code
	}
	// Full-width digits, as a Japanese keyboard writes them.
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r - '0' + '０'
		}
		return r
	}, code)
}
