package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"tieout/concur"
	"tieout/internal/app"
	"tieout/internal/config"
	"tieout/internal/extractfile"
	"tieout/internal/wording"
	"tieout/starter/printer"
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
	definitions, err := client.Definitions(ctx)
	if err != nil {
		return err
	}
	definition, err := chooseInitial(definitions, o.definition)
	if err != nil {
		return err
	}
	o.pipeline = cmp.Or(o.pipeline, propose.PipelineName(definition.Name))
	a.Say("Definition %q becomes the pipeline %s.", printer.Visible(definition.Name), o.pipeline)
	draft := propose.Draft{ConnectionName: o.connection, Connection: parts.Config.Connections[o.connection], TokenStore: o.tokenStore,
		Bucket: o.bucket, Prefix: o.prefix, Pipeline: o.pipeline, Definition: definition, Definitions: definitions}
	if draft.Lists, err = client.Lists(ctx); err != nil {
		return err
	}
	if err := a.proposeChecks(ctx, parts, client, o, &draft); err != nil {
		return err
	}
	text := draft.Text()
	if _, err := config.Parse(a.config, text, os.LookupEnv); err != nil {
		return fmt.Errorf("the configuration that init made is not valid: %w", err)
	}
	if err := writeConfiguration(a.config, text, o.force); err != nil {
		return fmt.Errorf("writing %s: %w", a.config, err)
	}
	if a.JSON {
		return a.Document(map[string]any{"written": a.config, "pipeline": o.pipeline, "definition": definition.Name, "checks": len(draft.Found.Proposals)})
	}
	a.Println(a.config)
	a.Say("Read it, then: %s doctor, start a worker, and %s run %s --watch", a.name, a.name, o.pipeline)
	return nil
}

// mayWrite returns an error where the flags are wrong or the configuration cannot be written, before Concur is asked.
func (a *program) mayWrite(o initOptions) error {
	switch {
	case o.base == "":
		return app.Usagef("--base-url is missing: give the account's address, such as https://us2.api.concursolutions.com, or set CONCUR_BASE_URL")
	case o.bucket == "":
		return app.Usagef("--bucket is missing: name the S3 bucket that is to hold the evidence")
	case strings.Contains(o.bucket, "/"):
		return app.Usagef("--bucket %q is not a bucket's name: give the name alone, without s3://", o.bucket)
	case o.format != "" && o.format != extractfile.FormatSAE && o.format != extractfile.FormatPRAE:
		return app.Usagef("--format %q is neither sae nor prae", o.format)
	}
	if _, err := os.Stat(a.config); !o.force && !errors.Is(err, fs.ErrNotExist) {
		return app.Usagef("%s is there already: write elsewhere with --config, or over it with --force", a.config)
	}
	if dir, err := os.Stat(filepath.Dir(a.config)); err != nil || !dir.IsDir() {
		return app.Usagef("there is no directory %s to write %s into: make it, or write elsewhere with --config", filepath.Dir(a.config), filepath.Base(a.config))
	}
	return nil
}

// initialParts connects to Concur and the bucket as the configuration will that is about to be written.
func (a *program) initialParts(ctx context.Context, o initOptions) (*app.Service, error) {
	connection, err := connectionFromEnvironment(o, os.Getenv)
	if err != nil {
		return nil, err
	}
	var ok bool
	if connection.TokenStore, ok = config.ParseTokenStore(o.tokenStore, filepath.Dir(a.config)); !ok {
		return nil, app.Usagef("--token-store %q is neither s3 nor file:PATH", o.tokenStore)
	}
	s3, err := a.findS3(ctx)
	if err != nil {
		return nil, err
	}
	parts, err := app.New(&config.Config{Path: a.config, Connections: map[string]config.Connection{o.connection: connection},
		Storage: config.Storage{Bucket: o.bucket, Prefix: strings.Trim(o.prefix, "/")}}, s3, zap.NewNop())
	if err != nil {
		return nil, app.Usagef("%w: correct --base-url (CONCUR_BASE_URL) or the credentials", err)
	}
	return parts, nil
}

// connectionFromEnvironment returns the connection with the credentials that the environment holds.
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
		return c, app.Usagef("credentials are missing: set CONCUR_CLIENT_ID, CONCUR_CLIENT_SECRET and CONCUR_REFRESH_TOKEN in the environment (init --help names the other kinds)")
	}
	return c, nil
}

// chooseInitial returns the definition that is named, or the only one.
func chooseInitial(definitions []concur.Definition, wanted string) (concur.Definition, error) {
	switch {
	case len(definitions) == 0:
		return concur.Definition{}, errors.New("there is no extract definition for these credentials: ask for an extract to be set up in Concur, or for access to it")
	case wanted == "" && len(definitions) == 1:
		return definitions[0], nil
	case wanted == "":
		var names []string
		for _, d := range definitions {
			names = append(names, fmt.Sprintf("%q", d.Name))
		}
		return concur.Definition{}, app.Usagef("name the definition with --definition: Concur has %s", strings.Join(names, ", "))
	}
	definition, err := concur.ChooseDefinition(definitions, wanted)
	return definition, badChoice(err)
}

// proposeChecks completes the draft with the checks that the beginning of an extract suggests. Without an extract there
// are none.
func (a *program) proposeChecks(ctx context.Context, parts *app.Service, client *concur.Client, o initOptions, d *propose.Draft) error {
	sample, err := propose.SampleOf(ctx, parts, client, o.file, o.pipeline, d.Definition)
	if err != nil {
		return err
	}
	if sample.Data == nil {
		a.Say("No extract is at hand to look at (%s): the file has no checks yet.", sample.From)
		d.Found, d.SampledFrom, d.Format = &propose.Result{}, sample.From, cmp.Or(o.format, extractfile.FormatSAE)
		return nil
	}
	layout, err := propose.LayoutOf(ctx, sample.Data, o.format)
	if err != nil {
		return fmt.Errorf("looking at %s: %w", sample.From, err)
	}
	a.Say("Looking at %s for the codes of %s.", sample.From, wording.Counted(len(d.Lists), "list", "lists"))
	if d.Found, err = propose.Checks(ctx, sample.Data, layout, client); err != nil {
		return fmt.Errorf("proposing checks: %w", err)
	}
	d.Format, d.SampledFrom = layout.Name(), fmt.Sprintf("the first %d rows of %s", d.Found.Rows, sample.From)
	for _, p := range d.Found.Proposals {
		a.Say("List %q: %s (%s)", printer.Visible(p.Check.List), p.Columns(), p.Evidence())
	}
	for _, unread := range d.Found.Unread {
		a.Say("%s %s", a.Paint(printer.Yellow, "warning: list"), printer.Visible(unread))
	}
	return nil
}
