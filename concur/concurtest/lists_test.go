package concurtest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest/extractgen"
)

func cities() World {
	return World{Lists: []extractgen.List{
		{Name: "Cities", Items: []extractgen.Item{
			{Code: "US", Name: "United States", Items: []extractgen.Item{
				{Code: "N/Y", Name: "New York <east>", Items: []extractgen.Item{{Code: "01-A", Name: "Albany"}}},
				{Code: "OLD", Name: "Closed", Deleted: true, Items: []extractgen.Item{{Code: "1", Name: "below"}}},
			}},
			{Code: "UK", Name: "United Kingdom"},
		}},
		{Name: "Gone", Deleted: true, Items: []extractgen.Item{{Code: "x", Name: "x"}}},
		{Name: "Accounts", Generate: &extractgen.ListSpec{Branching: []int{250}, DeletedEvery: 20}},
	}}
}

type itemsXML struct {
	Items []struct {
		Name   string `xml:"name"`
		Level1 string `xml:"level1code"`
		Level2 string `xml:"level2code"`
		Level3 string `xml:"level3code"`
		Link   string `xml:"items-link"`
	} `xml:"list-item"`
}

func TestListV1(t *testing.T) {
	s, c := newTestServer(t, cities())
	_, text := c.get(listPath + "/")
	var all struct {
		Lists []struct {
			Name   string `xml:"name"`
			Levels int    `xml:"levels"`
			Vendor bool   `xml:"is-vendor"`
		} `xml:"list"`
	}
	require.NoError(t, xml.Unmarshal([]byte(text), &all))
	require.Len(t, all.Lists, 2)
	require.Equal(t, 3, all.Lists[0].Levels)

	list := listPath + "/" + escapeID(s.World().Lists[0].ID)
	_, text = c.get(list)
	require.Contains(t, text, "<name>Cities</name>")
	ask := func(path string) itemsXML {
		status, text := c.get(list + path)
		require.Equal(t, 200, status)
		var items itemsXML
		require.NoError(t, xml.Unmarshal([]byte(text), &items), text)
		return items
	}
	top := ask("/items")
	require.Equal(t, []string{"US", "UK"}, []string{top.Items[0].Level1, top.Items[1].Level1})
	require.Len(t, ask("/items?filter=kingdom").Items, 1)

	below := ask("/items?parentCode=US")
	require.Equal(t, below.Items[0].Name, ask("/items/US/").Items[0].Name)
	require.Len(t, below.Items, 1, "deleted items are not shown")
	require.Equal(t, []string{"New York <east>", "US", "N/Y"}, []string{below.Items[0].Name, below.Items[0].Level1, below.Items[0].Level2})
	link, err := url.Parse(strings.Trim(below.Items[0].Link, " \u00a0"))
	require.NoError(t, err)
	third := ask(strings.TrimPrefix(link.EscapedPath(), list))
	require.Equal(t, "01-A", third.Items[0].Level3)
	require.Empty(t, ask("/items?parentCode=FR").Items)
	status, _ := c.get(listPath + "/nobody/items")
	require.Equal(t, 404, status)
}

