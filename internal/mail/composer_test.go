package mail

import (
	"bytes"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"naru/internal/locale"
	"naru/internal/naru"
	"naru/templates"
)

// catalog is the real one; reading it once is enough.
var catalog = sync.OnceValues(func() (*locale.Catalog, error) {
	return locale.Load(os.DirFS("../../config/locales"), "mail", "format", "meta", "consent")
})

func newTestComposer(t testing.TB, store Store, change func(*ComposerOptions)) *Composer {
	t.Helper()
	texts, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	files, err := templates.FS("")
	if err != nil {
		t.Fatal(err)
	}
	o := ComposerOptions{
		Templates: files, Catalog: texts, Store: store, Teams: exampleTeams, From: "inquiry@naru.example", PublicURL: "https://naru.example",
		InlineLimitBytes: 7 << 20, Clock: func() time.Time { return exampleTime.Add(2 * time.Second) },
	}
	if change != nil {
		change(&o)
	}
	c, err := NewComposer(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNothingOfTheInquiryLeaves: the acknowledgement says nothing about health,
// and repeats no words that a stranger might want us to send.
func TestNothingOfTheInquiryLeaves(t *testing.T) {
	t.Parallel()
	q := vietnameseAgency()
	q.Contact.Name = "Win $1000 at https://evil.example now"
	raw := compose(t, newMemory(q), exampleDelivery(q, naru.DeliveryAcknowledgement))
	text := dump(t, raw)
	for _, word := range []string{"evil", "1000", q.Patient.Name, q.Patient.Complaint[:20], "nhồi máu", "tim", "MedTravel", q.Patient.Payer, "1961", "cost", q.Patient.Phone} {
		if strings.Contains(text, word) {
			t.Errorf("the acknowledgement repeats %q", word)
		}
	}
	q.Contact.Name = "Mai Trần"
	if !strings.Contains(dump(t, compose(t, newMemory(q), exampleDelivery(q, naru.DeliveryAcknowledgement))), "Mai Trần") {
		t.Error("a plain name is left out")
	}
}

func TestSubjectsWithoutHealthData(t *testing.T) {
	t.Parallel()
	for _, q := range []naru.Inquiry{kazakhMother(), mongolianHospital(), vietnameseAgency(), emiratiEmbassy()} {
		for _, kind := range []naru.DeliveryKind{naru.DeliveryTeam, naru.DeliveryAcknowledgement} {
			env := envelope(t, compose(t, newMemory(q), exampleDelivery(q, kind)))
			subject := env.GetHeader("Subject")
			if !strings.HasPrefix(subject, "["+string(q.Reference)+"] ") {
				t.Errorf("subject %q does not begin with the case number", subject)
			}
			for _, word := range []string{"Cardiology", "Pediatrics", "opinion", "Cost", q.Contact.Name} {
				if strings.Contains(subject, word) {
					t.Errorf("subject %q holds %q", subject, word)
				}
			}
		}
	}
}

// TestMinorIsByTheBirthDate: a guardian may be named for a grown-up, and need
// not be named where the guardian writes.
func TestMinorIsByTheBirthDate(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"child, guardian writes": true, "adult with a guardian": false, "birthday in Korea, not yet in UTC": false} {
		q := kazakhMother()
		switch name {
		case "child, guardian writes":
			q.Patient.GuardianName, q.Patient.GuardianRelation = "", ""
		case "adult with a guardian":
			q.Patient.BirthDate = "1961-11-20"
		default:
			q.AcceptedAt, q.Patient.BirthDate = time.Date(2026, 3, 1, 15, 0, 0, 0, time.UTC), "2012-03-02"
		}
		env := envelope(t, compose(t, newMemory(q), exampleDelivery(q, naru.DeliveryTeam)))
		if got := strings.Contains(env.Text, "Under 14"); got != want || strings.Contains(env.HTML, "Under 14") != want {
			t.Errorf("%s: marked %v, want %v", name, got, want)
		}
	}
}

// TestSaysWhoGetsTheReply: a mail says that replying answers the writer
// exactly where it does.
func TestSaysWhoGetsTheReply(t *testing.T) {
	t.Parallel()
	for _, kind := range []naru.DeliveryKind{"", naru.DeliveryTeam, naru.DeliveryAcknowledgement} {
		for _, address := range []string{"writer@example.com", "writer@nowhere..example"} {
			q := kazakhMother()
			q.Contact.Email = address
			store := newMemory(q)
			d := exampleDelivery(q, naru.DeliveryTeam)
			if kind != "" {
				d = failedDelivery(store, q, kind, naru.OutcomePermanent, "550 5.1.1")
			}
			env := envelope(t, compose(t, store, d))
			set := env.GetHeader("Reply-To") != ""
			if want := kind != naru.DeliveryAcknowledgement && address == "writer@example.com"; set != want {
				t.Errorf("%q about %q, to %s: Reply-To is set: %v", d.Kind, kind, address, set)
			}
			for part, text := range map[string]string{"text": env.Text, "HTML": env.HTML} {
				if said := strings.Contains(text, "Replying to this mail answers the writer"); said != set {
					t.Errorf("%q about %q, to %s: %s says so: %v, Reply-To is set: %v", d.Kind, kind, address, part, said, set)
				}
			}
		}
	}
}

// TestLabelsForTeams: names that differ from those of the form, and countries
// by name.
func TestLabelsForTeams(t *testing.T) {
	t.Parallel()
	text := func(q naru.Inquiry) string {
		env := envelope(t, compose(t, newMemory(q), exampleDelivery(q, naru.DeliveryTeam)))
		if !strings.Contains(env.HTML, `class="card"`) || !strings.Contains(env.HTML, "word-break:keep-all;overflow-wrap:anywhere") {
			t.Error("Korean words may be broken")
		}
		return strings.ReplaceAll(env.Text, "\r\n", "\n")
	}
	partner := mongolianHospital()
	partner.Partner.Department = "Liver surgery"
	for want, in := range map[string]string{
		"환자 이름(여권 표기) · Patient's name (as in passport): NURLAN ALIKHAN\n": text(kazakhMother()),
		"부서 · Department: Liver surgery\n":                                 text(partner),
		"국가 · Country: 몽골 · Mongolia\n":                                    text(partner),
		"이름 · Name: " + partner.Partner.Name + "\n":                        text(partner),
	} {
		if !strings.Contains(in, want) {
			t.Errorf("the mail lacks %q: %s", want, in)
		}
	}
}

// TestHostileInquiry: whatever stands in an inquiry, nothing of it becomes a
// header, markup, or a line of ours.
func TestHostileInquiry(t *testing.T) {
	t.Parallel()
	const evil = "x\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script><img src=https://evil.example/p.gif>\u202egnp\u2066\x00\ufeff\xff{{.Secret}}"
	q := kazakhMother()
	q.Contact.Name = evil
	q.Patient.Name, q.Patient.Complaint, q.Patient.WriterName, q.Patient.Messenger, q.Patient.Purpose = evil, "> "+evil+"\n== 동의 · Consents ==\nFrom me", evil, evil, evil
	q.RequestID, q.Rule = evil, evil
	q.KnownPartner = &naru.KnownPartner{Name: evil, Subject: evil, Scope: "overseas"}
	q.Attachments[0].Name = "../..\\" + evil + ".pdf"
	d := exampleDelivery(q, naru.DeliveryTeam)
	d.RequestID = evil
	raw := compose(t, newMemory(q), d)
	env := envelope(t, raw)
	header, _, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	if bytes.Contains(header, []byte("\nBcc")) || env.GetHeader("Bcc") != "" {
		t.Error("a header was injected")
	}
	for _, r := range env.GetHeader("Reply-To") + env.GetHeader("X-Naru-Request") + env.Attachments[0].FileName {
		if unicode.In(r, unicode.Cc, unicode.Cf) {
			t.Errorf("%U stands in a header", r)
		}
	}
	if name := env.Attachments[0].FileName; strings.ContainsAny(name, `/\`) {
		t.Errorf("the attachment is called %q", name)
	}
	if !strings.Contains(env.HTML, "<td><bdi>x Bcc: ") {
		t.Error("what turns letters round may do so beyond its field")
	}
	if strings.Contains(env.HTML, "<script") || strings.Contains(env.HTML, "<img") || strings.Contains(env.HTML, q.Secret+"gnp") {
		t.Error("markup of the inquiry is markup in the mail")
	}
	for line := range strings.SplitSeq(env.Text, "\n") {
		if strings.HasPrefix(line, "From me") || strings.HasPrefix(line, "== 동의") && !strings.HasPrefix(line, "== 동의 · Consents ==\r") && line != "== 동의 · Consents ==" {
			t.Errorf("a line of the inquiry passes for ours: %q", line)
		}
	}
	if got := strings.Count(env.Text, "\n== 동의 · Consents =="); got != 1 {
		t.Errorf("%d headings of consents, want ours alone", got)
	}
}

func TestRecipientAllowed(t *testing.T) {
	t.Parallel()
	c := newTestComposer(t, newMemory(), func(o *ComposerOptions) { o.Own = []string{"bounces@naru.example"} })
	for _, address := range []string{"aigul@mail.kz", "o'brien+tag@uni.example", "who@한국.example"} {
		if err := c.RecipientAllowed(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		"", "nobody", "a@b", "a@b.example\r\nBcc: c@d.example", "<a@b.example>", "MAILER-DAEMON@b.example", "no-reply@b.example", "inquiry@naru.example",
		"Patients@Center.example", "patients+x@center.example", "front@center.example", "bounces@naru.example", "a@[127.0.0.1]", "a@-.example",
	} {
		err := c.RecipientAllowed(address)
		if naru.AsError(err) == nil || naru.AsError(err).Code != "recipient_refused" || !naru.IsKind(err, naru.KindInvalid) {
			t.Errorf("%q: %v, want recipient_refused", address, err)
		}
		if err != nil && address != "" && strings.Contains(err.Error(), address) {
			t.Errorf("the error repeats the address: %v", err)
		}
	}
	q := kazakhMother()
	q.Contact.Email = "postmaster@mail.example"
	_, err := newTestComposer(t, newMemory(q), nil).Compose(t.Context(), exampleDelivery(q, naru.DeliveryAcknowledgement))
	if !naru.IsKind(err, naru.KindInvalid) {
		t.Errorf("acknowledgement to a postmaster: %v", err)
	}
	if _, err := newTestComposer(t, newMemory(q), nil).Compose(t.Context(), exampleDelivery(q, naru.DeliveryTeam)); err != nil {
		t.Errorf("the team's mail: %v", err)
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	q := kazakhMother()
	d := exampleDelivery(q, naru.DeliveryTeam)
	attached := func(raw []byte) (n int, html string) {
		env := envelope(t, raw)
		return len(env.Attachments), env.HTML
	}
	link := `href="https://naru.example/attachments/a1?key=s3cr3t-a1"`

	if n, html := attached(compose(t, newMemory(q), d)); n != 1 || strings.Contains(html, link) {
		t.Errorf("small: %d attached, link %v", n, strings.Contains(html, link))
	}
	gone := newMemory(q)
	delete(gone.chunks, "a1")
	if n, html := attached(compose(t, gone, d)); n != 0 || !strings.Contains(html, link) {
		t.Errorf("erased: %d attached", n)
	}
	for name, change := range map[string]func(*memory){
		"store away":  func(m *memory) { m.chunkError = naru.NewError(naru.KindUnavailable, "store_unavailable", nil) },
		"other bytes": func(m *memory) { m.chunks["a1"] = []string{"%PDF-1.7", " analysiX"} },
		"too many":    func(m *memory) { m.chunks["a1"] = []string{"%PDF-1.7", " analysis", "more"} },
	} {
		store := newMemory(q)
		change(store)
		_, err := newTestComposer(t, store, nil).Compose(t.Context(), d)
		if err == nil || naru.IsKind(err, naru.KindInvalid) || naru.IsKind(err, naru.KindNotFound) {
			t.Errorf("%s: %v, want an error that passes", name, err)
		}
	}
	c := newTestComposer(t, newMemory(q), func(o *ComposerOptions) { o.InlineLimitBytes = 0 })
	msg, err := c.Compose(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if n, html := attached(rawMail(t, msg)); n != 0 || !strings.Contains(html, link) {
		t.Errorf("limit 0: %d attached", n)
	}
}

// TestUnknownTeam: a team that is no longer configured must not cost the mail.
func TestUnknownTeam(t *testing.T) {
	t.Parallel()
	q := kazakhMother()
	q.TeamID = "dissolved"
	env := envelope(t, compose(t, newMemory(q), exampleDelivery(q, naru.DeliveryTeam)))
	if to := env.GetHeader("To"); !strings.Contains(to, "front@center.example") {
		t.Errorf("the mail goes to %q, want the fallback team", to)
	}
}

// A language that the desk does not speak any more must not cost the mail.
func TestUnknownLanguage(t *testing.T) {
	t.Parallel()
	q := kazakhMother()
	q.Language = "tlh"
	env := envelope(t, compose(t, newMemory(q), exampleDelivery(q, naru.DeliveryAcknowledgement)))
	if from := env.GetHeader("From"); !strings.Contains(from, "International Inquiry Desk") || !strings.Contains(from, "<inquiry@naru.example>") {
		t.Errorf("the mail is from %q", from)
	}
	if replies := env.GetHeader("Reply-To"); !strings.Contains(replies, "<patients@center.example>") {
		t.Errorf("answers go to %q", replies)
	}
	if !strings.Contains(env.Text, "International Inquiry Desk") {
		t.Error("the mail does not say whose it is")
	}
}

func TestComposeErrors(t *testing.T) {
	t.Parallel()
	q := kazakhMother()
	c := newTestComposer(t, newMemory(q), nil)
	unknown := exampleDelivery(q, naru.DeliveryTeam)
	unknown.InquiryID = "none"
	if _, err := c.Compose(t.Context(), unknown); !naru.IsKind(err, naru.KindNotFound) {
		t.Errorf("unknown inquiry: %v", err)
	}
	if _, err := c.Compose(t.Context(), exampleDelivery(q, naru.DeliveryNotice)); !naru.IsKind(err, naru.KindNotFound) {
		t.Errorf("notice about nothing: %v", err)
	}
	if _, err := c.Compose(t.Context(), exampleDelivery(q, "postcard")); !naru.IsKind(err, naru.KindInvalid) {
		t.Errorf("unknown kind: %v", err)
	}
}

func TestComposerOptions(t *testing.T) {
	t.Parallel()
	texts, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	files, err := templates.FS("")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*ComposerOptions){
		"no store":       func(o *ComposerOptions) { o.Store = nil },
		"no teams":       func(o *ComposerOptions) { o.Teams = nil },
		"no fallback":    func(o *ComposerOptions) { o.Teams = o.Teams[:1] },
		"sender":         func(o *ComposerOptions) { o.From = "Desk <desk@naru.example>" },
		"team's address": func(o *ComposerOptions) { o.Teams = []naru.Team{{ID: "x", Email: "x", Fallback: true}} },
		"public URL":     func(o *ComposerOptions) { o.PublicURL = "naru.example" },
		"no templates":   func(o *ComposerOptions) { o.Templates = fstest.MapFS{} },
	} {
		o := ComposerOptions{Templates: files, Catalog: texts, Store: newMemory(), Teams: exampleTeams, From: "desk@naru.example", PublicURL: "https://naru.example"}
		change(&o)
		if _, err := NewComposer(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestOverriddenTemplates: a folder replaces single files, and what is wrong
// in them is found at the start and named.
func TestOverriddenTemplates(t *testing.T) {
	t.Parallel()
	texts, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	build := func(name, text string) (*Composer, error) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "mail"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "mail", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files, err := templates.FS(dir)
		if err != nil {
			return nil, err
		}
		return NewComposer(ComposerOptions{Templates: files, Catalog: texts, Store: newMemory(kazakhMother()), Teams: exampleTeams, From: "desk@naru.example", PublicURL: "https://naru.example"})
	}
	c, err := build("team.html", `<p>{{.Reference}} for {{.Team}}</p>`)
	if err != nil {
		t.Fatal(err)
	}
	msg, err := c.Compose(t.Context(), exampleDelivery(kazakhMother(), naru.DeliveryTeam))
	if err != nil {
		t.Fatal(err)
	}
	if got := dump(t, rawMail(t, msg)); !strings.Contains(got, "<p>K7Q-X3M-9A4 for 국제환자 상담 데스크 · International Patient Desk</p>") {
		t.Errorf("the replaced template is not used: %s", got)
	}
	for name, c := range map[string]struct{ file, text, want string }{
		"syntax":         {"team.html", "{{if .Urgent}}", "team.html:1"},
		"field":          {"team.txt", `{{define "team.subject"}}x{{end}}{{.CaseNumber}}`, "CaseNumber"},
		"template":       {"team.html", `{{template "marcs" .}}`, "marcs"},
		"function":       {"notice.txt", `{{define "notice.subject"}}x{{end}}{{shout .Reference}}`, "shout"},
		"empty":          {"acknowledgement.html", "  \n", "empty"},
		"no subject":     {"acknowledgement.txt", "hello", "acknowledgement.subject"},
		"misspelt name":  {"taem.html", "x", "taem.html replaces no template"},
		"unsafe":         {"team.html", `<a href={{.StatusURL}} onclick="{{.Name}}`, "team.html"},
		"no text for it": {"acknowledgement.html", `{{.T "no_such_text"}}`, "mail.ack.no_such_text"},
	} {
		_, err := build(c.file, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want one that names %s", name, err, c.want)
		}
	}
}

func TestEncodeHeader(t *testing.T) {
	t.Parallel()
	if got := encodeHeader("[K7Q-X3M-9A4] We have received your inquiry"); got != "[K7Q-X3M-9A4] We have received your inquiry" {
		t.Errorf("ASCII is encoded: %s", got)
	}
	if got := encodeHeader("[K7Q-X3M-9A4] 환자 문의"); !strings.HasPrefix(got, "[K7Q-X3M-9A4] =?UTF-8?B?") {
		t.Errorf("the case number is hidden: %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := cleanHeader(rapid.StringN(0, 120, -1).Draw(t, "subject"))
		encoded := encodeHeader(s)
		for word := range strings.SplitSeq(encoded, " ") {
			if strings.HasPrefix(word, "=?") && len(word) > 68 {
				t.Fatalf("encoded word of %d bytes: %s", len(word), word)
			}
		}
		if decoded, err := new(mime.WordDecoder).DecodeHeader(encoded); err != nil || decoded != s || !ascii(encoded) {
			t.Fatalf("%q is encoded as %q, read as %q, %v", s, encoded, decoded, err)
		}
	})
}

func TestPersonName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Айгүл Нұрланова", "Trần Thị Mai", "佐藤 健一", "سالم الكعبي", "O’Brien", "Dr. J. Smith", "Д. Оюунчимэг", "Jean-Luc", "김가은"} {
		if got := personName(name); got != name {
			t.Errorf("personName(%q) = %q", name, got)
		}
	}
	for _, name := range []string{"", "evil.com", "visit evil.com", "a@b.c", "call +821012345678", "www.x.y", "x/y", strings.Repeat("a", 61), "a b c d e f g", "<b>"} {
		if got := personName(name); got != "" {
			t.Errorf("personName(%q) = %q, want nothing", name, got)
		}
	}
}

