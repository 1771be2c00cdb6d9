package concur

import (
	"context"
	"errors"
	"slices"
	"time"
)

// maxConfigured bounds the earlier credentials that are remembered.
const maxConfigured = 50

// refresh returns a valid token: one that another process has stored meanwhile, or a new one that was asked for under the
// lease.
func (o *OAuth2) refresh(ctx context.Context) (StoredToken, error) {
	if t := o.takeUnsaved(); t != nil {
		return o.keep(ctx, *t, "")
	}
	for {
		stored, version, err := o.load(ctx)
		if err != nil {
			return StoredToken{}, err
		}
		if o.usable(stored) {
			return stored, nil
		}
		now := o.now()
		if stored.LeaseHolder != "" && stored.LeaseHolder != o.holder && now.Before(stored.LeaseUntil) {
			if err := pause(ctx, min(o.times.look, stored.LeaseUntil.Sub(now))); err != nil {
				return StoredToken{}, storeError("another process is refreshing the token and does not end", err)
			}
			continue
		}
		leased := stored
		leased.LeaseHolder, leased.LeaseUntil = o.holder, now.Add(o.times.lease)
		version, err = o.config.Store.Save(ctx, leased, version)
		if errors.Is(err, ErrTokenConflict) {
			if err := pause(ctx, time.Millisecond); err != nil {
				return StoredToken{}, storeError("the token store is written all the time", err)
			}
			continue
		}
		if err != nil {
			return StoredToken{}, storeError("the token store cannot be written, so no token was asked for", err)
		}
		return o.exchange(ctx, leased, version)
	}
}

// usable reports whether a stored access token is for the credentials configured here, not expired, and not the one that
// was refused.
func (o *OAuth2) usable(t StoredToken) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return t.AccessToken != "" && t.AccessToken != o.refused && o.now().Before(t.ExpiresAt) &&
		slices.Contains(t.Configured, o.config.fingerprint())
}

// exchange asks for a token under the lease and keeps the answer, or gives the lease back.
func (o *OAuth2) exchange(ctx context.Context, leased StoredToken, version string) (StoredToken, error) {
	bounded, cancel := context.WithTimeout(ctx, o.times.exchange)
	defer cancel()
	fresh := o.credentials(leased)
	got, moved, err := o.ask(bounded, fresh)
	if isKind(err, KindReauthorize) && o.config.Grant.grantType == grantPassword && fresh.RefreshToken != "" {
		fresh.RefreshToken = ""
		got, moved, err = o.ask(bounded, fresh)
	}
	fresh.Geolocation = moved
	if err != nil {
		released := leased
		released.Geolocation = moved
		return o.failed(ctx, released, version, err)
	}
	return o.keep(ctx, o.answered(fresh, got), version)
}

// credentials returns the stored token, unless a person has configured new credentials since: then those go first, and what
// was stored for the old ones is of no use. Credentials that have been used are older than the tokens they led to.
func (o *OAuth2) credentials(stored StoredToken) StoredToken {
	hash := o.config.fingerprint()
	t := stored
	unused := !slices.Contains(stored.Configured, hash)
	if unused {
		t.Configured = append(slices.Clone(stored.Configured), hash)
		t.Configured = t.Configured[max(0, len(t.Configured)-maxConfigured):]
	}
	if unused || t.RefreshToken == "" {
		t.RefreshToken, t.RefreshedAt = o.config.Grant.refreshToken, o.now()
	}
	if o.config.Grant.grantType == grantClientCredentials {
		t.RefreshToken, t.RefreshedAt = "", time.Time{}
	}
	return t
}

// answered returns what is stored of an answer. The access token is given up a little before it expires.
func (o *OAuth2) answered(t StoredToken, got tokenAnswer) StoredToken {
	now := o.now()
	lives := got.lifetime()
	t.AccessToken = got.AccessToken
	t.ExpiresAt = now.Add(lives - min(lives/10, time.Minute))
	t.Suggested = ""
	if to, err := o.endpoint.move(got.Geolocation); err == nil {
		t.Suggested = to.String()
	}
	if got.RefreshToken != "" && got.RefreshToken != t.RefreshToken && o.config.Grant.grantType != grantClientCredentials {
		t.RefreshToken, t.RefreshedAt = got.RefreshToken, now
	}
	t.LeaseHolder, t.LeaseUntil = "", time.Time{}
	return t
}

// keep stores an answer before it is used, and tries hard: a refresh token that Concur gave out and nobody stored is lost
// with this process. version is the lease's, or "" for an answer of an earlier attempt.
func (o *OAuth2) keep(ctx context.Context, t StoredToken, version string) (StoredToken, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.times.save)
	defer cancel()
	var err error
	for attempt := 0; attempt < 5; attempt++ {
		if attempt > 0 && pause(ctx, min(o.times.look<<attempt, 2*time.Second)) != nil {
			break
		}
		if version != "" {
			if _, err = o.config.Store.Save(ctx, t, version); err == nil {
				return t, nil
			}
		}
		// The write may have been made without an answer, or the lease been taken over: see what is stored.
		stored, current, loadErr := o.config.Store.Load(ctx)
		if loadErr != nil {
			err = loadErr
			continue
		}
		if stored.AccessToken == t.AccessToken {
			return t, nil
		}
		if stored.ExpiresAt.After(t.ExpiresAt) && stored.RefreshToken != t.RefreshToken && slices.Contains(stored.Configured, o.config.fingerprint()) {
			return stored, nil
		}
		if current == "" {
			_, err = o.config.Store.Save(ctx, t, "")
			if err == nil {
				return t, nil
			}
		}
		version = current
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unsaved = &t
	return StoredToken{}, storeError("Concur gave a new token and it could not be stored; it is kept in this process and stored at the next call. "+
		"Mend the token store before stopping the process, else a new refresh token may be needed", err)
}

func (o *OAuth2) takeUnsaved() *StoredToken {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.unsaved
	o.unsaved = nil
	return t
}

// failed gives the lease back. Before a person is called, it checks whether another process has a newer token after all.
func (o *OAuth2) failed(ctx context.Context, leased StoredToken, version string, failure error) (StoredToken, error) {
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), o.times.save)
	defer cancel()
	leased.LeaseHolder, leased.LeaseUntil = "", time.Time{}
	_, err := o.config.Store.Save(saving, leased, version)
	if errors.Is(err, ErrTokenConflict) && isKind(failure, KindReauthorize, KindCredentials) && ctx.Err() == nil {
		return o.refresh(ctx)
	}
	return StoredToken{}, failure
}
