package mail

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"naru/internal/naru"
	"naru/templates"
)

// TestPlansWriteWhatTemplatesWrite takes every mail, with whatever may stand in it.
func TestPlansWriteWhatTemplatesWrite(t *testing.T) {
	t.Parallel()
	c := newTestComposer(t, newMemory(), nil)
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"", "plain", `<b a='1' c="2">&amp;+`, "\x00", "a\r\n\r\n> b\n", "سالم الكعبي", "한국어", "javascript:alert(1)", "\xff", "{{.}}", "+8210", strings.Repeat("long ", 40),
	}))
	rapid.Check(t, func(r *rapid.T) {
		q := rapid.SampledFrom([]naru.Inquiry{kazakhMother(), mongolianHospital(), vietnameseAgency(), emiratiEmbassy()}).Draw(r, "inquiry")
		q.Language = rapid.SampledFrom(naru.Languages).Draw(r, "language")
		q.Urgent = rapid.Bool().Draw(r, "urgent")
		q.Contact.Name, q.Contact.Email, q.Contact.PhoneE164 = text.Draw(r, "name"), text.Draw(r, "email"), text.Draw(r, "phone")
		q.Rule, q.Secret = text.Draw(r, "rule"), text.Draw(r, "secret")
		if q.Patient != nil {
			patient := *q.Patient
			patient.Complaint, patient.Payer, patient.BirthDate = text.Draw(r, "complaint"), text.Draw(r, "payer"), text.Draw(r, "birth date")
			q.Patient = &patient
		}
		if rapid.Bool().Draw(r, "partner") {
			q.KnownPartner = &naru.KnownPartner{Name: text.Draw(r, "partner's name"), Country: rapid.SampledFrom([]string{"", "MN"}).Draw(r, "country"), Scope: "overseas", Subject: text.Draw(r, "subject")}
		}
		message := naru.Addition{Kind: naru.AdditionMessage, AcceptedAt: q.AcceptedAt, Message: text.Draw(r, "message")}
		failed := naru.Delivery{Kind: naru.DeliveryTeam, TeamID: q.TeamID, Attempt: 3, Outcome: naru.OutcomePermanent, Reply: text.Draw(r, "reply")}
		for name, view := range map[string]any{
			"team": c.inquiryView(q), "acknowledgement": c.acknowledgementView(q), "notice": c.noticeView(q, failed, nil), "addition": c.additionView(q, message),
		} {
			w := c.writersFor(view)
			var subject, text, html, wantSubject, wantText, wantHTML bytes.Buffer
			err := errors.Join(
				w.execute(name, view, &subject, &text, &html),
				w.text.ExecuteTemplate(&wantSubject, name+".subject", view), w.text.ExecuteTemplate(&wantText, name+".txt", view), w.html.ExecuteTemplate(&wantHTML, name+".html", view),
			)
			if err != nil {
				r.Fatal(err)
			}
			if known, _ := w.plans.Load(name); known.(*mailPlans) == nil {
				r.Fatalf("there is no plan for %s", name)
			}
			for want, got := range map[*bytes.Buffer]*bytes.Buffer{&wantSubject: &subject, &wantText: &text, &wantHTML: &html} {
				if want.String() != got.String() {
					r.Fatalf("%s: plan and template differ:\n%q\n%q", name, got, want)
				}
			}
		}
	})
}

// TestTemplatesBeyondPlansAreUsed: an operator's templates may use all of the
// language.
func TestTemplatesBeyondPlansAreUsed(t *testing.T) {
	t.Parallel()
	for name, source := range map[string]string{
		"a variable":      `{{$name := .Name}}<p>{{$name}}</p>`,
		"the root":        `{{range .Rows}}<p title="{{.Label}}">{{$.Name}}</p>{{end}}`,
		"a comparison":    `{{if gt (len .Rows) 3}}<p>{{.Name}}</p>{{end}}`,
		"a formatted one": `<p>{{printf "%s" .Name}} {{len .Rows}} {{.Country}} {{.Urgent}}</p>`,
		"a loop left":     `{{range .Rows}}<p>{{.Value}}</p>{{break}}{{end}}`,
		"a pair":          `{{with .Answer}}<p>{{.}}</p>{{else}}none{{end}}`,
		"another":         `{{with and .Name .Email}}<p onclick="f({{.}})">{{.}}</p>{{end}}`,
		"negation":        `{{if not .Urgent}}<p>{{.Name}}</p>{{end}}`,
	} {
		dir := t.TempDir()
		err := errors.Join(os.Mkdir(filepath.Join(dir, "mail"), 0o700), os.WriteFile(filepath.Join(dir, "mail", "team.html"), []byte("<p>"+source), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		files, err := templates.FS(dir)
		if err != nil {
			t.Fatal(err)
		}
		q := kazakhMother()
		q.Contact.Name = `<i>"n"</i>`
		c := newTestComposer(t, newMemory(q), func(o *ComposerOptions) { o.Templates = files })
		view := c.inquiryView(q)
		var subject, text, html, want bytes.Buffer
		w := c.writersFor(view)
		if err := errors.Join(w.execute("team", view, &subject, &text, &html), w.html.ExecuteTemplate(&want, "team.html", view)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if html.String() != want.String() || html.Len() == 0 || strings.Contains(html.String(), "<i>") {
			t.Errorf("%s: %q, want %q", name, &html, &want)
		}
	}
}
