package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-playground/validator/v10"

	"naru/internal/keyring"
	"naru/internal/naru"
)

// rules are the checks of single values that the validator does not bring,
// with the sentence for a value that fails. Sentences follow the key and never
// repeat the value.
var rules = map[string]struct {
	check func(value string) bool
	text  string
}{
	"base_url":         {isBaseURL, "must be http:// or https:// with a host, without query, fragment or password"},
	"origin":           {isOrigin, "must be a site as browsers name it: scheme and host in lower case, nothing behind them, e.g. https://www.hospital.example"},
	"folder":           {isFolder, "must be a folder that exists"},
	"plain_file":       {isFile, "must be a file that exists and can be read"},
	"listen_addr":      {isListenAddr, "must be host:port, e.g. 127.0.0.1:8080"},
	"loopback_addr":    {isLoopbackAddr, "must be on a loopback address, e.g. 127.0.0.1:0"},
	"network":          {isNetwork, "must be an IP address or a network such as 10.0.0.0/8"},
	"offered_language": {func(s string) bool { return slices.Contains(naru.Languages, s) }, "must be one of " + strings.Join(naru.Languages, ", ")},
	"database_url":     {isDatabaseURL, "must be postgres://user:password@host/database, sqlite:// or a file path"},
	"keyset":           {isKeyset, "must be a keyset as `naru keys new` makes it, or " + NoKeys},
	"nats_url":         {isNATSURL, "must be nats://, tls://, ws:// or wss:// with a host; several are separated by commas"},
	"smtp_url":         {isSMTPURL, "must be smtp://user:password@host:port?tls=mandatory|opportunistic|none or smtps://…, with special characters in user and password percent-encoded"},
	"plain_mailbox":    {naru.Mailbox, "must be a plain mail address"},
	"team_mailbox":     {func(s string) bool { return naru.Mailbox(s) && !naru.Unattended(s) }, "must be a plain mail address that people read"},
	"one_line":         {isOneLine, "must be one line without control characters"},
	"lower_id":         {isLowerID, "must be lower-case letters, digits and hyphens"},
	"international":    {isInternationalPhone, "must be a telephone number with its country code, e.g. +82-2-920-6203"},
}

// sentences are those of the validator's own rules; %s is the parameter.
var sentences = map[string]string{
	"required":         "must not be empty",
	"required_with":    "must not be empty where %s is set",
	"min":              "must be at least %s",
	"max":              "must be at most %s",
	"oneof":            "must be one of %s",
	"datetime":         "must be a time in Korea such as 2026-11-24 02:00",
	"gtfield":          "must be after open",
	"unique":           "must not hold the same value twice",
	"fqdn":             "must be a domain name",
	"hostname_rfc1123": "must be a host name",
	"has_english":      "must hold en, the language used when nothing else is known",
}

func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string { return f.Tag.Get("yaml") })
	for tag, rule := range rules {
		mustRegister(v, tag, func(fl validator.FieldLevel) bool { return rule.check(fl.Field().String()) })
	}
	mustRegister(v, "has_english", func(fl validator.FieldLevel) bool {
		languages, ok := reflect.TypeAssert[[]string](fl.Field())
		return ok && slices.Contains(languages, naru.Languages[0])
	})
	return v
}

// mustRegister panics on a tag that cannot be registered, which only a mistake
// in this file can cause.
func mustRegister(v *validator.Validate, tag string, check validator.Func) {
	if err := v.RegisterValidation(tag, check); err != nil {
		panic(err)
	}
}

// fault is a wrong value by its path.
type fault struct{ path, code, text string }

// faults runs the validate tags of a struct, which must be of a named type.
func faults(s any) []fault {
	err := newValidator().Struct(s)
	var wrong validator.ValidationErrors
	if !errors.As(err, &wrong) {
		return nil
	}
	list := make([]fault, 0, len(wrong))
	for _, w := range wrong {
		_, path, _ := strings.Cut(w.Namespace(), ".")
		list = append(list, fault{path, "bad_value", sentence(w)})
	}
	return list
}

