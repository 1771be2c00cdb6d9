package concur

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pagesOf serves elements in pages of size.
func pagesOf(elements []string, size int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		from := min((page-1)*size, len(elements))
		to := min(from+size, len(elements))
		fmt.Fprintf(w, `{"content":[%s],"page":{"number":%d,"size":%d,"totalElements":%d,"totalPages":%d}}`,
			strings.Join(elements[from:to], ","), page, size, len(elements), (len(elements)+size-1)/size)
	}
}

func TestListsV4ReadsAllPages(t *testing.T) {
	var elements []string
	for i := 1; i <= 5; i++ {
		elements = append(elements, fmt.Sprintf(`{"id":"id-%d","value":"List %d","levelCount":%d,"isDeleted":%t}`, i, i, i, i == 5))
	}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/list/v4/lists", r.URL.Path)
		require.Equal(t, "application/json", r.Header.Get("Accept"))
		pagesOf(elements, 2)(w, r)
	}, Options{Lists: ListsV4})
	lists, err := c.Lists(t.Context())
	require.NoError(t, err)
	require.Len(t, lists, 5)
	require.Equal(t, List{ID: "id-5", Name: "List 5", API: ListsV4, Levels: 5, Deleted: true}, lists[4])
}

func TestItemsV4(t *testing.T) {
	live := []string{
		`{"id":"a","code":"X-1-10","shortCode":"1-10","value":"Ten","parentId":"P","level":2,"isDeleted":false,"lists":[{"id":"other","hasChildren":true},{"id":"L","hasChildren":false}]}`,
		`{"id":"b","code":"X-2","shortCode":"2","value":"Two","level":2,"lists":[]}`,
	}
	gone := `{"id":"c","code":"X-3","shortCode":"3","value":"Three","level":2,"isDeleted":true}`
	moved := `{"id":"d","code":"X-4","shortCode":"4","value":"Four","level":2,"isDeleted":false,"lists":[{"id":"other","hasChildren":true}]}`
	top := `{"id":"a","shortCode":"1-10","parentId":"","level":1}`
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		switch {
		case r.URL.Query().Get("isDeleted") == "true":
			pagesOf([]string{gone, live[0]}, 100)(w, r)
		case strings.Contains(r.URL.Path, "/items/a/"):
			pagesOf(nil, 3)(w, r)
		case strings.Contains(r.URL.Path, "/items/"):
			pagesOf(append(live, gone, moved), 3)(w, r)
		default:
			pagesOf([]string{top}, 3)(w, r)
		}
	}, Options{Lists: ListsV4})
	p := Parent{Path: []string{"X"}, Ref: "p"}
	items, err := c.Items(t.Context(), List{ID: "L"}, p)
	require.NoError(t, err)
	require.Equal(t, []Item{
		{Code: "1-10", Name: "Ten", Path: []string{"X", "1-10"}, Level: 2, Ref: "a"},
		{Code: "2", Name: "Two", Path: []string{"X", "2"}, Level: 2, Ref: "b", HasChildren: true},
		{Code: "3", Name: "Three", Path: []string{"X", "3"}, Level: 2, Ref: "c", HasChildren: true, Deleted: true},
		{Code: "4", Name: "Four", Path: []string{"X", "4"}, Level: 2, Ref: "d", HasChildren: true, Deleted: true},
	}, items, "codes are not split at hyphens; what lives in other lists alone is deleted here")
	require.Equal(t, items[:2], Children(items, p))
	deleted, err := c.DeletedItems(t.Context(), List{ID: "L"}, p)
	require.NoError(t, err)
	require.Equal(t, items[2:3], deleted)
	require.Equal(t, []string{
		"/list/v4/lists/L/items/p/children?page=1", "/list/v4/lists/L/items/p/children?page=2",
		"/list/v4/lists/L/items/p/children?isDeleted=true&page=1",
	}, asked)

	asked = nil
	_, err = c.FilterItems(t.Context(), List{ID: "L"}, "1-10", "77")
	require.NoError(t, err)
	require.Equal(t, "/list/v4/lists/L/children?page=1&shortCode=eq%3A1-10", asked[0])
	require.Contains(t, asked, "/list/v4/lists/L/items/a/children?page=1&shortCode=eq%3A77")

	_, err = c.Items(t.Context(), List{ID: "L"}, Parent{Ref: "../x"})
	requireKind(t, err, KindBadRequest)
}

// parentId and level decide where an item lies; one that lies elsewhere is an error that names list, parent and item.
func TestItemsV4ThatContradictTheQuestion(t *testing.T) {
	p := Parent{Path: []string{"X"}, Ref: "p"}
	for _, test := range []struct {
		parent     Parent
		item, says string
	}{
		{p, `{"id":"a","shortCode":"1","parentId":"q","level":2}`, `below "X" holds the item "X / 1", whose parentId names another item`},
		{p, `{"id":"a","shortCode":"1","parentId":"p","level":3}`, `below "X" holds the item "X / 1", which is said to be of level 3`},
		{Parent{}, `{"id":"a","shortCode":"1","parentId":"p","level":1}`, `at level 1 holds the item "1", whose parentId names another item`},
		{Parent{}, `{"id":"a","shortCode":"1","level":2}`, `at level 1 holds the item "1", which is said to be of level 2`},
	} {
		_, err := serve(t, pagesOf([]string{test.item}, 100), Options{Lists: ListsV4}).Items(t.Context(), List{ID: "L", Name: "Org"}, test.parent)
		requireKind(t, err, KindBody)
		require.ErrorContains(t, err, `list "Org": what was answered for the items `+test.says)
	}
}

