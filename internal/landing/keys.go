// Package landing keeps what a run lands in S3: keys, immutable objects, the streamed transfer from Concur, the
// members of a zip, the manifest. It knows S3 and nothing of Temporal.
package landing

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
)

// Keys builds every key that tieout writes: <prefix>/<pipeline>/… (DESIGN §5, "Layout in S3"). No other code does.
type Keys struct {
	Prefix   string
	Pipeline string
}

// JobKey is the name of a job in keys: the first 16 hex digits of the SHA-256 of its id. A job's start time may
// move, its id does not, and ids hold characters that keys should not.
func JobKey(jobID string) string {
	sum := sha256.Sum256([]byte(jobID))
	return hex.EncodeToString(sum[:])[:16]
}

func (k Keys) under(parts ...string) string {
	return path.Join(append([]string{k.Prefix, k.Pipeline}, parts...)...)
}

// Jobs is the prefix under which all jobs lie, with its final slash.
func (k Keys) Jobs() string { return k.under("jobs") + "/" }

// Job is the prefix of one job, with its final slash.
func (k Keys) Job(jobKey string) string { return k.under("jobs", jobKey) + "/" }

// Raw is a file as Concur served it. The name must have passed SafeName.
func (k Keys) Raw(jobKey, name string) string { return k.under("jobs", jobKey, "raw", name) }

// RawFiles is the prefix of a job's raw files, with its final slash.
func (k Keys) RawFiles(jobKey string) string { return k.under("jobs", jobKey, "raw") + "/" }

// Member is one file of a zip. The name must have passed SafeName.
func (k Keys) Member(jobKey, name string) string { return k.under("jobs", jobKey, "files", name) }

// Manifest is the last object of a landing.
func (k Keys) Manifest(jobKey string) string { return k.under("jobs", jobKey, "manifest.json") }

// ParseManifest reads pipeline and job out of the key of a manifest, of whichever landing of the job.
func ParseManifest(key string) (k Keys, jobKey string, ok bool) {
	at := strings.LastIndex("/"+key, "/jobs/")
	if at < 1 || path.Base(key) != "manifest.json" {
		return Keys{}, "", false
	}
	k.Prefix, k.Pipeline = path.Split(key[:at-1])
	k.Prefix = strings.TrimSuffix(k.Prefix, "/")
	jobKey, rest, found := strings.Cut(key[at+len("jobs/"):], "/")
	return k, jobKey, found && rest != "" && k.Pipeline != ""
}

// Claim says which run started or took up a job, so that two runs do not hand over one job twice.
func (k Keys) Claim(jobKey string) string { return k.under("jobs", jobKey, "claim.json") }

// TieOuts is the prefix of a job's tie-outs, with its final slash.
func (k Keys) TieOuts(jobKey string) string { return k.under("jobs", jobKey, "tieout") + "/" }

// TieOut is an object of the numbered tie-out: "report.json", "findings.csv", "lists/<list>.json", …
func (k Keys) TieOut(jobKey string, number int, name string) string {
	return k.under("jobs", jobKey, "tieout", fmt.Sprintf("%03d", number), name)
}

// Result is the last object of a tie-out.
func (k Keys) Result(jobKey string, number int) string {
	return k.TieOut(jobKey, number, "result.json")
}

// List is the snapshot of one list as a tie-out read it. A name that is not safe carries its hash: two lists whose
// names differ in what SafeName replaces must not share a snapshot.
func (k Keys) List(jobKey string, number int, list string) string {
	name := SafeName(list)
	if name != list {
		name += "-" + JobKey(list)[:8]
	}
	return k.TieOut(jobKey, number, "lists/"+name+".json")
}

// IsResult tells whether a key below TieOuts is a tie-out's last object.
func IsResult(key string) bool { return path.Base(key) == "result.json" }

// AllRuns is the prefix under which the pipeline's runs lie by business date, with its final slash.
func (k Keys) AllRuns() string { return k.under("runs") + "/" }

// Run is what one run did, for people and for those who pick results up.
func (k Keys) Run(businessDate, runID string) string {
	return k.under("runs", businessDate, runID+".json")
}

// Intent is written before each POST of a run: a run whose history was lost does not start twice.
func (k Keys) Intent(businessDate, runID string, attempt int) string {
	return k.under("runs", businessDate, fmt.Sprintf("%s.intent-%d.json", runID, attempt))
}

// Runs is the prefix of the runs of one business date, with its final slash.
func (k Keys) Runs(businessDate string) string { return k.under("runs", businessDate) + "/" }

// Latest points at the newest result of the pipeline.
func (k Keys) Latest() string { return k.under("latest.json") }

// Baseline names the jobs that were there before the pipeline's first run: history that recovery leaves alone.
func (k Keys) Baseline() string { return k.under("baseline.json") }

// TokenKey is where a connection's newest token is kept: outside of any pipeline, for all of them share it. No
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
