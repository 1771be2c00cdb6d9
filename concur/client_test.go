package concur

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOptionsAreChecked(t *testing.T) {
	endpoint := endpointAt(t, "https://h")
	_, err := NewClient(endpoint, nil, Options{})
	require.ErrorContains(t, err, "authorizer")
	_, err = NewClient(endpoint, LegacyToken("t"), Options{Lists: "v2"})
	require.ErrorContains(t, err, "neither v1 nor v4")
	for _, rate := range []float64{-1, math.NaN()} {
		_, err = NewClient(endpoint, LegacyToken("t"), Options{RequestsPerSecond: rate})
		require.ErrorContains(t, err, "requests per second")
	}
}

func TestRequestsAreRateLimited(t *testing.T) {
	c := serve(t, answer("application/xml", "<definitions/>"), Options{RequestsPerSecond: 20})
	began := time.Now()
	for range 25 {
		_, err := c.Definitions(t.Context())
		require.NoError(t, err)
	}
	require.GreaterOrEqual(t, time.Since(began), 200*time.Millisecond, "20 at once, 5 at 20 a second")
}

func TestLegacyTokenShowsNothing(t *testing.T) {
	auth := LegacyToken("canary")
	header, err := auth.Authorization(t.Context())
	require.NoError(t, err)
	require.Equal(t, "OAuth canary", header)
	require.NotContains(t, auth.(legacyToken).String()+auth.(legacyToken).GoString(), "canary")
	_, err = LegacyToken("line\nbreak").Authorization(t.Context())
	requireKind(t, err, KindAuth)
}
