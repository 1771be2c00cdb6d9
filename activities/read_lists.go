package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"go.temporal.io/sdk/temporal"

	"tieout/concur"
	"tieout/internal/contract"
	"tieout/internal/reconcile"
	"tieout/internal/tieout"
)

// itemsPerPage is List v4's page size; v1 answers a branch in one piece.
const itemsPerPage = 100

// ReadLists reads, for each list that a check names, the branches that the codes in the files ask for, each once, and
// keeps them as the tie-out's evidence. A list that cannot be read is ListUnavailable, so that it never
// leads to a false finding.
func (a *Activities) ReadLists(ctx context.Context, p contract.TieOutParams) (contract.ReadListsResult, error) {
	r := a.run(p.Scope)
	t, err := r.tieOut(ctx, p)
	if err != nil {
		return contract.ReadListsResult{}, failed(ctx, "Reading the manifest", err)
	}
	scanned, err := t.Resume(ctx)
	if err != nil {
		return contract.ReadListsResult{}, failed(ctx, "Reading what the tie-out needs", err)
	}
	client, err := r.concur(ctx)
	if err != nil {
		return contract.ReadListsResult{}, err
	}
	var lists []concur.List // asked for once, and only if one is needed
	result, err := t.ReadLists(ctx, scanned, func(ctx context.Context, name string) (tieout.List, error) {
		if lists == nil {
			if lists, err = client.ListsBy(ctx, concur.ListAPI(p.Scope.ListsAPI)); err != nil {
				return tieout.List{}, err
			}
		}
		list, err := chooseList(lists, name)
		if err != nil {
			return tieout.List{}, invalid(err.Error())
		}
		return listOf(client, list), nil
	})
	if err != nil {
		return result, listFailed(ctx, p.Scope, t.Job.ID, err)
	}
	return result, nil
}

// listOf returns a list of Concur as a tie-out reads it.
func listOf(client Concur, list concur.List) tieout.List {
	return tieout.List{ID: list.ID, API: string(list.API), Levels: list.Levels,
		Items: func(ctx context.Context, path []string, ref string, deleted bool) (reconcile.Answer, error) {
			ask := client.Items
			if deleted {
				ask = client.DeletedItems
			}
			items, err := ask(ctx, list, concur.Parent{Path: path, Ref: ref})
			answer := reconcile.Answer{Requests: 1, Items: make([]reconcile.Placed, len(items))}
			if list.API == reconcile.APIv4 {
				answer.Requests = max(1, (len(items)+itemsPerPage-1)/itemsPerPage)
			}
			for i, item := range items {
				answer.Items[i] = reconcile.Placed{Parent: item.Path[:len(item.Path)-1],
					Item: reconcile.Item{Code: item.Code, Name: item.Name, Ref: item.Ref, Deleted: item.Deleted, Leaf: !item.HasChildren}}
			}
			return answer, err
		}}
}

// listFailed maps the error of reading a list. An error that looks permanent makes the list unavailable after a few
// attempts; an outage may last as long as the activity may take.
func listFailed(ctx context.Context, scope contract.Scope, jobID string, err error) error {
	name := ""
	if list, ok := errors.AsType[*tieout.ListError](err); ok {
		name, err = list.List, list.Err
	}
	doing := fmt.Sprintf("Reading list %q", name)
	aboutToken := []concur.Kind{concur.KindAuth, concur.KindReauthorize, concur.KindCredentials}
	remote, isRemote := errors.AsType[*concur.Error](err)
	if ctx.Err() != nil || !isRemote || slices.Contains(aboutToken, remote.Kind) {
		return failed(ctx, doing, err)
	}
	lasting := []concur.Kind{concur.KindNotFound, concur.KindBadRequest, concur.KindBody, concur.KindRedirect}
	if slices.Contains(lasting, remote.Kind) && !errors.Is(err, concur.ErrPage) && attemptOf(ctx) >= patience {
		return final(contract.CodeListUnavailable, fmt.Sprintf(
			"List %q cannot be read whole, so nothing is derived from it: %s. The files are landed; once the list answers, the next run ties them out, or `%s` does now.", name, advised(err), runJob(scope, jobID)))
	}
	return temporal.NewApplicationErrorWithOptions(doing+": "+advised(err), contract.CodeListUnavailable,
		temporal.ApplicationErrorOptions{NextRetryDelay: clamp(ctx, remote.RetryAfter)})
}
