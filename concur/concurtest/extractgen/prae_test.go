package extractgen_test

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest/extractgen"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

// A generated invoice extract reads under `format: prae` without a word about its columns: control totals agree, no row
// is at fault, and the names lead to the codes.
func TestPRAETiesOut(t *testing.T) {
	extract, err := extractgen.New(extractgen.Spec{
		Format: extractgen.FormatPRAE, Rows: 3000, Batch: 12,
		Checks: []extractgen.Check{
			{Name: "Allocation", List: "Allocations", Columns: []int{69, 70}},
			{Name: "GL account", List: "Chart of Accounts", Columns: []int{61}},
		},
		Inject: []extractgen.Injection{
			{Check: "Allocation", Class: extractgen.ClassUnknown, Level: 2, Findings: 1, Rows: 5},
			{Check: "GL account", Class: extractgen.ClassUnknown, Findings: 1, Rows: 4},
		},
	}, extractgen.List{Name: "Allocations", Generate: &extractgen.ListSpec{Seed: 1, Branching: []int{4, 9}}},
		extractgen.List{Name: "Chart of Accounts", Generate: &extractgen.ListSpec{Seed: 2, Branching: []int{50}}})
	require.NoError(t, err)
	layout, err := extractfile.NewLayout(pipeline.Format{Name: extractfile.FormatPRAE})
	require.NoError(t, err)
	checks := []pipeline.Check{
		{Name: "Allocation", Columns: []pipeline.Column{"allocation_custom_1", "allocation_custom_2"}},
		{Name: "GL account", Columns: []pipeline.Column{"journal_account_code"}},
	}
	s, err := extractfile.Scan(t.Context(), extract.NewReader(), layout, checks, extractfile.ScanOptions{})
	require.NoError(t, err)
	require.Equal(t, "12", s.Header.Batch)
	require.Equal(t, []int64{3000, 3000}, []int64{s.Header.Records, s.Records})
	require.Equal(t, s.Header.Total, s.Total)
	for _, fault := range []extractfile.Fault{s.Sequence, s.BatchMixed, s.Width, s.AmountFormat} {
		require.Zero(t, fault)
	}
	require.Len(t, s.Amounts, 5, "one sum for each currency of the spec, and none for anything else")
	for i, want := range extract.Injected() {
		var found *extractfile.Tuple
		for _, tuple := range s.Checks[i].Tuples.Slice() {
			if tuple.Values[0] == want.Path[0] && tuple.Values[len(want.Path)-1] == want.Path[len(want.Path)-1] {
				found = &tuple
			}
		}
		require.NotNil(t, found, want)
		require.Equal(t, []int64{want.Rows, want.FirstRow}, []int64{found.Rows, found.FirstRow})
		for currency, sum := range want.Amounts {
			got, ok := new(big.Rat).SetString(found.Amounts[currency].Net.String())
			require.True(t, ok)
			require.Zero(t, got.Cmp(rat(t, sum.Net)), currency)
		}
	}
}

func rat(t *testing.T, text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	require.True(t, ok)
	return r
}

// What an invoice row has no column for cannot be injected.
func TestPRAEHasNoBatchOrSequencePerRow(t *testing.T) {
	for _, control := range []extractgen.ControlFaults{{Sequence: 1}, {BatchMixed: 1}} {
		_, err := extractgen.New(extractgen.Spec{Format: extractgen.FormatPRAE, Rows: 100, Control: control})
		require.ErrorContains(t, err, "the file has no column for it")
	}
}
