// Command campaign runs many nights, kills their workers with kill -9 at random moments, and counts what was lost,
// started twice or stuck: go run ./deployments/local/night/campaign --runs 200 --seed 1
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"tieout/deployments/local/night"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c := night.Campaign{Log: os.Stdout}
	flag.IntVar(&c.Runs, "runs", 200, "how many runs")
	flag.Uint64Var(&c.Seed, "seed", rand.Uint64(), "decides the moments; random unless given")
	flag.IntVar(&c.AtOnce, "at-once", 8, "how many runs are on at the same time")
	flag.IntVar(&c.Kills, "kills", 3, "how many workers of a run are killed, at most")
	flag.DurationVar(&c.Within, "within", 4*time.Second, "the span after a worker's start in which it is killed")
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
func campaign(ctx context.Context, c night.Campaign) (lost bool, err error) {
	dir, err := os.MkdirTemp("", "tieout-campaign-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	g, err := night.Open(ctx, dir)
	if err != nil {
		return false, err
	}
	defer func() { _ = g.Close() }() // it is thrown away
	fmt.Printf("%d runs, seed %d\n", c.Runs, c.Seed)
	begun := time.Now()
	toll := c.Run(ctx, g)
	for _, problem := range toll.Problems {
		fmt.Println(problem)
	}
	fmt.Printf("%d runs, %d kills, %d lost, %d started twice, %d stuck, in %s (seed %d)\n",
		toll.Runs, toll.Kills, toll.Lost, toll.StartedTwice, toll.Stuck, time.Since(begun).Round(time.Second), c.Seed)
	return len(toll.Problems) > 0, nil
}
