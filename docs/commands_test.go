package docs_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tieout/internal/contract"
	"tieout/internal/runs"
)

// use finds the commands in the source of the command line; the first is the program itself.
var use = regexp.MustCompile(`\bUse: +"(\w+)`)

// TestCommandLineHasEveryCommandWithItsOutput leans on the source of the command line: a command has a section of its
// own, a command of `schedule` a line in that one's output.
func TestCommandLineHasEveryCommandWithItsOutput(t *testing.T) {
	page := read(t, "command-line.md")
	sources, err := filepath.Glob("../starter/*.go")
	require.NoError(t, err)
	commands := 0
	for _, source := range sources {
		for _, match := range use.FindAllStringSubmatch(read(t, source), -1) {
			name := match[1]
			if name == "tieout" {
				continue
			}
			commands++
			output := "\n$ tieout " + name
			if filepath.Base(source) != "schedule.go" || name != "schedule" {
				if strings.HasPrefix(filepath.Base(source), "schedule") {
					output = "\n$ tieout schedule " + name
				} else {
					require.True(t, strings.Contains(page, "\n### `"+name+"`\n"), "the section of %s", name)
				}
			}
			require.True(t, strings.Contains(page, output), "the output of %s", name)
		}
	}
	require.Greater(t, commands, 15, "the commands were found")
}

// TestCommandLineHasEveryExitCode holds the table of exit codes against the codes of failed runs.
func TestCommandLineHasEveryExitCode(t *testing.T) {
	page := read(t, "command-line.md")
	for _, code := range contract.Codes() {
		exit := runs.ExitCode(nil, temporal.NewNonRetryableApplicationError("", code, nil))
		row := regexp.MustCompile(fmt.Sprintf(`(?m)^\| %d \|.*$`, exit)).FindString(page)
		require.Contains(t, row, "`"+code+"`", "exit code %d", exit)
	}
}

// TestPagesUseCommandsThatThereAre leans on the page of the command line. Commands stand in code, within a line or in a
// block.
func TestPagesUseCommandsThatThereAre(t *testing.T) {
	known := regexp.MustCompile("(?m)^### `([a-z]+)`$").FindAllStringSubmatch(read(t, "command-line.md"), -1)
	inline, inBlock := regexp.MustCompile("`tieout ([a-z]+)\\b"), regexp.MustCompile(`(?m)^ *(?:\$ )?tieout ([a-z]+)\b`)
	for _, page := range pages(t) {
		text := read(t, page)
		blocks := strings.Join(fence.FindAllString(text, -1), "\n")
		for _, match := range append(inline.FindAllStringSubmatch(text, -1), inBlock.FindAllStringSubmatch(blocks, -1)...) {
			is := func(command []string) bool { return command[1] == match[1] }
			require.True(t, slices.ContainsFunc(known, is), "%s has %q", page, strings.TrimSpace(match[0]))
		}
	}
}
