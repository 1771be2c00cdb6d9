package workflows_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/activities"
	"tieout/internal/bucket"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/pipeline"
)

var modelFaults = flag.Int("model.faults", 2, "how many things go wrong at most in one interleaving of the start protocol's model")

const (
	modelWindow  = time.Minute     // the visibility window
	modelAttempt = 2 * time.Minute // what the policies give one attempt at the POST
	inTime       = modelWindow - 10*time.Second
	tooLate      = 10 * time.Minute // later than any look lasts
	shortJob     = 5 * time.Second
	longJob      = 20 * time.Minute
	modelDate    = "2020-11-20" // long past, whenever the model is walked
)

// scenario is what all interleavings of a walk share.
type scenario struct {
	name string
	// history is how many jobs are there at first; at 100 Concur's list is full.
	history int
	// fewer takes so many off the number of faults: the pairs of the first scenario are enough for a test that is run often.
	fewer int
	// oneNight has the next night follow a run that was lost or failed; else the date is begun anew.
	oneNight bool
	// front starts the date through a front each time; again asks for a further extract that way.
	front, again bool
	// busy has a long job of another date running at first.
	busy bool
	// meets is what goes by once at a moment of the walk's choice, without counting as something that goes wrong.
	meets encounter
}

// encounter is what another workflow of the same pipeline does while the run of the date stands still.
type encounter string

const (
	nobody      encounter = ""
	abroad      encounter = "the run of the date in another namespace"
	joined      encounter = "a front of the date"
	furtherOnce encounter = "another front that asks for a further extract"
	otherDate   encounter = "a run of another date"
)

// TestStartProtocol walks through every interleaving of at most so many things that go wrong around the start of a job
// (docs/start-protocol.md). It drives the real workflow and the real activities over a modelled Concur, S3 and Temporal.
func TestStartProtocol(t *testing.T) {
	var mu sync.Mutex
	walked := 0
	t.Cleanup(func() { t.Logf("%d interleavings of up to %d faults", walked, *modelFaults) })
	for _, s := range []scenario{
		{name: "begun anew", history: 1},
		{name: "the next night", history: 1, fewer: 1, oneNight: true},
		{name: "full list", history: 100, fewer: 1},
		{name: "through fronts", history: 1, fewer: 1, front: true},
		{name: "a job of another date is running", history: 1, fewer: 1, busy: true},
		{name: "two namespaces", history: 1, fewer: 1, meets: abroad},
		{name: "joined by a front", history: 1, fewer: 1, meets: joined},
		{name: "again twice at once", history: 1, fewer: 1, front: true, again: true, meets: furtherOnce},
		{name: "beside another date", history: 1, fewer: 1, meets: otherDate},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			n := 0
			for path := []int(nil); ; n++ {
				m := newModel(t, s, path)
				m.walk()
				require.Empty(t, m.broken, "%s", m)
				var more bool
				if path, more = m.next(); !more {
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			walked += n + 1
			t.Logf("%d interleavings", n+1)
		})
	}
}

// model is one interleaving: the choices made so far, the world, and what must hold in it.
type model struct {
	t     *testing.T
	s     scenario
	path  []int // the choices to make, then those made
	sizes []int // how many options each had
	spent int
	trace []string
	quiet bool

	mu       sync.Mutex // the world: whoever holds it acts alone
	clock    time.Time  // the latest moment
	current  *execution
	concur   *modelConcur
	s3       *modelS3
	temporal map[string]*modelRun // by namespace and workflow id
	runs     int
	settings pipeline.Pipeline
	keys     evidence.Keys
	store    *bucket.Store
	events   []event
	tieOuts  map[string]int // by manifest
	met      bool           // the encounter has been had
	asks     int            // how often people were asked
	hands    *modelWorker   // whose StartJob is acting
	ledger   ledger
	broken   string // what does not hold
}

// event is something that happens at its time whatever the run does meanwhile.
type event struct {
	at time.Time
	do func()
}

func newModel(t *testing.T, s scenario, path []int) *model {
	m := &model{t: t, s: s, path: path, clock: time.Date(2020, 11, 20, 4, 0, 0, 0, time.UTC), temporal: map[string]*modelRun{}, tieOuts: map[string]int{}}
	m.concur, m.s3, m.ledger = &modelConcur{m: m}, newModelS3(), newLedger(m)
	m.s3.m = m
	m.settings = pipeline.Pipeline{
		Name: "nightly-sae", Connection: "acme", Definition: "SAE", Acquire: pipeline.AcquireStart, OnFindings: pipeline.OnFindingsReport,
		Poll: pipeline.Poll{First: pipeline.Duration(15 * time.Second), Max: pipeline.Duration(2 * time.Minute),
			Deadline: pipeline.Duration(6 * time.Hour), Visibility: pipeline.Duration(modelWindow)},
	}
	m.keys = evidence.Keys{Pipeline: m.settings.Name}
	m.store = bucket.New(m.s3, "evidence", bucket.Options{})
	for i := range s.history {
		m.concur.add(history, m.clock.Add(-time.Duration(s.history-i)*24*time.Hour), time.Minute, 0)
	}
	return m
}

