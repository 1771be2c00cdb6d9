package activities_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/activities"
	"tieout/concur"
	"tieout/concur/concurtest"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/landing"
	"tieout/internal/pipeline"
	"tieout/internal/report"
)

// waitingJob is a job at Concur that has completed, on a bench whose pipeline waits for its file.
type waitingJob struct {
	*bench
	job contract.Job
}

func newWaitingJob(t *testing.T, settings func(*pipeline.Pipeline)) *waitingJob {
	t.Helper()
	world, p := codes([]string{"##A"})
	p.Poll.Deadline = pipeline.Duration(time.Hour)
	if settings != nil {
		settings(&p)
	}
	b := newBench(t, world, config.ListsV1, p)
	b.on("2026-11-20")
	_, job := b.completed(t, concurtest.SampleDefinition)
	return &waitingJob{b, job}
}

func (w *waitingJob) land() (contract.Landed, error) {
	return call(w.bench, contract.Land, contract.LandParams{Scope: w.scope, Job: w.job})
}

// under lists the keys of the job that hold a part.
func (w *waitingJob) under(part string) (keys []string) {
	for key := range w.objects() {
		if strings.Contains(key, "/jobs/") && strings.Contains(key, part) {
			keys = append(keys, key)
		}
	}
	return keys
}

// Whatever comes in a file's place never lands, whatever the framing proves: it is waited out until the deadline, the
// good file lands under its own name afterwards, and where none comes the run ends with FileFormat and no manifest.
func TestWhatIsNoFileNeverLands(t *testing.T) {
	bodies := []concurtest.FileBody{concurtest.BodyNothing, concurtest.BodyJSON, concurtest.BodyText, concurtest.BodyXML, concurtest.BodyHTML}
	for _, framing := range []concurtest.Framing{"", concurtest.FramingChunked, concurtest.FramingClose} {
		for _, body := range bodies {
			t.Run(string(body)+" "+string(framing), func(t *testing.T) {
				w := newWaitingJob(t, nil)
				fault := concurtest.Fault{Operation: concurtest.OpFile, FileBody: body}
				if framing != "" {
					fault.Truncate = &concurtest.Truncate{After: 1 << 40, Framing: framing}
				}
				w.concur.Inject(fault)
				_, err := w.land()
				isError(t, err, contract.CodeTemporary, false)
				require.ErrorContains(t, err, "Waiting for Concur to serve the job's file")
				require.Empty(t, w.under("raw"))

				deadline := w.scope.Settings.Poll.Deadline
				w.scope.Settings.Poll.Deadline = 1
				_, err = w.land()
				isError(t, err, contract.CodeFileFormat, true)
				require.ErrorContains(t, err, "Nothing was landed. Look at the job in Concur; once its file is there, `tieout run nightly-sae")
				require.Empty(t, w.under("raw"))
				require.Empty(t, w.under("manifest"))

				w.concur.ResetFaults()
				w.scope.Settings.Poll.Deadline = deadline
				landed, err := w.land()
				require.NoError(t, err)
				require.NotZero(t, landed.Bytes)
				require.Equal(t, []string{w.manifest(t, landed).Raw.Key}, w.under("raw"))
			})
		}
	}
}

func (w *waitingJob) manifest(t *testing.T, landed contract.Landed) (m evidence.Manifest) {
	t.Helper()
	require.NoError(t, json.Unmarshal(w.read(t, landed.Manifest), &m))
	return m
}

// A file of fewer records than its header declares is fetched again although its length agrees. One that was cut once
// lands whole; one that comes twice the same is the truth, and the control check says what is wrong with it.
func TestHalfAFileIsFetchedAgain(t *testing.T) {
	w := newWaitingJob(t, nil)
	half := concurtest.Fault{Operation: concurtest.OpFile, FileBody: concurtest.BodyHalf}
	once := half
	once.Nth = 1
	w.concur.Inject(once)
	landed, err := w.land()
	require.NoError(t, err)
	require.Equal(t, landing.ProofContentLength, w.manifest(t, landed).Raw.Proof)
	require.True(t, w.tieOut(t, landed, "owner").Result.Control.Agrees)

	_, w.job = w.completed(t, concurtest.SampleDefinition)
	w.concur.ResetFaults()
	w.concur.Inject(half)
	landed, err = w.land()
	require.NoError(t, err)
	require.Equal(t, landing.ProofTwice, w.manifest(t, landed).Raw.Proof)
	result := w.tieOut(t, landed, "owner").Result
	require.False(t, result.Control.Agrees)
	require.Less(t, result.Control.Records, result.Control.DeclaredRecords)
}

