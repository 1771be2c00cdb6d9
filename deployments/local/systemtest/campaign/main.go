// Command campaign runs many pipelines, kills their workers with kill -9 at random moments, and counts the runs that were
// lost, started twice or stuck:
//
//	go run ./deployments/local/systemtest/campaign --runs 200 --seed 1
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"tieout/deployments/local/systemtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c := systemtest.Campaign{Log: os.Stdout}
	flag.IntVar(&c.Runs, "runs", 200, "how many runs")
	flag.Uint64Var(&c.Seed, "seed", rand.Uint64(), "decides the moments; random unless given")
	flag.IntVar(&c.PerWorker, "per-worker", 10, "how many runs share a worker at a time")
	flag.IntVar(&c.Workers, "workers", 4, "how many workers there are at a time")
	flag.IntVar(&c.Kills, "kills", 10, "how often each worker is killed, at most")
	flag.Parse()
	whole, err := campaign(ctx, c)
	if err != nil {
		fmt.Fprintln(os.Stderr, "campaign:", err)
	}
	if err != nil || !whole {
		os.Exit(1)
	}
}

// campaign runs it on servers of its own and reports whether every run was whole.
func campaign(ctx context.Context, c systemtest.Campaign) (whole bool, err error) {
	dir, err := os.MkdirTemp("", "tieout-campaign-")
	if err != nil {
		return false, err
	}
	servers, err := systemtest.StartServers(ctx, dir)
	if err != nil {
		return false, err
	}
	fmt.Printf("%d runs, seed %d\n", c.Runs, c.Seed)
	begun := time.Now()
	tally := c.Run(ctx, servers)
	_ = servers.Close() // their state is deleted below, or a person looks at it
	for _, problem := range tally.Problems {
		fmt.Println(problem)
	}
	fmt.Printf("%s, in %s (seed %d)\n", tally, time.Since(begun).Round(time.Second), c.Seed)
	if len(tally.Problems) > 0 {
		fmt.Printf("Histories, Concur's logs and the workers' logs are kept in %s\n", dir)
		return false, nil
	}
	return true, os.RemoveAll(dir)
}
