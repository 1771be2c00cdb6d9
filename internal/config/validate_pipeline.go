package config

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"tieout/internal/contract"
	"tieout/internal/money"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// maxLevels is how deep a list at Concur can be.
const maxLevels = 10

// staleWaiver is how long ago a waiver must have ended for it to be named: until then it explains last month.
const staleWaiver = 31 * 24 * time.Hour

func (v *validator) pipeline(at string, p *pipeline.Pipeline) {
	v.connectionOf(at, p)
	v.required(join(at, "definition"), p.Definition, "name the extract definition; `tieout definitions` lists them")
	v.oneOf(join(at, "acquire"), p.Acquire, pipeline.AcquireStart, pipeline.AcquirePickup)
	if p.Recover != nil && v.required(join(at, "recover.since"), p.Recover.Since, "write the first day whose jobs are taken up") {
		v.date(join(at, "recover.since"), p.Recover.Since)
	}
	v.members(join(at, "members"), p.Members)
	layout := v.format(join(at, "format"), *p)
	v.poll(join(at, "poll"), p.Poll)
	v.oneOf(join(at, "control_totals"), p.ControlTotals, pipeline.ControlRequire, pipeline.ControlReport, pipeline.ControlOff)
	v.checks(join(at, "checks"), p.Checks, layout)
	v.waivers(join(at, "waivers"), *p)
	v.oneOf(join(at, "on_findings"), p.OnFindings, pipeline.OnFindingsReport, pipeline.OnFindingsHold, pipeline.OnFindingsFail)
	v.positive(join(at, "hold.deadline"), p.Hold.Deadline)
	v.oneOf(join(at, "hold.then"), p.Hold.Then, string(contract.OutcomeApproved), string(contract.OutcomeRejected))
	if p.ListWalkLimit < 0 {
		v.wrong(join(at, "list_walk_limit"), "is below 0", "write how many requests the search for a wrong parent may cost; 0 for none")
	}
	v.next(join(at, "next"), p.Next)
	v.notify(join(at, "notify"), p.Notify)
	if v.given(join(at, "due")) && !clock.MatchString(p.Due) {
		v.wrong(join(at, "due"), v.show(join(at, "due"))+" is not a time of day", `write "HH:MM", such as "07:00"`)
	}
	if p.Schedule != nil {
		v.schedule(join(at, "schedule"), *p.Schedule)
	}
}

var clock = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// connectionOf fills in the only connection where the pipeline names none.
func (v *validator) connectionOf(at string, p *pipeline.Pipeline) {
	names, at := sortedKeys(v.config.Connections), join(at, "connection")
	switch _, known := v.config.Connections[p.Connection]; {
	case known || len(names) == 0:
	case v.given(at):
		v.wrong(at, fmt.Sprintf("%s is not a connection%s", v.show(at), didYouMean(v.places[at].source, names)), "name "+list(names))
	case len(names) == 1:
		p.Connection = names[0]
	default:
		v.missing(at, fmt.Sprintf("there are %d connections: name %s", len(names), list(names)))
	}
}

// oneDefinitionEach: a job's evidence belongs to one pipeline, so a definition does too.
func (v *validator) oneDefinitionEach() {
	type owned struct{ connection, definition string }
	first := map[owned]string{}
	for _, name := range sortedKeys(v.config.Pipelines) {
		p := v.config.Pipelines[name]
		definition := strings.ToLower(strings.TrimSpace(p.Definition))
		if u, err := url.Parse(definition); err == nil && u.Host != "" {
			definition = path.Base(u.Path)
		}
		if definition == "" || p.Connection == "" {
			continue
		}
		key := owned{p.Connection, definition}
		if other, taken := first[key]; taken {
			v.wrong(join(join("pipelines", name), "definition"), fmt.Sprintf("belongs to the pipeline %s already", other), "keep one of the two pipelines: a job's evidence has one place")
			continue
		}
		first[key] = name
	}
}

func (v *validator) members(at string, members []string) {
	if v.given(at) && len(members) == 0 {
		v.wrong(at, "is empty", "name the files that are tied out, or remove the key for all of them")
	}
	for i, glob := range members {
		if _, err := path.Match(glob, ""); err != nil || glob == "" {
			v.wrong(element(at, i), v.show(element(at, i))+" is not a file pattern", "write a name with * or ? in it, such as extract_*.txt")
		}
	}
}

func (v *validator) poll(at string, p pipeline.Poll) {
	v.positive(join(at, "visibility"), p.Visibility)
	ok := v.positive(join(at, "first"), p.First)
	ok = v.positive(join(at, "max"), p.Max) && ok
	ok = v.positive(join(at, "deadline"), p.Deadline) && ok
	if !ok {
		return
	}
	if p.First > p.Max {
		v.wrong(v.givenOf(join(at, "max"), join(at, "first")), fmt.Sprintf("max is shorter than first (%s and %s)", show(p.Max), show(p.First)), "let the waits grow: first, then max, then deadline")
	}
	if p.Max > p.Deadline {
		v.wrong(v.givenOf(join(at, "deadline"), join(at, "max")), fmt.Sprintf("deadline is shorter than max (%s and %s)", show(p.Deadline), show(p.Max)), "let the waits grow: first, then max, then deadline")
	}
}

