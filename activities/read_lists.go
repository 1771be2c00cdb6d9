package activities

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"tieout/concur"
	"tieout/internal/landing"
	"tieout/internal/pipeline"
	"tieout/internal/reconcile"
	"tieout/workflows"
)

const (
	// listReaders is how many branches are asked for at once; the connection's rate limit holds all the same.
	listReaders = 4
	// branchesPerCheckpoint bounds what is read again after a kill.
	branchesPerCheckpoint = 200
)

// ReadLists reads, for each list that a check names, the branches that the codes in the files ask for, each once, and
// keeps them as the tie-out's evidence. Where something is still unexplained it reads deleted items (v4) and walks the
// other parents, as far as list_walk_limit goes. A list that cannot be read is ListUnavailable, never a false finding.
func (a *Activities) ReadLists(ctx context.Context, p workflows.TieOutParams) (workflows.ReadListsResult, error) {
	a = a.on(p.Scope)
	job, err := a.landedJob(ctx, p)
	if err != nil {
		return workflows.ReadListsResult{}, failed(ctx, "Reading the manifest", err)
	}
	scanned, _, err := a.readScan(ctx, job, p.Number)
	if err != nil {
		return workflows.ReadListsResult{}, failed(ctx, "Reading the scan", err)
	}
	client, err := a.concur(ctx, p.Scope)
	if err != nil {
		return workflows.ReadListsResult{}, err
	}
	var result workflows.ReadListsResult
	var lists []concur.List
	for _, name := range listNames(p.Scope.Settings.Checks) {
		snapshot, err := a.readSnapshot(ctx, job.keys.List(job.key, p.Number, name))
		if errors.Is(err, landing.ErrNotFound) {
			if lists == nil {
				if lists, err = client.ListsBy(ctx, concur.ListAPI(p.Scope.ListsAPI)); err != nil {
					return result, listFailed(ctx, p, job, name, err)
				}
			}
			reader := &listReader{activities: a, client: client, job: job, params: p, scanned: scanned, name: name}
			snapshot, err = reader.read(ctx, lists)
		}
		if err != nil {
			return result, listFailed(ctx, p, job, name, err)
		}
		result.Lists++
		result.Items += snapshot.Items()
		result.Requests += snapshot.Requests
	}
	return result, nil
}

// listFailed says that a list could not be read whole where it matters, unless time or a person's word mends it. What
// looks wrong for good is given a few tries, an outage as long as the activity may take; both end by the same code.
func listFailed(ctx context.Context, p workflows.TieOutParams, job landedJob, name string, err error) error {
	var remote *concur.Error
	doing := fmt.Sprintf("Reading list %q", name)
	aboutToken := []concur.Kind{concur.KindAuth, concur.KindReauthorize, concur.KindCredentials}
	if ctx.Err() != nil || !errors.As(err, &remote) || slices.Contains(aboutToken, remote.Kind) {
		return failed(ctx, doing, err)
	}
	lasting := []concur.Kind{concur.KindNotFound, concur.KindBadRequest, concur.KindBody, concur.KindRedirect}
	if slices.Contains(lasting, remote.Kind) && !errors.Is(err, concur.ErrPage) && attemptOf(ctx) >= patience {
		return final(workflows.CodeListUnavailable, fmt.Sprintf(
			"List %q cannot be read whole, so nothing is concluded from it: %s. The files are landed; once the list answers, the next run ties them out, or `%s` does now.", name, advised(err), runJob(p.Scope, job.manifest.Job.ID)))
	}
	return temporal.NewApplicationErrorWithOptions(doing+": "+advised(err), workflows.CodeListUnavailable,
		temporal.ApplicationErrorOptions{NextRetryDelay: clamp(ctx, remote.RetryAfter)})
}

func listNames(checks []pipeline.Check) []string {
	var names []string
	for _, check := range checks {
		if !slices.Contains(names, check.List) {
			names = append(names, check.List)
		}
	}
	return names
}

// readSnapshot reads a list's snapshot at a key.
func (a *Activities) readSnapshot(ctx context.Context, key string) (*reconcile.Snapshot, error) {
	body, _, err := a.Store.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return reconcile.ReadSnapshot(body)
}

