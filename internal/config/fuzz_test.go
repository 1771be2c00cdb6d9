package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParse requires of every file a configuration or an error with problems, never a panic, and no message that shows a
// value from the environment.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "testdata/design.yaml") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(minimal))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parse("tieout.yaml", data, inputsOf(environment()))
		problems, ok := errors.AsType[*Error](err)
		switch {
		case err == nil && c == nil:
			t.Fatal("neither a configuration nor an error")
		case err == nil:
			for _, warning := range c.Warnings {
				notShown(t, data, warning.String())
			}
		case !ok || len(problems.Problems) == 0:
			t.Fatalf("an error without problems: %v", err)
		default:
			notShown(t, data, err.Error())
			if strings.Count(err.Error(), "\n") != len(problems.Problems)-1 {
				t.Fatalf("a problem of several lines: %q", err.Error())
			}
		}
	})
}

func notShown(t *testing.T, data []byte, text string) {
	if strings.Contains(text, "canary") && !strings.Contains(string(data), "canary") {
		t.Fatalf("a value from the environment is shown: %q", text)
	}
}
