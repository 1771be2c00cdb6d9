package concurtest

import (
	"fmt"
	"net/http"
	"strings"

	"tieout/concur/concurtest/extractgen"
)

const listNamespace = "http://www.concursolutions.com/api/expense/list/2010/02"

// routeList routes {list} · {list}/items · {list}/items/{code of level 1}/{code of level 2}/…
func (x *exchange) routeList(parts []string) Operation {
	if len(parts) > 0 {
		x.log.List = parts[0]
	}
	switch {
	case len(parts) == 0:
		return OpLists
	case len(parts) == 1:
		return OpList
	case parts[1] == "items":
		return OpItems
	}
	return ""
}

func (x *exchange) lists() {
	var b strings.Builder
	b.WriteString("<lists" + x.namespace(listNamespace) + ">\n")
	for i := range x.world.Lists {
		if l := &x.world.Lists[i]; !l.Deleted {
			b.WriteString(x.listElement(l, ""))
		}
	}
	x.xml(http.StatusOK, b.String()+"</lists>")
}

func (x *exchange) listElement(l *extractgen.List, attributes string) string {
	path := listPath + "/" + escapeID(l.ID)
	itemsLink := path + "/items"
	if x.odd(2, "items-link", x.operation(), l.ID) {
		itemsLink += "/"
	}
	lines := []string{
		x.link("id", path, l.ID), x.link("batch-link", path+"/batch", l.ID), "<name>" + escape(l.Name) + "</name>",
		fmt.Sprintf("<is-vendor>%t</is-vendor>", l.Vendor), fmt.Sprintf("<levels>%d</levels>", x.trees[l.ID].Levels), x.link("items-link", itemsLink, l.ID),
	}
	if x.log.Operation == OpList {
		// The sample of one list has its elements in another order.
		lines = []string{lines[1], lines[0], lines[3], lines[5], lines[4], lines[2]}
	}
	return "<list" + attributes + ">\n" + strings.Join(lines, "\n") + "\n</list>\n"
}

// liveList returns the list that the path names, or answers 404 and returns nil.
func (x *exchange) liveList() *extractgen.List {
	for i := range x.world.Lists {
		if l := &x.world.Lists[i]; l.ID == x.log.List && !l.Deleted {
			return l
		}
	}
	x.fail(http.StatusNotFound, "The list was not found.")
	return nil
}

func (x *exchange) oneList() {
	if l := x.liveList(); l != nil {
		x.xml(http.StatusOK, x.listElement(l, x.namespace(listNamespace)))
	}
}

// items answers one level below a parent or, with World.Subtrees, all of them; without a parent it answers level 1. The parent
// comes in the path, one element per code, or in parentCode, which names items of level 1 alone. The answer about a parent
// that does not exist is empty.
func (x *exchange) items() {
	l := x.liveList()
	if l == nil {
		return
	}
	query := x.r.URL.Query()
	parents := x.parts[2:]
	if code := query.Get("parentCode"); code != "" && len(parents) == 0 {
		parents = []string{code}
	}
	t := x.trees[l.ID]
	filter := strings.ToLower(query.Get("filter"))
	var b strings.Builder
	b.WriteString("<list-items" + x.namespace(listNamespace) + ">\n")
	var below func(at int)
	below = func(at int) {
		from, to := t.Children(at)
		for i := from; i < to; i++ {
			n := &t.Nodes[i]
			if n.Deleted {
				continue
			}
			if filter == "" || strings.Contains(strings.ToLower(n.Name), filter) || strings.Contains(strings.ToLower(n.Code), filter) {
				x.writeItem(&b, l, t, i)
			}
			if x.world.Subtrees && len(parents) > 0 {
				below(i)
			}
		}
	}
	for _, at := range live(t, parents) {
		below(at)
	}
	x.xml(http.StatusOK, b.String()+"</list-items>")
}

func (x *exchange) writeItem(b *strings.Builder, l *extractgen.List, t *extractgen.Tree, i int) {
	b.WriteString("<list-item>\n<name>" + escape(t.Nodes[i].Name) + "</name>\n")
	path := listPath + "/" + escapeID(l.ID) + "/items/"
	for level, code := range t.Path(i) {
		fmt.Fprintf(b, "<level%dcode>%s</level%dcode>\n", level+1, escape(code), level+1)
		path += escapeID(code) + "/"
	}
	b.WriteString(x.link("items-link", path, l.ID+t.Nodes[i].Code) + "\n</list-item>\n")
}

// live returns the live items at the end of a path of codes: several where a code stands twice.
func live(t *extractgen.Tree, path []string) []int {
	at := []int{0}
	for _, code := range path {
		var next []int
		for _, parent := range at {
			from, to := t.Children(parent)
			for i := from; i < to; i++ {
				if n := &t.Nodes[i]; n.Code == code && !n.Deleted {
					next = append(next, i)
				}
			}
		}
		at = next
	}
	return at
}
