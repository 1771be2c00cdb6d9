//go:build !unix

package concur

import (
	"errors"
	"os"
)

func tryLock(*os.File) (bool, error) {
	return false, errors.New("token_store file: needs a Unix system; use token_store s3")
}
