package contract

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawSlot(t *rapid.T) Slot {
	slot := Slot{Date: time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "date"), 0).UTC().Format(time.DateOnly)}
	if rapid.Bool().Draw(t, "firing") {
		slot.Time = fmt.Sprintf("%02d%02d", rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"))
	}
	if rapid.Bool().Draw(t, "further") {
		slot.Again = rapid.IntRange(2, 400).Draw(t, "again")
	}
	return slot
}

// drawPipeline draws a name that tieout.yaml admits, and prefers those that look like words of an id.
func drawPipeline(t *rapid.T) string {
	return rapid.OneOf(rapid.SampledFrom([]string{"nightly-sae", "job-1", "reconcile-2", "p-2026-11-21"}), rapid.StringMatching(`[a-z0-9][a-z0-9-]{0,20}`)).Draw(t, "pipeline")
}

// What a slot or a run is written as is read back as itself.
func TestIDsComeBackAsThemselves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slot, pipeline := drawSlot(t), drawPipeline(t)
		read, ok := ParseSlot(slot.String())
		require.True(t, ok)
		require.Equal(t, slot, read)
		read, ok = SlotOf(slot.Date, slot.Word())
		require.True(t, ok)
		require.Equal(t, slot, read)
		for _, run := range []Run{{Pipeline: pipeline, Slot: slot}, {Pipeline: pipeline, JobKey: JobKey(slot.String())}} {
			read, ok := ParseRun(run.ID())
			require.True(t, ok)
			require.Equal(t, run, read)
		}
	})
}

// The ids of what a run starts, and of fronts, are all different, and none is read as a run's.
func TestOtherWorkflowsAreNotReadAsRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slot, pipeline, key := drawSlot(t), drawPipeline(t), JobKey(rapid.String().Draw(t, "job"))
		ofSlot, ofJob := Run{Pipeline: pipeline, Slot: slot}.ID(), Run{Pipeline: pipeline, JobKey: key}.ID()
		queue, workflow := rapid.SampledFrom([]string{"ledger", "a/reconcile", "job"}).Draw(t, "queue"), rapid.SampledFrom([]string{"Post", "next", "2026-11-20"}).Draw(t, "workflow")
		ids := []string{
			TieOutID(ofSlot, key), TieOutID(ofJob, key), SeparateTieOutID(pipeline, key),
			NextID(pipeline, key, queue, workflow), ScheduledID(pipeline, time.Unix(rapid.Int64Range(0, 4e9).Draw(t, "at"), 0)),
		}
		seen := map[string]bool{ofSlot: true, ofJob: true}
		for _, id := range ids {
			_, isRun := ParseRun(id)
			require.False(t, isRun, id)
			require.False(t, seen[id], id)
			seen[id] = true
		}
	})
}

func TestIDsHaveTheFormThatTheirCommentsGive(t *testing.T) {
	key := "0123456789abcdef"
	at := time.Date(2026, 11, 20, 22, 0, 0, 0, time.FixedZone("EST", -5*60*60))
	require.Equal(t, "extract/p/2026-11-20/reconcile/"+key, TieOutID(Run{Pipeline: "p", Slot: Slot{Date: "2026-11-20"}}.ID(), key))
	require.Equal(t, "extract/p/reconcile/"+key, SeparateTieOutID("p", key))
	require.Equal(t, "extract/p/job/"+key+"/next/ledger/Post", NextID("p", key, "ledger", "Post"))
	require.Equal(t, "extract/p-2026-11-21T03:00:00Z", ScheduledID("p", at))
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
