package concur

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Grants of OAuth2Config.
const (
	GrantRefreshToken      = "refresh_token"
	GrantPassword          = "password"
	GrantClientCredentials = "client_credentials"
)

// OAuth2Config holds the credentials of one connection.
type OAuth2Config struct {
	// Base of the token endpoint, the same as the client's.
	Base                   string
	ClientID, ClientSecret string
	// GrantType is refresh_token (default), password or client_credentials.
	GrantType string
	// RefreshToken is the first; newer ones are kept in Store. Configuring another puts it before what is stored.
	RefreshToken string
	// Username, Password and CredType (authtoken, the default, or password) serve the password grant. It is used until
	// it has brought a refresh token, and again when that token is refused.
	Username, Password, CredType string
	// Store is shared by all processes of the connection; nil keeps the token in this process alone.
	Store TokenStore
	// HTTPClient lends its Transport, as in Options.
	HTTPClient *http.Client
	// AllowedHosts as in Options.
	AllowedHosts []string
	// RequestTimeout bounds one token request; 0 means 60 s.
	RequestTimeout time.Duration
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// String shows no secret.
func (c OAuth2Config) String() string {
	return fmt.Sprintf("concur.OAuth2Config{base: %q, grant: %q, secrets: [removed]}", mask(c.Base), c.GrantType)
}

// GoString shows no secret.
func (c OAuth2Config) GoString() string { return c.String() }

// OAuth2 is the Authorizer for Concur's OAuth2. It is safe for concurrent use.
//
// Refreshing is done by one goroutine at a time in a process, and by one process at a time of those that share a store:
// a refresh token may be spent by its use, and two uses of one token would leave one of them with nothing. The refresher
// holds a lease in the store; others wait for its result. A refresh goes on to its end when its caller has gone, since
// an answer nobody stored would be lost for all.
type OAuth2 struct {
	config OAuth2Config
	bases  bases
	store  TokenStore
	http   http.RoundTripper
	me     string
	times  leaseTimes

	mu       sync.Mutex
	access   string
	expires  time.Time
	moved    string
	proposed string
	refused  string // access token that Concur refused
	running  *refreshing
	unsaved  *StoredToken // answered, not stored yet
}

// String and GoString keep secrets out of logs.
func (o *OAuth2) String() string   { return "concur.OAuth2{" + o.bases.configured.String() + "}" }
func (o *OAuth2) GoString() string { return o.String() }

// leaseTimes: a holder must be through before its lease ends, so all its requests together get less time.
type leaseTimes struct {
	lease, exchange, save, look time.Duration
}

// refreshing is one refresh that all callers wait for.
type refreshing struct {
	done  chan struct{}
	token string
	err   error
}

// NewOAuth2 checks the credentials for completeness. It sends nothing.
func NewOAuth2(config OAuth2Config) (*OAuth2, error) {
	b, err := newBases(config.Base, config.AllowedHosts)
	if err != nil {
		return nil, err
	}
	if config.GrantType == "" {
		config.GrantType = GrantRefreshToken
	}
	if config.CredType == "" {
		config.CredType = "authtoken"
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	setDefault(&config.RequestTimeout, time.Minute)
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Store == nil {
		config.Store = NewMemoryTokenStore()
	}
	_, single := transports(config.HTTPClient)
	return &OAuth2{config: config, bases: b, store: config.Store, http: single, me: rand.Text()[:12],
		times: leaseTimes{lease: 100 * time.Second, exchange: 80 * time.Second, save: 15 * time.Second, look: 250 * time.Millisecond}}, nil
}

func (c OAuth2Config) check() error {
	missing := func(name string) error {
		return fmt.Errorf("grant type %s needs %s", c.GrantType, name)
	}
	switch {
	case c.ClientID == "":
		return missing("client_id")
	case c.ClientSecret == "":
		return missing("client_secret")
	case c.GrantType == GrantRefreshToken && c.RefreshToken == "":
		return missing("refresh_token")
	case c.GrantType == GrantPassword && (c.Username == "" || c.Password == ""):
		return missing("username and password")
	case !slices.Contains([]string{GrantRefreshToken, GrantPassword, GrantClientCredentials}, c.GrantType):
		return fmt.Errorf("grant type %q is not one of refresh_token, password, client_credentials", c.GrantType)
	case c.CredType != "authtoken" && c.CredType != "password":
		return fmt.Errorf("cred type %q is not one of authtoken, password", c.CredType)
	}
	return nil
}

// configured is a hash of the credentials that a person configured, to notice new ones.
func (c OAuth2Config) configured() string {
	h := sha256.New()
	for _, s := range []string{c.GrantType, c.ClientID, c.RefreshToken, c.Username, c.Password} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Authorization gives "Bearer …", refreshing when the token is about to expire. Its errors are *Error.
func (o *OAuth2) Authorization(ctx context.Context) (string, error) {
	o.mu.Lock()
	if o.access != "" && o.config.Now().Before(o.expires) {
		defer o.mu.Unlock()
		return "Bearer " + o.access, nil
	}
	r := o.running
	if r == nil {
		r = &refreshing{done: make(chan struct{})}
		o.running = r
		go o.run(context.WithoutCancel(ctx), r)
	}
	o.mu.Unlock()
	select {
	case <-r.done:
		if r.err != nil {
			return "", r.err
		}
		return "Bearer " + r.token, nil
	case <-ctx.Done():
		return "", &Error{Operation: tokenOperation, Kind: KindNotSent, Message: "given up while waiting for a token: try again", Err: context.Cause(ctx)}
	}
}

// run refreshes for all who wait, in bounded time.
func (o *OAuth2) run(ctx context.Context, r *refreshing) {
	ctx, cancel := context.WithTimeout(ctx, 2*o.times.lease)
	defer cancel()
	token, err := o.refresh(ctx)
	o.mu.Lock()
	if err == nil {
		o.use(token)
	}
	r.token, r.err = token.AccessToken, err
	o.running = nil
	o.mu.Unlock()
	close(r.done)
}

// use takes a token as the current one. The lock is held.
func (o *OAuth2) use(t StoredToken) {
	o.access, o.expires, o.moved, o.proposed = t.AccessToken, t.ExpiresAt, t.Geolocation, t.Suggested
}

// Invalidate forgets the access token if it is the one in the header.
func (o *OAuth2) Invalidate(header string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.access != "" && header == "Bearer "+o.access {
		o.refused, o.access = o.access, ""
	}
}

// RefreshTokenAge is the time since the refresh token in the store was first received. It is a lower bound of the token's
// age for one that a person configured. false means that nothing is stored yet.
func (o *OAuth2) RefreshTokenAge(ctx context.Context) (time.Duration, bool, error) {
	t, _, err := o.store.Load(ctx)
	if err != nil {
		return 0, false, storeError("the token store cannot be read", err)
	}
	if t.RefreshToken == "" || t.RefreshedAt.IsZero() {
		return 0, false, nil
	}
	return max(o.config.Now().Sub(t.RefreshedAt), 0), true, nil
}

// GoodUntil is when the access token in the store ends. Until then it is used, and nothing tries the credentials. Zero
// means that there is none for these credentials, so that the next call gets one.
func (o *OAuth2) GoodUntil(ctx context.Context) (time.Time, error) {
	t, _, err := o.store.Load(ctx)
	if err != nil {
		return time.Time{}, storeError("the token store cannot be read", err)
	}
	if !o.usable(t) {
		return time.Time{}, nil
	}
	return t.ExpiresAt, nil
}

func (o *OAuth2) movedTo() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.moved
}

func (o *OAuth2) suggested() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.proposed
}

func storeError(message string, err error) *Error {
	if errors.Is(err, ErrTokenConflict) {
		err = ErrTokenConflict
	}
	return &Error{Operation: tokenOperation, Kind: KindTokenStore, Message: message + ": " + masked(err.Error(), 300), Err: err}
}
