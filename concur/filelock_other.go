//go:build !unix

package concur

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

func tryLock(*os.File) (bool, error) {
	return false, fmt.Errorf("a token file cannot be locked on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}
