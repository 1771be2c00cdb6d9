package activities_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"tieout/concur/concurtest"
	"tieout/internal/config"
	"tieout/internal/contract"
	"tieout/internal/notice"
	"tieout/internal/pipeline"
)

// dueBench is a bench with a pipeline that is due at a time of day.
func dueBench(t *testing.T, due, zone string) *bench {
	b := startBench(t, concurtest.Definition{})
	p := pipeline.Pipeline{Name: "nightly", Due: due, Notify: []pipeline.Notice{{Webhook: "https://hooks.example/T0/key", On: []string{"late"}}}}
	if zone != "" {
		p.Schedule = &pipeline.Schedule{TimeZone: zone}
	}
	b.a.Config = &config.Config{Path: "tieout.yaml", Storage: config.Storage{Bucket: evidenceBucket}, Pipelines: map[string]pipeline.Pipeline{"nightly": p}}
	return b
}

func TestPlanDue(t *testing.T) {
	for name, test := range map[string]struct{ due, zone, at, date, want, clock string }{
		"the same morning":     {"07:00", "", "2026-11-20T04:00:00Z", "2026-11-20", "2026-11-20T07:00:00Z", "07:00 on 2026-11-20, UTC"},
		"the next morning":     {"07:00", "", "2026-11-20T22:00:00Z", "2026-11-20", "2026-11-21T07:00:00Z", "07:00 on 2026-11-21, UTC"},
		"scheduled when due":   {"07:00", "", "2026-11-20T07:00:00Z", "2026-11-20", "2026-11-21T07:00:00Z", "07:00 on 2026-11-21, UTC"},
		"in the zone":          {"07:00", "America/New_York", "2026-11-20T04:00:00Z", "2026-11-19", "2026-11-20T12:00:00Z", "07:00 on 2026-11-20, America/New_York"},
		"the night of 23 h":    {"07:00", "Europe/Berlin", "2026-03-28T21:00:00Z", "2026-03-28", "2026-03-29T05:00:00Z", "07:00 on 2026-03-29, Europe/Berlin"},
		"the end of the month": {"07:00", "", "2026-11-30T22:00:00Z", "2026-11-30", "2026-12-01T07:00:00Z", "07:00 on 2026-12-01, UTC"},
	} {
		t.Run(name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, test.at)
			require.NoError(t, err)
			plan, err := call(dueBench(t, test.due, test.zone), contract.PlanDue, contract.DueParams{Pipeline: "nightly", At: at})
			require.NoError(t, err)
			require.Equal(t, test.date, plan.BusinessDate)
			require.Equal(t, test.want, plan.Due.Format(time.RFC3339))
			require.Equal(t, test.clock, plan.Clock)
			require.Equal(t, test.date, plan.Slot.String())
			require.Equal(t, test.at, plan.At.Format(time.RFC3339))
			require.Equal(t, []contract.NoticeTarget{{Number: 1, Host: "hooks.example", On: []string{"late"}}}, plan.Targets, "no address in history")
		})
	}
}

func TestPlanDueOfAPipelineThatHasNone(t *testing.T) {
	for _, name := range []string{"nightly", "gone"} {
		_, err := call(dueBench(t, "", ""), contract.PlanDue, contract.DueParams{Pipeline: name})
		var failed *temporal.ApplicationError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, contract.CodeConfigInvalid, failed.Type())
		require.Contains(t, failed.Message(), "tieout schedule apply --prune")
	}
}

