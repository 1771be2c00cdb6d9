package contract

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// What a slot or a run is written as is read back as itself, and nothing else is read as it.
func TestIDsComeBackAsThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slot := Slot{Date: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "date"), 0).UTC().Format(time.DateOnly)}
		if rapid.Bool().Draw(t, "firing") {
			slot.Time = fmt.Sprintf("%02d%02d", rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"))
		}
		if rapid.Bool().Draw(t, "further") {
			slot.Again = rapid.IntRange(2, 400).Draw(t, "again")
		}
		read, ok := ParseSlot(slot.String())
		require.True(t, ok)
		require.Equal(t, slot, read)
		read, ok = SlotOf(slot.Date, slot.Word())
		require.True(t, ok)
		require.Equal(t, slot, read)
		for _, run := range []Run{{Pipeline: "nightly-sae", Slot: slot}, {Pipeline: "nightly-sae", JobKey: JobKey(slot.String())}} {
			read, ok := ParseRun(run.ID())
			require.True(t, ok)
			require.Equal(t, run, read)
		}
	})
}

func TestOtherIDsAreFronts(t *testing.T) {
	for _, id := range []string{
		"", "extract/", "extract/p", "extract/p/", "extract//2026-11-20", "extract/p/2026-02-30", "extract/p/2026-11-20T2500",
		"extract/p/2026-11-20/again/1", "extract/p/2026-11-20/again/02", "extract/p/2026-11-20/reconcile/0123456789abcdef",
		"extract/p/job/0123", "extract/p/job/0123456789abcdef/next/ledger/Post", "extract/p-2026-11-21T03:00:00Z", "3f1c",
	} {
		_, ok := ParseRun(id)
		require.False(t, ok, id)
	}
}

func TestFurtherExtractsAreNumberedFromTwo(t *testing.T) {
	slot := Slot{Date: "2026-11-20", Time: "0400"}
	require.Equal(t, "2026-11-20T0400/again/2", slot.Next().String())
	require.Equal(t, "T0400-again-3", slot.Next().Next().Word())
	require.Equal(t, slot, slot.Next().Next().First())
}
