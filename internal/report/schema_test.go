package report_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/report"
)

func compile(t *testing.T, name string) *jsonschema.Schema {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schema/" + name)
	require.NoError(t, err)
	return schema
}

func check(t *testing.T, schema *jsonschema.Schema, document []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	require.NoError(t, err)
	return schema.Validate(value)
}

func TestReportSchema(t *testing.T) {
	schema := compile(t, "report.schema.json")
	for name, doc := range report.Samples(t) {
		if name == "hostile" { // its dates and classes are no dates and classes
			continue
		}
		var out bytes.Buffer
		require.NoError(t, report.WriteJSON(&out, doc))
		require.NoError(t, check(t, schema, out.Bytes()), name)
	}
	var out bytes.Buffer
	require.NoError(t, report.WriteJSON(&out, &report.Document{}))
	require.Error(t, check(t, schema, out.Bytes()), "an empty document is no report")
}

func TestResultSchema(t *testing.T) {
	amount, err := money.Parse("-12.345678")
	require.NoError(t, err)
	sums := money.Sums{"USD": money.Sum{}.Plus(amount)}
	control := contract.Control{Records: 1, DeclaredRecords: 1, Total: amount, DeclaredTotal: amount, Agrees: true, Declared: true}
	full := contract.ExtractResult{Schema: 1, Pipeline: "nightly-sae", BusinessDate: "2026-11-20", Outcome: contract.OutcomeFindings,
		Job:      contract.Job{ID: "j", Definition: "d", Origin: "started", StartTime: "2026-11-20T09:00:12Z", StopTime: "2026-11-20T09:02:11.5Z"},
		Manifest: "s3://b/manifest.json", ResultURI: "s3://b/result.json", Control: control,
		Files: []contract.File{{Name: "f", URI: "s3://b/f", Bytes: 1, Records: 1, Control: &control,
			SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
		Findings:  contract.FindingsSummary{Count: 1, Rows: 1, ByClass: map[string]int{"unknown": 1}, Amounts: sums},
		Reports:   contract.Reports{JSON: "s3://b/report.json", CSV: "s3://b/findings.csv"},
		Recovered: []contract.Recovered{{ID: "k", Manifest: "s3://b/k/manifest.json"}},
		LeftOver:  []contract.LeftOver{{ID: "l", StartTime: "2026-11-19T09:00:12Z", Run: "extract/p/job/0123456789abcdef", Code: "FileEncrypted"}, {ID: "m"}},
		Gap:       &contract.Gap{After: "2026-11-01T04:00:30Z", Before: "2026-11-05T04:00:00Z"}, RecoveryProblem: "Temporary: S3 did not answer",
		Review: &contract.Review{Decision: "approve", By: "jane.doe", Reason: "seen", At: "2026-11-20T10:00:00Z", TieOut: 1, Findings: 1, Rows: 1, Amounts: sums}}
	least := contract.ExtractResult{Schema: 1, Pipeline: "p", BusinessDate: "2026-11-20", Outcome: contract.OutcomeEmpty, Job: contract.Job{Origin: "given"}}
	schema := compile(t, "result.schema.json")
	for _, result := range []contract.ExtractResult{full, least} {
		document, err := json.Marshal(result)
		require.NoError(t, err)
		require.NoError(t, check(t, schema, document))
	}
	full.Outcome = "fine"
	document, err := json.Marshal(full)
	require.NoError(t, err)
	require.Error(t, check(t, schema, document), "an outcome that the schema does not know")
}
