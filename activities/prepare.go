package activities

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tieout/concur"
	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// Prepare checks, before anything is started, that what the settings name is there: the definition, the lists and their
// levels, and the bucket.
func (a *Activities) Prepare(ctx context.Context, p contract.PrepareParams) (contract.Prepared, error) {
	r := a.run(p.Scope)
	settings := p.Scope.Settings
	client, err := r.concur(ctx)
	if err != nil {
		return contract.Prepared{}, err
	}
	definitions, err := client.Definitions(ctx)
	if err != nil {
		return contract.Prepared{}, r.unanswered(ctx, "Listing Concur's extract definitions", err)
	}
	definition, err := chooseDefinition(definitions, settings)
	if err != nil {
		return contract.Prepared{}, invalid(err.Error())
	}
	if err := r.onlyOn(definition, settings); err != nil {
		return contract.Prepared{}, invalid(err.Error())
	}
	if len(settings.Checks) > 0 {
		lists, err := client.ListsBy(ctx, concur.ListAPI(p.Scope.ListsAPI))
		if err != nil {
			return contract.Prepared{}, r.unanswered(ctx, "Listing Concur's lists", err)
		}
		if err := checkLists(lists, settings); err != nil {
			return contract.Prepared{}, invalid(err.Error())
		}
	}
	if _, err := r.Store.Exists(ctx, r.Keys.Latest()); err != nil {
		return contract.Prepared{}, failed(ctx, "Looking at the bucket", err)
	}
	return contract.Prepared{DefinitionID: definition.ID, DefinitionName: definition.Name}, nil
}

// unanswered maps the error of a request that Concur may have answered with a page. The page is taken for a wrong base_url
// only where the pipeline never had a result; else it is taken for maintenance.
func (r *run) unanswered(ctx context.Context, doing string, err error) error {
	if errors.Is(err, concur.ErrPage) && attemptOf(ctx) >= patience {
		if known, lookErr := r.Store.Exists(ctx, r.Keys.Latest()); lookErr == nil && !known {
			return invalid(fmt.Sprintf("%s: %v%s", doing, err, otherAnswers))
		}
	}
	return failed(ctx, doing, err)
}

// chooseDefinition finds the definition by name, id or URI.
func chooseDefinition(definitions []concur.Definition, settings pipeline.Pipeline) (concur.Definition, error) {
	definition, err := concur.ChooseDefinition(definitions, settings.Definition)
	choice, unclear := errors.AsType[*concur.ChoiceError](err)
	switch {
	case !unclear:
		return definition, err
	case len(choice.IDs) > 1:
		return definition, fmt.Errorf("pipeline %s: %w. Name the one meant by its id in tieout.yaml (`tieout definitions` shows them)", settings.Name, err)
	}
	return definition, fmt.Errorf("pipeline %s: %w. Correct definition in tieout.yaml, or ask for access to it", settings.Name, err)
}

// onlyOn refuses a definition that another pipeline has as well: a job's evidence belongs to one pipeline. The configuration
// refuses it where both write the definition alike; only here is it seen where one gives the name and the other the id.
func (r *run) onlyOn(definition concur.Definition, settings pipeline.Pipeline) error {
	for _, name := range slices.Sorted(maps.Keys(r.Config.Pipelines)) {
		other := r.Config.Pipelines[name]
		if name != settings.Name && other.Connection == settings.Connection && definition.Is(other.Definition) {
			return fmt.Errorf("pipelines %s and %s are both on the extract definition %q. Keep one of the two: a job's evidence belongs to one pipeline",
				settings.Name, name, definition.Name)
		}
	}
	return nil
}

// checkLists refuses lists that do not exist and checks with more columns than their list has levels, all at once.
func checkLists(lists []concur.List, settings pipeline.Pipeline) error {
	var problems []error
	for _, check := range settings.Checks {
		list, err := chooseList(lists, check.List)
		if err != nil {
			problems = append(problems, fmt.Errorf("pipeline %s, check %q: %w", settings.Name, check.Name, err))
		} else if len(check.Columns) > list.Levels {
			problems = append(problems, fmt.Errorf("pipeline %s, check %q: %d columns, but list %q has %d levels; give at most one column per level",
				settings.Name, check.Name, len(check.Columns), check.List, list.Levels))
		}
	}
	return errors.Join(problems...)
}

// chooseList finds a list by its name: ids differ between List v1 and v4.
func chooseList(lists []concur.List, name string) (concur.List, error) {
	list, err := concur.ChooseList(lists, name)
	choice, unclear := errors.AsType[*concur.ChoiceError](err)
	switch {
	case !unclear:
		return list, err
	case len(choice.IDs) > 1:
		return list, fmt.Errorf("%w, so the right one cannot be told. Rename one in Concur", err)
	}
	return list, fmt.Errorf("%w. Correct list in tieout.yaml", err)
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
