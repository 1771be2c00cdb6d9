// Command record writes the history of a run, and of its tie-outs, to JSON files that workflows/replay_test.go replays:
//
//	TEMPORAL_ADDRESS=127.0.0.1:7233 go run ./deployments/local/record extract/nightly-sae/2026-11-20 workflows/testdata/replay/0.2.0/quiet
//
// It records what the version that ran wrote. Record before a change that touches histories, and keep the files. One
// history of each kind of run comes from a test of systemtest: go test -run TestEachKindOfRunReplays -record DIR.
package main

import (
	"context"
	"fmt"
	"os"

	"go.uber.org/zap"

	"tieout/deployments/local/systemtest"
	"tieout/internal/app"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: record WORKFLOW-ID FILE-PREFIX")
		os.Exit(2)
	}
	if err := record(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

func record(ctx context.Context, workflowID, prefix string) error {
	c, _, err := app.Dial(ctx, zap.NewNop())
	if err != nil {
		return err
	}
	defer c.Close()
	histories, err := systemtest.Histories(ctx, c, workflowID, "")
	if err != nil {
		return err
	}
	return systemtest.WriteHistories(prefix, histories)
}
