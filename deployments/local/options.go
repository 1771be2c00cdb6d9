package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
)

// options are the flags of the command line, as usage describes them.
type options struct {
	once       bool
	serverOnly bool
	// rows is 0 where the flag is not given.
	rows int
	// data is absolute: the S3 server changes the working directory.
	data     string
	temporal string
	ui       string
	s3       string
	concur   string
	json     bool
	exitCode bool
}

const usage = `Usage: go run ./deployments/local [--once] [flags]

Runs tieout on this machine alone: Temporal with its Web UI, an S3 server, a simulated Concur and the worker, in one
process on loopback. Kill it at any moment and start it again: it goes on where it was.

  --once           run the pipeline nightly-sae on a sample, print the verdict and end; without it, stay up
  --rows N         rows of the sample extract, when it is first made (default 10000)
  --data DIR       where everything is kept (default .tieout)
  --server-only    Temporal and its Web UI, nothing else
  --json           print the result document on stdout, everything else on stderr
  --exit-code      exit as tieout does: 3 for findings, and so on; without it, 0 for any verdict

Addresses, each a loopback host:port, port 0 for a free one:
  --temporal 127.0.0.1:7233   --ui 127.0.0.1:8233   --s3 127.0.0.1:9000   --concur 127.0.0.1:8089
`

func parseOptions(args []string, help io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&o.once, "once", false, "")
	flags.BoolVar(&o.serverOnly, "server-only", false, "")
	flags.IntVar(&o.rows, "rows", 0, "")
	flags.StringVar(&o.data, "data", ".tieout", "")
	flags.StringVar(&o.temporal, "temporal", "127.0.0.1:7233", "")
	flags.StringVar(&o.ui, "ui", "127.0.0.1:8233", "")
	flags.StringVar(&o.s3, "s3", "127.0.0.1:9000", "")
	flags.StringVar(&o.concur, "concur", "127.0.0.1:8089", "")
	flags.BoolVar(&o.json, "json", false, "")
	flags.BoolVar(&o.exitCode, "exit-code", false, "")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprint(help, usage)
			return o, err
		}
		return o, fmt.Errorf("%w (--help lists the flags)", err)
	}
	rowsGiven := false
	flags.Visit(func(f *flag.Flag) { rowsGiven = rowsGiven || f.Name == "rows" })
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("%q is not a flag, and there are no other arguments (--help lists the flags)", flags.Arg(0))
	case o.once && o.serverOnly:
		return o, errors.New("--once runs the pipeline and --server-only has none: leave one of them out")
	case rowsGiven && o.rows < 1:
		return o, fmt.Errorf("--rows %d: want 1 or more", o.rows)
	case o.data == "":
		return o, errors.New("--data wants a directory")
	}
	var err error
	if o.data, err = filepath.Abs(o.data); err != nil {
		return o, fmt.Errorf("--data: %w", err)
	}
	return o, nil
}
