package propose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur"
	"tieout/internal/pipeline"
)

func TestTextsAreQuotedForYAML(t *testing.T) {
	for text, quotedText := range map[string]string{
		"Organization List": "Organization List", "a.b-c_d": "a.b-c_d", "": `""`, " a": `" a"`, "1a": `"1a"`, "Yes": `"Yes"`, "off": `"off"`,
		"a: b": `"a: b"`, "${US} #1": `"$${US} #1"`, "d$1": `"d$$1"`, `a"b`: `"a\"b"`, "Grüße": `"Grüße"`,
	} {
		require.Equal(t, quotedText, quoted(text), text)
	}
}

func TestAProposalSaysItsColumnsAndItsEvidence(t *testing.T) {
	p := Proposal{Check: pipeline.Check{Columns: []pipeline.Column{"a"}}, Rows: 10, Matched: 9}
	require.Equal(t, "a: 9 of 10 rows are in the list", p.Columns()+": "+p.Evidence())
	p.Check.Columns, p.Unread = append(p.Check.Columns, "b"), 3
	require.Equal(t, "a, b: 9 of 10 rows are in the list at all 2 levels; 3 more were not looked up", p.Columns()+": "+p.Evidence())
}

// The name of a definition is written where it means one, and its id where others have the same name.
func TestADraftNamesItsDefinition(t *testing.T) {
	d := Draft{Definition: concur.Definition{ID: "d1", Name: "SAE"}, Found: &Result{}, Format: "sae"}
	for wanted, all := range map[string][]concur.Definition{
		"\n    definition: SAE\n    # Concur also has: PRAE\n": {{ID: "d1", Name: "SAE"}, {ID: "d2", Name: "PRAE"}},
		"\n    definition: d1\n    # Concur also has: SAE\n":   {{ID: "d1", Name: "SAE"}, {ID: "d2", Name: "SAE"}},
	} {
		d.Definitions = all
		require.True(t, strings.Contains(string(d.Text()), wanted), string(d.Text()))
	}
}
