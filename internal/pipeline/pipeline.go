// Package pipeline holds the settings of one pipeline as plain data. Package config reads them from tieout.yaml, whose
// keys docs/configuration.md describes, and each run records them as they were when it began. Runs record them in
// Temporal's history, so nothing here is a secret except a Notice, which never becomes JSON.
package pipeline

// Pipeline is one pipeline with every default filled in.
type Pipeline struct {
	Name          string        `json:"name" yaml:"-"`
	Connection    string        `json:"connection" yaml:"connection"`
	Definition    string        `json:"definition" yaml:"definition"`
	Acquire       Acquire       `json:"acquire" yaml:"acquire"`
	Recover       *Recover      `json:"recover,omitempty" yaml:"recover"`
	Members       []string      `json:"members,omitempty" yaml:"members"`
	Format        Format        `json:"format" yaml:"format"`
	Poll          Poll          `json:"poll" yaml:"poll"`
	ControlTotals ControlTotals `json:"controlTotals" yaml:"control_totals"`
	Checks        []Check       `json:"checks,omitempty" yaml:"checks"`
	Waivers       []Waiver      `json:"waivers,omitempty" yaml:"waivers"`
	OnFindings    OnFindings    `json:"onFindings" yaml:"on_findings"`
	Hold          Hold          `json:"hold" yaml:"hold"`
	// ListWalkLimit is the largest number of list requests that the search for a wrong parent may make.
	ListWalkLimit int      `json:"listWalkLimit" yaml:"list_walk_limit"`
	Next          []Next   `json:"next,omitempty" yaml:"next"`
	Notify        []Notice `json:"-" yaml:"notify"`
	// Due is a time of day, HH:MM, in the pipeline's time zone.
	Due      string    `json:"due,omitempty" yaml:"due"`
	Schedule *Schedule `json:"schedule,omitempty" yaml:"schedule"`
}

// Acquire says where the jobs of a pipeline come from.
type Acquire string

const (
	// AcquireStart has each run start a job of its own.
	AcquireStart Acquire = "start"
	// AcquirePickup leaves the starting to Concur's own schedule; a run lands every completed job not landed yet.
	AcquirePickup Acquire = "pickup"
)

// Recover asks for jobs that are older than the pipeline's baseline.
type Recover struct {
	// Since is the first day whose jobs are taken up, as yyyy-mm-dd.
	Since string `json:"since" yaml:"since"`
}

// Poll holds the times by which a run waits for its job.
type Poll struct {
	First    Duration `json:"first" yaml:"first"`
	Max      Duration `json:"max" yaml:"max"`
	Deadline Duration `json:"deadline" yaml:"deadline"`
	// Visibility is how long a new job may take to appear in Concur's list. A start with an unknown outcome is taken
	// for one that did not happen only after that time.
	Visibility Duration `json:"visibility" yaml:"visibility"`
}

// OnFindings says what a run does with a tie-out that has findings.
type OnFindings string

const (
	OnFindingsReport OnFindings = "report" // the run ends with its findings
	OnFindingsHold   OnFindings = "hold"   // the run waits for a review
	OnFindingsFail   OnFindings = "fail"   // the run fails
)

// Hold says how long a run waits for its review, and which outcome it has when nobody reviews it.
type Hold struct {
	Deadline Duration `json:"deadline" yaml:"deadline"`
	// Then is approved or rejected.
	Then string `json:"then" yaml:"then"`
}

// Next names a workflow that is started with the result as its input.
type Next struct {
	Workflow  string `json:"workflow" yaml:"workflow"`
	TaskQueue string `json:"taskQueue" yaml:"task_queue"`
	// When lists the outcomes that start the workflow.
	When []string `json:"when,omitempty" yaml:"when"`
	// Wait makes the run wait for the workflow and fail if it fails.
	Wait bool `json:"wait,omitempty" yaml:"wait"`
}
