//go:build unix

package concur

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes the lock if it is free. Closing the file, or the end of the process, gives it back.
func tryLock(f *os.File) (bool, error) {
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return true, nil
	case errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
		return false, nil
	default:
		return false, err
	}
}
