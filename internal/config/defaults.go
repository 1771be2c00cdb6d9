package config

import (
	"reflect"
	"time"

	"tieout/internal/contract"
	"tieout/internal/pipeline"
)

// fillDefaults sets what a new connection, pipeline or part of one is before the file is read into it.
func fillDefaults(v reflect.Value) {
	switch target := v.Addr().Interface().(type) {
	case *Connection:
		target.TokenStore = TokenStore{Kind: StoreS3}
		target.ListsAPI = ListsV1
		target.RequestsPerSecond = 5
	case *pipeline.Pipeline:
		target.Acquire = pipeline.AcquireStart
		target.Poll = pipeline.Poll{First: duration(15 * time.Second), Max: duration(2 * time.Minute), Deadline: duration(6 * time.Hour), Visibility: duration(10 * time.Minute)}
		target.ControlTotals = pipeline.ControlRequire
		target.OnFindings = pipeline.OnFindingsReport
		target.Hold = pipeline.Hold{Deadline: duration(48 * time.Hour), Then: string(contract.OutcomeRejected)}
		target.ListWalkLimit = 2000
	case *pipeline.Check:
		target.Blank = pipeline.BlankAllow
	case *pipeline.Next:
		target.When = []string{string(contract.OutcomeClean), string(contract.OutcomeApproved)}
	case *pipeline.Notice:
		target.Format = pipeline.NoticeCloudEvents
		target.On = noticeKinds()
	case *pipeline.Schedule:
		target.TimeZone = "UTC"
		target.CatchUp = duration(6 * time.Hour)
		target.Overlap = pipeline.OverlapSkip
	}
}

func duration(d time.Duration) pipeline.Duration { return pipeline.Duration(d) }

func outcomes() []string {
	var words []string
	for _, outcome := range contract.Outcomes() {
		words = append(words, string(outcome))
	}
	return words
}

func noticeKinds() []string {
	return []string{pipeline.NotifyFindings, pipeline.NotifyFailed, pipeline.NotifyReview, pipeline.NotifyLate}
}
