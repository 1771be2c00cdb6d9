package workflows

import (
	"time"

	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// Names of the activities, as they stand in histories. The code behind them is in package activities.
const (
	ActivityConfigure    = "Configure"
	ActivityPrepare      = "Prepare"
	ActivitySnapshotJobs = "SnapshotJobs"
	ActivityStartJob     = "StartJob"
	ActivityFenceStart   = "FenceStart"
	ActivityFindStarted  = "FindStarted"
	ActivityDescribeJob  = "DescribeJob"
	ActivityPickUp       = "PickUp"
	ActivityFindLeftOver = "FindLeftOver"
	ActivityClaimJob     = "ClaimJob"
	ActivityWaitForJob   = "WaitForJob"
	ActivityLand         = "Land"
	ActivityOpenTieOut   = "OpenTieOut"
	ActivityScan         = "Scan"
	ActivityReadLists    = "ReadLists"
	ActivityReport       = "Report"
	ActivityHandOver     = "HandOver"
	ActivityRecordRun    = "RecordRun"
	ActivityNotify       = "Notify"
	ActivityPlanDue      = "PlanDue"
	ActivityCheckDue     = "CheckDue"
)

// ConfigureParams asks for the settings of a run.
type ConfigureParams struct {
	Pipeline     string `json:"pipeline,omitempty"`
	BusinessDate string `json:"businessDate,omitempty"`
	// At is the scheduled time, else the start time: the business date is its date in the pipeline's zone.
	At time.Time `json:"at"`
	// Manifest is of the landed job that is tied out again: its run's business date counts, where it is known.
	Manifest string `json:"manifest,omitempty"`
}

// Configured is what a run began with: a later edit of the configuration does not change it.
type Configured struct {
	Settings     pipeline.Pipeline `json:"settings"`
	ConfigHash   string            `json:"configHash"`
	BusinessDate string            `json:"businessDate"`
	// SearchAttributes says whether they are registered: upserting unregistered ones would hang the run.
	SearchAttributes bool `json:"searchAttributes"`
	// Targets are the webhooks that are told.
	Targets []NoticeTarget `json:"targets,omitempty"`
	// Storage is where the run keeps its evidence; nil in runs that began before it was recorded.
	Storage *Storage `json:"storage,omitempty"`
}

// Storage is where evidence lies in S3.
type Storage struct {
	Bucket string `json:"bucket"`
	Prefix string `json:"prefix,omitempty"`
}

// PrepareParams asks whether what the settings name is there, before anything is started.
type PrepareParams struct {
	Scope Scope `json:"scope"`
}

// Prepared is the definition that the configured name, id or URI means.
type Prepared struct {
	DefinitionID   string `json:"definitionId"`
	DefinitionName string `json:"definitionName"`
}

// Scope is what every activity of a run needs to know of it.
type Scope struct {
	Settings     pipeline.Pipeline `json:"settings"`
	BusinessDate string            `json:"businessDate"`
	DefinitionID string            `json:"definitionId"`
	ConfigHash   string            `json:"configHash,omitempty"`
	WorkflowID   string            `json:"workflowId"`
	// RunID is the run's original id: a reset keeps it.
	RunID string `json:"runId"`
	// Storage is where the run keeps its evidence; nil stands for the worker's own.
	Storage *Storage `json:"storage,omitempty"`
	// Settled are the runs for the same date whose open starts this one has settled.
	Settled []string `json:"settled,omitempty"`
}

// SnapshotJobsParams asks for the jobs of the definition before the POST.
type SnapshotJobsParams struct {
	Scope Scope `json:"scope"`
}

// JobsSnapshot is what Concur listed before the POST.
type JobsSnapshot struct {
	JobIDs []string `json:"jobIds"`
	// Full is true when the list held as many jobs as Concur shows: a new one may push an old one out.
	Full bool `json:"full"`
	// OpenIntent is a start for the same business date whose outcome nobody knows.
	OpenIntent *OpenIntent `json:"openIntent,omitempty"`
}

// OpenIntent is the newest of the open starts: of a run whose history was lost, of one that ended before it knew, or
// of this run before it was reset.
type OpenIntent struct {
	RunID string `json:"runId"`
	// JobIDs are those that Concur listed before the run's first attempt, At is when the last of its Attempts began.
	JobIDs   []string  `json:"jobIds"`
	At       time.Time `json:"at"`
	Attempts int       `json:"attempts"`
	// Runs are all the other runs whose starts are open: settling the newest settles them.
	Runs []string `json:"runs,omitempty"`
}

// Outcomes of the POST (DESIGN §5.1).
const (
	PostCreated  = "created"
	PostNotSent  = "not-sent"
	PostRefused  = "refused"
	PostConflict = "conflict"
	PostUnknown  = "unknown"
)

// StartJobParams asks for the one POST of an attempt.
type StartJobParams struct {
	Scope   Scope    `json:"scope"`
	Attempt int      `json:"attempt"`
	JobIDs  []string `json:"jobIds"`
}

// StartJobResult says what became of the POST.
type StartJobResult struct {
	Outcome       string `json:"outcome"`
	JobID         string `json:"jobId,omitempty"`
	Message       string `json:"message,omitempty"`
	CorrelationID string `json:"correlationId,omitempty"`
	// RetryAfter is how long Concur asks to wait after a refusal, in seconds.
	RetryAfter int `json:"retryAfter,omitempty"`
	// Auth says that Concur refused the token: the next attempt brings a fresh one.
	Auth bool `json:"auth,omitempty"`
	// Lost says that nobody listens to the worker any more, so that its POST may still be on its way.
	Lost bool `json:"lost,omitempty"`
}

// FenceStartParams names the attempt that a dead worker may have left behind.
type FenceStartParams struct {
	Scope   Scope `json:"scope"`
	Attempt int   `json:"attempt"`
}

// FenceStartResult says whether the attempt can no longer be sent.
type FenceStartResult struct {
	// NeverSent is true when the intent was not written yet: the fence stands in its place, so no POST follows.
	NeverSent bool `json:"neverSent"`
}

// FindStartedParams looks for the job that a POST with an unknown outcome, or somebody else, started.
type FindStartedParams struct {
	Scope Scope `json:"scope"`
	// RunID is the run whose start is looked for: this one, or one that left it open.
	RunID string `json:"runId"`
	// Known are the jobs of the snapshot.
	Known []string `json:"known"`
	// Until ends the visibility window: "none" is only concluded from a list read after it.
	Until time.Time `json:"until"`
	// Running also takes a job that was known but is queued or running: the one that answered 409.
	Running bool `json:"running,omitempty"`
}

// FindStartedResult names the candidates.
type FindStartedResult struct {
	JobIDs []string `json:"jobIds"`
	Full   bool     `json:"full"`
}

// JobParams names one job.
type JobParams struct {
	Scope  Scope  `json:"scope"`
	JobID  string `json:"jobId"`
	Origin string `json:"origin,omitempty"`
}

// PickUpResult names the newest completed job that has not landed; older ones are left over, and recovered.
type PickUpResult struct {
	JobID string `json:"jobId"`
}

// FindLeftOverResult names the completed jobs that no run is on, oldest first.
type FindLeftOverResult struct {
	Jobs []LeftOverJob `json:"jobs"`
}

// LeftOverJob is a completed job that has not landed or has no result.
type LeftOverJob struct {
	ID  string `json:"id"`
	Key string `json:"key"`
	// StartTime is when Concur says that it started.
	StartTime time.Time `json:"startTime,omitzero"`
}

// LandParams asks for the landing of a completed job.
type LandParams struct {
	Scope Scope `json:"scope"`
	Job   Job   `json:"job"`
	// Resolved is what a person decided on the start, where it was ambiguous.
	Resolved *ResolveStartInput `json:"resolved,omitempty"`
	// Again is what a person asked for where the job's landing turned out wrong.
	Again *AskedAgain `json:"again,omitempty"`
}

// Landed is a landing that has its manifest.
type Landed struct {
	Manifest string `json:"manifest"`
	JobKey   string `json:"jobKey"`
	// Landing is its number: 1, or more for one that a person asked for again.
	Landing int   `json:"landing"`
	Bytes   int64 `json:"bytes"`
	Files   int   `json:"files"`
	// Job is the job as the manifest has it: the first run that landed it says how it was acquired.
	Job Job `json:"job"`
	// Already is true when an earlier run landed it.
	Already bool `json:"already,omitempty"`
}

// TieOutParams names a landed job and, once it is open, the number of the tie-out.
type TieOutParams struct {
	Scope    Scope  `json:"scope"`
	Manifest string `json:"manifest"`
	Number   int    `json:"number,omitempty"`
	// Owner and At make the opening repeatable: an attempt that is made again gets the number it had.
	Owner string    `json:"owner,omitempty"`
	At    time.Time `json:"at,omitzero"`
}

// OpenTieOutResult is the number that the tie-out was given.
type OpenTieOutResult struct {
	Number int   `json:"number"`
	Files  int   `json:"files"`
	Bytes  int64 `json:"bytes"`
}

// ScanResult says what the pass over the files counted.
type ScanResult struct {
	Records int64 `json:"records"`
	Tuples  int64 `json:"tuples"`
}

// ReadListsResult says what was asked of Concur.
type ReadListsResult struct {
	Lists    int `json:"lists"`
	Items    int `json:"items"`
	Requests int `json:"requests"`
}

// ReportResult is a tie-out that has its reports.
type ReportResult struct {
	Result ExtractResult `json:"result"`
	// ControlTotalsFail is true when control_totals: require ends the run.
	ControlTotalsFail bool `json:"controlTotalsFail,omitempty"`
	// ControlMessage says what does not agree.
	ControlMessage string `json:"controlMessage,omitempty"`
}

// HandOverParams asks for the last objects of a run.
type HandOverParams struct {
	Scope  Scope         `json:"scope"`
	Result ExtractResult `json:"result"`
	TieOut int           `json:"tieOut"`
	At     time.Time     `json:"at"`
	// Superseded leaves the run's pointer and latest.json alone: a recheck follows.
	Superseded bool `json:"superseded,omitempty"`
}

// RecordRunParams asks for the record of a run that failed.
type RecordRunParams struct {
	Scope   Scope  `json:"scope"`
	Code    string `json:"code"`
	Message string `json:"message"`
	JobID   string `json:"jobId,omitempty"`
	// Unsettled says that a start of the run may have made a job that it does not know.
	Unsettled bool      `json:"unsettled,omitempty"`
	At        time.Time `json:"at"`
}

// NotifyParams asks for a notice. Addresses and secrets are read from the configuration when it is sent.
type NotifyParams struct {
	// ID is the same for every attempt and every target: a receiver leaves out what it has.
	ID       string                    `json:"id"`
	At       time.Time                 `json:"at"`
	Target   NoticeTarget              `json:"target"`
	Scope    Scope                     `json:"scope"`
	Kind     string                    `json:"kind"` // findings, failed, review or late
	Outcome  string                    `json:"outcome,omitempty"`
	Code     string                    `json:"code,omitempty"`
	Message  string                    `json:"message"`
	JobID    string                    `json:"jobId,omitempty"`
	Findings reconcile.FindingsSummary `json:"findings"`
	Report   string                    `json:"report,omitempty"`
}
