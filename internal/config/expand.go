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

// expander fills in ${VAR}, ${VAR:-default} and ${file:PATH}; $$ is a dollar sign.
type expander struct {
	env      func(string) (string, bool)
	readFile func(string) ([]byte, error)
	dir      string // where relative paths start
}

// complaint is a problem before its place is known.
type complaint struct{ message, remedy string }

// maxSecretFile bounds what ${file:…} reads.
const maxSecretFile = 64 << 10

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand works on the text of one YAML value, after parsing: what it fills in cannot become YAML. All complaints
// of the text come back together.
func (e expander) expand(text string) (string, []complaint) {
	var b strings.Builder
	var complaints []complaint
	for {
		i := strings.IndexByte(text, '$')
		if i < 0 || i == len(text)-1 {
			b.WriteString(text)
			return b.String(), complaints
		}
		b.WriteString(text[:i])
		switch text[i+1] {
		case '$':
			b.WriteByte('$')
			text = text[i+2:]
		case '{':
			inner, rest, closed := strings.Cut(text[i+2:], "}")
			if !closed {
				return "", append(complaints, complaint{"has a ${ without its }", "close it, or write $$ for a dollar sign"})
			}
			value, c := e.lookUp(inner)
			if c != nil {
				complaints = append(complaints, *c)
			}
			b.WriteString(value)
			text = rest
		default:
			b.WriteByte('$')
			text = text[i+1:]
		}
	}
}

func (e expander) lookUp(inner string) (string, *complaint) {
	if path, ok := strings.CutPrefix(inner, "file:"); ok {
		return e.file(path)
	}
	name, fallback, hasFallback := strings.Cut(inner, ":-")
	if !variable.MatchString(name) {
		// What stands inside is not shown: it may be part of a secret that happens to hold "${".
		return "", &complaint{"has a ${…} that names neither a variable nor a file", "write ${VAR}, ${VAR:-default} or ${file:/path}, or $$ for a dollar sign"}
	}
	if strings.Contains(fallback, "${") {
		return "", &complaint{fmt.Sprintf("the default of ${%s} holds another ${", name), "give a plain default"}
	}
	value, set := e.env(name)
	switch {
	case set && (value != "" || !hasFallback):
		return value, nil
	case hasFallback:
		return strings.ReplaceAll(fallback, "$$", "$"), nil
	}
	return "", &complaint{fmt.Sprintf("the environment variable %s is not set", name), fmt.Sprintf("set it, or write ${%s:-default}", name)}
}

func (e expander) file(path string) (string, *complaint) {
	if path == "" {
		return "", &complaint{"${file:} names no file", "write ${file:/path}"}
	}
	data, err := e.readFile(resolve(e.dir, path))
	if err != nil {
		return "", &complaint{fmt.Sprintf("the file %s cannot be read: %s", clip(path), reason(err)), "check that it is there and that this process may read it"}
	}
	text := strings.TrimSuffix(string(data), "\n")
	return strings.TrimSuffix(text, "\r"), nil
}

// resolve lets relative paths start where the configuration lies, whatever the working directory.
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

// reason leaves out the path that os puts into its errors: the message has named the file already.
func reason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
