package mail

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/internal/keyring"
	"naru/internal/naru"
	"naru/templates"
)

func startTestCatcher(t testing.TB, o CatcherOptions) *Catcher {
	t.Helper()
	o.Logger = quiet
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	c, err := StartCatcher(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return c
}

func catch(t testing.TB, c *Catcher, messages ...*Message) {
	t.Helper()
	s := newTestSender(t, c.URL(), nil)
	for _, m := range messages {
		if r := s.Send(t.Context(), m); r.Outcome != naru.OutcomeDelivered {
			t.Fatalf("Send = %+v", r)
		}
	}
	_ = s.Close()
}

func titled(subject, id string) *Message {
	return testMessage("hello\r\n.\r\nworld", "Subject: "+encodeHeader(subject), "Message-ID: <"+id+">")
}

// Caught mail is as personal as what it tells of.
func TestCatcherSealsMail(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	before := startTestCatcher(t, CatcherOptions{Dir: dir})
	catch(t, before, titled("from before", "0@naru.example"))
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	c := startTestCatcher(t, CatcherOptions{Dir: dir, Keys: keys})
	catch(t, c, titled("first 문의", "1@naru.example"), titled("second", "2@naru.example"))
	check := func(c *Catcher) {
		t.Helper()
		mails := c.List("", "", 10)
		if len(mails) != 3 || mails[0].Subject != "second" || mails[1].Subject != "first 문의" || mails[2].Subject != "from before" {
			t.Fatalf("%+v", mails)
		}
		for _, m := range mails {
			if _, raw, err := c.Get(m.ID); err != nil || !bytes.Contains(raw, []byte("hello\r\n.\r\nworld")) || int64(len(raw)) != m.Size {
				t.Errorf("%s: %q, %v", m.Subject, raw, err)
			}
		}
	}
	check(c)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	sealed, err := filepath.Glob(filepath.Join(dir, "*.sealed"))
	if err != nil || len(sealed) != 2 {
		t.Fatalf("%v, %v", sealed, err)
	}
	for _, path := range sealed {
		content, err := os.ReadFile(path)
		if err != nil || bytes.Contains(content, []byte("hello")) || bytes.Contains(content, []byte("writer@example.com")) {
			t.Errorf("%q, %v", content, err)
		}
	}
	check(startTestCatcher(t, CatcherOptions{Dir: dir, Keys: keys}))
	other := startTestCatcher(t, CatcherOptions{Dir: dir})
	if mails := other.List("", "", 10); len(mails) != 1 {
		t.Errorf("without keys: %+v", mails)
	}
	if n, err := EraseCaught(dir, nil, []string{"1@naru.example"}); n != 0 || err != nil {
		t.Errorf("erased without keys: %d, %v", n, err)
	}
	if n, err := EraseCaught(dir, keys, []string{"0@naru.example", "1@naru.example"}); n != 2 || err != nil {
		t.Errorf("erased: %d, %v", n, err)
	}
}

func TestCatcherKeepsMail(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := startTestCatcher(t, CatcherOptions{Dir: dir})
	catch(t, c, titled("first 문의", "1@naru.example"), titled("second", "2@naru.example"))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	// What a crash leaves, and what is not ours.
	for _, name := range []string{"0000000000000001-00000000.tmp", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c = startTestCatcher(t, CatcherOptions{Dir: dir})
	mails := c.List("", "", 10)
	if len(mails) != 2 || mails[0].Subject != "second" || mails[1].Subject != "first 문의" {
		t.Fatalf("after a restart: %+v", mails)
	}
	first := mails[1]
	if first.From != "desk@naru.example" || len(first.To) != 1 || first.To[0] != "writer@example.com" || first.MessageID != "1@naru.example" || time.Since(first.At) > time.Minute {
		t.Errorf("described as %+v", first)
	}
	_, raw, err := c.Get(first.ID)
	if err != nil || !bytes.HasPrefix(raw, []byte("Return-Path: <desk@naru.example>\r\nDelivered-To: writer@example.com\r\n")) || !bytes.Contains(raw, []byte("hello\r\n.\r\nworld")) {
		t.Errorf("kept as %q, %v", raw, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "notes.txt")); err != nil {
		t.Error("a file that is not ours was removed")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) > 0 {
		t.Errorf("half-written files are left: %v", left)
	}
	if found := c.List("FIRST example.com", "", 10); len(found) != 1 || found[0].ID != first.ID {
		t.Errorf("search: %+v", found)
	}
	if older := c.List("", mails[0].ID, 10); len(older) != 1 || older[0].ID != first.ID {
		t.Errorf("older: %+v", older)
	}
	catch(t, c, titled("first again", "1@naru.example"))
	if n, err := EraseCaught(dir, nil, []string{"1@naru.example", "unknown@naru.example"}); n != 2 || err != nil {
		t.Errorf("EraseCaught = %d, %v; want 2", n, err)
	}
	if n, err := EraseCaught(dir, nil, []string{"", "1@naru.example"}); n != 0 || err != nil {
		t.Errorf("EraseCaught of nothing = %d, %v", n, err)
	}
	if n, err := EraseCaught(filepath.Join(dir, "none"), nil, []string{"1@naru.example"}); n != 0 || err != nil {
		t.Errorf("EraseCaught without a folder = %d, %v", n, err)
	}
	// The running catcher notices.
	if found := c.List("", "", 10); len(found) != 1 || found[0].MessageID == "1@naru.example" || c.Count() != 1 {
		t.Errorf("after erasure: %+v", found)
	}
	if _, _, err := c.Get(first.ID); !naru.IsKind(err, naru.KindNotFound) {
		t.Errorf("after erasure: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*.eml")); len(left) != 1 {
		t.Errorf("files left: %v", left)
	}
}

func TestCatcherLimits(t *testing.T) {
	t.Parallel()
	byCount := startTestCatcher(t, CatcherOptions{MaxMails: 3})
	byBytes := startTestCatcher(t, CatcherOptions{MaxBytes: 2000})
	for _, c := range []*Catcher{byCount, byBytes} {
		var all []*Message
		for range 10 {
			all = append(all, titled("mail", "x@naru.example"))
		}
		catch(t, c, all...)
		n := c.Count()
		files, _ := filepath.Glob(filepath.Join(c.mails.dir, "*.eml"))
		if len(files) != n || n < 1 || n > 9 || c.mails.bytes > c.mails.maxBytes {
			t.Errorf("%d mails of %d bytes listed, %d files", n, c.mails.bytes, len(files))
		}
	}
	if byCount.Count() != 3 {
		t.Errorf("%d mails kept, want 3", byCount.Count())
	}
}

func TestCatcherTakesManyAtOnce(t *testing.T) {
	t.Parallel()
	// A clock that stands still: ids must differ and keep their order.
	c := startTestCatcher(t, CatcherOptions{Clock: func() time.Time { return exampleTime }})
	s := newTestSender(t, c.URL(), nil)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeDelivered {
					t.Errorf("Send = %+v", r)
				}
			}
		})
	}
	wg.Wait()
	_ = s.Close()
	mails := c.List("", "", 100)
	if len(mails) != 80 {
		t.Fatalf("%d mails kept, want 80", len(mails))
	}
	for i := 1; i < len(mails); i++ {
		if mails[i].ID >= mails[i-1].ID {
			t.Fatal("the list is not in order")
		}
	}
}

