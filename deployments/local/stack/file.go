package stack

import (
	"fmt"
	"os"
	"path/filepath"
)

// WriteFile writes a file for its owner alone and makes its directory. The file is renamed into place, so that a reader, or
// a process that is killed meanwhile, leaves or finds the old text or the new one.
func WriteFile(path string, text []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
