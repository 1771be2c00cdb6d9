// Package docs_test holds the pages against the code and against each other.
package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/pipeline"
	"tieout/internal/runs"
	"tieout/workflows"
)

// entries are the "### name" sections below a "## section" of a page, with their texts.
func entries(t *testing.T, page, section string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	_, below, found := strings.Cut(string(text), "\n## "+section+"\n")
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
	require.ElementsMatch(t, workflows.Codes(), names(found))
	for code, body := range found {
		requireParts(t, code, body, "Means", "Lost", "Now", "By itself", "Exit code")
		exit := runs.ExitCode(nil, temporal.NewNonRetryableApplicationError("", code, nil))
		require.Contains(t, body, fmt.Sprintf("\n- **Exit code:** %d\n", exit), "exit code of %s", code)
	}
}

func TestRunbookHasEveryNotice(t *testing.T) {
	found := entries(t, "runbook.md", "Notices")
	require.ElementsMatch(t, []string{workflows.NoticeFindings, workflows.NoticeFailed, workflows.NoticeReview, workflows.NoticeLate, workflows.NoticeRecovery}, names(found))
	for kind, body := range found {
		requireParts(t, kind, body, "Means", "Now", "By itself")
	}
	delete(found, workflows.NoticeRecovery) // goes to whoever wants failed
	require.ElementsMatch(t, []string{string(pipeline.NotifyFindings), string(pipeline.NotifyFailed), string(pipeline.NotifyReview), string(pipeline.NotifyLate)}, names(found),
		"the configuration has the same kinds")
}

func TestRunbookNamesThePhasesInWhichARunWaits(t *testing.T) {
	found := entries(t, "runbook.md", "Runs that wait")
	all := ""
	for state, body := range found {
		requireParts(t, state, body, "Means", "Now", "By itself")
		all += body
	}
	for _, phase := range []string{workflows.PhaseAmbiguous, workflows.PhaseReview, workflows.PhaseWaiting, workflows.PhaseHandingOver} {
		require.Equal(t, 1, strings.Count(all, "phase `"+phase+"`"), phase)
	}
	for _, decision := range []string{
		"tieout resolve RUN " + workflows.DecisionAdopt, "tieout resolve RUN " + workflows.DecisionStartAgain, "tieout resolve RUN " + workflows.DecisionStop,
		"tieout review RUN " + workflows.DecisionApprove, "tieout review RUN " + workflows.DecisionReject, "tieout review RUN " + workflows.DecisionRecheck,
	} {
		require.Contains(t, all, decision)
	}
}

// TestRunbookUsesCommandsThatThereAre leans on the page of the command line, which is held against the code.
func TestRunbookUsesCommandsThatThereAre(t *testing.T) {
	runbook, err := os.ReadFile("runbook.md")
	require.NoError(t, err)
	reference, err := os.ReadFile("command-line.md")
	require.NoError(t, err)
	for _, match := range regexp.MustCompile("(?m)(?:`|^|  )tieout ([a-z]+)\\b").FindAllStringSubmatch(string(runbook), -1) {
		require.True(t, strings.Contains(string(reference), "`"+match[1]), "the command line has no %q", match[0])
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	fence   = regexp.MustCompile("(?ms)^ *```.*?^ *```")
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinksLeadSomewhere follows every relative link of the pages to a file, and to a heading where it names one.
func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob("*.md")
	require.NoError(t, err)
	readmes, err := filepath.Glob("../deployments/*/*/README.md")
	require.NoError(t, err)
	for _, page := range append(append(pages, "../README.md"), readmes...) {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(string(text), ""), -1) {
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

// anchors are the headings of a page as links name them.
func anchors(t *testing.T, page string) map[string]bool {
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	found := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(string(text), ""), -1) {
		found[strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(match[1]), ""), " ", "-")] = true
	}
	return found
}
