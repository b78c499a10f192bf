package naru

import (
	"strings"
	"testing"
)

func TestMailbox(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"a@b.kr", "aigul.nurlanova@mail.kz", "first+tag@sub.hospital.example", "O'Brien@uni.edu", "x@xn--h32b23v.xn--3e0b707e", "1@2.com", "UPPER@Case.Org",
		strings.Repeat("l", 64) + "@" + strings.Repeat("d", 60) + ".com", "a_b-c=d@host.co.jp", "x@3com.com",
	} {
		if !Mailbox(address) {
			t.Errorf("%q refused", address)
		}
	}
	for _, address := range []string{
		"", "@", "a", "a@", "@b.kr", "a@b", "a@b.", "a@.kr", "a@b..kr", ".a@b.kr", "a.@b.kr", "a..b@b.kr", "a b@c.kr", "a@b c.kr", "a@b@c.kr",
		`"a b"@c.kr`, "a@[127.0.0.1]", "a@127.0.0.1", "a@b.c", "a@b.c0m", "a@-b.kr", "a@b-.kr", "a@b_c.kr", "Kim <a@b.kr>", "a@b.kr,c@d.kr", "a@b.kr\r\nBcc: c@d.kr",
		"a@b.kr\n", "a\x00@b.kr", "김@b.kr", "a@한국.kr", "a@localhost", "a@x.localhost", "a@x.invalid", "a@printer.local", "(c)a@b.kr", "a@b.kr\u202e", "mailto:a@b.kr",
		strings.Repeat("l", 65) + "@b.kr", "a@" + strings.Repeat("d", 64) + ".kr", "a@" + strings.Repeat("d.", 130) + "kr",
	} {
		if Mailbox(address) {
			t.Errorf("%q accepted", address)
		}
	}
}

func TestUnattended(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"MAILER-DAEMON@b.kr", "postmaster@b.kr", "no-reply@b.kr", "noreply+1@b.kr", "No_Reply@b.kr", "do-not-reply@b.kr", "bounces-77@b.kr", "owner-list@b.kr",
		"list-request@b.kr", "listserv@b.kr", "hospital-noreply@b.kr",
	} {
		if !Unattended(address) {
			t.Errorf("%q counts as read by a person", address)
		}
	}
	for _, address := range []string{"a@b.kr", "info@b.kr", "reply@b.kr", "international@b.kr", "roota@b.kr", "request@b.kr", "norep@b.kr"} {
		if Unattended(address) {
			t.Errorf("%q counts as read by nobody", address)
		}
	}
}
