package propose

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tieout/concur"
	"tieout/internal/config"
	"tieout/internal/wording"
	"tieout/starter/printer"
)

// Draft is what a first tieout.yaml is made of.
type Draft struct {
	// ConnectionName and Connection are the account. Its credentials come from the environment, to which Text refers.
	ConnectionName string
	Connection     config.Connection
	// TokenStore, Bucket and Prefix are written as they were given.
	TokenStore, Bucket, Prefix string
	// Pipeline is the name of the pipeline that extracts Definition.
	Pipeline   string
	Definition concur.Definition
	// Definitions and Lists are all that Concur has.
	Definitions []concur.Definition
	Lists       []concur.List
	Format      string
	// Found is what the sample suggests, and SampledFrom says what the sample is of, or why there is none.
	Found       *Result
	SampledFrom string
}

// Text returns the commented tieout.yaml.
func (d *Draft) Text() []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Written by `tieout init`. What every key means: docs/configuration.md.")
	line("# ${NAME} is the environment's; ${file:/run/secrets/name} reads a file.")
	line("connections:")
	line("  %s:", d.ConnectionName)
	d.credentials(line)
	line("    lists_api: %-28s # v4 knows retired codes at once; v1 from earlier snapshots", d.Connection.ListsAPI)
	line("    requests_per_second: 5")
	line("storage:")
	line("  bucket: %s", quoted(d.Bucket))
	if prefix := strings.Trim(d.Prefix, "/"); prefix != "" {
		line("  prefix: %s", quoted(prefix))
	}
	line("  # report_url: https://reports.example.com/{key}   # how people reach a report, where they can")
	line("pipelines:")
	line("  %s:", d.Pipeline)
	name := d.Definition.Name
	if _, err := concur.ChooseDefinition(d.Definitions, name); err != nil {
		name = d.Definition.ID // others are called the same
	}
	line("    definition: %s", quoted(name))
	for _, other := range d.Definitions {
		if other.ID != d.Definition.ID {
			line("    # Concur also has: %s", quoted(printer.Visible(other.Name)))
		}
	}
	line("    acquire: start                       # pickup: Concur's own schedule runs the job, tieout lands what completed")
	line("    format: %s", d.Format)
	line("    control_totals: require              # a file whose totals differ from its header fails the run")
	d.checks(line)
	line("    on_findings: report                  # hold: wait for a review; fail: fail the run")
	line("    # hold: {deadline: 48h, then: rejected}")
	line("    # next:")
	line("    #   - {workflow: PostJournal, task_queue: ledger, when: [clean, approved]}")
	line("    # notify:")
	line("    #   - {webhook: \"${SLACK_URL}\", format: slack, on: [findings, failed, review, late]}")
	line("    # due: \"07:00\"                        # tell people if there is no good run by then")
	line("    # schedule: {cron: \"0 4 * * *\", time_zone: America/New_York}   # then: tieout schedule apply")
	return b.Bytes()
}

// credentials writes references to the environment variables that hold the credentials.
func (d *Draft) credentials(line func(string, ...any)) {
	line("    base_url: ${CONCUR_BASE_URL:-%s}", d.Connection.BaseURL)
	if d.Connection.GrantType() == config.GrantNone {
		line("    access_token: ${CONCUR_ACCESS_TOKEN}")
		return
	}
	line("    client_id: ${CONCUR_CLIENT_ID}")
	line("    client_secret: ${CONCUR_CLIENT_SECRET}")
	switch {
	case d.Connection.RefreshToken != "":
		line("    refresh_token: ${CONCUR_REFRESH_TOKEN}  # the first; rotated ones are kept in token_store")
	case d.Connection.AuthToken != "":
		line("    username: ${CONCUR_USERNAME}")
		line("    auth_token: ${CONCUR_AUTH_TOKEN}")
	default:
		line("    username: ${CONCUR_USERNAME}")
		line("    password: ${CONCUR_PASSWORD}")
	}
	line("    token_store: %s", d.TokenStore)
}

// checks writes the proposals, each with its evidence, and names the lists without one.
func (d *Draft) checks(line func(string, ...any)) {
	if len(d.Found.Proposals) == 0 {
		line("    # checks: none could be proposed (%s). One looks like this; `tieout format %s` names the columns:", printer.Visible(d.SampledFrom), d.Format)
		line("    #   - {name: Cost centre, list: Organization List, columns: [report_org_unit_1, report_org_unit_2]}")
	} else {
		line("    # Proposed from %s: look at each.", printer.Visible(d.SampledFrom))
		line("    checks:")
	}
	proposed := map[string]bool{}
	for _, p := range d.Found.Proposals {
		proposed[p.Check.List] = true
		d.check(line, p)
	}
	seen := ": no column holds its codes"
	if d.Found.Rows == 0 { // nothing was looked at
		seen = ""
	}
	for _, list := range d.Lists {
		if !proposed[list.Name] && !list.Deleted {
			line("    # list %s (%s)%s", quoted(printer.Visible(list.Name)), wording.Counted(list.Levels, "level", "levels"), seen)
		}
	}
}

func (d *Draft) check(line func(string, ...any), p Proposal) {
	line("      - name: %s                       # %s", quoted(p.Check.Name), p.Evidence())
	line("        list: %s", quoted(p.Check.List))
	line("        columns: [%s]", p.Columns())
	if len(p.Check.Columns) < p.Levels {
		line("        # the list has %d levels; the columns of the deeper ones were not found", p.Levels)
	}
	if len(p.Also) > 0 {
		line("        # these columns hold its codes too: %s", strings.Join(p.Also, ", "))
	}
	line("        blank: allow                     # report: an empty field is a finding")
	if len(p.Check.Placeholders) > 0 {
		var texts []string
		for _, text := range p.Check.Placeholders {
			texts = append(texts, quoted(text))
		}
		line("        placeholders: [%s]", strings.Join(texts, ", "))
	}
	if len(p.Check.Skip) > 0 {
		line("        skip:                            # rows that carry other codes here")
	}
	for _, rule := range p.Check.Skip {
		if rule.Filled {
			line("          - {column: %s, filled: true}", rule.Column)
		} else {
			line("          - {column: %s, equals: %s}", rule.Column, quoted(*rule.Equals))
		}
	}
}

// Columns returns the names of the columns of a proposed check.
func (p Proposal) Columns() string {
	names := make([]string, len(p.Check.Columns))
	for i, c := range p.Check.Columns {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

// Evidence says how many rows have codes that are in the list, at every level of the check.
func (p Proposal) Evidence() string {
	text := fmt.Sprintf("%d of %d rows are in the list", p.Matched, p.Rows)
	if len(p.Check.Columns) > 1 {
		text += fmt.Sprintf(" at all %d levels", len(p.Check.Columns))
	}
	if p.Unread > 0 {
		text += fmt.Sprintf("; %d more were not looked up", p.Unread)
	}
	return text
}

// quoted returns a text as YAML, without quotes where none are needed. Its dollar signs are doubled, because a single one
// begins a variable.
func quoted(text string) string {
	text = strings.ReplaceAll(text, "$", "$$")
	for _, r := range text {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ' || r == '-' || r == '_' || r == '.') {
			return strconv.Quote(text)
		}
	}
	if text == "" || strings.TrimSpace(text) != text || !(text[0] >= 'A' && text[0] <= 'Z' || text[0] >= 'a' && text[0] <= 'z') ||
		slices.Contains([]string{"y", "n", "yes", "no", "true", "false", "on", "off", "null"}, strings.ToLower(text)) {
		return strconv.Quote(text)
	}
	return text
}
