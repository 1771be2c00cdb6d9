package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"tieout/internal/pipeline"
)

// validator looks at what was decoded: each value by itself, then the values against each other.
type validator struct {
	*findings
	config *Config
	now    time.Time
}

// safeName is a name that can stand in S3 keys, workflow ids and search attributes.
var safeName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

func (v *validator) all() {
	c := v.config
	if v.section("connections", len(c.Connections), "name at least one account at Concur") {
		for _, name := range sortedKeys(c.Connections) {
			v.name("connections", name)
			connection := c.Connections[name]
			v.connection(join("connections", name), &connection)
			c.Connections[name] = connection
		}
		v.oneTokenFileEach()
	}
	if !v.given("storage") {
		v.missing("storage", "name the bucket: storage: {bucket: …}")
	} else {
		v.storage("storage", &c.Storage)
	}
	if v.section("pipelines", len(c.Pipelines), "name at least one pipeline") {
		for _, name := range sortedKeys(c.Pipelines) {
			v.name("pipelines", name)
			v.notReserved(name)
			p := c.Pipelines[name]
			v.pipeline(join("pipelines", name), &p)
			c.Pipelines[name] = p
		}
		v.oneDefinitionEach()
	}
}

func (v *validator) section(path string, count int, remedy string) bool {
	if !v.given(path) {
		v.missing(path, remedy)
	} else if count == 0 {
		v.wrong(path, "is empty", remedy)
	}
	return count > 0
}

func (v *validator) name(path, name string) {
	if !safeName.MatchString(name) || strings.HasSuffix(name, ".") {
		at := join(path, name)
		p := v.near(at)
		v.at(p.keyLine, p.keyColumn, at, "is not a name that keys and ids can carry", "use letters, digits, hyphen, underscore and dot, 63 at most, beginning with a letter or digit")
	}
}

// notReserved reports a pipeline whose name is a word of ids, so that an id never reads as that of another run.
func (v *validator) notReserved(name string) {
	if reserved := pipeline.ReservedNames(); slices.Contains(reserved, name) {
		at := join("pipelines", name)
		p := v.near(at)
		v.at(p.keyLine, p.keyColumn, at, "has a name that ids of runs use as a word", "give the pipeline a name other than "+list(reserved)+", such as nightly-sae")
	}
}

// required reports a text that is not there, or that is there and empty; true when there is one.
func (v *validator) required(path, value, remedy string) bool {
	switch {
	case strings.TrimSpace(value) != "":
		return true
	case !v.given(path):
		v.missing(path, remedy)
	default:
		v.wrong(path, "is empty", remedy)
	}
	return false
}

func (v *validator) oneOf(path, value string, words ...string) {
	if slices.Contains(words, value) {
		return
	}
	remedy := "write one of them"
	if meant := nearest(value, words); meant != "" && value != "" {
		remedy = "did you mean " + meant + "?"
	}
	v.wrong(path, fmt.Sprintf("%s is not one of %s", v.show(path), strings.Join(words, ", ")), remedy)
}

// words checks a list of words, each of them once.
func (v *validator) words(path string, values, words []string) {
	if len(values) == 0 {
		v.wrong(path, "is empty", "write some of "+strings.Join(words, ", ")+", or remove the key")
	}
	for i, value := range values {
		v.oneOf(element(path, i), value, words...)
		if slices.Contains(values[:i], value) {
			v.wrong(element(path, i), "stands twice", "keep one of them")
		}
	}
}

// date reads yyyy-mm-dd.
func (v *validator) date(path, value string) (time.Time, bool) {
	day, err := time.Parse(time.DateOnly, value)
	if err != nil {
		v.wrong(path, v.show(path)+" is not a date", "write yyyy-mm-dd, such as 2026-11-01")
	}
	return day, err == nil
}

func (v *validator) connection(path string, c *Connection) {
	if v.required(join(path, "base_url"), c.BaseURL, "give the account's address, such as https://us2.api.concursolutions.com") {
		c.BaseURL = v.baseURL(join(path, "base_url"), c.BaseURL)
	}
	v.grant(path, *c)
	v.oneOf(join(path, "lists_api"), c.ListsAPI, ListsV1, ListsV4)
	if c.RequestsPerSecond <= 0 || c.RequestsPerSecond > 1000 {
		v.wrong(join(path, "requests_per_second"), v.show(join(path, "requests_per_second"))+" is not a rate", "write a number above 0 and up to 1000, such as 5")
	}
	if c.TokenStore.Kind == StoreFile && c.TokenStore.Path == "" || c.TokenStore.Kind != StoreS3 && c.TokenStore.Kind != StoreFile || c.TokenStore.Kind == StoreS3 && c.TokenStore.Path != "" {
		v.wrong(join(path, "token_store"), v.show(join(path, "token_store"))+" is not a place for tokens", "write s3 or file:PATH")
	}
	for i, host := range c.AllowedHosts {
		at, address := element(join(path, "allowed_hosts"), i), host
		if !strings.Contains(host, "://") {
			address = "https://" + host
		}
		if strings.Contains(host, "*") {
			v.wrong(at, "holds a *", "name each host by itself")
		} else if v.required(at, host, "write a host such as us2.api.concursolutions.com") {
			v.baseURL(at, address)
		}
	}
}

