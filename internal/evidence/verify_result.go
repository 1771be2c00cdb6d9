package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"reflect"
	"time"

	"tieout/internal/bucket"
	"tieout/internal/contract"
	"tieout/internal/report"
)

// resultSeen is a result.json as verify reads it.
type resultSeen struct {
	uri    string
	object report.Object
	broken string // why it cannot be read
	doc    resultFields
}

// resultFields are the fields of result.json that other documents repeat.
type resultFields struct {
	Pipeline     string           `json:"pipeline"`
	BusinessDate string           `json:"businessDate"`
	Outcome      contract.Outcome `json:"outcome"`
	Job          contract.Job     `json:"job"`
	Manifest     string           `json:"manifest"`
	ResultURI    string           `json:"resultUri"`
	TieOut       int              `json:"tieOut"`
	Files        []resultFile     `json:"files"`
	Control      any              `json:"control"`
	Findings     any              `json:"findings"`
	Review       *contract.Review `json:"review"`
	// Reports are uris by kind, and the hash of report.json.
	Reports map[string]string `json:"reports"`
	Ledger
}

type resultFile struct {
	contract.File
	Control map[string]any `json:"control"`
}

// result reads a result.json and notes what it names.
func (v *Verifier) result(ctx context.Context, object bucket.Object) (*resultSeen, error) {
	body, err := v.Store.Get(ctx, object.Key)
	if err != nil {
		return nil, fmt.Errorf("reading the result: %w", err)
	}
	sum := sha256.Sum256(body)
	seen := &resultSeen{uri: v.Store.URI(object.Key)}
	seen.object = report.Object{URI: seen.uri, Bytes: int64(len(body)), SHA256: hex.EncodeToString(sum[:])}
	if err := json.Unmarshal(body, &seen.doc); err != nil {
		seen.broken = "it is not a result: " + err.Error()
	}
	if v.results == nil {
		v.results, v.written = map[string]chained{}, map[string]time.Time{}
	}
	v.results[seen.uri] = chained{Previous{seen.uri, seen.object.SHA256}, seen.doc.Previous}
	v.written[seen.uri] = object.Modified
	return seen, nil
}

// claims are what a result says of objects, and of the results before it.
func (s *resultSeen) claims() []claim {
	doc := path.Join(path.Base(path.Dir(path.Dir(s.uri))), path.Base(path.Dir(s.uri)), path.Base(s.uri)) // tieout/001/result.json
	var claims []claim
	for _, object := range s.doc.Objects {
		claims = append(claims, claim{keyOf(object.URI), doc, object.SHA256, object.Bytes})
	}
	for _, previous := range s.doc.Previous {
		claims = append(claims, claim{keyOf(previous.ResultURI), doc + " of job " + path.Base(path.Dir(path.Dir(path.Dir(s.uri)))), previous.SHA256, -1})
	}
	return claims
}

// contradiction says where a result does not say what its manifest, its report and its review say. It is all that there
// is to hold against the newest result, which no other one names yet.
func (v *Verifier) contradiction(ctx context.Context, s *resultSeen, job *LandedJob) (string, error) {
	manifest := job.Manifest
	switch {
	case s.broken != "":
		return s.broken, nil
	case keyOf(s.doc.Manifest) != keyOf(job.Place):
		return fmt.Sprintf("it names %q as its manifest, and the job has none there", s.doc.Manifest), nil
	}
	if keyOf(s.doc.ResultURI) != keyOf(s.uri) {
		return "it says that it lies at " + s.doc.ResultURI, nil
	}
	listed := map[string]string{}
	for _, object := range s.doc.Objects {
		listed[object.URI] = object.SHA256
	}
	uris := []string{s.doc.Manifest}
	for _, kind := range []string{"json", "csv", "html", "xlsx", "rows"} {
		if uri := s.doc.Reports[kind]; uri != "" {
			uris = append(uris, uri)
		}
	}
	for _, uri := range uris {
		if listed[uri] == "" {
			return "it does not list " + uri + " among its objects", nil
		}
	}
	for _, kind := range []string{"html", "xlsx"} {
		if path.Dir(s.doc.Reports[kind]) != path.Dir(s.doc.Reports["json"]) {
			return "its reports are not of one making: " + s.doc.Reports[kind] + " and " + s.doc.Reports["json"], nil
		}
	}
	if listed[s.doc.Reports["json"]] != s.doc.Reports["jsonSha256"] {
		return "it names two hashes for its report", nil
	}
	sums := map[string]string{}
	for _, file := range Landed(manifest) {
		sums[file.Name] = file.SHA256
	}
	for _, file := range s.doc.Files {
		if sums[file.Name] != file.SHA256 {
			return fmt.Sprintf("it names SHA-256 %s for %q, and the manifest another", file.SHA256, file.Name), nil
		}
	}
	if s.doc.Job.ID != manifest.Job.ID || s.doc.Pipeline != manifest.Pipeline {
		return "it is of another job than the manifest", nil
	}
	return v.againstReport(ctx, s)
}

// againstReport compares a result with its report.json and its review.json. One that cannot be read was found already.
func (v *Verifier) againstReport(ctx context.Context, s *resultSeen) (string, error) {
	var said struct {
		Run     report.Run       `json:"run"`
		Job     contract.Job     `json:"job"`
		Outcome contract.Outcome `json:"outcome"`
		Control map[string]any   `json:"control"`
		Summary any              `json:"summary"`
	}
	if err := v.open(ctx, s.doc.Reports["json"], func(r io.Reader) error { return DecodeReport(r, &said) }); err != nil {
		return "", ctx.Err()
	}
	files, _ := said.Control["files"].([]any)
	delete(said.Control, "files")
	if problem := againstFiles(s.doc.Files, files); problem != "" {
		return problem, nil
	}
	for _, pair := range []struct {
		what       string
		is, report any
	}{
		{"the outcome", s.doc.Outcome, said.Outcome},
		{"the business date", s.doc.BusinessDate, said.Run.BusinessDate},
		{"the tie-out's number", s.doc.TieOut, said.Run.TieOut},
		{"the job", s.doc.Job, said.Job},
		{"the control totals", s.doc.Control, any(said.Control)},
		{"the findings", s.doc.Findings, said.Summary},
	} {
		if !reflect.DeepEqual(pair.is, pair.report) {
			return fmt.Sprintf("it says something else of %s than its report: %v, and the report %v", pair.what, pair.is, pair.report), nil
		}
	}
	if s.doc.Review == nil {
		return "", nil
	}
	var review contract.Review
	key := path.Join(path.Dir(s.object.URI[len("s3://"):]), ReviewName)
	if err := v.open(ctx, key, func(r io.Reader) error { return json.NewDecoder(r).Decode(&review) }); err != nil {
		return "", ctx.Err()
	}
	if !reflect.DeepEqual(*s.doc.Review, review) {
		return fmt.Sprintf("it says something else of the review than review.json: %v, and there %v", *s.doc.Review, review), nil
	}
	return "", nil
}

// againstFiles compares the files of a result with the control totals of its report.
func againstFiles(files []resultFile, said []any) string {
	if len(files) != len(said) {
		return fmt.Sprintf("it names %d files, and its report %d", len(files), len(said))
	}
	for i, file := range files {
		control, _ := said[i].(map[string]any)
		name := control["name"]
		delete(control, "name")
		delete(control, "amounts")
		if name != file.Name || !reflect.DeepEqual(control, file.Control) || control["records"] != float64(file.Records) {
			return fmt.Sprintf("it says something else of file %q than its report", file.Name)
		}
	}
	return ""
}
