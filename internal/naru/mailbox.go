package naru

import "strings"

// Limits of addresses: RFC 5321 4.5.3.1, and RFC 1035 for labels.
const (
	maxMailbox = 254
	maxLocal   = 64
	maxLabel   = 63
)

// Mailbox tells whether an address may be written to: a dot-atom, "@" and a
// domain name in ASCII (internationalised domains in their xn-- form) with at
// least two labels and a top-level domain of letters. Quoted local parts,
// comments, display names, address literals, anything beyond ASCII and names
// that never leave a machine (localhost, .invalid, …) are refused: they are
// mistakes or attempts at something else, and cannot break a header or an SMTP
// command when they never get in.
func Mailbox(address string) bool {
	local, domain, found := strings.Cut(address, "@")
	if !found || len(address) > maxMailbox || len(local) > maxLocal {
		return false
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" || strings.IndexFunc(atom, func(r rune) bool { return !isAtext(r) }) >= 0 {
			return false
		}
	}
	return isMailDomain(strings.ToLower(domain))
}

// isAtext follows RFC 5322 3.2.3.
func isAtext(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func isMailDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-') {
				return false
			}
		}
	}
	top := labels[len(labels)-1]
	switch top {
	case "invalid", "localhost", "local", "localdomain", "internal", "lan", "home", "onion", "arpa":
		return false
	}
	letters := strings.IndexFunc(top, func(r rune) bool { return r < 'a' || r > 'z' }) < 0
	return len(labels) > 1 && len(top) > 1 && (letters || strings.HasPrefix(top, "xn--"))
}

// Unattended tells whether nobody reads the mailbox, by its local part: mail
// systems, senders that take no answer, list managers. Nothing may be sent
// there automatically, or two programs may end up writing to each other
// (RFC 3834 section 2).
func Unattended(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	local, _, _ = strings.Cut(local, "+")
	letters := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' {
			return -1
		}
		return r
	}, local)
	switch letters {
	case "mailerdaemon", "postmaster", "hostmaster", "noreply", "donotreply", "noreplies", "dontreply", "bounce", "bounces", "daemon",
		"mailer", "root", "nobody", "listserv", "majordomo", "mailman", "autoreply", "autoresponder", "notifications", "devnull":
		return true
	}
	for _, prefix := range []string{"owner-", "bounce-", "bounces-", "no-reply-", "noreply-", "prvs="} {
		if strings.HasPrefix(local, prefix) {
			return true
		}
	}
	return strings.HasSuffix(local, "-request") || strings.HasSuffix(local, "-bounces") || strings.HasSuffix(local, "-owner") ||
		strings.HasSuffix(local, "-noreply") || strings.HasSuffix(local, ".noreply") || strings.HasSuffix(local, "-no-reply")
}
