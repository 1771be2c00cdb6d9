package concur

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
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
		return List{}, errors.New("the number of levels of a list is not a number from 1 to 10")
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

// item takes the code from shortCode. The field code joins the ancestors' codes by hyphens, which codes themselves
// hold: it is never split. isDeleted speaks of all lists; while an item lives in any, lists names only those.
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

func (c *Client) readJSON(ctx context.Context, call call, into any) error {
	call.method, call.accept = http.MethodGet, "application/json"
	resp, err := c.send(ctx, call)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := plainEncoding(resp.Header); err != nil {
		return badBody(call.operation, resp, err)
	}
	err = readJSON(resp.Body, resp.Header, bounds{min(maxSmallBody, c.opts.MaxBodyBytes), c.opts.MaxElements, c.opts.MaxDepth}, into)
	var broken *brokenBody
	switch {
	case err == nil:
		return nil
	case errors.As(err, &broken):
		e := transportError(call.operation, broken.err)
		e.Status, e.CorrelationID = resp.StatusCode, correlationID(resp)
		return e
	}
	return badBody(call.operation, resp, err)
}

// allPages reads pages until the answer says that it was the last, and proves that none is missing: the pages must
// add up to the announced total, and no id may come twice. A list that is edited meanwhile fails this; asking again helps.
func allPages[T any](ctx context.Context, c *Client, call call, id func(T) string) ([]T, error) {
	var all []T
	seen := map[string]bool{}
	incomplete := func(what string) error {
		return badBody(call.operation, nil, errors.New("its pages do not fit together ("+what+"): the list may be edited right now, try again"))
	}
	for number := 1; ; number++ {
		query := maps.Clone(call.query)
		if query == nil {
			query = url.Values{}
		}
		query.Set("page", strconv.Itoa(number))
		one := call
		one.query = query
		var p pageV4[T]
		if err := c.readJSON(ctx, one, &p); err != nil {
			return nil, err
		}
		for _, v := range p.Content {
			if seen[id(v)] {
				return nil, incomplete("an id comes twice")
			}
			seen[id(v)] = true
			all = append(all, v)
		}
		switch {
		case len(all) > c.opts.MaxElements:
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
	const operation = "read lists"
	served, err := allPages(ctx, c, listCall(operation, listPathV4, nil), func(l listV4) string { return l.ID })
	if err != nil {
		return nil, err
	}
	all := make([]List, len(served))
	for i, l := range served {
		if all[i], err = l.list(); err != nil {
			return nil, badBody(operation, nil, err)
		}
	}
	return all, nil
}

func (c *Client) listV4(ctx context.Context, id string) (List, error) {
	const operation = "read list"
	if err := checkID(id); err != nil {
		return List{}, badArgument(operation, fmt.Errorf("the list id %q cannot be used", masked(id, 64)))
	}
	var served listV4
	if err := c.readJSON(ctx, listCall(operation, listPathV4+"/"+escapeSegment(id), nil), &served); err != nil {
		return List{}, err
	}
	l, err := served.list()
	if err == nil && !strings.EqualFold(l.ID, id) {
		err = errors.New("it is about another list than the one asked for")
	}
	if err != nil {
		return List{}, badBody(operation, nil, err)
	}
	return l, nil
}

// itemsV4 reads all pages of children.
func (c *Client) itemsV4(ctx context.Context, operation string, list List, parent Parent, query url.Values) ([]Item, error) {
	path := listPathV4 + "/" + escapeSegment(list.ID)
	if checkID(list.ID) != nil || parent.Ref != "" && checkID(parent.Ref) != nil {
		return nil, badArgument(operation, fmt.Errorf("the id of the list or of the item cannot be used"))
	}
	if parent.Ref != "" {
		path += "/items/" + escapeSegment(parent.Ref)
	}
	served, err := allPages(ctx, c, listCall(operation, path+"/children", query), func(i itemV4) string { return i.ID })
	if err != nil {
		return nil, err
	}
	all := make([]Item, len(served))
	for i, s := range served {
		if all[i], err = s.item(list, parent); err != nil {
			return nil, badBody(operation, nil, err)
		}
	}
	return all, nil
}

func (c *Client) filterItemsV4(ctx context.Context, list List, parentCode, filter string) ([]Item, error) {
	const operation = "filter list items"
	parents := []Parent{{}}
	if parentCode != "" {
		found, err := c.itemsV4(ctx, operation, list, Parent{}, url.Values{"shortCode": {"eq:" + parentCode}})
		if err != nil {
			return nil, err
		}
		parents = parents[:0]
		for _, item := range Children(found, Parent{}) {
			parents = append(parents, item.Parent())
		}
	}
	query := url.Values{}
	if filter != "" {
		query.Set("shortCode", "eq:"+filter)
	}
	var all []Item
	for _, parent := range parents {
		items, err := c.itemsV4(ctx, operation, list, parent, query)
		if err != nil {
			return nil, err
		}
		all = append(all, Children(items, parent)...)
	}
	return all, nil
}
