package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tieout/concur"
	"tieout/internal/config"
)

// connected runs a command's code with the client of the connection that --connection names.
func (a *program) connected(ctx context.Context, name string, do func(*concur.Client) error) error {
	settings, err := a.settings()
	if err != nil {
		return err
	}
	if name, err = connectionName(settings, name); err != nil {
		return err
	}
	parts, err := a.services(ctx, settings)
	if err != nil {
		return err
	}
	client := parts.Connections[name]
	defer client.CloseIdleConnections()
	return do(client)
}

// connectionName is the connection meant; "" means the only one.
func connectionName(settings *config.Config, name string) (string, error) {
	names := sortedKeys(settings.Connections)
	switch {
	case name == "" && len(names) == 1:
		return names[0], nil
	case name == "":
		return "", &usageError{message: fmt.Sprintf("%s has %d connections: name one with --connection: %s", settings.Path, len(names), strings.Join(names, ", "))}
	case !contains(names, name):
		return "", &usageError{message: fmt.Sprintf("%s has no connection %q: it has %s", settings.Path, name, strings.Join(names, ", "))}
	}
	return name, nil
}

func (a *program) definitionsCommand() *cobra.Command {
	var connection string
	c := &cobra.Command{
		Use:   "definitions",
		Short: "List the extract definitions that Concur has",
		Args:  arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.connected(c.Context(), connection, func(client *concur.Client) error {
				definitions, err := client.Definitions(c.Context())
				if err != nil {
					return err
				}
				if a.json {
					return a.document(rows(definitions, func(d concur.Definition) any { return map[string]any{"id": d.ID, "name": d.Name} }))
				}
				t := newTable("name", "id")
				for _, d := range definitions {
					t.add(d.Name, d.ID)
				}
				a.table(t)
				return nil
			})
		},
	}
	c.Flags().StringVar(&connection, "connection", "", "whose; may be left out where there is one")
	return c
}

func (a *program) jobsCommand() *cobra.Command {
	var connection string
	c := &cobra.Command{
		Use:   "jobs DEFINITION",
		Short: "List the last jobs of a definition, as Concur lists them",
		Args:  arguments(1, 1, "a definition, by name or id"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.connected(c.Context(), connection, func(client *concur.Client) error {
				definition, err := findDefinition(c.Context(), client, args[0])
				if err != nil {
					return err
				}
				jobs, err := client.Jobs(c.Context(), definition.ID)
				if err != nil {
					return err
				}
				return a.showJobs(jobs)
			})
		},
	}
	c.Flags().StringVar(&connection, "connection", "", "whose; may be left out where there is one")
	return c
}

func (a *program) showJobs(jobs []concur.Job) error {
	if a.json {
		return a.document(rows(jobs, func(j concur.Job) any {
			return map[string]any{"id": j.ID, "state": j.State, "status": j.Status, "startTime": timeOrNil(j.StartTime), "stopTime": timeOrNil(j.StopTime)}
		}))
	}
	t := newTable("job", "state", "started", "stopped")
	for i, j := range jobs {
		state := string(j.State)
		if j.State == concur.Unknown {
			state += " (" + j.Status + ")"
		}
		t.add(j.ID, state, moment(j.StartTime), moment(j.StopTime))
		if j.State == concur.Failed {
			t.tone[i] = red
		}
	}
	a.table(t)
	return nil
}

// findDefinition finds a definition by name, id or URI.
func findDefinition(ctx context.Context, client *concur.Client, wanted string) (concur.Definition, error) {
	definitions, err := client.Definitions(ctx)
	if err != nil {
		return concur.Definition{}, err
	}
	definition, err := concur.ChooseDefinition(definitions, wanted)
	return definition, badChoice(err)
}

// badChoice turns a name that does not mean one thing into a mistake of the command line.
func badChoice(err error) error {
	var choice *concur.ChoiceError
	switch {
	case !errors.As(err, &choice):
		return err
	case len(choice.IDs) > 1:
		return &usageError{message: visible(err.Error()) + ": name the one meant by its id", cause: err}
	}
	return &usageError{message: visible(err.Error()), cause: err}
}

func (a *program) listsCommand() *cobra.Command {
	var connection string
	c := &cobra.Command{
		Use:   "lists",
		Short: "List the lists that Concur has",
		Args:  arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.connected(c.Context(), connection, func(client *concur.Client) error {
				lists, err := client.Lists(c.Context())
				if err != nil {
					return err
				}
				if a.json {
					return a.document(rows(lists, func(l concur.List) any {
						return map[string]any{"id": l.ID, "name": l.Name, "levels": l.Levels, "vendor": l.Vendor, "deleted": l.Deleted}
					}))
				}
				t := newTable("name", "levels", "id", "")
				t.alignRight(1)
				for _, l := range lists {
					t.add(l.Name, strconv.Itoa(l.Levels), l.ID, listNote(l))
				}
				a.table(t)
				return nil
			})
		},
	}
	c.Flags().StringVar(&connection, "connection", "", "whose; may be left out where there is one")
	return c
}

func listNote(l concur.List) string {
	switch {
	case l.Deleted:
		return "deleted"
	case l.Vendor:
		return "vendor list"
	}
	return ""
}

func (a *program) itemsCommand() *cobra.Command {
	var connection string
	c := &cobra.Command{
		Use:   "items LIST [PARENT…]",
		Short: "List the items of a list under a parent: level 1, or below the codes named",
		Args:  arguments(1, -1, "a list by name or id, and the codes down to the parent"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.connected(c.Context(), connection, func(client *concur.Client) error {
				items, err := itemsUnder(c.Context(), client, args[0], args[1:])
				if err != nil {
					return err
				}
				if a.json {
					return a.document(rows(items, func(i concur.Item) any {
						return map[string]any{"code": i.Code, "name": i.Name, "level": i.Level}
					}))
				}
				t := newTable("code", "name")
				for _, i := range items {
					t.add(i.Code, i.Name)
				}
				a.table(t)
				return nil
			})
		},
	}
	c.Flags().StringVar(&connection, "connection", "", "whose; may be left out where there is one")
	return c
}

// itemsUnder walks down the codes of a path and gives the items below it.
func itemsUnder(ctx context.Context, client *concur.Client, name string, path []string) ([]concur.Item, error) {
	list, err := findList(ctx, client, name)
	if err != nil {
		return nil, err
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
			return nil, &usageError{message: fmt.Sprintf("list %q has no code %q on level %d%s", name, path[depth], depth+1, under(path[:depth]))}
		}
	}
}

// findList finds a list by its id or by its name.
func findList(ctx context.Context, client *concur.Client, wanted string) (concur.List, error) {
	lists, err := client.Lists(ctx)
	if err != nil {
		return concur.List{}, err
	}
	for _, l := range lists {
		if l.ID == wanted && !l.Deleted {
			return l, nil
		}
	}
	list, err := concur.ChooseList(lists, wanted)
	return list, badChoice(err)
}

// rows turns values into what --json shows of them; none is an empty list.
func rows[T any](values []T, show func(T) any) []any {
	shown := make([]any, 0, len(values))
	for _, v := range values {
		shown = append(shown, show(v))
	}
	return shown
}

// timeOrNil is a time for JSON: null where Concur gave none.
func timeOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}

// under names the parents of a code, where there are some.
func under(path []string) string {
	if len(path) == 0 {
		return ""
	}
	return fmt.Sprintf(" under %q", strings.Join(path, " / "))
}
