// Command campaign runs many nights, kills their workers with kill -9 at random moments, and counts what was lost,
// started twice or stuck: go run ./deployments/local/systemtest/campaign --runs 200 --seed 1
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
	flag.IntVar(&c.PerWorker, "per-worker", 10, "how many runs share a worker and are on at once")
	flag.IntVar(&c.Workers, "workers", 4, "how many workers there are at once")
	flag.IntVar(&c.Kills, "kills", 10, "how often each worker is killed, at most")
	flag.Parse()
	lost, err := campaign(ctx, c)
	if err != nil {
		fmt.Fprintln(os.Stderr, "campaign:", err)
	}
	if err != nil || lost {
		os.Exit(1)
	}
}

// campaign runs it on a ground of its own and tells whether anything was lost.
func campaign(ctx context.Context, c systemtest.Campaign) (lost bool, err error) {
	dir, err := os.MkdirTemp("", "tieout-campaign-")
	if err != nil {
		return false, err
	}
	g, err := systemtest.Open(ctx, dir)
	if err != nil {
		return false, err
	}
	fmt.Printf("%d runs, seed %d\n", c.Runs, c.Seed)
	begun := time.Now()
	toll := c.Run(ctx, g)
	_ = g.Close() // what it holds is thrown away, or looked at by a person
	for _, problem := range toll.Problems {
		fmt.Println(problem)
	}
	fmt.Printf("%s, in %s (seed %d)\n", toll, time.Since(begun).Round(time.Second), c.Seed)
	if len(toll.Problems) > 0 {
		fmt.Printf("Histories, Concur's logs and the workers' logs are kept in %s\n", dir)
		return true, nil
	}
	return false, os.RemoveAll(dir)
}
