package concur_test

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tieout/concur"
	"tieout/concur/concurtest"
)

// TestAgainstTheSimulatedConcur walks through all operations, with every oddity of the published samples.
func TestAgainstTheSimulatedConcur(t *testing.T) {
	for name, lists := range map[string]concur.ListAPI{"v1": concur.ListsV1, "v1 in subtrees": concur.ListsV1, "v4": concur.ListsV4, "v4, live items among the deleted": concur.ListsV4} {
		t.Run(name, func(t *testing.T) {
			world := concurtest.SampleWorld(1000)
			world.Subtrees, world.DeletedWithLive = name == "v1 in subtrees", strings.Contains(name, "live items")
			world.Definitions[0].Timing = concurtest.Timing{Queued: -1, Running: 150 * time.Millisecond}
			s := concurtest.NewServer(world)
			t.Cleanup(s.Close)
			endpoint, err := concur.NewEndpoint(s.URL, concur.EndpointOptions{})
			require.NoError(t, err)
			auth, err := concur.NewOAuth2(endpoint, concur.OAuth2Config{ClientID: s.Auth().ClientID,
				ClientSecret: s.Auth().ClientSecret, Grant: concur.RefreshToken(s.Auth().RefreshToken)})
			require.NoError(t, err)
			c, err := concur.NewClient(endpoint, auth, concur.Options{RequestsPerSecond: 1e6, Lists: lists})
			require.NoError(t, err)
			t.Cleanup(c.CloseIdleConnections)
			extractRun(t, c)
			walkLists(t, c)
		})
	}
}

func extractRun(t *testing.T, c *concur.Client) {
	definitions, err := c.Definitions(t.Context())
	require.NoError(t, err)
	definition := definitions[0]
	require.Equal(t, concurtest.SampleDefinition, definition.Name)
	started, err := c.StartJob(t.Context(), definition.ID)
	require.NoError(t, err)

	_, err = c.StartJob(t.Context(), definition.ID)
	var refusal *concur.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, concur.KindConflict, refusal.Kind)

	var job concur.Job
	require.Eventually(t, func() bool {
		job, err = c.JobStatus(t.Context(), definition.ID, started.ID)
		return err != nil || job.State == concur.Completed
	}, time.Minute, 5*time.Millisecond)
	require.NoError(t, err)
	require.False(t, job.StopTime.Before(job.StartTime))
	details, err := c.Job(t.Context(), definition.ID, started.ID)
	require.NoError(t, err)
	require.Equal(t, started.ID, details.ID)
	jobs, err := c.Jobs(t.Context(), definition.ID)
	require.NoError(t, err)
	require.Contains(t, ids(jobs), started.ID)

	f, err := c.File(t.Context(), definition.ID, started.ID, concur.FileRequest{})
	require.NoError(t, err)
	defer f.Body.Close()
	r := bufio.NewReader(f.Body)
	header, err := r.ReadString('\n')
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(strings.TrimPrefix(header, "\ufeff"), "EXTRACT|"), header)
	_, err = io.Copy(io.Discard, r)
	require.NoError(t, err)
}

func ids(jobs []concur.Job) []string {
	var all []string
	for _, j := range jobs {
		all = append(all, j.ID)
	}
	return all
}

// walkLists reads two branches of every list down to the bottom.
func walkLists(t *testing.T, c *concur.Client) {
	lists, err := c.Lists(t.Context())
	require.NoError(t, err)
	require.NotEmpty(t, lists)
	for _, l := range lists {
		parent, level := concur.Parent{}, 0
		for more := true; more; {
			answer, err := c.Items(t.Context(), l, parent)
			require.NoError(t, err)
			items := concur.Children(answer, parent)
			require.NotEmpty(t, items)
			level++
			last := items[len(items)-1]
			require.Equal(t, level, last.Level)
			require.NotEmpty(t, last.Code)
			deleted, err := c.DeletedItems(t.Context(), l, parent)
			require.NoError(t, err)
			require.False(t, slices.ContainsFunc(deleted, func(i concur.Item) bool { return !i.Deleted }))
			require.Equal(t, append(slices.Clone(parent.Path), last.Code), last.Path)
			parent, more = last.Parent(), last.HasChildren
		}
		require.LessOrEqual(t, level, l.Levels)
	}
	_, err = c.Items(t.Context(), concur.List{ID: "no-such-list"}, concur.Parent{})
	missing, ok := errors.AsType[*concur.Error](err)
	require.True(t, ok)
	require.Equal(t, concur.KindNotFound, missing.Kind)
}
