// Package app puts the parts of tieout together: connections to Concur, the store in S3, the activities and the worker. It
// also holds what the programs share: signals, exit codes and the connection to Temporal.
package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"go.uber.org/zap"

	"tieout/activities"
	"tieout/concur"
	"tieout/internal/bucket"
	"tieout/internal/config"
	"tieout/internal/evidence"
	"tieout/internal/notice"
)

// Service holds a connection to everything that a configuration names.
type Service struct {
	Config      *config.Config
	Connections map[string]*concur.Client
	Tokens      map[string]*concur.OAuth2
	Store       *bucket.Store
	Log         *zap.Logger
}

// New connects everything that a configuration names. It sends no request.
func New(settings *config.Config, s3 bucket.S3, log *zap.Logger) (*Service, error) {
	s := &Service{
		Config: settings, Log: log, Connections: map[string]*concur.Client{}, Tokens: map[string]*concur.OAuth2{},
		Store: bucket.New(s3, settings.Storage.Bucket, bucket.Options{}),
	}
	for name, connection := range settings.Connections {
		if err := s.connect(name, connection); err != nil {
			return nil, fmt.Errorf("connection %s: %w", name, err)
		}
	}
	return s, nil
}

func (s *Service) connect(name string, c config.Connection) error {
	endpoint, err := concur.NewEndpoint(c.BaseURL, concur.EndpointOptions{AllowedHosts: c.AllowedHosts})
	if err != nil {
		return fmt.Errorf("base_url, allowed_hosts: %w", err)
	}
	authorizer := concur.LegacyToken(c.AccessToken.Reveal())
	if c.GrantType() != config.GrantNone {
		tokens, err := concur.NewOAuth2(endpoint, concur.OAuth2Config{
			ClientID: c.ClientID, ClientSecret: c.ClientSecret.Reveal(), Grant: grantOf(c), Store: s.tokenStore(name, c)})
		if err != nil {
			return err
		}
		s.Tokens[name] = tokens
		authorizer = tokens
	}
	client, err := concur.NewClient(endpoint, authorizer, concur.Options{
		RequestsPerSecond: c.RequestsPerSecond, Lists: concur.ListAPI(c.ListsAPI)})
	if err != nil {
		return err
	}
	s.Connections[name] = client
	return nil
}

func grantOf(c config.Connection) concur.Grant {
	switch {
	case c.RefreshToken != "":
		return concur.RefreshToken(c.RefreshToken.Reveal())
	case c.AuthToken != "":
		return concur.AuthToken(c.Username, c.AuthToken.Reveal())
	case c.Username != "":
		return concur.Password(c.Username, c.Password.Reveal())
	}
	return concur.ClientCredentials()
}

func (s *Service) tokenStore(name string, c config.Connection) concur.TokenStore {
	if path := c.TokenStore.File(); path != "" {
		return concur.FileTokenStore(path)
	}
	return tokenStore{bucket.NewTokenStore(s.Store, evidence.TokenKey(s.Config.Storage.Prefix, name))}
}

// Activities returns the activities of a worker over these connections.
func (s *Service) Activities(searchAttributes bool) *activities.Activities {
	a := &activities.Activities{
		Config: s.Config, Connections: map[string]activities.Concur{}, Evidence: evidence.NewStorage(s.Store), Runs: activities.TemporalRuns{},
		SearchAttributes: searchAttributes, Software: Version(), Notices: notice.NewSender(Version()),
	}
	for name, connection := range s.Connections {
		a.Connections[name] = connection
	}
	return a
}

// Version returns the name and the version of the software, as the build information has it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "tieout"
	}
	version := info.Main.Version
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && len(setting.Value) >= 12 {
			version = setting.Value[:12]
		}
	}
	if version == "" || version == "(devel)" {
		return "tieout devel"
	}
	return "tieout " + version
}

// tokenStore keeps the tokens of a connection in one object, which all workers share by compare-and-swap.
type tokenStore struct{ *bucket.TokenStore }

func (t tokenStore) Load(ctx context.Context) (concur.StoredToken, string, error) {
	var token concur.StoredToken
	version, err := t.TokenStore.Load(ctx, &token)
	return token, version, err
}

func (t tokenStore) Save(ctx context.Context, token concur.StoredToken, ifVersion string) (string, error) {
	version, err := t.TokenStore.Save(ctx, token, ifVersion)
	if errors.Is(err, bucket.ErrChanged) {
		return "", concur.ErrTokenConflict
	}
	return version, err
}
