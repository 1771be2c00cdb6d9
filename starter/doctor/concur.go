package doctor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tieout/concur"
	"tieout/internal/pipeline"
	"tieout/internal/runs"
	"tieout/internal/wording"
)

func (d *doctor) concur(ctx context.Context) {
	for _, name := range slices.Sorted(maps.Keys(d.settings.Connections)) {
		if ctx.Err() != nil {
			return
		}
		d.connection(ctx, name)
	}
}

// connection examines one account: its token, and what the pipelines on it name.
func (d *doctor) connection(ctx context.Context, name string) {
	client := d.parts.Connections[name]
	defer client.CloseIdleConnections()
	until, err := d.token(ctx, name)
	if err != nil {
		d.failed("token "+name, err)
		return
	}
	definitions, err := client.Definitions(ctx)
	if err != nil {
		d.failed("concur "+name, err)
		return
	}
	d.ok("concur "+name, "%s answers the token and lists %s", client.Base(), wording.Counted(len(definitions), "extract definition", "extract definitions"))
	d.tokenAge(ctx, name, until)
	lists, listsErr := client.Lists(ctx)
	if listsErr != nil {
		d.failed("lists "+name, listsErr)
	} else {
		d.ok("lists "+name, "%s by List %s", wording.Counted(len(lists), "list", "lists"), d.settings.Connections[name].ListsAPI)
	}
	takenBy := map[string]string{} // the pipeline by the id of its definition
	for _, p := range d.pipelines(name) {
		definition, found := d.definition(p, definitions)
		other, taken := takenBy[definition.ID]
		if found && taken {
			d.fail("definition "+p.Name, fmt.Sprintf("the definition %q belongs to the pipeline %s already", definition.Name, other),
				"A definition belongs to one pipeline: give this one another", runs.ExitUsage)
		}
		if listsErr == nil {
			d.checks(p, lists)
		}
		if found && !taken {
			takenBy[definition.ID] = p.Name
			d.file(ctx, client, p, definition)
		}
	}
	d.items(ctx, client, name, lists)
}

// pipelines returns the pipelines on a connection, in the order of their names.
func (d *doctor) pipelines(connection string) []pipeline.Pipeline {
	var found []pipeline.Pipeline
	for _, name := range slices.Sorted(maps.Keys(d.settings.Pipelines)) {
		if p := d.settings.Pipelines[name]; p.Connection == connection {
			found = append(found, p)
		}
	}
	return found
}

// definition examines whether the definition of a pipeline is there.
func (d *doctor) definition(p pipeline.Pipeline, definitions []concur.Definition) (concur.Definition, bool) {
	part := "definition " + p.Name
	definition, err := concur.ChooseDefinition(definitions, p.Definition)
	if err != nil {
		d.choice(part, err, "Correct definition, or ask for access to it", "Name the one meant by its id")
		return definition, false
	}
	d.ok(part, "%q is there", definition.Name)
	return definition, true
}

// choice reports a name that means nothing at Concur, or several things, with the remedy for each.
func (d *doctor) choice(part string, err error, none, several string) {
	if choice, ok := errors.AsType[*concur.ChoiceError](err); ok && len(choice.IDs) > 1 {
		none = several
	}
	d.fail(part, err.Error(), none, runs.ExitUsage)
}

// checks examines whether the list of each check is there and has as many levels as the check has columns.
func (d *doctor) checks(p pipeline.Pipeline, lists []concur.List) {
	for _, check := range p.Checks {
		part := "check " + check.Name
		list, err := concur.ChooseList(lists, check.List)
		switch {
		case err != nil:
			d.choice(part, err, "Correct list", "Rename one in Concur: a check names its list by its name")
		case len(check.Columns) > list.Levels:
			d.fail(part, fmt.Sprintf("it has %d columns, list %q has %d levels", len(check.Columns), check.List, list.Levels),
				"Give at most one column per level", runs.ExitUsage)
		default:
			d.ok(part, "list %q: %d of its %d levels are checked", check.List, len(check.Columns), list.Levels)
		}
	}
}
