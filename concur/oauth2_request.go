package concur

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	tokenPath    = "/oauth2/v0/token"
	maxTokenBody = 256 << 10
	// maxMoves bounds how often one exchange follows code 16.
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
}

// lifetime returns how long the access token lives: one hour, as documented, where the answer does not say.
func (a tokenAnswer) lifetime() time.Duration {
	seconds, err := strconv.ParseFloat(strings.Trim(string(a.ExpiresIn), `" `), 64)
	if err != nil || !(seconds > 0) || seconds > 366*24*3600 {
		return time.Hour
	}
	return time.Duration(seconds * float64(time.Second))
}

func (a tokenAnswer) code() string { return strings.Trim(string(a.Code), `" `) }

// ask requests a token for the credentials in t, and moves to the geolocation on code 16. It returns the base that the
// account lives at, "" for the configured one.
func (o *OAuth2) ask(ctx context.Context, t StoredToken) (tokenAnswer, string, error) {
	base, moved := o.endpoint.configured, ""
	if to, err := o.endpoint.move(t.Geolocation); err == nil {
		base, moved = to, t.Geolocation
	}
	for moves := 0; ; moves++ {
		form := o.config.Grant.form(t.RefreshToken)
		form.Set("client_id", o.config.ClientID)
		form.Set("client_secret", o.config.ClientSecret)
		got, status, err := o.post(ctx, base, form)
		if err == nil || got.code() != codeMoved || moves == maxMoves {
			return got, moved, err
		}
		to, err := o.endpoint.move(got.Geolocation)
		if err != nil {
			return got, moved, &Error{Operation: OpToken, Status: status, Kind: KindCredentials, Message: err.Error(), Err: err}
		}
		base, moved = to, to.String()
	}
}

// post sends one token request, never twice, and reads the answer.
func (o *OAuth2) post(ctx context.Context, base *url.URL, form url.Values) (tokenAnswer, int, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, o.times.request, errTimeout)
	defer cancel()
	to := *base
	to.Path = tokenPath
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), nil)
	if err != nil {
		return tokenAnswer{}, 0, badArgument(OpToken, err)
	}
	setBody(req, []byte(form.Encode()))
	req.Close = true
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", userAgent)
	resp, err := o.endpoint.single.RoundTrip(req)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return tokenAnswer{}, 0, transportError(OpToken, err)
	}
	defer resp.Body.Close()
	got, err := readAnswer(resp, form)
	return got, resp.StatusCode, err
}

func readAnswer(resp *http.Response, form url.Values) (tokenAnswer, error) {
	secrets := []string{form.Get("client_secret"), form.Get("refresh_token"), form.Get("password")}
	if resp.StatusCode/100 != 2 {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxTokenBody))
		var got tokenAnswer
		_ = json.Unmarshal(body, &got)
		resp.Body = io.NopCloser(strings.NewReader(string(body)))
		return got, tokenRefusal(statusError(OpToken, resp, secrets...), got)
	}
	var got tokenAnswer
	err := plainEncoding(resp.Header)
	if err == nil {
		err = readJSON(resp.Body, resp.Header, bounds{bytes: maxTokenBody, elements: 1000, depth: 8}, &got)
	}
	if err == nil && (got.AccessToken == "" || clean(got.AccessToken) != got.AccessToken || strings.Contains(got.AccessToken, " ")) {
		err = errors.New("it holds no access token")
	}
	if err != nil {
		return tokenAnswer{}, badBody(OpToken, resp, err)
	}
	return got, nil
}

// namesCredentials reports whether a refusal is Concur's own word on the credentials: a code, or an error of RFC 6749.
// Gateways answer JSON too, with a code that only repeats the status and an error such as "Not Found".
func (a tokenAnswer) namesCredentials(status int) bool {
	switch a.Error {
	case "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope":
		return true
	}
	code, err := strconv.Atoi(a.code())
	return err == nil && code != status
}

// tokenRefusal gives a refusal the kind and the message that its code stands for.
func tokenRefusal(e *Error, got tokenAnswer) *Error {
	switch code := got.code(); {
	case code == codeReauthorize:
		e.Kind = KindReauthorize
		e.reword("the refresh token is expired or no longer valid (code 108)")
	case code == codeMaintenance || got.Error == "server_error" || got.Error == "temporarily_unavailable" || e.Kind == KindUnavailable:
		e.Kind = KindUnavailable
		e.reword("Concur's token endpoint is not available: try again in some minutes")
	case e.Kind == KindThrottled || e.Kind == KindTransport || e.Kind == KindRedirect:
	case got.namesCredentials(e.Status):
		e.Kind = KindCredentials
		if code != "" {
			code = " (code " + masked(code, 16) + ")"
		}
		e.reword("Concur refused the credentials" + code)
	default:
		e.Kind = KindAuth
		e.reword("no token was given, and not because of the credentials as far as the answer says: try again")
	}
	return e
}

// reword replaces our words in a message and keeps Concur's.
func (e *Error) reword(message string) {
	if _, said, found := strings.Cut(e.Message, saidBy); found {
		message += saidBy + said
	}
	e.Message = message
}