func sentence(w validator.FieldError) string {
	if rule, ok := rules[w.Tag()]; ok {
		return rule.text
	}
	format := sentences[w.Tag()]
	param := w.Param()
	switch {
	case w.Tag() == "oneof":
		param = strings.Join(strings.Fields(param), ", ")
	case w.Type() == reflect.TypeFor[Bytes]():
		if n, err := strconv.ParseInt(param, 10, 64); err == nil {
			param = Bytes(n).String()
		}
	case w.Kind() == reflect.String && (w.Tag() == "min" || w.Tag() == "max"):
		param += " characters"
	case w.Kind() == reflect.Slice && (w.Tag() == "min" || w.Tag() == "max"):
		param += " items"
	}
	if !strings.Contains(format, "%s") {
		return cmp.Or(format, "is not valid")
	}
	return fmt.Sprintf(format, param)
}

// check validates all values. Each problem gets the variable or the line that
// the value came from. Keys that already have a problem are left out, for what
// is checked there is not what was written.
func (c *Config) check(doc *document, reported Problems) Problems {
	var problems Problems
	for _, f := range append(faults(c), c.contradictions()...) {
		path, _, _ := strings.Cut(f.path, "[")
		if slices.ContainsFunc(reported, func(p Problem) bool { return p.Key == path || strings.HasPrefix(p.Key, path+"[") }) {
			continue
		}
		p := Problem{Key: f.path, Code: f.code, Text: f.text}
		if origin := c.origins[path]; strings.HasPrefix(origin, variablePrefix) {
			p.Variable, _, _ = strings.Cut(origin, " ")
		} else {
			p.File, p.Line = doc.file, doc.lineOf(f.path)
		}
		problems = append(problems, p)
	}
	return problems
}

// contradictions are values that are right alone and wrong together.
func (c *Config) contradictions() []fault {
	var list []fault
	add := func(wrong bool, path, text string) {
		if wrong {
			list = append(list, fault{path, "contradiction", text})
		}
	}
	add(c.NATS.Replicas > 1 && c.NATS.URL == "", "nats.replicas", "must be 1 with the embedded broker; set nats.url for more")
	add(c.NATS.CredentialsPath != "" && c.NATS.URL == "", "nats.credentials_path", "has no use without nats.url")
	add(c.NATS.CAPath != "" && c.NATS.URL == "", "nats.ca_path", "has no use without nats.url")
	add(c.NATS.DuplicateWindow > c.NATS.MaxAge, "nats.duplicate_window", "must not be longer than nats.max_age")
	add(float64(c.Retry.First)*(1+c.Retry.Jitter) > float64(30*time.Second), "retry.first", "with retry.jitter added must not be more than 30s")
	add(c.Retry.Max < c.Retry.First, "retry.max", "must not be less than retry.first")
	add(c.Attachments.FileLimit > c.Attachments.InquiryLimit, "attachments.file_limit", "must not be more than attachments.inquiry_limit")
	add(c.Attachments.InquiryLimit > c.Attachments.BytesPerHour, "attachments.bytes_per_hour", "must not be less than attachments.inquiry_limit")
	add(c.Attachments.FilesPerInquiry > c.Attachments.FilesPerHour, "attachments.files_per_hour", "must not be less than attachments.files_per_inquiry")
	add(c.Limits.InquiriesPerMinute > c.Limits.InquiriesPerHour, "limits.inquiries_per_hour", "must not be less than limits.inquiries_per_minute")
	add(c.HTTP.RequestTimeout > c.HTTP.TransferTimeout, "http.transfer_timeout", "must not be shorter than http.request_timeout")
	return list
}

// Role is one of the ways to run only a part of the program.
type Role string

// The roles that share their work with other processes.
const (
	RoleServe Role = "serve"
	RoleWork  Role = "work"
)

