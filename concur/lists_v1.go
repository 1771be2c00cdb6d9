package concur

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

const listPathV1 = "/api/expense/list/v1.0/"

func (c *Client) listsV1(ctx context.Context) ([]List, error) {
	var all []List
	err := c.readXML(ctx, call{operation: "read lists", path: listPathV1}, noLimit, "lists", "list", func(r record) error {
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
	err := c.readXML(ctx, call{operation: operation, path: listPathV1 + escapeSegment(id)}, maxSmallBody, "list", "list", func(r record) (err error) {
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
	return List{ID: id, Name: trimLink(r.get("name")), Levels: levels,
		Vendor: strings.EqualFold(trimLink(r.get("is-vendor")), "true")}, nil
}

func (c *Client) itemsV1(ctx context.Context, list List, parentRef string) ([]Item, error) {
	const operation = "read list items"
	path, query, err := itemsPath(parentRef)
	if err != nil {
		return nil, badRef(operation, parentRef, err)
	}
	return c.readItemsV1(ctx, operation, list, path, query)
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
	return c.readItemsV1(ctx, "filter list items", list, "items", query)
}

func (c *Client) readItemsV1(ctx context.Context, operation string, list List, path string, query url.Values) ([]Item, error) {
	if err := checkID(list.ID); err != nil {
		return nil, badArgument(operation, fmt.Errorf("the list id %q cannot be used", masked(list.ID, 64)))
	}
	var all []Item
	request := call{operation: operation, path: listPathV1 + escapeSegment(list.ID) + "/" + path, query: query}
	err := c.readXML(ctx, request, noLimit, "list-items", "list-item", func(r record) error {
		item, err := itemFromV1(r, list)
		all = append(all, item)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// itemFromV1 reads an item, whose level is that of its deepest code. Codes and names stay as they are: a blank in a code
// is a difference that a tie-out must see.
func itemFromV1(r record, list List) (Item, error) {
	var codes [maxLevels + 1]string
	level, deepest := 0, 0
	for _, f := range r {
		n := levelOf(f.name)
		if n == 0 {
			continue
		}
		codes[n] = f.value
		deepest = max(deepest, n)
		if strings.TrimSpace(f.value) != "" {
			level = max(level, n)
		}
	}
	if level == 0 {
		level = deepest
	}
	if level == 0 {
		return Item{}, errors.New("a list item in it has no code")
	}
	item := Item{Code: codes[level], Name: r.get("name"), Level: level,
		HasChildren: list.Levels == 0 || level < list.Levels}
	if link := r.get("items-link"); trimLink(link) != "" {
		item.Ref = itemsRef(link)
	} else {
		item.Ref = refOf(codes[1 : level+1])
	}
	return item, nil
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
