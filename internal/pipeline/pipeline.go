// Package pipeline holds the settings of one pipeline: plain data, read from tieout.yaml by internal/config and
// recorded by each run as it began (DESIGN §4). Nothing here is a secret; notices, whose addresses are, stay out of JSON.
package pipeline

import (
	"fmt"
	"time"
)

// Values of the settings that are one of a few words.
const (
	AcquireStart  = "start"
	AcquirePickup = "pickup"

	ControlRequire = "require"
	ControlReport  = "report"
	ControlOff     = "off"

	BlankAllow  = "allow"
	BlankReport = "report"

	OnFindingsReport = "report"
	OnFindingsHold   = "hold"
	OnFindingsFail   = "fail"

	HeaderNone    = "none"
	HeaderNames   = "names"
	HeaderControl = "control"
)

// Pipeline is one pipeline with every default filled in.
type Pipeline struct {
	Name          string    `json:"name" yaml:"-"`
	Connection    string    `json:"connection" yaml:"connection"`
	Definition    string    `json:"definition" yaml:"definition"`
	Acquire       string    `json:"acquire" yaml:"acquire"`
	Recover       *Recover  `json:"recover,omitempty" yaml:"recover"`
	Members       []string  `json:"members,omitempty" yaml:"members"`
	Format        Format    `json:"format" yaml:"format"`
	Poll          Poll      `json:"poll" yaml:"poll"`
	ControlTotals string    `json:"controlTotals" yaml:"control_totals"`
	Checks        []Check   `json:"checks,omitempty" yaml:"checks"`
	Waivers       []Waiver  `json:"waivers,omitempty" yaml:"waivers"`
	OnFindings    string    `json:"onFindings" yaml:"on_findings"`
	Hold          Hold      `json:"hold" yaml:"hold"`
	ListWalkLimit int       `json:"listWalkLimit" yaml:"list_walk_limit"`
	Next          []Next    `json:"next,omitempty" yaml:"next"`
	Notify        []Notice  `json:"-" yaml:"notify"`
	Due           string    `json:"due,omitempty" yaml:"due"`
	Schedule      *Schedule `json:"schedule,omitempty" yaml:"schedule"`
}

// Location is the pipeline's time zone: its schedule's, else UTC. Business dates and `due` are read in it.
func (p Pipeline) Location() (*time.Location, error) {
	if p.Schedule == nil || p.Schedule.TimeZone == "" {
		return time.UTC, nil
	}
	return time.LoadLocation(p.Schedule.TimeZone)
}

// Recover asks for jobs that are older than the pipeline's baseline.
type Recover struct {
	// Since is a date, yyyy-mm-dd.
	Since string `json:"since" yaml:"since"`
}

// Format names a file format, or describes a delimited one. In YAML a word ("sae", "prae") or a mapping.
type Format struct {
	// Name is "sae", "prae" or, for a mapping, "delimited".
	Name      string `json:"name" yaml:"-"`
	Delimiter string `json:"delimiter,omitempty" yaml:"delimiter"`
	// Header is none, names (first record names the columns) or control (first record as in SAE).
	Header   string `json:"header,omitempty" yaml:"header"`
	Amount   Column `json:"amount,omitempty" yaml:"amount"`
	Currency Column `json:"currency,omitempty" yaml:"currency"`
	// Encoding is utf-8 (default, BOM allowed), utf-16, utf-16le, utf-16be or windows-1252.
	Encoding string `json:"encoding,omitempty" yaml:"encoding"`
	Report   Column `json:"report,omitempty" yaml:"report"`
	Entry    Column `json:"entry,omitempty" yaml:"entry"`
	Sequence Column `json:"sequence,omitempty" yaml:"sequence"`
	Batch    Column `json:"batch,omitempty" yaml:"batch"`
}

// Column is a column's number from 1, or its name in the format ("journal_account_code").
type Column string

// Poll says how a job is waited for.
type Poll struct {
	First    Duration `json:"first" yaml:"first"`
	Max      Duration `json:"max" yaml:"max"`
	Deadline Duration `json:"deadline" yaml:"deadline"`
	// Visibility is how long a job may take to show in Concur's list after its start (default 10m): only then is a
	// start with an unknown outcome taken for one that did not happen.
	Visibility Duration `json:"visibility" yaml:"visibility"`
}

// Check ties the codes of some columns out against one list.
type Check struct {
	Name string `json:"name" yaml:"name"`
	// List is the list's name in Concur: ids differ between List v1 and v4.
	List string `json:"list" yaml:"list"`
	// Columns hold one code per level, from level 1.
	Columns      []Column   `json:"columns" yaml:"columns"`
	Blank        string     `json:"blank" yaml:"blank"`
	Placeholders []string   `json:"placeholders,omitempty" yaml:"placeholders"`
	Skip         []SkipRule `json:"skip,omitempty" yaml:"skip"`
}

// SkipRule leaves out the rows whose column holds exactly a value, or, with Filled, any value at all.
type SkipRule struct {
	Column Column  `json:"column" yaml:"column"`
	Equals *string `json:"equals,omitempty" yaml:"equals"`
	// Filled true skips rows where the column is not empty (cash-advance rows: column 185).
	Filled bool `json:"filled,omitempty" yaml:"filled"`
}

// Waiver covers findings of one check and code, until a day and up to an amount.
type Waiver struct {
	Check  string `json:"check" yaml:"check"`
	Value  string `json:"value" yaml:"value"`
	Reason string `json:"reason" yaml:"reason"`
	By     string `json:"by" yaml:"by"`
	// Until is the last day on which the waiver holds, yyyy-mm-dd.
	Until string `json:"until" yaml:"until"`
	// MaxAmount bounds the gross amount per currency; a currency that is not named is not covered once it is set.
	MaxAmount map[string]string `json:"maxAmount,omitempty" yaml:"max_amount"`
}

// Hold says how long a held run waits for its review and what it becomes then (approved or rejected).
type Hold struct {
	Deadline Duration `json:"deadline" yaml:"deadline"`
	Then     string   `json:"then" yaml:"then"`
}

// Next names a workflow that takes the result as its input.
type Next struct {
	Workflow  string `json:"workflow" yaml:"workflow"`
	TaskQueue string `json:"taskQueue" yaml:"task_queue"`
	// When lists the outcomes that start it; empty means clean and approved.
	When []string `json:"when,omitempty" yaml:"when"`
	Wait bool     `json:"wait,omitempty" yaml:"wait"`
}

// Notice is where people are told. Its address and secret never enter a workflow's history.
type Notice struct {
	Webhook string   `yaml:"webhook"`
	Secret  string   `yaml:"secret"`
	Format  string   `yaml:"format"`
	On      []string `yaml:"on"`
}

// Schedule is the pipeline's Temporal schedule.
type Schedule struct {
	Cron     string   `json:"cron" yaml:"cron"`
	TimeZone string   `json:"timeZone" yaml:"time_zone"`
	CatchUp  Duration `json:"catchUp" yaml:"catch_up"`
	Overlap  string   `json:"overlap" yaml:"overlap"`
	Jitter   Duration `json:"jitter,omitempty" yaml:"jitter"`
}

// Duration is a time.Duration that people and JSON write as "15s" or "6h".
type Duration time.Duration

// MarshalText writes time.Duration's own form.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads "90s", "2m", "6h".
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 15s, 2m or 6h", text)
	}
	*d = Duration(parsed)
	return nil
}
