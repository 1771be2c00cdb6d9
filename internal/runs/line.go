package runs

import (
	"fmt"
	"strings"
)

// Line returns a status in one line of plain text.
func Line(s Status) string {
	var b strings.Builder
	if s.Progress.Phase != "" {
		fmt.Fprintf(&b, "%-12s %s", s.Progress.Phase, s.Progress.Message)
	} else {
		b.WriteString("no worker answers; the run waits for one")
	}
	if s.Activity != "" && s.Message != "" {
		fmt.Fprintf(&b, ": %s", s.Message)
	}
	if s.Bytes > 0 {
		fmt.Fprintf(&b, " (%d bytes", s.Bytes)
		if s.Of > 0 {
			fmt.Fprintf(&b, " of %d", s.Of)
		}
		if s.Rows > 0 {
			fmt.Fprintf(&b, ", %d rows", s.Rows)
		}
		b.WriteString(")")
	}
	if s.Requests > 0 {
		fmt.Fprintf(&b, " (list %q, %d requests)", s.List, s.Requests)
	}
	return b.String()
}
