package concurtest

import (
	"strings"
	"time"

	"tieout/concur/concurtest/internal/hash"
)

// odd reports whether an oddity that shows once in n is shown here. The same element of the same job, asked for in the same
// way, shows it always.
func (x *exchange) odd(n uint64, what ...string) bool {
	return !x.world.Tidy && hash.Text(x.world.Seed, what...)%n == 0
}

func (x *exchange) operation() string { return string(x.log.Operation) }

// namespace returns the declaration of a document: half of the published samples write xmlns="...".
func (x *exchange) namespace(ns string) string {
	switch {
	case x.odd(2, "namespace", x.operation()):
		return ` xmlns="..."`
	case x.odd(2, "instance", x.operation()):
		return ` xmlns="` + ns + `" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"`
	}
	return ` xmlns="` + ns + `"`
}

// link returns an element that holds a link, with what the published samples do to links. owner names what it links to.
func (x *exchange) link(element, path, owner string) string {
	return "<" + element + ">" + escape(x.linkText(element, path, owner)) + "</" + element + ">" + x.after(element, owner)
}

func (x *exchange) linkText(element, path, owner string) string {
	if replaced, ok := x.fault.Links[element]; ok {
		return strings.ReplaceAll(replaced, "{path}", path)
	}
	if element == "status-link" && x.odd(3, "no expense", x.operation(), owner) {
		path = strings.Replace(path, "/api/expense/extract/", "/api/extract/", 1)
	}
	text := x.host(element, owner) + path
	if element == "id" && x.log.Operation == OpJob && x.odd(3, "glued", owner) {
		text += ">"
	}
	if element != "id" && x.odd(4, "space", x.operation(), element, owner) {
		text = " " + text
	}
	if element != "id" && x.odd(4, "no-break space", x.operation(), element, owner) {
		text += "\u00a0"
	}
	return text
}

// host returns the base of a link: mostly the server's own, now and then the legacy host or another scheme.
func (x *exchange) host(element, owner string) string {
	base := x.address()
	if x.world.Tidy {
		return base
	}
	switch hash.Text(x.world.Seed, "host", x.operation(), element, owner) % 8 {
	case 0:
		return "https://www.concursolutions.com"
	case 1:
		return "http://www.concursolutions.com"
	case 2:
		return "https://www.concursolutions.com:443"
	case 3:
		if rest, ok := strings.CutPrefix(base, "http://"); ok {
			return "https://" + rest
		}
		return "http://" + strings.TrimPrefix(base, "https://")
	}
	return base
}

// after returns what follows an element: one sample has a no-break space there, wrongly decoded once.
func (x *exchange) after(element, owner string) string {
	switch {
	case element != "status-link":
	case x.odd(4, "after", x.operation(), owner):
		return "\u00a0"
	case x.odd(8, "after twice", x.operation(), owner):
		return "\u00c2\u00a0"
	}
	return ""
}

// stamp returns an element with a time as the samples write it: with Z or without a zone, which is UTC too, and with 0, 2 or
// 3 decimals.
func (x *exchange) stamp(t time.Time, element, owner string) string {
	layouts := [...]string{"2006-01-02T15:04:05Z", "2006-01-02T15:04:05", "2006-01-02T15:04:05.00", "2006-01-02T15:04:05.000"}
	layout := layouts[0]
	if !x.world.Tidy {
		layout = layouts[hash.Text(x.world.Seed, "time", x.operation(), owner)%4]
	}
	return "<" + element + ">" + t.UTC().Format(layout) + "</" + element + ">"
}

// spelled returns a state as this job spells it: the samples have Complete and Completed.
func (x *exchange) spelled(state JobState, owner string) string {
	if x.world.NumericStates && x.odd(2, "numeric", owner) {
		switch state {
		case StateComplete:
			return "2"
		case StateFailed:
			return "3"
		}
	}
	if state == StateComplete && x.odd(2, "completed", owner) {
		return "Completed"
	}
	return string(state)
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", "\"", "&quot;", "\r", "&#xD;")

// escape returns a text for XML. ">" stays as it is, as it does in the samples. Control characters, which XML cannot
// hold, become U+FFFD.
func escape(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff' {
			return '\ufffd'
		}
		return r
	}, text)
	return escaper.Replace(text)
}