func TestFlow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringOfN(rapid.RuneFrom([]rune("abc de > Frоm。、漢字かな 한글 \u0301й\u202e")), 0, 400, -1).Draw(t, "line")
		line := strings.TrimRight(words, " \t")
		if strings.HasPrefix(line, ">") {
			line = "> " + strings.TrimSpace(line[1:])
			line = strings.TrimRight(line, " ")
		}
		got := string(flow(nil, []byte(line)))
		var joined strings.Builder
		for i, l := range strings.Split(strings.TrimSuffix(got, "\n"), "\n") {
			quoted := strings.HasPrefix(l, ">")
			if quoted != strings.HasPrefix(line, ">") {
				t.Fatalf("%q: line %d changes its quoting: %q", line, i, l)
			}
			if quoted {
				l = l[1:]
			}
			l = strings.TrimPrefix(l, " ")
			joined.WriteString(strings.TrimSuffix(l, " "))
		}
		want := line
		if rest, quoted := strings.CutPrefix(line, ">"); quoted {
			want = strings.TrimPrefix(rest, " ")
		}
		if joined.String() != want {
			t.Fatalf("%q joined again is %q", want, joined.String())
		}
	})
	for line := range strings.SplitSeq(string(flow(nil, []byte(strings.Repeat("漢字かな交じり文。", 40)+strings.Repeat(" word", 40)))), "\n") {
		columns := 0
		for _, r := range line {
			columns += runeColumns(r)
		}
		if columns > 78 {
			t.Errorf("%d columns: %s", columns, line)
		}
	}
}

