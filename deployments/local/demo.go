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
	"tieout/deployments/local/stack"
)

//go:embed demo/tieout.yaml
var demoConfig string

// demo holds the values that the demo's tieout.yaml is filled in with when it is first written.
type demo struct {
	// ConcurURL is the default of ${TIEOUT_LOCAL_CONCUR} in the file.
	ConcurURL string
	// Auth holds the simulated Concur's credentials.
	Auth   concurtest.Auth
	Bucket string
}

// writeDemo writes tieout.yaml into the data directory, unless there is one, which people may have edited. It returns the
// path.
func writeDemo(dir string, d demo) (string, error) {
	path := filepath.Join(dir, "tieout.yaml")
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	text, err := d.render()
	if err != nil {
		return "", err
	}
	return path, stack.WriteFile(path, text)
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