// worker is a worker process in a namespace.
func (m *model) worker(x *execution) *activities.Activities {
	return &activities.Activities{
		Config: &config.Config{Pipelines: map[string]pipeline.Pipeline{m.settings.Name: m.settings},
			Storage: config.Storage{Bucket: "evidence"}},
		Connections: map[string]activities.Concur{"acme": m.concur}, Evidence: evidence.NewStorage(m.store), Runs: modelTemporal{m, x}, Clock: m.now,
	}
}

// choose takes one of the options; the first is what happens when nothing goes wrong, the others are faults.
func (m *model) choose(what string, options ...string) int {
	fewer := m.s.fewer
	if underRace {
		fewer++
	}
	if m.quiet || m.spent >= max(1, *modelFaults-fewer) {
		return 0
	}
	choice := m.which(what, options...)
	if choice > 0 {
		m.spent++
	}
	return choice
}

// which takes one of the options of what is happening anyway.
func (m *model) which(what string, options ...string) int {
	at := len(m.sizes)
	if at == len(m.path) {
		m.path = append(m.path, 0)
	}
	m.sizes = append(m.sizes, len(options))
	choice := m.path[at]
	if m.must(choice < len(options), "the model must be deterministic"); choice >= len(options) {
		return 0
	}
	if choice > 0 {
		m.trace = append(m.trace, what+": "+options[choice])
	}
	return choice
}

// next is the path of the next interleaving, depth first.
func (m *model) next() ([]int, bool) {
	require.Len(m.t, m.path, len(m.sizes), "the model must be deterministic: %s", m)
	for i := len(m.path) - 1; i >= 0; i-- {
		if m.path[i]+1 < m.sizes[i] {
			path := slices.Clone(m.path[:i+1])
			path[i]++
			return path, true
		}
	}
	return nil, false
}

// String is what went wrong in this interleaving.
func (m *model) String() string { return m.s.name + ": " + strings.Join(m.trace, "; ") }

func (m *model) now() time.Time {
	if m.current == nil {
		return m.clock
	}
	return m.current.now()
}

func (m *model) later(at time.Time, do func()) {
	m.events = append(m.events, event{at, do})
}

// tick lets happen what is due.
func (m *model) tick() {
	for {
		i := slices.IndexFunc(m.events, func(e event) bool { return !e.at.After(m.now()) })
		if i < 0 {
			return
		}
		due := m.events[i]
		m.events = slices.Delete(m.events, i, i+1)
		due.do()
	}
}

// slotOn is the slot of a day after the first.
func slotOn(day int) contract.Slot {
	date, _ := time.Parse(time.DateOnly, modelDate)
	return contract.Slot{Date: date.AddDate(0, 0, day).Format(time.DateOnly)}
}

// beginnings bounds how often people begin a date anew.
const beginnings = 4

// walk is a night that things happen to, and two quiet ones.
func (m *model) walk() {
	begin := m.clock
	if m.s.busy {
		m.claimForAnotherDate(m.concur.add(anothers, begin.Add(-time.Minute), longJob, 0))
	}
	if m.s.again {
		m.quiet = true
		m.start(slotOn(0), contract.ExtractInput{}, "first")
		m.quiet, m.clock = false, begin.Add(time.Hour)
	}
	for beginning := 1; beginning <= beginnings && m.broken == ""; beginning++ {
		first := m.start(slotOn(0), contract.ExtractInput{Again: m.s.again}, fmt.Sprintf("front-%d", beginning))
		if m.s.oneNight || first.end.Status == contract.RunCompleted {
			break
		}
	}
	m.quiet = true
	for day := 1; day <= 2 && m.broken == ""; day++ {
		m.clock = begin.AddDate(0, 0, day)
		quiet := m.start(slotOn(day), contract.ExtractInput{}, fmt.Sprintf("quiet-%d", day))
		m.must(quiet.end.Status == contract.RunCompleted, "a quiet night ended with %+v", quiet.end)
	}
	m.ledger.mustHold()
}

// start starts the run of a slot or a front before it, and walks it to its end.
func (m *model) start(slot contract.Slot, in contract.ExtractInput, name string) *modelRun {
	in.Pipeline, in.BusinessDate = m.settings.Name, slot.Date
	id := contract.Run{Pipeline: m.settings.Name, Slot: slot}.ID()
	if m.s.front || in.Again {
		id = name
	}
	r := m.begin(home, id, in)
	m.finish(r)
	m.letGo()
	return r
}

// claimForAnotherDate notes that a job belongs to the night before.
func (m *model) claimForAnotherDate(job *modelJob) {
	m.s3.put(m.keys.Claim(contract.JobKey(job.id)), fmt.Sprintf(
		`{"schema":1,"jobId":%q,"origin":"started","attempt":1,"businessDate":%q,"slot":"date","workflowId":"x","runId":"x","at":"2020-11-19T04:00:00Z"}`,
		job.id, slotOn(-1).Date))
}
