package concur

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxLink bounds a link in bytes.
	maxLink = 4096
	// maxID bounds an id in bytes; those of the samples have 33 to 35.
	maxID = 256
	// maxCode bounds a code in a link in bytes; Concur's codes have at most 32 characters.
	maxCode = 512
	// maxLevels is twice the number of levels that a list of Concur's can have.
	maxLevels = 20
)

var errNoID = errors.New("a link in it holds no id")

// definitionID reads the definition's id out of its URI, …/extract/v1.0/{id}[/job…], or takes a bare id.
func definitionID(link string) (string, error) {
	return idAt(link, "extract", func(s []string) (string, bool) {
		return s[0], len(s) == 1 || strings.EqualFold(s[1], "job")
	})
}

// jobID reads the job's id out of …/extract/v1.0/{definition}/job/{id}[/status|/file], or takes a bare id.
func jobID(link string) (string, error) {
	return idAt(link, "extract", func(s []string) (string, bool) {
		if len(s) < 3 || len(s) > 4 || !strings.EqualFold(s[1], "job") {
			return "", false
		}
		return s[2], true
	})
}

// listID reads the list's id out of …/list/v1.0/{id}[/items…|/batch], or takes a bare id.
func listID(link string) (string, error) {
	return idAt(link, "list", func(s []string) (string, bool) {
		return s[0], len(s) == 1 || strings.EqualFold(s[1], "items") || strings.EqualFold(s[1], "batch")
	})
}

// idAt picks an id from the path segments that follow "{api}/v…/". The host does not count.
func idAt(link, api string, pick func([]string) (string, bool)) (string, error) {
	path, _, bare, err := splitLink(link)
	if err != nil {
		return "", err
	}
	if bare {
		if strings.ContainsAny(path, ":@") {
			return "", errNoID
		}
		return path, checkID(path)
	}
	segments := below(path, api)
	if len(segments) == 0 {
		return "", errNoID
	}
	raw, ok := pick(segments)
	if !ok {
		return "", errNoID
	}
	id, err := url.PathUnescape(raw)
	if err != nil {
		return "", errNoID
	}
	return id, checkID(id)
}

// splitLink removes what surrounds a link in SAP's samples (blanks, U+00A0, a glued ">"), then scheme and authority. A
// text without any slash is bare: an id by itself.
func splitLink(link string) (path, query string, bare bool, err error) {
	if len(link) > maxLink {
		return "", "", false, fmt.Errorf("a link in it is longer than %d bytes", maxLink)
	}
	link = trimLink(link)
	if link == "" {
		return "", "", false, errNoID
	}
	if !strings.Contains(link, "/") {
		return link, "", true, nil
	}
	link, _, _ = strings.Cut(link, "#")
	link, query, _ = strings.Cut(link, "?")
	if _, rest, found := strings.Cut(link, "://"); found {
		link = rest
	} else {
		link = strings.TrimPrefix(link, "//")
	}
	if !strings.HasPrefix(link, "/") {
		_, link, _ = strings.Cut(link, "/")
	}
	return link, query, false, nil
}

// trimLink removes what is not part of a link at its ends.
func trimLink(link string) string {
	return strings.TrimFunc(link, func(r rune) bool {
		return unicode.IsSpace(r) || r == '<' || r == '>' || r == '"' || r == '\ufeff' || r == '\u200b'
	})
}

// below returns the segments after "{api}/v…", without an empty last one. It returns none where the path is of another API.
// Segments are split before they are decoded, so that an encoded slash cannot move the boundaries.
func below(path, api string) []string {
	segments := strings.Split(path, "/")
	for i := 0; i+2 < len(segments); i++ {
		version := segments[i+1]
		if !strings.EqualFold(segments[i], api) || len(version) < 2 || (version[0] != 'v' && version[0] != 'V') ||
			strings.Trim(version[1:], "0123456789.") != "" {
			continue
		}
		rest := segments[i+2:]
		if len(rest) > 1 && rest[len(rest)-1] == "" {
			rest = rest[:len(rest)-1]
		}
		return rest
	}
	return nil
}

