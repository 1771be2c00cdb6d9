package concurtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func appendTo(t *testing.T, dir, text string) {
	f, err := os.OpenFile(filepath.Join(dir, journalName), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

// post asks the token endpoint, with the right client.
func (c *client) post(form url.Values) (*http.Response, map[string]any) {
	c.t.Helper()
	for name, value := range map[string]string{"client_id": c.s.Auth().ClientID, "client_secret": c.s.Auth().ClientSecret} {
		if !form.Has(name) {
			form.Set(name, value)
		}
	}
	resp, text := c.do("POST", tokenPath, strings.NewReader(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	var answer map[string]any
	require.NoError(c.t, json.Unmarshal([]byte(text), &answer), text)
	return resp, answer
}

// signIn gets a bearer token and uses it from now on.
func (c *client) signIn(grant string, more ...string) string {
	c.t.Helper()
	form := url.Values{"grant_type": {grant}}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	resp, answer := c.post(form)
	require.Equal(c.t, 200, resp.StatusCode, answer)
	c.token = "Bearer " + answer["access_token"].(string)
	return c.token
}

func TestGrants(t *testing.T) {
	s, c := newTestServer(t, oneDefinition(Definition{}))
	auth := s.Auth()
	c.signIn("client_credentials")
	c.signIn("password", "username", auth.Username, "password", auth.Password)
	c.signIn("password", "username", auth.Username, "password", auth.AuthToken, "credtype", "authtoken")
	c.signIn("refresh_token", "refresh_token", auth.RefreshToken)
	status, _ := c.get(extractPath + "/")
	require.Equal(t, 200, status)

	for name, bad := range map[string]url.Values{
		"wrong client":   {"grant_type": {"client_credentials"}, "client_secret": {"x"}},
		"wrong password": {"grant_type": {"password"}, "username": {auth.Username}, "password": {"x"}},
		"unknown grant":  {"grant_type": {"implicit"}},
	} {
		resp, answer := c.post(bad)
		require.Equal(t, 400, resp.StatusCode, name)
		require.NotZero(t, answer["code"], name)
		require.NotEmpty(t, answer["error_description"], name)
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	s, c := newTestServer(t, World{Seed: 1})
	refresh := s.Auth().RefreshToken
	sawText, sawNumber := false, false
	for range 8 {
		resp, answer := c.post(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, s.URL, answer["geolocation"])
		next := answer["refresh_token"].(string)
		require.NotEqual(t, refresh, next)
		resp, answer2 := c.post(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
		require.Equal(t, 400, resp.StatusCode)
		require.EqualValues(t, codeBadGrant, answer2["code"])
		refresh = next
		switch answer["expires_in"].(type) {
		case string:
			sawText = true
		default:
			sawNumber = true
		}
	}
	require.True(t, sawText && sawNumber)
	s.ExpireRefreshTokens()
	resp, _ := c.post(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}})
	require.Equal(t, 400, resp.StatusCode)
}

func TestRefreshTokenKept(t *testing.T) {
	s, c := newTestServer(t, World{Auth: Auth{KeepRefreshToken: true}})
	for range 3 {
		_, answer := c.post(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.Auth().RefreshToken}})
		require.Equal(t, s.Auth().RefreshToken, answer["refresh_token"])
	}
}

func TestTokensEnd(t *testing.T) {
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	s, c := newTestServer(t, World{}, WithClock(func() time.Time { return now }))
	status := func() int { code, _ := c.get(extractPath + "/"); return code }
	c.signIn("client_credentials")
	require.Equal(t, 200, status())
	now = now.Add(time.Hour)
	require.Equal(t, 403, status())
	c.signIn("client_credentials")
	require.Equal(t, 200, status())
	s.RevokeTokens()
	require.Equal(t, 403, status())
}

func TestMoved(t *testing.T) {
	_, c := newTestServer(t, World{Auth: Auth{Moved: true, Geolocation: "https://eu2.api.concursolutions.com"}})
	resp, answer := c.post(url.Values{"grant_type": {"client_credentials"}})
	require.Equal(t, 400, resp.StatusCode)
	require.EqualValues(t, 16, answer["code"])
	require.Equal(t, "https://eu2.api.concursolutions.com", answer["geolocation"])
}
