package concur

import (
	"context"
)

// List of codes, as configured in Concur. Its id differs between v1 and v4; its name does not.
type List struct {
	ID, Name string
	// Levels from 1 to 10.
	Levels int
	// Vendor is known from v1 only, Deleted from v4 only.
	Vendor, Deleted bool
}

// Item of a list.
type Item struct {
	// Code within its parent, byte for byte as served, and its name.
	Code, Name string
	// Level from 1.
	Level   int
	Deleted bool
	// HasChildren is true if it is not known.
	HasChildren bool
	// Ref names the item to Items as a parent. It is opaque and may be stored: on v1 the escaped path of the
	// items-link below the list, on v4 the item's id.
	Ref string
}

// Lists gives all lists of the account, by the API that Options.Lists names.
func (c *Client) Lists(ctx context.Context) ([]List, error) {
	if c.v4() {
		return c.listsV4(ctx)
	}
	return c.listsV1(ctx)
}

// List reads one list by its id of the API in use.
func (c *Client) List(ctx context.Context, id string) (List, error) {
	if c.v4() {
		return c.listV4(ctx, id)
	}
	return c.listV1(ctx, id)
}

// Items gives the live children of the item that parentRef names, whole or not at all; "" means level 1.
func (c *Client) Items(ctx context.Context, list List, parentRef string) ([]Item, error) {
	if c.v4() {
		return c.itemsV4(ctx, "read list items", list, parentRef, nil, false)
	}
	return c.itemsV1(ctx, list, parentRef)
}

// DeletedItems gives the deleted children. v1 does not know them: nil, nil.
func (c *Client) DeletedItems(ctx context.Context, list List, parentRef string) ([]Item, error) {
	if !c.v4() {
		return nil, nil
	}
	return c.itemsV4(ctx, "read deleted list items", list, parentRef, map[string][]string{"isDeleted": {"true"}}, true)
}

// FilterItems asks for the live items that match filter under the item of level 1 whose code is parentCode; "" means
// level 1 itself. v1 compares filter with parts of names and codes, v4 with the whole code.
func (c *Client) FilterItems(ctx context.Context, list List, parentCode, filter string) ([]Item, error) {
	if c.v4() {
		return c.filterItemsV4(ctx, list, parentCode, filter)
	}
	return c.filterItemsV1(ctx, list, parentCode, filter)
}

func (c *Client) v4() bool { return c.opts.Lists == "v4" }
