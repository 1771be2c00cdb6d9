// Package systemtest tests tieout as a whole. Runs go through a real Temporal server, a real S3 server and a simulated
// Concur while processes are killed and requests fail at chosen moments. A checker then reads from outside what each run
// has left behind.
//
// Servers are the Temporal and the S3 server of a process. A Scenario is a namespace with one configuration and the workers
// that serve it: worker processes, which can be killed, or a worker in this process. A Pipeline of a scenario has a
// simulated Concur of its own. Tests hook into requests to Concur (Pipeline.OnRequest) and to S3 (S3Proxy.Add).
package systemtest