// givenOf returns the first of two settings that the file has: the other one is a default.
func (v *validator) givenOf(a, b string) string {
	if v.given(a) {
		return a
	}
	return b
}

// show writes 2m0s as 2m.
func show(d pipeline.Duration) string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func (v *validator) positive(at string, d pipeline.Duration) bool {
	if d > 0 && !v.bad[at] {
		return true
	}
	v.wrong(at, "is not a time to wait", "write a duration above 0, such as 15s, 2m or 6h")
	return false
}

func (v *validator) waivers(at string, p pipeline.Pipeline) {
	var names []string
	for _, check := range p.Checks {
		if check.Name != "" && check.Name != reconcile.CheckControl {
			names = append(names, check.Name)
		}
	}
	slices.Sort(names)
	for i, w := range p.Waivers {
		at := element(at, i)
		v.waived(at, w, names)
		v.required(join(at, "reason"), w.Reason, "say why, for the auditor")
		v.required(join(at, "by"), w.By, "say who decided")
		if v.required(join(at, "until"), w.Until, "give the last day on which it holds") {
			if day, ok := v.date(join(at, "until"), w.Until); ok && v.now.Sub(day) > staleWaiver {
				v.warn(join(at, "until"), "the waiver ended on "+day.Format(time.DateOnly), "remove it, or renew it")
			}
		}
		if v.given(join(at, "max_amount")) && len(w.MaxAmount) == 0 {
			v.wrong(join(at, "max_amount"), "is empty", "write {USD: 5000}, or remove the key")
		}
		for _, currency := range sortedKeys(w.MaxAmount) {
			v.amount(join(at, "max_amount"), currency, w.MaxAmount[currency])
		}
	}
}

// waived checks what a waiver covers: a code of one check, or one of the control checks.
func (v *validator) waived(at string, w pipeline.Waiver, names []string) {
	check, value := join(at, "check"), join(at, "value")
	if w.Check == reconcile.CheckControl {
		if v.required(value, w.Value, "name the control check that is waived") {
			v.oneOf(value, w.Value, controlChecks()...)
		}
		return
	}
	v.required(value, w.Value, "give the code that is waived")
	if !v.required(check, w.Check, "name the check whose finding is waived") || slices.Contains(names, w.Check) {
		return
	}
	choices := append(slices.Compact(names), reconcile.CheckControl)
	v.wrong(check, fmt.Sprintf("%s is not a check of this pipeline%s", v.show(check), didYouMean(v.places[check].source, choices)), "name "+list(choices))
}

func controlChecks() []string {
	return []string{
		reconcile.ControlRecordCount, reconcile.ControlJournalTotal, reconcile.ControlSequence, reconcile.ControlBatchGap,
		reconcile.ControlBatchRepeat, reconcile.ControlBatchMixed, reconcile.ControlWidth, reconcile.ControlAmountFormat,
	}
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

func (v *validator) amount(at, currency, text string) {
	at = join(at, currency)
	if !currencyCode.MatchString(currency) {
		p := v.near(at)
		v.at(p.keyLine, p.keyColumn, at, "is not a currency", "write its three capital letters, such as USD")
	}
	if amount, err := money.Parse(text); err != nil || amount.Sign() < 0 {
		v.wrong(at, v.show(at)+" is not an amount", `write digits and a point, such as "5000" or "99.50"`)
	}
}

func (v *validator) next(at string, next []pipeline.Next) {
	for i, n := range next {
		at := element(at, i)
		v.required(join(at, "workflow"), n.Workflow, "name the workflow type to start")
		v.required(join(at, "task_queue"), n.TaskQueue, "name the task queue that its workers poll")
		v.words(join(at, "when"), n.When, outcomes())
		for _, other := range next[:i] {
			if n.Workflow != "" && other.Workflow == n.Workflow && other.TaskQueue == n.TaskQueue {
				v.wrong(at, fmt.Sprintf("%s on the task queue %s stands twice", v.show(join(at, "workflow")), v.show(join(at, "task_queue"))), "keep one, with all its outcomes in when")
				break
			}
		}
	}
}

// notify never quotes an address: it is often its own key.
func (v *validator) notify(at string, notices []pipeline.Notice) {
	for i, n := range notices {
		at := element(at, i)
		if v.required(join(at, "webhook"), n.Webhook, "give the address that takes the notice") {
			u, err := url.Parse(n.Webhook)
			switch {
			case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
				v.wrong(join(at, "webhook"), "is not an address", "write https://…")
			case u.Scheme == "http" && !loopback(u.Hostname()):
				v.wrong(join(at, "webhook"), "is not https", "write https://; http:// is for loopback alone")
			}
		}
		if v.given(join(at, "secret")) {
			v.required(join(at, "secret"), n.Secret, "give the key that notices are signed with, or remove it")
		}
		v.oneOf(join(at, "format"), n.Format, pipeline.NoticeCloudEvents, pipeline.NoticeSlack)
		v.words(join(at, "on"), n.On, noticeKinds())
	}
}
