package landing_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/extractfile"
	"tieout/internal/landing"
	"tieout/internal/landing/landingtest"
	"tieout/internal/pipeline"
)

// counted is an extract of so many rows, whose header declares another number or the same.
func counted(rows, declared int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "EXTRACT|2026-11-20|%d|0.00|77\n", declared)
	for i := range rows {
		fmt.Fprintf(&b, "DETAIL|77||%d|%s\n", i+1, strings.Repeat("x", 100+i%50))
	}
	return []byte(b.String())
}

func byRecords(t *testing.T, encoding string) landing.TransferOptions {
	t.Helper()
	layout, err := extractfile.NewLayout(pipeline.Format{Name: extractfile.FormatSAE, Encoding: encoding})
	require.NoError(t, err)
	return landing.TransferOptions{
		Look:     func(head []byte, whole bool) error { return layout.Recognize(head, whole, nil) },
		EndProof: func() landing.EndProver { return extractfile.NewCounter(layout) },
	}
}

// The records of a file are counted on where an attempt broke off: the next one fetches no more than it has to, takes the
// whole file at its word, and fetches one again that is not what its header declares.
func TestRecordsAreCountedOverAttempts(t *testing.T) {
	const rows = 2000 // 256 KiB, more than is looked at before the first part goes out
	for _, c := range []struct {
		name, encoding string
		declared       int
		proof          string
		fetches        int // of the second attempt
		resumed        bool
	}{
		{"as declared", "utf-8", rows, landing.ProofContentLength, 1, true},
		{"one row less", "utf-8", rows + 1, landing.ProofTwice, 2, true}, // what was resumed, and a whole one
		{"decoded, so from the beginning", "windows-1252", rows, landing.ProofContentLength, 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, body := server(t), counted(rows, c.declared)
			src := &landingtest.Source{Data: body, Name: "a", ETag: `"v1"`, Ranges: true, CutAt: []int64{200_000}}
			o := byRecords(t, c.encoding)
			var last landing.Checkpoint
			o.Progress = func(cp landing.Checkpoint) { last = cp }
			_, err := landing.Transfer(t.Context(), small(t, s), src, to("raw"), o)
			require.Error(t, err)
			require.NotZero(t, last.Parts)
			o.Resume = &last
			broken := last
			file, err := landing.Transfer(t.Context(), small(t, s), src, to("raw"), o)
			require.NoError(t, err)
			require.Equal(t, c.proof, file.Proof)
			require.Equal(t, landingtest.Sum(body), file.SHA256)
			offsets := src.Offsets()[1:]
			require.Len(t, offsets, c.fetches)
			if c.resumed {
				require.Less(t, offsets[0], broken.Bytes, "from the last whole record on")
				require.Greater(t, offsets[0], broken.Bytes-200)
				require.Equal(t, byte('\n'), body[offsets[0]-1])
			} else {
				require.Zero(t, offsets[0])
			}
		})
	}
}

// A worker that was killed between the last part and the completion leaves a whole file, or one that is fetched again.
func TestRecordsAreCountedBeforeACompletion(t *testing.T) {
	for _, declared := range []int{2000, 2001} {
		s, body := server(t), counted(2000, declared)
		src := &landingtest.Source{Data: body, Name: "a", ETag: `"v1"`, Ranges: true}
		o := byRecords(t, "")
		var held *landing.Checkpoint
		ctx, kill := context.WithCancel(t.Context())
		o.Progress = func(cp landing.Checkpoint) {
			if cp.Bytes == int64(len(body)) && held == nil {
				held = &cp
				kill()
			}
		}
		_, err := landing.Transfer(ctx, small(t, s), src, to("raw"), o)
		require.Error(t, err)
		require.NotNil(t, held)
		before := len(src.Offsets())
		o.Resume, o.Progress = held, nil
		file, err := landing.Transfer(t.Context(), small(t, s), src, to("raw"), o)
		require.NoError(t, err)
		require.Equal(t, landingtest.Sum(body), file.SHA256)
		require.Equal(t, declared != 2000, file.Proof == landing.ProofTwice)
		require.Equal(t, declared != 2000, len(src.Offsets()) > before, "a whole file is not fetched again")
	}
}
