package concurtest

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// scriptedAnswer gives the answer that a fault puts instead of the right one, and reports whether there is one.
func (x *exchange) scriptedAnswer() bool {
	f := x.fault
	switch {
	case f.OAuthCode != 0:
		x.tokenError(f.OAuthCode, f.Redirect)
	case f.Redirect != "":
		x.w.Header().Set("Location", f.Redirect)
		x.text(cmp.Or(f.Status, http.StatusFound), "text/html; charset=utf-8", "<html><body>Moved.</body></html>\n")
	case f.HTML200:
		x.text(http.StatusOK, "text/html; charset=utf-8", loginPage)
	case f.MalformedXML && x.speaksJSON():
		x.text(http.StatusOK, "application/json", `{"content":[{"id":"`)
	case f.MalformedXML:
		x.text(http.StatusOK, "application/xml", "<jobs xmlns=\""+extractNamespace+"\"><job><id>https://www.concursolutions.com/api/expense/extract/v1.0/nYoPK$p<</id><stat")
	case f.Hostile != "":
		x.hostile(f.Hostile)
	case f.Status != 0:
		if f.RetryAfter != "" {
			x.w.Header().Set("Retry-After", f.RetryAfter)
		}
		if f.Body == "" && f.ContentType == "" {
			x.fail(f.Status, http.StatusText(f.Status))
			break
		}
		x.text(f.Status, cmp.Or(f.ContentType, "application/xml"), f.Body)
	default:
		return false
	}
	return true
}

// hostile answers with a document that is meant to hurt its reader.
func (x *exchange) hostile(kind Hostile) {
	x.w.Header().Set("Content-Type", "application/xml")
	switch kind {
	case HostileEndless:
		block := strings.Repeat("<job><id>https://x.invalid/a</id></job>", 200)
		_, err := io.WriteString(x.w, "<jobs>")
		for err == nil && x.w.ctx.Err() == nil {
			_, err = io.WriteString(x.w, block)
		}
	case HostileBomb:
		var b strings.Builder
		b.WriteString("<?xml version=\"1.0\"?><!DOCTYPE jobs [<!ENTITY a0 \"aaaaaaaaaa\">")
		for i := 1; i < 10; i++ {
			b.WriteString("<!ENTITY a" + strconv.Itoa(i) + " \"" + strings.Repeat("&a"+strconv.Itoa(i-1)+";", 10) + "\">")
		}
		b.WriteString("]><jobs><job><id>&a9;</id></job></jobs>")
		x.text(http.StatusOK, "application/xml", b.String())
	case HostileDeep:
		const depth = 100_000
		x.text(http.StatusOK, "application/xml", strings.Repeat("<jobs>", depth)+strings.Repeat("</jobs>", depth))
	case HostileHeader:
		for i := range 512 {
			x.w.Header().Set("X-Padding-"+strconv.Itoa(i), strings.Repeat("x", 32<<10))
		}
		x.text(http.StatusOK, "application/xml", "<jobs></jobs>")
	default:
		x.fail(http.StatusInternalServerError, fmt.Sprintf("concurtest: there is no hostile document %q", kind))
	}
}
