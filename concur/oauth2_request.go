package concur

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	tokenOperation = "get token"
	tokenPath      = "/oauth2/v0/token"
	maxTokenBody   = 256 << 10
	// maxMoves is how often one exchange follows code 16.
	maxMoves = 2
)

// Codes of the token endpoint.
const (
	codeMoved       = "16"
	codeReauthorize = "108"
	codeMaintenance = "134"
)

// tokenAnswer is an answer of the token endpoint, good or bad. Numbers come as numbers or as strings.
type tokenAnswer struct {
	AccessToken  string          `json:"access_token"`
	RefreshToken string          `json:"refresh_token"`
	ExpiresIn    json.RawMessage `json:"expires_in"`
	Geolocation  string          `json:"geolocation"`
	Code         json.RawMessage `json:"code"`
	Error        string          `json:"error"`
	Description  string          `json:"error_description"`
}

// lifetime of the access token; one hour, as documented, where the answer does not say.
func (a tokenAnswer) lifetime() time.Duration {
	seconds, err := strconv.ParseFloat(strings.Trim(string(a.ExpiresIn), `" `), 64)
	if err != nil || !(seconds > 0) || seconds > 366*24*3600 {
		return time.Hour
	}
	return time.Duration(seconds * float64(time.Second))
}

func (a tokenAnswer) code() string { return strings.Trim(string(a.Code), `" `) }

// ask requests a token for the credentials in t, moving to the geolocation on code 16. It returns the base that the
// account lives at, "" for the configured one.
func (o *OAuth2) ask(ctx context.Context, t StoredToken) (tokenAnswer, string, error) {
	base, moved := o.bases.configured, ""
	if to, err := o.bases.move(t.Geolocation); t.Geolocation != "" && err == nil {
		base, moved = to, t.Geolocation
	}
	for moves := 0; ; moves++ {
		got, status, err := o.post(ctx, base, o.form(t))
		if err == nil {
			return got, moved, nil
		}
		if got.code() != codeMoved || moves == maxMoves {
			return got, moved, err
		}
		to, moveErr := o.bases.move(got.Geolocation)
		if moveErr != nil {
			return got, moved, &Error{Operation: tokenOperation, Status: status, Kind: KindCredentials, Err: moveErr,
				Message: moveErr.Error() + ": set base_url to the account's base"}
		}
		base, moved = to, to.String()
	}
}

// form is the request for a token: by refresh token where there is one, else by the configured grant.
func (o *OAuth2) form(t StoredToken) url.Values {
	form := url.Values{"client_id": {o.config.ClientID}, "client_secret": {o.config.ClientSecret}}
	switch {
	case t.RefreshToken != "":
		form.Set("grant_type", GrantRefreshToken)
		form.Set("refresh_token", t.RefreshToken)
	case o.config.GrantType == GrantPassword:
		form.Set("grant_type", GrantPassword)
		form.Set("username", o.config.Username)
		form.Set("password", o.config.Password)
		form.Set("credtype", o.config.CredType)
	default:
		form.Set("grant_type", GrantClientCredentials)
	}
	return form
}

// post sends one token request, never twice, and reads the answer.
func (o *OAuth2) post(ctx context.Context, base *url.URL, form url.Values) (tokenAnswer, int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.config.RequestTimeout, errTimeout)
	defer cancel()
	to := *base
	to.Path = tokenPath
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), nil)
	if err != nil {
		return tokenAnswer{}, 0, badArgument(tokenOperation, err)
	}
	setBody(req, []byte(form.Encode()))
	req.Close = true
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", userAgent)
	resp, err := o.http.RoundTrip(req)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return tokenAnswer{}, 0, transportError(tokenOperation, err)
	}
	defer resp.Body.Close()
	got, err := o.readAnswer(resp, form)
	return got, resp.StatusCode, err
}

func (o *OAuth2) readAnswer(resp *http.Response, form url.Values) (tokenAnswer, error) {
	var secrets []string
	for _, name := range []string{"client_secret", "refresh_token", "password"} {
		secrets = append(secrets, form.Get(name))
	}
	if resp.StatusCode/100 != 2 {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxTokenBody))
		var got tokenAnswer
		_ = json.Unmarshal(body, &got)
		resp.Body = io.NopCloser(strings.NewReader(string(body)))
		return got, tokenRefusal(statusError(tokenOperation, resp, secrets...), got)
	}
	var got tokenAnswer
	err := plainEncoding(resp.Header)
	if err == nil {
		err = readJSON(resp.Body, resp.Header, bounds{bytes: maxTokenBody, elements: 1000, depth: 8}, &got)
	}
	if err == nil && (got.AccessToken == "" || clean(got.AccessToken) != got.AccessToken || strings.Contains(got.AccessToken, " ")) {
		err = fmt.Errorf("it holds no access_token")
	}
	if err != nil {
		return tokenAnswer{}, badBody(tokenOperation, resp, err)
	}
	return got, nil
}

// namesCredentials tells whether a refusal is Concur's own word on the credentials: a code, or an error of RFC 6749.
// Gateways answer JSON too, with a code that only repeats the status and an error such as "Not Found".
func (a tokenAnswer) namesCredentials(status int) bool {
	switch a.Error {
	case "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope":
		return true
	}
	code, err := strconv.Atoi(a.code())
	return err == nil && code != status
}

// tokenRefusal says what a person must do.
func tokenRefusal(e *Error, got tokenAnswer) *Error {
	said := ""
	if _, text, found := strings.Cut(e.Message, "; Concur says: "); found {
		said = "; Concur says: " + text
	}
	switch code := got.code(); {
	case code == codeReauthorize:
		e.Kind = KindReauthorize
		e.Message = "the refresh token is expired or no longer valid (code 108): have the company's administrator authorize the application again and set the new refresh_token" + said
	case code == codeMaintenance || got.Error == "server_error" || got.Error == "temporarily_unavailable" || e.Kind == KindUnavailable:
		e.Kind = KindUnavailable
		e.Message = "Concur's token endpoint is not available: try again in some minutes" + said
	case e.Kind == KindThrottled || e.Kind == KindTransport || e.Kind == KindRedirect:
	case got.namesCredentials(e.Status):
		e.Kind = KindCredentials
		e.Message = "Concur refused the credentials"
		if code != "" {
			e.Message += " (code " + masked(code, 16) + ")"
		}
		e.Message += ": check client_id, client_secret and the grant" + said
	default:
		e.Kind = KindAuth
		e.Message = "no token was given, and not because of the credentials as far as the answer says: try again; " +
			"if it stays so, check base_url, client_id, client_secret and the grant" + said
	}
	return e
}