// listReader reads one list for one tie-out.
type listReader struct {
	activities *Activities
	client     Concur
	job        landedJob
	params     workflows.TieOutParams
	scanned    []reconcile.FileSummary
	name       string

	list     concur.List
	snapshot *reconcile.Snapshot
	memory   *reconcile.Memory
	unsaved  int
	// walking counts what is read against list_walk_limit.
	walking bool
}

// listProgress is what the heartbeats of a list's reading say.
type listProgress struct {
	List     string `json:"list"`
	Requests int    `json:"requests"`
}

func (r *listReader) read(ctx context.Context, lists []concur.List) (*reconcile.Snapshot, error) {
	list, err := chooseList(lists, r.name)
	if err != nil {
		return nil, invalid(err.Error())
	}
	r.list = list
	if err := r.begin(ctx); err != nil {
		return nil, err
	}
	checks, walkLimit := r.params.Scope.Settings.Checks, r.params.Scope.Settings.ListWalkLimit
	if err := r.readAll(ctx, func() []reconcile.Need { return reconcile.Needs(checks, r.scanned, r.snapshot) }); err != nil {
		return nil, err
	}
	for needs := reconcile.DeletedNeeds(checks, r.scanned, r.snapshot); len(needs) > 0; needs = reconcile.DeletedNeeds(checks, r.scanned, r.snapshot) {
		if err := r.fetch(ctx, needs, r.client.DeletedItems, r.addDeleted); err != nil {
			return nil, err
		}
	}
	if err := r.remember(ctx); err != nil {
		return nil, err
	}
	err = r.readAll(ctx, func() []reconcile.Need {
		needs, limited := reconcile.WalkNeeds(checks, r.scanned, r.snapshot, r.memory, walkLimit)
		r.snapshot.Walk.Limited, r.walking = limited, true
		return needs
	})
	if err != nil {
		return nil, err
	}
	return r.snapshot, r.keep(ctx)
}

// readAll reads what is needed, round by round, until nothing more is.
func (r *listReader) readAll(ctx context.Context, needs func() []reconcile.Need) error {
	for {
		round := needs()
		if len(round) == 0 {
			return nil
		}
		if err := r.fetch(ctx, round, r.client.Items, r.snapshot.File); err != nil {
			return err
		}
	}
}

