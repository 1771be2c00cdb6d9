package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tieout/concur/concurtest"
	"tieout/concur/concurtest/extractgen"
	"tieout/internal/config"
	"tieout/internal/runs"
)

// worldWithHistory has jobs that completed before anybody came.
func worldWithHistory(rows int) concurtest.World {
	world := sampleWorld(rows)
	world.Definitions[0].History = 2
	return world
}

func TestInitProposesTheChecks(t *testing.T) {
	b := newBench(t)
	b.serveS3()
	b.serveConcur(worldWithHistory(2000))
	require.Zero(t, b.tieout("init", "--bucket", testBucket, "--token-store", "file:token.json"), b.err.String())
	text, err := os.ReadFile(b.program.config)
	require.NoError(t, err)
	for _, secret := range concurtest.SecretCanaries() {
		require.NotContains(t, string(text), secret)
	}
	settings, err := config.Load(b.program.config)
	require.NoError(t, err, string(text))
	checks := settings.Pipelines["nightly-sae"].Checks
	require.Len(t, checks, 2, string(text))
	require.Equal(t, "Organization List", checks[0].List)
	require.Equal(t, "[report_org_unit_1 report_org_unit_2 report_org_unit_3]", sprint(checks[0].Columns))
	require.Equal(t, "Chart of Accounts", checks[1].List)
	require.Equal(t, "[journal_account_code]", sprint(checks[1].Columns))
	require.ElementsMatch(t, concurtest.SamplePlaceholders(), checks[1].Placeholders)
	require.Len(t, checks[1].Skip, 3)
	require.Regexp(t, `name: Organization List +# \d+ of \d+ rows are in the list at all 3 levels`, string(text))
	require.Regexp(t, `name: Chart of Accounts +# \d+ of 2000 rows are in the list\n`, string(text))

	// What it wrote is not written over, and the doctor has nothing to object.
	require.Equal(t, runs.ExitUsage, b.tieout("init", "--bucket", testBucket))
	require.Contains(t, b.err.String(), "is there already")
	require.Zero(t, b.tieout("doctor", "--only", "s3,concur"), b.out.String())
	require.NotContains(t, b.out.String(), "fail\t")
	require.Contains(t, b.out.String(), "ranges are served")
}

func sprint(columns any) string {
	return strings.ReplaceAll(strings.TrimSpace(fmt.Sprint(columns)), `"`, "")
}

func TestInitWithoutAnExtractWritesAFrame(t *testing.T) {
	b := newBench(t)
	b.serveS3()
	world := sampleWorld(600)
	world.Definitions[0].Name = "Accounts payable: ${US} #1"
	b.serveConcur(world)
	require.Zero(t, b.tieout("init", "--bucket", testBucket), b.err.String())
	settings, err := config.Load(b.program.config)
	require.NoError(t, err)
	require.Equal(t, world.Definitions[0].Name, settings.Pipelines["accounts-payable-us-1"].Definition)
	require.Empty(t, settings.Pipelines["accounts-payable-us-1"].Checks)
	text, err := os.ReadFile(b.program.config)
	require.NoError(t, err)
	require.NotContains(t, string(text), "no column holds its codes", "nothing was looked at")
}

func TestInitSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		name  string
		world func() concurtest.World
		env   map[string]string
		args  []string
		code  int
		error string
	}{
		{"no credentials", func() concurtest.World { return sampleWorld(600) }, map[string]string{"CONCUR_CLIENT_SECRET": ""}, nil,
			runs.ExitUsage, "credentials are missing"},
		{"wrong secret", func() concurtest.World { return sampleWorld(600) }, map[string]string{"CONCUR_CLIENT_SECRET": "wrong"}, nil,
			runs.ExitAuth, ""},
		{"several definitions", func() concurtest.World {
			world := sampleWorld(600)
			world.Definitions = append(world.Definitions, concurtest.Definition{Name: "Other"})
			return world
		}, nil, nil, runs.ExitUsage, `"Other"`},
		{"no such definition", func() concurtest.World { return sampleWorld(600) }, nil, []string{"--definition", "Other"},
			runs.ExitUsage, `Concur has no extract definition "Other"; it has "Standard`},
		{"not an address", func() concurtest.World { return sampleWorld(600) }, nil, []string{"--base-url", "nowhere"},
			runs.ExitUsage, "correct --base-url"},
		{"nobody there", func() concurtest.World { return sampleWorld(600) }, nil, []string{"--base-url", "http://127.0.0.1:1"},
			runs.ExitTemporary, "See that base_url (CONCUR_BASE_URL for init) and the network are right"},
		{"a place for a bucket", func() concurtest.World { return sampleWorld(600) }, nil, []string{"--bucket", "s3://acme"},
			runs.ExitUsage, "without s3://"},
		{"no such directory", func() concurtest.World { return sampleWorld(600) }, nil, []string{"--config", "/nowhere/tieout.yaml"},
			runs.ExitUsage, "there is no directory /nowhere"},
		{"no such file", func() concurtest.World { return sampleWorld(600) }, nil, []string{"--file", "nowhere.txt"},
			runs.ExitUsage, "nowhere.txt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.serveS3()
			b.serveConcur(c.world())
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			require.Equal(t, c.code, b.tieout(append([]string{"init", "--bucket", testBucket}, c.args...)...), b.err.String())
			require.Contains(t, b.err.String(), c.error)
			_, err := os.Stat(b.program.config)
			require.ErrorIs(t, err, os.ErrNotExist)
		})
	}
}

func TestDoctorNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(b *bench)
		only  string
		code  int
		says  string
	}{
		{"all is well", func(*bench) {}, "s3,concur", runs.ExitOK, "ok\tdefinition nightly-sae"},
		{"no Temporal", func(*bench) {}, "temporal", runs.ExitTemporary, "fail\ttemporal"},
		{"no bucket", func(b *bench) { b.configure(strings.Replace(testConfig, "tieout-test", "elsewhere", 1)) }, "s3", runs.ExitUsage, "the bucket does not exist"},
		{"wrong token", func(b *bench) { b.t.Setenv("CONCUR_REFRESH_TOKEN", "stale") }, "concur", runs.ExitAuth, "fail\tconcur acme"},
		{"no such definition", func(b *bench) { b.configure(strings.Replace(testConfig, "Standard Accounting", "Standard", 1)) }, "concur", runs.ExitUsage,
			`Concur has no extract definition "Standard Extract"`},
		{"no such list", func(b *bench) { b.configure(strings.Replace(testConfig, "Chart of Accounts", "Chart", 1)) }, "concur", runs.ExitUsage,
			`Concur has no list "Chart"`},
		{"too many columns", func(b *bench) {
			b.configure(strings.Replace(testConfig, "[journal_account_code]", "[journal_account_code, 168]", 1))
		}, "concur", runs.ExitUsage, "it has 2 columns"},
		{"no configuration", func(b *bench) { _ = os.Remove(b.program.config) }, "concur", runs.ExitUsage, "fail\tconfiguration"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.serveS3()
			b.serveConcur(worldWithHistory(600))
			b.configure(testConfig)
			c.spoil(b)
			require.Equal(t, c.code, b.tieout("doctor", "--only", c.only), b.out.String())
			require.Contains(t, b.out.String(), c.says)
			for _, secret := range concurtest.SecretCanaries() {
				require.NotContains(t, b.out.String()+b.err.String(), secret)
			}
		})
	}
}

