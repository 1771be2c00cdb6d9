package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"tieout/concur/concurtest"
)

// ConcurOptions says where the simulated Concur listens and keeps its jobs and tokens.
type ConcurOptions struct {
	// Address is a loopback host:port; port 0 takes a free one. Default 127.0.0.1:8089.
	Address string
	// DataDir takes world.json, which holds what is simulated and may be edited, and concur/.
	DataDir string
	// Rows of the sample extract; 0 takes what is there, else concurtest's default.
	Rows int
}

// Concur is a running simulated Concur.
type Concur struct {
	URL  string
	Auth concurtest.Auth

	simulated *concurtest.Server
	http      *http.Server
	done      chan error
}

// StartConcur starts the simulated Concur. It goes on with the jobs and tokens that a process before it, killed or
// not, has answered for.
func StartConcur(_ context.Context, options ConcurOptions) (*Concur, error) {
	if options.Address == "" {
		options.Address = "127.0.0.1:8089"
	}
	address, err := resolve("The simulated Concur", "--concur", options.Address)
	if err != nil {
		return nil, err
	}
	world, err := openWorld(options.DataDir, options.Rows)
	if err != nil {
		return nil, err
	}
	c := &Concur{URL: "http://" + address.String(), done: make(chan error, 1)}
	c.simulated, err = concurtest.NewHandler(world, concurtest.WithStateDir(filepath.Join(options.DataDir, "concur")), concurtest.WithBase(c.URL), concurtest.WithControl())
	if err != nil {
		return nil, fmt.Errorf("starting the simulated Concur: %w", err)
	}
	c.Auth = c.simulated.Auth()
	listener, err := net.Listen("tcp", address.String())
	if err != nil {
		c.simulated.Close()
		return nil, fmt.Errorf("starting the simulated Concur: %w", err)
	}
	c.http = &http.Server{Handler: c.simulated, ReadHeaderTimeout: time.Minute}
	go func() { c.done <- c.http.Serve(listener) }()
	return c, nil
}

// openWorld reads what is simulated, or writes the sample on first use: a job must serve the same bytes after a
// restart, whatever the flags say then.
func openWorld(dir string, rows int) (concurtest.World, error) {
	var world concurtest.World
	path := filepath.Join(dir, "world.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		world = concurtest.SampleWorld(rows)
		return world, writeWorld(path, world)
	}
	if err == nil {
		err = json.Unmarshal(text, &world)
	}
	if err != nil {
		return world, fmt.Errorf("reading what the simulated Concur holds from %s: %w", path, err)
	}
	if there := sampleRows(world); rows != 0 && there != int64(rows) {
		return world, badSetting("%s holds a sample of %d rows, which cannot become one of %d: leave --rows out, or take another directory with --data", dir, there, rows)
	}
	return world, nil
}

// writeWorld renames the file into place: a process that dies in between leaves no half of it.
func writeWorld(path string, world concurtest.World) error {
	text, err := json.MarshalIndent(world, "", "  ")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = os.WriteFile(path+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(path+".new", path)
	}
	if err != nil {
		return fmt.Errorf("writing what the simulated Concur holds: %w", err)
	}
	return nil
}

// sampleRows is the size of the sample's first extract.
func sampleRows(world concurtest.World) int64 {
	for _, definition := range world.Definitions {
		for _, file := range definition.Files {
			if file.Extract != nil {
				return file.Extract.Rows
			}
		}
	}
	return 0
}

// Stop ends the simulated Concur at once, requests that are on included.
func (c *Concur) Stop() error {
	closed := c.http.Close()
	c.simulated.Close()
	if err := <-c.done; !errors.Is(err, http.ErrServerClosed) {
		closed = errors.Join(closed, err)
	}
	if closed != nil {
		return fmt.Errorf("stopping the simulated Concur: %w", closed)
	}
	return nil
}
