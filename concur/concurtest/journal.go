package concurtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// journalName is the file in the state directory: one JSON document a line, only ever appended to. A line that a kill cut
// short was never answered for, and is left out.
const journalName = "concur.jsonl"

// entry is one line of the journal; one of its fields is set.
type entry struct {
	Job     *JobRecord `json:"job,omitempty"`
	Token   *token     `json:"token,omitempty"`
	Request *Request   `json:"request,omitempty"`
}

// token is one that was issued, or what ended others.
type token struct {
	Access  string    `json:"access"`
	Expires time.Time `json:"expires"`
	Refresh string    `json:"refresh,omitempty"`
	// Used is the refresh token that ended with this.
	Used string `json:"used,omitempty"`
	// Revoked ends all access tokens so far, DeadRefresh the refresh token.
	Revoked     bool `json:"revoked,omitempty"`
	DeadRefresh bool `json:"deadRefresh,omitempty"`
}

// journal keeps entries; a nil journal forgets them.
type journal struct {
	mu   sync.Mutex
	file *os.File
}

// openJournal reads the entries of a directory and opens its file for more.
func openJournal(dir string) (*journal, []entry, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, journalName)
	entries, good, err := readJournal(path)
	if err != nil {
		return nil, nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	if err := file.Truncate(good); err != nil {
		file.Close()
		return nil, nil, err
	}
	return &journal{file: file}, entries, nil
}

// readJournal returns the whole entries and the offset behind the last of them.
func readJournal(path string) ([]entry, int64, error) {
	all, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	var entries []entry
	var good int64
	for {
		line, rest, whole := bytes.Cut(all[good:], []byte{'\n'})
		if !whole {
			return entries, good, nil
		}
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, 0, fmt.Errorf("%s: line at byte %d: %w", path, good, err)
		}
		entries = append(entries, e)
		good = int64(len(all) - len(rest))
	}
}

// write appends an entry. A durable one is on disk when it returns.
func (j *journal) write(e entry, durable bool) error {
	if j == nil {
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return err
	}
	if durable {
		return j.file.Sync()
	}
	return nil
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}

// State is what the state directory of a server holds.
type State struct {
	// Jobs are the jobs of all definitions, in the order in which they were started. Their State is "", because it depends
	// on the time.
	Jobs []JobRecord
	// Requests are those that are over, in the order in which they ended.
	Requests []Request
}

// ReadState reads the directory of a server that was started WithStateDir, whether it runs, has ended or was killed. A
// directory without a journal is empty.
func ReadState(dir string) (State, error) {
	entries, _, err := readJournal(filepath.Join(dir, journalName))
	if err != nil {
		return State{}, fmt.Errorf("reading the state of the simulated Concur: %w", err)
	}
	var state State
	for _, e := range entries {
		switch {
		case e.Job != nil:
			state.Jobs = append(state.Jobs, *e.Job)
		case e.Request != nil:
			state.Requests = append(state.Requests, *e.Request)
		}
	}
	return state, nil
}