// Mails are in the operator's colours, and in none of naru's own then.
func TestMailsHaveTheOperatorsColours(t *testing.T) {
	t.Parallel()
	q := kazakhMother()
	store := newMemory(q)
	c := newTestComposer(t, store, func(o *ComposerOptions) { o.Colours = Colours{"#6a1b4d", "#fffff1", "#e9b9d4", "#07282c"} })
	for kind, want := range map[naru.DeliveryKind][]string{
		naru.DeliveryTeam:            {"color:#6a1b4d", "border-left:3px solid #6a1b4d", ".link{color:#e9b9d4!important}"},
		naru.DeliveryAcknowledgement: {`bgcolor="#6a1b4d"`, "color:#fffff1;text-decoration:none", ".go,.go a{background:#e9b9d4!important;color:#07282c!important}"},
	} {
		msg, err := c.Compose(t.Context(), exampleDelivery(q, kind))
		if err != nil {
			t.Fatal(err)
		}
		got := dump(t, rawMail(t, msg))
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%s: the mail lacks %s", kind, text)
			}
		}
		for _, own := range []string{shipped.Accent, shipped.AccentDark} {
			if strings.Contains(got, own) {
				t.Errorf("%s: the mail has %s, which is not the operator's", kind, own)
			}
		}
	}
}
