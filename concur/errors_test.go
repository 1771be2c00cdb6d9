package concur

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestErrorTextIsOneSafeLine(t *testing.T) {
	for body, want := range map[string]string{
		`<Error><Message>Job is on</Message><Server-Time>x</Server-Time><Id>1</Id></Error>`: "Job is on",
		`<error xmlns="u"><MESSAGE> a ` + "\n" + ` b </MESSAGE></error>`:                    "a b",
		`<Error><Message>cut off`:                                      "<Error><Message>cut off",
		`{"error":{"message":"nested"}}`:                               "nested",
		`{"error":"invalid_grant","error_description":"said"}`:         "said",
		`{"errors":[]}`:                                                `{"errors":[]}`,
		"<!DOCTYPE html><html><head><title> Sign\n in </title></head>": `an HTML page titled "Sign in"`,
		"plain\x00\x1b[31m text\u202e":                                 "plain[31m text",
		"Bearer abcdefghijk and refresh_token=xyzzy&x":                 "Bearer [removed] and refresh_token=[removed]&x",
		`{"x":"y","access_token":"canary"}`:                            `{"x":"y","access_token":"[removed]"}`,
		"my-secret-value echoed":                                       "[removed] echoed",
		"":                                                             "",
		`<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>`:                  `<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>`,
	} {
		resp := &http.Response{Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
		require.Equal(t, want, errorText(resp, "OAuth my-secret-value"), body)
	}
	resp := &http.Response{Header: http.Header{}, Body: io.NopCloser(strings.NewReader(strings.Repeat("é", 400) + "canary"))}
	text := errorText(resp)
	require.LessOrEqual(t, len(text), 512)
	require.True(t, utf8.ValidString(text))
}

func TestErrorReadsWell(t *testing.T) {
	e := &Error{Operation: "start extract job", Status: 409, Kind: KindConflict, Message: "a job is on", CorrelationID: "c-1"}
	require.EqualError(t, e, "start extract job: a job is on (HTTP 409, correlation id c-1)")
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