func TestListV4(t *testing.T) {
	s, c := newTestServer(t, cities())
	type answer struct {
		Content []struct {
			ID, Value, Code, ShortCode, ParentID string
			IsDeleted                            bool
			LevelCount, Level                    int
			Lists                                []itemInList
		}
		Page pageFigure
	}
	ask := func(path string) answer {
		status, text := c.get(listV4Path + path)
		require.Equal(t, 200, status, text)
		var a answer
		require.NoError(t, json.Unmarshal([]byte(text), &a))
		return a
	}
	lists := ask("/lists")
	require.Len(t, lists.Content, 2)
	require.NotEqual(t, s.World().Lists[0].ID, lists.Content[0].ID)
	require.Len(t, ask("/lists?isDeleted=true").Content, 1)
	cities := "/lists/" + lists.Content[0].ID
	top := ask(cities + "/children")
	require.Equal(t, "US", top.Content[0].ShortCode)
	require.True(t, top.Content[0].Lists[0].HasChildren)
	below := ask(cities + "/items/" + top.Content[0].ID + "/children")
	require.Len(t, below.Content, 1)
	require.Equal(t, []string{"US-N/Y", "N/Y", top.Content[0].ID}, []string{below.Content[0].Code, below.Content[0].ShortCode, below.Content[0].ParentID})
	require.Equal(t, below, ask("/items/"+top.Content[0].ID+"/children"))
	deleted := ask(cities + "/items/" + top.Content[0].ID + "/children?isDeleted=true")
	require.Equal(t, "OLD", deleted.Content[0].ShortCode)
	require.Len(t, ask(cities+"/children?shortCode=eq:UK").Content, 1)

	accounts := "/lists/" + lists.Content[1].ID + "/children"
	seen := map[string]bool{}
	first := ask(accounts)
	for number := 1; number <= first.Page.TotalPages; number++ {
		for _, item := range ask(fmt.Sprintf("%s?page=%d", accounts, number)).Content {
			require.False(t, seen[item.ShortCode])
			seen[item.ShortCode] = true
		}
	}
	require.Len(t, seen, first.Page.TotalElements)
	require.Equal(t, 250, len(seen)+ask(accounts+"?isDeleted=true").Page.TotalElements)
	require.Empty(t, ask(accounts+"?page=9").Content)

	resp, _ := c.do("GET", listV4Path+accounts, nil)
	resp, _ = c.do("GET", listV4Path+accounts, nil, "If-None-Match", resp.Header.Get("ETag"))
	require.Equal(t, 304, resp.StatusCode)
	status, _ := c.get(listV4Path + accounts + "?page=0")
	require.Equal(t, 400, status)
}

// List v1 answers one level or, of World.Subtrees, all that lies below a parent; without a parent it is level 1 alone.
func TestListV1AnswersLevelsOrSubtrees(t *testing.T) {
	for subtrees, want := range map[bool][]string{false: {"US/N/Y"}, true: {"US/N/Y", "US/N/Y/01-A"}} {
		world := cities()
		world.Subtrees = subtrees
		s, c := newTestServer(t, world)
		ask := func(path string) (all []string) {
			_, text := c.get(listPath + "/" + escapeID(s.World().Lists[0].ID) + path)
			var items itemsXML
			require.NoError(t, xml.Unmarshal([]byte(text), &items), text)
			for _, i := range items.Items {
				all = append(all, strings.TrimRight(i.Level1+"/"+i.Level2+"/"+i.Level3, "/"))
			}
			return all
		}
		require.Equal(t, []string{"US", "UK"}, ask("/items/"))
		require.Equal(t, want, ask("/items/US/"))
		require.Equal(t, want, ask("/items?parentCode=US"))
	}
}

// An item that several lists share is one item to List v4: deleted from one of them it is not deleted, and its lists
// name the others; deleted from all it is.
func TestListV4SharesItems(t *testing.T) {
	list := func(name string, deleted ...bool) extractgen.List {
		l := extractgen.List{Name: name}
		for i, d := range deleted {
			l.Items = append(l.Items, extractgen.Item{Code: fmt.Sprint(i), Name: "n", ID: fmt.Sprintf("shared-%d", i), Deleted: d})
		}
		return l
	}
	s, c := newTestServer(t, World{Lists: []extractgen.List{list("A", false, true, true), list("B", false, false, true)}})
	ids := map[string]string{}
	for id, v := range indexV4(s.World(), treesOf(t, s.World())) {
		ids[v.list.Name] = id
	}
	ask := func(name, query string) (all []string) {
		_, text := c.get(listV4Path + "/lists/" + ids[name] + "/children" + query)
		var a struct{ Content []itemJSON }
		require.NoError(t, json.Unmarshal([]byte(text), &a))
		for _, item := range a.Content {
			where := ""
			for _, l := range item.Lists {
				where += map[string]string{ids["A"]: "A", ids["B"]: "B"}[l.ID]
			}
			all = append(all, fmt.Sprintf("%s in %s, %t", item.ID, where, item.IsDeleted))
		}
		return all
	}
	for _, name := range []string{"A", "B"} {
		require.Equal(t, []string{"shared-0 in AB, false", "shared-1 in B, false"}, ask(name, ""))
		require.Equal(t, []string{"shared-2 in , true"}, ask(name, "?isDeleted=true"))
	}
}

func treesOf(t *testing.T, world World) map[string]*extractgen.Tree {
	_, trees, err := world.prepared()
	require.NoError(t, err)
	return trees
}
