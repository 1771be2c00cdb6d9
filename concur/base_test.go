package concur

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBases(t *testing.T) {
	for base, want := range map[string]string{
		"https://us2.api.concursolutions.com":          "https://us2.api.concursolutions.com",
		" https://US2.api.concursolutions.com:443/ ":   "https://us2.api.concursolutions.com",
		"http://127.0.0.1:8089":                        "http://127.0.0.1:8089",
		"http://[::1]:80":                              "http://[::1]",
		"us2.api.concursolutions.com":                  "",
		"https://":                                     "",
		"ftp://h":                                      "",
		"https://user:hunter2@h":                       "",
		"https://h/api":                                "",
		"https://h?x=1":                                "",
		"https://h#x":                                  "",
		"https://us2.api.concursolutions.com\r\nX: y/": "",
	} {
		c, err := NewClient(base, LegacyToken("t"), Options{})
		if want == "" {
			require.ErrorContains(t, err, "base_url", base)
			require.NotContains(t, err.Error(), "hunter2")
			continue
		}
		require.NoError(t, err, base)
		require.Equal(t, want, c.Base())
	}
	_, err := NewClient("https://h", nil, Options{})
	require.ErrorContains(t, err, "token")
	_, err = NewClient("https://h", LegacyToken("t"), Options{Lists: "v2"})
	require.ErrorContains(t, err, "v1 or v4")
	_, err = NewClient("https://h", LegacyToken("t"), Options{RequestsPerSecond: -1})
	require.ErrorContains(t, err, "requests_per_second")
}

func TestMoves(t *testing.T) {
	const real = "https://us2.api.concursolutions.com"
	for _, test := range []struct{ from, to, want string }{
		{real, "https://eu2.api.concursolutions.com/profile/v1", "https://eu2.api.concursolutions.com"},
		{real, "https://EMEA-impl.api.concursolutions.com:443", "https://emea-impl.api.concursolutions.com"},
		{real, "https://allowed.example", "https://allowed.example"},
		{real, "https://port.example:8443/x", "https://port.example:8443"},
		{real, "http://eu2.api.concursolutions.com", ""},
		{real, "https://eu2.api.concursolutions.com:444", ""},
		{real, "https://eu2.api.concursolutions.com.evil.example", ""},
		{real, "https://eu2.api.concursolutions.com@evil.example", ""},
		{real, "https://x@eu2.api.concursolutions.com", ""},
		{real, "https://evil.example#.api.concursolutions.com", ""},
		{real, "https://xn--80ak6aa92e.example", ""},
		{real, "https://port.example", ""},
		{real, "", ""},
		{real, "eu2.api.concursolutions.com", ""},
		{"http://127.0.0.1:8089", "https://eu2.api.concursolutions.com", ""}, // a simulated Concur keeps what it got
		{"http://127.0.0.1:8089", "http://127.0.0.1:8089/x", "http://127.0.0.1:8089"},
	} {
		b, err := newBases(test.from, []string{"allowed.example", "https://port.example:8443"})
		require.NoError(t, err)
		to, err := b.move(test.to)
		if test.want == "" {
			require.Error(t, err, test.to)
			continue
		}
		require.NoError(t, err, test.to)
		require.Equal(t, test.want, to.String())
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	for v, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "30": 30 * time.Second, " 1.5 ": 1500 * time.Millisecond, "99999999999999999999": time.Hour,
		"NaN": 0, "Inf": time.Hour, "soon": 0, "Fri, 20 Nov 2026 04:05:00 GMT": 5 * time.Minute,
		"Fri, 20 Nov 2026 03:05:00 GMT": 0, "Sat, 21 Nov 2026 04:05:00 GMT": time.Hour,
	} {
		require.Equal(t, want, retryAfter(http.Header{"Retry-After": {v}}, now), v)
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
