package landing_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/internal/landing"
	"tieout/internal/landing/landingtest"
)

// The state of a SHA-256 holds what it has not hashed yet, up to 63 bytes: none of a file's may go out with a heartbeat.
func TestCheckpointsHoldNothingOfTheFile(t *testing.T) {
	data := append(landingtest.Bytes(1, 3*smallPart), []byte("Jane Q. Canary")...)
	for _, framing := range []string{"content-length", "close"} {
		seen := 0
		_, err := landing.Transfer(t.Context(), small(t, server(t)), &landingtest.Source{Data: data, Name: "a", Framing: framing}, to("raw"),
			landing.TransferOptions{Progress: func(c landing.Checkpoint) {
				seen++
				require.False(t, bytes.Contains(c.SHA256, []byte("Canary")))
			}})
		require.NoError(t, err)
		require.Positive(t, seen) // parts that land out of order go out in one checkpoint
	}
}
