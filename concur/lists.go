package concur

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// ListAPI names one of Concur's two list services.
type ListAPI string

// List services.
const (
	// ListsV1 is deprecated and still answers. It shows no deleted items and knows vendor lists.
	ListsV1 ListAPI = "v1"
	// ListsV4 is its successor. It shows deleted items and knows deleted lists.
	ListsV4 ListAPI = "v4"
)

func (a ListAPI) known() bool { return a == ListsV1 || a == ListsV4 }

func unknownListAPI(a ListAPI) error {
	return fmt.Errorf("the list API %q is neither v1 nor v4", cut(clean(string(a)), 32))
}

// listLanguage is sent with every list call. List v4 answers names in the language that is asked for, and names that
// differ from night to night would be differences that nobody made.
const listLanguage = "en-US"

// List is a list of codes as it is configured in Concur. Its id differs between v1 and v4; its name does not.
type List struct {
	// ID is opaque.
	ID string
	// Name is what people call the list. Several lists may share one.
	Name string
	// API is the list service that named the list; its items are read from the same one. "" stands for Options.Lists.
	API ListAPI
	// Levels counts the levels of the list, from 1 to 10.
	Levels int
	// Vendor is known from v1 alone.
	Vendor bool
	// Deleted is known from v4 alone.
	Deleted bool
}

// Item is one item of a list.
type Item struct {
	// Code is unique within the item's parent. It comes byte for byte as Concur serves it, and so does Name.
	Code, Name string
	// Path holds the codes from level 1 down to the item, its own the last.
	Path []string
	// Level counts from 1.
	Level int
	// Deleted is true for an item that is no longer in this list. On v4 it may live on in other lists.
	Deleted bool
	// HasChildren reports whether items lie below this one. It is true where that is not known.
	HasChildren bool
	// Ref names the item to Items as a parent. It is opaque and may be stored.
	Ref string
}

// Parent is the item below which items are asked for. The zero value asks for level 1.
type Parent struct {
	// Path holds the codes from level 1 down to the parent.
	Path []string
	// Ref is the Ref of the parent's Item.
	Ref string
}

// Parent returns the item as the parent of those below it.
func (i Item) Parent() Parent { return Parent{i.Path, i.Ref} }

// String returns where the items below the parent lie, such as `below "US / CA"`.
func (p Parent) String() string {
	if len(p.Path) == 0 {
		return "at level 1"
	}
	return "below " + showCodes(p.Path)
}

func showCodes(path []string) string {
	return fmt.Sprintf("%q", cut(clean(strings.Join(path, " / ")), 300))
}

// Lists returns all lists of the account, as the list API of the client's Options shows them.
func (c *Client) Lists(ctx context.Context) ([]List, error) { return c.ListsBy(ctx, c.lists) }

// ListsBy returns all lists of the account, as one list API shows them; "" stands for that of the client's Options.
func (c *Client) ListsBy(ctx context.Context, api ListAPI) ([]List, error) {
	switch cmp.Or(api, c.lists) {
	case ListsV1:
		return c.listsV1(ctx)
	case ListsV4:
		return c.listsV4(ctx)
	}
	return nil, badArgument(OpLists, unknownListAPI(api))
}

// Items returns what Concur shows below a parent, whole or not at all. An answer may hold more than the live items right
// below it, which [Children] picks out: List v1 may show the whole subtree, and List v4 items that were deleted from this
// list. An item that contradicts the question fails the call with KindBody.
func (c *Client) Items(ctx context.Context, list List, parent Parent) ([]Item, error) {
	if c.v4(list) {
		return c.itemsV4(ctx, OpItems, list, parent, nil)
	}
	return c.itemsV1(ctx, list, parent)
}

// DeletedItems returns the deleted items below a parent. List v1 does not know them, and the answer is empty.
func (c *Client) DeletedItems(ctx context.Context, list List, parent Parent) ([]Item, error) {
	if !c.v4(list) {
		return nil, nil
	}
	items, err := c.itemsV4(ctx, OpDeletedItems, list, parent, url.Values{"isDeleted": {"true"}})
	return slices.DeleteFunc(items, func(i Item) bool { return !i.Deleted }), err
}

// FilterItems returns the items that match a text, below the item of level 1 whose code is parentCode, or at level 1 where
// that is "". List v1 finds the text in names and codes, and its answer may hold items of deeper levels. List v4 compares
// it with the whole code.
func (c *Client) FilterItems(ctx context.Context, list List, parentCode, filter string) ([]Item, error) {
	if c.v4(list) {
		return c.filterItemsV4(ctx, list, parentCode, filter)
	}
	query, parent := url.Values{"filter": {filter}}, Parent{}
	if parentCode != "" {
		query.Set("parentCode", parentCode)
		parent.Path = []string{parentCode}
	}
	return c.readItemsV1(ctx, OpFilterItems, list, parent, "items", query)
}

// Children returns the live items right below the parent out of an answer of [Client.Items].
func Children(answer []Item, parent Parent) []Item {
	var children []Item
	for _, item := range answer {
		if !item.Deleted && len(item.Path) == len(parent.Path)+1 {
			children = append(children, item)
		}
	}
	return children
}

func (c *Client) v4(list List) bool { return cmp.Or(list.API, c.lists) == ListsV4 }

// listCall returns a call of a list API.
func listCall(operation Operation, path string, query url.Values, maxBytes int64) call {
	return call{operation: operation, path: path, query: query, header: http.Header{"Accept-Language": {listLanguage}}, maxBytes: maxBytes}
}

// contradiction returns the error for an item that an answer about a parent cannot hold.
func contradiction(list List, parent Parent, path []string, why string) error {
	return fmt.Errorf("list %q: what was answered for the items %s holds the item %s, %s", cut(clean(cmp.Or(list.Name, list.ID)), 100), parent, showCodes(path), why)
}
