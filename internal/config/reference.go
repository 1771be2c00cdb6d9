package config

// Key describes one key of tieout.yaml.
type Key struct {
	// Path is the key with its parents; NAME stands for a name of your own, [] for an element of a list.
	Path string
	// Type is text, number, true or false, duration, date, column, word (one of those that Text names), secret,
	// list of …, mapping or amounts.
	Type string
	// Default is what holds where the key is left out; "required" where there is none, "" where nothing holds.
	Default string
	Text    string
}

// Reference lists every key of tieout.yaml in the order in which a file has them.
func Reference() []Key {
	var keys []Key
	keys = append(keys, connectionKeys()...)
	keys = append(keys, storageKeys()...)
	keys = append(keys, pipelineKeys()...)
	keys = append(keys, tieOutKeys()...)
	return append(keys, handOverKeys()...)
}

func connectionKeys() []Key {
	const at = "connections.NAME."
	return []Key{
		{"connections", "mapping", "required", "The accounts at Concur, each under a name."},
		{at + "base_url", "text", "required", "Scheme and host, `https://us2.api.concursolutions.com`. `http://` is refused but for loopback and private networks."},
		{at + "client_id", "text", "", "The app registered at Concur. Required unless there is an `access_token`."},
		{at + "client_secret", "secret", "", "Its secret. Required unless there is an `access_token`. With neither token nor `username` the grant is client_credentials."},
		{at + "refresh_token", "secret", "", "The first refresh token; the ones that follow are kept in `token_store`."},
		{at + "access_token", "secret", "", "Instead of the others: the legacy OAuth token, sent as it is."},
		{at + "username", "text", "", "User or company id of a password grant, with `password` or `auth_token`."},
		{at + "password", "secret", "", "Password of `username`."},
		{at + "auth_token", "secret", "", "Company request token of `username`, instead of a password."},
		{at + "token_store", "text", "s3", "`s3`: one object in the bucket, shared by all workers. `file:PATH`: a file, for one worker."},
		{at + "allowed_hosts", "list of text", "", "Hosts, or bases such as `http://127.0.0.1:8089`, besides Concur's own to which a token answer may move the connection."},
		{at + "lists_api", "word", "v1", "`v1` or `v4`: the API that lists are read with. Only `v4` knows deleted items. A run keeps the one that it began with."},
		{at + "requests_per_second", "number", "5", "Most requests per second of one worker, above 0."},
	}
}

func storageKeys() []Key {
	const at = "storage."
	return []Key{
		{"storage", "mapping", "required", "Where the evidence lies."},
		{at + "bucket", "text", "required", "The S3 bucket. Endpoint, region and credentials come from the AWS default chain."},
		{at + "prefix", "text", "", "What all keys begin with."},
		{at + "report_url", "text", "", "How people reach an object, with `{key}` in the place of its key. Else `s3://` places are shown."},
	}
}

func pipelineKeys() []Key {
	const at = "pipelines.NAME."
	return []Key{
		{"pipelines", "mapping", "required", "The extracts, each under a name of letters, digits, `-`, `_` and `.`, which stands in S3 keys and workflow ids. `job`, `reconcile`, `again` and `next` are taken: ids use these words."},
		{at + "connection", "text", "the only one", "A name under `connections`. Required where there are several."},
		{at + "definition", "text", "required", "The extract definition: its name, id or URI. It belongs to one pipeline."},
		{at + "acquire", "word", "start", "`start`: a run starts the job. `pickup`: Concur's own schedule does, and a run lands every completed job not landed yet."},
		{at + "recover", "mapping", "", "Take up jobs that are older than the pipeline's first run."},
		{at + "recover.since", "date", "required", "The first day whose jobs are taken up."},
		{at + "members", "list of text", "every file", "Patterns for the files of a zip that are tied out, with `*`, `?` and `[…]`. All files are landed."},
		{at + "format", "format", "required", "`sae`, `prae`, or a mapping that describes a delimited file with the keys below."},
		{at + "format.delimiter", "text", "|", "One character."},
		{at + "format.header", "word", "none", "`none`, `names` (the first record names the columns) or `control` (the first record is as in `sae`). Only `control` proves that no row is missing: [what a file proves](#what-a-file-proves)."},
		{at + "format.amount", "column", "", "The amount. Required with `header: control` unless `control_totals: off`."},
		{at + "format.currency", "column", "", "The amount's currency."},
		{at + "format.encoding", "word", "utf-8", "`utf-8`, `utf-16`, `utf-16le`, `utf-16be` or `windows-1252`."},
		{at + "format.report", "column", "", "The report id, which locates a row for people."},
		{at + "format.entry", "column", "", "The entry id."},
		{at + "format.sequence", "column", "", "The number that runs 1, 2, 3 … over the rows."},
		{at + "format.batch", "column", "", "The batch id."},
		{at + "poll", "mapping", "", "How a job is waited for."},
		{at + "poll.first", "duration", "15s", "Before the first look."},
		{at + "poll.max", "duration", "2m", "The longest wait between two looks, not below `first`."},
		{at + "poll.deadline", "duration", "6h", "A job that is not done by then fails the run, and so does one for which no file comes so long; not below `max`."},
		{at + "poll.visibility", "duration", "10m", "How long a job may take to show in Concur's list: a start with an unknown outcome is taken for one that did not happen only then."},
		{at + "control_totals", "word", "require", "`require`: record count and journal total must agree, else the run fails after landing and reporting. `report`: a difference is a finding. `off`."},
	}
}

