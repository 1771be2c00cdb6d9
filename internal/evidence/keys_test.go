package evidence

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Lists whose names differ only in what SafeName replaces do not share a snapshot; a plain name stays as it is.
func TestListKeysAreTheirOwn(t *testing.T) {
	keys := Keys{Prefix: "concur", Pipeline: "p"}
	require.Equal(t, "concur/p/jobs/j/tieout/001/lists/Cost Centres.json", keys.List("j", 1, "Cost Centres"))
	seen := map[string]string{}
	for _, name := range []string{"部門", "科目", "Cost/Centres", "Cost:Centres", "Cost_Centres", "..", "Cost/Centres.partial"} {
		key := keys.List("j", 1, name)
		require.Empty(t, seen[key], "%q shares a key", name)
		seen[key] = name
	}
}

func TestTokenKey(t *testing.T) {
	require.Equal(t, "concur/_connections/acme/token.json", TokenKey("concur", "acme"))
	require.Equal(t, "_connections/_.._x/token.json", TokenKey("", "/../x"))
}
