package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"tieout/concur"
	"tieout/internal/app"
	"tieout/internal/config"
	"tieout/internal/extractfile"
	"tieout/internal/pipeline"
	"tieout/starter/propose"
)

// initOptions are the flags of init. Credentials come from the environment alone.
type initOptions struct {
	base, connection, lists, tokenStore string
	bucket, prefix                      string
	definition, pipeline, format, file  string
	force                               bool
}

func (a *program) initCommand() *cobra.Command {
	var o initOptions
	c := &cobra.Command{
		Use:   "init --bucket BUCKET",
		Short: "Write a first tieout.yaml from what Concur answers",
		Long: `Ask Concur for its definitions and lists, look at the beginning of an extract for the columns that hold the lists'
codes, and write a commented tieout.yaml with a pipeline and its checks. The extract is --file, else the newest landed one
of the pipeline, else the newest completed job's file.

Credentials are read from the environment, and the file refers to them there: CONCUR_BASE_URL, CONCUR_CLIENT_ID,
CONCUR_CLIENT_SECRET and CONCUR_REFRESH_TOKEN; or CONCUR_USERNAME with CONCUR_PASSWORD or CONCUR_AUTH_TOKEN; or
CONCUR_ACCESS_TOKEN alone for the legacy token. A refresh token may be spent by its use: the new one is kept in the token
store that the file names.`,
		Args: arguments(0, 0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return a.initialize(c.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.base, "base-url", os.Getenv("CONCUR_BASE_URL"), "the account's address, such as https://us2.api.concursolutions.com")
	f.StringVar(&o.connection, "connection", "concur", "the connection's name")
	f.StringVar(&o.lists, "lists-api", config.ListsV1, "v1 or v4")
	f.StringVar(&o.tokenStore, "token-store", config.StoreS3, "where rotated refresh tokens are kept: s3 or file:PATH")
	f.StringVar(&o.bucket, "bucket", os.Getenv("TIEOUT_BUCKET"), "the S3 bucket of the evidence (required)")
	f.StringVar(&o.prefix, "prefix", "concur", "the prefix of all keys in it")
	f.StringVar(&o.definition, "definition", "", "the extract definition, by name or id; may be left out where Concur has one")
	f.StringVar(&o.pipeline, "pipeline", "", "the pipeline's name; made of the definition's unless given")
	f.StringVar(&o.format, "format", "", "sae or prae; found out from the extract, or sae, unless given")
	f.StringVar(&o.file, "file", "", "an extract on disk to look at")
	f.BoolVar(&o.force, "force", false, "write over a configuration that is there")
	return c
}

func (a *program) initialize(ctx context.Context, o initOptions) error {
	if err := a.mayWrite(o); err != nil {
		return err
	}
	parts, err := a.initialParts(ctx, o)
	if err != nil {
		return err
	}
	client := parts.Connections[o.connection]
	defer client.CloseIdleConnections()
	definition, all, err := chooseInitial(ctx, client, o.definition)
	if err != nil {
		return err
	}
	if o.pipeline == "" {
		o.pipeline = pipelineName(definition.Name)
	}
	a.say("Definition %q becomes the pipeline %s.", visible(definition.Name), o.pipeline)
	lists, err := client.Lists(ctx)
	if err != nil {
		return err
	}
	draft := draft{options: o, connection: parts.Config.Connections[o.connection], definition: definition, definitions: all, lists: lists, format: o.format}
	if err := a.proposeChecks(ctx, parts, client, &draft); err != nil {
		return err
	}
	text := draft.text()
	if _, err := config.Parse(a.config, text, os.LookupEnv); err != nil {
		return fmt.Errorf("what was about to be written is no good configuration: %w", err)
	}
	if err := writeConfiguration(a.config, text, o.force); err != nil {
		return fmt.Errorf("writing %s: %w", a.config, err)
	}
	if a.json {
		return a.document(map[string]any{"written": a.config, "pipeline": o.pipeline, "definition": definition.Name, "checks": len(draft.found.Proposals)})
	}
	a.println(a.config)
	a.say("Read it, then: %s doctor, start a worker, and %s run %s --watch", a.name, a.name, o.pipeline)
	return nil
}

// mayWrite refuses before anything is asked for.
func (a *program) mayWrite(o initOptions) error {
	switch {
	case o.base == "":
		return &usageError{message: "--base-url is missing: give the account's address, such as https://us2.api.concursolutions.com, or set CONCUR_BASE_URL"}
	case o.bucket == "":
		return &usageError{message: "--bucket is missing: name the S3 bucket that is to hold the evidence"}
	case strings.Contains(o.bucket, "/"):
		return &usageError{message: fmt.Sprintf("--bucket %q is not a bucket's name: give the name alone, without s3://", o.bucket)}
	case o.format != "" && o.format != extractfile.FormatSAE && o.format != extractfile.FormatPRAE:
		return &usageError{message: fmt.Sprintf("--format %q is neither sae nor prae", o.format)}
	}
	if _, err := os.Stat(a.config); !o.force && !errors.Is(err, fs.ErrNotExist) {
		return &usageError{message: fmt.Sprintf("%s is there already: write elsewhere with --config, or over it with --force", a.config)}
	}
	if dir, err := os.Stat(filepath.Dir(a.config)); err != nil || !dir.IsDir() {
		return &usageError{message: fmt.Sprintf("there is no directory %s to write %s into: make it, or write elsewhere with --config", filepath.Dir(a.config), filepath.Base(a.config))}
	}
	return nil
}

// initialParts connects to Concur and the bucket as the configuration that is about to be written will.
func (a *program) initialParts(ctx context.Context, o initOptions) (*app.Service, error) {
	connection, err := connectionFromEnvironment(o, os.Getenv)
	if err != nil {
		return nil, err
	}
	var ok bool
	if connection.TokenStore, ok = config.ParseTokenStore(o.tokenStore, filepath.Dir(a.config)); !ok {
		return nil, &usageError{message: fmt.Sprintf("--token-store %q is neither s3 nor file:PATH", o.tokenStore)}
	}
	s3, err := a.s3(ctx)
	if err != nil {
		return nil, fmt.Errorf("finding S3 by the AWS default chain: %w", err)
	}
	parts, err := app.New(&config.Config{Path: a.config, Connections: map[string]config.Connection{o.connection: connection},
		Storage: config.Storage{Bucket: o.bucket, Prefix: strings.Trim(o.prefix, "/")}}, s3, zap.NewNop())
	if err != nil {
		return nil, &usageError{message: err.Error() + ": correct --base-url (CONCUR_BASE_URL) or the credentials", cause: err}
	}
	return parts, nil
}

// connectionFromEnvironment reads the credentials.
func connectionFromEnvironment(o initOptions, env func(string) string) (config.Connection, error) {
	c := config.Connection{
		Name: o.connection, BaseURL: strings.TrimSuffix(o.base, "/"), ListsAPI: o.lists, RequestsPerSecond: 5,
		TokenStore: config.StoreS3,
	}
	if token := env("CONCUR_ACCESS_TOKEN"); token != "" {
		c.AccessToken = config.Secret(token)
		return c, nil
	}
	c.ClientID, c.ClientSecret = env("CONCUR_CLIENT_ID"), config.Secret(env("CONCUR_CLIENT_SECRET"))
	c.RefreshToken = config.Secret(env("CONCUR_REFRESH_TOKEN"))
	c.Username, c.Password, c.AuthToken = env("CONCUR_USERNAME"), config.Secret(env("CONCUR_PASSWORD")), config.Secret(env("CONCUR_AUTH_TOKEN"))
	if c.AuthToken != "" {
		c.Password = ""
	}
	if c.ClientID == "" || c.ClientSecret == "" || c.RefreshToken == "" && c.Username == "" {
		return c, &usageError{message: "credentials are missing: set CONCUR_CLIENT_ID, CONCUR_CLIENT_SECRET and CONCUR_REFRESH_TOKEN in the environment (init --help names the other kinds)"}
	}
	return c, nil
}

// chooseInitial is the definition named, or the only one.
func chooseInitial(ctx context.Context, client *concur.Client, wanted string) (concur.Definition, []concur.Definition, error) {
	definitions, err := client.Definitions(ctx)
	switch {
	case err != nil:
		return concur.Definition{}, nil, err
	case len(definitions) == 0:
		return concur.Definition{}, nil, errors.New("there is no extract definition for these credentials: ask for an extract to be set up in Concur, or for access to it")
	case wanted == "" && len(definitions) == 1:
		return definitions[0], definitions, nil
	case wanted == "":
		var names []string
		for _, d := range definitions {
			names = append(names, fmt.Sprintf("%q", d.Name))
		}
		return concur.Definition{}, nil, &usageError{message: fmt.Sprintf("name the definition with --definition: Concur has %s", strings.Join(names, ", "))}
	}
	definition, err := concur.ChooseDefinition(definitions, wanted)
	return definition, definitions, badChoice(err)
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// pipelineName makes a name that keys and ids can carry.
func pipelineName(definition string) string {
	if strings.EqualFold(definition, "Standard Accounting Extract") {
		return "nightly-sae"
	}
	name := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(definition), "-"), "-")
	switch name = strings.Trim(name[:min(len(name), 60)], "-"); {
	case name == "":
		return "nightly"
	case slices.Contains(pipeline.ReservedNames(), name):
		return "nightly-" + name
	}
	return name
}

// proposeChecks looks at the beginning of an extract, where one is at hand.
func (a *program) proposeChecks(ctx context.Context, parts *app.Service, client *concur.Client, d *draft) error {
	d.found = &propose.Result{}
	sample, from, err := a.sample(ctx, parts, client, d)
	if err != nil {
		return err
	}
	if sample == nil {
		a.say("No extract is at hand to look at (%s): the file has no checks yet.", from)
		d.sampledFrom = from
		d.format = orFormat(d.format)
		return nil
	}
	layout, err := d.layoutOf(ctx, sample)
	if err != nil {
		return fmt.Errorf("looking at %s: %w", from, err)
	}
	a.say("Looking at %s for the codes of %s.", from, plural(len(d.lists), "list"))
	if d.found, err = propose.Checks(ctx, sample, layout, client); err != nil {
		return fmt.Errorf("proposing checks: %w", err)
	}
	d.sampledFrom = fmt.Sprintf("the first %d rows of %s", d.found.Rows, from)
	for _, p := range d.found.Proposals {
		a.say("List %q: %s (%s)", visible(p.Check.List), columnNames(p.Check.Columns), inList(p))
	}
	for _, unread := range d.found.Unread {
		a.say("%s %s", a.paint(yellow, "warning: list"), visible(unread))
	}
	return nil
}

func columnNames(columns []pipeline.Column) string {
	var names []string
	for _, c := range columns {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

func orFormat(format string) string {
	if format == "" {
		return extractfile.FormatSAE
	}
	return format
}
