package concur

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// What is personal or secret in a text of Concur's is taken out, however it is written.
func TestPersonalDataIsMasked(t *testing.T) {
	for text, want := range map[string]string{
		"User jane.doe@acme.example may not":            "User [removed] may not",
		"login jane@acme, WPS":                          "login [removed], WPS",
		"<jane.o'brien+x@acme.example>":                 "<[removed]>",
		`"Jane Doe"@acme.example`:                       "[removed]",
		"jürgen.müller@acme.example":                    "[removed]",
		"/users/jane%2Edoe%40acme.example/report":       "/users/[removed]/report",
		"?user=jane%2540acme.example&x=1":               "?user=[removed]&x=1",
		"jane&#64;acme.example jane&#x40;acme":          "[removed] [removed]",
		`{"user":"jane\u0040acme.example"}`:             `{"user":"[removed]"}`,
		"jane＠acme.example":                             "[removed]",
		"ja\u200bne@ac\u200bme.example":                 "[removed]",
		"jane@":                                         "[removed]",
		"card 4111111111111111 refused":                 "card [removed] refused",
		"card 4111 1111 1111 1111, 3782-822463-10005":   "card [removed], [removed]",
		"card 4111.1111.1111.1111":                      "card [removed]",
		"card 4111\u200b1111\u200b1111\u200b1111":       "card [removed]",
		"card ４１１１１１１１１１１１１１１１":                         "card [removed]",
		"IBAN DE89370400440532013000":                   "IBAN DE[removed]",
		"IBAN NL91ABNA0417164300":                       "IBAN NL91ABNA[removed]",
		"account 123456789, phone +4989123456789":       "account [removed], phone [removed]",
		"SSN 078-05-1120":                               "SSN [removed]",
		"acct_4111111111111111":                         "acct_[removed]",
		"2026-11-20 4111 1111 1111 1111":                "2026-11-20 [removed]",
		"Employee Id: 123456789":                        "Employee Id: [removed]",
		"token eyJhbGciOi.eyJzdWIiOiIx.c2ln":            "token [removed]",
		"x" + strings.Repeat("aB3", 30):                 "[removed]",
		"OAuth 0_abc/def= and password: hunter2":        "OAuth [removed] and password: [removed]",
		"Bearer abc\u200bdefghijk":                      "Bearer [removed]",
		`"id_token":"canary","api_key":"canary"`:        `"id_token":"[removed]","api_key":"[removed]"`,
		"<correlation>jane@acme.example</correlation>":  "<correlation>[removed]</correlation>",
		`{"id":"jane@acme.example"}`:                    `{"id":"[removed]"}`,
		"error id jane@acme.example, id 12345678901234": "error id [removed], id [removed]",
	} {
		require.Equal(t, want, masked(text, 512), text)
	}
}

// What a support case needs stays: ids of errors, exchanges, jobs and files, times, codes, addresses of servers.
func TestSupportDetailsAreKept(t *testing.T) {
	for _, text := range []string{
		"<Error><Server-Time>2026-11-20T09:00:00.123+01:00</Server-Time><Id>8F7B0A0C-5D1E-4C0B-9A6E-123456789012</Id>",
		"<Id>9007199254740993</Id>",
		`{"errorId":"9007199254740993","id": 9007199254740993}`,
		"Error ID 123456789012, correlation id: 0af7651916cd43dd8448eb211c80319c",
		"correlation-id=12345678901234567890",
		"0af76519-16cd-43dd-8448-eb211c80319c 12345678-1234-1234-1234-123456789012",
		"job gWuT0$pFgAXHqc2$sXyRv!f7iBPMrTVBtw",
		"job nr8C!20kPq7$sNvJ0Xb3wLt$aAA at 2026-11-20 09:00:00",
		"https://us2.api.concursolutions.com/api/expense/extract/v1.0/gWnWwJ4c$p/job/gWuT0$pFgAXHqc2$sXyRv!f7iBPMrTVBtw/file",
		"extract_CES_SAE_v3_p0025644mo4c_20170227063221.txt",
		"at 20261120090000 on 192.168.100.200:8443",
		"deadlock on 12345678 rows of 2026-11-20, 5 @ 3",
	} {
		require.Equal(t, text, masked(text, 512), text)
	}
}

// Every way in which Concur's words reach an error or a job passes the mask.
func TestConcursOwnTextIsMaskedWhereItEnters(t *testing.T) {
	const personal = "jane.doe@acme.example 4111111111111111"
	for name, answer := range map[string]struct {
		status int
		body   string
	}{
		"message of a refusal": {http.StatusBadRequest, "<Error><Message>not for " + personal + "</Message></Error>"},
		"JSON":                 {http.StatusInternalServerError, `{"error":{"message":"not for ` + personal + `"}}`},
		"plain text":           {http.StatusConflict, "held by " + personal},
		"title of a page":      {http.StatusBadGateway, "<html><title>" + personal + "</title></html>"},
		"page for an answer":   {http.StatusOK, "<html><title>" + personal + "</title></html>"},
		"another element":      {http.StatusOK, "<jane.doe_x-4111111111111111/>"},
		"broken XML":           {http.StatusOK, "<job><id>" + personal},
		"status of a job":      {http.StatusOK, "<job><id>J</id><status>held by " + personal + "</status></job>"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Concur-Correlationid", "c-1 jane.doe@acme.example")
				w.WriteHeader(answer.status)
				_, _ = w.Write([]byte(answer.body))
			}))
			t.Cleanup(server.Close)
			client, err := NewClient(endpointAt(t, server.URL), LegacyToken("legacy-token"), Options{})
			require.NoError(t, err)
			t.Cleanup(client.CloseIdleConnections)
			job, err := client.JobStatus(t.Context(), "D", "J")
			said := job.Status + job.CorrelationID
			if err != nil {
				said += err.Error()
			}
			require.NotContains(t, said, "acme.example")
			require.NotContains(t, said, "4111111111111111")
			require.Contains(t, said, "c-1")
		})
	}
}

// FuzzMasked: whatever the text, no address and no long number comes out, one line does, and masking again changes nothing.
func FuzzMasked(f *testing.F) {
	for _, text := range []string{
		"jane.doe@acme.example", "a%40b", "4111 1111 1111 1111", "2026-11-20T09:00:00Z", "gWuT0$pFgAXHqc2$sXyRv!f7iBPMrTVBtw",
		"<Id>9007199254740993</Id>", "password=x 12345678-1234-1234-1234-123456789012", "Bearer aaaaaaaaaaaaa\u200b@b",
	} {
		f.Add(text)
	}
	name := regexp.MustCompile(`[\pL\pN._-](?:@|%(?:25)*40)`)
	number := regexp.MustCompile(`(?:^|[^\w$!+-])\d{15,}(?:[^\w$!+-]|$)`)
	f.Fuzz(func(t *testing.T, text string) {
		got := masked(text, errorBodyKept)
		if len(got) > errorBodyKept || !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n\x00") {
			t.Fatalf("%q is not one short line", got)
		}
		if found := name.FindString(got); found != "" {
			t.Fatalf("%q of %q holds the address %q", got, text, found)
		}
		kept := supportID.ReplaceAllString(got, "")
		for _, found := range number.FindAllString(kept, -1) {
			if run := digits.FindString(found); !moment.MatchString(run) && !guid.MatchString(run) {
				t.Fatalf("%q of %q holds the number %q", got, text, found)
			}
		}
	})
}
