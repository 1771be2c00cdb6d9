package app

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
)

func TestMissingSearchAttributesAreNamed(t *testing.T) {
	registered := SearchAttributes()
	missing, wrong := compareAttributes(registered)
	require.Empty(t, missing)
	require.Empty(t, wrong)
	require.Len(t, registered, 4)
	delete(registered, "TieoutOutcome")
	registered["TieoutFindings"] = enums.INDEXED_VALUE_TYPE_TEXT
	missing, wrong = compareAttributes(registered)
	require.Equal(t, []string{"TieoutOutcome"}, missing)
	require.Equal(t, []string{"TieoutFindings"}, wrong)
}

func TestTheRegisterCommandNamesEverySearchAttribute(t *testing.T) {
	require.Equal(t, "temporal operator search-attribute create --namespace finance --name TieoutPipeline --type Keyword "+
		"--name TieoutBusinessDate --type Keyword --name TieoutOutcome --type Keyword --name TieoutFindings --type Int", RegisterCommand("finance"))
}
