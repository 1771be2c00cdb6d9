package config

import (
	"io/fs"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

func (v *validator) connection(path string, c *Connection) {
	c.BaseURL = v.baseURL(join(path, "base_url"), c.BaseURL)
	v.grant(path, *c)
	if at := join(path, "requests_per_second"); !(c.RequestsPerSecond > 0 && c.RequestsPerSecond <= 1000) {
		v.wrong(at, v.show(at)+" is not a rate", "write a number above 0 and up to 1000, such as 5")
	}
	if store, ok := ParseTokenStore(string(c.TokenStore), v.dir); ok {
		c.TokenStore = store
	} else {
		at := join(path, "token_store")
		v.wrong(at, v.show(at)+" is not a token store", "write s3 or file:PATH")
	}
	for i, address := range c.AllowedHosts {
		at := element(join(path, "allowed_hosts"), i)
		if !strings.Contains(address, "://") {
			address = "https://" + address
		}
		if strings.Contains(address, "*") {
			v.wrong(at, "holds a *", "name each host by itself")
		}
		v.baseURL(at, address)
	}
}

// oneTokenFileEach reports connections that share a file, because each would overwrite the newest token of the other.
func (v *validator) oneTokenFileEach() {
	first := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(v.config.Connections)) {
		file := v.config.Connections[name].TokenStore.File()
		if other, taken := first[file]; taken && file != "" {
			v.wrong(join(join("connections", name), "token_store"), "is the file of the connection "+other+" too", "give each connection its own file")
			continue
		}
		first[file] = name
	}
}

// baseURL returns the address as scheme and host. Its messages never quote it, because it may hold a user and a password.
func (v *validator) baseURL(path, value string) string {
	if value == "" {
		return "" // it was reported as missing or empty
	}
	u, err := url.Parse(strings.TrimSpace(value))
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		v.wrong(path, "is not an address", "write https:// and the host, such as https://us2.api.concursolutions.com")
		return value
	case u.User != nil:
		v.wrong(path, "holds a user or password", "write the host alone; credentials have their own keys")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		v.wrong(path, "has more than scheme and host", "remove what follows the host: tieout adds the paths")
	case u.Scheme == "http" && !private(u.Hostname()):
		v.wrong(path, "would send tokens unencrypted", "write https://; http:// is for loopback and private networks")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		v.warn(path, "sends tokens unencrypted", "use https:// unless this is a test on a private network")
	}
	return u.Scheme + "://" + u.Host
}

// grant checks that the credentials are those of one grant, and all of them.
func (v *validator) grant(path string, c Connection) {
	has := map[string]bool{}
	for key, value := range map[string]string{
		"client_id": c.ClientID, "client_secret": c.ClientSecret.Reveal(), "refresh_token": c.RefreshToken.Reveal(), "access_token": c.AccessToken.Reveal(),
		"username": c.Username, "password": c.Password.Reveal(), "auth_token": c.AuthToken.Reveal(),
	} {
		has[key] = value != ""
		if strings.ContainsFunc(value, unicode.IsControl) {
			v.wrong(join(path, key), "holds a line break or another control character", "give the value alone")
		}
	}
	beside := func(kept, remedy string, keys ...string) {
		for _, key := range keys {
			if has[key] {
				v.wrong(join(path, key), "stands beside "+kept, remedy)
			}
		}
	}
	need := func(key, remedy string) {
		if !has[key] {
			v.missing(join(path, key), remedy)
		}
	}
	if has["access_token"] {
		beside("access_token", "keep one of them: access_token is sent as it is, the others ask for tokens", "refresh_token", "username", "password", "auth_token")
		return
	}
	need("client_id", "give the id of the app registered at Concur, such as ${CONCUR_CLIENT_ID}")
	need("client_secret", "give the secret of that app, such as ${CONCUR_CLIENT_SECRET}")
	switch {
	case has["refresh_token"]:
		beside("refresh_token", "keep refresh_token, or username with password or auth_token", "username", "password", "auth_token")
	case has["password"] && has["auth_token"]:
		beside("password", "keep the one that Concur gave you", "auth_token")
	case has["password"] || has["auth_token"]:
		need("username", "give the user or company id that the password or auth_token belongs to")
	case has["username"] && !v.bad[join(path, "auth_token")]:
		need("password", "give password or auth_token for the username")
	}
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// private reports whether only a test or a private network has the host: a loopback or private address, a name without a
// dot, or one that ends in .internal or .local.
func private(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback() || ip.IsPrivate()
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".local")
}

var (
	bucketName   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	prefixLetter = regexp.MustCompile(`^[A-Za-z0-9!_.*'()=+@/-]*$`)
)

func (v *validator) storage(path string, s *Storage) {
	if at := join(path, "bucket"); s.Bucket != "" && !bucketName.MatchString(s.Bucket) {
		v.wrong(at, v.show(at)+" is not a bucket's name", "write the name alone: 3 to 63 small letters, digits, dots and hyphens, without s3://")
	}
	s.Prefix = strings.Trim(s.Prefix, "/")
	if at := join(path, "prefix"); s.Prefix != "" && (!prefixLetter.MatchString(s.Prefix) || !fs.ValidPath(s.Prefix) || s.Prefix == ".") {
		v.wrong(at, v.show(at)+" is not a prefix for keys", "write letters, digits, - _ . and single slashes, such as finance/concur")
	}
	at := join(path, "report_url")
	if !v.given(at) {
		return
	}
	// A key that is filled into the host would not make an address, so the stand-in must not turn up there.
	const standIn = "tieout-key"
	u, err := url.Parse(strings.Replace(s.ReportURL, keyMark, standIn, 1))
	switch {
	case strings.Count(s.ReportURL, keyMark) != 1:
		v.wrong(at, "needs {key} once, where an object's key belongs", "write for example https://reports.example.com/{key}")
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || strings.Contains(u.Host, standIn):
		v.wrong(at, v.show(at)+" is not an address", "write for example https://reports.example.com/{key}")
	}
}