// An access token that is still good hides that the refresh token has died: the doctor says so, or tries.
func TestDoctorSaysWhatItTriedOfTheCredentials(t *testing.T) {
	b := newBench(t)
	b.serveS3()
	b.serveConcur(worldWithHistory(600))
	b.configure(testConfig)
	require.Zero(t, b.tieout("doctor", "--only", "concur"), b.out.String())
	require.Contains(t, b.out.String(), "ok\ttoken acme\tthe credentials were tried")
	require.Zero(t, b.tieout("doctor", "--only", "concur", "--refresh"), b.out.String())
	require.Contains(t, b.out.String(), "ok\ttoken acme\tthe credentials were tried")

	b.concur.ExpireRefreshTokens()
	require.Zero(t, b.tieout("doctor", "--only", "concur"), b.out.String())
	require.Contains(t, b.out.String(), "the credentials themselves were not tried: `tieout doctor --only concur --refresh` tries them")
	require.Equal(t, runs.ExitAuth, b.tieout("doctor", "--only", "concur", "--refresh"), b.out.String())
	require.Contains(t, b.out.String(), "code 108")

	require.Equal(t, runs.ExitUsage, b.tieout("doctor", "--only", "s3", "--refresh"))
}

func TestDoctorGivesEachProblemOfTheConfigurationALine(t *testing.T) {
	b := newBench(t)
	b.configure("connections: {}\npipelines: 3\nstrange: 1\n")
	require.Equal(t, runs.ExitUsage, b.tieout("doctor", "--only", "s3"))
	require.Greater(t, strings.Count(b.out.String(), "fail\tconfiguration\t"), 1)
	require.NotContains(t, b.out.String(), "\ufffd")
}

func TestDoctorTellsHowFilesAreServed(t *testing.T) {
	for _, c := range []struct {
		serving concurtest.Serving
		says    string
	}{
		{concurtest.Serving{}, "a strong ETag, ranges are served"},
		{concurtest.Serving{NoRange: true}, "a strong ETag, ranges are ignored"},
		{concurtest.Serving{NoETag: true, Framing: concurtest.FramingChunked}, "no Content-Length, chunked (the end is proved), no ETag"},
	} {
		b := newBench(t)
		b.serveS3()
		world := worldWithHistory(600)
		world.Definitions[0].Serving = c.serving
		b.serveConcur(world)
		b.configure(testConfig)
		require.Zero(t, b.tieout("doctor", "--only", "concur"), b.out.String())
		require.Contains(t, b.out.String(), c.says)
	}
}

func TestWhatConcurHas(t *testing.T) {
	b := newBench(t)
	b.serveS3()
	b.serveConcur(worldWithHistory(600))
	b.configure(testConfig)
	require.Zero(t, b.tieout("definitions"), b.err.String())
	require.Contains(t, b.out.String(), "Standard Accounting Extract\t")
	require.Zero(t, b.tieout("jobs", "Standard Accounting Extract"))
	require.Equal(t, 2, strings.Count(b.out.String(), "\tCompleted\t"))
	require.Zero(t, b.tieout("lists"))
	require.Contains(t, b.out.String(), "Airlines\t1\t")
	require.Zero(t, b.tieout("items", "Organization List"))
	code, _, _ := strings.Cut(b.out.String(), "\t")
	require.Zero(t, b.tieout("items", "Organization List", code, "--json"))
	var items []map[string]any
	b.document(&items)
	require.NotEmpty(t, items)
	require.Equal(t, runs.ExitUsage, b.tieout("items", "Organization List", "nowhere"))
	require.Equal(t, runs.ExitUsage, b.tieout("jobs", "nothing"))
	require.Equal(t, runs.ExitUsage, b.tieout("lists", "--connection", "other"))
	require.FileExists(t, filepath.Join(b.dir, "token.json"))
}

