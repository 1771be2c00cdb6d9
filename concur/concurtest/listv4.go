package concurtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"tieout/concur/concurtest/extractgen"
	"tieout/concur/concurtest/internal/hash"
)

// pageSize is the number of elements on a page of List v4.
const pageSize = 100

// listV4 is a list under its id of List v4. Items have ids made from the list's, unless they were given one, and byID finds
// them again.
type listV4 struct {
	id   string
	list *extractgen.List
	tree *extractgen.Tree
	seed uint64
	byID map[string]int
	// live holds, for each id that was given, the lists in which its item lives. All lists share it.
	live map[string][]itemInList
}

func indexV4(world World, trees map[string]*extractgen.Tree) map[string]*listV4 {
	index, live := map[string]*listV4{}, map[string][]itemInList{}
	for i := range world.Lists {
		l := &world.Lists[i]
		seed := hash.Text(world.Seed, "list v4", l.ID)
		v := &listV4{id: uuid(seed), list: l, tree: trees[l.ID], seed: seed, byID: map[string]int{}, live: live}
		for n := 1; n < len(v.tree.Nodes); n++ {
			v.byID[v.itemID(n)] = n
			if id := v.tree.Nodes[n].ID; id != "" && !v.tree.Nodes[n].Deleted && !l.Deleted {
				live[id] = append(live[id], itemInList{v.id, v.tree.Nodes[n].HasChildren()})
			}
		}
		index[v.id] = v
	}
	return index
}

func (v *listV4) itemID(i int) string {
	if i == 0 {
		return ""
	}
	if id := v.tree.Nodes[i].ID; id != "" {
		return id
	}
	return uuid(hash.Numbers(v.seed, uint64(i)))
}

// routeListV4 routes lists · lists/{list} · lists/{list}/children · lists/{list}/items/{item}/children · items/{item}[/children]
func (x *exchange) routeListV4(parts []string) Operation {
	if len(parts) > 1 && parts[0] == "lists" {
		x.log.List = parts[1]
	}
	switch {
	case len(parts) == 1 && parts[0] == "lists", len(parts) == 2 && parts[0] == "lists":
		return OpListsV4
	case len(parts) == 3 && parts[0] == "lists" && parts[2] == "children":
		return OpChildrenV4
	case len(parts) == 5 && parts[0] == "lists" && parts[2] == "items" && parts[4] == "children":
		x.log.Item = parts[3]
		return OpItemsV4
	case len(parts) == 3 && parts[0] == "items" && parts[2] == "children":
		x.log.Item = parts[1]
		return OpItemsV4
	}
	return ""
}

type listJSON struct {
	ID         string `json:"id"`
	Value      string `json:"value"`
	LevelCount int    `json:"levelCount"`
	SearchBy   string `json:"searchCriteria"`
	IsReadOnly bool   `json:"isReadOnly"`
	IsDeleted  bool   `json:"isDeleted"`
}

type itemJSON struct {
	ID        string       `json:"id"`
	Code      string       `json:"code"`
	ShortCode string       `json:"shortCode"`
	Value     string       `json:"value"`
	ParentID  *string      `json:"parentId"`
	Level     int          `json:"level"`
	IsDeleted bool         `json:"isDeleted"`
	Lists     []itemInList `json:"lists"`
}

type itemInList struct {
	ID          string `json:"id"`
	HasChildren bool   `json:"hasChildren"`
}

type pageJSON struct {
	Content any        `json:"content"`
	Page    pageFigure `json:"page"`
}

type pageFigure struct {
	Number        int `json:"number"`
	Size          int `json:"size"`
	TotalElements int `json:"totalElements"`
	TotalPages    int `json:"totalPages"`
}

