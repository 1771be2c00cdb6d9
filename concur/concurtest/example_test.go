package concurtest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"

	"tieout/concur"
	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
)

// connect returns a client of a simulated Concur.
func connect(s *concurtest.Server) *concur.Client {
	endpoint, err := concur.NewEndpoint(s.URL, concur.EndpointOptions{})
	if err != nil {
		log.Fatal(err)
	}
	client, err := concur.NewClient(endpoint, concur.LegacyToken(s.Auth().LegacyToken), concur.Options{RequestsPerSecond: 100})
	if err != nil {
		log.Fatal(err)
	}
	return client
}

// A client is tested against a world with one extract. What the server tells of the job is compared with what the client
// got.
func Example() {
	s := concurtest.NewServer(concurtest.World{
		Definitions: []concurtest.Definition{{
			Name:   "Standard Accounting Extract",
			Files:  []concurtest.File{{Extract: &extractgen.Spec{Rows: 1000}}},
			Timing: concurtest.Timing{Queued: -1, Running: -1},
		}},
	})
	defer s.Close()
	client := connect(s)
	defer client.CloseIdleConnections()
	ctx := context.Background()

	definition := s.World().Definitions[0].ID
	started, err := client.StartJob(ctx, definition)
	if err != nil {
		log.Fatal(err)
	}
	file, err := client.File(ctx, definition, started.ID, concur.FileRequest{})
	if err != nil {
		log.Fatal(err)
	}
	defer file.Body.Close()
	got, err := io.Copy(io.Discard, file.Body)
	if err != nil {
		log.Fatal(err)
	}
	served, err := s.Extract(started.ID, 0)
	if err != nil {
		log.Fatal(err)
	}
	job := s.Jobs("Standard Accounting Extract")[0]
	fmt.Println(job.ID == started.ID, job.State, got == served.Size())
	// Output:
	// true Complete true
}

// A file breaks off once, behind its first kilobyte, and the client goes on from there.
func ExampleServer_Inject() {
	world := concurtest.SampleWorld(1000)
	world.Definitions[0].History = 1 // a job that has ended
	s := concurtest.NewServer(world)
	defer s.Close()
	client := connect(s)
	defer client.CloseIdleConnections()
	ctx := context.Background()
	s.Inject(concurtest.Fault{Operation: concurtest.OpFile, Nth: 1, Truncate: &concurtest.Truncate{After: 1024}})

	definition, job := s.World().Definitions[0].ID, s.Jobs(concurtest.SampleDefinition)[0]
	first, err := client.File(ctx, definition, job.ID, concur.FileRequest{})
	if err != nil {
		log.Fatal(err)
	}
	got, err := io.Copy(io.Discard, first.Body)
	first.Body.Close()
	broken, ok := errors.AsType[*concur.Error](err)
	fmt.Println(got, ok, broken.Kind)

	rest, err := client.File(ctx, definition, job.ID, concur.FileRequest{Offset: got, IfMatch: first.ETag})
	if err != nil {
		log.Fatal(err)
	}
	defer rest.Body.Close()
	more, err := io.Copy(io.Discard, rest.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(rest.Offset, got+more == first.Length)
	// Output:
	// 1024 true transport
	// 1024 true
}
