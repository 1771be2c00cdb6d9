package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writeConfiguration writes the file beside its place and renames it, so that a reader and a crash find the old text or
// the new one. A new file is readable by its owner alone; one that is written over keeps its mode.
func writeConfiguration(path string, text []byte, force bool) error {
	mode := fs.FileMode(0o600)
	if there, err := os.Stat(path); err == nil && force {
		mode = there.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil { // a link stays one
			return err
		}
	}
	beside, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // readable by its owner alone
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name()) // once it is renamed there is nothing to remove
	_, err = beside.Write(text)
	err = errors.Join(err, beside.Chmod(mode), beside.Sync(), beside.Close())
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); !force && err == nil {
		return fs.ErrExist // it was written while Concur was asked
	}
	return os.Rename(beside.Name(), path)
}
