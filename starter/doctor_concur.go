package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tieout/concur"
	"tieout/internal/config"
	"tieout/internal/pipeline"
	"tieout/internal/runs"
)

const (
	// tokenLife is how long a refresh token lives from its issue; tokenOld is when a person should look after it.
	tokenLife = 182 * 24 * time.Hour
	tokenOld  = 150 * 24 * time.Hour
)

func (d *doctor) concur(ctx context.Context) {
	if d.parts == nil {
		return
	}
	for _, name := range sortedKeys(d.settings.Connections) {
		if ctx.Err() != nil {
			return
		}
		d.connection(ctx, name)
	}
}

// connection looks at one account: its token, and what its pipelines name.
func (d *doctor) connection(ctx context.Context, name string) {
	client := d.parts.Connections[name]
	defer client.CloseIdleConnections()
	until, err := d.token(ctx, name)
	if err != nil {
		d.failed("token "+name, err)
		return
	}
	definitions, err := client.Definitions(ctx)
	if err != nil {
		d.failed("concur "+name, err)
		return
	}
	d.ok("concur "+name, "%s answers the token and lists %s", client.Base(), plural(len(definitions), "extract definition"))
	d.tokenAge(ctx, name, until)
	lists, err := client.Lists(ctx)
	if err != nil {
		d.failed("lists "+name, err)
	} else {
		d.ok("lists "+name, "%s by List %s", plural(len(lists), "list"), d.settings.Connections[name].ListsAPI)
	}
	takenBy := map[string]string{} // pipeline by definition
	for _, p := range d.pipelines(name) {
		definition, found := d.definition(p, definitions)
		if found && takenBy[definition.ID] != "" {
			d.fail("definition "+p.Name, fmt.Sprintf("the definition %q belongs to the pipeline %s already", definition.Name, takenBy[definition.ID]),
				"A definition belongs to one pipeline: give this one another", runs.ExitUsage)
			found = false
		}
		d.lists(p, lists, err == nil)
		if found {
			takenBy[definition.ID] = p.Name
			d.file(ctx, client, p, definition)
		}
	}
	d.items(ctx, client, name, lists)
}

func (d *doctor) pipelines(connection string) []pipeline.Pipeline {
	var found []pipeline.Pipeline
	for _, name := range sortedKeys(d.settings.Pipelines) {
		if p := d.settings.Pipelines[name]; p.Connection == connection {
			found = append(found, p)
		}
	}
	return found
}

// token gives the end of the access token that is kept and will be used; zero where a new one is to be got, which
// tries the credentials. With --refresh the one that is kept is given up first.
func (d *doctor) token(ctx context.Context, name string) (time.Time, error) {
	tokens := d.parts.Tokens[name]
	if tokens == nil {
		return time.Time{}, nil
	}
	until, err := tokens.GoodUntil(ctx)
	if err != nil || until.IsZero() || !d.refresh {
		return until, err
	}
	header, err := tokens.Authorization(ctx)
	if err != nil {
		return time.Time{}, err
	}
	tokens.Invalidate(header)
	return time.Time{}, nil
}

func (d *doctor) tokenAge(ctx context.Context, name string, until time.Time) {
	part := "token " + name
	tokens := d.parts.Tokens[name]
	if tokens == nil {
		d.warn(part, "a legacy access token, whose age cannot be told", "It lives for a year: note when it was issued")
		return
	}
	if until.IsZero() {
		d.ok(part, "the credentials were tried: Concur gave a new access token")
	} else {
		d.ok(part, "the access token that is kept is good until %s, so the credentials themselves were not tried: `%s doctor --only concur --refresh` tries them",
			until.UTC().Format("15:04Z"), d.a.name)
	}
	age, known, err := tokens.RefreshTokenAge(ctx)
	switch {
	case err != nil:
		d.failed(part, err)
	case !known:
		d.ok(part, "no refresh token is kept (%s)", d.settings.Connections[name].GrantType())
	case age > tokenOld:
		d.warn(part, fmt.Sprintf("the refresh token is %s old or older; it lives for six months from its issue", took(age)),
			fmt.Sprintf("Get a new one from Concur and configure it within %s", took(tokenLife-age)))
	default:
		d.ok(part, "the refresh token has been here for %s, kept in %s", took(age), storeWord(d.settings, name))
	}
}

