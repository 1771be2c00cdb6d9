package config

import (
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"tieout/internal/pipeline"
)

func (v *validator) pipeline(at string, p *pipeline.Pipeline) {
	v.connectionOf(at, p)
	v.members(join(at, "members"), p.Members)
	layout := v.format(join(at, "format"), *p)
	v.poll(join(at, "poll"), p.Poll)
	v.checks(join(at, "checks"), p.Checks, layout)
	v.waivers(join(at, "waivers"), *p)
	v.positive(join(at, "hold.deadline"), p.Hold.Deadline)
	if p.ListWalkLimit < 0 {
		v.wrong(join(at, "list_walk_limit"), "is below 0", "write how many requests the search for a wrong parent may cost; 0 for none")
	}
	v.next(join(at, "next"), p.Next)
	v.notify(join(at, "notify"), p.Notify)
	if due := join(at, "due"); v.given(due) && !clock.MatchString(p.Due) {
		v.wrong(due, v.show(due)+" is not a time of day", `write "HH:MM", such as "07:00"`)
	}
	if p.Schedule != nil {
		v.schedule(join(at, "schedule"), *p.Schedule)
	}
}

var clock = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// connectionOf fills in the only connection where the pipeline names none.
func (v *validator) connectionOf(at string, p *pipeline.Pipeline) {
	names, at := slices.Sorted(maps.Keys(v.config.Connections)), join(at, "connection")
	switch {
	case slices.Contains(names, p.Connection) || len(names) == 0:
	case v.given(at):
		v.wrong(at, fmt.Sprintf("%s is not a connection%s", v.show(at), didYouMean(v.settings[at].source, names)), "name "+list(names))
	case len(names) == 1:
		p.Connection = names[0]
	default:
		v.missing(at, fmt.Sprintf("there are %d connections: name %s", len(names), list(names)))
	}
}

// oneDefinitionEach reports pipelines that share a definition, because a job's evidence belongs to one pipeline.
func (v *validator) oneDefinitionEach() {
	first := map[[2]string]string{}
	for _, name := range slices.Sorted(maps.Keys(v.config.Pipelines)) {
		p := v.config.Pipelines[name]
		definition := strings.ToLower(strings.TrimSpace(p.Definition))
		if u, err := url.Parse(definition); err == nil && u.Host != "" {
			definition = path.Base(u.Path)
		}
		if definition == "" || p.Connection == "" {
			continue
		}
		owned := [2]string{p.Connection, definition}
		if other, taken := first[owned]; taken {
			v.wrong(join(join("pipelines", name), "definition"), fmt.Sprintf("belongs to the pipeline %s already", other), "keep one of the two pipelines: a job's evidence belongs to one pipeline")
			continue
		}
		first[owned] = name
	}
}

func (v *validator) members(at string, members []string) {
	for i, glob := range members {
		if _, err := path.Match(glob, ""); err != nil || glob == "" {
			v.wrong(element(at, i), v.show(element(at, i))+" is not a file pattern", "write a name with * or ? in it, such as extract_*.txt")
		}
	}
}

func (v *validator) poll(at string, p pipeline.Poll) {
	const remedy = "let the waits grow: first, then max, then deadline"
	first, most, deadline := join(at, "first"), join(at, "max"), join(at, "deadline")
	v.positive(first, p.First)
	v.positive(most, p.Max)
	v.positive(deadline, p.Deadline)
	v.positive(join(at, "visibility"), p.Visibility)
	if p.First > p.Max {
		v.wrong(v.givenOf(most, first), fmt.Sprintf("max is shorter than first (%s and %s)", p.Max, p.First), remedy)
	}
	if p.Max > p.Deadline {
		v.wrong(v.givenOf(deadline, most), fmt.Sprintf("deadline is shorter than max (%s and %s)", p.Deadline, p.Max), remedy)
	}
}

// givenOf returns the first of two settings that the file has, because the other one is a default.
func (v *validator) givenOf(a, b string) string {
	if v.given(a) {
		return a
	}
	return b
}

func (v *validator) positive(at string, d pipeline.Duration) {
	if d <= 0 {
		v.wrong(at, "is not a time to wait", "write a duration above 0, such as 15s, 2m or 6h")
	}
}

func (v *validator) next(at string, next []pipeline.Next) {
	for i, n := range next {
		at := element(at, i)
		same := func(other pipeline.Next) bool { return other.Workflow == n.Workflow && other.TaskQueue == n.TaskQueue }
		if n.Workflow != "" && slices.ContainsFunc(next[:i], same) {
			v.wrong(at, fmt.Sprintf("%s on the task queue %s stands twice", v.show(join(at, "workflow")), v.show(join(at, "task_queue"))), "keep one, with all its outcomes in when")
		}
	}
}

// notify checks webhooks. Its messages never quote an address, which is often its own key.
func (v *validator) notify(at string, notices []pipeline.Notice) {
	for i, n := range notices {
		at := join(element(at, i), "webhook")
		u, err := url.Parse(n.Webhook)
		switch {
		case n.Webhook == "": // it was reported as missing or empty
		case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
			v.wrong(at, "is not an address", "write https://…")
		case u.Scheme == "http" && !loopback(u.Hostname()):
			v.wrong(at, "is not https", "write https://; http:// is for loopback alone")
		}
	}
}
