package evidence

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

// Whatever is read, in whatever pieces, is what is hashed, and the rest of the stream with it.
func TestHashing(t *testing.T) {
	whole := make([]byte, hashPiece*hashPieces*3/2)
	for i := range whole {
		whole[i] = byte(i * 7 / 3)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := whole[:rapid.IntRange(0, len(whole)).Draw(t, "size")]
		h := NewHashing(bytes.NewReader(text))
		defer h.Close()
		var read []byte
		for range rapid.IntRange(0, 5).Draw(t, "reads") {
			piece := make([]byte, rapid.IntRange(1, hashPiece*2).Draw(t, "piece"))
			n, _ := h.Read(piece)
			read = append(read, piece[:n]...)
		}
		require.True(t, bytes.Equal(text[:len(read)], read))
		n, sum, err := h.Sum()
		require.NoError(t, err)
		require.Equal(t, int64(len(text)), n)
		require.Equal(t, fmt.Sprintf("%x", sha256.Sum256(text)), sum)
	})
	h := NewHashing(io.MultiReader(bytes.NewReader(whole), iotest.ErrReader(io.ErrUnexpectedEOF)))
	defer h.Close()
	_, _, err := h.Sum()
	require.ErrorIs(t, err, io.ErrUnexpectedEOF, "a stream that was cut short has no hash")
}

// BenchmarkScan scans a file, and scans it while it is hashed.
func BenchmarkScan(b *testing.B) {
	world := concurtest.SampleWorld(60_000)
	extract, err := extractgen.New(*world.Definitions[0].Files[0].Extract, world.Lists...)
	require.NoError(b, err)
	file, err := io.ReadAll(extract.NewReader())
	require.NoError(b, err)
	layout, err := extractfile.NewLayout(pipeline.Format{Name: "sae"})
	require.NoError(b, err)
	checks := []pipeline.Check{{Name: "Account", Columns: []pipeline.Column{"journal_account_code"}},
		{Name: "Org", Columns: []pipeline.Column{"report_org_unit_1", "report_org_unit_2", "report_org_unit_3"}}}
	for _, hashed := range []bool{false, true} {
		b.Run(fmt.Sprintf("hashed=%v", hashed), func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				h := NewHashing(bytes.NewReader(file))
				var body io.Reader = h
				if !hashed {
					body = bytes.NewReader(file)
				}
				_, err := extractfile.Scan(b.Context(), body, layout, checks, extractfile.ScanOptions{})
				require.NoError(b, err)
				if hashed {
					_, _, err = h.Sum()
					require.NoError(b, err)
				}
				h.Close()
			}
		})
	}
}
