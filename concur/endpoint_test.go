package concur

import (
	"testing"

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
		e, err := NewEndpoint(base, EndpointOptions{})
		if want == "" {
			require.ErrorContains(t, err, "the base ", base)
			require.NotContains(t, err.Error(), "hunter2")
			continue
		}
		require.NoError(t, err, base)
		require.Equal(t, want, e.String())
	}
	_, err := NewEndpoint("https://h", EndpointOptions{AllowedHosts: []string{"https://other/path"}})
	require.ErrorContains(t, err, "allowed host")
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
		to, err := endpointAt(t, test.from, "allowed.example", "https://port.example:8443").move(test.to)
		if test.want == "" {
			var moved *MovedError
			require.ErrorAs(t, err, &moved, test.to)
			continue
		}
		require.NoError(t, err, test.to)
		require.Equal(t, test.want, to.String())
	}
}
