package config

// Values of a connection's settings that are one of a few words.
const (
	ListsV1 = "v1"
	ListsV4 = "v4"

	StoreS3   = "s3"
	StoreFile = "file"

	GrantRefreshToken      = "refresh_token"
	GrantPassword          = "password"
	GrantClientCredentials = "client_credentials"
	// GrantNone is a connection with an access_token: the legacy token is sent as it is.
	GrantNone = "none"
)

// Connection is one account at Concur.
type Connection struct {
	Name string `yaml:"-"`
	// BaseURL is scheme and host, without a path and without a final slash.
	BaseURL      string `yaml:"base_url"`
	ClientID     string `yaml:"client_id"`
	ClientSecret Secret `yaml:"client_secret"`
	// RefreshToken is the first one; later ones live in the token store.
	RefreshToken Secret `yaml:"refresh_token"`
	// AccessToken is the legacy OAuth token of the v1 pages.
	AccessToken Secret `yaml:"access_token"`
	Username    string `yaml:"username"`
	// Password and AuthToken are the two credentials that the password grant takes; one of them is set.
	Password   Secret     `yaml:"password"`
	AuthToken  Secret     `yaml:"auth_token"`
	TokenStore TokenStore `yaml:"token_store"`
	// AllowedHosts are hosts besides Concur's own that a token answer may move the connection to.
	AllowedHosts      []string `yaml:"allowed_hosts"`
	ListsAPI          string   `yaml:"lists_api"`
	RequestsPerSecond float64  `yaml:"requests_per_second"`
}

// TokenStore is where rotated refresh tokens are kept. In YAML "s3" or "file:PATH".
type TokenStore struct {
	Kind string // s3 or file
	Path string // of a file; a relative one starts at the configuration's directory and is resolved here
}

// String is the YAML form.
func (t TokenStore) String() string {
	if t.Kind == StoreFile {
		return StoreFile + ":" + t.Path
	}
	return t.Kind
}

// GrantType says which credentials the connection carries: refresh_token, password, client_credentials, or none.
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

// CredType is the credtype of a password grant: "authtoken" or "password"; "" for other grants.
func (c Connection) CredType() string {
	switch {
	case c.GrantType() != GrantPassword:
		return ""
	case c.AuthToken != "":
		return "authtoken"
	}
	return "password"
}