func storeWord(settings *config.Config, connection string) string {
	return cmp.Or(settings.Connections[connection].TokenStore.File(), "the bucket")
}

func (d *doctor) definition(p pipeline.Pipeline, definitions []concur.Definition) (concur.Definition, bool) {
	part := "definition " + p.Name
	definition, err := concur.ChooseDefinition(definitions, p.Definition)
	if err != nil {
		d.choice(part, err, "Correct definition, or ask for access to it", "Name the one meant by its id")
		return definition, false
	}
	d.ok(part, "%q is there", definition.Name)
	return definition, true
}

// choice says that a name of the configuration means nothing, or several things.
func (d *doctor) choice(part string, err error, none, several string) {
	var choice *concur.ChoiceError
	if errors.As(err, &choice) && len(choice.IDs) > 1 {
		none = several
	}
	d.fail(part, err.Error(), none, runs.ExitUsage)
}

// lists looks whether each check's list is there and has as many levels as the check has columns.
func (d *doctor) lists(p pipeline.Pipeline, lists []concur.List, read bool) {
	if !read {
		return
	}
	for _, check := range p.Checks {
		part := "check " + check.Name
		list, err := concur.ChooseList(lists, check.List)
		switch {
		case err != nil:
			d.choice(part, err, "Correct list", "Rename one in Concur: a check names its list by its name")
		case len(check.Columns) > list.Levels:
			d.fail(part, fmt.Sprintf("it has %d columns, list %q has %d levels", len(check.Columns), check.List, list.Levels),
				"Give at most one column per level", runs.ExitUsage)
		default:
			d.ok(part, "list %q: %d of its %d levels are checked", check.List, len(check.Columns), list.Levels)
		}
	}
}

// file looks at how Concur serves the newest completed job's file: the documentation does not say. Only the head of
// the file is read.
func (d *doctor) file(ctx context.Context, client *concur.Client, p pipeline.Pipeline, definition concur.Definition) {
	part := "file " + p.Name
	jobs, err := client.Jobs(ctx, definition.ID)
	if err != nil {
		d.failed(part, err)
		return
	}
	job, ok := newestCompleted(jobs)
	if !ok {
		d.ok(part, "no completed job yet, so how files are served cannot be told")
		return
	}
	whole, err := client.File(ctx, definition.ID, job.ID, concur.FileRequest{})
	var remote *concur.Error
	if errors.As(err, &remote) && remote.Kind == concur.KindNotFound {
		d.ok(part, "the newest completed job's file is no longer served")
		return
	}
	if err != nil {
		d.failed(part, err)
		return
	}
	whole.Body.Close()
	d.ok(part, "%s, %s, %s", lengthWord(whole), etagWord(whole.ETag), d.rangeWord(ctx, client, definition, job, whole))
}

// newestCompleted is the completed job that started last.
func newestCompleted(jobs []concur.Job) (concur.Job, bool) {
	var newest concur.Job
	found := false
	for _, job := range jobs {
		if job.State == concur.Completed && (!found || job.StartTime.After(newest.StartTime)) {
			newest, found = job, true
		}
	}
	return newest, found
}

func lengthWord(f *concur.File) string {
	switch {
	case f.Framing == concur.FramingLength:
		return fmt.Sprintf("Content-Length %d", f.Length)
	case f.Framing == concur.FramingChunked:
		return "no Content-Length, chunked (the end is proved)"
	}
	return "no Content-Length and not chunked (the end must be proved by the file itself)"
}

