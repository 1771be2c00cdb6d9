package concur

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
)

// FuzzRecords: whatever the bytes, decoding ends, and what it gives can be asked for safely.
func FuzzRecords(f *testing.F) {
	for _, name := range []string{"jobs.xml", "job.xml", "job-status.xml", "lists.xml", "list-items.xml", "definitions.xml"} {
		f.Add(fixture(f, name))
	}
	f.Add(`<!DOCTYPE a [<!ENTITY b "c">]><jobs>&b;</jobs>`)
	f.Add("\ufeff<list-items><list-item><level0code/><level99code/></list-item></list-items>")
	f.Fuzz(func(t *testing.T, body string) {
		b := bounds{bytes: 64 << 10, elements: 500, depth: 16}
		for root, item := range map[string]string{"jobs": "job", "job": "job", "lists": "list", "list-items": "list-item", "definitions": "definition"} {
			_ = readRecords(strings.NewReader(body), http.Header{}, b, root, item, func(r record) error {
				if j, err := readJob(r, "D", ""); err == nil && checkID(j.ID) != nil {
					t.Errorf("job id %q", j.ID)
				}
				if l, err := readListV1(r); err == nil && (checkID(l.ID) != nil || l.Levels > maxLevels) {
					t.Errorf("list %+v", l)
				}
				if i, err := readItemV1(r, List{ID: "L", Levels: 3}, Parent{}); err == nil {
					if i.Level < 1 || i.Level > maxLevels || i.Ref == "" {
						t.Errorf("item %+v", i)
					}
					checkRef(t, i.Ref)
				}
				return nil
			})
		}
	})
}

// FuzzLinks: an id out of any link stands for one path segment, and comes back the same when it is read again.
func FuzzLinks(f *testing.F) {
	for _, shape := range shapes {
		f.Add(strings.NewReplacer("%[1]s", "evil.example", "%[2]s", "good.example", "%[3]s", "/api/expense/extract/v1.0/D/job/J", "%%", "%").Replace(shape))
	}
	f.Add("https://h/api/expense/list/v1.0/L$!/items/A%2FB/%C3%BC/")
	f.Fuzz(func(t *testing.T, link string) {
		for prefix, read := range map[string]func(string) (string, error){
			extractPath: definitionID, extractPath + "D/job/": jobID, listPathV1: listID,
		} {
			id, err := read(link)
			if err != nil {
				continue
			}
			escaped := prefix + escapeSegment(id)
			u, err := url.Parse("https://base.example" + escaped)
			if err != nil || u.Host != "base.example" || u.EscapedPath() != escaped || u.RawQuery != "" || u.Fragment != "" ||
				strings.Count(u.Path, "/") != strings.Count(prefix, "/") || strings.ContainsFunc(u.Path, unicode.IsControl) {
				t.Fatalf("id %q of %q makes %q", id, link, escaped)
			}
			if again, err := read(u.String()); err != nil || again != id {
				t.Fatalf("id %q is read again as %q, %v", id, again, err)
			}
		}
		checkRef(t, itemsRef(link))
	})
}

// checkRef: a reference is unusable, or leads below the list's items and nowhere else.
func checkRef(t *testing.T, ref string) {
	t.Helper()
	path, query, err := itemsPath(ref)
	if err != nil {
		return
	}
	u, parseErr := url.Parse("https://base.example" + listPathV1 + "L/" + path)
	if parseErr != nil || !strings.HasPrefix(u.EscapedPath(), listPathV1+"L/items") || u.RawQuery != "" || u.Fragment != "" {
		t.Fatalf("reference %q leads to %q", ref, path)
	}
	for _, s := range strings.FieldsFunc(u.Path, func(r rune) bool { return r == '/' || r == '\\' }) {
		if s == "." || s == ".." {
			t.Fatalf("reference %q leads to %q", ref, path)
		}
	}
	if len(query) > 1 {
		t.Fatalf("reference %q has the query %v", ref, query)
	}
}
