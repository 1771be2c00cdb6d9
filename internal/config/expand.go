package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// complaint is a problem that does not know yet which setting it is about.
type complaint struct{ message, remedy string }

// maxSecretFile is the largest file in bytes that ${file:…} reads.
const maxSecretFile = 64 << 10

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand fills in ${VAR}, ${VAR:-default} and ${file:PATH} in the text of one YAML value; $$ is a dollar sign. It works
// after parsing, so that nothing it fills in can become YAML. It returns all complaints about the text together.
func (in inputs) expand(text string) (string, []complaint) {
	var b strings.Builder
	var complaints []complaint
	for {
		before, after, found := strings.Cut(text, "$")
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), complaints
		case strings.HasPrefix(after, "$"):
			b.WriteByte('$')
			text = after[1:]
		case strings.HasPrefix(after, "{"):
			inner, rest, closed := strings.Cut(after[1:], "}")
			if !closed {
				return "", append(complaints, complaint{"has a ${ without its }", "close it, or write $$ for a dollar sign"})
			}
			value, c := in.lookUp(inner)
			if c != nil {
				complaints = append(complaints, *c)
			}
			b.WriteString(value)
			text = rest
		default:
			b.WriteByte('$')
			text = after
		}
	}
}

func (in inputs) lookUp(inner string) (string, *complaint) {
	if path, ok := strings.CutPrefix(inner, "file:"); ok {
		return in.secretFile(path)
	}
	name, fallback, hasFallback := strings.Cut(inner, ":-")
	if !variable.MatchString(name) {
		// The message does not quote it, because it may be part of a secret that happens to hold "${".
		return "", &complaint{"has a ${…} that names neither a variable nor a file", "write ${VAR}, ${VAR:-default} or ${file:/path}, or $$ for a dollar sign"}
	}
	if strings.Contains(fallback, "${") {
		return "", &complaint{fmt.Sprintf("the default of ${%s} holds another ${", name), "give a plain default"}
	}
	value, set := in.env(name)
	switch {
	case set && (value != "" || !hasFallback):
		return value, nil
	case hasFallback:
		return strings.ReplaceAll(fallback, "$$", "$"), nil
	}
	return "", &complaint{fmt.Sprintf("the environment variable %s is not set", name), fmt.Sprintf("set it, or write ${%s:-default}", name)}
}

func (in inputs) secretFile(path string) (string, *complaint) {
	if path == "" {
		return "", &complaint{"${file:} names no file", "write ${file:/path}"}
	}
	data, err := in.readFile(resolve(in.dir, path))
	if err != nil {
		// The message has named the file already, so the path in the error of package os is left out.
		if pathError, ok := errors.AsType[*fs.PathError](err); ok {
			err = pathError.Err
		}
		return "", &complaint{fmt.Sprintf("the file %s cannot be read: %s", clip(path), err), "check that it is there and that this process may read it"}
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r"), nil
}

// resolve makes a relative path start at the configuration's directory, whatever the working directory is.
func resolve(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func readSecretFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err == nil && len(data) > maxSecretFile {
		err = fmt.Errorf("it is larger than %d bytes", maxSecretFile)
	}
	return data, err
}
