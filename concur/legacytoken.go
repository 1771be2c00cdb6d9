package concur

import "context"

// LegacyToken returns an [Authorizer] for the token of one year that the v1 pages describe, sent as "OAuth …". It cannot
// be refreshed. Authorization fails with an [*Error] of KindAuth where the token is empty or holds blanks at its ends or
// line breaks.
func LegacyToken(token string) Authorizer { return legacyToken{token} }

type legacyToken struct{ token string }

func (t legacyToken) Authorization(context.Context) (string, error) {
	if t.token == "" || clean(t.token) != t.token {
		return "", &Error{Operation: OpAuthorize, Kind: KindAuth, Message: "the access token is empty, or holds blanks at its ends or line breaks"}
	}
	return "OAuth " + t.token, nil
}

func (legacyToken) Invalidate(string) {}

// String and GoString keep the token out of logs.
func (legacyToken) String() string   { return "concur.LegacyToken([removed])" }
func (legacyToken) GoString() string { return "concur.LegacyToken([removed])" }
