package concur

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const listPathV4 = "/list/v4/lists"

type listV4 struct {
	ID         string `json:"id"`
	Value      string `json:"value"`
	LevelCount int    `json:"levelCount"`
	IsDeleted  bool   `json:"isDeleted"`
}

func (l listV4) list() (List, error) {
	if err := checkID(l.ID); err != nil {
		return List{}, err
	}
	if l.LevelCount < 0 || l.LevelCount > maxLevels {
		return List{}, errLevels
	}
	return List{ID: l.ID, Name: l.Value, API: ListsV4, Levels: l.LevelCount, Deleted: l.IsDeleted}, nil
}

type itemV4 struct {
	ID        string `json:"id"`
	ShortCode string `json:"shortCode"`
	Value     string `json:"value"`
	ParentID  string `json:"parentId"`
	Level     int    `json:"level"`
	IsDeleted bool   `json:"isDeleted"`
	Lists     []struct {
		ID          string `json:"id"`
		HasChildren *bool  `json:"hasChildren"`
	} `json:"lists"`
}

// item takes the code from shortCode. The field code joins the ancestors' codes by hyphens, which codes themselves hold, so
// it is never split. isDeleted speaks of all lists; while an item lives in any, lists names only those.
func (i itemV4) item(list List, parent Parent) (Item, error) {
	if err := checkID(i.ID); err != nil {
		return Item{}, err
	}
	if i.ShortCode == "" {
		return Item{}, errors.New("a list item in it has no shortCode")
	}
	path := append(slices.Clone(parent.Path), i.ShortCode)
	switch {
	case i.ParentID != "" && !strings.EqualFold(i.ParentID, cmp.Or(parent.Ref, list.ID)):
		return Item{}, contradiction(list, parent, path, "whose parentId names another item")
	case i.Level != 0 && i.Level != len(path):
		return Item{}, contradiction(list, parent, path, fmt.Sprintf("which is said to be of level %d", i.Level))
	}
	item := Item{Code: i.ShortCode, Name: i.Value, Path: path, Level: cmp.Or(i.Level, len(path)), Deleted: i.IsDeleted || len(i.Lists) > 0, Ref: i.ID,
		HasChildren: list.Levels == 0 || len(path) < list.Levels}
	for _, l := range i.Lists {
		if strings.EqualFold(l.ID, list.ID) {
			item.Deleted = i.IsDeleted
			if l.HasChildren != nil {
				item.HasChildren = *l.HasChildren
			}
		}
	}
	return item, nil
}

type pageV4[T any] struct {
	Content []T `json:"content"`
	Page    *struct {
		Number        int `json:"number"`
		TotalElements int `json:"totalElements"`
		TotalPages    int `json:"totalPages"`
	} `json:"page"`
}

// allPages reads pages until the answer says that it was the last, and proves that none is missing: the pages must add up
// to the announced total, and no id may come twice. A list that is edited meanwhile fails this; asking again helps.
func allPages[S, T any](ctx context.Context, c *Client, call call, id func(S) string, read func(S) (T, error)) ([]T, error) {
	all := []T{}
	seen := map[string]bool{}
	call.query = maps.Clone(call.query)
	if call.query == nil {
		call.query = url.Values{}
	}
	incomplete := func(what string) error {
		return badBody(call.operation, nil, errors.New("its pages do not fit together ("+what+"): the list may be edited right now, try again"))
	}
	for number := 1; ; number++ {
		call.query.Set("page", strconv.Itoa(number))
		var p pageV4[S]
		if err := c.getJSON(ctx, call, &p); err != nil {
			return nil, err
		}
		for _, v := range p.Content {
			if seen[id(v)] {
				return nil, incomplete("an id comes twice")
			}
			seen[id(v)] = true
			one, err := read(v)
			if err != nil {
				return nil, badBody(call.operation, nil, err)
			}
			all = append(all, one)
		}
		switch {
		case len(all) > c.limits.elements:
			return nil, badBody(call.operation, nil, errTooLarge)
		case p.Page == nil && len(p.Content) == 0:
			return all, nil
		case p.Page == nil:
			continue
		case p.Page.Number != 0 && p.Page.Number != number:
			return nil, incomplete(fmt.Sprintf("page %d came for page %d", p.Page.Number, number))
		case number >= p.Page.TotalPages && len(all) != p.Page.TotalElements:
			return nil, incomplete(fmt.Sprintf("%d of %d elements", len(all), p.Page.TotalElements))
		case number >= p.Page.TotalPages:
			return all, nil
		case len(p.Content) == 0:
			return nil, incomplete(fmt.Sprintf("page %d of %d is empty", number, p.Page.TotalPages))
		}
	}
}

func (c *Client) listsV4(ctx context.Context) ([]List, error) {
	return allPages(ctx, c, listCall(OpLists, listPathV4, nil, maxSmallBody), func(l listV4) string { return l.ID }, listV4.list)
}

// itemsV4 reads all pages of the items right below a parent.
func (c *Client) itemsV4(ctx context.Context, operation Operation, list List, parent Parent, query url.Values) ([]Item, error) {
	path := listPathV4 + "/" + escapeSegment(list.ID)
	if checkID(list.ID) != nil || parent.Ref != "" && checkID(parent.Ref) != nil {
		return nil, badArgument(operation, errors.New("the id of the list or of the item cannot be used"))
	}
	if parent.Ref != "" {
		path += "/items/" + escapeSegment(parent.Ref)
	}
	return allPages(ctx, c, listCall(operation, path+"/children", query, maxSmallBody), func(i itemV4) string { return i.ID },
		func(i itemV4) (Item, error) { return i.item(list, parent) })
}

// filterItemsV4 reads the items with a code below every item of level 1 that has the parent's code.
func (c *Client) filterItemsV4(ctx context.Context, list List, parentCode, filter string) ([]Item, error) {
	withCode := func(parent Parent, code string) ([]Item, error) {
		items, err := c.itemsV4(ctx, OpFilterItems, list, parent, url.Values{"shortCode": {"eq:" + code}})
		return Children(items, parent), err
	}
	if parentCode == "" {
		return withCode(Parent{}, filter)
	}
	parents, err := withCode(Parent{}, parentCode)
	var all []Item
	for i := 0; err == nil && i < len(parents); i++ {
		var items []Item
		items, err = withCode(parents[i].Parent(), filter)
		all = append(all, items...)
	}
	return all, err
}
