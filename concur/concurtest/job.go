package concurtest

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tieout/concur/concurtest/extractgen"
	"tieout/concur/concurtest/internal/hash"
)

// JobState is how far a job has come. On the wire Complete is spelled in two ways.
type JobState string

// States of a job.
const (
	StateQueued   JobState = "Queued"
	StateRunning  JobState = "Running"
	StateComplete JobState = "Complete"
	StateFailed   JobState = "Failed"
)

// Origin says who started a job.
type Origin string

// Origins of a job.
const (
	OriginRequest Origin = "request" // a POST to this server
	OriginForeign Origin = "foreign" // Server.StartJob
	OriginHistory Origin = "history" // Definition.History
)

// listedJobs is the number of jobs that the list of a definition shows.
const listedJobs = 100

// JobRecord is a job that exists, whether or not the list of jobs shows it.
type JobRecord struct {
	ID         string `json:"id"`         // opaque
	Definition string `json:"definition"` // the definition's id
	// Number counts the definition's jobs from 1.
	Number int `json:"number"`
	// Request is the sequence number of the request that started it; 0 where Origin is not OriginRequest.
	Request int64     `json:"request,omitempty"`
	Origin  Origin    `json:"origin"`  // who started it
	Created time.Time `json:"created"` // what the wire calls its start-time
	// Listed is the time from which the list of jobs shows it.
	Listed time.Time `json:"listed"`
	// Started and Ended are the times at which it begins to run and is over. They may lie in the future.
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`
	// State is the state now.
	State JobState `json:"state"`
	// Seed and Batch are those of its generated files.
	Seed  uint64 `json:"seed"`
	Batch int64  `json:"batch"`
}

// Jobs returns the jobs of a definition, which is named by its id or its name, oldest first. It returns none where there is
// no such definition.
func (s *Server) Jobs(definition string) []JobRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.definition(definition)
	if d == nil {
		return nil
	}
	now := s.clock()
	jobs := slices.Clone(s.jobs[d.ID])
	for i := range jobs {
		jobs[i].State = d.stateAt(jobs[i], now)
	}
	return jobs
}

// StartJob starts a job on behalf of somebody else: Concur's own schedule, or another client. A job that is queued or
// running does not prevent it. It panics where there is no such definition.
func (s *Server) StartJob(definition string) JobRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.definition(definition)
	if d == nil {
		panic(fmt.Sprintf("concurtest: there is no definition %q", definition))
	}
	job, err := s.addJob(d, OriginForeign, 0, s.clock(), 0)
	if err != nil {
		panic(fmt.Sprintf("concurtest: starting a job: %v", err))
	}
	job.State = d.stateAt(job, s.clock())
	return job
}

// definition returns the definition with an id or a name, or nil.
func (s *Server) definition(which string) *Definition {
	for i := range s.world.Definitions {
		if d := &s.world.Definitions[i]; d.ID == which || d.Name == which {
			return d
		}
	}
	return nil
}

// addJob makes the definition's next job, and keeps it before anybody is told of it. The lock is held.
func (s *Server) addJob(d *Definition, origin Origin, request int64, created time.Time, late time.Duration) (JobRecord, error) {
	number := len(s.jobs[d.ID]) + 1
	job := JobRecord{
		ID:         opaqueID(hash.Text(s.world.Seed, d.ID, "job", fmt.Sprint(number)), 38),
		Definition: d.ID,
		Number:     number,
		Request:    request,
		Origin:     origin,
		Created:    created.UTC(),
		Listed:     created.Add(d.Timing.ListLag + late).UTC(),
		Seed:       hash.Text(s.world.Seed, d.ID, "extract", fmt.Sprint(number)),
		Batch:      d.batchOf(number),
	}
	queued, running := d.Timing.durations()
	job.Started = job.Created.Add(queued)
	job.Ended = job.Started.Add(running)
	if err := s.journal.write(entry{Job: &job}, true); err != nil {
		return JobRecord{}, fmt.Errorf("keeping the job: %w", err)
	}
	s.jobs[d.ID] = append(s.jobs[d.ID], job)
	return job, nil
}

// batchOf returns the batch id of a job: they count up by one per job, but for gaps and repeats.
func (d *Definition) batchOf(number int) int64 {
	batch := d.FirstBatch
	for n := 2; n <= number; n++ {
		if !slices.Contains(d.BatchRepeats, n) {
			batch++
		}
		if slices.Contains(d.BatchGaps, n) {
			batch++
		}
	}
	return batch
}

func (d *Definition) fails(number int) bool {
	return d.Timing.FailAll || slices.Contains(d.Timing.Failed, number)
}

// stateAt returns a job's state. Its times decide it, so that a job goes on through a restart.
func (d *Definition) stateAt(job JobRecord, now time.Time) JobState {
	switch {
	case now.Before(job.Started):
		return StateQueued
	case now.Before(job.Ended):
		return StateRunning
	case d.fails(job.Number):
		return StateFailed
	}
	return StateComplete
}

// filesOf returns what a job produces.
func (d *Definition) filesOf(job JobRecord) []File {
	files, ok := d.Jobs[job.Number]
	if !ok {
		files = d.Files
	}
	files = slices.Clone(files)
	for i := range files {
		f := &files[i]
		if f.Kind == "" && f.Extract != nil {
			f.Kind = FileExtract
		}
		f.Kind = cmp.Or(f.Kind, FileContent)
		if f.Name == "" {
			f.Name = fmt.Sprintf("extract_CES_SAE_v3_p%010d_%s.txt", hash.Text(0, d.ID)%1e10, job.Started.Add(time.Duration(i)*time.Second).Format("20060102150405"))
		}
		if f.Extract == nil {
			continue
		}
		spec := *f.Extract
		spec.Seed = hash.Numbers(spec.Seed, job.Seed, uint64(i))
		spec.Batch += job.Batch
		spec.Date = cmp.Or(spec.Date, job.Started.Format(time.DateOnly))
		if d.EmptyAfter > 0 && job.Number > d.EmptyAfter {
			spec.Rows, spec.Inject, spec.Control = 0, nil, extractgen.ControlFaults{}
		}
		f.Extract = &spec
	}
	return files
}
