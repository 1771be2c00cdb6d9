package systemtest

import (
	"cmp"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"tieout/concur/concurtest"
)

// BusinessDate is the business date of a pipeline that names no other.
const BusinessDate = "2026-11-20"

// Pipeline is one pipeline of a scenario with a simulated Concur of its own.
type Pipeline struct {
	// Name is the name of the pipeline and of its connection.
	Name string
	// World is what Concur holds.
	World concurtest.World
	// Settings and Connection replace keys of the pipeline and of its connection in tieout.yaml; nil removes a key.
	Settings, Connection map[string]any
	// Date is the business date of the runs to come, or "" for BusinessDate.
	Date string
	// Concur is set by NewScenario.
	Concur *concurtest.Server

	scenario *Scenario
	ahead    atomic.Int64 // nanoseconds by which Concur's clock is ahead of ours
	mu       sync.Mutex
	hooks    []*hook
	tokens   []concurtest.Request // requests that Concur answered with a token
}

// hook calls a function when a request to Concur reaches a point.
type hook struct {
	operation concurtest.Operation
	point     concurtest.Point
	nth       int
	call      func()
}

func (p *Pipeline) start(s *Scenario) {
	p.scenario, p.Date = s, cmp.Or(p.Date, BusinessDate)
	p.Concur = concurtest.NewServer(p.World, concurtest.WithObserver(p.observe),
		concurtest.WithClock(func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }))
}

// FinishJob lets ten minutes pass at Concur: its jobs take less, unless a test says otherwise.
func (p *Pipeline) FinishJob() { p.Advance(10 * time.Minute) }

// Advance lets time pass at Concur.
func (p *Pipeline) Advance(d time.Duration) { p.ahead.Add(int64(d)) }

// OnRequest calls a function once, when the nth request of an operation reaches a point (concurtest.Received, Acted or
// Answered). The client waits meanwhile. Requests count from 1 since the hook was set.
func (p *Pipeline) OnRequest(operation concurtest.Operation, point concurtest.Point, nth int, call func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hooks = append(p.hooks, &hook{operation, point, nth, call})
}

func (p *Pipeline) observe(e concurtest.Event) {
	p.scenario.steps.step()
	var calls []func()
	p.mu.Lock()
	if e.Request.Operation == concurtest.OpToken && e.Point == concurtest.Acted {
		p.tokens = append(p.tokens, e.Request)
	}
	for _, h := range p.hooks {
		if h.operation == e.Request.Operation && h.point == e.Point {
			if h.nth--; h.nth == 0 {
				calls = append(calls, h.call)
			}
		}
	}
	p.mu.Unlock()
	for _, call := range calls {
		call()
	}
}

// Requests returns the number of requests of an operation that Concur has received.
func (p *Pipeline) Requests(operation concurtest.Operation) int {
	count := 0
	for _, request := range p.Concur.Requests() {
		if request.Operation == operation {
			count++
		}
	}
	return count
}

// jobs returns the jobs of the definition at Concur.
func (p *Pipeline) jobs() []concurtest.JobRecord { return p.Concur.Jobs(p.World.Definitions[0].Name) }

func (p *Pipeline) connectionSettings() map[string]any {
	return replaced(connectionSettings(p.Concur.URL, p.Concur.Auth()), p.Connection)
}

func connectionSettings(url string, auth concurtest.Auth) map[string]any {
	return map[string]any{"base_url": url, "client_id": auth.ClientID, "client_secret": auth.ClientSecret,
		"refresh_token": auth.RefreshToken, "token_store": "s3", "lists_api": "v1", "requests_per_second": 1000}
}

func (p *Pipeline) pipelineSettings() map[string]any {
	return replaced(map[string]any{
		"connection": p.Name, "definition": concurtest.SampleDefinition, "acquire": "start", "format": "sae",
		"poll":           map[string]any{"first": "50ms", "max": "200ms", "deadline": "5m", "visibility": "2s"},
		"control_totals": "require", "checks": checks(p.World), "on_findings": "report",
	}, p.Settings)
}

func replaced(settings, by map[string]any) map[string]any {
	maps.Copy(settings, by)
	maps.DeleteFunc(settings, func(_ string, value any) bool { return value == nil })
	return settings
}
