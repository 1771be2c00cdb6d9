package concur

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// errorBodyRead is larger than errorBodyKept, so that a secret is removed whole before the text is cut.
	errorBodyRead = 64 << 10
	errorBodyKept = 512
)

// errorText returns what the body of a refusal says, in one line without secrets and of at most 512 bytes. Concur documents
// Error{Message, Server-Time, Id} and not its exact form, so any XML or JSON with a message will do, else the text itself.
func errorText(resp *http.Response, secrets ...string) string {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, errorBodyRead))
	// Control characters would end the reading of XML before its message.
	text := messageIn(bytes.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, body))
	switch {
	case text != "":
	case looksLikeHTML(resp.Header, body):
		text = "an HTML page" + htmlTitle(body)
	default:
		text = string(body)
	}
	return masked(text, errorBodyKept, secrets...)
}

// messageIn returns the message of an XML or JSON error, or "".
func messageIn(body []byte) string {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 {
		return ""
	}
	if trimmed[0] == '{' {
		var answer map[string]any
		if json.Unmarshal(trimmed, &answer) != nil {
			return ""
		}
		return jsonMessage(answer)
	}
	if trimmed[0] != '<' {
		return ""
	}
	d := xml.NewDecoder(bytes.NewReader(trimmed))
	d.Strict = false
	d.CharsetReader = charsetReader
	for inMessage, text := false, ""; ; {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		switch t := token.(type) {
		case xml.StartElement:
			inMessage, text = strings.EqualFold(t.Name.Local, "message"), ""
		case xml.CharData:
			text += string(t)
		case xml.EndElement:
			if inMessage && strings.TrimSpace(text) != "" {
				return text
			}
			inMessage = false
		}
	}
}

// jsonMessage looks for the usual names, and one level down too, as in {"error":{"message":"…"}}.
func jsonMessage(answer map[string]any) string {
	for _, name := range []string{"error_description", "message", "Message", "errorMessage", "error", "Error"} {
		switch v := answer[name].(type) {
		case string:
			if v != "" {
				return v
			}
		case map[string]any:
			if inner := jsonMessage(v); inner != "" {
				return inner
			}
		}
	}
	return ""
}

// ErrPage is the cause of a KindBody where an HTML page came for what was asked for, such as a login or maintenance page. It
// says nothing of what was asked for, so ask again.
var ErrPage = errors.New("it is an HTML page, such as a login or maintenance page")

// looksLikeHTML reports whether a page came for an answer.
func looksLikeHTML(h http.Header, start []byte) bool {
	start = bytes.ToLower(trimStart(start))
	return strings.Contains(strings.ToLower(h.Get("Content-Type")), "html") ||
		bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html"))
}

var titleElement = regexp.MustCompile(`(?is)<title[^>]*>(.{1,200}?)</title>`)

func htmlTitle(body []byte) string {
	if m := titleElement.FindSubmatch(body); m != nil {
		return ` titled "` + strings.TrimSpace(string(m[1])) + `"`
	}
	return ""
}

// redact removes the secrets that are known.
func redact(text string, secrets ...string) string {
	for _, s := range secrets {
		if _, token, found := strings.Cut(s, " "); found {
			s = token
		}
		if len(s) >= 4 {
			text = strings.ReplaceAll(text, s, removed)
		}
	}
	return text
}

// clean returns one printable line: control and format characters go, and runs of blanks become one.
func clean(text string) string {
	var b strings.Builder
	blank := false
	for _, r := range strings.ToValidUTF8(text, "?") {
		switch {
		case unicode.IsSpace(r):
			blank = b.Len() > 0
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
		default:
			if blank {
				b.WriteByte(' ')
				blank = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// cut shortens a text to at most n bytes, between runes.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
