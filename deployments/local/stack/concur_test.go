package stack

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConcurKeepsItsSample(t *testing.T) {
	dir := t.TempDir()
	options := ConcurOptions{Address: "127.0.0.1:0", DataDir: dir, Rows: 20}
	first, err := StartConcur(t.Context(), options)
	require.NoError(t, err)
	require.NotEmpty(t, first.Auth.RefreshToken)
	job := first.simulated.StartJob("Standard Accounting Extract")
	require.NotEmpty(t, job.ID)
	response, err := http.Get(first.URL + "/api/expense/extract/v1.0/definitions")
	require.NoError(t, err)
	response.Body.Close()
	require.GreaterOrEqual(t, response.StatusCode, 400, "it wants a token")
	require.NoError(t, first.Stop())

	options.Rows = 0
	second, err := StartConcur(t.Context(), options)
	require.NoError(t, err)
	jobs := second.simulated.Jobs("Standard Accounting Extract")
	require.Len(t, jobs, 1)
	require.Equal(t, job.ID, jobs[0].ID)
	extract, err := second.simulated.Extract(job.ID, 0)
	require.NoError(t, err)
	require.EqualValues(t, 20, extract.Rows())
	require.NoError(t, second.Stop())

	options.Rows = 30
	_, err = StartConcur(t.Context(), options)
	require.ErrorAs(t, err, new(*SettingError))
	require.ErrorContains(t, err, "a sample of 20 rows")
}

func TestConcurSaysWhatIsWrongWithItsWorld(t *testing.T) {
	for name, world := range map[string]string{
		"no JSON":        `{"definitions":`,
		"makes no sense": `{"lists":[{"name":"A"},{"name":"A"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "world.json"), []byte(world), 0o600))
			_, err := StartConcur(t.Context(), ConcurOptions{Address: "127.0.0.1:0", DataDir: dir})
			require.ErrorContains(t, err, "simulated Concur")
		})
	}
}
