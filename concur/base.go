package concur

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// knownHosts are the bases that SAP Concur publishes, all on https.
var knownHosts = []string{
	"us2.api.concursolutions.com", "eu2.api.concursolutions.com", "apj1.api.concursolutions.com",
	"usg.api.concursolutions.com", "glz.api.concursolutions.com", "us-impl.api.concursolutions.com",
	"emea-impl.api.concursolutions.com", "www.concursolutions.com", "eu1.concursolutions.com",
}

// parseBase reads a configured base: scheme, host and port, nothing else.
func parseBase(base string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(base))
	if err != nil {
		return nil, errors.New("base_url is not a URL: write it like https://us2.api.concursolutions.com")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return nil, errors.New("base_url needs a scheme and a host, like https://us2.api.concursolutions.com")
	case u.User != nil:
		return nil, errors.New("base_url must not hold a user or password")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("base_url must end after the host, like https://us2.api.concursolutions.com")
	}
	return &url.URL{Scheme: u.Scheme, Host: canonicalHost(u)}, nil
}

// canonicalHost is host or host:port in lower case, without the scheme's own port.
func canonicalHost(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, port)
}

// bases decides where an account may move.
type bases struct {
	configured *url.URL
	allowed    []string // "scheme://host[:port]"
}

// newBases reads the configured base and those that are allowed besides, given as URLs or as https hosts.
func newBases(base string, allowed []string) (bases, error) {
	configured, err := parseBase(base)
	if err != nil {
		return bases{}, err
	}
	b := bases{configured: configured}
	for _, a := range allowed {
		if !strings.Contains(a, "://") {
			a = "https://" + a
		}
		u, err := parseBase(a)
		if err != nil {
			return bases{}, fmt.Errorf("allowed host %q: %w", a, err)
		}
		b.allowed = append(b.allowed, u.String())
	}
	return b, nil
}

// move reads a geolocation, whose path is dropped, and says whether credentials may go there. SAP's own bases are
// allowed from one another only: a simulated Concur must not send anybody's secrets to the real one.
func (b bases) move(geolocation string) (*url.URL, error) {
	u, err := url.Parse(trimLink(geolocation))
	if err != nil || len(geolocation) > maxLink || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" {
		return nil, errors.New("the geolocation that Concur names is not a base URL")
	}
	to := &url.URL{Scheme: u.Scheme, Host: canonicalHost(u)}
	known := known(b.configured) && known(to)
	if !known && to.String() != b.configured.String() && !slices.Contains(b.allowed, to.String()) {
		return nil, fmt.Errorf("the account lives at %s, which is neither a known Concur base nor allowed by the configuration", masked(to.String(), 128))
	}
	return to, nil
}

func known(u *url.URL) bool { return u.Scheme == "https" && slices.Contains(knownHosts, u.Host) }
