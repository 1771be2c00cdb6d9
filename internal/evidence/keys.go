package evidence

import (
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"tieout/internal/contract"
)

// Keys builds every key that tieout writes below <prefix>/<pipeline>/. No other code does.
type Keys struct {
	Prefix   string
	Pipeline string
}

func (k Keys) under(parts ...string) string {
	return path.Join(append([]string{k.Prefix, k.Pipeline}, parts...)...)
}

// Jobs returns the prefix under which all jobs lie, with its final slash.
func (k Keys) Jobs() string { return k.under("jobs") + "/" }

// Job returns the prefix of one job, with its final slash.
func (k Keys) Job(jobKey string) string { return k.under("jobs", jobKey) + "/" }

// Raw returns the key of the job's first file as Concur served it. The name must have passed SafeName.
func (k Keys) Raw(jobKey, name string) string { return k.Landing(jobKey, 1).Raw(1, name) }

// Manifest returns the key of the last object of a job's first landing.
func (k Keys) Manifest(jobKey string) string { return k.Landing(jobKey, 1).Manifest() }

// Landings returns the prefix of a job's landings after the first, with its final slash.
func (k Keys) Landings(jobKey string) string { return k.under("jobs", jobKey, "again") + "/" }

// Landing builds the keys of one landing of a job: jobs/<job key>/ for the first, again/<n>/ below it for the others.
type Landing struct {
	Keys   Keys
	JobKey string
	Number int // from 1
}

// Landing returns the keys of the job's landing with that number.
func (k Keys) Landing(jobKey string, number int) Landing { return Landing{k, jobKey, number} }

func (l Landing) under(parts ...string) string {
	if l.Number > 1 {
		parts = append([]string{"again", strconv.Itoa(l.Number)}, parts...)
	}
	return l.Keys.under(append([]string{"jobs", l.JobKey}, parts...)...)
}

// Raw returns the key of a file as Concur served it, Member one file of a zip; names must have passed SafeName. The try is 1 but for what
// was served after a zip that was Refused.
func (l Landing) Raw(try int, name string) string { return l.tried("raw", try, name) }

// Member returns the key of one file of a zip.
func (l Landing) Member(try int, name string) string { return l.tried("files", try, name) }

func (l Landing) tried(dir string, try int, name string) string {
	if try > 1 {
		return l.under(dir, strconv.Itoa(try), name)
	}
	return l.under(dir, name)
}

// Refused records why what a try landed was not taken for a file.
func (l Landing) Refused(try int) string { return l.under("refused", strconv.Itoa(try)+".json") }

// Manifest returns the key of the landing's last object.
func (l Landing) Manifest() string { return l.under("manifest.json") }

var manifestKey = regexp.MustCompile(`^(?:(.+)/)?([^/]+)/jobs/([^/]+)/(?:again/([1-9][0-9]{0,8})/)?manifest\.json$`)

// LandingOf returns the landing whose manifest has the key, and false where the key is not a manifest's.
func LandingOf(key string) (Landing, bool) {
	m := manifestKey.FindStringSubmatch(key)
	if m == nil {
		return Landing{}, false
	}
	l := Landing{Keys{m[1], m[2]}, m[3], 1}
	if m[4] != "" {
		l.Number, _ = strconv.Atoi(m[4]) // digits, and few
	}
	return l, l.Manifest() == key
}

// Claim says which run started or took up a job, so that two runs do not hand over one job twice.
func (k Keys) Claim(jobKey string) string { return k.under("jobs", jobKey, "claim.json") }

// TieOuts returns the prefix of a job's tie-outs, with its final slash.
func (k Keys) TieOuts(jobKey string) string { return k.under("jobs", jobKey, "tieout") + "/" }

// TieOut returns the key of an object of the numbered tie-out: "report.json", "findings.csv", "lists/<list>.json", …
func (k Keys) TieOut(jobKey string, number int, name string) string {
	return k.under("jobs", jobKey, "tieout", fmt.Sprintf("%03d", number), name)
}

// Result returns the key of the last object of a tie-out.
func (k Keys) Result(jobKey string, number int) string {
	return k.TieOut(jobKey, number, "result.json")
}

// List returns the key of the snapshot of one list as a tie-out read it. A name that is not safe carries its hash: two lists whose
// names differ in what SafeName replaces must not share a snapshot.
func (k Keys) List(jobKey string, number int, list string) string {
	name := SafeName(list)
	if name != list {
		name += "-" + contract.JobKey(list)[:8]
	}
	return k.TieOut(jobKey, number, "lists/"+name+".json")
}

// IsResult reports whether a key below TieOuts is a tie-out's last object.
func IsResult(key string) bool { return path.Base(key) == "result.json" }

// AllRuns returns the prefix under which the pipeline's runs lie by business date, with its final slash.
func (k Keys) AllRuns() string { return k.under("runs") + "/" }

// Run returns the key of the record of one run, for people and for programs that pick results up.
func (k Keys) Run(businessDate, runID string) string {
	return k.under("runs", businessDate, runID+".json")
}

// Intent is written before each POST of a slot: what was tried is known to every run of the slot, whatever became of the
// run that tried it.
func (k Keys) Intent(businessDate, slot string, attempt int) string {
	return fmt.Sprintf("%s%d.json", k.Intents(businessDate, slot), attempt)
}

// Intents begins the keys of all intents of a slot; their numbers follow.
func (k Keys) Intents(businessDate, slot string) string {
	return k.under("runs", businessDate, slot+".intent-")
}

// Runs returns the prefix of the runs of one business date, with its final slash.
func (k Keys) Runs(businessDate string) string { return k.under("runs", businessDate) + "/" }

// Latest points at the newest result of the pipeline.
func (k Keys) Latest() string { return k.under("latest.json") }

// Baseline names the jobs that were there before the pipeline's first run: history that recovery leaves alone.
func (k Keys) Baseline() string { return k.under("baseline.json") }

// Gaps returns the prefix under which the pipeline's gaps lie, with its final slash.
func (k Keys) Gaps() string { return k.under("gaps") + "/" }

// Gap is what nobody can look into any more: jobs that left Concur's list unseen, before the one that is named.
func (k Keys) Gap(jobKey string) string { return k.under("gaps", jobKey+".json") }

// TokenKey returns the key of a connection's newest token: outside of any pipeline, for all of them share it. No
// pipeline's name begins with "_".
func TokenKey(prefix, connection string) string {
	return path.Join(prefix, "_connections", SafeName(connection), "token.json")
}

// SafeName makes one path element of a name that came from outside: separators, control characters and leading
// dots become "_", and a long name keeps its end. The original stays in the manifest.
func SafeName(name string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("._-+=@() ", r):
			return r
		}
		return '_'
	}, name)
	if len(safe) > 200 {
		safe = safe[len(safe)-200:]
	}
	safe = strings.TrimSpace(safe)
	if trimmed := strings.TrimLeft(safe, "."); len(trimmed) < len(safe) {
		safe = "_" + trimmed
	}
	if safe == "" {
		return "_"
	}
	return safe
}
