// Package config reads tieout.yaml (DESIGN §4). Everything that is wrong with a file is reported at once, each
// problem with its line and its remedy, and no message ever holds a secret.
package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
	// Warnings are what a person should look at though nothing is wrong, sorted by line.
	Warnings []Problem `yaml:"-"`
}

// maxFile bounds the file: a configuration is written by people.
const maxFile = 256 << 10

// Load reads the file at path with the process's environment. What is wrong in the file comes back as *Error.
func Load(path string) (*Config, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data, os.LookupEnv)
}

// LoadWithoutSecrets is Load for commands that talk to Temporal alone, where people have no credentials: under
// connections, storage and notify a variable that is not set or a file that cannot be read leaves its setting empty.
func LoadWithoutSecrets(path string) (*Config, error) {
	data, err := read(path)
	if err != nil {
		return nil, err
	}
	around := process(os.LookupEnv)
	around.withoutSecrets = true
	return parse(path, data, around)
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no configuration at %s: name it with --config or TIEOUT_CONFIG, or write one with `tieout init`", path)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if info.IsDir() {
		return nil, fmt.Errorf("the configuration %s is a directory: name the file in it, for example %s", path, filepath.Join(path, "tieout.yaml"))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return data, nil
}

// Parse reads the bytes of a file. The path stands in messages, and relative paths in the file start at its
// directory. What is wrong comes back as *Error, all of it at once.
func Parse(path string, data []byte, env func(string) (string, bool)) (*Config, error) {
	return parse(path, data, process(env))
}

// surroundings is what a file's meaning depends on besides its bytes.
type surroundings struct {
	env      func(string) (string, bool)
	readFile func(string) ([]byte, error)
	now      time.Time
	// withoutSecrets leaves settings empty that cannot be filled in and that Temporal alone does not need.
	withoutSecrets bool
}

func process(env func(string) (string, bool)) surroundings {
	return surroundings{env: env, readFile: readSecretFile, now: time.Now()}
}

func parse(path string, data []byte, around surroundings) (*Config, error) {
	sum := sha256.Sum256(data)
	c := &Config{Path: path, Hash: hex.EncodeToString(sum[:])}
	found := &findings{file: path, places: map[string]place{}, bad: map[string]bool{}}
	if root := readDocument(data, found); root != nil {
		d := &decoder{findings: found, anchors: map[string]anchor{}, expander: expander{around.env, around.readFile, filepath.Dir(path)}, withoutSecrets: around.withoutSecrets}
		d.document(root, c)
		v := &validator{findings: found, config: c, now: around.now}
		v.all()
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	c.Warnings = found.sorted(found.warnings)
	return c, nil
}

// Pipeline returns the pipeline of that name; "" means the only one. The error names the choices.
func (c *Config) Pipeline(name string) (pipeline.Pipeline, error) {
	names := sortedKeys(c.Pipelines)
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
