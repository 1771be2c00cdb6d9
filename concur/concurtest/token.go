package concurtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"tieout/concur/concurtest/internal/hash"
	"time"
)

// Codes of the token endpoint's errors.
const (
	CodeElsewhere      = 16  // the user lives at geolocation
	CodeInvalidClient  = 61  // unknown client or wrong secret
	CodeWrongPassword  = 14  // wrong user name, password or authtoken
	CodeBadGrant       = 108 // bad or expired refresh token: a person must act
	CodeMaintenance    = 134
	codeUnknownGrant   = 62
	codeMissingContent = 119
)

// tokens are those that were issued.
type tokens struct {
	issued  int
	access  map[string]time.Time // until when
	refresh map[string]bool
	keep    bool
}

func newTokens(world World) tokens {
	return tokens{access: map[string]time.Time{}, refresh: map[string]bool{world.Auth.RefreshToken: true}, keep: world.Auth.KeepRefreshToken}
}

// apply takes in a token that was issued, now or before a restart.
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

// RevokeTokens ends all access tokens: requests that carry one are answered 403. Refresh tokens still work.
func (s *Server) RevokeTokens() { s.revoke(token{Revoked: true}) }

// ExpireRefreshTokens ends all refresh tokens: using one is answered with code 108.
func (s *Server) ExpireRefreshTokens() { s.revoke(token{DeadRefresh: true}) }

func (s *Server) revoke(t token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.journal.write(entry{Token: &t}, true); err != nil {
		panic(fmt.Sprintf("concurtest: keeping that tokens were revoked: %v", err))
	}
	s.tokens.apply(t)
}

// authorized looks at the Authorization header: whether there is one, and whether it is right.
func (s *Server) authorized(r *http.Request) (given, right bool) {
	auth := s.world.Auth
	scheme, value, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	value = strings.TrimSpace(value)
	given = ok && value != ""
	switch {
	case auth.Open:
		right = true
	case !given:
	case strings.EqualFold(scheme, "OAuth"):
		right = value == auth.LegacyToken
	case strings.EqualFold(scheme, "Bearer"):
		s.mu.Lock()
		defer s.mu.Unlock()
		until, known := s.tokens.access[value]
		right = known && s.clock().Before(until)
	}
	return given, right
}

// token is POST /oauth2/v0/token.
func (x *exchange) token() {
	form, err := x.form()
	if err != nil {
		x.tokenError(codeMissingContent, "")
		return
	}
	auth := x.world.Auth
	if form.Get("client_id") != auth.ClientID || form.Get("client_secret") != auth.ClientSecret {
		x.tokenError(CodeInvalidClient, "")
		return
	}
	if auth.Elsewhere {
		x.tokenError(CodeElsewhere, auth.Geolocation)
		return
	}
	switch grant := form.Get("grant_type"); grant {
	case "refresh_token":
		x.mu.Lock()
		known := x.tokens.refresh[form.Get("refresh_token")]
		x.mu.Unlock()
		if !known {
			x.tokenError(CodeBadGrant, "")
			return
		}
		x.issue(form.Get("refresh_token"))
	case "password":
		secret := auth.Password
		if form.Get("credtype") == "authtoken" {
			secret = auth.AuthToken
		}
		if form.Get("username") != auth.Username || form.Get("password") != secret {
			x.tokenError(CodeWrongPassword, "")
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

// issue answers with new tokens. The refresh token that was used up, if any, is checked again under the lock, so that
// of two requests with the same one only one wins.
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
		x.tokenError(CodeBadGrant, "")
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

func (x *exchange) geolocation() string {
	if x.world.Auth.Geolocation != "" {
		return x.world.Auth.Geolocation
	}
	if base := x.base(); base != "" {
		return base
	}
	return "http://" + x.r.Host
}

func (x *exchange) tokenError(code int, geolocation string) {
	errors := map[int][2]string{
		CodeElsewhere:     {"invalid_request", "user lives elsewhere"},
		CodeInvalidClient: {"invalid_client", "client was not found or its secret is wrong"},
		CodeWrongPassword: {"invalid_grant", "incorrect credentials"},
		CodeBadGrant:      {"invalid_grant", "bad or expired refresh token"},
		CodeMaintenance:   {"server_error", "the service is under maintenance"},
		codeUnknownGrant:  {"unsupported_grant_type", "the grant type is not supported"},
	}
	text, ok := errors[code]
	if !ok {
		text = [2]string{"invalid_request", "the request is not valid"}
	}
	body := map[string]any{"code": code, "error": text[0], "error_description": text[1]}
	if geolocation != "" {
		body["geolocation"] = geolocation
	}
	status := http.StatusBadRequest
	if x.fault.Status != 0 {
		status = x.fault.Status
	}
	x.json(status, body)
}

func (x *exchange) json(status int, document any) {
	text, err := json.Marshal(document)
	if err != nil {
		panic(fmt.Sprintf("concurtest: %v", err))
	}
	x.text(status, "application/json", string(text))
}