func etagWord(etag string) string {
	switch {
	case etag == "":
		return "no ETag"
	case strings.HasPrefix(etag, "W/"):
		return "a weak ETag"
	}
	return "a strong ETag"
}

// rangeWord asks for the file from its second byte on.
func (d *doctor) rangeWord(ctx context.Context, client *concur.Client, definition concur.Definition, job concur.Job, whole *concur.File) string {
	if whole.ETag == "" || strings.HasPrefix(whole.ETag, "W/") {
		return "so a cut transfer starts again from the first byte"
	}
	part, err := client.File(ctx, definition.ID, job.ID, concur.FileRequest{Offset: 1, IfMatch: whole.ETag})
	if err != nil {
		return "ranges are not served (" + visible(messageOf(err)) + "): a cut transfer starts again from the first byte"
	}
	defer part.Body.Close()
	_, _ = io.CopyN(io.Discard, part.Body, 1)
	if part.Offset == 1 {
		return "ranges are served: a cut transfer goes on where it was"
	}
	return "ranges are ignored: a cut transfer starts again from the first byte"
}

// items looks at level 1 of the lists that checks name: how many items one reading brings, and whether the number is
// one that a hidden limit of a page would make.
func (d *doctor) items(ctx context.Context, client *concur.Client, connection string, lists []concur.List) {
	seen := map[string]bool{}
	kind := untold
	for _, p := range d.pipelines(connection) {
		for _, check := range p.Checks {
			list, err := concur.ChooseList(lists, check.List)
			if err != nil || seen[check.List] {
				continue
			}
			seen[check.List] = true
			part := "items " + list.Name
			answer, err := client.Items(ctx, list, concur.Parent{})
			items := concur.Children(answer, concur.Parent{})
			switch n := len(items); {
			case err != nil:
				d.failed(part, err)
				continue
			case n > 0 && n%100 == 0 && list.API == concur.ListsV1:
				d.warn(part, fmt.Sprintf("level 1 has exactly %d items: List v1 documents no pages, but a limit would look like this", n),
					"Compare with the list in Concur; List v4 pages and says how many there are (lists_api: v4)")
			case n == 0:
				d.warn(part, "level 1 is empty", "Every code in the column would be unknown: look at the list in Concur")
			default:
				d.ok(part, "level 1 has %s, read whole", plural(n, "item"))
			}
			if list.API == concur.ListsV1 && kind == untold {
				if kind, err = answersOf(ctx, client, list, answer); err != nil {
					d.failed(part, err)
				}
			}
		}
	}
	if len(seen) > 0 && d.settings.Connections[connection].ListsAPI == config.ListsV1 {
		d.ok("list answers "+connection, "%s", kind)
	}
}

// answers says what List v1 of an account answers about the items below a parent, which SAP's pages leave open.
type answers string

const (
	untold       answers = "List v1: no list has items deep enough to tell whether an answer holds one level or the whole subtree; tieout reads both"
	oneLevel     answers = "List v1 answers one level at a time"
	wholeSubtree answers = "List v1 answers the whole subtree below a parent"
)

// kindTries is how many parents of a level are asked about.
const kindTries = 5

// answersOf asks below a few items, level by level, until an answer shows items of two levels or lacks those of the second.
func answersOf(ctx context.Context, client *concur.Client, list concur.List, answer []concur.Item) (answers, error) {
	parent := concur.Parent{}
	for {
		if len(answer) > len(concur.Children(answer, parent)) {
			return wholeSubtree, nil
		}
		below := concur.Children(answer, parent)
		found := false
		for _, item := range below[:min(len(below), kindTries)] {
			if !item.HasChildren {
				continue
			}
			next, err := client.Items(ctx, list, item.Parent())
			if err != nil {
				return untold, err
			}
			if len(next) == 0 {
				continue
			}
			if len(parent.Path) > 0 { // the answer above held this item, and not those below it
				return oneLevel, nil
			}
			answer, parent, found = next, item.Parent(), true
			break
		}
		if !found {
			return untold, nil
		}
	}
}
