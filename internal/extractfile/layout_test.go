package extractfile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/pipeline"
)

func TestColumnNames(t *testing.T) {
	sae, err := NewLayout(pipeline.Format{Name: FormatSAE})
	require.NoError(t, err)
	for name, want := range map[pipeline.Column]int{
		"batch_id": 2, "sequence": 4, "employee_id": 5, "employee_org_unit_1": 10, "employee_org_unit_6": 15, "report_id": 19,
		"reimbursement_currency": 22, "report_org_unit_1": 35, "report_org_unit_6": 40, "report_custom_1": 41,
		"report_custom_20": 60, "entry_id": 61, "expense_type": 63, "is_personal": 68, "entry_org_unit_1": 77,
		"entry_org_unit_6": 82, "entry_custom_1": 83, "entry_custom_40": 122, "payment_type": 126,
		"journal_account_code": 167, "journal_debit_credit": 168, "journal_amount": 169,
		"cash_advance_transaction_type": 185, "allocation_custom_1": 191, "allocation_custom_20": 210, "tax_code": 232,
		"employee_custom_1": 266, "employee_custom_20": 285, "report_type": 321, "1": 1, "400": 400, " 35 ": 35,
	} {
		got, err := sae.Column(name)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
	prae, err := NewLayout(pipeline.Format{Name: FormatPRAE})
	require.NoError(t, err)
	for name, want := range map[pipeline.Column]int{
		"request_id": 51, "journal_account_code": 61, "journal_amount": 62, "requested_alpha_currency_code": 65,
		"request_custom_24": 37, "request_org_unit_1": 38, "line_item_custom_20": 158, "remit_custom_20": 236, "256": 256,
	} {
		got, err := prae.Column(name)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
	for _, l := range []*Layout{sae, prae} {
		seen := map[string]bool{}
		last := 0
		for _, c := range l.Columns() {
			require.Greater(t, c.Number, last)
			last = c.Number
			require.LessOrEqual(t, c.Number, l.width)
			require.Regexp(t, `^[a-z][a-z0-9_]*$`, c.Name)
			require.NotEmpty(t, c.Text)
			require.False(t, seen[c.Name], c.Name)
			seen[c.Name] = true
		}
		require.False(t, l.Dynamic())
	}
}

// Columns of personal data have no name to be picked by.
func TestNoNamesForPersonalData(t *testing.T) {
	sae, err := NewLayout(pipeline.Format{Name: FormatSAE})
	require.NoError(t, err)
	personal := map[int]bool{6: true, 7: true, 8: true, 16: true, 17: true, 130: true, 154: true, 155: true, 264: true, 265: true}
	for n := 291; n <= 305; n++ {
		personal[n] = true
	}
	for _, c := range sae.Columns() {
		require.False(t, personal[c.Number], c.Name)
	}
}

func TestWrongSettings(t *testing.T) {
	for _, c := range []struct {
		format pipeline.Format
		errors []string
	}{
		{pipeline.Format{Name: "csv"}, []string{`format "csv" is not known`}},
		{pipeline.Format{}, []string{`format "" is not known`}},
		{pipeline.Format{Name: FormatDelimited}, []string{`delimiter ""`, `header ""`}},
		{pipeline.Format{Name: FormatDelimited, Delimiter: "||", Header: "first", Encoding: "latin1", Amount: "0", Currency: "cur"},
			[]string{`delimiter "||"`, `header "first"`, `encoding "latin1"`, "amount: column 0", `currency: column "cur" is a name`}},
		{pipeline.Format{Name: FormatDelimited, Delimiter: `"`, Header: pipeline.HeaderNone}, []string{"delimiter"}},
		{pipeline.Format{Name: FormatSAE, Amount: "journal_total", Sequence: "401", Header: pipeline.HeaderNames},
			[]string{`amount: column "journal_total" is not known`, "sequence: column 401 does not exist", "leave header out"}},
	} {
		_, err := NewLayout(c.format)
		require.Error(t, err)
		for _, want := range c.errors {
			require.ErrorContains(t, err, want)
		}
	}
}

func TestColumnsAreFoundByNumberOrName(t *testing.T) {
	sae, err := NewLayout(pipeline.Format{Name: FormatSAE})
	require.NoError(t, err)
	for column, want := range map[pipeline.Column]string{"journal_account_code": "", "68": "", "gl": `column "gl" is not known`, "401": "column 401",
		"": "a column is missing", "x": "tieout format sae"} {
		_, err := sae.Column(column)
		if want == "" {
			require.NoError(t, err, column)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
	names, err := NewLayout(pipeline.Format{Name: FormatDelimited, Delimiter: ",", Header: pipeline.HeaderNames, Amount: "Amount"})
	require.NoError(t, err)
	require.True(t, names.Dynamic())
	n, err := names.Column("whatever")
	require.NoError(t, err)
	require.Zero(t, n)
}
