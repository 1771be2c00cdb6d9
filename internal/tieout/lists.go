package tieout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"tieout/internal/contract"
	"tieout/internal/evidence"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/internal/report"
)

const (
	// listReaders is how many branches are asked for side by side.
	listReaders = 4
	// branchesPerCheckpoint bounds what is read again after a kill.
	branchesPerCheckpoint = 200
)

// List is one list at its service.
type List struct {
	ID, API string
	Levels  int
	// Items returns the items below a parent, which its path and its Ref name; the deleted ones where that is asked for.
	Items func(ctx context.Context, parent []string, ref string, deleted bool) (reconcile.Answer, error)
}

// ListError says that a list could not be read.
type ListError struct {
	List string
	Err  error
}

func (e *ListError) Error() string { return fmt.Sprintf("reading list %q: %v", e.List, e.Err) }
func (e *ListError) Unwrap() error { return e.Err }

// ReadLists reads, for each list that a check names, what the codes in the files ask for, and keeps it as the tie-out's
// evidence. A list that is there already is not read again. find returns a list by its name; errors are *ListError.
func (t *TieOut) ReadLists(ctx context.Context, scanned []reconcile.FileSummary, find func(ctx context.Context, name string) (List, error)) (contract.ReadListsResult, error) {
	var result contract.ReadListsResult
	for _, name := range listNames(t.Settings.Checks) {
		snapshot, _, err := t.readSnapshot(ctx, t.Ref, name)
		if errors.Is(err, fs.ErrNotExist) {
			snapshot, err = t.readList(ctx, scanned, name, find)
		}
		if err != nil {
			return result, &ListError{name, err}
		}
		result.Lists++
		result.Items += snapshot.Items()
		result.Requests += snapshot.Requests
	}
	return result, nil
}

// listNames returns the names of the lists that checks name, each once.
func listNames(checks []pipeline.Check) []string {
	var names []string
	for _, check := range checks {
		if !slices.Contains(names, check.List) {
			names = append(names, check.List)
		}
	}
	return names
}

// SnapshotName returns the name of the object that holds what was read of a list.
func SnapshotName(list string) string {
	return "lists/" + path.Base(evidence.Keys{}.List("", 0, list))
}

func partialName(list string) string { return SnapshotName(list + ".partial") }

func (t *TieOut) readSnapshot(ctx context.Context, of Ref, list string) (*reconcile.Snapshot, report.Object, error) {
	return t.readSnapshotAs(ctx, of, SnapshotName(list))
}

func (t *TieOut) readSnapshotAs(ctx context.Context, of Ref, name string) (snapshot *reconcile.Snapshot, object report.Object, err error) {
	object, err = t.Objects.Read(ctx, of, name, func(body io.Reader) (err error) {
		snapshot, err = reconcile.ReadSnapshot(body)
		return err
	})
	return snapshot, object, err
}

// readList reads one list and keeps its snapshot.
func (t *TieOut) readList(ctx context.Context, scanned []reconcile.FileSummary, name string, find func(context.Context, string) (List, error)) (*reconcile.Snapshot, error) {
	list, err := find(ctx, name)
	if err != nil {
		return nil, err
	}
	r := &listReader{t: t, name: name, list: list}
	if r.snapshot, _, err = t.readSnapshotAs(ctx, t.Ref, partialName(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if r.snapshot == nil || r.snapshot.ListID != list.ID || r.snapshot.API != list.API {
		r.snapshot = reconcile.NewSnapshot(name, list.ID, list.API, list.Levels, time.Now().UTC().Format(time.RFC3339))
	}
	reading := reconcile.Reading{Checks: t.Settings.Checks, Files: scanned, WalkLimit: t.Settings.ListWalkLimit, Ask: r.ask,
		Remember: func(ctx context.Context, s *reconcile.Snapshot) (*reconcile.Memory, error) {
			return t.memory(ctx, scanned, s)
		}}
	if err := reading.Into(ctx, r.snapshot); err != nil {
		return nil, err
	}
	_, err = t.Objects.Create(ctx, SnapshotName(name), typeJSON, r.snapshot.Write)
	return r.snapshot, err
}

// listReader reads one list.
type listReader struct {
	t        *TieOut
	name     string
	list     List
	snapshot *reconcile.Snapshot
	unsaved  int // branches since the last checkpoint
}

// ask asks for branches side by side. Before that it keeps the snapshot now and then, so that a kill costs little.
func (r *listReader) ask(ctx context.Context, needs []reconcile.Need, deleted bool) ([]reconcile.Answer, error) {
	if r.unsaved >= branchesPerCheckpoint {
		r.unsaved = 0
		var text bytes.Buffer
		if err := r.snapshot.Write(&text); err != nil {
			return nil, err
		}
		if err := r.t.Objects.Replace(ctx, partialName(r.name), text.Bytes()); err != nil {
			return nil, err
		}
	}
	answers := make([]reconcile.Answer, len(needs))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(listReaders)
	for i, need := range needs {
		group.Go(func() error {
			for _, ref := range need.Refs {
				answer, err := r.list.Items(groupCtx, need.Parent, ref, deleted)
				if err != nil {
					return err
				}
				answers[i].Items = append(answers[i].Items, answer.Items...)
				answers[i].Requests += answer.Requests
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	r.unsaved += len(needs)
	if r.t.Reading != nil {
		requests := r.snapshot.Requests
		for _, answer := range answers {
			requests += answer.Requests
		}
		r.t.Reading(r.name, requests)
	}
	return answers, nil
}