func TestCatcherFailsHonestly(t *testing.T) {
	t.Parallel()
	c := startTestCatcher(t, CatcherOptions{})
	s := newTestSender(t, c.URL(), nil)
	if err := os.RemoveAll(c.mails.dir); err != nil {
		t.Fatal(err)
	}
	if r := s.Send(t.Context(), testMessage("hello")); r.Outcome != naru.OutcomeTemporary || r.Reply != "451 4.3.0" {
		t.Errorf("with its folder gone: %+v, want 451", r)
	}
	for name, o := range map[string]CatcherOptions{
		"not loopback":  {Addr: "0.0.0.0:0", Dir: t.TempDir(), Logger: quiet},
		"all addresses": {Addr: ":0", Dir: t.TempDir(), Logger: quiet},
		"no folder":     {Logger: quiet},
		"a file":        {Dir: filepath.Join(c.mails.dir, "\x00"), Logger: quiet},
	} {
		if c, err := StartCatcher(o); err == nil {
			_ = c.Close()
			t.Errorf("%s: started", name)
		}
	}
}

// TestCatcherPage opens every page of a mail that means harm.
func TestCatcherPage(t *testing.T) {
	t.Parallel()
	files, err := templates.FS("")
	if err != nil {
		t.Fatal(err)
	}
	c := startTestCatcher(t, CatcherOptions{})
	evil := &Message{From: "<desk@naru.example>", To: "<writer@example.com>", Raw: []byte(strings.ReplaceAll(`From: <desk@naru.example>
To: <writer@example.com>
Subject: `+encodeHeader("</title><script>alert(1)</script> 문의")+`
Message-ID: <evil@naru.example>
Content-Type: multipart/mixed; boundary=mixed

--mixed
Content-Type: multipart/alternative; boundary=alternative

--alternative
Content-Type: text/plain

hello
.
world
--alternative
Content-Type: text/html

<html><head><title>x</title></head><body><script>alert(1)</script><img src="https://evil.example/x.gif"><a href="https://naru.example/">link</a></body></html>
--alternative--
--mixed
Content-Type: text/html; name="<b>.html"
Content-Disposition: attachment; filename="<b>.html"

<script>alert(1)</script>
--mixed--
`, "\n", "\r\n"))}
	catch(t, c, evil, titled("plain", "plain@naru.example"))
	handler, err := c.Handler("/mail", files)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	get := func(path string) (status int, header http.Header, body string) {
		t.Helper()
		res, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		if err = errors.Join(err, res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Header, string(b)
	}
	id := c.List("", "", 10)[1].ID
	for path, want := range map[string]struct{ policy, contains string }{
		"/mail":                    {catcherPagePolicy, "&lt;/title&gt;&lt;script&gt;"},
		"/mail/":                   {catcherPagePolicy, `http-equiv="refresh"`},
		"/mail/?q=plain":           {catcherPagePolicy, "plain"},
		"/mail/?q=nothing":         {catcherPagePolicy, "No mail has these words"},
		"/mail/" + id:              {catcherPagePolicy, `<iframe sandbox="allow-popups`},
		"/mail/" + id + "/html":    {catcherMailPolicy, `<head><base target="_blank">`},
		"/mail/" + id + "/raw":     {catcherBytesPolicy, "Return-Path: <desk@naru.example>"},
		"/mail/" + id + "/files/0": {catcherBytesPolicy, "<script>alert(1)</script>"},
		"/mail/catcher.css":        {catcherPagePolicy, "prefers-color-scheme"},
	} {
		status, header, body := get(path)
		if status != http.StatusOK || !strings.Contains(body, want.contains) {
			t.Errorf("%s: %d, without %q: %s", path, status, want.contains, body)
		}
		if got := header.Get("Content-Security-Policy"); got != want.policy {
			t.Errorf("%s: policy %q, want %q", path, got, want.policy)
		}
		if want.policy == catcherPagePolicy && strings.Contains(body, "<script") {
			t.Errorf("%s: a script stands in the page", path)
		}
		if want.policy == catcherBytesPolicy && (header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment")) {
			t.Errorf("%s: shown, not saved: %v", path, header)
		}
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: headers %v", path, header)
		}
	}
	for _, path := range []string{"/mail/none", "/mail/none/html", "/mail/none/raw", "/mail/" + id + "/files/9", "/mail/" + id + "/files/x", "/mail/..%2f..%2fetc%2fpasswd/raw"} {
		if status, _, _ := get(path); status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, status)
		}
	}
}

