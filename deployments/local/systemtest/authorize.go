package systemtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tieout/concur/concurtest"
)

// lostToken reports whether Concur's log proves that a refresh token of one use was spent for an answer that nobody kept:
// a token was given, no request was authorized by it, and the token that it replaced was refused afterwards. The answer
// was lost between the two times.
func (p *Pipeline) lostToken() (given, refused time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.tokens) == 0 {
		return given, refused, false
	}
	last := p.tokens[len(p.tokens)-1]
	for _, request := range p.Concur.Requests() {
		switch {
		case request.Sequence <= last.Sequence:
		case request.Operation != concurtest.OpToken && request.Authorized:
			return given, refused, false
		case request.Operation == concurtest.OpToken && request.Status == http.StatusBadRequest && !ok:
			given, refused, ok = last.Time, request.Time, true
		}
	}
	return given, refused, ok
}

// authorizeAgain does what a person does about error code 108: it gets a new refresh token from Concur and puts it into
// tieout.yaml, for the workers that start from now on.
func (p *Pipeline) authorizeAgain(ctx context.Context) error {
	auth := p.Concur.Auth()
	answer, err := http.PostForm(p.Concur.URL+"/oauth2/v0/token", url.Values{"grant_type": {"password"}, "client_id": {auth.ClientID},
		"client_secret": {auth.ClientSecret}, "username": {auth.Username}, "password": {auth.Password}})
	if err != nil {
		return fmt.Errorf("authorizing again: %w", err)
	}
	defer answer.Body.Close()
	var token struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&token); err != nil || token.RefreshToken == "" {
		return fmt.Errorf("authorizing again: Concur answered %s and no refresh token: %w", answer.Status, err)
	}
	p.mu.Lock()
	p.tokens = nil // the last one went to the person
	p.mu.Unlock()
	p.scenario.writing.Lock()
	defer p.scenario.writing.Unlock()
	if p.Connection == nil {
		p.Connection = map[string]any{}
	}
	p.Connection["refresh_token"] = token.RefreshToken
	return p.scenario.writeConfig()
}
