package concur_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tieout/concur"
	"tieout/concur/concurtest"
)

// simulated starts a simulated Concur whose jobs end at once, and returns a client of it.
func simulated() (*concurtest.Server, *concur.Client) {
	world := concurtest.SampleWorld(1000)
	world.Definitions[0].Timing = concurtest.Timing{Queued: -1, Running: -1}
	server := concurtest.NewServer(world)
	endpoint, err := concur.NewEndpoint(server.URL, concur.EndpointOptions{})
	if err != nil {
		log.Fatal(err)
	}
	client, err := concur.NewClient(endpoint, concur.LegacyToken(server.Auth().LegacyToken), concur.Options{RequestsPerSecond: 100})
	if err != nil {
		log.Fatal(err)
	}
	return server, client
}

// A job is started, watched until it ends, and its file read.
func Example() {
	server, client := simulated()
	defer server.Close()
	defer client.CloseIdleConnections()
	ctx := context.Background()

	definitions, err := client.Definitions(ctx)
	if err != nil {
		log.Fatal(err)
	}
	definition, err := concur.ChooseDefinition(definitions, "Standard Accounting Extract")
	if err != nil {
		log.Fatal(err)
	}
	job, err := client.StartJob(ctx, definition.ID)
	if err != nil {
		log.Fatal(err)
	}
	poll := time.NewTicker(time.Millisecond) // some seconds at the real Concur
	defer poll.Stop()
	for job.State != concur.Completed && job.State != concur.Failed {
		<-poll.C
		if job, err = client.JobStatus(ctx, definition.ID, job.ID); err != nil {
			log.Fatal(err)
		}
	}
	file, err := client.File(ctx, definition.ID, job.ID, concur.FileRequest{})
	if err != nil {
		log.Fatal(err)
	}
	defer file.Body.Close()
	content, err := io.ReadAll(file.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(job.State, file.Framing, int64(len(content)) == file.Length)
	fmt.Println(strings.Count(string(content), "\nDETAIL|"), "rows")
	// Output:
	// Completed content-length true
	// 1000 rows
}

// Two processes that share a token store use one access token, and the newest refresh token.
func ExampleNewOAuth2() {
	server := concurtest.NewServer(concurtest.SampleWorld(1000))
	defer server.Close()
	dir, err := os.MkdirTemp("", "concur")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	authorize := func() string {
		endpoint, err := concur.NewEndpoint(server.URL, concur.EndpointOptions{})
		if err != nil {
			log.Fatal(err)
		}
		auth, err := concur.NewOAuth2(endpoint, concur.OAuth2Config{
			ClientID:     server.Auth().ClientID,
			ClientSecret: server.Auth().ClientSecret,
			Grant:        concur.RefreshToken(server.Auth().RefreshToken),
			Store:        concur.FileTokenStore(filepath.Join(dir, "token.json")),
		})
		if err != nil {
			log.Fatal(err)
		}
		header, err := auth.Authorization(context.Background())
		if err != nil {
			log.Fatal(err)
		}
		return header
	}
	first, second := authorize(), authorize()
	fmt.Println(strings.Fields(first)[0], first == second, len(server.Requests()), "token request")
	// Output:
	// Bearer true 1 token request
}

// The kind of an error says what to do about it.
func ExampleError() {
	server, client := simulated()
	defer server.Close()
	defer client.CloseIdleConnections()
	server.Inject(concurtest.Fault{Operation: concurtest.OpDefinitions, Status: 429, RetryAfter: "7"})

	_, err := client.Definitions(context.Background())
	refusal, ok := errors.AsType[*concur.Error](err)
	if !ok {
		log.Fatal(err)
	}
	switch {
	case refusal.Kind == concur.KindReauthorize || refusal.Kind == concur.KindCredentials:
		fmt.Println("a person must give new credentials:", refusal.Message)
	case refusal.Temporary():
		fmt.Println(refusal.Kind, "for", refusal.RetryAfter)
	default:
		fmt.Println("it stays so:", refusal.Message)
	}
	// Output:
	// throttled for 7s
}

// Whether a job was started is known in all cases but one.
func ExampleClient_StartJob() {
	server, client := simulated()
	defer server.Close()
	defer client.CloseIdleConnections()
	definition := server.World().Definitions[0].ID
	server.Inject(concurtest.Fault{Operation: concurtest.OpStart, Nth: 1, AcceptThenDrop: true})

	job, err := client.StartJob(context.Background(), definition)
	refusal, failed := errors.AsType[*concur.Error](err)
	switch {
	case !failed:
		fmt.Println("started", job.ID)
	case refusal.Kind == concur.KindConflict:
		fmt.Println("another job of the definition is queued or running")
	case refusal.OutcomeUnknown():
		jobs, err := client.Jobs(context.Background(), definition)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("no answer came; Concur lists", len(jobs), "job")
	default:
		fmt.Println("not started:", refusal)
	}
	// Output:
	// no answer came; Concur lists 1 job
}

// The items of a list are read level by level.
func ExampleClient_Items() {
	server, client := simulated()
	defer server.Close()
	defer client.CloseIdleConnections()
	ctx := context.Background()

	lists, err := client.Lists(ctx)
	if err != nil {
		log.Fatal(err)
	}
	list, err := concur.ChooseList(lists, "Organization List")
	if err != nil {
		log.Fatal(err)
	}
	parent := concur.Parent{}
	for range list.Levels {
		answer, err := client.Items(ctx, list, parent)
		if err != nil {
			log.Fatal(err)
		}
		item := concur.Children(answer, parent)[0]
		fmt.Printf("%d %q\n", item.Level, item.Path)
		parent = item.Parent()
	}
	// Output:
	// 1 ["D10"]
	// 2 ["D10" "01001-10"]
	// 3 ["D10" "01001-10" "CC-000310"]
}
