package contract

// Activity is the name of an activity in histories, together with the types of its parameters and its result. A call or
// a registration with other types does not compile.
type Activity[P, R any] string

// None is the result of an activity that reports only whether it succeeded.
type None struct{}

// Activities of a worker. Each name is that of the method of Activities in package activities that does the work.
const (
	Configure    Activity[ConfigureParams, Configured]          = "Configure"
	StartRun     Activity[StartRunParams, StartRunResult]       = "StartRun"
	WaitForRun   Activity[WaitForRunParams, WaitForRunResult]   = "WaitForRun"
	Prepare      Activity[PrepareParams, Prepared]              = "Prepare"
	SnapshotJobs Activity[SnapshotJobsParams, JobsSnapshot]     = "SnapshotJobs"
	StartJob     Activity[StartJobParams, StartJobResult]       = "StartJob"
	FenceStart   Activity[FenceStartParams, FenceStartResult]   = "FenceStart"
	FindStarted  Activity[FindStartedParams, FindStartedResult] = "FindStarted"
	DescribeJob  Activity[JobParams, Job]                       = "DescribeJob"
	PickUp       Activity[JobParams, PickUpResult]              = "PickUp"
	FindLeftOver Activity[JobParams, FindLeftOverResult]        = "FindLeftOver"
	ClaimJob     Activity[JobParams, None]                      = "ClaimJob"
	WaitForJob   Activity[JobParams, Job]                       = "WaitForJob"
	Land         Activity[LandParams, Landed]                   = "Land"
	OpenTieOut   Activity[TieOutParams, OpenTieOutResult]       = "OpenTieOut"
	Scan         Activity[TieOutParams, ScanResult]             = "Scan"
	ReadLists    Activity[TieOutParams, ReadListsResult]        = "ReadLists"
	Report       Activity[TieOutParams, ReportResult]           = "Report"
	Decide       Activity[DecideParams, Reports]                = "Decide"
	HandOver     Activity[HandOverParams, None]                 = "HandOver"
	RecordRun    Activity[RecordRunParams, None]                = "RecordRun"
	Notify       Activity[NotifyParams, None]                   = "Notify"
	PlanDue      Activity[DueParams, DuePlan]                   = "PlanDue"
	CheckDue     Activity[CheckDueParams, DueResult]            = "CheckDue"
)