// A name that stands for several definitions or lists is refused wherever one is named, with the ids to choose from:
// the first match may be another company's.
func TestNamesThatStandForSeveralAreRefused(t *testing.T) {
	b := newBench(t)
	b.serveS3()
	world := worldWithHistory(600)
	world.Definitions = append(world.Definitions, concurtest.Definition{ID: "d$twin", Name: world.Definitions[0].Name})
	world.Lists = append(world.Lists, extractgen.List{ID: "l$twin", Name: concurtest.SampleAccounts, Items: []extractgen.Item{{Code: "only-here", Name: "x"}}})
	b.serveConcur(world)
	for _, args := range [][]string{{"init", "--bucket", testBucket, "--token-store", "file:token.json", "--definition", "Standard Accounting Extract"}, {"jobs", "Standard Accounting Extract"},
		{"items", concurtest.SampleAccounts}} {
		if args[0] != "init" {
			b.configure(testConfig)
		}
		require.Equal(t, runs.ExitUsage, b.tieout(args...), args)
		require.Regexp(t, `Concur has 2 (extract definitions|lists) named "[^"]*", with the ids .+ and [dl]\$twin: name the one meant by its id`, b.err.String())
	}
	require.Zero(t, b.tieout("jobs", "d$twin"), b.err.String())
	require.Zero(t, b.tieout("items", "l$twin"), b.err.String())
	require.Contains(t, b.out.String(), "only-here\t")
	require.Equal(t, runs.ExitUsage, b.tieout("doctor", "--only", "concur"), b.out.String())
	require.Regexp(t, `fail\tdefinition nightly-sae\tConcur has 2 extract definitions .*d\$twin`, b.out.String())
	require.Regexp(t, `fail\tcheck GL account\tConcur has 2 lists .*l\$twin`, b.out.String())

	require.NoError(t, os.Remove(b.program.config))
	require.Zero(t, b.tieout("init", "--bucket", testBucket, "--token-store", "file:token.json", "--definition", "d$twin"), b.err.String())
	settings, err := config.Load(b.program.config)
	require.NoError(t, err)
	require.Equal(t, "d$twin", settings.Pipelines["nightly-sae"].Definition, "the name would mean two")
}

func TestDoctorTellsWhatListV1Answers(t *testing.T) {
	for subtrees, says := range map[bool]string{false: "List v1 answers one level at a time", true: "List v1 answers the whole subtree below a parent"} {
		b := newBench(t)
		b.serveS3()
		world := worldWithHistory(600)
		world.Subtrees = subtrees
		b.serveConcur(world)
		b.configure(testConfig)
		require.Zero(t, b.tieout("doctor", "--only", "concur"), b.out.String())
		require.Contains(t, b.out.String(), "ok\tlist answers acme\t"+says)
	}
}

// Concur compares a filter by itself: List v1 with parts of codes and names, List v4 with whole codes.
func TestItemsAreFilteredByConcur(t *testing.T) {
	for api, c := range map[string]struct{ filter, other string }{"v1": {"roun", "no such text"}, "v4": {"GRD", "GR"}} {
		b := newBench(t)
		b.serveS3()
		world := worldWithHistory(600)
		world.Lists = append(world.Lists, extractgen.List{ID: "l$ways", Name: "Ways", Items: []extractgen.Item{{Code: "GRD", Name: "Ground"}, {Code: "AIR", Name: "Air",
			Items: []extractgen.Item{{Code: "GRD", Name: "Ground services"}, {Code: "CTR", Name: "Catering"}}}}})
		b.serveConcur(world)
		b.configure(strings.Replace(testConfig, "    token_store", "    lists_api: "+api+"\n    token_store", 1))
		require.Zero(t, b.tieout("items", "Ways", "--filter", c.filter), b.err.String())
		require.Equal(t, "GRD\tGround\n", b.out.String(), api)
		require.Zero(t, b.tieout("items", "Ways", "AIR", "--filter", c.filter), b.err.String())
		require.Equal(t, "GRD\tGround services\n", b.out.String(), api)
		require.Zero(t, b.tieout("items", "Ways", "--filter", c.other, "--json"), b.err.String())
		require.Equal(t, "[]\n", b.out.String(), api)
		require.Equal(t, runs.ExitUsage, b.tieout("items", "Ways", "AIR", "GRD", "--filter", c.filter))
		require.Contains(t, b.err.String(), "--filter takes one parent at most")
	}
}