// A list is read by the API that named it, whatever the client's own is, and each list call asks for one language: the
// names that v4 answers depend on it.
func TestListsAreReadByTheAPIThatNamedThem(t *testing.T) {
	var asked []string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, []string{"en-US"}, r.Header.Values("Accept-Language"))
		asked = append(asked, r.URL.Path)
		switch {
		case r.URL.Path == "/api/expense/list/v1.0/":
			answer("application/xml", `<lists><list><id>L1</id><name>Org</name><levels>1</levels></list></lists>`)(w, r)
		case strings.HasPrefix(r.URL.Path, "/api/"):
			answer("application/xml", `<list-items/>`)(w, r)
		case r.URL.Path == "/list/v4/lists":
			pagesOf([]string{`{"id":"L4","value":"Org","levelCount":1}`}, 100)(w, r)
		default:
			pagesOf(nil, 100)(w, r)
		}
	}, Options{Lists: ListsV4})
	for _, api := range []ListAPI{ListsV1, ListsV4} {
		lists, err := c.ListsBy(t.Context(), api)
		require.NoError(t, err)
		_, err = c.Items(t.Context(), lists[0], Parent{})
		require.NoError(t, err)
		_, err = c.DeletedItems(t.Context(), lists[0], Parent{})
		require.NoError(t, err)
		_, err = c.FilterItems(t.Context(), lists[0], "", "x")
		require.NoError(t, err)
	}
	require.Equal(t, []string{"/api/expense/list/v1.0/", "/api/expense/list/v1.0/L1/items/", "/api/expense/list/v1.0/L1/items",
		"/list/v4/lists", "/list/v4/lists/L4/children", "/list/v4/lists/L4/children", "/list/v4/lists/L4/children"}, asked)
	_, err := c.ListsBy(t.Context(), "v3")
	requireKind(t, err, KindBadRequest)
}

func TestV4NeverTakesHalfAListForWhole(t *testing.T) {
	item := func(id string) string { return fmt.Sprintf(`{"id":%q,"shortCode":"c"}`, id) }
	page := func(number, elements, pages int, content ...string) string {
		return fmt.Sprintf(`{"content":[%s],"page":{"number":%d,"size":2,"totalElements":%d,"totalPages":%d}}`,
			strings.Join(content, ","), number, elements, pages)
	}
	for name, pages := range map[string][]string{
		"fewer than announced":  {page(1, 3, 1, item("a"))},
		"an id twice":           {page(1, 3, 2, item("a"), item("b")), page(2, 3, 2, item("b"))},
		"empty in between":      {page(1, 5, 3, item("a")), page(2, 5, 3)},
		"the same page again":   {page(1, 4, 2, item("a")), page(1, 4, 2, item("b"))},
		"endless pages":         {page(0, 1, 1<<30, item("a"))},
		"no id":                 {page(1, 1, 1, item(""))},
		"hostile id":            {page(1, 1, 1, item("../../oauth2"))},
		"no code":               {page(1, 1, 1, `{"id":"a"}`)},
		"HTML":                  {"<!doctype html><html>"},
		"empty":                 {""},
		"not JSON":              {`{"content":[}`},
		"another shape":         {`{"content":"x"}`},
		"deep":                  {`{"content":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000) + `}`},
		"too many elements":     {`{"x":[0` + strings.Repeat(",0", 2000) + `]}`},
		"brackets in texts":     {page(1, 2, 1, `{"id":"a","shortCode":"[[[{{{\"[[["}`)},
		"no page, never ending": {`{"content":[` + item("a") + `]}`},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(pages[min(n, len(pages)-1)]))
				n++
			}, Options{Lists: ListsV4})
			c.limits.elements = 1000
			_, err := c.Items(t.Context(), List{ID: "L"}, Parent{})
			requireKind(t, err, KindBody)
			require.Less(t, n, 5)
		})
	}
}

func TestV4ItemsDecodeAsDocumented(t *testing.T) {
	var served itemV4
	require.NoError(t, json.Unmarshal([]byte(`{"id":"i","code":"A-B","shortCode":"B","value":"b","parentId":"p","level":2,"isDeleted":false,
		"lists":[{"id":"l","hasChildren":true}],"unknown":{"x":[1]}}`), &served))
	item, err := served.item(List{ID: "L"}, Parent{Path: []string{"A"}, Ref: "p"})
	require.NoError(t, err)
	require.Equal(t, Item{Code: "B", Name: "b", Path: []string{"A", "B"}, Level: 2, HasChildren: true, Ref: "i"}, item)
}
