package concurtest

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const (
	extractNamespace = "http://www.concursolutions.com/api/expense/extract/2010/02"
	errorNamespace   = "http://www.concursolutions.com/api/error/2010/02"
)

// routeExtract routes {def} · {def}/job · {def}/job/{job} · …/status · …/file
func (x *exchange) routeExtract(parts []string) Operation {
	if len(parts) > 0 {
		x.log.Definition = parts[0]
	}
	if len(parts) > 2 && parts[1] == "job" {
		x.log.Job = parts[2]
	}
	switch {
	case len(parts) == 0:
		return OpDefinitions
	case len(parts) == 1:
		return OpDefinition
	case parts[1] != "job":
	case len(parts) == 2 && x.r.Method == http.MethodPost:
		return OpStart
	case len(parts) == 2:
		return OpJobs
	case len(parts) == 3:
		return OpJob
	case len(parts) == 4 && parts[3] == "status":
		return OpStatus
	case len(parts) == 4 && parts[3] == "file":
		return OpFile
	}
	return ""
}

// escapeID returns an id as a path element; "!" and "$" stand as they are, as in Concur's own links.
func escapeID(id string) string { return strings.ReplaceAll(url.PathEscape(id), "%21", "!") }

func definitionPath(id string) string { return extractPath + "/" + escapeID(id) }

func jobPath(job JobRecord) string {
	return definitionPath(job.Definition) + "/job/" + escapeID(job.ID)
}

func (x *exchange) definitions() {
	var b strings.Builder
	b.WriteString("<definitions" + x.namespace(extractNamespace) + ">")
	for i := range x.world.Definitions {
		b.WriteString(x.definitionElement(&x.world.Definitions[i], ""))
	}
	x.xml(http.StatusOK, b.String()+"</definitions>")
}

func (x *exchange) definitionElement(d *Definition, attributes string) string {
	path := definitionPath(d.ID)
	jobLink := path + "/job"
	if x.odd(2, "job-link", d.ID) {
		jobLink = path
	}
	return "<definition" + attributes + ">\n  " + x.link("id", path, d.ID) + "\n  " + x.link("job-link", jobLink, d.ID) +
		"\n  <name>" + escape(d.Name) + "</name>\n</definition>\n"
}

// askedDefinition returns the definition that the path names, or answers 404 and returns nil.
func (x *exchange) askedDefinition() *Definition {
	at := slices.IndexFunc(x.world.Definitions, func(d Definition) bool { return d.ID == x.log.Definition })
	if at < 0 {
		x.fail(http.StatusNotFound, "The extract definition was not found.")
		return nil
	}
	return &x.world.Definitions[at]
}

// askedJob returns the job that the path names, and its definition, or answers 404 and returns nil.
func (x *exchange) askedJob() (*Definition, *JobRecord) {
	d := x.askedDefinition()
	if d == nil {
		return nil, nil
	}
	x.mu.Lock()
	jobs := x.jobs[d.ID]
	x.mu.Unlock()
	at := slices.IndexFunc(jobs, func(job JobRecord) bool { return job.ID == x.log.Job })
	if at < 0 {
		x.fail(http.StatusNotFound, "The extract job was not found.")
		return nil, nil
	}
	job := jobs[at]
	job.State = d.stateAt(job, x.clock().Add(-d.Timing.StatusLag))
	return d, &job
}

func (x *exchange) oneDefinition() {
	if d := x.askedDefinition(); d != nil {
		x.xml(http.StatusOK, x.definitionElement(d, x.namespace(extractNamespace)))
	}
}

// jobList answers the last 100 jobs, newest first, as the published sample has them.
func (x *exchange) jobList() {
	d := x.askedDefinition()
	if d == nil {
		return
	}
	x.mu.Lock()
	now := x.clock()
	var listed []JobRecord
	for _, job := range slices.Backward(x.jobs[d.ID]) {
		if len(listed) < listedJobs && !now.Before(job.Listed) {
			job.State = d.stateAt(job, now.Add(-d.Timing.StatusLag))
			listed = append(listed, job)
		}
	}
	x.mu.Unlock()
	var b strings.Builder
	b.WriteString("<jobs" + x.namespace(extractNamespace) + ">\n")
	for _, job := range listed {
		b.WriteString(x.jobElement(job, ""))
	}
	x.xml(http.StatusOK, b.String()+"</jobs>")
}

