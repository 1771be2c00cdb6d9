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
		{ID: "I8pq1l$rdSmdrEW23deOjPjyr4Wso0Wq$a", Name: "Widget List", Levels: 1},
		{ID: "jUwq11frTd$sweNd7s6s8O0fYi$piWwato", Name: "Organization List", Levels: 4},
		{ID: "4q2Hy86r45Klls$pseQEhNpz8Oxal7ytRe", Name: "Airlines", Levels: 1, Vendor: true},
	}, lists)

	c = serve(t, answer("application/xml", fixture(t, "list.xml")), Options{})
	l, err := c.List(t.Context(), "nqd1YesaKhCWCFIhY8JeBJYf2UGdpwJ2r")
	require.NoError(t, err)
	require.Equal(t, List{ID: "nqd1YesaKhCWCFIhY8JeBJYf2UGdpwJ2r", Name: "Travel Agents", Levels: 1, Vendor: true}, l)
	_, err = c.List(t.Context(), "another")
	requireKind(t, err, KindBody)
}

func TestItemsV1FollowThePathOfTheItemsLink(t *testing.T) {
	list := List{ID: "jUwq11frTd$sweNd7s6s8O0fYi$piWwato", Levels: 4}
	var asked string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RequestURI()
		answer("application/xml", fixture(t, "list-items.xml"))(w, r)
	}, Options{})
	items, err := c.Items(t.Context(), list, "")
	require.NoError(t, err)
	require.Equal(t, "/api/expense/list/v1.0/jUwq11frTd$sweNd7s6s8O0fYi$piWwato/items/", asked)
	require.Equal(t, []Item{
		{Code: "US", Name: "United States", Level: 1, HasChildren: true, Ref: "US"},
		{Code: "UK", Name: "United Kingdom", Level: 1, HasChildren: true, Ref: "UK"},
		{Code: "CA", Name: "Canada", Level: 1, HasChildren: true, Ref: "CA"},
		{Code: "MX", Name: "Mexico", Level: 1, HasChildren: true, Ref: "MX"},
	}, items)
	for ref, want := range map[string]string{
		"US":                     "items/US/",
		"US/R&D%20X":             "items/US/R&D%20X/",
		"A%2FB/100%25":           "items/A%2FB/100%25/",
		"?parentCode=R%26D+X%3F": "items?parentCode=R%26D+X%3F",
	} {
		_, err := c.Items(t.Context(), list, ref)
		require.NoError(t, err)
		require.Equal(t, "/api/expense/list/v1.0/jUwq11frTd$sweNd7s6s8O0fYi$piWwato/"+want, asked)
	}
	_, err = c.FilterItems(t.Context(), list, "US", "Büro")
	require.NoError(t, err)
	require.Equal(t, "/api/expense/list/v1.0/jUwq11frTd$sweNd7s6s8O0fYi$piWwato/items?filter=B%C3%BCro&parentCode=US", asked)

	deleted, err := c.DeletedItems(t.Context(), list, "")
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
	_, err := c.Items(t.Context(), List{ID: "L"}, "!")
	requireKind(t, err, KindBody)
	for _, ref := range []string{"..", "a/../b", "a%2f..", "/", "%zz", "?parentCode="} {
		_, err := c.Items(t.Context(), List{ID: "L"}, ref)
		requireKind(t, err, KindBadRequest)
	}
}

func TestItemsV1Levels(t *testing.T) {
	body := `<list-items>
		<list-item><name> Deep </name><level3code> 007 </level3code><level1code>US</level1code><level2code>W/A</level2code></list-item>
		<list-item><name/><level1code>US</level1code><level2code>X</level2code><level3code xsi:nil="true"/><items-link>https://h/api/expense/list/v1.0/L/items/US/X/</items-link></list-item>
	</list-items>`
	items, err := serve(t, answer("application/xml", body), Options{}).Items(t.Context(), List{ID: "L", Levels: 3}, "US")
	require.NoError(t, err)
	require.Equal(t, []Item{
		{Code: " 007 ", Name: " Deep ", Level: 3, Ref: "US/W%2FA/%20007%20"},
		{Code: "X", Level: 2, HasChildren: true, Ref: "US/X"},
	}, items)

	_, err = serve(t, answer("application/xml", "<list-items><list-item><name>x</name></list-item></list-items>"), Options{}).Items(t.Context(), List{ID: "L"}, "")
	requireKind(t, err, KindBody)
}
