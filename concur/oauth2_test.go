package concur

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tokenServer rotates: each refresh token is good once.
type tokenServer struct {
	*httptest.Server
	mu      sync.Mutex
	good    string // refresh token that is good now, "" = any
	issued  int
	forms   []url.Values
	refuse  func(form url.Values) (status int, body string) // nil or status 0: serve
	extra   string                                          // further JSON members of a good answer
	refused map[string]bool                                 // access tokens that the API refuses
}

func newTokenServer(t *testing.T, first string) *tokenServer {
	s := &tokenServer{good: first, refused: map[string]bool{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *tokenServer) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path != tokenPath {
		if s.refused[r.Header.Get("Authorization")] {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		fmt.Fprint(w, "<definitions/>")
		return
	}
	_ = r.ParseForm()
	s.forms = append(s.forms, r.PostForm)
	if s.refuse != nil {
		if status, body := s.refuse(r.PostForm); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return
		}
	}
	if r.PostForm.Get("grant_type") == string(grantRefreshToken) && r.PostForm.Get("refresh_token") != s.good {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"code":108,"error":"invalid_grant","error_description":"Bad refresh token `+r.PostForm.Get("refresh_token")+`"}`)
		return
	}
	s.issued++
	s.good = fmt.Sprintf("refresh-%d", s.issued)
	fmt.Fprintf(w, `{"access_token":"access-%d","refresh_token":%q,"expires_in":"3600","token_type":"Bearer"%s}`, s.issued, s.good, s.extra)
}

func (s *tokenServer) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.forms)
}

// newOAuth2 makes the authorizer of one process, with an endpoint of its own.
func newOAuth2(t *testing.T, base string, config OAuth2Config, allowed ...string) *OAuth2 {
	t.Helper()
	config.ClientID, config.ClientSecret = "client", "client-secret-canary"
	o, err := NewOAuth2(endpointAt(t, base, allowed...), config)
	require.NoError(t, err)
	o.times = leaseTimes{lease: 2 * time.Second, exchange: time.Second, request: time.Second, save: time.Second, look: 2 * time.Millisecond}
	return o
}

func TestOAuth2RotatesAndKeepsTheNewestToken(t *testing.T) {
	s := newTokenServer(t, "first")
	store := FileTokenStore(filepath.Join(t.TempDir(), "token.json"))
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	process := func() *OAuth2 {
		o := newOAuth2(t, s.URL, OAuth2Config{Grant: RefreshToken("first"), Store: store})
		o.now = func() time.Time { return now }
		return o
	}
	o := process()
	_, known, err := o.RefreshTokenAge(t.Context())
	require.NoError(t, err)
	require.False(t, known)

	for range 3 {
		header, err := o.Authorization(t.Context())
		require.NoError(t, err)
		require.Equal(t, "Bearer access-1", header)
	}
	other := process()
	header, err := other.Authorization(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Bearer access-1", header, "a second process uses the stored token")
	require.Equal(t, 1, s.requests())

	until, err := other.GoodUntil(t.Context())
	require.NoError(t, err)
	require.Equal(t, now.Add(59*time.Minute), until)

	now = now.Add(59*time.Minute + time.Second) // within the last minute of the token
	until, err = other.GoodUntil(t.Context())
	require.NoError(t, err)
	require.Zero(t, until)
	header, err = other.Authorization(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Bearer access-2", header)
	header, err = o.Authorization(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Bearer access-2", header)
	require.Equal(t, 2, s.requests())

	now = now.Add(time.Minute)
	age, known, err := o.RefreshTokenAge(t.Context())
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, time.Minute, age)
}

func TestOAuth2RefreshesOnceForAll(t *testing.T) {
	s := newTokenServer(t, "first")
	store := FileTokenStore(filepath.Join(t.TempDir(), "token.json"))
	var processes []*OAuth2
	for range 5 {
		processes = append(processes, newOAuth2(t, s.URL, OAuth2Config{Grant: RefreshToken("first"), Store: store}))
	}
	for round := 1; round <= 3; round++ {
		want := fmt.Sprintf("Bearer access-%d", round)
		var group sync.WaitGroup
		for _, o := range processes {
			o.Invalidate(fmt.Sprintf("Bearer access-%d", round-1))
			for range 10 { // callers in each
				group.Go(func() {
					header, err := o.Authorization(context.Background())
					if err != nil || header != want {
						t.Errorf("header %q, error %v", header, err)
					}
				})
			}
		}
		group.Wait()
		require.Equal(t, round, s.requests())
	}
}

func TestClientRefreshesOnceAfterARefusal(t *testing.T) {
	s := newTokenServer(t, "first")
	o := newOAuth2(t, s.URL, OAuth2Config{Grant: RefreshToken("first")})
	c, err := NewClient(o.endpoint, o, Options{RequestsPerSecond: 1e6})
	require.NoError(t, err)
	defer c.CloseIdleConnections()
	s.refused["Bearer access-1"] = true
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := c.Definitions(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Equal(t, 2, s.requests(), "one refresh for all who were refused")

	s.mu.Lock()
	s.refused["Bearer access-2"], s.refused["Bearer access-3"] = true, true
	s.mu.Unlock()
	_, err = c.Definitions(t.Context())
	requireKind(t, err, KindAuth)
	require.Equal(t, 3, s.requests(), "one refresh, one repetition")

	_, err = c.StartJob(t.Context(), "D")
	requireKind(t, err, KindAuth)
	require.Equal(t, 3, s.requests(), "a refused POST is not repeated")
}

func TestOAuth2UsesANewlyConfiguredToken(t *testing.T) {
	s := newTokenServer(t, "first")
	store := MemoryTokenStore()
	use := func(first string) error {
		o := newOAuth2(t, s.URL, OAuth2Config{Grant: RefreshToken(first), Store: store})
		_, err := o.Authorization(t.Context())
		return err
	}
	require.NoError(t, use("first"))
	stored, version, err := store.Load(t.Context())
	require.NoError(t, err)
	stored.AccessToken = ""
	_, err = store.Save(t.Context(), stored, version)
	require.NoError(t, err)

	s.mu.Lock()
	s.good = "by-hand" // all that was given out is void
	s.mu.Unlock()
	e := requireKind(t, use("first"), KindReauthorize)
	require.Contains(t, e.Message, "refresh token")
	require.NotContains(t, e.Error(), "refresh-1", "Concur's echo of the token is taken out")
	require.NoError(t, use("by-hand"), "a person's new token goes before the stored one")
	require.NoError(t, use("first"), "a process with the old configuration uses what is stored")
	stored, _, err = store.Load(t.Context())
	require.NoError(t, err)
	require.Equal(t, "refresh-2", stored.RefreshToken)
	require.Empty(t, stored.LeaseHolder)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", stored, stored, stored, &stored), "refresh-2")
}

func TestOAuth2WaitsForTheLeaseAndTakesOverADeadOne(t *testing.T) {
	s := newTokenServer(t, "first")
	store := MemoryTokenStore()
	now := time.Now()
	_, err := store.Save(t.Context(), StoredToken{LeaseHolder: "dead", LeaseUntil: now.Add(60 * time.Millisecond)}, "")
	require.NoError(t, err)
	o := newOAuth2(t, s.URL, OAuth2Config{Grant: RefreshToken("first"), Store: store})
	_, err = o.Authorization(t.Context())
	require.NoError(t, err)
	require.False(t, time.Now().Before(now.Add(60*time.Millisecond)))
}

func TestOAuth2CodesAndGrants(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		kind   Kind
	}{
		"108":          {400, `{"code":108,"error":"invalid_grant","error_description":"expired"}`, KindReauthorize},
		"108 as text":  {403, `{"code":"108"}`, KindReauthorize},
		"134":          {400, `{"code":134,"error":"maintenance"}`, KindUnavailable},
		"503":          {503, "", KindUnavailable},
		"429":          {429, "", KindThrottled},
		"bad client":   {401, `{"code":61,"error":"invalid_client","error_description":"client-secret-canary is wrong"}`, KindCredentials},
		"code alone":   {400, `{"code":"61"}`, KindCredentials},
		"error alone":  {400, `{"error":"invalid_grant"}`, KindCredentials},
		"16 elsewhere": {400, `{"code":16,"geolocation":"https://evil.example"}`, KindCredentials},
		"16 nowhere":   {400, `{"code":16}`, KindCredentials},
		// What names no fault of the credentials may come from anything in between.
		"400 empty":       {400, "", KindAuth},
		"401 gateway":     {401, `{"error":"Unauthorized","path":"/oauth2/v0/token"}`, KindAuth},
		"403 page":        {403, "<html><title>Blocked</title></html>", KindAuth},
		"404 gateway":     {404, `{"code":404,"message":"HTTP 404 Not Found"}`, KindAuth},
		"409 odd":         {409, `{"code":{"is":"CONFLICT"},"error":{"message":"no"}}`, KindAuth},
		"400 overload":    {400, `{"error":"temporarily_unavailable"}`, KindUnavailable},
		"500 with a code": {500, `{"code":1,"error":"server_error"}`, KindUnavailable},
		"redirect":        {302, "", KindRedirect},
		"HTML":            {200, "<html></html>", KindBody},
		"no token":        {200, `{"token_type":"Bearer"}`, KindBody},
		"odd token":       {200, `{"access_token":"a\r\nX-Evil: 1"}`, KindBody},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTokenServer(t, "first")
			s.refuse = func(url.Values) (int, string) { return test.status, test.body }
			store := MemoryTokenStore()
			o := newOAuth2(t, s.URL, OAuth2Config{Grant: RefreshToken("first"), Store: store})
			_, err := o.Authorization(t.Context())
			requireKind(t, err, test.kind)
			require.NotContains(t, err.Error(), "client-secret-canary")
			require.Equal(t, 1, s.requests())
			stored, _, err := store.Load(t.Context())
			require.NoError(t, err)
			require.Empty(t, stored.LeaseHolder, "the lease is given back")
		})
	}
	s := newTokenServer(t, "")
	o := newOAuth2(t, s.URL, OAuth2Config{Grant: AuthToken("company", "request-token")})
	_, err := o.Authorization(t.Context())
	require.NoError(t, err)
	require.Equal(t, url.Values{"client_id": {"client"}, "client_secret": {"client-secret-canary"}, "grant_type": {"password"},
		"username": {"company"}, "password": {"request-token"}, "credtype": {"authtoken"}}, s.forms[0])
	o.Invalidate("Bearer access-1")
	_, err = o.Authorization(t.Context())
	require.NoError(t, err)
	require.Equal(t, "refresh-1", s.forms[1].Get("refresh_token"), "the password brought a refresh token")
	s.mu.Lock()
	s.good = "void"
	s.mu.Unlock()
	o.Invalidate("Bearer access-2")
	_, err = o.Authorization(t.Context())
	require.NoError(t, err, "a refused refresh token leads back to the password")
	require.Equal(t, "password", s.forms[3].Get("grant_type"))

	s = newTokenServer(t, "")
	o = newOAuth2(t, s.URL, OAuth2Config{Grant: ClientCredentials()})
	for range 2 {
		header, err := o.Authorization(t.Context())
		require.NoError(t, err)
		o.Invalidate(header)
	}
	require.Equal(t, "client_credentials", s.forms[1].Get("grant_type"))
	require.Empty(t, s.forms[1].Get("refresh_token"))
}

func TestOAuth2MovesOnCode16Only(t *testing.T) {
	home := newTokenServer(t, "first")
	home.extra = `,"geolocation":"` + home.URL + `/profile"`
	front := newTokenServer(t, "first")
	front.refuse = func(url.Values) (int, string) {
		return 400, `{"code":16,"error":"invalid_request","geolocation":"` + home.URL + `/some/path"}`
	}
	store := MemoryTokenStore()
	config := OAuth2Config{Grant: RefreshToken("first"), Store: store}
	o := newOAuth2(t, front.URL, config, home.URL)
	c, err := NewClient(o.endpoint, o, Options{})
	require.NoError(t, err)
	defer c.CloseIdleConnections()
	require.Equal(t, front.URL, c.Base())
	_, err = c.Definitions(t.Context())
	require.NoError(t, err)
	require.Equal(t, home.URL, c.Base(), "API calls follow the account")
	require.Equal(t, 1, home.requests())
	o = newOAuth2(t, front.URL, config, home.URL)
	_, err = o.Authorization(t.Context())
	require.NoError(t, err)
	require.Equal(t, home.URL, o.endpoint.String(), "another process knows it from the store")

	// A geolocation in a good answer moves nothing, and is named when calls are refused.
	front.refuse = nil
	front.extra = `,"geolocation":"` + home.URL + `"`
	o = newOAuth2(t, front.URL, OAuth2Config{Grant: RefreshToken("first")}, home.URL)
	c, err = NewClient(o.endpoint, o, Options{})
	require.NoError(t, err)
	defer c.CloseIdleConnections()
	front.refused["Bearer access-1"], front.refused["Bearer access-2"] = true, true
	_, err = c.Definitions(t.Context())
	require.Contains(t, requireKind(t, err, KindAuth).Message, home.URL)
	var moved *MovedError
	require.ErrorAs(t, err, &moved)
	require.Equal(t, home.URL, moved.Base)
	require.Equal(t, front.URL, c.Base())
}

// brittleStore fails some of its writes.
type brittleStore struct {
	TokenStore
	fail func(StoredToken) error
}

func (s *brittleStore) Save(ctx context.Context, t StoredToken, v string) (string, error) {
	if err := s.fail(t); err != nil {
		return "", err
	}
	return s.TokenStore.Save(ctx, t, v)
}

func TestOAuth2NeverUsesWhatItCouldNotStore(t *testing.T) {
	s := newTokenServer(t, "first")
	broken := errors.New("disk full")
	store := &brittleStore{MemoryTokenStore(), func(t StoredToken) error {
		if t.AccessToken != "" {
			return broken
		}
		return nil
	}}
	o := newOAuth2(t, s.URL, OAuth2Config{Grant: RefreshToken("first"), Store: store})
	for range 2 {
		_, err := o.Authorization(t.Context())
		e := requireKind(t, err, KindTokenStore)
		require.ErrorIs(t, err, broken)
		require.Contains(t, e.Message, "could not be stored")
	}
	require.Equal(t, 1, s.requests(), "the answer is kept, not asked for again")
	store.fail = func(StoredToken) error { return nil }
	header, err := o.Authorization(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Bearer access-1", header)
	stored, _, _ := store.Load(t.Context())
	require.Equal(t, "refresh-1", stored.RefreshToken)

	// A store that cannot be written at all is found out before a token is spent.
	store = &brittleStore{MemoryTokenStore(), func(StoredToken) error { return broken }}
	_, err = newOAuth2(t, s.URL, OAuth2Config{Grant: RefreshToken("first"), Store: store}).Authorization(t.Context())
	requireKind(t, err, KindTokenStore)
	require.Equal(t, 1, s.requests())
}

func TestOAuth2LooksAgainWhenItsLeaseWasTakenOver(t *testing.T) {
	for _, refusal := range []string{`{"code":108}`, `{"error":"invalid_grant"}`} {
		s := newTokenServer(t, "first")
		store := MemoryTokenStore()
		o := newOAuth2(t, s.URL, OAuth2Config{Grant: RefreshToken("first"), Store: store})
		s.refuse = func(url.Values) (int, string) {
			// Another process took the lease over, was first, and stored what it got.
			_, version, _ := store.Load(context.Background())
			_, _ = store.Save(context.Background(), StoredToken{AccessToken: "theirs", RefreshToken: "newer",
				ExpiresAt: time.Now().Add(time.Hour), Configured: []string{o.config.fingerprint()}}, version)
			return 400, refusal
		}
		header, err := o.Authorization(t.Context())
		require.NoError(t, err, "no person is called for a token that another process has renewed")
		require.Equal(t, "Bearer theirs", header)
	}
}

func TestOAuth2GoesOnWhenItsCallerLeaves(t *testing.T) {
	s := newTokenServer(t, "first")
	proceed, asked := make(chan struct{}), make(chan struct{})
	s.refuse = func(url.Values) (int, string) { close(asked); <-proceed; return 0, "" }
	o := newOAuth2(t, s.URL, OAuth2Config{Grant: RefreshToken("first")})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	_, err := o.Authorization(ctx)
	requireKind(t, err, KindNotSent)
	require.ErrorIs(t, err, context.Canceled)
	close(proceed)
	header, err := o.Authorization(t.Context())
	require.NoError(t, err)
	require.Equal(t, "Bearer access-1", header)
}

func TestOAuth2ConfigIsChecked(t *testing.T) {
	endpoint := endpointAt(t, "https://us2.api.concursolutions.com")
	good := OAuth2Config{ClientID: "i", ClientSecret: "s", Grant: RefreshToken("r")}
	_, err := NewOAuth2(endpoint, good)
	require.NoError(t, err)
	for says, change := range map[string]func(*OAuth2Config){
		"client id": func(c *OAuth2Config) { c.ClientID = "" }, "client secret": func(c *OAuth2Config) { c.ClientSecret = "" },
		"refresh token": func(c *OAuth2Config) { c.Grant = RefreshToken("") }, "user name": func(c *OAuth2Config) { c.Grant = Password("", "p") },
		"password or token": func(c *OAuth2Config) { c.Grant = AuthToken("company", "") }, "needs a grant": func(c *OAuth2Config) { c.Grant = Grant{} },
	} {
		c := good
		change(&c)
		_, err := NewOAuth2(endpoint, c)
		require.ErrorContains(t, err, says)
	}
	good.ClientSecret, good.Grant = "canary", RefreshToken("canary")
	o, err := NewOAuth2(endpoint, good)
	require.NoError(t, err)
	c, err := NewClient(endpoint, o, Options{})
	require.NoError(t, err)
	for _, v := range []any{good, &good, good.Grant, Password("u", "canary"), o, c} {
		require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", v, v, v, v), "canary")
	}
}
