package concur

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListsV1ReadsThePublishedSamples(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/api/expense/list/v1.0/", r.URL.Path)
		answer("application/xml", fixture(t, "lists.xml"))(w, r)
	}, Options{})
	lists, err := c.Lists(t.Context())
	require.NoError(t, err)
	require.Equal(t, []List{
		{ID: "I8pq1l$rdSmdrEW23deOjPjyr4Wso0Wq$a", Name: "Widget List", API: ListsV1, Levels: 1},
		{ID: "jUwq11frTd$sweNd7s6s8O0fYi$piWwato", Name: "Organization List", API: ListsV1, Levels: 4},
		{ID: "4q2Hy86r45Klls$pseQEhNpz8Oxal7ytRe", Name: "Airlines", API: ListsV1, Levels: 1, Vendor: true},
	}, lists)
}

func TestItemsV1FollowThePathOfTheItemsLink(t *testing.T) {
	list := List{ID: "jUwq11frTd$sweNd7s6s8O0fYi$piWwato", Levels: 4}
	var asked string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RequestURI()
		if r.URL.Query().Has("filter") {
			answer("application/xml", "<list-items/>")(w, r)
			return
		}
		answer("application/xml", fixture(t, "list-items.xml"))(w, r)
	}, Options{})
	items, err := c.Items(t.Context(), list, Parent{})
	require.NoError(t, err)
	require.Equal(t, "/api/expense/list/v1.0/jUwq11frTd$sweNd7s6s8O0fYi$piWwato/items/", asked)
	require.Equal(t, []Item{
		{Code: "US", Name: "United States", Path: []string{"US"}, Level: 1, HasChildren: true, Ref: "US"},
		{Code: "UK", Name: "United Kingdom", Path: []string{"UK"}, Level: 1, HasChildren: true, Ref: "UK"},
		{Code: "CA", Name: "Canada", Path: []string{"CA"}, Level: 1, HasChildren: true, Ref: "CA"},
		{Code: "MX", Name: "Mexico", Path: []string{"MX"}, Level: 1, HasChildren: true, Ref: "MX"},
	}, items)
	for ref, want := range map[string]string{
		"US":                     "items/US/",
		"US/R&D%20X":             "items/US/R&D%20X/",
		"A%2FB/100%25":           "items/A%2FB/100%25/",
		"?parentCode=R%26D+X%3F": "items?parentCode=R%26D+X%3F",
	} {
		_, err := c.Items(t.Context(), list, Parent{Ref: ref})
		require.NoError(t, err)
		require.Equal(t, "/api/expense/list/v1.0/jUwq11frTd$sweNd7s6s8O0fYi$piWwato/"+want, asked)
	}
	_, err = c.FilterItems(t.Context(), list, "US", "Büro")
	require.NoError(t, err)
	require.Equal(t, "/api/expense/list/v1.0/jUwq11frTd$sweNd7s6s8O0fYi$piWwato/items?filter=B%C3%BCro&parentCode=US", asked)
	deleted, err := c.DeletedItems(t.Context(), list, Parent{})
	require.NoError(t, err)
	require.Nil(t, deleted)
}

func TestItemsV1Refs(t *testing.T) {
	const below = "https://www.concursolutions.com/api/expense/list/v1.0/L/items"
	for link, want := range map[string]string{
		below + "/US/":              "US",
		below + "/US":               "US",
		below + "/US/CA/ ":          "US/CA",
		below + "/A%2FB/C%20D/":     "A%2FB/C%20D",
		below + "?parentCode=A%2FB": "?parentCode=A%2FB",
		below + "/?parentCode=US":   "?parentCode=US",
		below:                       "!",
		below + "/../../x":          "!",
		below + "/%2e%2e/x":         "!",
		below + "/a%2f..%2fb":       "!",
		below + "/a//b":             "!",
		below + "/a%zz":             "!",
		below + "/a%00":             "!",
		"https://evil.example/":     "!",
		"bare":                      "!",
	} {
		require.Equal(t, want, itemsRef(link), link)
	}
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("nothing must be asked") }, Options{})
	_, err := c.Items(t.Context(), List{ID: "L"}, Parent{Ref: "!"})
	requireKind(t, err, KindBody)
	for _, ref := range []string{"..", "a/../b", "a%2f..", "/", "%zz", "?parentCode="} {
		_, err := c.Items(t.Context(), List{ID: "L"}, Parent{Ref: ref})
		requireKind(t, err, KindBadRequest)
	}
}

