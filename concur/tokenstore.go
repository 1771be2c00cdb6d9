package concur

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// StoredToken is what the processes of one connection share.
type StoredToken struct {
	RefreshToken string    `json:"refreshToken,omitempty"`
	AccessToken  string    `json:"accessToken,omitempty"`
	ExpiresAt    time.Time `json:"expiresAt,omitzero"`
	// RefreshedAt is when RefreshToken was first received here. It lives for six months from its issue.
	RefreshedAt time.Time `json:"refreshedAt,omitzero"`
	// Geolocation is the base that code 16 moved the account to, "" for the configured one.
	Geolocation string `json:"geolocation,omitempty"`
	// Suggested is the geolocation of the last successful answer. It moves nothing.
	Suggested string `json:"suggested,omitempty"`
	// LeaseHolder may refresh until LeaseUntil; others wait for it.
	LeaseHolder string    `json:"leaseHolder,omitempty"`
	LeaseUntil  time.Time `json:"leaseUntil,omitzero"`
	// Configured are hashes of the configured credentials that have been used, oldest first. A hash that is not among
	// them is a person's new refresh token, and goes before what is stored.
	Configured []string `json:"configured,omitempty"`
}

// String shows no token.
func (t StoredToken) String() string {
	shown := func(s string) string {
		if s == "" {
			return "none"
		}
		return "[removed]"
	}
	return fmt.Sprintf("token{refresh: %s, access: %s, expires: %s, geolocation: %q, lease: %q}",
		shown(t.RefreshToken), shown(t.AccessToken), t.ExpiresAt.Format(time.RFC3339), t.Geolocation, t.LeaseHolder)
}

// GoString shows no token.
func (t StoredToken) GoString() string { return t.String() }

// TokenStore keeps one StoredToken for all processes that use a connection. Save is a compare-and-swap.
type TokenStore interface {
	// Load gives the token and its version; version "" means that none is stored.
	Load(ctx context.Context) (StoredToken, string, error)
	// Save replaces the version given ("" = only if none is stored), or fails with ErrTokenConflict if another
	// version is stored. It returns the new version.
	Save(ctx context.Context, t StoredToken, ifVersion string) (version string, err error)
}

// ErrTokenConflict is returned by Save when another process wrote first.
var ErrTokenConflict = errors.New("the token store was written by another process meanwhile")

// MemoryTokenStore shares a token inside one process. What it holds is lost with the process.
type MemoryTokenStore struct {
	mu      sync.Mutex
	token   StoredToken
	version int
}

// NewMemoryTokenStore returns an empty store.
func NewMemoryTokenStore() *MemoryTokenStore { return &MemoryTokenStore{} }

// Load implements TokenStore.
func (s *MemoryTokenStore) Load(context.Context) (StoredToken, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token, s.versionName(), nil
}

// Save implements TokenStore.
func (s *MemoryTokenStore) Save(_ context.Context, t StoredToken, ifVersion string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ifVersion != s.versionName() {
		return "", ErrTokenConflict
	}
	s.token = t
	s.version++
	return s.versionName(), nil
}

func (s *MemoryTokenStore) versionName() string {
	if s.version == 0 {
		return ""
	}
	return strconv.Itoa(s.version)
}
