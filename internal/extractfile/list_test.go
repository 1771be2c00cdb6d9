package extractfile

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAListGrowsAndItsEntriesStay(t *testing.T) {
	var l list[int]
	l.add(0)
	first := l.at(0)
	for i := 1; i < 5<<listBits; i++ {
		l.add(i)
	}
	require.Equal(t, 5<<listBits, l.n)
	for i := range l.n {
		require.Equal(t, i, *l.at(i))
	}
	require.Same(t, first, l.at(0))
}