// oneTokenFileEach: each connection keeps its newest token, and two in one file would overwrite each other's.
func (v *validator) oneTokenFileEach() {
	first := map[string]string{}
	for _, name := range sortedKeys(v.config.Connections) {
		file := v.config.Connections[name].TokenStore.Path
		if file == "" {
			continue
		}
		if other, taken := first[file]; taken {
			v.wrong(join(join("connections", name), "token_store"), "is the file of the connection "+other+" too", "give each connection its own file")
			continue
		}
		first[file] = name
	}
}

// baseURL returns the address as scheme and host.
func (v *validator) baseURL(path, value string) string {
	u, err := url.Parse(strings.TrimSpace(value))
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		// It is not shown: a user and a password may stand in it.
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
	has := map[string]bool{"refresh_token": c.RefreshToken != "", "username": c.Username != "", "password": c.Password != "", "auth_token": c.AuthToken != ""}
	for key, secret := range map[string]string{"client_secret": c.ClientSecret.Reveal(), "refresh_token": c.RefreshToken.Reveal(), "access_token": c.AccessToken.Reveal(), "password": c.Password.Reveal(), "auth_token": c.AuthToken.Reveal(), "client_id": c.ClientID, "username": c.Username} {
		at := join(path, key)
		if v.given(at) && secret == "" {
			v.wrong(at, "is empty", "give a value, or remove the key")
		}
		if strings.ContainsFunc(secret, unicode.IsControl) {
			v.wrong(at, "holds a line break or another control character", "give the value alone")
		}
	}
	if c.AccessToken != "" {
		for _, key := range []string{"refresh_token", "username", "password", "auth_token"} {
			if has[key] {
				v.wrong(join(path, key), "stands beside access_token", "keep one of them: access_token is sent as it is, the others ask for tokens")
			}
		}
		return
	}
	v.required(join(path, "client_id"), c.ClientID, "give the id of the app registered at Concur, such as ${CONCUR_CLIENT_ID}")
	v.required(join(path, "client_secret"), c.ClientSecret.Reveal(), "give the secret of that app, such as ${CONCUR_CLIENT_SECRET}")
	if has["refresh_token"] {
		for _, key := range []string{"username", "password", "auth_token"} {
			if has[key] {
				v.wrong(join(path, key), "stands beside refresh_token", "keep refresh_token, or username with password or auth_token")
			}
		}
		return
	}
	switch {
	case has["password"] && has["auth_token"]:
		v.wrong(join(path, "auth_token"), "stands beside password", "keep the one that Concur gave you")
	case !has["username"] && (has["password"] || has["auth_token"]):
		v.missing(join(path, "username"), "give the user or company id that the password or auth_token belongs to")
	case has["username"] && !has["password"] && !has["auth_token"] && !v.bad[join(path, "auth_token")]:
		v.missing(join(path, "password"), "give password or auth_token for the username")
	}
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// private tells hosts that only a test or a private network has: loopback, private addresses, names without a dot.
func private(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback() || ip.IsPrivate()
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".local")
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

var prefixPart = regexp.MustCompile(`^[A-Za-z0-9!_.*'()=+@-]+$`)

func (v *validator) storage(path string, s *Storage) {
	at := join(path, "bucket")
	if v.required(at, s.Bucket, "name the S3 bucket") && !bucketName.MatchString(s.Bucket) {
		v.wrong(at, v.show(at)+" is not a bucket's name", "write the name alone: 3 to 63 small letters, digits, dots and hyphens, without s3://")
	}
	s.Prefix = strings.Trim(s.Prefix, "/")
	if s.Prefix != "" {
		for part := range strings.SplitSeq(s.Prefix, "/") {
			if part == "." || part == ".." || !prefixPart.MatchString(part) {
				at := join(path, "prefix")
				v.wrong(at, v.show(at)+" is not a prefix for keys", "write letters, digits, - _ . and single slashes, such as finance/concur")
				break
			}
		}
	}
	if at := join(path, "report_url"); v.given(at) && v.required(at, s.ReportURL, "write an address with {key}, or remove the key") {
		// A key that is filled into the host would not be an address: the stand-in must not turn up there.
		const standIn = "tieout-key"
		u, err := url.Parse(strings.Replace(s.ReportURL, keyMark, standIn, 1))
		switch {
		case strings.Count(s.ReportURL, keyMark) != 1:
			v.wrong(at, "needs {key} once, where an object's key belongs", "write for example https://reports.example.com/{key}")
		case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || strings.Contains(u.Host, standIn):
			v.wrong(at, v.show(at)+" is not an address", "write for example https://reports.example.com/{key}")
		}
	}
}
