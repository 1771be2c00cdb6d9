package concur

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A name stands for one thing or for none: of two that are called the same none is taken for the one meant.
func TestChoosingByNameRefusesSeveral(t *testing.T) {
	definitions := []Definition{{ID: "d1", Name: "SAE"}, {ID: "d2", Name: "SAE"}, {ID: "d3", Name: "PRAE"}}
	lists := []List{{ID: "l1", Name: "Org"}, {ID: "l2", Name: "Org"}, {ID: "l3", Name: "Accounts"}, {ID: "l4", Name: "Accounts", Deleted: true}}
	for wanted, says := range map[string]string{
		"SAE": `Concur has 2 extract definitions named "SAE", with the ids d1 and d2`,
		"sae": `Concur has no extract definition "sae"; it has "PRAE", "SAE", "SAE"`,
	} {
		_, err := ChooseDefinition(definitions, wanted)
		require.EqualError(t, err, says)
	}
	for _, wanted := range []string{"d2", "https://h/api/expense/extract/v1.0/d2", "https://h/api/expense/extract/v1.0/d2/job"} {
		found, err := ChooseDefinition(definitions, wanted)
		require.NoError(t, err)
		require.Equal(t, definitions[1], found)
	}
	_, err := ChooseDefinition(nil, "SAE")
	require.EqualError(t, err, `Concur has no extract definition "SAE"; it has none`)

	_, err = ChooseList(lists, "Org")
	var choice *ChoiceError
	require.ErrorAs(t, err, &choice)
	require.Equal(t, []string{"l1", "l2"}, choice.IDs)
	found, err := ChooseList(lists, "Accounts")
	require.NoError(t, err)
	require.Equal(t, "l3", found.ID, "a list that was deleted is not meant")
	_, err = ChooseList(lists, "l1")
	require.EqualError(t, err, `Concur has no list "l1"; it has "Accounts", "Org", "Org"`)
}
