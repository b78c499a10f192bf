package mail

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"golang.org/x/net/idna"

	"naru/internal/naru"
)

// RecipientAllowed tells whether an automatic mail may be sent to a writer's
// address: one that naru.Mailbox accepts, where a person reads, and that is
// not one of ours. The error is KindInvalid "recipient_refused" and does not
// repeat the address.
func (c *Composer) RecipientAllowed(address string) error {
	_, err := c.recipient(address)
	return err
}

// recipient is the address with its domain in ASCII, if RecipientAllowed.
func (c *Composer) recipient(address string) (string, error) {
	plain, err := asciiDomain(address)
	switch {
	case err != nil, !naru.Mailbox(plain):
		return "", refused("not an address the form accepts")
	case naru.Unattended(plain):
		return "", refused("nobody reads that mailbox")
	case c.own[withoutTag(plain)]:
		return "", refused("our own mailbox")
	}
	return plain, nil
}

func refused(why string) error {
	return naru.NewError(naru.KindInvalid, "recipient_refused", errors.New(why))
}

// withoutTag is the address in lower case without "+tag", for comparing.
func withoutTag(address string) string {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

// asciiDomain writes an internationalised domain in its xn-- form.
func asciiDomain(address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "", errors.New("address without @")
	}
	domain, err := idna.Lookup.ToASCII(address[at+1:])
	if err != nil {
		return "", errors.New("address with an impossible domain")
	}
	return address[:at+1] + domain, nil
}

// configured checks an address of ours. Unlike a writer's it may lie in a
// domain of an internal network.
func configured(address string) (string, error) {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Name != "" || parsed.Address != address || len(address) > 254 {
		return "", fmt.Errorf("%q is not a plain mail address", address)
	}
	plain, err := asciiDomain(address)
	if err != nil {
		return "", fmt.Errorf("%q: %w", address, err)
	}
	return plain, nil
}