func TestCheckDue(t *testing.T) {
	due := time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC)
	const id = "extract/nightly/2026-11-20"
	record := func(workflowID, outcome, code string, at time.Time) map[string]any {
		return map[string]any{"schema": 1, "businessDate": "2026-11-20", "slot": "date", "workflowId": workflowID, "outcome": outcome, "code": code, "message": "what happened", "at": at}
	}
	slotless := func(workflowID string) map[string]any {
		r := record(workflowID, "clean", "", due.Add(-time.Hour))
		delete(r, "slot")
		return r
	}
	for name, test := range map[string]struct {
		records []map[string]any
		on      string
		late    bool
		says    string
	}{
		"nothing":                {late: true, says: "None was started, or none left a record"},
		"clean":                  {records: []map[string]any{record(id, "clean", "", due.Add(-time.Hour))}, says: "In time: nightly of 2026-11-20 reached the verdict clean by 07:00"},
		"findings are a verdict": {records: []map[string]any{record(id, "findings", "", due)}, says: "the verdict findings"},
		"of the run of its job":  {records: []map[string]any{record("extract/nightly/job/0123456789abcdef", "rejected", "", due.Add(-time.Hour))}, says: "the verdict rejected"},
		"before its time": {records: []map[string]any{record(id, "clean", "", due.Add(-5*time.Hour))}, late: true,
			says: "reached the verdict clean at 2026-11-20T02:00:00Z, before its schedule's time, which was answered with it. What was approved since then is in no extract of the date: `tieout run nightly --date 2026-11-20 --again`"},
		"too late": {records: []map[string]any{record(id, "clean", "", due.Add(time.Minute))}, late: true, says: "One did at 2026-11-20T07:01:00Z: clean."},
		"failed":   {records: []map[string]any{record(id, "", "ConcurAuth", due.Add(-time.Hour))}, late: true, says: "failed at 2026-11-20T06:00:00Z with ConcurAuth: what happened"},
		"failed, then clean": {records: []map[string]any{record(id, "", "ConcurAuth", due.Add(-time.Hour)), record(id, "clean", "", due.Add(-time.Minute))},
			says: "the verdict clean"},
		"an earlier night's job": {records: []map[string]any{slotless("extract/nightly/job/0123456789abcdef")}, late: true, says: "None was started"},
		"tied out again by hand": {records: []map[string]any{slotless("extract/nightly/reconcile/0123456789abcdef")}, late: true, says: "None was started"},
		"still running":          {on: id, late: true, says: "The run " + id + " is still running"},
	} {
		t.Run(name, func(t *testing.T) {
			b := dueBench(t, "07:00", "")
			b.a.Runs = running{{test.on, ""}: test.on != ""}
			for i, r := range test.records {
				b.put(t, "nightly/runs/2026-11-20/run-"+string(rune('a'+i))+".json", r)
			}
			result, err := call(b, contract.CheckDue,
				contract.CheckDueParams{Pipeline: "nightly", Slot: contract.Slot{Date: "2026-11-20"}, At: due.Add(-3 * time.Hour), Due: due, Clock: "07:00 on 2026-11-20, UTC"})
			require.NoError(t, err)
			require.Equal(t, test.late, result.Late)
			require.Contains(t, result.Message, test.says)
		})
	}
}

// mouth is a Notifier that keeps what it was given.
type mouth struct {
	targets []pipeline.Notice
	answer  error
}

func (m *mouth) Send(_ context.Context, target pipeline.Notice, _ contract.NotifyParams) error {
	m.targets = append(m.targets, target)
	return m.answer
}

func TestNotify(t *testing.T) {
	for name, test := range map[string]struct {
		target contract.NoticeTarget
		answer error
		sent   int
		code   string
	}{
		"told":               {target: contract.NoticeTarget{Number: 1, Host: "hooks.example"}, sent: 1},
		"refused for good":   {contract.NoticeTarget{Number: 1, Host: "hooks.example"}, &notice.Error{Host: "hooks.example", Final: true, Reason: "it answered 404"}, 1, contract.CodeConfigInvalid},
		"another time":       {contract.NoticeTarget{Number: 1, Host: "hooks.example"}, &notice.Error{Host: "hooks.example", Reason: "it answered 503"}, 1, contract.CodeTemporary},
		"moved to elsewhere": {contract.NoticeTarget{Number: 1, Host: "old.example"}, nil, 0, contract.CodeTemporary},
		"taken away":         {contract.NoticeTarget{Number: 2, Host: "hooks.example"}, nil, 0, contract.CodeTemporary},
	} {
		t.Run(name, func(t *testing.T) {
			b := dueBench(t, "", "")
			m := &mouth{answer: test.answer}
			b.a.Notices = m
			_, err := call(b, contract.Notify, contract.NotifyParams{Scope: b.scope, Kind: "late", Target: test.target})
			require.Len(t, m.targets, test.sent)
			if test.code == "" {
				require.NoError(t, err)
				require.Equal(t, "https://hooks.example/T0/key", m.targets[0].Webhook, "today's address")
				return
			}
			var failed *temporal.ApplicationError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, test.code, failed.Type())
			require.NotContains(t, err.Error(), "key")
		})
	}
}

// A worker that does not have the webhook leaves the notice to one that has it, and says so.
func TestANoticeIsLeftToAWorkerThatHasTheWebhook(t *testing.T) {
	b := dueBench(t, "", "")
	m := &mouth{}
	b.a.Notices = m
	there := b.a.Config.Pipelines["nightly"]
	params := contract.NotifyParams{Scope: b.scope, Kind: contract.NoticeLate, Target: contract.NoticeTarget{Number: 1, Host: "hooks.example"}}
	for name, notify := range map[string][]pipeline.Notice{
		"without it": nil, "elsewhere": {{Webhook: "https://other.example/key"}},
	} {
		without := there
		without.Notify = notify
		b.a.Config.Pipelines["nightly"] = without
		_, err := call(b, contract.Notify, params)
		failed := isError(t, err, contract.CodeTemporary, false)
		require.Contains(t, failed.Message(), "has no webhook at hooks.example as entry 1 of notify of pipeline nightly", name)
		require.Equal(t, 10*time.Second, failed.NextRetryDelay())
		require.Empty(t, m.targets)
	}
	b.a.Config.Pipelines["nightly"] = there
	_, err := call(b, contract.Notify, params)
	require.NoError(t, err)
	require.Len(t, m.targets, 1)
}
