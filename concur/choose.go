package concur

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ChoiceError is the error of a name that stands for nothing that Concur has, or for several things.
type ChoiceError struct {
	// IDs are those of the things that the name stands for. It is empty where the name stands for nothing.
	IDs []string

	what, wanted string
	names        []string // of all that there is
}

// Error returns what Concur has instead, or the ids of the several things.
func (e *ChoiceError) Error() string {
	if len(e.IDs) > 0 {
		return fmt.Sprintf("Concur has %d %ss named %q, with the ids %s", len(e.IDs), e.what, e.wanted, strings.Join(e.IDs, " and "))
	}
	names := slices.Sorted(slices.Values(e.names))
	for i, name := range names {
		names[i] = strconv.Quote(name)
	}
	return fmt.Sprintf("Concur has no %s %q; it has %s", e.what, e.wanted, cmp.Or(strings.Join(names, ", "), "none"))
}

// ChooseDefinition returns the definition that a name, an id or a URI stands for. It fails with a [*ChoiceError] unless that
// is exactly one.
func ChooseDefinition(definitions []Definition, wanted string) (Definition, error) {
	return choose("extract definition", wanted, definitions,
		func(d Definition) bool { return d.Is(wanted) },
		func(d Definition) (id, name string) { return d.ID, d.Name })
}

// ChooseList returns the list with a name, of those that are not deleted. It fails with a [*ChoiceError] unless that is
// exactly one.
func ChooseList(lists []List, name string) (List, error) {
	return choose("list", name, slices.DeleteFunc(slices.Clone(lists), func(l List) bool { return l.Deleted }),
		func(l List) bool { return l.Name == name },
		func(l List) (id, name string) { return l.ID, l.Name })
}

func choose[T any](what, wanted string, all []T, is func(T) bool, called func(T) (id, name string)) (found T, err error) {
	failure := &ChoiceError{what: what, wanted: wanted}
	for _, one := range all {
		id, name := called(one)
		failure.names = append(failure.names, name)
		if is(one) {
			found, failure.IDs = one, append(failure.IDs, id)
		}
	}
	if len(failure.IDs) == 1 {
		return found, nil
	}
	return *new(T), failure
}
