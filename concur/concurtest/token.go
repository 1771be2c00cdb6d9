package concurtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tieout/concur/concurtest/internal/hash"
)

// Codes of the token endpoint's errors.
const (
	codeMoved          = 16  // the user lives at geolocation
	codeInvalidClient  = 61  // unknown client or wrong secret
	codeWrongPassword  = 14  // wrong user name, password or authtoken
	codeBadGrant       = 108 // bad or expired refresh token: a person must act
	codeMaintenance    = 134
	codeUnknownGrant   = 62
	codeMissingContent = 119
)

// tokens holds the tokens that were issued and have not ended.
type tokens struct {
	issued  int
	access  map[string]time.Time // until when
	refresh map[string]bool
	keep    bool
}

func newTokens(world World) tokens {
	return tokens{access: map[string]time.Time{}, refresh: map[string]bool{world.Auth.RefreshToken: true}, keep: world.Auth.KeepRefreshToken}
}

// apply adds a token that was issued, now or before a restart.
func (t *tokens) apply(issued token) {
	if issued.Revoked {
		clear(t.access)
	}
	if issued.DeadRefresh {
		clear(t.refresh)
	}
	if issued.Access != "" {
		t.issued++
		t.access[issued.Access] = issued.Expires
	}
	if issued.Refresh != "" {
		delete(t.refresh, issued.Used)
		t.refresh[issued.Refresh] = true
	}
}

// RevokeTokens ends all access tokens, so that requests that carry one are answered 403. Refresh tokens still work. It panics
// where the state directory cannot be written.
func (s *Server) RevokeTokens() { s.revoke(token{Revoked: true}) }

// ExpireRefreshTokens ends all refresh tokens, so that using one is answered with code 108. It panics where the state
// directory cannot be written.
func (s *Server) ExpireRefreshTokens() { s.revoke(token{DeadRefresh: true}) }

func (s *Server) revoke(t token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.journal.write(entry{Token: &t}, true); err != nil {
		panic(fmt.Sprintf("concurtest: keeping that tokens were revoked: %v", err))
	}
	s.tokens.apply(t)
}

// authorized reports whether a request has an Authorization header, and whether it is right.
func (s *Server) authorized(r *http.Request) (given, right bool) {
	scheme, value, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	value = strings.TrimSpace(value)
	given = ok && value != ""
	switch {
	case !given:
	case strings.EqualFold(scheme, "OAuth"):
		right = value == s.world.Auth.LegacyToken
	case strings.EqualFold(scheme, "Bearer"):
		s.mu.Lock()
		defer s.mu.Unlock()
		until, known := s.tokens.access[value]
		right = known && s.clock().Before(until)
	}
	return given, right
}

// token answers POST /oauth2/v0/token.
func (x *exchange) token() {
	form, err := x.form()
	if err != nil {
		x.tokenError(codeMissingContent, "")
		return
	}
	auth := x.world.Auth
	if form.Get("client_id") != auth.ClientID || form.Get("client_secret") != auth.ClientSecret {
		x.tokenError(codeInvalidClient, "")
		return
	}
	if auth.Moved {
		x.tokenError(codeMoved, auth.Geolocation)
		return
	}
	switch grant := form.Get("grant_type"); grant {
	case "refresh_token":
		x.mu.Lock()
		known := x.tokens.refresh[form.Get("refresh_token")]
		x.mu.Unlock()
		if !known {
			x.tokenError(codeBadGrant, "")
			return
		}
		x.issue(form.Get("refresh_token"))
	case "password":
		secret := auth.Password
		if form.Get("credtype") == "authtoken" {
			secret = auth.AuthToken
		}
		if form.Get("username") != auth.Username || form.Get("password") != secret {
			x.tokenError(codeWrongPassword, "")
			return
		}
		x.issue("")
	case "client_credentials":
		x.issue("")
	default:
		x.tokenError(codeUnknownGrant, "")
	}
}

func (x *exchange) form() (url.Values, error) {
	if !strings.HasPrefix(x.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil, fmt.Errorf("not a form")
	}
	err := x.r.ParseForm()
	return x.r.PostForm, err
}

// issue answers with new tokens. A refresh token that was used is checked again under the lock, so that of two requests with
// the same one only one wins.
func (x *exchange) issue(used string) {
	x.mu.Lock()
	number := x.tokens.issued + 1
	name := func(kind string) string {
		return fmt.Sprintf("%s-%s-%d-%016x", secretCanary, kind, number, hash.Text(x.world.Seed, kind, strconv.Itoa(number)))
	}
	issued := token{Access: name("access"), Expires: x.clock().Add(x.world.Auth.AccessTokenLifetime).UTC()}
	refresh := used
	if used != "" && !x.tokens.refresh[used] {
		x.mu.Unlock()
		x.tokenError(codeBadGrant, "")
		return
	}
	if used == "" || !x.tokens.keep {
		refresh = name("refresh")
		issued.Refresh, issued.Used = refresh, used
	}
	err := x.journal.write(entry{Token: &issued}, true)
	if err == nil {
		x.tokens.apply(issued)
	}
	x.mu.Unlock()
	if err != nil {
		x.fail(http.StatusInternalServerError, "The token could not be kept: "+err.Error())
		return
	}
	x.observe(Acted)
	seconds := int64(x.world.Auth.AccessTokenLifetime / time.Second)
	var expiresIn any = seconds
	if x.odd(2, "expires_in", strconv.Itoa(number)) {
		expiresIn = strconv.FormatInt(seconds, 10)
	}
	x.json(http.StatusOK, map[string]any{
		"access_token": issued.Access, "refresh_token": refresh, "expires_in": expiresIn, "token_type": "Bearer",
		"scope": "EXTRACT LIST spend.list.read spend.listitem.read", "geolocation": x.geolocation(), "id_token": "",
		"refresh_expires_in": x.clock().Add(180 * 24 * time.Hour).Unix(),
	})
}

func (x *exchange) geolocation() string { return cmp.Or(x.world.Auth.Geolocation, x.address()) }

func (x *exchange) tokenError(code int, geolocation string) {
	texts := map[int][2]string{
		codeMoved:         {"invalid_request", "user lives in another geolocation"},
		codeInvalidClient: {"invalid_client", "client was not found or its secret is wrong"},
		codeWrongPassword: {"invalid_grant", "incorrect credentials"},
		codeBadGrant:      {"invalid_grant", "bad or expired refresh token"},
		codeMaintenance:   {"server_error", "the service is under maintenance"},
		codeUnknownGrant:  {"unsupported_grant_type", "the grant type is not supported"},
	}
	text := cmp.Or(texts[code], [2]string{"invalid_request", "the request is not valid"})
	body := map[string]any{"code": code, "error": text[0], "error_description": text[1]}
	if geolocation != "" {
		body["geolocation"] = geolocation
	}
	x.json(cmp.Or(x.fault.Status, http.StatusBadRequest), body)
}

func (x *exchange) json(status int, document any) {
	text, err := json.Marshal(document)
	if err != nil {
		panic(fmt.Sprintf("concurtest: %v", err))
	}
	x.text(status, "application/json", string(text))
}
