package faultscript

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhichRequestsAreHit(t *testing.T) {
	for name, test := range map[string]struct {
		match Match
		hit   []bool
	}{
		"every one":         {Match{}, []bool{true, true, true, true}},
		"the first two":     {Match{Times: 2}, []bool{true, true, false, false}},
		"the second":        {Match{Nth: 2}, []bool{false, true, false, false}},
		"two from second":   {Match{Nth: 2, Times: 2}, []bool{false, true, true, false}},
		"all from second":   {Match{Nth: 2, Times: -1}, []bool{false, true, true, true}},
		"another operation": {Match{Operation: "put"}, []bool{false, false, false, false}},
		"another target":    {Match{Operation: "get", Target: "b/c"}, []bool{false, false, false, false}},
		"a part of target":  {Match{Operation: "get", Target: "a/"}, []bool{true, true, true, true}},
	} {
		var s Script[bool]
		s.Add(test.match, true)
		for i, want := range test.hit {
			require.Equal(t, want, s.Take("get", "a/b"), "%s, request %d", name, i+1)
		}
		s.Clear()
		require.False(t, s.Take("get", "a/b"))
	}
}

// The first fault that hits a request is the one that happens: those behind it begin to count later.
func TestFaultsBehindDoNotCount(t *testing.T) {
	var s Script[string]
	s.Add(Match{Nth: 2}, "first")
	s.Add(Match{Nth: 2}, "second")
	var got []string
	for range 4 {
		got = append(got, s.Take("get", ""))
	}
	require.Equal(t, []string{"", "first", "second", ""}, got)
}
