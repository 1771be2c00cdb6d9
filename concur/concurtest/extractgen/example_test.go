package extractgen_test

import (
	"fmt"

	"tieout/concur/concurtest/extractgen"
)

func ExampleNew() {
	accounts := extractgen.List{Name: "Accounts", Items: []extractgen.Item{{Code: "6100", Name: "Travel"}, {Code: "06200", Name: "Meals"}}}
	extract, err := extractgen.New(extractgen.Spec{
		Rows:   100,
		Checks: []extractgen.Check{{Name: "GL account", List: "Accounts", Columns: []int{167}}},
		Inject: []extractgen.Injection{{Check: "GL account", Class: extractgen.ClassNameNotCode, Findings: 2, Rows: 3}},
	}, accounts)
	if err != nil {
		panic(err)
	}
	for _, found := range extract.Injected() {
		fmt.Println(found.Class, found.Rows, found.Suggestion.Path, found.Suggestion.Name)
	}
	// Unordered output:
	// name_not_code 3 [06200] Meals
	// name_not_code 3 [6100] Travel
}
