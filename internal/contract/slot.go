package contract

import (
	"regexp"
	"strconv"
	"time"
)

// Slot is what a pipeline extracts once: a business date, one firing of it where the schedule has several times of day,
// or a further extract of either that a person asked for.
type Slot struct {
	// Date is the business date, yyyy-mm-dd.
	Date string `json:"date,omitempty"`
	// Time is the firing's time of day in the pipeline's zone, hhmm. It is empty where the schedule has one time of day.
	Time string `json:"time,omitempty"`
	// Again is the number of a further extract, from 2. It is 0 for the first extract.
	Again int `json:"again,omitempty"`
}

// IsZero reports whether there is no slot, as for a job that no run of the pipeline started.
func (s Slot) IsZero() bool { return s == Slot{} }

// String returns the slot as workflow ids hold it: 2026-11-20, 2026-11-20T0400, 2026-11-20/again/2.
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

// Word returns the slot as the keys below its date in S3 hold it: date, T0400, date-again-2. It is empty for no slot.
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

// First returns the slot of the first extract, of which s may be a further one.
func (s Slot) First() Slot { return Slot{Date: s.Date, Time: s.Time} }

// Next returns the slot of the extract that follows s.
func (s Slot) Next() Slot { return Slot{Date: s.Date, Time: s.Time, Again: max(s.Again, 1) + 1} }

var (
	slotForm = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(?:T(\d{4}))?(?:/again/([1-9]\d{0,5}))?$`)
	wordForm = regexp.MustCompile(`^(?:date|T(\d{4}))(?:-again-([1-9]\d{0,5}))?$`)
)

// ParseSlot reads what Slot.String returns, and reports whether text has that form.
func ParseSlot(text string) (Slot, bool) {
	match := slotForm.FindStringSubmatch(text)
	if match == nil {
		return Slot{}, false
	}
	return slotOf(match[1], match[2], match[3])
}

// SlotOf reads what Slot.Word returns for a business date, and reports whether word has that form. The empty word gives
// the zero slot.
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
		slot.Again, _ = strconv.Atoi(again) // the form admits digits only
		if slot.Again < 2 {
			return Slot{}, false
		}
	}
	return slot, true
}

// FirstZone returns the zone in which a date begins first. A date that is still to come there has not begun anywhere.
func FirstZone() *time.Location { return time.FixedZone("UTC+14", 14*60*60) }
