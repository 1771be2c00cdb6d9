package pipeline_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"tieout/internal/pipeline"
)

// TestASnapshotIsThePipeline records a pipeline as JSON, as a run does, and reads it back as it was.
func TestASnapshotIsThePipeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pipelines().Draw(t, "pipeline")
		data, err := json.Marshal(p)
		require.NoError(t, err)
		require.NotContains(t, string(data), "canary")
		var back pipeline.Pipeline
		require.NoError(t, json.Unmarshal(data, &back))
		p.Notify = nil
		require.Equal(t, p, back)
	})
}

func TestDurationsHaveNoZeroUnits(t *testing.T) {
	for want, d := range map[string]time.Duration{"15s": 15 * time.Second, "2m": 2 * time.Minute, "6h": 6 * time.Hour, "1h30m": 90 * time.Minute, "1m30s": 90 * time.Second, "0s": 0} {
		require.Equal(t, want, pipeline.Duration(d).String())
	}
}

func pipelines() *rapid.Generator[pipeline.Pipeline] {
	text := rapid.StringN(0, 8, -1)
	word := rapid.SampledFrom([]string{"start", "report", "hold", "clean", ""})
	column := rapid.Map(text, func(s string) pipeline.Column { return pipeline.Column(s) })
	duration := rapid.Map(rapid.Int64Range(0, int64(1000*time.Hour)), func(n int64) pipeline.Duration { return pipeline.Duration(n) })
	amounts := rapid.Map(rapid.MapOfN(rapid.StringMatching(`[A-Z]{3}`), text, 0, 2), func(m map[string]string) map[string]string {
		if len(m) == 0 {
			return nil
		}
		return m
	})
	return rapid.Custom(func(t *rapid.T) pipeline.Pipeline {
		p := pipeline.Pipeline{
			Name: text.Draw(t, "name"), Connection: text.Draw(t, "connection"), Definition: text.Draw(t, "definition"),
			Acquire: pipeline.Acquire(word.Draw(t, "acquire")), Members: some(text).Draw(t, "members"),
			Format: pipeline.Format{Name: word.Draw(t, "format"), Delimiter: text.Draw(t, "delimiter"), Amount: column.Draw(t, "amount")},
			Poll:   pipeline.Poll{First: duration.Draw(t, "first"), Max: duration.Draw(t, "max"), Deadline: duration.Draw(t, "deadline"), Visibility: duration.Draw(t, "visibility")},
			Checks: some(rapid.Custom(func(t *rapid.T) pipeline.Check {
				return pipeline.Check{
					Name: text.Draw(t, "check"), List: text.Draw(t, "list"), Blank: pipeline.Blank(word.Draw(t, "blank")),
					Columns: rapid.SliceOfN(column, 1, 3).Draw(t, "columns"), Placeholders: some(text).Draw(t, "placeholders"),
					Skip: some(rapid.Custom(func(t *rapid.T) pipeline.SkipRule {
						return pipeline.SkipRule{Column: column.Draw(t, "column"), Equals: rapid.Ptr(text, true).Draw(t, "equals"), Filled: rapid.Bool().Draw(t, "filled")}
					})).Draw(t, "skip"),
				}
			})).Draw(t, "checks"),
			Waivers: some(rapid.Custom(func(t *rapid.T) pipeline.Waiver {
				return pipeline.Waiver{Check: text.Draw(t, "check"), Value: text.Draw(t, "value"), Until: text.Draw(t, "until"), MaxAmount: amounts.Draw(t, "max")}
			})).Draw(t, "waivers"),
			ControlTotals: pipeline.ControlTotals(word.Draw(t, "control")), OnFindings: pipeline.OnFindings(word.Draw(t, "on findings")),
			Hold: pipeline.Hold{Deadline: duration.Draw(t, "hold"), Then: word.Draw(t, "then")}, ListWalkLimit: rapid.IntRange(0, 9999).Draw(t, "limit"),
			Next: some(rapid.Custom(func(t *rapid.T) pipeline.Next {
				return pipeline.Next{Workflow: text.Draw(t, "workflow"), TaskQueue: text.Draw(t, "queue"), When: some(word).Draw(t, "when"), Wait: rapid.Bool().Draw(t, "wait")}
			})).Draw(t, "next"),
			Notify: []pipeline.Notice{{Webhook: "https://canary.example", Secret: "canary"}},
			Due:    word.Draw(t, "due"),
		}
		if rapid.Bool().Draw(t, "has schedule") {
			p.Schedule = &pipeline.Schedule{Cron: text.Draw(t, "cron"), TimeZone: text.Draw(t, "zone"), CatchUp: duration.Draw(t, "catch up"), Jitter: duration.Draw(t, "jitter")}
			p.Recover = &pipeline.Recover{Since: text.Draw(t, "since")}
		}
		return p
	})
}

// some draws a few elements or none. None is nil, as decoding leaves a list that is not there.
func some[T any](of *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.Map(rapid.SliceOfN(of, 0, 2), func(values []T) []T {
		if len(values) == 0 {
			return nil
		}
		return values
	})
}