// checkID accepts what can stand as one path segment and mean nothing else: printable ASCII without separators.
func checkID(id string) error {
	switch {
	case id == "":
		return errors.New("an id in it is empty")
	case len(id) > maxID:
		return fmt.Errorf("an id in it is longer than %d bytes", maxID)
	case id == "." || id == "..":
		return errors.New("an id in it is a dot segment")
	}
	for i := 0; i < len(id); i++ {
		if c := id[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`/\?#%<>"`, c) >= 0 {
			return fmt.Errorf("an id in it holds the character %q", rune(c))
		}
	}
	return nil
}

// Beginnings of the two forms of a v1 reference that are not a path.
const (
	refQuery    = "?parentCode="
	refUnusable = "!"
)

// itemsRef returns the reference to the children of an item, which may be stored: the escaped path of its items-link below
// "/items/", or "?parentCode=…" where the link has the documented parameter form. A link that cannot be used does not spoil
// the other items of an answer: its reference is "!", which Items refuses.
func itemsRef(link string) string {
	path, query, bare, err := splitLink(link)
	if err != nil || bare {
		return refUnusable
	}
	segments := below(path, "list")
	if len(segments) < 2 || !strings.EqualFold(segments[1], "items") {
		return refUnusable
	}
	if len(segments) == 2 {
		values, err := url.ParseQuery(query)
		if err != nil || checkCode(values.Get("parentCode")) != nil {
			return refUnusable
		}
		return refQuery + url.QueryEscape(values.Get("parentCode"))
	}
	return refOfEscaped(segments[2:])
}

func refOfEscaped(segments []string) string {
	codes := make([]string, len(segments))
	for i, raw := range segments {
		var err error
		if codes[i], err = url.PathUnescape(raw); err != nil {
			return refUnusable
		}
	}
	return refOf(codes)
}

// refOf returns the path form of a reference.
func refOf(codes []string) string {
	if len(codes) == 0 || len(codes) > maxLevels {
		return refUnusable
	}
	escaped := make([]string, len(codes))
	for i, code := range codes {
		if checkCode(code) != nil {
			return refUnusable
		}
		escaped[i] = escapeSegment(code)
	}
	return strings.Join(escaped, "/")
}

// itemsPath returns the path and the query below a v1 list of a reference. It checks the reference again, which may come
// from a store.
func itemsPath(ref string) (path string, query url.Values, err error) {
	if ref == "" {
		return "items/", nil, nil
	}
	if ref[0] == refUnusable[0] {
		return "", nil, errors.New("the items-link that Concur gave for this item cannot be used")
	}
	if escaped, ok := strings.CutPrefix(ref, refQuery); ok {
		code, err := url.QueryUnescape(escaped)
		if err == nil {
			err = checkCode(code)
		}
		return "items", url.Values{"parentCode": {code}}, err
	}
	if len(ref) > maxLink {
		return "", nil, errors.New("the reference to an item is too long")
	}
	if ref = refOfEscaped(strings.Split(ref, "/")); ref == refUnusable {
		return "", nil, errors.New("the reference to an item is malformed")
	}
	return "items/" + ref + "/", nil, nil
}

// checkCode accepts a code as a path segment. Real codes hold blanks, slashes and percent signs, which are escaped. Dot
// segments are refused, between encoded slashes too.
func checkCode(code string) error {
	if code == "" || len(code) > maxCode || !utf8.ValidString(code) {
		return errors.New("a code is empty, too long or not UTF-8")
	}
	for _, part := range strings.FieldsFunc(code, func(r rune) bool { return r == '/' || r == '\\' }) {
		if part == "." || part == ".." {
			return errors.New("a code is a dot segment")
		}
	}
	if strings.ContainsFunc(code, unicode.IsControl) {
		return errors.New("a code holds control characters")
	}
	return nil
}

// escapeSegment escapes what RFC 3986 does not allow in a path segment, and nothing more: Concur's ids hold "$" and "!",
// and are best sent as they came.
func escapeSegment(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~!$&'()*+,;=:@", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}
