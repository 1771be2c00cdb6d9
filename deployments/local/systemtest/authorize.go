package systemtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tieout/concur/concurtest"
)

// spent tells whether Concur's log proves that a refresh token of one use was spent for an answer that nobody kept: a
// token was given, no request was authorized by it, and the one that it replaced was refused after that. The times are
// those between which the answer was lost.
func (n *Night) spent() (given, refused time.Time, ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.given) == 0 {
		return given, refused, false
	}
	last := n.given[len(n.given)-1]
	for _, request := range n.Concur.Requests() {
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

// authorizeAgain is what a person does about code 108: it gets a new refresh token from Concur and puts it into
// tieout.yaml. Workers that are hired from now on have it.
func (n *Night) authorizeAgain(ctx context.Context) error {
	auth := n.Concur.Auth()
	form := url.Values{"grant_type": {"password"}, "client_id": {auth.ClientID}, "client_secret": {auth.ClientSecret},
		"username": {auth.Username}, "password": {auth.Password}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, n.Concur.URL+"/oauth2/v0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("authorizing again: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
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
	n.mu.Lock()
	n.given = nil // that one was the person's
	n.mu.Unlock()
	return n.shift.settle(n, map[string]any{"refresh_token": token.RefreshToken})
}
