package concur

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// publishedHosts are the hosts of the bases that SAP Concur publishes, all on https.
var publishedHosts = []string{
	"us2.api.concursolutions.com", "eu2.api.concursolutions.com", "apj1.api.concursolutions.com",
	"usg.api.concursolutions.com", "glz.api.concursolutions.com", "us-impl.api.concursolutions.com",
	"emea-impl.api.concursolutions.com", "www.concursolutions.com", "eu1.concursolutions.com",
}

// Endpoint is the address of one account at Concur and the way to it. The [Client] of an account and its [OAuth2] share
// one Endpoint, so that base and transport are configured once and a move of the account is known to both. It is safe for
// concurrent use.
type Endpoint struct {
	configured     *url.URL
	allowed        []string // bases, each "scheme://host[:port]"
	shared, single http.RoundTripper

	mu        sync.Mutex
	moved     *url.URL // nil while the account is at the configured base
	suggested string   // the geolocation of the last token answer; "" for none
}

// EndpointOptions holds the settings of an [Endpoint] that have a default. The zero value is ready to use.
type EndpointOptions struct {
	// AllowedHosts names the bases that the account may move to besides those that SAP Concur publishes. Each is a URL,
	// such as https://concur.example:8443, or a host alone, which stands for https.
	AllowedHosts []string
	// Transport carries every request. An *http.Transport is copied, and the copy leaves bodies as they were sent. Nil
	// stands for a transport that speaks HTTP/1.1 and bounds the time for a connection.
	Transport http.RoundTripper
}

// NewEndpoint returns the endpoint at a base, which is a scheme and a host such as https://us2.api.concursolutions.com.
// Plain http is accepted for a simulated Concur. The error says what is wrong with the base or with an allowed host;
// nothing is sent.
func NewEndpoint(base string, opts EndpointOptions) (*Endpoint, error) {
	configured, err := parseBase(base)
	if err != nil {
		return nil, err
	}
	e := &Endpoint{configured: configured}
	for _, host := range opts.AllowedHosts {
		if !strings.Contains(host, "://") {
			host = "https://" + host
		}
		allowed, err := parseBase(host)
		if err != nil {
			return nil, fmt.Errorf("allowed host %q: %w", host, err)
		}
		e.allowed = append(e.allowed, allowed.String())
	}
	e.shared, e.single = transports(opts.Transport)
	return e, nil
}

// String returns the base that requests go to now: the configured one, or the one that the account has moved to.
func (e *Endpoint) String() string { return e.base().String() }

func (e *Endpoint) base() *url.URL {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.moved != nil {
		return e.moved
	}
	return e.configured
}

// follow takes over where the account is, as a token tells it.
func (e *Endpoint) follow(t StoredToken) {
	to, err := e.move(t.Geolocation)
	if err != nil {
		to = nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.moved, e.suggested = to, t.Suggested
}

// suggestion returns the base that Concur names as the account's, or "" where that is the one in use.
func (e *Endpoint) suggestion() string {
	in := e.String()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.suggested == in {
		return ""
	}
	return e.suggested
}

// MovedError is the cause of an [*Error] where Concur names another base as the account's and nothing was sent there,
// since only a person can tell whether the credentials may go to it.
type MovedError struct {
	// Base is the base that Concur names, such as https://eu2.api.concursolutions.com; "" where it names no URL.
	Base string
}

// Error returns what Concur names.
func (e *MovedError) Error() string {
	if e.Base == "" {
		return "the geolocation that Concur names is not a base URL"
	}
	return "the account lives at " + e.Base + ", which is neither a published base of SAP Concur nor an allowed host"
}

// move returns the base of a geolocation, whose path is dropped. It fails with a *MovedError where credentials may not go
// there. Published bases are allowed from one another only: a simulated Concur must not send anybody's secrets to the
// real one.
func (e *Endpoint) move(geolocation string) (*url.URL, error) {
	u, err := url.Parse(trimLink(geolocation))
	if err != nil || len(geolocation) > maxLink || u.User != nil || !hasBase(u) {
		return nil, &MovedError{}
	}
	to := &url.URL{Scheme: u.Scheme, Host: canonicalHost(u)}
	if published(e.configured) && published(to) || to.String() == e.configured.String() || slices.Contains(e.allowed, to.String()) {
		return to, nil
	}
	return nil, &MovedError{Base: masked(to.String(), 128)}
}

func published(u *url.URL) bool {
	return u.Scheme == "https" && slices.Contains(publishedHosts, u.Host)
}

// parseBase reads a configured base: scheme, host and port, and nothing else. Its errors do not quote the base, which
// may hold a password.
func parseBase(base string) (*url.URL, error) {
	const example = "like https://us2.api.concursolutions.com"
	u, err := url.Parse(strings.TrimSpace(base))
	switch {
	case err != nil:
		return nil, errors.New("the base is not a URL: write it " + example)
	case !hasBase(u):
		return nil, errors.New("the base needs a scheme and a host, " + example)
	case u.User != nil:
		return nil, errors.New("the base must not hold a user or password")
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the base must end after the host, " + example)
	}
	return &url.URL{Scheme: u.Scheme, Host: canonicalHost(u)}, nil
}

func hasBase(u *url.URL) bool {
	return (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

// canonicalHost returns host or host:port in lower case, without the port that the scheme implies.
func canonicalHost(u *url.URL) string {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	switch {
	case port != "" && port != map[string]string{"https": "443", "http": "80"}[u.Scheme]:
		return net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		return "[" + host + "]"
	}
	return host
}
