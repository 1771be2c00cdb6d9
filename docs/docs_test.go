// Package docs_test holds the pages against the code and against each other.
package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

// entries are the "### name" sections below a "## section" of a page, with their texts.
func entries(t *testing.T, page, section string) map[string]string {
	t.Helper()
	_, below, found := strings.Cut(read(t, page), "\n## "+section+"\n")
	require.True(t, found, "%s has no section %q", page, section)
	below, _, _ = strings.Cut(below, "\n## ")
	sections := map[string]string{}
	for _, entry := range strings.Split(below, "\n### ")[1:] {
		name, body, _ := strings.Cut(entry, "\n")
		require.NotContains(t, sections, name, "there are two entries %q", name)
		sections[name] = body
	}
	return sections
}

func names(of map[string]string) []string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	return names
}

// requireParts sees that an entry answers an operator's questions.
func requireParts(t *testing.T, name, body string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		require.Equal(t, 1, strings.Count(body, "\n- **"+part+":** "), "entry %s, part %s", name, part)
	}
}

func TestRunbookHasEveryErrorCode(t *testing.T) {
	found := entries(t, "runbook.md", "Error codes")
	require.ElementsMatch(t, contract.Codes(), names(found))
	for code, body := range found {
		requireParts(t, code, body, "Means", "Lost", "Now", "By itself", "Exit code")
		exit := runs.ExitCode(nil, temporal.NewNonRetryableApplicationError("", code, nil))
		require.Contains(t, body, fmt.Sprintf("\n- **Exit code:** %d\n", exit), "exit code of %s", code)
	}
}

func TestRunbookHasEveryNotice(t *testing.T) {
	found := entries(t, "runbook.md", "Notices")
	require.ElementsMatch(t, []string{string(contract.NoticeFindings), string(contract.NoticeFailed), string(contract.NoticeReview), string(contract.NoticeLate), string(contract.NoticeRecovery)}, names(found))
	for kind, body := range found {
		requireParts(t, kind, body, "Means", "Now", "By itself")
	}
	delete(found, string(contract.NoticeRecovery)) // goes to whoever wants failed
	require.ElementsMatch(t, []string{string(contract.NoticeFindings), string(contract.NoticeFailed), string(contract.NoticeReview), string(contract.NoticeLate)}, names(found),
		"the configuration has the same kinds")
}

func TestRunbookNamesThePhasesInWhichARunWaits(t *testing.T) {
	found := entries(t, "runbook.md", "Runs that wait")
	all := ""
	for state, body := range found {
		requireParts(t, state, body, "Means", "Now", "By itself")
		all += body
	}
	for _, phase := range []string{string(contract.PhaseAmbiguous), string(contract.PhaseReview), string(contract.PhaseWaiting), string(contract.PhaseHandingOver)} {
		require.Equal(t, 1, strings.Count(all, "phase `"+phase+"`"), phase)
	}
	for _, decision := range []string{
		"tieout resolve RUN " + string(contract.DecisionAdopt), "tieout resolve RUN " + string(contract.DecisionStartAgain), "tieout resolve RUN " + string(contract.DecisionStop),
		"tieout review RUN " + string(contract.DecisionApprove), "tieout review RUN " + string(contract.DecisionReject), "tieout review RUN " + string(contract.DecisionRecheck),
	} {
		require.Contains(t, all, decision)
	}
}

// TestRunbookLeadsFromEachSymptomToAnEntry holds the first table of the runbook against its entries; that each of its links
// leads to one is seen by TestLinksLeadSomewhere.
func TestRunbookLeadsFromEachSymptomToAnEntry(t *testing.T) {
	page := read(t, "runbook.md")
	symptoms, _, found := strings.Cut(page, "\n## ")
	require.True(t, found)
	for _, section := range []string{"Error codes", "Other ends", "Notices", "Runs that wait"} {
		for name := range entries(t, "runbook.md", section) {
			require.Contains(t, symptoms, "| ["+name+"](#", "entry %s of %s", name, section)
		}
	}
	require.Contains(t, symptoms, "| [A gap](#a-gap) |")
}

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// pages returns the paths of all Markdown files of the repository.
func pages(t *testing.T) []string {
	t.Helper()
	var found []string
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..":
			return fs.SkipDir
		case filepath.Ext(path) == ".md":
			found = append(found, path)
		}
		return nil
	}))
	return found
}

// TestLinksLeadSomewhere follows every relative link of every page to a file, and to a heading where it names one.
func TestLinksLeadSomewhere(t *testing.T) {
	for _, page := range pages(t) {
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(read(t, page), ""), -1) {
			if strings.Contains(match[1], "://") || strings.HasPrefix(match[1], "mailto:") {
				continue
			}
			path, anchor, _ := strings.Cut(match[1], "#")
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", page, match[1])
				continue
			}
			if anchor != "" && !anchors(t, target)[anchor] {
				t.Errorf("%s links to %s: %s has no such heading", page, match[1], target)
			}
		}
	}
}

// anchors returns the headings of a page as links name them: of several that are spelled alike the later ones are numbered.
func anchors(t *testing.T, page string) map[string]bool {
	t.Helper()
	found, times := map[string]bool{}, map[string]int{}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(read(t, page), ""), -1) {
		name := strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-")
		if n := times[name]; n > 0 {
			found[fmt.Sprintf("%s-%d", name, n)] = true
		}
		times[name]++
		found[name] = true
	}
	return found
}

// read returns the text of a page.
func read(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	return string(text)
}