func TestCatcherPageIsLocal(t *testing.T) {
	t.Parallel()
	files, err := templates.FS("")
	if err != nil {
		t.Fatal(err)
	}
	handler, err := startTestCatcher(t, CatcherOptions{}).Handler("", files)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		remote, host, header string
		want                 int
	}{
		{"127.0.0.1:1", "127.0.0.1:8025", "", 200},
		{"[::1]:1", "localhost:8025", "", 200},
		{"127.0.0.1:1", "[::1]:8025", "", 200},
		{"192.0.2.1:1", "localhost:8025", "", 403},
		{"127.0.0.1:1", "evil.example", "", 403},
		{"127.0.0.1:1", "localhost.evil.example:8025", "", 403},
		{"127.0.0.1:1", "localhost:8025", "X-Forwarded-For", 403},
		{"127.0.0.1:1", "localhost:8025", "Forwarded", 403},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr, r.Host = c.remote, c.host
		if c.header != "" {
			r.Header.Set(c.header, "192.0.2.1")
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%+v: %d", c, w.Code)
		}
	}
}

// TestCatcherRefusesWhenClosing: a mail that is being written is finished, and
// none is begun.
func TestCatcherRefusesWhenClosing(t *testing.T) {
	t.Parallel()
	c := startTestCatcher(t, CatcherOptions{})
	conn, err := net.Dial("tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if c.begin() {
		t.Error("a mail is begun after Close")
	}
	if _, err := net.Dial("tcp", c.Addr()); err == nil {
		t.Error("a connection is taken after Close")
	}
}
