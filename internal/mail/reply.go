package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"syscall"

	"naru/internal/naru"
)

// Classes that stand in Result.Reply where there is no reply code, or before
// the code of a reply that concerns the connection.
const (
	ClassTooLarge     = "too_large"
	ClassNoSMTPUTF8   = "smtputf8_unsupported"
	ClassUnsendable   = "unsendable"
	ClassCancelled    = "cancelled"
	ClassClosed       = "sender_closed"
	ClassTimeout      = "timeout"
	ClassLost         = "connection_lost"
	ClassProtocol     = "protocol_error"
	ClassDNS          = "dns_failed"
	ClassRefused      = "dial_refused"
	ClassDialTimeout  = "dial_timeout"
	ClassDial         = "dial_failed"
	ClassGreeting     = "greeting"
	ClassEHLO         = "ehlo"
	ClassSTARTTLS     = "starttls"
	ClassNoSTARTTLS   = "starttls_missing"
	ClassCertificate  = "tls_certificate"
	ClassTLS          = "tls_failed"
	ClassAuth         = "auth"
	ClassNoAuth       = "auth_missing"
	ClassAuthInsecure = "auth_unencrypted"
)

// reply is what is kept of an SMTP reply: never its text, which often repeats
// addresses.
type reply struct {
	code     int
	enhanced string // RFC 3463, e.g. "5.1.1", or empty
}

// String is "550 5.1.1", or "550".
func (r reply) String() string {
	if r.enhanced == "" {
		return strconv.Itoa(r.code)
	}
	return strconv.Itoa(r.code) + " " + r.enhanced
}

// ReplyError is a relay's refusal.
type ReplyError struct {
	// Stage is the command refused: "greeting", "ehlo", "starttls", "auth",
	// "MAIL", "RCPT", "DATA" or "end of data".
	Stage string
	// Code is the reply code; Enhanced the enhanced status code or empty.
	Code     int
	Enhanced string
}

// Error names stage and codes.
func (e *ReplyError) Error() string {
	return fmt.Sprintf("relay refused at %s: %s", e.Stage, reply{e.Code, e.Enhanced})
}

// enhancedCode returns the enhanced status code a reply text begins with, or
// nothing.
func enhancedCode(text string) string {
	word, _, _ := strings.Cut(text, " ")
	word, _, _ = strings.Cut(word, "\n")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || len(word) > 9 || len(parts[0]) != 1 || !strings.Contains("245", parts[0]) {
		return ""
	}
	for _, p := range parts {
		if n, err := strconv.Atoi(p); err != nil || n < 0 || n > 999 || p[0] == '+' {
			return ""
		}
	}
	return word
}

// stage is a step of a mail transaction.
type stage int

const (
	stageReset stage = iota
	stageMail
	stageRcpt
	stageData
	stageEnd
)

func (s stage) String() string {
	return [...]string{"RSET", "MAIL", "RCPT", "DATA", "end of data"}[s]
}

// expects tells whether code is the success of the stage.
func (s stage) expects(code int) bool {
	if s == stageData {
		return code == 354
	}
	return code/100 == 2
}

// verdict is what one transaction on one connection came to.
type verdict struct {
	Result
	// keep: the connection can take another mail.
	keep bool
	// stale: it says something about the connection and nothing about the
	// mail, of which nothing was taken. A stale connection is never kept.
	stale bool
	// offered: nothing was sent, as what the relay offered when the connection
	// was opened rules this mail out. It may offer more by now, so that only a
	// new connection can tell.
	offered bool
}

// refusal classifies a reply that is not the success of its stage.
func refusal(at stage, r reply) verdict {
	v := verdict{keep: true}
	v.Reply = r.String()
	v.Cause = &ReplyError{Stage: at.String(), Code: r.code, Enhanced: r.enhanced}
	switch {
	case r.code == 421:
		// The relay closes the connection. At MAIL it has not seen a mail; later
		// it may mind this one, which must not pass for a relay that is down.
		v.Outcome, v.keep, v.stale = naru.OutcomeTemporary, false, at != stageEnd
		if at <= stageMail {
			v.Outcome = naru.OutcomeUnavailable
		}
	case sessionCode(r.code) || at == stageReset:
		v.Outcome, v.keep, v.stale = naru.OutcomeUnavailable, false, at != stageEnd
	case r.code/100 == 4:
		v.Outcome = naru.OutcomeTemporary
	case r.code/100 == 5:
		v.Outcome = naru.OutcomePermanent
		if r.code == 552 && r.enhanced != "5.2.2" || r.enhanced == "5.3.4" || r.enhanced == "5.2.3" {
			v.Reply = ClassTooLarge + " " + v.Reply
		}
	case at == stageEnd:
		v.Outcome, v.Reply, v.keep = naru.OutcomeUnknown, ClassProtocol, false
	default:
		v.Outcome, v.Reply, v.keep, v.stale = naru.OutcomeUnavailable, ClassProtocol, false, true
	}
	return v
}

// sessionCode tells whether a 5xx to a mail command is about the session: the
// relay wants authentication or encryption, or has lost step.
func sessionCode(code int) bool {
	switch code {
	case 500, 502, 503, 530, 534, 535, 538:
		return true
	}
	return false
}

// broken classifies a connection that failed before the end of the data.
func broken(err error) verdict {
	return verdict{Result: Result{naru.OutcomeUnavailable, ioClass(err), safe(err)}, stale: true}
}

// ioClass names an error of an established connection.
func ioClass(err error) string {
	var protocol textproto.ProtocolError
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return ClassTimeout
	case errors.As(err, &protocol), errors.Is(err, errReplyTooLong):
		return ClassProtocol
	}
	return ClassLost
}

// dialClass names an error of establishing a connection.
func dialClass(err error) string {
	var dns *net.DNSError
	var netErr net.Error
	switch {
	case errors.As(err, &dns):
		return ClassDNS
	case errors.Is(err, syscall.ECONNREFUSED):
		return ClassRefused
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return ClassDialTimeout
	}
	return ClassDial
}

// tlsClass names an error of a TLS handshake.
func tlsClass(err error) string {
	var verification *tls.CertificateVerificationError
	var invalid x509.CertificateInvalidError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	switch {
	case errors.As(err, &verification), errors.As(err, &invalid), errors.As(err, &authority), errors.As(err, &hostname):
		return ClassCertificate
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return ClassTimeout
	}
	return ClassTLS
}

// safe drops from an error what the relay said: protocol errors quote it.
func safe(err error) error {
	var protocol textproto.ProtocolError
	var refused *textproto.Error
	switch {
	case errors.As(err, &refused):
		return &ReplyError{Stage: "session", Code: refused.Code, Enhanced: enhancedCode(refused.Msg)}
	case errors.As(err, &protocol):
		return errProtocol
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	}
	return err
}

var errProtocol = errors.New("relay sent something that is not an SMTP reply")
