package wording

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWording(t *testing.T) {
	require.Equal(t, "-1,000", Count(-1000))
	require.Equal(t, "1 finding", Counted(1, "finding", "findings"))
	require.Equal(t, "0 findings", Counted(0, "finding", "findings"))
	require.Equal(t, "999 records", Counted(999, "record", "records"))
	require.Equal(t, "1,000 records", Counted(int64(1000), "record", "records"))
	require.Equal(t, "1,234,567", Count(1234567))
	require.Equal(t, "0 bytes", Size(0))
	require.Equal(t, "1 byte", Size(1))
	require.Equal(t, "999 bytes", Size(999))
	require.Equal(t, "1.0 kB", Size(1000))
	require.Equal(t, "1.0 MB", Size(999_990))
	require.Equal(t, "15.3 MB", Size(15_311_903))
	require.Equal(t, "20.0 GB", Size(20_000_000_000))
	require.Equal(t, "21.5 GB", Size(21_474_836_480))
	require.Equal(t, "2.5 PB", Size(2_500_000_000_000_000))
	require.Equal(t, "48h", Span(48*time.Hour))
	require.Equal(t, "1h30m", Span(90*time.Minute))
	require.Equal(t, "10m", Span(10*time.Minute))
	require.Equal(t, "1m30s", Span(90*time.Second))
	require.Equal(t, "30s", Span(30*time.Second))
	require.Equal(t, "2026-11-21 19:44 UTC", Moment(time.Date(2026, 11, 21, 20, 44, 59, 0, time.FixedZone("CET", 3600))))
}
