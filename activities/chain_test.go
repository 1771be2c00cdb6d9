package activities_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
)

// names are the results that a result names.
func (b *bench) names(t *testing.T, result contract.ExtractResult) (places []string) {
	t.Helper()
	for _, previous := range b.ledger(t, result.ResultURI).Previous {
		require.Equal(t, b.sum(t, previous.ResultURI), previous.SHA256)
		places = append(places, previous.ResultURI)
	}
	return places
}

// unnamed are the places that verify has something against, over the whole pipeline.
func (b *bench) unnamed(t *testing.T) (places []string) {
	t.Helper()
	v := &evidence.Verifier{Store: b.store, Keys: evidence.Keys{Prefix: "concur", Pipeline: "nightly-sae"}}
	_, err := v.Pipeline(t.Context())
	require.NoError(t, err)
	for _, object := range v.Objects {
		if !object.OK {
			places = append(places, object.URI)
		}
	}
	return places
}

// Each result names the one before it, the job that is tied out again too, and a date that is filled in late.
func TestResultsAreAChain(t *testing.T) {
	world, settings := codes([]string{"##A"}, []string{"##B"}, nil, []string{"##C"})
	b := newBench(t, world, config.ListsV1, settings)
	first := b.night(t, "2026-11-18").reported.Result
	require.Empty(t, b.names(t, first))
	second := b.night(t, "2026-11-19").reported.Result
	require.Equal(t, []string{first.ResultURI}, b.names(t, second))
	late := b.night(t, "2025-01-02").reported.Result
	require.Equal(t, []string{second.ResultURI}, b.names(t, late))

	b.on("2026-11-20")
	_, landed := b.extract(t, concurtest.SampleDefinition)
	recheck, approved := b.decided(t, landed)
	require.Equal(t, []string{late.ResultURI}, b.names(t, recheck.Result))
	require.Equal(t, []string{recheck.Result.ResultURI}, b.names(t, approved.Result))
	require.Empty(t, b.unnamed(t))
}

// Hand-overs that cross lose no result: each names what it saw, and the next one joins them.
func TestCrossingHandOversAreJoined(t *testing.T) {
	const nights = 45 // more than one look at the records
	jobs := make([][]string, nights+2)
	world, settings := codes(jobs...)
	b := newBench(t, world, config.ListsV1, settings)
	base := b.night(t, "2026-11-01").reported.Result
	var params []contract.HandOverParams
	for i := range nights {
		b.on(fmt.Sprintf("2026-%02d-%02d", 1+i/28, 1+i%28))
		_, landed := b.extract(t, concurtest.SampleDefinition)
		params = append(params, b.handOverOf(b.tieOut(t, landed, fmt.Sprint("owner/", i)).Result))
	}
	var crossing sync.WaitGroup
	for _, p := range params {
		crossing.Go(func() {
			if err := b.a.HandOver(context.Background(), p); err != nil {
				t.Error(err)
			}
		})
	}
	crossing.Wait()
	named := map[string]bool{}
	for _, p := range params {
		for _, place := range b.names(t, p.Result) {
			require.NotEqual(t, p.Result.ResultURI, place)
			named[place] = true
		}
	}
	require.True(t, named[base.ResultURI])
	last := b.night(t, "2026-11-20").reported.Result
	joined := map[string]bool{}
	for _, place := range b.names(t, last) {
		joined[place] = true
	}
	for _, p := range params {
		require.Equal(t, !named[p.Result.ResultURI], joined[p.Result.ResultURI], "what nobody named yet, and nothing else: %s", p.Result.ResultURI)
	}
	require.Empty(t, b.unnamed(t))
}

// An attempt that is made again after other results came writes nothing else than the first one did.
func TestRepeatedHandOverNamesWhatTheFirstDid(t *testing.T) {
	world, settings := codes([]string{"##A"}, []string{"##B"})
	b := newBench(t, world, config.ListsV1, settings)
	b.on("2026-11-19")
	_, landed := b.extract(t, concurtest.SampleDefinition)
	params := b.handOverOf(b.tieOut(t, landed, "owner").Result)
	b.handOver(t, params)
	written := b.read(t, params.Result.ResultURI)
	next := b.night(t, "2026-11-20").reported.Result
	b.handOver(t, params)
	require.Equal(t, written, b.read(t, params.Result.ResultURI))
	require.Empty(t, b.names(t, params.Result))
	require.Equal(t, []string{params.Result.ResultURI}, b.names(t, next))
}

// A result that no later one names is told, unless it is the newest; a tie-out of its job again joins it.
func TestResultThatNobodyNames(t *testing.T) {
	world, settings := codes([]string{"##A"}, []string{"##B"})
	b := newBench(t, world, config.ListsV1, settings)
	first := b.night(t, "2026-11-18")
	b.remove(t, "concur/nightly-sae/runs/2026-11-18/run-2026-11-18.json") // its run was ended before it could write this
	require.Empty(t, b.unnamed(t))
	second := b.night(t, "2026-11-19").reported.Result
	require.Empty(t, b.names(t, second))
	require.Equal(t, []string{first.reported.Result.ResultURI}, b.unnamed(t))
	again := b.tieOut(t, first.landed, "by hand").Result
	b.handOver(t, b.handOverOf(again))
	require.ElementsMatch(t, []string{first.reported.Result.ResultURI, second.ResultURI}, b.names(t, again))
	require.Empty(t, b.unnamed(t))

	// One that is gone is missed.
	b.remove(t, keyOf(second.ResultURI))
	require.Contains(t, strings.Join(b.unnamed(t), " "), second.ResultURI)
}
