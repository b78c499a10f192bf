package mail

import (
	"bufio"
	"bytes"
	"mime"
	"net"
	"net/textproto"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/wneessen/go-mail/smtp"

	"naru/internal/naru"
)

// FuzzReply lets a relay answer anything to a whole mail transaction: the
// outcome is one there is, delivered only for a 2xx at the end, and nothing of
// the relay's words stands in what is kept.
func FuzzReply(f *testing.F) {
	for _, seed := range []string{
		"250 ok\r\n250 ok\r\n354 go\r\n250 2.0.0 taken\r\n", "421 4.3.2 bye\r\n", "250-a\r\n250 b\r\n550 5.1.1 no\r\n503 x\r\n",
		"250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n250 more\r\n", "999\r\n", "25", "250-\r\n250-\r\n", "\x00\xff\r\n", "250 ok\r\n452 4.2.2 full\r\n354\r\n",
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, answers []byte, pipelining bool) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			go func() { _, _ = theirs.Write(append(bytes.Clone(answers), "\r\n"...)); _ = theirs.Close() }()
			sink := make([]byte, 4096)
			for {
				if _, err := theirs.Read(sink); err != nil {
					return
				}
			}
		}()
		raw := &boundedConn{Conn: ours, left: maxReplyBytes}
		c := &conn{raw: raw, client: &smtp.Client{Text: textproto.NewConn(raw)}, pipelining: pipelining, onClose: func() {}}
		c.text = c.client.Text
		m := &rendered{from: "<a@b.example>", to: "<c@d.example>", data: []byte("Subject: x\r\n\r\nx\r\n.\r\n"), size: 20}
		v := c.transmit(t.Context(), m, DefaultSendTimeout, DefaultReplyTimeout)
		c.drop()
		switch v.Outcome {
		case naru.OutcomeDelivered, naru.OutcomeTemporary, naru.OutcomePermanent, naru.OutcomeUnavailable, naru.OutcomeUnknown:
		default:
			t.Fatalf("outcome %q", v.Outcome)
		}
		if v.Outcome == naru.OutcomeDelivered && v.Reply[0] != '2' {
			t.Fatalf("delivered by %q", v.Reply)
		}
		for _, r := range v.Reply {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz_ .0123456789", r) {
				t.Fatalf("the relay's words are kept: %q", v.Reply)
			}
		}
	})
}

// FuzzHeaders checks that whatever a person wrote stays one header line and is
// read back as it was meant.
func FuzzHeaders(f *testing.F) {
	for _, seed := range []string{"한국 진료 문의", "a\r\nBcc: x@y.example", "=?utf-8?q?x?= y", "\u202egpj.exe", "\xff\xfe", strings.Repeat("é ", 200), "a  b\t c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := cleanHeader(s)
		if !utf8.ValidString(clean) || strings.ContainsFunc(clean, unicode.IsControl) || cleanHeader(clean) != clean {
			t.Fatalf("%q is cleaned to %q", s, clean)
		}
		var w messageWriter
		w.header("Subject", encodeHeader(clean))
		for line := range strings.SplitSeq(string(w.b), "\r\n") {
			if len(line) > maxHeaderLine && strings.Contains(strings.TrimPrefix(line, " "), "?= =?") {
				t.Fatalf("subject %q has the line %q", s, line)
			}
		}
		w.header("X-End", "yes")
		header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(string(w.b) + "\r\n"))).ReadMIMEHeader()
		if err != nil || len(header) != 2 || header.Get("X-End") != "yes" {
			t.Fatalf("subject %q becomes the headers %v, %v", s, header, err)
		}
		decoded, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
		if err != nil || decoded != clean {
			t.Fatalf("subject %q is read back as %q, %v", clean, decoded, err)
		}
	})
}

// FuzzParseRelay checks that no URL of a relay makes it panic or shows its
// password in an error.
func FuzzParseRelay(f *testing.F) {
	for _, seed := range []string{"smtp://user:secret@host:25?tls=none", "smtps://h", "smtp://[::1]:99999", "smtp://%zz", "smtp:///?tls=x", "://"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		r, err := parseRelay(strings.ReplaceAll(raw, "secret", "s3cr3t"))
		if err != nil && strings.Contains(err.Error(), "s3cr3t") {
			t.Fatal("an error repeats the password")
		}
		if err == nil && (r.host == "" || r.address == "") {
			t.Fatalf("%q is taken without a host", raw)
		}
	})
}
