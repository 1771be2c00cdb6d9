package bucket

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPartsAlwaysSuffice(t *testing.T) {
	const most = 5 << 40 // S3's largest object
	o := Options{}.withDefaults()
	first := o.PartBytes
	var total int64
	for n := int32(1); n <= 10_000; n++ {
		total += partSize(first, n)
		if total < 23<<30 {
			require.LessOrEqual(t, 2*partSize(first, n), o.MemoryBytes, "one part fills while another goes out")
		}
	}
	require.GreaterOrEqual(t, total, int64(most))
	require.LessOrEqual(t, partSize(first, 10_000), int64(5<<30), "S3's largest part")
}

func TestPlaces(t *testing.T) {
	s := New(nil, "acme", Options{})
	require.Equal(t, "s3://acme/a/b", s.URI("a/b"))
	key, err := s.Key("s3://acme/a/b")
	require.NoError(t, err)
	require.Equal(t, "a/b", key)
	for _, uri := range []string{"", "a/b", "https://acme/a", "s3://acme", "s3://acme/", "s3://other/a", "s3:///a"} {
		_, err := s.Key(uri)
		require.Error(t, err, uri)
	}
}

func TestPoolIsBounded(t *testing.T) {
	p := newPool(40)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 200 {
				buf, err := p.get(context.Background(), int64(10+i%3))
				if err != nil {
					t.Error(err)
					return
				}
				p.mu.Lock()
				if p.taken+p.kept > p.budget {
					t.Errorf("%d bytes handed out and %d kept, of %d", p.taken, p.kept, p.budget)
				}
				p.mu.Unlock()
				p.put(buf)
			}
		})
	}
	wg.Wait()
	require.Zero(t, p.taken)
	require.LessOrEqual(t, p.kept, p.budget)
	p.trim()
	require.Zero(t, p.kept, "an idle pool holds nothing")

	large, err := p.get(context.Background(), 100)
	require.NoError(t, err, "larger than the budget, alone")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("called off"))
	_, err = p.get(ctx, 1)
	require.EqualError(t, err, "called off")
	p.put(large)
}

func TestPoolKeepsBuffersBetweenParts(t *testing.T) {
	p := newPool(40)
	get := func(size int64) []byte {
		buf, err := p.get(context.Background(), size)
		require.NoError(t, err)
		require.Len(t, buf, int(size))
		return buf
	}
	first := get(16)
	p.put(first)
	second, third := get(16), get(16)
	require.Same(t, &first[0], &second[0], "nothing is taken for a moment, and the buffer is still there")
	p.put(second)
	last := get(5)
	require.Same(t, &first[0], &last[0], "a shorter last part needs no buffer of its own")
	p.trim()
	require.EqualValues(t, 32, p.taken)
	p.put(last)
	p.put(third)
	require.EqualValues(t, 32, p.kept, "a short use leaves a buffer its size")
	p.trim()
	require.Zero(t, p.kept)
}

func TestSmallerLastPartHoldsOnlyAtTheEnd(t *testing.T) {
	u := &Upload{parts: map[int32]part{1: {crc: "x", bytes: 10}, 2: {crc: "x", bytes: 4}}}
	require.True(t, u.Holds(Mark{PartBytes: 10, Parts: 1, Bytes: 10}, false))
	require.True(t, u.Holds(Mark{PartBytes: 10, Parts: 2, Bytes: 14}, true))
	require.False(t, u.Holds(Mark{PartBytes: 10, Parts: 2, Bytes: 14}, false), "more may follow")
	require.False(t, u.Holds(Mark{PartBytes: 10, Parts: 3, Bytes: 14}, true))
	require.False(t, u.Holds(Mark{PartBytes: 10, Parts: 1, Bytes: 9}, false))
}
