package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/internal/bucket/s3test"
	"tieout/internal/contract"
)

func (b *bench) fence(attempt int) (contract.FenceStartResult, error) {
	return call(b, contract.FenceStart, contract.FenceStartParams{Scope: b.scope, Attempt: attempt})
}

func TestFenceStopsALateWorker(t *testing.T) {
	for name, fault := range map[string]s3test.Fault{
		"quiet":           {},
		"the answer lost": {Operation: "PutObject", Nth: 1, Do: s3test.LostAnswer},
		"a reset":         {Operation: "PutObject", Nth: 1, Do: s3test.Reset},
	} {
		t.Run(name, func(t *testing.T) {
			b := startBench(t, concurtest.Definition{})
			if fault.Do != "" {
				b.s3.Inject(fault)
			}
			for range 2 { // the fence may be asked for again
				fence, err := b.fence(1)
				require.NoError(t, err)
				require.True(t, fence.NeverSent)
			}
			late, err := b.start(1)
			require.NoError(t, err)
			require.Equal(t, contract.PostNotSent, late.Outcome)
			require.Zero(t, b.posts())
		})
	}
}

func TestNoFenceBehindAnIntent(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	_, err := b.start(1)
	require.NoError(t, err)
	fence, err := b.fence(1)
	require.NoError(t, err)
	require.False(t, fence.NeverSent)
	other, err := b.fence(2)
	require.NoError(t, err)
	require.True(t, other.NeverSent, "each attempt has its own fence")
}

func TestFenceWithoutS3ProvesNothing(t *testing.T) {
	b := startBench(t, concurtest.Definition{})
	b.s3.Inject(s3test.Fault{Operation: "PutObject", Times: -1, Do: s3test.SlowDown})
	_, err := b.fence(1)
	isError(t, err, contract.CodeTemporary, false)
}
