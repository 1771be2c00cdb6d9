package concur

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
)

const (
	extractPath = "/api/expense/extract/v1.0/"
	extractNS   = "http://www.concursolutions.com/api/expense/extract/2010/02"
)

// Definition of an accounting extract, as configured in Concur.
type Definition struct{ ID, Name string }

// Is tells whether a name, an id or a URI means this definition.
func (d Definition) Is(wanted string) bool {
	return d.Name == wanted || d.ID == wanted || strings.HasSuffix(strings.TrimSuffix(wanted, "/job"), "/"+d.ID)
}

// State of a job.
type State string

const (
	Queued    State = "Queued"
	Running   State = "Running"
	Completed State = "Completed"
	Failed    State = "Failed"
	// Unknown is a status that the documentation does not name: go on polling, and say so.
	Unknown State = "Unknown"
)

// Job is one run of an extract definition.
type Job struct {
	ID string
	// Definition is the id of the definition that was asked for.
	Definition string
	State      State
	// Status is the status as served.
	Status string
	// StartTime and StopTime in UTC; zero when absent or not readable as a time.
	StartTime, StopTime time.Time
	// HasFile says that the answer linked a file. Completed jobs are listed without one at times.
	HasFile bool
	// CorrelationID is Concur's name for the exchange that brought this answer.
	CorrelationID string
}

// Definitions lists the extract definitions of the account.
func (c *Client) Definitions(ctx context.Context) ([]Definition, error) {
	const operation = "list extract definitions"
	var all []Definition
	err := c.readXML(ctx, call{operation: operation, path: extractPath}, maxSmallBody, "definitions", "definition", func(r record) error {
		d, err := definitionFrom(r)
		all = append(all, d)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Definition reads one definition.
func (c *Client) Definition(ctx context.Context, id string) (Definition, error) {
	const operation = "read extract definition"
	path, err := extractURL(id)
	if err != nil {
		return Definition{}, badArgument(operation, err)
	}
	var d Definition
	err = c.readXML(ctx, call{operation: operation, path: path}, maxSmallBody, "definition", "definition", func(r record) error {
		if d, err = definitionFrom(r); err == nil && d.ID != id {
			err = fmt.Errorf("it is about another definition than the one asked for")
		}
		return err
	})
	if err != nil {
		return Definition{}, err
	}
	return d, nil
}

func definitionFrom(r record) (Definition, error) {
	id, err := definitionID(r.get("id"))
	return Definition{ID: id, Name: trimLink(r.get("name"))}, err
}

// Jobs lists the last 100 jobs of a definition, in Concur's order.
func (c *Client) Jobs(ctx context.Context, definition string) ([]Job, error) {
	const operation = "list extract jobs"
	path, err := extractURL(definition, "job")
	if err != nil {
		return nil, badArgument(operation, err)
	}
	resp, err := c.send(ctx, call{operation: operation, method: http.MethodGet, path: path, accept: "application/xml"})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var all []Job
	err = c.decodeXML(operation, resp, maxSmallBody, "jobs", "job", func(r record) error {
		j, err := jobFrom(r, definition, "")
		j.CorrelationID = correlationID(resp)
		all = append(all, j)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Job reads the details of a job.
func (c *Client) Job(ctx context.Context, definition, job string) (Job, error) {
	return c.oneJob(ctx, "read extract job", definition, "job", job)
}

// JobStatus reads the status of a job.
func (c *Client) JobStatus(ctx context.Context, definition, job string) (Job, error) {
	return c.oneJob(ctx, "read status of extract job", definition, "job", job, "status")
}

func (c *Client) oneJob(ctx context.Context, operation, definition string, segments ...string) (Job, error) {
	path, err := extractURL(definition, segments...)
	if err != nil {
		return Job{}, badArgument(operation, err)
	}
	resp, err := c.send(ctx, call{operation: operation, method: http.MethodGet, path: path, accept: "application/xml"})
	if err != nil {
		return Job{}, err
	}
	defer resp.Body.Close()
	return c.readJob(operation, resp, definition, segments[1])
}

// readJob decodes an answer that is one job; want is its id, "" if that is what the answer tells.
func (c *Client) readJob(operation string, resp *http.Response, definition, want string) (Job, error) {
	var j Job
	err := c.decodeXML(operation, resp, maxSmallBody, "job", "job", func(r record) (err error) {
		j, err = jobFrom(r, definition, want)
		return err
	})
	if err != nil {
		return Job{}, err
	}
	j.CorrelationID = correlationID(resp)
	return j, nil
}

// jobFrom reads a job. The documentation of the status call lists two id elements, the job's and the definition's, so
// the first that is a job's id counts; where the id is known beforehand it may be missing, but not be another.
func jobFrom(r record, definition, want string) (Job, error) {
	id, err := "", errNoID
	for _, f := range r {
		if f.name != "id" || err == nil {
			continue
		}
		if isDefinitionLink(f.value) {
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
		return Job{}, fmt.Errorf("it is about another job than the one asked for")
	case want != "":
		id = want
	}
	status := trimLink(r.get("status"))
	return Job{
		ID: id, Definition: definition, State: stateOf(status), Status: masked(status, 64),
		StartTime: timeOf(r.get("start-time")), StopTime: timeOf(r.get("stop-time")),
		HasFile: trimLink(r.get("file-link")) != "",
	}, nil
}

// isDefinitionLink tells a definition's URI from a job's.
func isDefinitionLink(link string) bool {
	path, _, bare, err := splitLink(link)
	return err == nil && !bare && len(below(path, "extract")) == 1
}

// stateOf folds the words and numbers that are documented or seen.
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
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// extractURL is the escaped path of a definition, and of what is below it.
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

// noLimit leaves the bound to Options.MaxBodyBytes.
const noLimit = math.MaxInt64
