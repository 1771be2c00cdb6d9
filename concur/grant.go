package concur

import (
	"errors"
	"fmt"
	"net/url"
)

// grantType is the grant_type of a token request.
type grantType string

const (
	grantRefreshToken      grantType = "refresh_token"
	grantPassword          grantType = "password"
	grantClientCredentials grantType = "client_credentials"
)

// Grant stands for an account when the token endpoint is asked for its first token. [RefreshToken], [Password], [AuthToken]
// and [ClientCredentials] return one.
type Grant struct {
	grantType                        grantType
	refreshToken, username, password string
	credType                         string // of a password
}

// RefreshToken returns the grant of a refresh token. It lives for six months and may be spent by its first use, after
// which the newest one is in the [TokenStore]. A token that a person configures anew goes before what is stored.
func RefreshToken(token string) Grant {
	return Grant{grantType: grantRefreshToken, refreshToken: token}
}

// Password returns the grant of a user with a password. It is used until it has brought a refresh token, and again where
// that one is refused.
func Password(username, password string) Grant {
	return Grant{grantType: grantPassword, username: username, password: password, credType: "password"}
}

// AuthToken returns the grant of a company with the request token that Concur shows to its administrator. It is used as
// that of [Password] is.
func AuthToken(company, token string) Grant {
	return Grant{grantType: grantPassword, username: company, password: token, credType: "authtoken"}
}

// ClientCredentials returns the grant of an application for itself.
func ClientCredentials() Grant { return Grant{grantType: grantClientCredentials} }

// String returns the type of the grant and no secret.
func (g Grant) String() string {
	return fmt.Sprintf("concur.Grant{%s, secrets: [removed]}", g.grantType)
}

// GoString returns the same text as String.
func (g Grant) GoString() string { return g.String() }

func (g Grant) check() error {
	switch {
	case g.grantType == "":
		return errors.New("OAuth2 needs a grant, such as RefreshToken")
	case g.grantType == grantRefreshToken && g.refreshToken == "":
		return errors.New("the grant needs a refresh token")
	case g.grantType == grantPassword && (g.username == "" || g.password == ""):
		return errors.New("the grant needs a user name and a password or token")
	}
	return nil
}

// form returns the part of a token request that the grant decides: the refresh token where there is one, else the grant
// itself.
func (g Grant) form(refreshToken string) url.Values {
	switch {
	case refreshToken != "":
		return url.Values{"grant_type": {string(grantRefreshToken)}, "refresh_token": {refreshToken}}
	case g.grantType == grantPassword:
		return url.Values{"grant_type": {string(grantPassword)}, "username": {g.username}, "password": {g.password}, "credtype": {g.credType}}
	}
	return url.Values{"grant_type": {string(grantClientCredentials)}}
}
