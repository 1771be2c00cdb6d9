package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// writeWhole writes a file under another name beside it and renames that. Readers therefore find the old file or the
// whole new one, and so does a program that starts after a crash.
func writeWhole(path string, mode fs.FileMode, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // readable by its owner alone
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails after the rename, when there is nothing to remove
	err = write(file)
	if err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// writeConfiguration writes a configuration, over an existing one only with force. A new file is readable by its owner
// alone. An existing one keeps its mode, and a link to it stays a link.
func writeConfiguration(path string, text []byte, force bool) error {
	mode := fs.FileMode(0o600)
	if there, err := os.Stat(path); err == nil && force {
		mode = there.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	}
	return writeWhole(path, mode, func(w io.Writer) error {
		_, err := w.Write(text)
		if _, statErr := os.Lstat(path); err == nil && statErr == nil && !force {
			err = fs.ErrExist // somebody wrote it while Concur was asked
		}
		return err
	})
}
