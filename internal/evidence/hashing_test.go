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

func BenchmarkHashing(b *testing.B) {
	text := make([]byte, 64<<20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		h := NewHashing(bytes.NewReader(text))
		if _, _, err := h.Sum(); err != nil {
			b.Fatal(err)
		}
	}
}
