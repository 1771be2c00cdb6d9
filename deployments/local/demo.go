package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"

	"tieout/concur/concurtest"
)

//go:embed demo/tieout.yaml
var demoConfig string

// demo is what the demo's tieout.yaml is filled in with when it is first written.
type demo struct {
	// ConcurURL stands in the file as the default of ${TIEOUT_LOCAL_CONCUR}.
	ConcurURL string
	// Auth are the simulated Concur's credentials.
	Auth   concurtest.Auth
	Bucket string
}

// writeDemo writes tieout.yaml into the data directory, unless there is one: it is there to be edited and tried.
func writeDemo(dir string, d demo) (string, error) {
	path := filepath.Join(dir, "tieout.yaml")
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	text, err := d.render()
	if err != nil {
		return "", err
	}
	// Renamed into place: a process that dies in between leaves no half a file.
	unfinished := path + ".new"
	if err := os.WriteFile(unfinished, text, 0o600); err != nil {
		return "", fmt.Errorf("writing the demo's configuration: %w", err)
	}
	if err := os.Rename(unfinished, path); err != nil {
		return "", fmt.Errorf("writing the demo's configuration: %w", err)
	}
	return path, nil
}

func (d demo) render() ([]byte, error) {
	t, err := template.New("tieout.yaml").Parse(demoConfig)
	if err != nil {
		return nil, fmt.Errorf("reading the demo's configuration: %w", err)
	}
	var text bytes.Buffer
	if err := t.Execute(&text, d); err != nil {
		return nil, fmt.Errorf("filling in the demo's configuration: %w", err)
	}
	return text.Bytes(), nil
}
