package concur

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"
)

// OAuth2Config holds an application's credentials for one account.
type OAuth2Config struct {
	// ClientID and ClientSecret are those of the application.
	ClientID, ClientSecret string
	// Grant stands for the account.
	Grant Grant
	// Store keeps the tokens for all processes that use the account. Nil keeps them in this process alone, so that a
	// refresh token that Concur has replaced is lost with it.
	Store TokenStore
}

// String returns the client id and no secret.
func (c OAuth2Config) String() string {
	return fmt.Sprintf("concur.OAuth2Config{client: %q, grant: %s}", mask(c.ClientID), c.Grant)
}

// GoString returns the same text as String.
func (c OAuth2Config) GoString() string { return c.String() }

// OAuth2 is the [Authorizer] for Concur's OAuth2. It is safe for concurrent use.
//
// One goroutine of a process refreshes at a time, and one process of those that share a store: a refresh token may be
// spent by its use, and of two uses one would be left with nothing. The one that refreshes holds a lease in the store,
// and the others wait for its result. A refresh goes on to its end when its caller has gone, since an answer that nobody
// stored would be lost for all.
type OAuth2 struct {
	endpoint *Endpoint
	config   OAuth2Config
	now      func() time.Time
	holder   string // of the lease
	times    leaseTimes

	mu      sync.Mutex
	access  string
	expires time.Time
	refused string // access token that Concur refused
	running *refreshing
	unsaved *StoredToken // answered, not stored yet
}

// leaseTimes bound the steps of a refresh. A holder must be through before its lease ends, so all its requests together
// get less time.
type leaseTimes struct {
	lease    time.Duration
	exchange time.Duration // all requests of one refresh
	request  time.Duration // one of them
	save     time.Duration
	look     time.Duration // between two looks at another's lease
}

var defaultLeaseTimes = leaseTimes{lease: 100 * time.Second, exchange: 80 * time.Second, request: time.Minute, save: 15 * time.Second, look: 250 * time.Millisecond}

// refreshing is one refresh that all callers wait for.
type refreshing struct {
	done  chan struct{}
	token string
	err   error
}

// NewOAuth2 returns an authorizer for the account at an endpoint, which must be the client's. It fails where the config is
// incomplete, and sends nothing.
func NewOAuth2(endpoint *Endpoint, config OAuth2Config) (*OAuth2, error) {
	if config.ClientID == "" || config.ClientSecret == "" {
		return nil, errors.New("OAuth2 needs the client id and the client secret of an application")
	}
	if err := config.Grant.check(); err != nil {
		return nil, err
	}
	if config.Store == nil {
		config.Store = MemoryTokenStore()
	}
	return &OAuth2{endpoint: endpoint, config: config, now: time.Now, holder: rand.Text()[:12], times: defaultLeaseTimes}, nil
}

// String returns a text with the base and without a secret.
func (o *OAuth2) String() string { return "concur.OAuth2{" + o.endpoint.configured.String() + "}" }

// GoString returns the same text as String.
func (o *OAuth2) GoString() string { return o.String() }

// fingerprint returns a hash of the credentials that a person configured, by which new ones are noticed.
func (c OAuth2Config) fingerprint() string {
	h := sha256.New()
	for _, s := range []string{string(c.Grant.grantType), c.ClientID, c.Grant.refreshToken, c.Grant.username, c.Grant.password} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Authorization returns "Bearer …", and refreshes first where the token is about to expire. Its errors are *Error.
func (o *OAuth2) Authorization(ctx context.Context) (string, error) {
	o.mu.Lock()
	if o.access != "" && o.now().Before(o.expires) {
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
		return "", &Error{Operation: OpToken, Kind: KindNotSent, Message: "given up while waiting for a token: try again", Err: context.Cause(ctx)}
	}
}

// run refreshes for all who wait, in bounded time.
func (o *OAuth2) run(ctx context.Context, r *refreshing) {
	ctx, cancel := context.WithTimeout(ctx, 2*o.times.lease)
	defer cancel()
	token, err := o.refresh(ctx)
	o.mu.Lock()
	if err == nil {
		o.access, o.expires = token.AccessToken, token.ExpiresAt
		o.endpoint.follow(token)
	}
	r.token, r.err = token.AccessToken, err
	o.running = nil
	o.mu.Unlock()
	close(r.done)
}

// Invalidate forgets the access token if it is the one in the header.
func (o *OAuth2) Invalidate(header string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.access != "" && header == "Bearer "+o.access {
		o.refused, o.access = o.access, ""
	}
}

// RefreshTokenAge returns the time since the refresh token in the store was first received, which is a lower bound of the
// age of one that a person configured. known is false where nothing is stored yet. It reads the store; its errors are
// *Error of KindTokenStore.
func (o *OAuth2) RefreshTokenAge(ctx context.Context) (age time.Duration, known bool, err error) {
	t, _, err := o.load(ctx)
	if err != nil || t.RefreshToken == "" || t.RefreshedAt.IsZero() {
		return 0, false, err
	}
	return max(o.now().Sub(t.RefreshedAt), 0), true, nil
}

// GoodUntil returns the time until which the access token in the store is used, so that nothing tries the credentials. It
// is zero where there is none for these credentials, and the next call gets one. It reads the store; its errors are *Error
// of KindTokenStore.
func (o *OAuth2) GoodUntil(ctx context.Context) (time.Time, error) {
	t, _, err := o.load(ctx)
	if err != nil || !o.usable(t) {
		return time.Time{}, err
	}
	return t.ExpiresAt, nil
}

func (o *OAuth2) load(ctx context.Context) (StoredToken, string, error) {
	t, version, err := o.config.Store.Load(ctx)
	if err != nil {
		return StoredToken{}, "", storeError("the token store cannot be read", err)
	}
	return t, version, nil
}

func storeError(message string, err error) *Error {
	if errors.Is(err, ErrTokenConflict) {
		err = ErrTokenConflict
	}
	return &Error{Operation: OpToken, Kind: KindTokenStore, Message: message + ": " + masked(err.Error(), 300), Err: err}
}
