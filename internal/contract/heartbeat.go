package contract

// Heartbeat is how far an activity is. Activities record it in their heartbeats, where the next attempt and people who
// watch the run read it. The heartbeat of a landing is a landing.Checkpoint, which has Received, Length and Bytes under
// the same names.
type Heartbeat struct {
	// Received and Length are the bytes of Concur's answer so far and in all. Length is -1 where Concur does not say it.
	Received int64 `json:"received,omitempty"`
	Length   int64 `json:"length,omitempty"`
	// File is the landed file that is read, with the bytes and rows read so far, of its bytes in all.
	File  string `json:"file,omitempty"`
	Bytes int64  `json:"bytes,omitempty"`
	Of    int64  `json:"of,omitempty"`
	Rows  int64  `json:"rows,omitempty"`
	// List is the list that is read, and Requests is the number of requests so far.
	List     string `json:"list,omitempty"`
	Requests int    `json:"requests,omitempty"`
	// Refusals is how often in a row Concur refused a poll.
	Refusals int `json:"refusals,omitempty"`
}
