package pipeline

import (
	"fmt"
	"strings"
	"time"
)

// Schedule says when Temporal starts the pipeline's runs.
type Schedule struct {
	// Cron has five fields: minute, hour, day, month, weekday.
	Cron string `json:"cron" yaml:"cron"`
	// TimeZone is an IANA name such as America/New_York.
	TimeZone string `json:"timeZone" yaml:"time_zone"`
	// CatchUp is how late a missed run may still start.
	CatchUp Duration `json:"catchUp" yaml:"catch_up"`
	Overlap Overlap  `json:"overlap" yaml:"overlap"`
	// Jitter spreads the starts over a length of time.
	Jitter Duration `json:"jitter,omitempty" yaml:"jitter"`
}

// Overlap says what a schedule does while its previous run is still running. The words of Temporal that would end a run
// are left out, because an extract that has begun is never given up for the next one.
type Overlap string

const (
	OverlapSkip      Overlap = "skip"
	OverlapBufferOne Overlap = "buffer_one"
	OverlapBufferAll Overlap = "buffer_all"
	OverlapAllowAll  Overlap = "allow_all"
)

// Location returns the time zone in which business dates and Due are read: that of the schedule, or UTC.
func (p Pipeline) Location() (*time.Location, error) {
	if p.Schedule == nil || p.Schedule.TimeZone == "" {
		return time.UTC, nil
	}
	return time.LoadLocation(p.Schedule.TimeZone)
}

// Duration is a time.Duration that people and JSON write as "15s" or "6h".
type Duration time.Duration

// String returns the duration without the zero units that time.Duration writes: "2m", "48h", "1h30m".
func (d Duration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText returns String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a number with its unit, or several of them, such as "90s", "2m" or "1h30m".
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 15s, 2m or 6h", text)
	}
	*d = Duration(parsed)
	return nil
}
