package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"tieout/concur/concurtest"
	"tieout/internal/app"
	"tieout/internal/bucket"
	"tieout/internal/bucket/s3test"
	"tieout/starter/printer"
)

// bench is one command line over simulated outsides; nothing is reached that a test did not put there.
type bench struct {
	*program
	t        *testing.T
	out, err bytes.Buffer
	dir      string
	concur   *concurtest.Server
	s3       *s3test.Server
}

const testBucket = "tieout-test"

func newBench(t *testing.T) *bench {
	b := &bench{t: t, dir: t.TempDir()}
	b.program = &program{
		Printer: printer.Printer{Out: &b.out, Err: &b.err, Width: 100},
		name:    "tieout", config: filepath.Join(b.dir, "tieout.yaml"),
		dial: func(context.Context) (client.Client, string, error) {
			return nil, "", &app.DialError{Message: "no Temporal here"}
		},
		s3:   func(context.Context) (bucket.S3, error) { return nil, errors.New("no S3 here") },
		open: func(string) error { return nil },
		now:  func() time.Time { return time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC) },
	}
	return b
}

// serveS3 gives the bench a bucket.
func (b *bench) serveS3() *s3test.Server {
	b.s3 = s3test.NewServer(testBucket)
	b.t.Cleanup(b.s3.Close)
	b.program.s3 = func(context.Context) (bucket.S3, error) { return b.s3.Client(), nil }
	return b.s3
}

// serveConcur gives the bench a Concur, and its credentials in the environment.
func (b *bench) serveConcur(world concurtest.World) *concurtest.Server {
	b.concur = concurtest.NewServer(world)
	b.t.Cleanup(b.concur.Close)
	auth := b.concur.Auth()
	for name, value := range map[string]string{"CONCUR_BASE_URL": b.concur.URL, "CONCUR_CLIENT_ID": auth.ClientID,
		"CONCUR_CLIENT_SECRET": auth.ClientSecret, "CONCUR_REFRESH_TOKEN": auth.RefreshToken} {
		b.t.Setenv(name, value)
	}
	return b.concur
}

// temporal gives the bench a client.
func (b *bench) useTemporal(c client.Client) {
	b.dial = func(context.Context) (client.Client, string, error) { return c, "default", nil }
}

// tieout runs one command line; what it printed before is forgotten.
func (b *bench) tieout(args ...string) int {
	b.t.Helper()
	b.out.Reset()
	b.err.Reset()
	again := *b.program
	again.began, again.JSON = false, false
	return again.run(b.t.Context(), append([]string{"--config", b.program.config}, args...))
}

// document reads the one JSON document on stdout.
func (b *bench) document(v any) {
	b.t.Helper()
	decoder := json.NewDecoder(&b.out)
	require.NoError(b.t, decoder.Decode(v), b.err.String())
	require.False(b.t, decoder.More(), "one document")
}

// configure writes tieout.yaml.
func (b *bench) configure(text string) {
	b.t.Helper()
	require.NoError(b.t, os.WriteFile(b.program.config, []byte(text), 0o600))
}

const testConfig = `connections:
  acme:
    base_url: ${CONCUR_BASE_URL}
    client_id: ${CONCUR_CLIENT_ID}
    client_secret: ${CONCUR_CLIENT_SECRET}
    refresh_token: ${CONCUR_REFRESH_TOKEN}
    token_store: file:token.json
    requests_per_second: 1000
storage:
  bucket: tieout-test
  prefix: concur
pipelines:
  nightly-sae:
    definition: Standard Accounting Extract
    format: sae
    checks:
      - name: Cost centre
        list: Organization List
        columns: [report_org_unit_1, report_org_unit_2, report_org_unit_3]
        blank: report
      - name: GL account
        list: Chart of Accounts
        columns: [journal_account_code]
        placeholders: [Inactive-Call Concur, Pending Client]
        skip:
          - {column: is_personal, equals: "Y"}
          - {column: 185, filled: true}
          - {column: 232, filled: true}
    schedule: {cron: "0 4 * * *", time_zone: America/New_York}
`
