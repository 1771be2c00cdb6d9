// Package contract holds the names and shapes that others rely on, as data without logic of its own: today the ids of
// runs and what they are made of. It imports no SDK.
package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Slot is what a pipeline extracts once: a business date, a firing where its schedule has several times of day, or a
// further extract of either that somebody asked for.
type Slot struct {
	// Date is the business date, yyyy-mm-dd.
	Date string `json:"date,omitempty"`
	// Time is the firing's time of day in the pipeline's zone, hhmm; empty where the schedule has one time of day.
	Time string `json:"time,omitempty"`
	// Again numbers a further extract, from 2; 0 is the first.
	Again int `json:"again,omitempty"`
}

// IsZero reports whether the slot is none: that of a job which no night of the pipeline started.
func (s Slot) IsZero() bool { return s == Slot{} }

// String returns the slot as it stands in workflow ids: 2026-11-20, 2026-11-20T0400, 2026-11-20/again/2.
func (s Slot) String() string {
	text := s.Date
	if s.Time != "" {
		text += "T" + s.Time
	}
	if s.Again > 0 {
		text += "/again/" + strconv.Itoa(s.Again)
	}
	return text
}

// Word returns the slot as objects below its date name it: date, T0400, date-again-2. It is empty for no slot.
func (s Slot) Word() string {
	if s.IsZero() {
		return ""
	}
	word := "date"
	if s.Time != "" {
		word = "T" + s.Time
	}
	if s.Again > 0 {
		word += "-again-" + strconv.Itoa(s.Again)
	}
	return word
}

// FirstZone returns the zone in which a date begins first: what is tomorrow there has not begun anywhere.
func FirstZone() *time.Location { return time.FixedZone("UTC+14", 14*60*60) }

// First returns the slot of the first extract, of which s may be a further one.
func (s Slot) First() Slot { return Slot{Date: s.Date, Time: s.Time} }

// Next returns the slot of the extract after s.
func (s Slot) Next() Slot { return Slot{Date: s.Date, Time: s.Time, Again: max(s.Again, 1) + 1} }

var (
	slotForm = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(?:T(\d{4}))?(?:/again/([1-9]\d{0,5}))?$`)
	wordForm = regexp.MustCompile(`^(?:date|T(\d{4}))(?:-again-([1-9]\d{0,5}))?$`)
)

// ParseSlot reads what Slot.String writes.
func ParseSlot(text string) (Slot, bool) {
	match := slotForm.FindStringSubmatch(text)
	if match == nil {
		return Slot{}, false
	}
	return slotOf(match[1], match[2], match[3])
}

// SlotOf reads what Slot.Word writes, for a business date. The empty word gives the zero slot.
func SlotOf(date, word string) (Slot, bool) {
	match := wordForm.FindStringSubmatch(word)
	if match == nil {
		return Slot{}, word == ""
	}
	return slotOf(date, match[1], match[2])
}

func slotOf(date, clock, again string) (Slot, bool) {
	slot := Slot{Date: date, Time: clock}
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return Slot{}, false
	}
	if _, err := time.Parse("1504", clock); clock != "" && err != nil {
		return Slot{}, false
	}
	if again != "" {
		slot.Again, _ = strconv.Atoi(again) // digits, by the form
		if slot.Again < 2 {
			return Slot{}, false
		}
	}
	return slot, true
}

// Run is what the workflow id of a run says: its pipeline, and the slot or the job that it is the run of.
type Run struct {
	Pipeline string
	// Slot is what the run extracts; none for the run of a job.
	Slot Slot
	// JobKey names the job that the run takes up; empty for the run of a slot.
	JobKey string
}

const runPrefix = "extract/"

// ID returns the workflow id of the run, whoever starts it and from wherever.
func (r Run) ID() string {
	if r.JobKey != "" {
		return runPrefix + r.Pipeline + "/job/" + r.JobKey
	}
	return runPrefix + r.Pipeline + "/" + r.Slot.String()
}

// ParseRun reads what Run.ID writes; any other workflow id is that of a front.
func ParseRun(workflowID string) (Run, bool) {
	rest, ok := strings.CutPrefix(workflowID, runPrefix)
	if !ok {
		return Run{}, false
	}
	pipeline, rest, ok := strings.Cut(rest, "/")
	if !ok || pipeline == "" {
		return Run{}, false
	}
	if key, isJob := strings.CutPrefix(rest, "job/"); isJob {
		return Run{Pipeline: pipeline, JobKey: key}, IsJobKey(key)
	}
	slot, ok := ParseSlot(rest)
	return Run{Pipeline: pipeline, Slot: slot}, ok
}

// jobKeyDigits is the length of a job's key: enough that no two jobs of a pipeline ever share one.
const jobKeyDigits = 16

// JobKey returns the name of a job in ids and keys: the first 16 hex digits of the SHA-256 of its id. A job's start
// time may move and its id does not, but ids hold characters that neither ids nor keys should.
func JobKey(jobID string) string {
	sum := sha256.Sum256([]byte(jobID))
	return hex.EncodeToString(sum[:])[:jobKeyDigits]
}

var jobKeyForm = regexp.MustCompile(fmt.Sprintf("^[0-9a-f]{%d}$", jobKeyDigits))

// IsJobKey reports whether a text has the form of what JobKey returns.
func IsJobKey(text string) bool { return jobKeyForm.MatchString(text) }

// TieOutID returns the workflow id of the tie-out of one job, below the run that it belongs to.
func TieOutID(runID, jobKey string) string { return runID + tieOutInfix + jobKey }

const tieOutInfix = "/reconcile/"

// IsTieOutID reports whether an id is one that TieOutID returns.
func IsTieOutID(workflowID string) bool { return strings.Contains(workflowID, tieOutInfix) }

// NextID returns the workflow id of what follows a job. It names the job and not the run: of two runs on one job the
// second starts nothing again.
func NextID(pipeline, jobKey, taskQueue, workflow string) string {
	return Run{Pipeline: pipeline, JobKey: jobKey}.ID() + "/next/" + taskQueue + "/" + workflow
}

// ScheduledID returns the workflow id of the front that a pipeline's schedule starts: Temporal appends the scheduled time.
func ScheduledID(pipeline string, at time.Time) string {
	return runPrefix + pipeline + "-" + at.UTC().Format(time.RFC3339)
}