// fetch reads branches side by side and keeps the snapshot now and then, so that a kill costs little.
func (r *listReader) fetch(ctx context.Context, needs []reconcile.Need,
	ask func(context.Context, concur.List, concur.Parent) ([]concur.Item, error), add func([]string, []reconcile.Placed)) error {
	together := branchesPerCheckpoint
	if r.walking && r.list.API == reconcile.APIv4 {
		together = listReaders // a branch may take several pages: the limit is looked at more often
	}
	for batch := range slices.Chunk(needs, together) {
		if r.walking && r.snapshot.Walk.Requests >= r.params.Scope.Settings.ListWalkLimit {
			return nil // asked again for what is left, WalkNeeds says that the limit is reached
		}
		answers := make([][]concur.Item, len(batch))
		requests := make([]int, len(batch))
		group, groupCtx := errgroup.WithContext(ctx)
		group.SetLimit(listReaders)
		for i, need := range batch {
			group.Go(func() error {
				for _, ref := range need.Refs {
					answer, err := ask(groupCtx, r.list, concur.Parent{Path: need.Parent, Ref: ref})
					if err != nil {
						return err
					}
					answers[i] = append(answers[i], answer...)
					requests[i] += r.cost(len(answer))
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		for i, need := range batch {
			add(need.Parent, placed(answers[i]))
			r.count(requests[i])
		}
		note(ctx, listProgress{r.name, r.snapshot.Requests})
		if r.unsaved += len(batch); r.unsaved >= branchesPerCheckpoint {
			r.unsaved = 0
			if err := r.checkpoint(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// itemsPerPage is List v4's page size; v1 answers a branch in one piece.
const itemsPerPage = 100

// cost is how many requests an answer took.
func (r *listReader) cost(items int) int {
	if r.list.API != reconcile.APIv4 {
		return 1
	}
	return max(1, (items+itemsPerPage-1)/itemsPerPage)
}

func (r *listReader) count(requests int) {
	r.snapshot.Requests += requests
	if r.walking {
		r.snapshot.Walk.Requests += requests
	}
}

func (r *listReader) addDeleted(parent []string, answer []reconcile.Placed) {
	deleted := make([]reconcile.Item, len(answer))
	for i := range answer {
		deleted[i] = answer[i].Item
	}
	r.snapshot.AddDeleted(parent, deleted)
}

// placed are the items of an answer where they say that they lie.
func placed(answer []concur.Item) []reconcile.Placed {
	all := make([]reconcile.Placed, len(answer))
	for i, item := range answer {
		all[i] = reconcile.Placed{Parent: item.Path[:len(item.Path)-1],
			Item: reconcile.Item{Code: item.Code, Name: item.Name, Ref: item.Ref, Deleted: item.Deleted, Leaf: !item.HasChildren}}
	}
	return all
}

// begin takes up what an attempt that was killed had read, or starts afresh.
func (r *listReader) begin(ctx context.Context) error {
	snapshot, err := r.activities.readSnapshot(ctx, r.partialKey())
	switch {
	case err == nil && snapshot.ListID == r.list.ID && snapshot.API == string(r.list.API):
		r.snapshot = snapshot
		return nil
	case err != nil && !errors.Is(err, landing.ErrNotFound):
		return err
	}
	r.snapshot = reconcile.NewSnapshot(r.name, r.list.ID, string(r.list.API), r.list.Levels, time.Now().UTC().Format(time.RFC3339))
	return nil
}

func (r *listReader) partialKey() string {
	return r.job.keys.List(r.job.key, r.params.Number, r.name+".partial")
}

func (r *listReader) checkpoint(ctx context.Context) error {
	var text bytes.Buffer
	if err := r.snapshot.Write(&text); err != nil {
		return err
	}
	return r.activities.Store.Put(ctx, r.partialKey(), "application/json", text.Bytes())
}

// keep writes the snapshot as evidence.
func (r *listReader) keep(ctx context.Context) error {
	w, err := r.activities.Store.Create(ctx, r.job.keys.List(r.job.key, r.params.Number, r.name), "application/json")
	if err != nil {
		return err
	}
	defer w.Abort()
	if err := r.snapshot.Write(w); err != nil {
		return err
	}
	return w.Commit(ctx)
}

// remember reads the earlier snapshots of the list while something is missing from it: what was live then is retired
// now, and List v1 knows of no other way.
func (r *listReader) remember(ctx context.Context) error {
	memory, err := r.activities.memory(ctx, r.job, r.params, r.scanned, []*reconcile.Snapshot{r.snapshot})
	r.memory = memory
	return err
}

// memory reads the earlier snapshots of those lists that lack a code of the files, newest tie-out first. How far back
// they are read is bounded, so what the previous run knew as retired stays so.
func (a *Activities) memory(ctx context.Context, job landedJob, p workflows.TieOutParams, scanned []reconcile.FileSummary, snapshots []*reconcile.Snapshot) (*reconcile.Memory, error) {
	var compared basis
	if err := a.Store.GetJSON(ctx, job.keys.TieOut(job.key, p.Number, basisName), &compared); err != nil {
		return nil, err
	}
	memory := reconcile.NewMemory()
	missed := false
	for _, snapshot := range snapshots {
		missing := reconcile.Missing(p.Scope.Settings.Checks, scanned, snapshot)
		if len(missing) == 0 {
			continue
		}
		missed = true
		for _, earlier := range compared.Earlier {
			past, err := a.readSnapshot(ctx, job.keys.List(earlier.JobKey, earlier.Number, snapshot.List))
			if errors.Is(err, landing.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("reading an earlier snapshot of list %q: %w", snapshot.List, err)
			}
			memory.Add(past, missing)
		}
	}
	if !missed {
		return memory, nil
	}
	previous, err := a.previousFindings(ctx, compared.Previous)
	if err != nil {
		return nil, err
	}
	for _, check := range p.Scope.Settings.Checks {
		for _, f := range previous {
			if f.Check == check.Name && f.Class == reconcile.ClassRetired {
				memory.AddPath(check.List, f.Path)
			}
		}
	}
	return memory, nil
}
