package concur

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const listPathV1 = "/api/expense/list/v1.0/"

func (c *Client) listsV1(ctx context.Context) ([]List, error) {
	var all []List
	err := c.readXML(ctx, listCall("read lists", listPathV1, nil), noLimit, "lists", "list", func(r record) error {
		l, err := listFromV1(r)
		all = append(all, l)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (c *Client) listV1(ctx context.Context, id string) (List, error) {
	const operation = "read list"
	if err := checkID(id); err != nil {
		return List{}, badArgument(operation, fmt.Errorf("the list id %q cannot be used", masked(id, 64)))
	}
	var l List
	err := c.readXML(ctx, listCall(operation, listPathV1+escapeSegment(id), nil), maxSmallBody, "list", "list", func(r record) (err error) {
		if l, err = listFromV1(r); err == nil && l.ID != id {
			err = errors.New("it is about another list than the one asked for")
		}
		return err
	})
	if err != nil {
		return List{}, err
	}
	return l, nil
}

func listFromV1(r record) (List, error) {
	id, err := listID(r.get("id"))
	if err != nil {
		return List{}, err
	}
	levels, err := strconv.Atoi(trimLink(r.get("levels")))
	if err != nil || levels < 0 || levels > maxLevels {
		return List{}, errors.New("the number of levels of a list is not a number from 1 to 10")
	}
	return List{ID: id, Name: trimLink(r.get("name")), API: ListsV1, Levels: levels,
		Vendor: strings.EqualFold(trimLink(r.get("is-vendor")), "true")}, nil
}

func (c *Client) itemsV1(ctx context.Context, list List, parent Parent) ([]Item, error) {
	const operation = "read list items"
	path, query, err := itemsPath(parent.Ref)
	if err != nil {
		return nil, badRef(operation, parent.Ref, err)
	}
	items, err := c.readItemsV1(ctx, operation, list, parent, path, query)
	if err != nil {
		return nil, err
	}
	if err := withoutGaps(list, parent, items); err != nil {
		return nil, badBody(operation, nil, err)
	}
	return items, nil
}

// badRef blames Concur for a link that could not be used, and the caller for a reference that never came from here.
func badRef(operation, ref string, err error) *Error {
	e := badArgument(operation, err)
	if strings.HasPrefix(ref, refUnusable) {
		e.Kind = KindBody
	}
	return e
}

func (c *Client) filterItemsV1(ctx context.Context, list List, parentCode, filter string) ([]Item, error) {
	query := url.Values{}
	if parentCode != "" {
		query.Set("parentCode", parentCode)
	}
	if filter != "" {
		query.Set("filter", filter)
	}
	parent := Parent{}
	if parentCode != "" {
		parent.Path = []string{parentCode}
	}
	return c.readItemsV1(ctx, "filter list items", list, parent, "items", query)
}

// readItemsV1 reads an answer about a parent. Its items may lie on any level below; the parent itself is left out.
func (c *Client) readItemsV1(ctx context.Context, operation string, list List, parent Parent, path string, query url.Values) ([]Item, error) {
	if err := checkID(list.ID); err != nil {
		return nil, badArgument(operation, fmt.Errorf("the list id %q cannot be used", masked(list.ID, 64)))
	}
	var all []Item
	request := listCall(operation, listPathV1+escapeSegment(list.ID)+"/"+path, query)
	err := c.readXML(ctx, request, noLimit, "list-items", "list-item", func(r record) error {
		item, err := itemFromV1(r, list, parent)
		if err == nil && len(item.Path) > len(parent.Path) {
			all = append(all, item)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// withoutGaps refuses an answer with an item whose own parent is neither the one that was asked for nor in the answer.
func withoutGaps(list List, parent Parent, items []Item) error {
	here := map[string]bool{}
	key := func(path []string) string { return strings.Join(path, "\x00") }
	deeper := len(parent.Path) + 1
	if !slices.ContainsFunc(items, func(i Item) bool { return len(i.Path) > deeper }) {
		return nil
	}
	for _, item := range items {
		here[key(item.Path)] = true
	}
	for _, item := range items {
		if above := item.Path[:len(item.Path)-1]; len(item.Path) > deeper && !here[key(above)] {
			return contradiction(list, parent, item.Path, "and not the item above it")
		}
	}
	return nil
}

// itemFromV1 reads an item, which lies where its level codes say. Codes and names stay as they are: a blank in a code is
// a difference that a tie-out must see.
func itemFromV1(r record, list List, parent Parent) (Item, error) {
	path, err := pathFromV1(r)
	if err != nil {
		return Item{}, err
	}
	level := len(path)
	if level < len(parent.Path) || !slices.Equal(path[:len(parent.Path)], parent.Path) {
		return Item{}, contradiction(list, parent, path, "which lies elsewhere")
	}
	for _, code := range path {
		if strings.TrimSpace(code) == "" && level > 1 {
			return Item{}, contradiction(list, parent, path, "which lacks a code of a level above it")
		}
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

// levelOf reads N out of "levelNcode", 0 for other names.
func levelOf(name string) int {
	digits, ok := strings.CutPrefix(name, "level")
	if !ok {
		return 0
	}
	if digits, ok = strings.CutSuffix(digits, "code"); !ok {
		return 0
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n < 1 || n > maxLevels {
		return 0
	}
	return n
}
