package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tieout/concur"
	"tieout/internal/app"
	"tieout/starter/printer"
)

func (a *program) itemsCommand() *cobra.Command {
	var filter string
	c := a.onConnection(&cobra.Command{
		Use:   "items LIST [PARENT…]",
		Short: "List the items of a list under a parent: level 1, or below the codes named",
		Long: `List the items of a list under a parent: those of level 1, or those below the item that the codes name, from level 1
down to the parent.

With --filter Concur picks the items: List v1 those whose code or name contains the text, List v4 the one whose code is
the text. Concur's filter takes at most one parent, an item of level 1.`,
		Example: "  tieout items 'Organization List' US\n  tieout items 'Chart of Accounts' --filter travel",
		Args:    arguments(1, -1, "a list by name or id, and the codes down to the parent"),
	}, func(ctx context.Context, client *concur.Client, args []string) error {
		items, err := findItems(ctx, client, args[0], args[1:], filter)
		if err != nil {
			return err
		}
		t := printer.NewTable("code", "name")
		for _, i := range items {
			t.Add(i.Code, i.Name)
		}
		return a.Show(documents(items, func(i concur.Item) map[string]any {
			return map[string]any{"code": i.Code, "name": i.Name, "level": i.Level}
		}), t)
	})
	c.Flags().StringVar(&filter, "filter", "", "only items that match the text, as Concur's filter compares it")
	return c
}

// findItems returns the items of a list below a path of codes; with a filter, those that Concur's filter lets through.
func findItems(ctx context.Context, client *concur.Client, name string, path []string, filter string) ([]concur.Item, error) {
	if filter != "" && len(path) > 1 {
		return nil, app.Usagef("--filter takes one parent at most, an item of level 1: Concur's filter knows no deeper ones")
	}
	list, err := findList(ctx, client, name)
	if err != nil {
		return nil, err
	}
	if filter != "" {
		return client.FilterItems(ctx, list, strings.Join(path, ""), filter)
	}
	parents := []concur.Parent{{}} // several where a code stands twice
	for depth := 0; ; depth++ {
		var items []concur.Item
		for _, parent := range parents {
			answer, err := client.Items(ctx, list, parent)
			if err != nil {
				return nil, err
			}
			items = append(items, concur.Children(answer, parent)...)
		}
		if depth == len(path) {
			return items, nil
		}
		parents = nil
		for _, item := range items {
			if item.Code == path[depth] && !slices.ContainsFunc(parents, func(p concur.Parent) bool { return p.Ref == item.Ref }) {
				parents = append(parents, item.Parent())
			}
		}
		if len(parents) == 0 {
			return nil, app.Usagef("list %q has no code %q on level %d%s", name, path[depth], depth+1, under(path[:depth]))
		}
	}
}

// findList finds a list by its id or by its name.
func findList(ctx context.Context, client *concur.Client, wanted string) (concur.List, error) {
	lists, err := client.Lists(ctx)
	if err != nil {
		return concur.List{}, err
	}
	if i := slices.IndexFunc(lists, func(l concur.List) bool { return l.ID == wanted && !l.Deleted }); i >= 0 {
		return lists[i], nil
	}
	list, err := concur.ChooseList(lists, wanted)
	return list, badChoice(err)
}

// under names the parents of a code; it is empty for a code of level 1.
func under(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return fmt.Sprintf(" under %q", strings.Join(path, " / "))
}
