package printer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDurationsForPeople(t *testing.T) {
	for d, text := range map[time.Duration]string{-time.Second: "0s", 59 * time.Second: "59s", 90 * time.Second: "1m30s", 3*time.Hour + 5*time.Minute: "3h05m", 72 * time.Hour: "3 days"} {
		require.Equal(t, text, Duration(d))
	}
}

func TestTextsFromOutsideAreMadeVisible(t *testing.T) {
	for text, shown := range map[string]string{"Grüße 日本": "Grüße 日本", "x\x1b[2J": "x\uFFFD[2J", "two\nlines\u202e": "two\uFFFDlines\uFFFD", "": ""} {
		require.Equal(t, shown, Visible(text))
	}
}

func TestTextsAreCutToTheColumnsOfATerminal(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		most    int
		cut     string
	}{
		{"", 0, 3, ""},
		{"abc", 3, 3, "abc"},
		{"abcd", 4, 3, "abc"},
		{"日本語", 6, 5, "日本"},
		{"e\u0301te\u0301", 3, 2, "e\u0301t"}, // accents take no column of their own
		{"abc", 3, 0, ""},
	} {
		require.Equal(t, c.columns, columns(c.text), c.text)
		require.Equal(t, c.cut, cut(c.text, c.most), c.text)
	}
}

func TestTimesForPeople(t *testing.T) {
	require.Equal(t, "2026-11-20 03:00:00Z", Time(time.Date(2026, 11, 20, 4, 0, 0, 0, time.FixedZone("", 3600))))
	require.Empty(t, Time(time.Time{}))
}
