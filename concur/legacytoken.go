package concur

import "context"

// LegacyToken authorizes by the one-year token of the v1 pages, sent as "OAuth …". It cannot be refreshed.
func LegacyToken(token string) Authorizer { return legacyToken{token} }

type legacyToken struct{ token string }

func (t legacyToken) Authorization(context.Context) (string, error) {
	if t.token == "" || clean(t.token) != t.token {
		return "", &Error{Operation: "authorize", Kind: KindAuth, Message: "access_token is empty or holds blanks at its ends or line breaks: copy it again"}
	}
	return "OAuth " + t.token, nil
}

func (legacyToken) Invalidate(string) {}

// String and GoString keep the token out of logs.
func (legacyToken) String() string   { return "concur.LegacyToken([removed])" }
func (legacyToken) GoString() string { return "concur.LegacyToken([removed])" }
