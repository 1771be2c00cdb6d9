package concur

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// StoredToken is what the processes that use an account share: its tokens, where it lives, and who may refresh.
type StoredToken struct {
	// RefreshToken is the newest, and AccessToken the one that was got by it or by the grant; each is "" where there is none.
	RefreshToken string `json:"refreshToken,omitempty"`
	AccessToken  string `json:"accessToken,omitempty"`
	// ExpiresAt is the time from which AccessToken is no longer used, a little before Concur ends it.
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	// RefreshedAt is the time at which RefreshToken was first received. It lives for six months from its issue.
	RefreshedAt time.Time `json:"refreshedAt,omitzero"`
	// Geolocation is the base that code 16 moved the account to, "" for the configured one.
	Geolocation string `json:"geolocation,omitempty"`
	// Suggested is the geolocation of the last token answer. It moves nothing.
	Suggested string `json:"suggested,omitempty"`
	// LeaseHolder may refresh until LeaseUntil; others wait for it.
	LeaseHolder string    `json:"leaseHolder,omitempty"`
	LeaseUntil  time.Time `json:"leaseUntil,omitzero"`
	// Configured holds hashes of the configured credentials that have been used, oldest first. Credentials whose hash is
	// not among them are a person's new ones, and go before what is stored.
	Configured []string `json:"configured,omitempty"`
}

// String returns what a log may hold of the token.
func (t StoredToken) String() string {
	shown := func(s string) string {
		if s == "" {
			return "none"
		}
		return removed
	}
	return fmt.Sprintf("token{refresh: %s, access: %s, expires: %s, geolocation: %q, lease: %q}",
		shown(t.RefreshToken), shown(t.AccessToken), t.ExpiresAt.Format(time.RFC3339), t.Geolocation, t.LeaseHolder)
}

// GoString returns the same text as String.
func (t StoredToken) GoString() string { return t.String() }

// TokenStore keeps one [StoredToken] for all processes that use an account. Implementations are safe for concurrent use.
type TokenStore interface {
	// Load returns the token and its version. Version "" means that none is stored.
	Load(ctx context.Context) (t StoredToken, version string, err error)
	// Save replaces the token of version ifVersion, and returns the new version; "" means that none must be stored yet. It
	// fails with ErrTokenConflict where another version is stored. What it has saved outlives the process.
	Save(ctx context.Context, t StoredToken, ifVersion string) (version string, err error)
}

// ErrTokenConflict is the error of a Save that another process was faster than.
var ErrTokenConflict = errors.New("the token store was written by another process meanwhile")

// MemoryTokenStore returns an empty store in this process. What it holds is lost with the process.
func MemoryTokenStore() TokenStore { return new(memoryTokenStore) }

type memoryTokenStore struct {
	mu      sync.Mutex
	token   StoredToken
	version int
}

func (s *memoryTokenStore) Load(context.Context) (StoredToken, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token, s.versionName(), nil
}

func (s *memoryTokenStore) Save(_ context.Context, t StoredToken, ifVersion string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ifVersion != s.versionName() {
		return "", ErrTokenConflict
	}
	s.token = t
	s.version++
	return s.versionName(), nil
}

func (s *memoryTokenStore) versionName() string {
	if s.version == 0 {
		return ""
	}
	return strconv.Itoa(s.version)
}