// A file of another format than the settings say is for a person at once: time does not mend it. Nothing is landed, and
// with the right settings the same file lands.
func TestFileOfOtherSettingsIsSaidAtOnce(t *testing.T) {
	w := newWaitingJob(t, nil)
	w.scope.Settings.Format = pipeline.Format{Name: "prae"}
	_, err := w.land()
	isError(t, err, contract.CodeFileFormat, true)
	require.ErrorContains(t, err, "the header has the order of a sae file, but the format says prae")
	require.Empty(t, w.under("raw"))
	w.scope.Settings.Format = pipeline.Format{Name: "sae"}
	_, err = w.land()
	require.NoError(t, err)
}

// served answers with other bodies in turn, then with Concur's own; each is framed as whole.
type served struct {
	activities.Concur
	bodies [][]byte
	n      int
}

func (s *served) File(ctx context.Context, definition, job string, r concur.FileRequest) (*concur.File, error) {
	if s.n++; s.n > len(s.bodies) {
		return s.Concur.File(ctx, definition, job, r)
	}
	body := s.bodies[s.n-1]
	return &concur.File{Body: io.NopCloser(bytes.NewReader(body)), Name: "extract.zip", Length: int64(len(body)), Framing: concur.FramingLength}, nil
}

func zipOf(t *testing.T, members ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(members); i += 2 {
		f, err := w.Create(members[i])
		require.NoError(t, err)
		_, err = f.Write([]byte(members[i+1]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

const (
	wholeMember = "EXTRACT|2026-11-20|1|0.00|77\nDETAIL|77\n"
	halfMember  = "EXTRACT|2026-11-20|2|0.00|77\nDETAIL|77\n"
)

// A zip whose members are no files where they are tied out is no file either. It does not keep the good one out, though
// objects are immutable: what comes next is landed beside it.
func TestZipOfWhatIsNoFileNeverLands(t *testing.T) {
	w := newWaitingJob(t, func(p *pipeline.Pipeline) { p.Members = []string{"sae_*"} })
	good := zipOf(t, "sae_us.txt", wholeMember, "readme.txt", "not tied out")
	damaged := bytes.Clone(good)
	damaged[bytes.Index(good, []byte("PK\x01\x02"))+16] ^= 1 // the CRC that the directory declares
	second := zipOf(t, "sae_us.txt", "", "readme.txt", "second")
	server := &served{Concur: w.a.Connections["acme"], bodies: [][]byte{
		zipOf(t, "sae_us.txt", `{"message":"being prepared"}`, "readme.txt", "first"),
		second, second}} // it is no longer the first, so it is fetched once more and landed beside it
	w.a.Connections["acme"] = server
	for range 2 {
		_, err := w.land()
		isError(t, err, contract.CodeTemporary, false)
		require.Empty(t, w.under("manifest"))
	}
	require.Equal(t, 3, server.n)
	server.bodies, server.n = [][]byte{damaged, damaged, damaged}, 0
	_, err := w.land()
	isError(t, err, contract.CodeFileFormat, true)
	require.Empty(t, w.under("manifest"))
	server.bodies, server.n = [][]byte{good, good, good}, 0
	landed, err := w.land()
	require.NoError(t, err)
	m := w.manifest(t, landed)
	require.Equal(t, "sae_us.txt", m.Files[0].Name)
	require.Equal(t, wholeMember, string(w.read(t, m.Files[0].URI)))
	require.Equal(t, good, w.read(t, m.Raw.URI))
}

// A zip in which a member holds fewer records than it declares is fetched again; the same zip twice is the truth.
func TestZipWithHalfAMemberIsFetchedAgain(t *testing.T) {
	half := zipOf(t, "a.txt", wholeMember, "b.txt", halfMember)
	whole := zipOf(t, "a.txt", wholeMember, "b.txt", wholeMember)
	for name, then := range map[string][]byte{"the same again": half, "whole": whole} {
		t.Run(name, func(t *testing.T) {
			w := newWaitingJob(t, nil)
			w.a.Connections["acme"] = &served{Concur: w.a.Connections["acme"], bodies: [][]byte{half, then, then}}
			_, err := w.land()
			isError(t, err, contract.CodeTemporary, false)
			require.ErrorContains(t, err, `member "b.txt" of the zip holds another number of records than its header declares`)
			landed, err := w.land()
			require.NoError(t, err)
			m := w.manifest(t, landed)
			require.Equal(t, bytes.Equal(then, half), m.Raw.Proof == landing.ProofTwice)
			require.Equal(t, then, w.read(t, m.Raw.URI))
		})
	}
}

// A landing that a person asked for again lies beside the earlier one and counts from then on; an attempt that is made
// again finds it and makes no other. The manifest says who, why and when.
func TestLandingAgain(t *testing.T) {
	w := newWaitingJob(t, nil)
	first, err := w.land()
	require.NoError(t, err)
	reported := w.tieOut(t, first, "first")
	w.handOver(t, w.handOverOf(reported.Result))
	keys, jobKey := evidence.Keys{Prefix: "concur", Pipeline: "nightly-sae"}, first.JobKey
	done := func() bool {
		done, err := evidence.Pipeline{Store: w.store, Keys: keys}.HasResult(t.Context(), jobKey)
		require.NoError(t, err)
		return done
	}
	require.True(t, done())

	asked := &contract.AskedAgain{LandAgainInput: contract.LandAgainInput{By: "jane.doe", Reason: "the file was cut"}, At: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	again := func(runID string) contract.Landed {
		w.scope.RunID = runID
		landed, err := call(w.bench, contract.Land, contract.LandParams{Scope: w.scope, Job: w.job, Again: asked})
		require.NoError(t, err)
		return landed
	}
	second := again("run-second")
	require.Equal(t, keys.Landing(jobKey, 2).Manifest(), strings.TrimPrefix(second.Manifest, "s3://"+evidenceBucket+"/"))
	require.Equal(t, 2, second.Landing)
	m := w.manifest(t, second)
	require.Equal(t, &evidence.Again{By: "jane.doe", Reason: "the file was cut", At: asked.At, RunID: "run-second"}, m.Again)
	require.Contains(t, m.Raw.Key, "/jobs/"+jobKey+"/again/2/raw/")
	require.Equal(t, second.Manifest, again("run-second").Manifest, "the attempt is made again, the landing is not")
	require.Equal(t, 3, again("run-third").Landing)
	require.NotEmpty(t, w.read(t, first.Manifest), "the earlier ones stay")
	require.False(t, done(), "the result is of a landing that no longer counts")

	// A run that only takes the job up gets the current landing, and what it ties out is numbered on.
	w.scope.RunID = "run-fourth"
	current, err := w.land()
	require.NoError(t, err)
	require.Equal(t, 3, current.Landing)
	tiedOut := w.tieOut(t, current, "fourth")
	require.Equal(t, &report.LandedAgain{By: "jane.doe", Reason: "the file was cut", At: "2026-11-21T09:00:00Z"}, w.document(t, tiedOut).Evidence.LandedAgain)
	result := tiedOut.Result
	require.Equal(t, current.Manifest, result.Manifest)
	require.Equal(t, 2, result.TieOut)
	w.handOver(t, w.handOverOf(result))
	require.True(t, done())

	_, err = call(w.bench, contract.OpenTieOut, contract.TieOutParams{Scope: w.scope, Manifest: first.Manifest, Owner: "old"})
	isError(t, err, contract.CodeConfigInvalid, true)
	require.ErrorContains(t, err, "is not the job's current landing: jane.doe had it landed again (the file was cut). Tie out "+current.Manifest)
}
