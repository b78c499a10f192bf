package mail

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// tlsPolicy says when a connection to the relay must be encrypted.
type tlsPolicy string

const (
	tlsMandatory     tlsPolicy = "mandatory"     // STARTTLS or nothing
	tlsOpportunistic tlsPolicy = "opportunistic" // STARTTLS where it is offered
	tlsNone          tlsPolicy = "none"
	tlsImplicit      tlsPolicy = "implicit" // smtps://
)

// relay is where mail is handed over, as read from an SMTP URL.
type relay struct {
	host, address  string
	policy         tlsPolicy
	user, password string
}

// parseRelay reads smtp://user:password@host:port?tls=mandatory|opportunistic|none
// or smtps://…. The port defaults to 587 and 465. Its errors never repeat the
// URL, which may hold a password.
func parseRelay(raw string) (relay, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return relay{}, errors.New("SMTP URL cannot be parsed")
	}
	r := relay{host: u.Hostname(), policy: tlsMandatory}
	port := u.Port()
	switch u.Scheme {
	case "smtp":
		if port == "" {
			port = "587"
		}
	case "smtps":
		r.policy = tlsImplicit
		if port == "" {
			port = "465"
		}
	default:
		return relay{}, fmt.Errorf("SMTP URL: scheme %q is neither smtp nor smtps", u.Scheme)
	}
	if r.host == "" {
		return relay{}, errors.New("SMTP URL: no host")
	}
	if u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return relay{}, errors.New("SMTP URL: nothing may follow the host and port but ?tls=")
	}
	r.address = net.JoinHostPort(r.host, port)
	if u.User != nil {
		r.user = u.User.Username()
		r.password, _ = u.User.Password()
		if r.user == "" {
			return relay{}, errors.New("SMTP URL: a password without a user")
		}
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return relay{}, errors.New("SMTP URL: query cannot be parsed")
	}
	for name, values := range query {
		if name != "tls" || len(values) != 1 {
			return relay{}, fmt.Errorf("SMTP URL: unknown or repeated parameter %q", name)
		}
		policy := tlsPolicy(strings.ToLower(values[0]))
		switch policy {
		case tlsMandatory, tlsOpportunistic, tlsNone:
		default:
			return relay{}, fmt.Errorf("SMTP URL: tls=%q is none of mandatory, opportunistic, none", values[0])
		}
		switch {
		case r.policy != tlsImplicit:
			r.policy = policy
		case policy != tlsMandatory:
			return relay{}, errors.New("SMTP URL: smtps is always encrypted, tls= contradicts it")
		}
	}
	return r, nil
}

// loopback tells whether the relay runs on this machine, where a password in
// clear text leaves nothing.
func (r relay) loopback() bool {
	ip := net.ParseIP(r.host)
	return r.host == "localhost" || ip != nil && ip.IsLoopback()
}