// An item lies where its own level codes say, on whatever level below the parent, its codes and names byte for byte.
func TestItemsV1LieWhereTheirLevelCodesSay(t *testing.T) {
	body := `<list-items>
		<list-item><name> Deep </name><level3code> 007 </level3code><level1code>US</level1code><level2code>W/A</level2code></list-item>
		<list-item><name/><level1code>US</level1code><level2code>X</level2code><level3code xsi:nil="true"/><items-link>https://h/api/expense/list/v1.0/L/items/US/X/</items-link></list-item>
		<list-item><name/><level1code>US</level1code><level2code>W/A</level2code></list-item>
		<list-item><name>the parent</name><level1code>US</level1code><level2code/></list-item>
	</list-items>`
	us := Parent{Path: []string{"US"}, Ref: "US"}
	items, err := serve(t, answer("application/xml", body), Options{}).Items(t.Context(), List{ID: "L", Levels: 3}, us)
	require.NoError(t, err)
	require.Equal(t, []Item{
		{Code: " 007 ", Name: " Deep ", Path: []string{"US", "W/A", " 007 "}, Level: 3, Ref: "US/W%2FA/%20007%20"},
		{Code: "X", Path: []string{"US", "X"}, Level: 2, HasChildren: true, Ref: "US/X"},
		{Code: "W/A", Path: []string{"US", "W/A"}, Level: 2, HasChildren: true, Ref: "US/W%2FA"},
	}, items)
	require.Equal(t, items[1:], Children(items, us))

	_, err = serve(t, answer("application/xml", "<list-items><list-item><name>x</name></list-item></list-items>"), Options{}).Items(t.Context(), List{ID: "L"}, Parent{})
	requireKind(t, err, KindBody)
}

// An item that the question cannot have brought is an error that names list, parent and item: taken for a child it
// would let rows tie out that do not.
func TestItemsV1ThatContradictTheQuestion(t *testing.T) {
	us := Parent{Path: []string{"US"}, Ref: "US"}
	for name, test := range map[string]struct {
		parent     Parent
		item, says string
	}{
		"elsewhere":         {us, `<level1code>DE</level1code><level2code>7000</level2code>`, `below "US" holds the item "DE / 7000", which lies elsewhere`},
		"above":             {Parent{Path: []string{"US", "CA"}, Ref: "US/CA"}, `<level1code>US</level1code>`, `below "US / CA" holds the item "US", which lies elsewhere`},
		"a level left out":  {us, `<level1code>US</level1code><level3code>X</level3code>`, `holds the item "US / / X", which lacks a code of a level above it`},
		"level 1 left out":  {Parent{}, `<level2code>X</level2code>`, `for the items at level 1 holds the item "/ X", which lacks a code`},
		"nobody above it":   {us, `<level1code>US</level1code><level2code>CA</level2code><level3code>X</level3code>`, `holds the item "US / CA / X", and not the item above it`},
		"written otherwise": {us, `<level1code>us</level1code><level2code>CA</level2code>`, `holds the item "us / CA", which lies elsewhere`},
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, answer("application/xml", `<list-items><list-item><name>n</name>`+test.item+`</list-item></list-items>`), Options{})
			_, err := c.Items(t.Context(), List{ID: "L", Name: "Org"}, test.parent)
			requireKind(t, err, KindBody)
			require.ErrorContains(t, err, `list "Org": what was answered for the items `)
			require.ErrorContains(t, err, test.says)
		})
	}
}
