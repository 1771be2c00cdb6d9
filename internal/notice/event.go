package notice

import (
	"encoding/json"
	"time"

	"tieout/internal/contract"
)

// Event is a notice as a CloudEvent 1.0 in structured JSON.
type Event struct {
	SpecVersion string `json:"specversion"` // 1.0
	// ID is the same for every attempt. Together with Source it is unique.
	ID string `json:"id"`
	// Source is /tieout/<pipeline>.
	Source string `json:"source"`
	// Type is tieout.<kind>: tieout.findings, tieout.failed, tieout.review, tieout.late or tieout.recovery.
	Type string `json:"type"`
	// Subject is the workflow id of the run.
	Subject         string    `json:"subject"`
	Time            time.Time `json:"time"`
	DataContentType string    `json:"datacontenttype"` // application/json
	Data            Data      `json:"data"`
}

// Data is the content of a notice, in a schema that grows by additions only. It holds ids, counts and sums, and nothing of
// the rows of an extract.
type Data struct {
	Schema       int                 `json:"schema"`
	Pipeline     string              `json:"pipeline"`
	BusinessDate string              `json:"businessDate"`
	Kind         contract.NoticeKind `json:"kind"`
	// Outcome is set where there is a result, Code where a run failed or a person has to decide.
	Outcome    contract.Outcome          `json:"outcome,omitempty"`
	Code       string                    `json:"code,omitempty"`
	Message    string                    `json:"message"`
	JobID      string                    `json:"jobId,omitempty"`
	WorkflowID string                    `json:"workflowId"`
	RunID      string                    `json:"runId,omitempty"`
	Findings   *contract.FindingsSummary `json:"findings,omitempty"`
	// Report is the link to the report, or its s3:// URI.
	Report string `json:"report,omitempty"`
}

func cloudEvent(n contract.NotifyParams) ([]byte, error) {
	return json.Marshal(Event{
		SpecVersion: "1.0", ID: n.ID, Source: "/tieout/" + n.Scope.Settings.Name, Type: "tieout." + string(n.Kind),
		Subject: n.Scope.WorkflowID, Time: n.At.UTC(), DataContentType: "application/json",
		Data: Data{
			Schema: 1, Pipeline: n.Scope.Settings.Name, BusinessDate: n.Scope.BusinessDate, Kind: n.Kind,
			Outcome: n.Outcome, Code: n.Code, Message: n.Message, JobID: n.JobID,
			WorkflowID: n.Scope.WorkflowID, RunID: n.Scope.RunID, Findings: findings(n), Report: n.Report,
		},
	})
}

// findings returns the findings of a notice; nil where there is no result.
func findings(n contract.NotifyParams) *contract.FindingsSummary {
	if n.Outcome == "" {
		return nil
	}
	return &n.Findings
}
