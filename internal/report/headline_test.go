package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/reconcile"
)

func TestVerdict(t *testing.T) {
	for name, want := range map[string]headline{
		"clean": {toneGood, "Clean", "All 10,214 rows tie out and the control totals agree."},
		"small": {toneWarn, "Findings", "10 findings in 151 of 10,214 rows, gross 410.50 EUR, 48,211.12345678 USD; the control totals agree."},
		"empty": {toneCalm, "Empty", "The extract holds no rows: Concur had nothing ready to be posted."},
		"differs": {toneBad, "Control totals differ", "The file does not tie out with its own header: it declares 10,220 rows and a total of 1,291,044.12345678, " +
			"and holds 10,214 rows that come to 1,284,733.90."},
		"approved": {toneGood, "Approved", "Approved by jane.doe on 20 Nov 2026 10:12:00 UTC, with 10 findings in 151 of 10,214 rows, gross 410.50 EUR, " +
			"48,211.12345678 USD; the control totals agree."},
	} {
		require.Equal(t, want, headlineOf(Samples(t)[name]), name)
	}
	doc := sampleClean(t)
	doc.Control.Records, doc.Control.Declared, doc.Summary.Waived = 1, false, 2
	require.Equal(t, "The only row ties out, with 2 findings waived.", headlineOf(doc).Sentence)
	doc.Checks = nil
	require.Equal(t, "No code of the 1 row was looked at: the pipeline has no checks.", headlineOf(doc).Sentence, "what was not looked at does not tie out")
	require.NotContains(t, next(doc), "can be posted")
	doc.Outcome, doc.Review = "rejected", nil
	require.Equal(t, toneBad, headlineOf(doc).Tone)
}

func actionsIn(doc *Document) []action { return actionsOf(doc, groupFindings(doc)) }

func TestActions(t *testing.T) {
	actions := actionsIn(sampleDiffers(t))
	require.Len(t, actions, 5)
	require.Equal(t, "The file itself: 1 record count that differs, 1 journal total that differs", actions[0].Title, "what asks for the same is one action")
	require.Equal(t, "Cost centre: 2 unknown codes", actions[2].Title, "then the most money")
	require.Equal(t, "27 rows, gross 410.50 EUR, 19,695.87345678 USD", actions[2].Figures())
	require.Empty(t, actionsIn(sampleClean(t)))
	waived := sampleSmall(t)
	for i := range waived.Findings {
		waived.Findings[i].Waived = &reconcile.Waived{}
	}
	require.Empty(t, actionsIn(waived), "what is waived asks for nothing")
}

// Every class has its sentences.
func TestClasses(t *testing.T) {
	names := map[string]bool{}
	for _, c := range Classes() {
		names[c.Name] = true
		for _, sentence := range []string{c.Means, c.Do} {
			require.Regexp(t, `^[A-Z].*\.$`, sentence, c.Name)
		}
	}
	for _, name := range append(reconcile.Classes(), reconcile.Controls()...) {
		require.True(t, names[name], name)
	}
	require.Len(t, names, len(Classes()))
	require.Equal(t, "brand new", ClassOf("brand_new").Title)
}

func TestGroupsFollowTheConfiguration(t *testing.T) {
	doc := sampleSmall(t)
	var got []string
	for _, g := range groupFindings(doc) {
		got = append(got, g.Check+"/"+g.Class.Name)
	}
	require.Equal(t, []string{"control/batch_gap", "Cost centre/skipped_level", "Cost centre/format_only", "Cost centre/name_not_code",
		"Cost centre/wrong_parent", "Cost centre/unknown", "GL account/placeholder", "GL account/blank", "GL account/retired", "GL account/unknown"}, got)
}

func TestSparkline(t *testing.T) {
	require.Nil(t, newSparkline([]int{4}), "one run is no trend")
	s := newSparkline([]int{0, 2, 4})
	require.Equal(t, "M108 18v-0.75h3v0.75zM112 18v-9h3v9z", s.Earlier)
	require.Equal(t, "M116 18v-18h3v18z", s.Last)
	require.Equal(t, "Findings in the last 3 runs: this run 4, most 4", s.Label)
	require.Contains(t, newSparkline(make([]int, 50)).Label, "30 runs")
	require.Nil(t, trendOf([]TrendPoint{{Findings: 1}, {Findings: 2}}, "a", "b"), "a trend that does not tell classes apart")
}
