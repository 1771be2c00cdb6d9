package tieout

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/internal/report"
)

// objects are those of tie-outs in memory, by reference and name.
type objects map[string][]byte

func (o objects) Read(_ context.Context, of Ref, name string, read func(io.Reader) error) (report.Object, error) {
	body, ok := o[fmt.Sprint(of, name)]
	if !ok {
		return report.Object{}, fs.ErrNotExist
	}
	return ReadObject(name, bytes.NewReader(body), read)
}

func (o objects) Create(_ context.Context, name, _ string, write func(io.Writer) error) (report.Object, error) {
	var body bytes.Buffer
	object, err := WriteObject(name, &body, write)
	o[fmt.Sprint(Ref{"job", 1}, name)] = body.Bytes()
	return object, err
}

func (o objects) Replace(_ context.Context, name string, body []byte) error {
	o[fmt.Sprint(Ref{"job", 1}, name)] = body
	return nil
}

// newTieOut returns the tie-out of a file of two rows, one of which has a code that no list holds.
func newTieOut(t *testing.T) *TieOut {
	settings := pipeline.Pipeline{Name: "nightly", ListWalkLimit: 10,
		Format: pipeline.Format{Name: "delimited", Delimiter: ",", Header: pipeline.HeaderNone, Amount: "2", Currency: "3"},
		Checks: []pipeline.Check{{Name: "Account", List: "Accounts", Columns: []pipeline.Column{"1"}}}}
	layout, err := extractfile.NewLayout(settings.Format)
	require.NoError(t, err)
	body := []byte("6100,1,USD\n9999,2,USD\n")
	return &TieOut{Settings: settings, Layout: layout, Ref: Ref{"job", 1}, Objects: objects{}, Remedy: "Restore it",
		Run: report.Run{Pipeline: "nightly", BusinessDate: "2026-11-20", TieOut: 1}, Basis: Basis{At: time.Date(2026, 11, 20, 5, 0, 0, 0, time.UTC)},
		Files: []File{{contract.File{Name: "a.csv", URI: "s3://b/a.csv", Bytes: int64(len(body)), SHA256: fmt.Sprintf("%x", sha256.Sum256(body))},
			func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }}}}
}

func accounts(context.Context, string) (List, error) {
	return List{ID: "1", API: reconcile.APIv1, Levels: 1, Items: func(context.Context, []string, string, bool) (reconcile.Answer, error) {
		return reconcile.Answer{Requests: 1, Items: []reconcile.Placed{{Item: reconcile.Item{Code: "6100", Name: "Travel"}}}}, nil
	}}, nil
}

func TestATieOutFromFileToReports(t *testing.T) {
	tied := newTieOut(t)
	scanned, err := tied.Scan(t.Context())
	require.NoError(t, err)
	read, err := tied.ReadLists(t.Context(), scanned, accounts)
	require.NoError(t, err)
	require.Equal(t, contract.ReadListsResult{Lists: 1, Items: 1, Requests: 1}, read)
	judged, err := tied.Judge(t.Context(), scanned)
	require.NoError(t, err)
	require.Equal(t, contract.OutcomeFindings, judged.Outcome)
	require.Equal(t, []int64{2}, judged.Findings[0].SampleRows)
	reports, err := judged.Write(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"report.json", "findings.csv", "report.html", "report.xlsx", "rows.csv"},
		[]string{reports.JSON, reports.CSV, reports.HTML, reports.XLSX, reports.Rows})
	var named []string
	for _, object := range judged.Document.Evidence.Objects {
		named = append(named, object.URI)
	}
	require.Equal(t, []string{"lists/Accounts.json", "rows.csv", "report.xlsx", "findings.csv", "report.html", "report.json"}, named)
}

// Figures of other bytes than the landed ones are worth nothing, in either pass over the file.
func TestAChangedFileIsNotTiedOut(t *testing.T) {
	tied := newTieOut(t)
	scanned, err := tied.Scan(t.Context())
	require.NoError(t, err)
	_, err = tied.ReadLists(t.Context(), scanned, accounts)
	require.NoError(t, err)
	for name, open := range map[string]func(context.Context) (io.ReadCloser, error){
		"changed": func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader([]byte("6100,1,USD\n9999,3,USD\n"))), nil
		},
		"gone": func(context.Context) (io.ReadCloser, error) { return nil, fs.ErrNotExist },
	} {
		t.Run(name, func(t *testing.T) {
			tied.Files[0].Open = open
			var changed *evidence.ChangedError
			_, err := tied.Scan(t.Context())
			require.ErrorAs(t, err, &changed)
			_, err = tied.Judge(t.Context(), scanned)
			require.ErrorAs(t, err, &changed)
			require.ErrorContains(t, err, "Restore it")
		})
	}
}
