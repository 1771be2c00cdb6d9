// Package config reads tieout.yaml, which docs/configuration.md describes. It reports everything that is wrong with a
// file at once, each problem with its line and its remedy, and no message ever holds a secret.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	_ "time/tzdata" // a container image has no zones of its own

	"tieout/internal/pipeline"
)

// Config is tieout.yaml with every default filled in and every ${…} replaced.
type Config struct {
	// Path is the file as it was named to Load or Parse.
	Path string `yaml:"-"`
	// Hash is the SHA-256, in hex, of the file's bytes before anything was replaced in them.
	Hash        string                       `yaml:"-"`
	Connections map[string]Connection        `yaml:"connections"`
	Storage     Storage                      `yaml:"storage"`
	Pipelines   map[string]pipeline.Pipeline `yaml:"pipelines"`
	// Warnings are settings that are allowed and yet worth a look, sorted by line.
	Warnings []Problem `yaml:"-"`
}

// maxFile is the largest file in bytes, far more than people write.
const maxFile = 256 << 10

// inputs are what the meaning of a file depends on besides its bytes.
type inputs struct {
	env      func(string) (string, bool)
	readFile func(string) ([]byte, error)
	now      time.Time
	// dir is where relative paths start.
	dir string
	// withoutSecrets leaves a setting empty that cannot be filled in and that only Concur, S3 or a webhook needs.
	withoutSecrets bool
}

// Load reads the file at path and fills it in from the process's environment. It returns *Error for a file that is wrong.
func Load(path string) (*Config, error) {
	return load(path, false)
}

// LoadWithoutSecrets is Load for commands that talk to Temporal alone and whose users may have no credentials. Under
// connections, storage and notify it leaves a setting empty whose variable is not set or whose file cannot be read.
func LoadWithoutSecrets(path string) (*Config, error) {
	return load(path, true)
}

func load(path string, withoutSecrets bool) (*Config, error) {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no configuration at %s: name it with --config or TIEOUT_CONFIG, or write one with `tieout init`", path)
	case errors.Is(err, syscall.EISDIR):
		return nil, fmt.Errorf("the configuration %s is a directory: name the file in it, for example %s", path, filepath.Join(path, "tieout.yaml"))
	case err != nil:
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return parse(path, data, inputs{env: os.LookupEnv, readFile: readSecretFile, now: time.Now(), withoutSecrets: withoutSecrets})
}

// Parse reads the bytes of a file. Messages name it by path, and its relative paths start at path's directory. It reads
// the files that ${file:…} names, and returns everything that is wrong as one *Error.
func Parse(path string, data []byte, env func(string) (string, bool)) (*Config, error) {
	return parse(path, data, inputs{env: env, readFile: readSecretFile, now: time.Now()})
}

func parse(path string, data []byte, in inputs) (*Config, error) {
	sum := sha256.Sum256(data)
	c := &Config{Path: path, Hash: hex.EncodeToString(sum[:])}
	in.dir = filepath.Dir(path)
	r := &reporter{file: path, settings: map[string]setting{}, bad: map[string]bool{}}
	if root := readDocument(data, r); root != nil {
		decode(root, c, in, r)
		v := &validator{reporter: r, config: c, inputs: in}
		v.all()
	}
	if len(r.problems) > 0 {
		return nil, &Error{sorted(r.problems)}
	}
	c.Warnings = sorted(r.warnings)
	return c, nil
}

// Pipeline returns the pipeline of that name, or the only one for "". Its error names the choices.
func (c *Config) Pipeline(name string) (pipeline.Pipeline, error) {
	names := slices.Sorted(maps.Keys(c.Pipelines))
	if name == "" {
		if len(names) == 1 {
			return c.Pipelines[names[0]], nil
		}
		return pipeline.Pipeline{}, fmt.Errorf("%s has %d pipelines: name one of %s", c.Path, len(names), list(names))
	}
	p, ok := c.Pipelines[name]
	if !ok {
		return p, fmt.Errorf("%s has no pipeline %q%s: name one of %s", c.Path, name, didYouMean(name, names), list(names))
	}
	return p, nil
}
