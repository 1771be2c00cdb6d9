// Command example is the worker of a team that works with what tieout lands. It knows tieout by names and JSON alone and
// imports nothing of it, so it could be written in another language as well.
package main

import (
	"cmp"
	"log"
	"os"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
)

// taskQueue is this team's own; tieout.yaml names it under next.
const taskQueue = "ledger"

func main() {
	c, err := client.Dial(client.Options{
		HostPort:  cmp.Or(os.Getenv("TEMPORAL_ADDRESS"), client.DefaultHostPort),
		Namespace: cmp.Or(os.Getenv("TEMPORAL_NAMESPACE"), client.DefaultNamespace),
	})
	if err != nil {
		log.Fatalln("Reaching Temporal:", err)
	}
	defer c.Close()
	if err := newWorker(c, Ledger{ClosedUntil: os.Getenv("LEDGER_CLOSED_UNTIL")}).Run(worker.InterruptCh()); err != nil {
		log.Fatalln("Working:", err)
	}
}

func newWorker(c client.Client, ledger Ledger) worker.Worker {
	w := worker.New(c, taskQueue, worker.Options{})
	w.RegisterWorkflow(PostJournal)
	w.RegisterWorkflow(CloseBooks)
	w.RegisterActivity(ledger.Post)
	return w
}