func (x *exchange) listsV4() {
	var all []listJSON
	for i := range x.world.Lists {
		l := &x.world.Lists[i]
		v := listJSON{ID: uuid(hash.Text(x.world.Seed, "list v4", l.ID)), Value: l.Name, LevelCount: x.trees[l.ID].Levels, SearchBy: "TEXT", IsDeleted: l.Deleted}
		if v.ID == x.log.List {
			x.etagged(v)
			return
		}
		if x.wanted(v.IsDeleted) && x.named("value", v.Value) {
			all = append(all, v)
		}
	}
	if x.log.List != "" {
		x.fail(http.StatusNotFound, "The list was not found.")
		return
	}
	page(x, all)
}

// wanted reports whether ?isDeleted= asks for an element.
func (x *exchange) wanted(deleted bool) bool {
	if x.r.URL.Query().Get("isDeleted") == "true" {
		return deleted || x.world.DeletedWithLive
	}
	return !deleted
}

// named reports whether a filter such as ?shortCode=eq:X lets a text pass. Without an operator it means the same.
func (x *exchange) named(parameter, text string) bool {
	filter := x.r.URL.Query().Get(parameter)
	return filter == "" || strings.TrimPrefix(filter, "eq:") == text
}

// childrenV4 answers the items of level 1, or those below an item. Below a deleted item all are deleted.
func (x *exchange) childrenV4() {
	v, at := x.v4[x.log.List], int(0)
	if x.log.Item != "" {
		if v == nil && x.log.List == "" {
			for _, candidate := range x.v4 {
				if _, ok := candidate.byID[x.log.Item]; ok {
					v = candidate
				}
			}
		}
		if v != nil {
			at = v.byID[x.log.Item]
		}
		if at == 0 {
			v = nil
		}
	}
	if v == nil {
		x.fail(http.StatusNotFound, "The list or the item was not found.")
		return
	}
	var all []itemJSON
	from, to := v.tree.Children(at)
	for i := from; i < to; i++ {
		n := &v.tree.Nodes[i]
		if item := v.item(i); x.wanted(item.IsDeleted) && x.named("shortCode", n.Code) && x.named("value", n.Name) {
			all = append(all, item)
		}
	}
	page(x, all)
}

func (v *listV4) item(i int) itemJSON {
	n := &v.tree.Nodes[i]
	item := itemJSON{
		ID: v.itemID(i), Code: strings.Join(v.tree.Path(i), "-"), ShortCode: n.Code, Value: n.Name, Level: n.Level,
		IsDeleted: n.Deleted, Lists: []itemInList{{ID: v.id, HasChildren: n.HasChildren()}},
	}
	if v.tree.Nodes[i].ID != "" {
		item.Lists = v.live[item.ID]
		item.IsDeleted = len(item.Lists) == 0
	}
	if parent := v.itemID(n.Parent); parent != "" {
		item.ParentID = &parent
	}
	return item
}

// page answers one page of 100, counted from 1. A page beyond the last one is empty.
func page[T any](x *exchange, all []T) {
	number := 1
	if text := x.r.URL.Query().Get("page"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			x.fail(http.StatusBadRequest, "page is a number from 1.")
			return
		}
		number = n
	}
	from := min((number-1)*pageSize, len(all))
	content := all[from:min(from+pageSize, len(all))]
	if content == nil {
		content = []T{}
	}
	x.etagged(pageJSON{content, pageFigure{number, pageSize, len(all), (len(all) + pageSize - 1) / pageSize}})
}

// etagged answers a document, or 304 to a client that has it.
func (x *exchange) etagged(document any) {
	text, err := json.Marshal(document)
	if err != nil {
		panic(fmt.Sprintf("concurtest: %v", err))
	}
	etag := fmt.Sprintf("\"%016x\"", hash.Text(0, string(text)))
	x.w.Header().Set("ETag", etag)
	if x.r.Header.Get("If-None-Match") == etag {
		x.w.WriteHeader(http.StatusNotModified)
		return
	}
	x.text(http.StatusOK, "application/json", string(text))
}
