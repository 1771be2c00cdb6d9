package concurtest_test

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tieout/concur/concurtest"
)

func Example() {
	world := concurtest.SampleWorld(1000)
	world.Definitions[0].Timing = concurtest.Timing{Queued: -1, Running: -1}
	s := concurtest.NewServer(world, concurtest.WithClock(func() time.Time { return time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC) }))
	defer s.Close()
	defer http.DefaultClient.CloseIdleConnections()

	call := func(method, path string) *http.Response {
		r, err := http.NewRequest(method, s.URL+path, nil)
		if err != nil {
			panic(err)
		}
		r.Header.Set("Authorization", "OAuth "+s.Auth().LegacyToken)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			panic(err)
		}
		return resp
	}
	jobs := "/api/expense/extract/v1.0/" + url.PathEscape(s.World().Definitions[0].ID) + "/job"
	started := call("POST", jobs)
	started.Body.Close()
	job := s.Jobs(concurtest.SampleDefinition)[0]
	file := call("GET", jobs+"/"+url.PathEscape(job.ID)+"/file")
	defer file.Body.Close()
	header, _ := bufio.NewReader(file.Body).ReadString('\n')

	fmt.Println(started.Status, job.State)
	fmt.Println(strings.Join(strings.Split(header, "|")[:3], "|"))
	// Output:
	// 201 Created Complete
	// EXTRACT|2026-11-20|1000
}
