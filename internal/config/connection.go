package config

import "strings"

// Words of a connection's settings.
const (
	ListsV1 = "v1"
	ListsV4 = "v4"

	StoreS3   = "s3"
	storeFile = "file:"

	GrantRefreshToken      = "refresh_token"
	GrantPassword          = "password"
	GrantClientCredentials = "client_credentials"
	// GrantNone belongs to a connection with an access_token, which is sent as it is.
	GrantNone = "none"
)

// Connection is one account at Concur.
type Connection struct {
	Name string `yaml:"-"`
	// BaseURL is scheme and host, without a path and without a final slash.
	BaseURL      string `yaml:"base_url"`
	ClientID     string `yaml:"client_id"`
	ClientSecret Secret `yaml:"client_secret"`
	// RefreshToken is the first one. Those that follow are kept in the token store.
	RefreshToken Secret `yaml:"refresh_token"`
	// AccessToken is the legacy OAuth token of Concur's v1 pages.
	AccessToken Secret `yaml:"access_token"`
	Username    string `yaml:"username"`
	// Password and AuthToken are the two credentials that a password grant takes, and one of them is set.
	Password   Secret     `yaml:"password"`
	AuthToken  Secret     `yaml:"auth_token"`
	TokenStore TokenStore `yaml:"token_store"`
	// AllowedHosts are hosts besides Concur's own to which a token answer may move the connection.
	AllowedHosts []string `yaml:"allowed_hosts"`
	// ListsAPI is v1 or v4.
	ListsAPI          string  `yaml:"lists_api"`
	RequestsPerSecond float64 `yaml:"requests_per_second"`
}

// GrantType returns which credentials the connection carries: refresh_token, password, client_credentials or none.
func (c Connection) GrantType() string {
	switch {
	case c.AccessToken != "":
		return GrantNone
	case c.RefreshToken != "":
		return GrantRefreshToken
	case c.Username != "":
		return GrantPassword
	}
	return GrantClientCredentials
}

// CredType returns the credtype of a password grant, "authtoken" or "password", and "" for other grants.
func (c Connection) CredType() string {
	switch {
	case c.GrantType() != GrantPassword:
		return ""
	case c.AuthToken != "":
		return "authtoken"
	}
	return "password"
}

// TokenStore says where rotated refresh tokens are kept: "s3" or "file:PATH".
type TokenStore string

// ParseTokenStore reads a token store. A relative path in it starts at dir. It reports false for any other text.
func ParseTokenStore(text, dir string) (TokenStore, bool) {
	if path, isFile := strings.CutPrefix(text, storeFile); isFile && path != "" {
		return TokenStore(storeFile + resolve(dir, path)), true
	}
	return TokenStore(text), text == StoreS3
}

// File returns the path of the file, or "" for a store in the bucket.
func (t TokenStore) File() string {
	if path, isFile := strings.CutPrefix(string(t), storeFile); isFile {
		return path
	}
	return ""
}