// CheckRole tells whether the settings let a role run beside other processes:
// these need a database and a broker that all of them reach, and workers a
// relay, for a catcher in one process would hide the mail from the others. Its
// error is a Problems value; nil for none.
func (c *Config) CheckRole(role Role) error {
	var problems Problems
	need := func(missing bool, path, text string) {
		if missing {
			problems = append(problems, Problem{Variable: variableOf(path), Key: path, Code: "needed_for_" + string(role), Text: text})
		}
	}
	need(!c.Postgres(), "database.url", "naru "+string(role)+" shares its database with other processes: set postgres://… (SQLite serves one process; for that, run naru alone)")
	need(c.EmbeddedBroker(), "nats.url", "naru "+string(role)+" shares its broker with other processes: set nats://… (the embedded broker serves one process; for that, run naru alone)")
	need(role == RoleWork && c.CatchesMail(), "smtp.url", "naru work hands mail to a relay: set smtp://… (the catcher is part of naru alone)")
	need(c.PublicURL == "", "public_url", "naru "+string(role)+" writes links that lead to other processes: set what they begin with, e.g. https://inquiry.hospital.example")
	return problems.err()
}

func isBaseURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		u.RawQuery == "" && !u.ForceQuery && u.Fragment == "" && validPort(u.Port()) && isOneLine(s)
}

// isOrigin tells whether a browser may send the text as Origin (RFC 6454).
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	if err != nil || !isBaseURL(s) || s != strings.ToLower(s) || strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII || r == '*' }) {
		return false
	}
	standard := map[string]string{"http": "80", "https": "443"}
	return u.Path == "" && u.Port() != standard[u.Scheme] && s == u.Scheme+"://"+u.Host
}

func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func isFolder(s string) bool {
	info, err := os.Stat(s)
	return err == nil && info.IsDir()
}

func isFile(s string) bool {
	f, err := os.Open(s)
	if err != nil {
		return false
	}
	info, err := f.Stat()
	closeErr := f.Close() // opened for reading only
	return err == nil && closeErr == nil && info.Mode().IsRegular()
}

func isListenAddr(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.ContainsFunc(host, func(r rune) bool { return unicode.IsSpace(r) || r == '/' || r == '@' }) {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func isLoopbackAddr(s string) bool {
	host, _, err := net.SplitHostPort(s)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

func isNetwork(s string) bool {
	_, err := netip.ParsePrefix(s)
	if err != nil {
		_, err = netip.ParseAddr(s)
	}
	return err == nil
}

func isDatabaseURL(s string) bool {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return isOneLine(s) && !strings.Contains(s, "password=") && !strings.Contains(s, "@")
	}
	if scheme == "sqlite" {
		return rest != "" && isOneLine(rest)
	}
	u, err := url.Parse(s)
	return err == nil && (scheme == "postgres" || scheme == "postgresql") && (u.Hostname() != "" || u.Query().Has("host"))
}

func isKeyset(s string) bool {
	_, err := keyring.Parse(s)
	return s == NoKeys || err == nil
}

func isNATSURL(s string) bool {
	for part := range strings.SplitSeq(s, ",") {
		u, err := url.Parse(strings.TrimSpace(part))
		if err != nil || u.Hostname() == "" || !validPort(u.Port()) || !slices.Contains([]string{"nats", "tls", "ws", "wss"}, u.Scheme) {
			return false
		}
	}
	return true
}

func isSMTPURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || !validPort(u.Port()) || u.Path != "" && u.Path != "/" || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "smtps":
		return len(query) == 0
	case "smtp":
		return len(query) == 0 || len(query) == 1 && len(query["tls"]) == 1 &&
			slices.Contains([]string{"mandatory", "opportunistic", "none"}, query.Get("tls"))
	}
	return false
}

func isOneLine(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) })
}

func isLowerID(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' })
}

func isInternationalPhone(s string) bool {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -~()", r) {
			return -1
		}
		return r
	}, s)
	return strings.HasPrefix(digits, "+") && len(digits) >= 8 && len(digits) <= 20 &&
		!strings.ContainsFunc(digits[1:], func(r rune) bool { return r < '0' || r > '9' })
}