func (x *exchange) jobElement(job JobRecord, attributes string) string {
	path := jobPath(job)
	var b strings.Builder
	line := func(text string) { b.WriteString("    " + text + "\n") }
	b.WriteString("<job" + attributes + ">\n")
	line(x.link("id", path, job.ID))
	line(x.link("status-link", path+"/status", job.ID))
	line(x.stamp(job.Created, "start-time", job.ID))
	over := job.State == StateComplete || job.State == StateFailed
	if over {
		line(x.stamp(job.Ended, "stop-time", job.ID))
	}
	line("<status>" + x.spelled(job.State, job.ID) + "</status>")
	missing := x.log.Operation == OpJobs && x.odd(4, "no file-link", job.ID)
	if job.State == StateComplete && !missing {
		line(x.link("file-link", path+"/file", job.ID))
	}
	b.WriteString("</job>\n")
	return b.String()
}

// start takes the reports that are ready and starts a job on them, unless one is queued or running.
func (x *exchange) start() {
	d := x.askedDefinition()
	if d == nil {
		return
	}
	if message := x.wrongStart(d); message != "" {
		x.fail(http.StatusBadRequest, message)
		return
	}
	x.mu.Lock()
	now := x.clock()
	jobs := x.jobs[d.ID]
	if slices.ContainsFunc(jobs, func(job JobRecord) bool { return now.Before(job.Ended) }) {
		x.mu.Unlock()
		x.fail(http.StatusConflict, "A job for the specified definition is already queued or running.")
		return
	}
	job, err := x.addJob(d, OriginRequest, x.log.Sequence, now, x.fault.LateList)
	if err == nil {
		job.State = d.stateAt(job, now)
		x.log.Job = job.ID
		x.requests[x.at].Job = job.ID
	}
	x.mu.Unlock()
	if err != nil {
		x.fail(http.StatusInternalServerError, "The job could not be kept: "+err.Error())
		return
	}
	x.observe(Acted)
	x.w.Header().Set("Location", x.linkText("Location", jobPath(job), job.ID))
	x.xml(http.StatusCreated, x.jobElement(job, x.namespace(extractNamespace)))
}

// wrongStart returns what is wrong with the body of a POST, or "". An empty body is right.
func (x *exchange) wrongStart(d *Definition) string {
	body, err := io.ReadAll(x.r.Body)
	if err != nil {
		return "The request body could not be read."
	}
	if len(strings.TrimSpace(string(body))) == 0 {
		return ""
	}
	var definition struct {
		XMLName xml.Name
		ID      string `xml:"id"`
	}
	if err := xml.Unmarshal(body, &definition); err != nil || definition.XMLName.Local != "definition" {
		return "The request body is not a definition."
	}
	if definition.XMLName.Space != extractNamespace {
		return "The definition is not in the namespace " + extractNamespace + "."
	}
	id := strings.TrimRight(strings.TrimSpace(definition.ID), "/")
	id = id[strings.LastIndex(id, "/")+1:]
	if text, err := url.PathUnescape(id); err != nil || text != d.ID {
		return "The definition in the body is not the one in the address."
	}
	return ""
}

// oneJob answers job details and job status.
func (x *exchange) oneJob() {
	if _, job := x.askedJob(); job != nil {
		x.xml(http.StatusOK, x.jobElement(*job, x.namespace(extractNamespace)))
	}
}

// maxPlans bounds the planned files that are kept.
const maxPlans = 16

// contentFor returns the plan of a job's file, which it makes once.
func (s *Server) contentFor(d *Definition, job JobRecord) (*content, error) {
	s.mu.Lock()
	plan := s.contents[job.ID]
	if plan == nil {
		// Plans with large lists need memory, and old files are seldom asked for.
		if len(s.contents) >= maxPlans {
			clear(s.contents)
		}
		plan = sync.OnceValues(func() (*content, error) { return contentOf(d, job, s.trees) })
		s.contents[job.ID] = plan
	}
	s.mu.Unlock()
	c, err := plan()
	if err != nil {
		return nil, fmt.Errorf("making the file of job %d of %q: %w", job.Number, d.Name, err)
	}
	return c, nil
}
