package activities_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// ledger is what result.json holds beside the result.
func (b *bench) ledger(t *testing.T, place string) (l evidence.Ledger) {
	t.Helper()
	require.NoError(t, json.Unmarshal(b.read(t, place), &l))
	return l
}

// flip changes one byte in the middle of an object, behind tieout's back, and returns what puts it back.
func (b *bench) flip(t *testing.T, key string) (restore func()) {
	t.Helper()
	body, ok := b.s3.Object(evidenceBucket, key)
	require.True(t, ok, key)
	changed := bytes.Clone(body)
	changed[len(changed)/2] ^= 1
	require.NoError(t, b.store.Put(t.Context(), key, "", changed))
	return func() { require.NoError(t, b.store.Put(t.Context(), key, "", body)) }
}

// keyOf returns the key of an s3:// URI.
func keyOf(uri string) string { return strings.TrimPrefix(uri, "s3://"+evidenceBucket+"/") }

// A file that was changed since it was landed is not tied out, and where it is changed after the scan nothing is
// reported from it: the figures are of the bytes that the manifest names.
func TestFiguresAreOfTheLandedBytes(t *testing.T) {
	for name, made := range map[string]string{"##A": "600", "\n": "\x00"} { // another code, and what is no extract any more
		world, settings := codes([]string{"##A"})
		b := newBench(t, world, config.ListsV1, settings)
		_, landed := b.extract(t, concurtest.SampleDefinition)
		m, err := evidence.ReadManifest(t.Context(), b.store, keyOf(landed.Manifest))
		require.NoError(t, err)
		body, _ := b.s3.Object(evidenceBucket, m.Raw.Key)
		changed := bytes.ReplaceAll(body, []byte(name), []byte(made))
		require.Len(t, changed, len(body))
		change := func(to []byte) { require.NoError(t, b.store.Put(t.Context(), m.Raw.Key, "text/csv", to)) }
		refused := func(err error) {
			t.Helper()
			kind, again := code(t, err)
			require.Equal(t, contract.CodeLandingConflict, kind)
			require.False(t, again)
			require.ErrorContains(t, err, m.Raw.URI+" is not what was written: its manifest.json says SHA-256 "+m.Raw.SHA256)
			require.ErrorContains(t, err, "tieout land nightly-sae")
		}
		change(changed)
		params := contract.TieOutParams{Scope: b.scope, Manifest: landed.Manifest, Owner: "owner", At: time.Now()}
		opened, err := call(b, contract.OpenTieOut, params)
		require.NoError(t, err)
		params.Number = opened.Number
		_, err = call(b, contract.Scan, params)
		refused(err)

		change(body)
		params = b.opened(t, landed, "owner")
		_, err = call(b, contract.ReadLists, params)
		require.NoError(t, err)
		change(changed)
		_, err = call(b, contract.Report, params)
		refused(err)
		for key := range b.objects() {
			require.False(t, strings.Contains(key, "/report.") || strings.HasSuffix(key, ".csv"), key)
		}

		change(body)
		doc := b.document(t, b.report(t, params))
		require.Equal(t, m.Raw.SHA256, doc.Evidence.Files[0].ScannedSHA256, "the report says which bytes were scanned")
	}
}

