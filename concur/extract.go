package concur

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	extractPath = "/api/expense/extract/v1.0/"
	extractNS   = "http://www.concursolutions.com/api/expense/extract/2010/02"
)

// Definition is an accounting extract as it is configured in Concur.
type Definition struct {
	// ID is opaque.
	ID string
	// Name is what people call the extract. Several definitions may share one.
	Name string
}

// Is reports whether wanted is the name, the id or a URI of the definition.
func (d Definition) Is(wanted string) bool {
	return d.Name == wanted || d.ID == wanted || strings.HasSuffix(strings.TrimSuffix(wanted, "/job"), "/"+d.ID)
}

// State is how far a job has come.
type State string

// States of a job. Concur spells them in several ways, which Job.Status keeps.
const (
	Queued    State = "Queued"
	Running   State = "Running"
	Completed State = "Completed"
	Failed    State = "Failed"
	// Unknown is a status that the documentation does not name. It may end: go on polling, and say so.
	Unknown State = "Unknown"
)

// Job is one run of an extract definition.
type Job struct {
	// ID is opaque, and unique within the definition.
	ID string
	// Definition is the id of the definition that was asked for.
	Definition string
	// State is how far the job has come.
	State State
	// Status is the state in Concur's own words, at most 64 bytes.
	Status string
	// StartTime and StopTime are in UTC. They are zero where Concur gives none, or none that can be read.
	StartTime, StopTime time.Time
	// CorrelationID is Concur's own name for the exchange that brought this answer.
	CorrelationID string
}

// Definitions returns the extract definitions of the account.
func (c *Client) Definitions(ctx context.Context) ([]Definition, error) {
	all, _, err := getRecords(ctx, c, call{operation: OpDefinitions, path: extractPath, maxBytes: maxSmallBody}, "definitions", "definition", readDefinition)
	return all, err
}

func readDefinition(r record) (Definition, error) {
	id, err := definitionID(r.get("id"))
	return Definition{ID: id, Name: trimLink(r.get("name"))}, err
}

// Jobs returns the jobs of a definition, of which Concur lists the last 100, in Concur's order.
func (c *Client) Jobs(ctx context.Context, definition string) ([]Job, error) {
	path, err := extractURL(definition, "job")
	if err != nil {
		return nil, badArgument(OpJobs, err)
	}
	jobs, correlation, err := getRecords(ctx, c, call{operation: OpJobs, path: path, maxBytes: maxSmallBody}, "jobs", "job",
		func(r record) (Job, error) { return readJob(r, definition, "") })
	for i := range jobs {
		jobs[i].CorrelationID = correlation
	}
	return jobs, err
}

// Job returns the details of a job. A job that Concur does not know is an [*Error] of KindNotFound.
func (c *Client) Job(ctx context.Context, definition, job string) (Job, error) {
	return c.oneJob(ctx, OpJob, definition, "job", job)
}

// JobStatus returns a job as Job does, and asks Concur for its status alone.
func (c *Client) JobStatus(ctx context.Context, definition, job string) (Job, error) {
	return c.oneJob(ctx, OpJobStatus, definition, "job", job, "status")
}

func (c *Client) oneJob(ctx context.Context, operation Operation, definition string, segments ...string) (Job, error) {
	path, err := extractURL(definition, segments...)
	if err != nil {
		return Job{}, badArgument(operation, err)
	}
	jobs, correlation, err := getRecords(ctx, c, call{operation: operation, path: path, maxBytes: maxSmallBody}, "job", "job",
		func(r record) (Job, error) { return readJob(r, definition, segments[1]) })
	if err != nil {
		return Job{}, err
	}
	jobs[0].CorrelationID = correlation
	return jobs[0], nil
}

// readJob reads a job. want is its id, or "" where the answer tells it. The documentation of the status call lists two id
// elements, the job's and the definition's, so the first that is a job's id counts; where the id is known beforehand it
// may be missing, but not be another.
func readJob(r record, definition, want string) (Job, error) {
	id, err := "", errNoID
	for _, f := range r {
		if f.name != "id" || err == nil || isDefinitionLink(f.value) {
			continue
		}
		if id, err = jobID(f.value); err != nil {
			return Job{}, err
		}
	}
	switch {
	case want == "" && err != nil:
		return Job{}, err
	case want != "" && err == nil && id != want:
		return Job{}, errors.New("it is about another job than the one asked for")
	case want != "":
		id = want
	}
	status := trimLink(r.get("status"))
	return Job{
		ID: id, Definition: definition, State: stateOf(status), Status: masked(status, 64),
		StartTime: timeOf(r.get("start-time")), StopTime: timeOf(r.get("stop-time")),
	}, nil
}

// isDefinitionLink reports whether a link is a definition's URI and not a job's.
func isDefinitionLink(link string) bool {
	path, _, bare, err := splitLink(link)
	return err == nil && !bare && len(below(path, "extract")) == 1
}

// stateOf maps the words and numbers that are documented or seen.
func stateOf(status string) State {
	switch strings.ToLower(status) {
	case "queued":
		return Queued
	case "running":
		return Running
	case "completed", "complete", "2":
		return Completed
	case "failed", "3":
		return Failed
	}
	return Unknown
}

// timeOf reads a time that is UTC unless it says otherwise, with any fraction of a second.
func timeOf(s string) time.Time {
	s = trimLink(s)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// extractURL returns the escaped path of a definition, or of what the segments name below it.
func extractURL(definition string, segments ...string) (string, error) {
	if err := checkID(definition); err != nil {
		return "", fmt.Errorf("the definition id %q cannot be used", masked(definition, 64))
	}
	path := extractPath + escapeSegment(definition)
	for _, s := range segments {
		if err := checkID(s); err != nil {
			return "", fmt.Errorf("the job id %q cannot be used", masked(s, 64))
		}
		path += "/" + escapeSegment(s)
	}
	return path, nil
}
