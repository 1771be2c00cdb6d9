package pipeline

import (
	"encoding/json"
	"fmt"
	"net/url"
)

// Outcomes of a run that reached a verdict (DESIGN §3). Those of a tie-out before any review are the first three.
const (
	OutcomeClean    = "clean"
	OutcomeFindings = "findings"
	OutcomeEmpty    = "empty"
	OutcomeApproved = "approved"
	OutcomeRejected = "rejected"
)

// ReservedNames returns the names that no pipeline can have: the ids of runs and the keys of S3 use them as words.
func ReservedNames() []string { return []string{"job", "reconcile", "again", "next"} }

// What a notice is about, and the form in which it is sent.
const (
	NotifyFindings = "findings"
	NotifyFailed   = "failed"
	NotifyReview   = "review"
	NotifyLate     = "late"

	NoticeCloudEvents = "cloudevents"
	NoticeSlack       = "slack"
)

// What a schedule does when its previous run is still on. The words of Temporal that would end a run are left out:
// an extract that has begun is never given up for the next one.
const (
	OverlapSkip      = "skip"
	OverlapBufferOne = "buffer_one"
	OverlapBufferAll = "buffer_all"
	OverlapAllowAll  = "allow_all"
)

// String names the notice by its host alone: the rest of a webhook's address is often its key.
func (n Notice) String() string {
	host := "an unreadable address"
	if u, err := url.Parse(n.Webhook); err == nil && u.Host != "" {
		host = u.Host
	}
	return fmt.Sprintf("%s notice to %s on %v", n.Format, host, n.On)
}

// GoString is String, so that %#v does not show the address or the secret either.
func (n Notice) GoString() string { return n.String() }

// MarshalJSON writes String: a notice never leaves the process as data.
func (n Notice) MarshalJSON() ([]byte, error) { return json.Marshal(n.String()) }