// A landed file that is missing ends the tie-out at once: waiting would not bring it back.
func TestLandedFileThatIsGone(t *testing.T) {
	world, settings := codes([]string{"##A"})
	b := newBench(t, world, config.ListsV1, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	m, err := evidence.ReadManifest(t.Context(), b.store, keyOf(landed.Manifest))
	require.NoError(t, err)
	b.remove(t, m.Raw.Key)
	params := contract.TieOutParams{Scope: b.scope, Manifest: landed.Manifest, Number: 1}
	_, err = call(b, contract.Scan, params)
	kind, again := code(t, err)
	require.Equal(t, contract.CodeLandingConflict, kind)
	require.False(t, again)
	require.ErrorContains(t, err, "there is no such object")
}

// decided is a held night with a recheck, then a decision.
func (b *bench) decided(t *testing.T, landed contract.Landed) (recheck, approved contract.HandOverParams) {
	t.Helper()
	recheck = b.handOverOf(reviewed(b.tieOut(t, landed, "owner/1").Result, contract.DecisionRecheck, contract.OutcomeFindings))
	recheck.Superseded = true
	b.handOver(t, recheck)
	approved = b.handOverOf(b.decide(t, reviewed(b.tieOut(t, landed, "owner/2").Result, contract.DecisionApprove, contract.OutcomeApproved)))
	b.handOver(t, approved)
	return recheck, approved
}

// result.json lists every object of the landing and of its tie-out, with the bytes that are there.
func TestResultListsEveryObject(t *testing.T) {
	for name, api := range map[string]string{"a zip": config.ListsV4, "decided": config.ListsV1} {
		t.Run(name, func(t *testing.T) {
			world, settings := codes([]string{"##A"})
			if name == "a zip" {
				world, settings = zipWorld()
			}
			b := newBench(t, world, api, settings)
			_, landed := b.extract(t, concurtest.SampleDefinition)
			_, last := b.decided(t, landed)
			listed := map[string]bool{}
			for _, object := range b.ledger(t, last.Result.ResultURI).Objects {
				require.False(t, listed[object.URI], "%s is listed twice", object.URI)
				listed[object.URI] = true
				body := b.read(t, object.URI)
				require.Equal(t, int64(len(body)), object.Bytes, object.URI)
				require.Equal(t, b.sum(t, object.URI), object.SHA256, object.URI)
			}
			for key := range b.objects() {
				own := strings.Contains(key, "/raw/") || strings.Contains(key, "/files/") || strings.Contains(key, "/tieout/002/") || strings.HasSuffix(key, "/manifest.json")
				if own && !strings.HasSuffix(key, "/tieout/002/result.json") && !strings.HasSuffix(key, ".partial.json") {
					require.True(t, listed["s3://"+evidenceBucket+"/"+key], "%s is not listed", key)
					delete(listed, "s3://"+evidenceBucket+"/"+key)
				}
			}
			require.Empty(t, listed, "nothing else is listed")
		})
	}
}

// One byte changed in any object of a job is named by verify, of the newest result as far as others repeat what it says.
func TestVerifyNamesEachChangedObject(t *testing.T) {
	world, settings := zipWorld()
	b := newBench(t, world, config.ListsV4, settings)
	_, landed := b.extract(t, concurtest.SampleDefinition)
	recheck, approved := b.decided(t, landed)
	problems := func(chain bool) (places []string) {
		place, ok := evidence.LandingOf(keyOf(landed.Manifest))
		require.True(t, ok)
		v := &evidence.Verifier{Store: b.store, Keys: place.Keys}
		var err error
		if chain {
			_, err = v.Pipeline(t.Context())
		} else {
			_, err = v.Landing(t.Context(), keyOf(landed.Manifest), place.JobKey)
		}
		require.NoError(t, err)
		require.NotEmpty(t, v.Objects)
		for _, object := range v.Objects {
			if !object.OK {
				require.NotEmpty(t, object.Problem)
				places = append(places, keyOf(object.URI))
			}
		}
		return places
	}
	require.Empty(t, problems(false))
	require.Empty(t, problems(true))
	kinds := map[string]bool{}
	for key := range b.objects() {
		if !strings.Contains(key, "/jobs/") || strings.HasSuffix(key, "claim.json") || strings.HasSuffix(key, ".partial.json") || key == keyOf(approved.Result.ResultURI) {
			continue
		}
		restore := b.flip(t, key)
		require.Contains(t, problems(false), key)
		restore()
		if path.Base(key) != "manifest.json" && path.Base(key) != "result.json" {
			b.without(t, key, func() { require.Contains(t, problems(false), key, "gone") })
		}
		kinds[path.Base(key)] = true
	}
	for _, kind := range []string{"manifest.json", "basis.json", "scan.json", "report.json", "report.html", "report.xlsx", "findings.csv", "rows.csv", "review.json", "result.json"} {
		require.True(t, kinds[kind], kind)
	}

	// No other result names the newest one yet: what it says is held against what others say.
	newest := keyOf(approved.Result.ResultURI)
	body, _ := b.s3.Object(evidenceBucket, newest)
	for was, is := range map[string]string{
		`"outcome": "approved"`: `"outcome": "clean"`, `"businessDate": "2026-11-20"`: `"businessDate": "2026-11-21"`,
		`"reason": "seen"`: `"reason": "fine"`, `"agrees": true`: `"agrees": false`, `"count": `: `"count": 1`, `"jsonSha256": "`: `"jsonSha256": "0`,
		`/002/decided/report.html"`: `/002/report.html"`, `"sha256": "` + approved.Result.Files[0].SHA256: `"sha256": "` + strings.Repeat("0", 64),
	} {
		require.Contains(t, string(body), was)
		require.NoError(t, b.store.Put(t.Context(), newest, "", bytes.Replace(body, []byte(was), []byte(is), 1)))
		require.Contains(t, problems(false), newest, was)
	}
	require.NoError(t, b.store.Put(t.Context(), newest, "", bytes.Replace(body, []byte(b.sum(t, recheck.Result.ResultURI)), []byte(strings.Repeat("0", 64)), 1)))
	require.Equal(t, []string{keyOf(recheck.Result.ResultURI)}, problems(false), "the result before it has another hash than that")
	require.NoError(t, b.store.Put(t.Context(), newest, "", body))
	require.Empty(t, problems(true))
}

// sum is the SHA-256 of an object.
func (b *bench) sum(t *testing.T, uri string) string {
	return fmt.Sprintf("%x", sha256.Sum256(b.read(t, uri)))
}

// decide has the reports written again with a decision.
func (b *bench) decide(t *testing.T, result contract.ExtractResult) contract.ExtractResult {
	t.Helper()
	reports, err := call(b, contract.Decide, contract.DecideParams{Scope: b.scope, Result: result})
	require.NoError(t, err)
	fits(t, "report.schema.json", b.read(t, reports.JSON))
	result.Reports = reports
	return result
}

// remove deletes an object behind tieout's back.
func (b *bench) remove(t *testing.T, key string) {
	t.Helper()
	_, err := b.s3.Client().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(evidenceBucket), Key: &key})
	require.NoError(t, err)
}

// without does something while an object is gone.
func (b *bench) without(t *testing.T, key string, do func()) {
	t.Helper()
	body, _ := b.s3.Object(evidenceBucket, key)
	b.remove(t, key)
	do()
	require.NoError(t, b.store.Put(t.Context(), key, "", body))
}
