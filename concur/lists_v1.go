package concur

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const listPathV1 = "/api/expense/list/v1.0/"

func (c *Client) listsV1(ctx context.Context) ([]List, error) {
	all, _, err := getRecords(ctx, c, listCall(OpLists, listPathV1, nil, math.MaxInt64), "lists", "list", readListV1)
	return all, err
}

func readListV1(r record) (List, error) {
	id, err := listID(r.get("id"))
	if err != nil {
		return List{}, err
	}
	levels, err := strconv.Atoi(trimLink(r.get("levels")))
	if err != nil || levels < 0 || levels > maxLevels {
		return List{}, errLevels
	}
	return List{ID: id, Name: trimLink(r.get("name")), API: ListsV1, Levels: levels,
		Vendor: strings.EqualFold(trimLink(r.get("is-vendor")), "true")}, nil
}

var errLevels = errors.New("the number of levels of a list is not a number from 1 to 10")

// itemsV1 reads the items below a parent, on any level. The parent itself, where the answer shows it, is left out.
func (c *Client) itemsV1(ctx context.Context, list List, parent Parent) ([]Item, error) {
	path, query, err := itemsPath(parent.Ref)
	if err != nil {
		return nil, badRef(parent.Ref, err)
	}
	items, err := c.readItemsV1(ctx, OpItems, list, parent, path, query)
	if err != nil {
		return nil, err
	}
	if err := withoutGaps(list, parent, items); err != nil {
		return nil, badBody(OpItems, nil, err)
	}
	return items, nil
}

// readItemsV1 reads an answer about a parent, and leaves the parent itself out.
func (c *Client) readItemsV1(ctx context.Context, operation Operation, list List, parent Parent, path string, query url.Values) ([]Item, error) {
	if err := checkID(list.ID); err != nil {
		return nil, badArgument(operation, fmt.Errorf("the list id %q cannot be used", masked(list.ID, 64)))
	}
	request := listCall(operation, listPathV1+escapeSegment(list.ID)+"/"+path, query, math.MaxInt64)
	items, _, err := getRecords(ctx, c, request, "list-items", "list-item", func(r record) (Item, error) { return readItemV1(r, list, parent) })
	return slices.DeleteFunc(items, func(i Item) bool { return len(i.Path) == len(parent.Path) }), err
}

// badRef blames Concur for a link that could not be used, and the caller for a reference that never came from here.
func badRef(ref string, err error) *Error {
	e := badArgument(OpItems, err)
	if strings.HasPrefix(ref, refUnusable) {
		e.Kind = KindBody
	}
	return e
}

// withoutGaps refuses an answer with an item whose own parent is neither the one that was asked for nor in the answer.
func withoutGaps(list List, parent Parent, items []Item) error {
	deeper := func(i Item) bool { return len(i.Path) > len(parent.Path)+1 }
	if !slices.ContainsFunc(items, deeper) {
		return nil
	}
	key := func(path []string) string { return strings.Join(path, "\x00") }
	present := make(map[string]bool, len(items))
	for _, item := range items {
		present[key(item.Path)] = true
	}
	for _, item := range items {
		if deeper(item) && !present[key(item.Path[:len(item.Path)-1])] {
			return contradiction(list, parent, item.Path, "and not the item above it")
		}
	}
	return nil
}

// readItemV1 reads an item, which lies where its level codes say. Codes and names stay as they are: a blank in a code is
// a difference that a tie-out must see.
func readItemV1(r record, list List, parent Parent) (Item, error) {
	path, err := pathFromV1(r)
	if err != nil {
		return Item{}, err
	}
	level := len(path)
	if level < len(parent.Path) || !slices.Equal(path[:len(parent.Path)], parent.Path) {
		return Item{}, contradiction(list, parent, path, "which lies elsewhere")
	}
	if level > 1 && slices.ContainsFunc(path, func(code string) bool { return strings.TrimSpace(code) == "" }) {
		return Item{}, contradiction(list, parent, path, "which lacks a code of a level above it")
	}
	item := Item{Code: path[level-1], Name: r.get("name"), Path: path, Level: level,
		HasChildren: list.Levels == 0 || level < list.Levels}
	if link := r.get("items-link"); trimLink(link) != "" {
		item.Ref = itemsRef(link)
	} else {
		item.Ref = refOf(path)
	}
	return item, nil
}

// pathFromV1 reads the level codes down to the deepest that is filled.
func pathFromV1(r record) ([]string, error) {
	var codes [maxLevels + 1]string
	level, some := 1, false
	for _, f := range r {
		n := levelOf(f.name)
		if n == 0 {
			continue
		}
		codes[n], some = f.value, true
		if strings.TrimSpace(f.value) != "" {
			level = max(level, n)
		}
	}
	if !some {
		return nil, errors.New("a list item in it has no code")
	}
	return slices.Clone(codes[1 : level+1]), nil
}

// levelOf reads N out of "levelNcode". It returns 0 for other names.
func levelOf(name string) int {
	digits, ok := strings.CutPrefix(name, "level")
	digits, ok2 := strings.CutSuffix(digits, "code")
	n, err := strconv.Atoi(digits)
	if !ok || !ok2 || err != nil || n < 1 || n > maxLevels {
		return 0
	}
	return n
}
