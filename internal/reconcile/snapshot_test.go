package reconcile

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSnapshotIsWrittenAndRead(t *testing.T) {
	list := NewSnapshot(orgs, "list-1", APIv4, 2, "2026-11-20T04:00:00Z")
	list.Add([]string{"B"}, []Item{item("2", "two"), item("1", "one")})
	list.Add([]string{}, []Item{item("B", "b"), {Code: "A", Name: "a", Leaf: true}})
	list.AddDeleted([]string{"B"}, []Item{gone("3"), item("1", "one")})
	list.Requests = 3
	var text strings.Builder
	require.NoError(t, list.Write(&text))
	require.JSONEq(t, `{"schema":1,"list":"Organization List","listId":"list-1","api":"v4","levels":2,"readAt":"2026-11-20T04:00:00Z","requests":3,
		"walk":{"levels":["whole","whole"],"requests":0,"limited":false},
		"branches":[
			{"parent":[],"items":[{"code":"A","name":"a","leaf":true},{"code":"B","name":"b","ref":"ref-B"}]},
			{"parent":["B"],"deletedRead":true,"items":[{"code":"1","name":"one"},{"code":"2","name":"two"},{"code":"3","name":"gone","deleted":true}]}]}`, text.String())
	var again strings.Builder
	require.NoError(t, roundTrip(t, list).Write(&again))
	require.Equal(t, text.String(), again.String())
	require.Equal(t, 4, list.Items())
	require.True(t, has(list, []string{"B"}))
	require.False(t, has(list, []string{"A"}))
}

func TestWalkLevels(t *testing.T) {
	list := NewSnapshot(orgs, "1", APIv1, 3, "")
	levels := func() []string {
		roundTrip(t, list)
		return list.Walk.Levels
	}
	require.Equal(t, []string{"no", "no", "no"}, levels())
	list.Add(nil, []Item{item("A", ""), item("B", "")})
	require.Equal(t, []string{"whole", "no", "no"}, levels())
	list.Add([]string{"A"}, []Item{item("1", "")})
	require.Equal(t, []string{"whole", "partial", "no"}, levels())
	list.Add([]string{"B"}, nil)
	require.Equal(t, []string{"whole", "whole", "no"}, levels())
	list.Add([]string{"A", "1"}, nil)
	require.Equal(t, []string{"whole", "whole", "whole"}, levels())
}

func TestReadSnapshotRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{`:            "reading a list snapshot",
		`{"schema":2}`: "schema 2",
		`{"schema":1,"list":"L","branches":[{"parent":["A"]},{"parent":["A"]}]}`: `list "L" holds the branch "A" twice`,
	} {
		_, err := ReadSnapshot(strings.NewReader(text))
		require.ErrorContains(t, err, want)
	}
}

func TestABranchOfAParentThatIsGoneIsNotFollowed(t *testing.T) {
	list := NewSnapshot(orgs, "1", APIv1, 2, "")
	list.Add(nil, []Item{item("A", "")})
	list.Add([]string{"A"}, nil)
	list.Add([]string{"B"}, []Item{item("1", "")})
	v := match(t, list, orgCheck(2), rowsOf([]string{"A", "1"}))
	require.Equal(t, ClassUnknown, v.Findings[0].Class)
	require.False(t, remember(list).knew(orgs, []string{"B", "1"}))
}

func has(s *Snapshot, parent []string) bool {
	_, found := s.find(parent)
	return found
}