func tieOutKeys() []Key {
	const at = "pipelines.NAME."
	return []Key{
		{at + "checks", "list of mappings", "", "What is tied out against lists. Without checks the control totals alone are."},
		{at + "checks[].name", "text", "required", "Its findings carry the name: one of its own for each check, and not `control`."},
		{at + "checks[].list", "text", "required", "The list's name at Concur."},
		{at + "checks[].columns", "list of columns", "required", "One per level of the list from level 1, 10 at most: numbers from 1, or names of the format (`tieout format sae`)."},
		{at + "checks[].blank", "word", "allow", "`allow` or `report` rows whose columns are all empty."},
		{at + "checks[].placeholders", "list of text", "", "Texts that stand where a code is missing, such as `Pending Client`: a class of their own."},
		{at + "checks[].skip", "list of mappings", "", "Rows that this check leaves out, and counts."},
		{at + "checks[].skip[].column", "column", "required", "The column looked at."},
		{at + "checks[].skip[].equals", "text", "", "Skip where the column holds exactly this. `equals` or `filled` is required."},
		{at + "checks[].skip[].filled", "true or false", "", "`true`: skip where the column is not empty."},
		{at + "waivers", "list of mappings", "", "Findings that are known and accepted for a time."},
		{at + "waivers[].check", "text", "required", "The check's name, or `control`."},
		{at + "waivers[].value", "text", "required", "The code at the finding's level, or the path joined by ` / `; for `control` the control check, such as `batch_gap`."},
		{at + "waivers[].reason", "text", "required", "Why, for the auditor."},
		{at + "waivers[].by", "text", "required", "Who decided."},
		{at + "waivers[].until", "date", "required", "The last day on which the waiver holds."},
		{at + "waivers[].max_amount", "amounts", "", "Most gross amount per currency, `{USD: 5000}`. Once set, a currency that is not named is not covered."},
		{at + "on_findings", "word", "report", "`report`: the run ends with its findings. `hold`: it waits for a review. `fail`: it fails."},
		{at + "hold", "mapping", "", "The wait for a review."},
		{at + "hold.deadline", "duration", "48h", "How long."},
		{at + "hold.then", "word", "rejected", "`approved` or `rejected`: what it becomes when nobody reviewed it."},
		{at + "list_walk_limit", "number", "2000", "Most requests that the search for a wrong parent may cost; 0 for no search."},
	}
}

func handOverKeys() []Key {
	const at = "pipelines.NAME."
	return []Key{
		{at + "next", "list of mappings", "", "Workflows that are started with the result as their input, each once."},
		{at + "next[].workflow", "text", "required", "The workflow type."},
		{at + "next[].task_queue", "text", "required", "The task queue of its workers."},
		{at + "next[].when", "list of words", "[clean, approved]", "Outcomes that start it: `clean`, `findings`, `empty`, `approved`, `rejected`."},
		{at + "next[].wait", "true or false", "false", "`true`: the run waits for it and takes its failure as its own."},
		{at + "notify", "list of mappings", "", "Who is told."},
		{at + "notify[].webhook", "secret", "required", "An `https://` address (`http://` on loopback)."},
		{at + "notify[].secret", "secret", "", "The key that notices are signed with (HMAC)."},
		{at + "notify[].format", "word", "cloudevents", "`cloudevents` (JSON) or `slack` (text)."},
		{at + "notify[].on", "list of words", "[findings, failed, review, late]", "What about: `findings`, `failed`, `review` (a run is held), `late`."},
		{at + "due", "text", "", "`\"HH:MM\"` in the schedule's time zone: no good run by then raises the notice `late`."},
		{at + "schedule", "mapping", "", "When runs start. `tieout schedule apply` carries it to Temporal."},
		{at + "schedule.cron", "text", "required", "Five fields: minute, hour, day, month, weekday."},
		{at + "schedule.time_zone", "text", "UTC", "Such as `America/New_York`. Business dates and `due` are read in it."},
		{at + "schedule.catch_up", "duration", "6h", "How late a run that was missed may still start, 10s at least."},
		{at + "schedule.overlap", "word", "skip", "While the previous run is on: `skip`, `buffer_one`, `buffer_all` or `allow_all`."},
		{at + "schedule.jitter", "duration", "0s", "Starts are spread over this time."},
	}
}
