package concur

import (
	"fmt"
	"slices"
	"strings"
)

// ChoiceError says that a name means nothing that Concur has, or several things.
type ChoiceError struct {
	What   string // "extract definition" or "list"
	Wanted string
	// IDs are those of the several that are meant; none where nothing is.
	IDs []string
	// Names are those of all that could have been meant.
	Names []string
}

func (e *ChoiceError) Error() string {
	if len(e.IDs) > 0 {
		return fmt.Sprintf("Concur has %d %ss named %q, with the ids %s", len(e.IDs), e.What, e.Wanted, strings.Join(e.IDs, " and "))
	}
	names := make([]string, len(e.Names))
	for i, name := range e.Names {
		names[i] = fmt.Sprintf("%q", name)
	}
	slices.Sort(names)
	if len(names) == 0 {
		names = []string{"none"}
	}
	return fmt.Sprintf("Concur has no %s %q; it has %s", e.What, e.Wanted, strings.Join(names, ", "))
}

// ChooseDefinition returns the one definition that a name, id or URI means; it fails with a *ChoiceError.
func ChooseDefinition(definitions []Definition, wanted string) (Definition, error) {
	return choose("extract definition", wanted, definitions,
		func(d Definition) bool { return d.Is(wanted) },
		func(d Definition) (id, name string) { return d.ID, d.Name })
}

// ChooseList returns the one list that is not deleted and has a name; it fails with a *ChoiceError.
func ChooseList(lists []List, name string) (List, error) {
	return choose("list", name, slices.DeleteFunc(slices.Clone(lists), func(l List) bool { return l.Deleted }),
		func(l List) bool { return l.Name == name },
		func(l List) (id, name string) { return l.ID, l.Name })
}

func choose[T any](what, wanted string, all []T, is func(T) bool, called func(T) (id, name string)) (T, error) {
	var found []T
	failure := &ChoiceError{What: what, Wanted: wanted}
	for _, one := range all {
		id, name := called(one)
		failure.Names = append(failure.Names, name)
		if is(one) {
			found, failure.IDs = append(found, one), append(failure.IDs, id)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	var none T
	return none, failure
}
