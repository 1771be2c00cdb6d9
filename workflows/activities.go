package workflows

import (
	"time"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
)

// Names of the activities, as they stand in histories. The code behind them is in package activities.
const (
	ActivityConfigure    = "Configure"
	ActivityStartRun     = "StartRun"
	ActivityWaitForRun   = "WaitForRun"
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

// ConfigureParams asks which run a workflow is, or is the front of, and for the settings of that run.
type ConfigureParams struct {
	Input ExtractInput `json:"input"`
	// WorkflowID says which run the workflow is; any id that is none of a run's is that of a front.
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId"`
	// TakenUpBy is the workflow id of the run that takes up the job of this one: recovery, and no person, wants it.
	TakenUpBy string `json:"takenUpBy,omitempty"`
	// At is the scheduled time, else the start time: where no date is named, it is this time's in the pipeline's zone.
	At time.Time `json:"at"`
	// Manifest is of the landed job that is tied out again: its run's business date counts, where it is known.
	Manifest string `json:"manifest,omitempty"`
}

// Configured is what a run began with: a later edit of the configuration does not change it.
type Configured struct {
	Settings     pipeline.Pipeline `json:"settings"`
	ConfigHash   string            `json:"configHash"`
	BusinessDate string            `json:"businessDate"`
	// Slot is what the run extracts; none for the run of a job that no slot has claimed.
	Slot contract.Slot `json:"slot,omitzero"`
	// Run is the workflow id of the run. Another id than the workflow's own makes that one its front.
	Run string `json:"run,omitempty"`
	// JobID is the job of the run of a job.
	JobID string `json:"jobId,omitempty"`
	// Claimed is the workflow id of the running run that has claimed that job: it is waited for.
	Claimed string `json:"claimed,omitempty"`
	// Verdict is what the slot has come to already, if it has.
	Verdict *ExtractResult `json:"verdict,omitempty"`
	// SearchAttributes says whether they are registered: upserting unregistered ones would hang the run.
	SearchAttributes bool `json:"searchAttributes"`
	// Targets are the webhooks that are told.
	Targets []NoticeTarget `json:"targets,omitempty"`
	// Storage is where the run keeps its evidence.
	Storage *Storage `json:"storage,omitempty"`
	// ListsAPI is the list API of the pipeline's connection, v1 or v4.
	ListsAPI string `json:"listsApi,omitempty"`
}

// StartRunParams asks for the run that a front stands before.
type StartRunParams struct {
	Scope Scope `json:"scope"`
	// Run is its workflow id, Input what it is started with.
	Run   string       `json:"run"`
	Input ExtractInput `json:"input"`
}

// StartRunResult says what became of it.
type StartRunResult struct {
	// Verdict is the slot's, where it has one: nothing was started.
	Verdict *ExtractResult `json:"verdict,omitempty"`
}

// WaitForRunParams names a workflow that is waited for by looking at the newest run under its id.
type WaitForRunParams struct {
	WorkflowID string `json:"workflowId"`
	// Result is true where it returns an ExtractResult that is wanted.
	Result bool `json:"result,omitempty"`
}

// Statuses of a workflow that has ended, or that Temporal does not know.
const (
	EndCompleted  = "completed"
	EndFailed     = "failed"
	EndCanceled   = "cancelled"
	EndTerminated = "terminated"
	EndTimedOut   = "timed out"
	EndGone       = "gone"
)

// WaitForRunResult says how a workflow ended.
type WaitForRunResult struct {
	Status string `json:"status"`
	// Result is what it returned, or what the failure of a run holds.
	Result *ExtractResult `json:"result,omitempty"`
	// Code and Message are those of its failure.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
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
	// Slot is what the run extracts; none for the run of a job that no slot has claimed.
	Slot       contract.Slot `json:"slot,omitzero"`
	Namespace  string        `json:"namespace,omitempty"`
	WorkflowID string        `json:"workflowId"`
	// RunID is the run's original id: a reset keeps it.
	RunID string `json:"runId"`
	// Storage is where the run keeps its evidence; nil stands for the worker's own.
	Storage *Storage `json:"storage,omitempty"`
	// ListsAPI is the list API that the run began with: a worker whose tieout.yaml says another reads by this one.
	ListsAPI string `json:"listsApi,omitempty"`
}

// SnapshotJobsParams asks for the jobs of the definition before the POST.
type SnapshotJobsParams struct {
	Scope Scope `json:"scope"`
	// Attempts is what the run knows already of the attempts of its slot.
	Attempts *contract.Attempts `json:"attempts,omitempty"`
}

// JobsSnapshot is what Concur lists before the POST, and what the bucket tells of the slot.
type JobsSnapshot struct {
	JobIDs []string `json:"jobIds"`
	// Full is true when the list holds as many jobs as Concur shows: a new one pushes an old one out.
	Full bool `json:"full"`
	// Verdict is what the slot has come to, if it has.
	Verdict *ExtractResult `json:"verdict,omitempty"`
	// Running is the workflow id of the running run of a job of the slot.
	Running string `json:"running,omitempty"`
	// Job is the job that the slot has already.
	Job *SlotJob `json:"job,omitempty"`
	// Attempts is how many attempts the slot has had, and Unknown the numbers of those whose outcome nobody knows.
	Attempts int   `json:"attempts,omitempty"`
	Unknown  []int `json:"unknown,omitempty"`
	// Open is the newest attempt, where nobody has looked what became of it.
	Open *OpenStart `json:"open,omitempty"`
	// Stopped is who stopped the slot's last start, where nothing was tried since.
	Stopped *contract.Stopped `json:"stopped,omitempty"`
}

// SlotJob is a job that the slot has already, and how it came to it.
type SlotJob struct {
	ID     string `json:"id"`
	Origin string `json:"origin"`
}

// OpenStart is an attempt whose outcome nobody knows: of a run whose history was lost, of one that ended before it knew,
// or of this run before it was reset.
type OpenStart struct {
	RunID string `json:"runId"`
	// JobIDs are those that Concur listed before the attempt's run began to start a job.
	JobIDs []string  `json:"jobIds"`
	At     time.Time `json:"at"`
}

// Outcomes of the POST (DESIGN §5.1).
const (
	PostCreated  = "created"
	PostNotSent  = "not-sent"
	PostRefused  = "refused"
	PostConflict = "conflict"
	PostUnknown  = "unknown"
)

// StartJobParams asks for the one POST of an attempt. The run knows of every attempt with a lower number.
type StartJobParams struct {
	Scope   Scope    `json:"scope"`
	Attempt int      `json:"attempt"`
	JobIDs  []string `json:"jobIds"`
	// Unsent are the nonces of notes of this attempt that S3 may hold, though nothing was sent after them.
	Unsent []string `json:"unsent,omitempty"`
}

// StartJobResult says what became of the POST.
type StartJobResult struct {
	Outcome       string `json:"outcome"`
	JobID         string `json:"jobId,omitempty"`
	Message       string `json:"message,omitempty"`
	CorrelationID string `json:"correlationId,omitempty"`
	// RetryAfter is how long Concur asks to wait after a refusal, in seconds.
	RetryAfter int `json:"retryAfter,omitempty"`
	// Code ends the run: no further attempt would be answered otherwise.
	Code string `json:"code,omitempty"`
	// Auth says that Concur refused the token: the next attempt brings a fresh one.
	Auth bool `json:"auth,omitempty"`
	// Lost says that nobody listens to the worker any more, so that its POST may still be on its way.
	Lost bool `json:"lost,omitempty"`
	// Free says that the attempt's number is not known to be taken: the next attempt has the same. Nonce is that of the
	// note that S3 may hold all the same.
	Free  bool   `json:"free,omitempty"`
	Nonce string `json:"nonce,omitempty"`
	// Others says that another run of the slot has made attempts, or this one before it was reset: what they came to is
	// looked at first.
	Others bool `json:"others,omitempty"`
}

// FenceStartParams names the attempt that a dead worker may have left behind.
type FenceStartParams struct {
	Scope   Scope    `json:"scope"`
	Attempt int      `json:"attempt"`
	Unsent  []string `json:"unsent,omitempty"`
}

// FenceStartResult says whether the attempt can no longer be sent.
type FenceStartResult struct {
	// NeverSent is true when the intent was not written yet: the fence stands in its place, so no POST follows.
	NeverSent bool `json:"neverSent"`
	// Others is true where another run of the slot has the number.
	Others bool `json:"others,omitempty"`
}

// FindStartedParams looks for the job that a POST with an unknown outcome, or somebody else, started.
type FindStartedParams struct {
	Scope Scope `json:"scope"`
	// RunID is the run whose start is looked for: this one, or one that left it open.
	RunID string `json:"runId"`
	// Known are the jobs of the snapshot.
	Known []string `json:"known"`
	// Until ends the visibility window: "none" is only concluded from a list read after it, and a running job that nobody
	// has claimed is only adopted then.
	Until time.Time `json:"until"`
	// Running looks for the job that made Concur answer 409. One of another slot is waited for until it has ended.
	Running bool `json:"running,omitempty"`
}

// FindStartedResult names the candidates.
type FindStartedResult struct {
	JobIDs []string `json:"jobIds"`
	// Lost is true where known jobs have left the list and no new one explains it: one may have come and gone unseen.
	Lost bool `json:"lost,omitempty"`
	// Waited is true where a job of another slot was running and has ended.
	Waited bool `json:"waited,omitempty"`
}

// JobParams names one job.
type JobParams struct {
	Scope  Scope  `json:"scope"`
	JobID  string `json:"jobId"`
	Origin string `json:"origin,omitempty"`
	// Attempt is the attempt that Concur answered with the job.
	Attempt int `json:"attempt,omitempty"`
}

// PickUpResult names the newest completed job that has not landed; older ones are left over, and recovered.
type PickUpResult struct {
	JobID string `json:"jobId"`
}

// FindLeftOverResult names the completed jobs that need a run, oldest first.
type FindLeftOverResult struct {
	Jobs []LeftOverJob `json:"jobs"`
	// Gap is a time whose jobs nobody can name, as long as Concur lists the job that it lies before.
	Gap *contract.Gap `json:"gap,omitempty"`
	// GapFound is true for the run that found it, which tells people.
	GapFound bool `json:"gapFound,omitempty"`
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
	// LeftOver is how many jobs of earlier nights have yet to be landed.
	LeftOver int `json:"leftOver,omitempty"`
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
	// Attempts is what the run knows of the attempts of its slot.
	Attempts *contract.Attempts `json:"attempts,omitempty"`
	// Superseded leaves the run's pointer and latest.json alone: a recheck follows.
	Superseded bool `json:"superseded,omitempty"`
}

// RecordRunParams asks for the record of a run that failed.
type RecordRunParams struct {
	Scope   Scope  `json:"scope"`
	Code    string `json:"code"`
	Message string `json:"message"`
	JobID   string `json:"jobId,omitempty"`
	// Attempts is what the run knows of the attempts of its slot.
	Attempts *contract.Attempts `json:"attempts,omitempty"`
	// Stopped is the person who ended the run rather than let it start the job.
	Stopped *contract.Stopped `json:"stopped,omitempty"`
	At      time.Time         `json:"at"`
}

// NotifyParams asks for a notice. Addresses and secrets are read from the configuration when it is sent.
type NotifyParams struct {
	// ID is the same for every attempt and every target: a receiver leaves out what it has.
	ID       string                    `json:"id"`
	At       time.Time                 `json:"at"`
	Target   NoticeTarget              `json:"target"`
	Scope    Scope                     `json:"scope"`
	Kind     string                    `json:"kind"` // findings, failed, review, late or recovery
	Outcome  string                    `json:"outcome,omitempty"`
	Code     string                    `json:"code,omitempty"`
	Message  string                    `json:"message"`
	JobID    string                    `json:"jobId,omitempty"`
	Findings reconcile.FindingsSummary `json:"findings"`
	Report   string                    `json:"report,omitempty"`
}
