package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tieout/concur"
	"tieout/internal/app"
	"tieout/internal/config"
	"tieout/starter/printer"
)

// onConnection completes a command that asks Concur: it adds the flag --connection, and runs do with the client of the
// connection that the flag names.
func (a *program) onConnection(c *cobra.Command, do func(ctx context.Context, client *concur.Client, args []string) error) *cobra.Command {
	var connection string
	c.Flags().StringVar(&connection, "connection", "", "whose; may be left out where there is one")
	c.RunE = func(c *cobra.Command, args []string) error {
		return a.connected(c.Context(), connection, func(client *concur.Client) error { return do(c.Context(), client, args) })
	}
	return c
}

// connected calls do with the client of a connection; an empty name means the only one.
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

func connectionName(settings *config.Config, name string) (string, error) {
	names := slices.Sorted(maps.Keys(settings.Connections))
	switch {
	case name == "" && len(names) == 1:
		return names[0], nil
	case name == "":
		return "", app.Usagef("%s has %d connections: name one with --connection: %s", settings.Path, len(names), strings.Join(names, ", "))
	case !slices.Contains(names, name):
		return "", app.Usagef("%s has no connection %q: it has %s", settings.Path, name, strings.Join(names, ", "))
	}
	return name, nil
}

// badChoice turns the error of a name that does not mean one thing into a usage error.
func badChoice(err error) error {
	choice, ok := errors.AsType[*concur.ChoiceError](err)
	switch {
	case !ok:
		return err
	case len(choice.IDs) > 1:
		return app.Usagef("%s: name the one meant by its id", printer.Visible(err.Error()))
	}
	return app.Usagef("%s", printer.Visible(err.Error()))
}

// documents returns what --json shows of values; no values are an empty list.
func documents[T any](values []T, document func(T) map[string]any) []map[string]any {
	all := make([]map[string]any, len(values))
	for i, value := range values {
		all[i] = document(value)
	}
	return all
}
