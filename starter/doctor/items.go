package doctor

import (
	"context"
	"fmt"

	"tieout/concur"
	"tieout/internal/config"
	"tieout/internal/wording"
)

// items examines level 1 of the lists that checks name: how many items one answer holds, and whether a hidden limit would
// explain the number.
func (d *doctor) items(ctx context.Context, client *concur.Client, connection string, lists []concur.List) {
	seen := map[string]bool{}
	kind := untold
	for _, p := range d.pipelines(connection) {
		for _, check := range p.Checks {
			list, err := concur.ChooseList(lists, check.List)
			if err != nil || seen[check.List] {
				continue
			}
			seen[check.List] = true
			part := "items " + list.Name
			answer, err := client.Items(ctx, list, concur.Parent{})
			items := concur.Children(answer, concur.Parent{})
			switch n := len(items); {
			case err != nil:
				d.failed(part, err)
				continue
			case n > 0 && n%100 == 0 && list.API == concur.ListsV1:
				d.warn(part, fmt.Sprintf("level 1 has exactly %d items: List v1 documents no pages, but a limit would look like this", n),
					"Compare with the list in Concur; List v4 pages and says how many there are (lists_api: v4)")
			case n == 0:
				d.warn(part, "level 1 is empty", "Every code in the column would be unknown: look at the list in Concur")
			default:
				d.ok(part, "level 1 has %s, read whole", wording.Counted(n, "item", "items"))
			}
			if list.API == concur.ListsV1 && kind == untold {
				if kind, err = answersOf(ctx, client, list, answer); err != nil {
					d.failed(part, err)
				}
			}
		}
	}
	if len(seen) > 0 && d.settings.Connections[connection].ListsAPI == config.ListsV1 {
		d.ok("list answers "+connection, "%s", kind)
	}
}

// answers says what List v1 of an account answers about the items below a parent, which SAP's documentation leaves open.
type answers string

const (
	untold       answers = "List v1: no list has items deep enough to tell whether an answer holds one level or the whole subtree; tieout reads both"
	oneLevel     answers = "List v1 answers one level at a time"
	wholeSubtree answers = "List v1 answers the whole subtree below a parent"
)

// kindTries is the largest number of parents on a level that are asked about.
const kindTries = 5

// answersOf asks below a few items, level by level, until an answer holds items of two levels or lacks those of the second.
func answersOf(ctx context.Context, client *concur.Client, list concur.List, answer []concur.Item) (answers, error) {
	parent := concur.Parent{}
	for {
		if len(answer) > len(concur.Children(answer, parent)) {
			return wholeSubtree, nil
		}
		below := concur.Children(answer, parent)
		found := false
		for _, item := range below[:min(len(below), kindTries)] {
			if !item.HasChildren {
				continue
			}
			next, err := client.Items(ctx, list, item.Parent())
			if err != nil {
				return untold, err
			}
			if len(next) == 0 {
				continue
			}
			if len(parent.Path) > 0 { // the answer above held this item, and not those below it
				return oneLevel, nil
			}
			answer, parent, found = next, item.Parent(), true
			break
		}
		if !found {
			return untold, nil
		}
	}
}
