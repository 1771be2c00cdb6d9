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
	// Address is a loopback host:port; port 0 takes a free one.
	Address string
	// DataDir holds world.json, which says what Concur holds and may be edited, and the state in concur/.
	DataDir string
	// Rows is the size of the sample extract; 0 stands for that of world.json, or else concurtest's default.
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

// StartConcur starts the simulated Concur, with the jobs and tokens that a process before it has left, killed or not.
func StartConcur(_ context.Context, options ConcurOptions) (*Concur, error) {
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

// openWorld reads world.json, or writes the sample there on first use: a job must serve the same bytes after a restart,
// whatever the flags say then.
func openWorld(dir string, rows int) (concurtest.World, error) {
	var world concurtest.World
	path := filepath.Join(dir, "world.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		world = concurtest.SampleWorld(rows)
		if text, err = json.MarshalIndent(world, "", "  "); err != nil {
			return world, fmt.Errorf("encoding %s: %w", path, err)
		}
		return world, WriteFile(path, text)
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

// sampleRows returns the number of rows of the first extract.
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

// Stop ends the simulated Concur at once, with the requests that it is answering.
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
