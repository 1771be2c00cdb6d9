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

// List APIs.
const (
	ListsV1 = "v1"
	ListsV4 = "v4"
)

// listLanguage is sent with every list call: List v4 answers names in the language that is asked for, and names that
// differ from night to night would be differences that nobody made.
const listLanguage = "en-US"

// List of codes, as configured in Concur. Its id differs between v1 and v4; its name does not.
type List struct {
	ID, Name string
	// API is the list API that named the list; its items are read from the same one. Empty means Options.Lists.
	API string
	// Levels from 1 to 10.
	Levels int
	// Vendor is known from v1 only, Deleted from v4 only.
	Vendor, Deleted bool
}

// Item of a list.
type Item struct {
	// Code within its parent, byte for byte as served, and its name.
	Code, Name string
	// Path holds the codes from level 1 down to the item, its own the last.
	Path []string
	// Level from 1.
	Level int
	// Deleted is true for an item that is not in this list any more; on v4 it may live on in others.
	Deleted bool
	// HasChildren is true if it is not known.
	HasChildren bool
	// Ref names the item to Items as a parent. It is opaque and may be stored: on v1 the escaped path of the
	// items-link below the list, on v4 the item's id.
	Ref string
}

// Parent is the item below which items are asked for; the zero value asks for level 1.
type Parent struct {
	// Path holds the codes from level 1 down to the parent.
	Path []string
	Ref  string
}

// Parent returns the item as the parent of those below it.
func (i Item) Parent() Parent { return Parent{i.Path, i.Ref} }

func (p Parent) String() string {
	if len(p.Path) == 0 {
		return "at level 1"
	}
	return "below " + showCodes(p.Path)
}

func showCodes(path []string) string {
	return fmt.Sprintf("%q", cut(clean(strings.Join(path, " / ")), 300))
}

// Lists gives all lists of the account, by the API that Options.Lists names.
func (c *Client) Lists(ctx context.Context) ([]List, error) { return c.ListsBy(ctx, c.opts.Lists) }

// ListsBy gives all lists of the account by a list API, v1 or v4; "" means Options.Lists. Their items are read by the
// same one.
func (c *Client) ListsBy(ctx context.Context, api string) ([]List, error) {
	switch cmp.Or(api, c.opts.Lists) {
	case ListsV1:
		return c.listsV1(ctx)
	case ListsV4:
		return c.listsV4(ctx)
	}
	return nil, badArgument("read lists", fmt.Errorf("the list API %q is neither v1 nor v4", cut(clean(api), 32)))
}

// List reads one list by its id of the API in use.
func (c *Client) List(ctx context.Context, id string) (List, error) {
	if c.opts.Lists == ListsV4 {
		return c.listV4(ctx, id)
	}
	return c.listV1(ctx, id)
}

// Items gives what Concur shows below a parent, whole or not at all. An answer may hold more than the live children,
// which Children picks out: of List v1 it may be the whole subtree, and of v4 it may show items that were deleted from
// this list. An item that contradicts the question fails the call with KindBody.
func (c *Client) Items(ctx context.Context, list List, parent Parent) ([]Item, error) {
	if c.v4(list) {
		return c.itemsV4(ctx, "read list items", list, parent, nil)
	}
	return c.itemsV1(ctx, list, parent)
}

// DeletedItems gives the deleted children. v1 does not know them: nil, nil.
func (c *Client) DeletedItems(ctx context.Context, list List, parent Parent) ([]Item, error) {
	if !c.v4(list) {
		return nil, nil
	}
	items, err := c.itemsV4(ctx, "read deleted list items", list, parent, url.Values{"isDeleted": {"true"}})
	return slices.DeleteFunc(items, func(i Item) bool { return !i.Deleted }), err
}

// FilterItems asks for the live items that match filter under the item of level 1 whose code is parentCode; "" means
// level 1 itself. v1 compares filter with parts of names and codes, v4 with the whole code.
func (c *Client) FilterItems(ctx context.Context, list List, parentCode, filter string) ([]Item, error) {
	if c.v4(list) {
		return c.filterItemsV4(ctx, list, parentCode, filter)
	}
	return c.filterItemsV1(ctx, list, parentCode, filter)
}

// Children picks the live items right below the parent out of an answer of Items.
func Children(answer []Item, parent Parent) []Item {
	var children []Item
	for _, item := range answer {
		if !item.Deleted && len(item.Path) == len(parent.Path)+1 {
			children = append(children, item)
		}
	}
	return children
}

func (c *Client) v4(list List) bool { return cmp.Or(list.API, c.opts.Lists) == ListsV4 }

// listCall is a call of a list API.
func listCall(operation, path string, query url.Values) call {
	return call{operation: operation, path: path, query: query, header: http.Header{"Accept-Language": {listLanguage}}}
}

// contradiction is the error for an item that an answer about a parent cannot hold.
func contradiction(list List, parent Parent, path []string, why string) error {
	return fmt.Errorf("list %q: what was answered for the items %s holds the item %s, %s", cut(clean(cmp.Or(list.Name, list.ID)), 100), parent, showCodes(path), why)
}
