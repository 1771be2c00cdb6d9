package config

import (
	"strings"

	"tieout/internal/contract"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
)

// key is one row of the table that describes tieout.yaml. Defaults, allowed words, suggestions for unknown keys and the
// reference in docs/configuration.md all come from it.
type key struct {
	// path is the key with its parents. NAME stands for a name that the file chooses, [] for an element of a list.
	path string
	// value is the type of the value, or the words that it can be, as in "start | pickup".
	value string
	// fallback is the value of a key that is left out, as a file would spell it, or required, or "" for none.
	fallback string
	// remedy says what to write for a value that is missing or empty. Where it is "", the value may be empty.
	remedy string
	// doc is the sentence of the reference.
	doc string
}

const (
	// required is the fallback of a key that must be given.
	required = "required"
	// valueOrRemove is the remedy of a credential, which may be left out but not be empty.
	valueOrRemove = "give a value, or remove the key"
)

// keys lists every key in the order in which a file has them.
var keys = []key{
	{"connections", "mapping", required, "name at least one account at Concur", "The accounts at Concur, each under a name."},
	{"connections.NAME.base_url", "text", required, "give the account's address, such as https://us2.api.concursolutions.com", "Scheme and host. `http://` is for loopback and private networks."},
	{"connections.NAME.client_id", "text", "", valueOrRemove, "The app registered at Concur. Required without an `access_token`."},
	{"connections.NAME.client_secret", "secret", "", valueOrRemove, "The app's secret. Required without an `access_token`."},
	{"connections.NAME.refresh_token", "secret", "", valueOrRemove, "The first refresh token. Those that follow are kept in `token_store`."},
	{"connections.NAME.access_token", "secret", "", valueOrRemove, "The legacy OAuth token, sent as it is. It replaces all other credentials."},
	{"connections.NAME.username", "text", "", valueOrRemove, "User or company id of a password grant, with `password` or `auth_token`."},
	{"connections.NAME.password", "secret", "", valueOrRemove, "The password of `username`."},
	{"connections.NAME.auth_token", "secret", "", valueOrRemove, "The company request token of `username`, in place of a password."},
	{"connections.NAME.token_store", "text", StoreS3, "", "`s3` keeps the newest refresh token as an object in the bucket for all workers; `file:PATH` keeps it in a file for one worker."},
	{"connections.NAME.allowed_hosts", "list of text", "", "", "Further hosts, or addresses such as `http://127.0.0.1:8089`, to which a token answer may move the connection. Concur's own are always allowed."},
	{"connections.NAME.lists_api", oneOf(ListsV1, ListsV4), ListsV1, "", "The API that lists are read with. Only `v4` knows deleted items. A run keeps the one with which it began."},
	{"connections.NAME.requests_per_second", "number", "5", "", "The most requests per second of one worker, above 0 and up to 1000."},

	{"storage", "mapping", required, "name the bucket: storage: {bucket: …}", "Where the evidence is kept."},
	{"storage.bucket", "text", required, "name the S3 bucket", "The S3 bucket. Endpoint, region and credentials come from the AWS default chain."},
	{"storage.prefix", "text", "", "", "What all object keys begin with."},
	{"storage.report_url", "text", "", "write an address with {key}, or remove the key", "The address under which people reach an object, with `{key}` for the object's key. Without it they see `s3://` URIs."},

	{"pipelines", "mapping", required, "name at least one pipeline", "The extracts, each under a name of letters, digits, `-`, `_` and `.` for object keys and workflow ids. The names `job`, `reconcile`, `again` and `next` are reserved, because ids use these words."},
	{"pipelines.NAME.connection", "text", "", "", "A name under `connections`. Required where there are several."},
	{"pipelines.NAME.definition", "text", required, "name the extract definition; `tieout definitions` lists them", "The extract definition, by name, id or URI. It belongs to one pipeline."},
	{"pipelines.NAME.acquire", oneOf(pipeline.AcquireStart, pipeline.AcquirePickup), "start", "", "`start`: each run starts a job. `pickup`: Concur's own schedule starts jobs, and a run lands every completed one that has not landed."},
	{"pipelines.NAME.recover", "mapping", "", "", "Takes up jobs that are older than the pipeline's first run."},
	{"pipelines.NAME.recover.since", "date", required, "write the first day whose jobs are taken up", "The first day whose jobs are taken up."},
	{"pipelines.NAME.members", "list of text", "", "name the files that are tied out, or remove the key for all of them", "Patterns with `*`, `?` and `[…]` for the files of a zip that are tied out; without them all files are. All files land."},
	{"pipelines.NAME.format", oneOf(extractfile.FormatSAE, extractfile.FormatPRAE), required, "write sae, prae, or a mapping", "A published format, or a mapping that describes a delimited file with the keys below."},
	{"pipelines.NAME.format.delimiter", "text", "|", "", "One ASCII character."},
	{"pipelines.NAME.format.header", oneOf(pipeline.HeaderNone, pipeline.HeaderNames, pipeline.HeaderControl), "none", "", "`names`: the first record names the columns. `control`: it declares count and total as in `sae`. [What a file proves](#what-a-file-proves) depends on it."},
	{"pipelines.NAME.format.amount", "column", "", "", "The amount. Required with `header: control` unless `control_totals: off`."},
	{"pipelines.NAME.format.currency", "column", "", "", "The currency of the amount."},
	{"pipelines.NAME.format.encoding", oneOf("utf-8", "utf-16", "utf-16le", "utf-16be", "windows-1252"), "utf-8", "", "The encoding of the text."},
	{"pipelines.NAME.format.report", "column", "", "", "The report id, by which people find a row."},
	{"pipelines.NAME.format.entry", "column", "", "", "The entry id."},
	{"pipelines.NAME.format.sequence", "column", "", "", "The number that runs 1, 2, 3 … over the rows."},
	{"pipelines.NAME.format.batch", "column", "", "", "The batch id."},
	{"pipelines.NAME.poll", "mapping", "", "", "The times by which a run waits for its job."},
	{"pipelines.NAME.poll.first", "duration", "15s", "", "The wait before the first look."},
	{"pipelines.NAME.poll.max", "duration", "2m", "", "The longest wait between two looks, not below `first`."},
	{"pipelines.NAME.poll.deadline", "duration", "6h", "", "How long a run waits for its job, and a landing for its file, before the run fails. Not below `max`."},
	{"pipelines.NAME.poll.visibility", "duration", "10m", "", "How long a new job may take to appear in Concur's list. A start with an unknown outcome counts as not done only after that time."},
	{"pipelines.NAME.control_totals", oneOf(pipeline.ControlRequire, pipeline.ControlReport, pipeline.ControlOff), "require", "", "`require`: record count and journal total must agree, or the run fails after landing and reporting. `report`: a difference is a finding. `off`: they are not compared."},

	{"pipelines.NAME.checks", "list of mappings", "", "", "What is tied out against lists. Without checks only the control totals are."},
	{"pipelines.NAME.checks[].name", "text", required, "name the check; its findings carry the name", "The name that its findings carry, different for each check and never `control`."},
	{"pipelines.NAME.checks[].list", "text", required, "name the list as Concur does; `tieout lists` shows them", "The list's name at Concur."},
	{"pipelines.NAME.checks[].columns", "list of columns", required, "give one column per level of the list, from level 1", "One column per level of the list from level 1, at most 10: numbers from 1, or names of the format."},
	{"pipelines.NAME.checks[].blank", oneOf(pipeline.BlankAllow, pipeline.BlankReport), "allow", "", "Whether rows whose columns are all empty are findings."},
	{"pipelines.NAME.checks[].placeholders", "list of text", "", "", "Texts that stand for a missing code, such as `Pending Client`. They are findings of their own class."},
	{"pipelines.NAME.checks[].skip", "list of mappings", "", "", "Rows that the check leaves out and counts."},
	{"pipelines.NAME.checks[].skip[].column", "column", required, "give a column's number from 1, or its name in the format", "The column that decides."},
	{"pipelines.NAME.checks[].skip[].equals", "text", "", "", "Skips rows whose column holds exactly this text. Either `equals` or `filled` is required."},
	{"pipelines.NAME.checks[].skip[].filled", "true or false", "", "", "`true` skips rows whose column is not empty."},
	{"pipelines.NAME.waivers", "list of mappings", "", "", "Findings that are known and accepted for a time."},
	{"pipelines.NAME.waivers[].check", "text", required, "name the check whose finding is waived", "The check's name, or `control`."},
	{"pipelines.NAME.waivers[].value", "text", required, "give the code that is waived, or the control check such as batch_gap", "The code at the finding's level, or the path joined by ` / `. For `control` it is the control check, such as `batch_gap`."},
	{"pipelines.NAME.waivers[].reason", "text", required, "say why, for the auditor", "Why the findings are accepted, for the auditor."},
	{"pipelines.NAME.waivers[].by", "text", required, "say who decided", "Who accepted them."},
	{"pipelines.NAME.waivers[].until", "date", required, "give the last day on which it holds", "The last day on which the waiver holds."},
	{"pipelines.NAME.waivers[].max_amount", "amounts", "", "write {USD: 5000}, or remove the key", "The most gross amount per currency, as `{USD: 5000}`. With it, no other currency is covered."},
	{"pipelines.NAME.on_findings", oneOf(pipeline.OnFindingsReport, pipeline.OnFindingsHold, pipeline.OnFindingsFail), "report", "", "`report`: the run ends with its findings. `hold`: it waits for a review. `fail`: it fails."},
	{"pipelines.NAME.hold", "mapping", "", "", "The wait for a review."},
	{"pipelines.NAME.hold.deadline", "duration", "48h", "", "How long a run waits for its review."},
	{"pipelines.NAME.hold.then", oneOf(contract.OutcomeApproved, contract.OutcomeRejected), "rejected", "", "The outcome of a run that nobody reviewed."},
	{"pipelines.NAME.list_walk_limit", "number", "2000", "", "The most requests that the search for a wrong parent may make; 0 turns it off."},

	{"pipelines.NAME.next", "list of mappings", "", "", "Workflows that are started with the result as their input, each once."},
	{"pipelines.NAME.next[].workflow", "text", required, "name the workflow type to start", "The workflow type."},
	{"pipelines.NAME.next[].task_queue", "text", required, "name the task queue that its workers poll", "The task queue of its workers."},
	{"pipelines.NAME.next[].when", listOf(contract.OutcomeClean, contract.OutcomeFindings, contract.OutcomeEmpty, contract.OutcomeApproved, contract.OutcomeRejected), "[clean, approved]", "", "The outcomes that start it."},
	{"pipelines.NAME.next[].wait", "true or false", "false", "", "`true`: the run waits for the workflow and fails if it fails."},
	{"pipelines.NAME.notify", "list of mappings", "", "", "The webhooks that are told about the pipeline's runs."},
	{"pipelines.NAME.notify[].webhook", "secret", required, "give the address that takes the notice", "An `https://` address; `http://` is for loopback."},
	{"pipelines.NAME.notify[].secret", "secret", "", "give the key that notices are signed with, or remove it", "The key with which notices are signed (HMAC)."},
	{"pipelines.NAME.notify[].format", oneOf(pipeline.NoticeCloudEvents, pipeline.NoticeSlack), "cloudevents", "", "`cloudevents` is JSON, `slack` a message for people."},
	{"pipelines.NAME.notify[].on", listOf(contract.NoticeFindings, contract.NoticeFailed, contract.NoticeReview, contract.NoticeLate), "[findings, failed, review, late]", "", "The kinds of notices that it is sent."},
	{"pipelines.NAME.due", "text", "", "", "`\"HH:MM\"` in the schedule's time zone. Without a verdict by then the notice `late` is sent."},
	{"pipelines.NAME.schedule", "mapping", "", "", "When runs start. `tieout schedule apply` writes it to Temporal."},
	{"pipelines.NAME.schedule.cron", "text", required, `write when it starts, such as "0 4 * * *"`, "Five fields: minute, hour, day, month, weekday."},
	{"pipelines.NAME.schedule.time_zone", "text", "UTC", "", "A name such as `America/New_York`. Business dates and `due` are read in it."},
	{"pipelines.NAME.schedule.catch_up", "duration", "6h", "", "How late a missed run may still start, at least 10s."},
	{"pipelines.NAME.schedule.overlap", oneOf(pipeline.OverlapSkip, pipeline.OverlapBufferOne, pipeline.OverlapBufferAll, pipeline.OverlapAllowAll), "skip", "", "What a firing does while the previous run is still running, in Temporal's words."},
	{"pipelines.NAME.schedule.jitter", "duration", "0s", "", "Spreads the starts over this time."},
}

// oneOf spells the words that a value can be.
func oneOf[W ~string](words ...W) string {
	var text []string
	for _, word := range words {
		text = append(text, string(word))
	}
	return strings.Join(text, " | ")
}

// listOf spells the words that the elements of a list can be.
func listOf[W ~string](words ...W) string { return "list of " + oneOf(words...) }

// name returns the last part of the key's path.
func (k key) name() string { return k.path[strings.LastIndex(k.path, ".")+1:] }

// element returns what an element of a list is described by.
func (k key) element() key {
	return key{path: k.path + "[]", value: strings.TrimPrefix(k.value, "list of ")}
}

// words returns the words that the value can be, or nil where it is not restricted to words.
func (k key) words() []string {
	if words := strings.Split(k.value, " | "); len(words) > 1 {
		return words
	}
	return nil
}

// keysBelow returns the keys of the mapping at path.
func keysBelow(path string) []key {
	if path != "" {
		path += "."
	}
	var below []key
	for _, k := range keys {
		if name, found := strings.CutPrefix(k.path, path); found && !strings.Contains(name, ".") {
			below = append(below, k)
		}
	}
	return below
}
