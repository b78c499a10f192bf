package mail

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"strings"
	texttemplate "text/template"
	"time"

	"naru/internal/naru"
)

// The template files. Those of both lists share labels.tmpl, which is text.
var (
	htmlFiles = []string{"labels.tmpl", "parts.html", "team.html", "acknowledgement.html", "notice.html"}
	textFiles = []string{"labels.tmpl", "parts.txt", "team.txt", "acknowledgement.txt", "notice.txt"}
)

// parse reads the templates and names every file that is missing or wrong.
func (c *Composer) parse() error {
	funcs := map[string]any{"quote": quote, "isolate": isolate}
	c.html = htmltemplate.New("mail").Funcs(funcs).Option("missingkey=error")
	c.text = texttemplate.New("mail").Funcs(funcs).Option("missingkey=error")
	var problems []error
	read := func(files []string, parse func(name, text string) error) {
		for _, name := range files {
			text, err := fs.ReadFile(c.options.Templates, "mail/"+name)
			if err == nil {
				err = parse(name, string(text))
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", c.origin("mail/"+name), err))
			}
		}
	}
	read(htmlFiles, func(name, text string) error {
		_, err := c.html.New(name).Parse(text)
		return err
	})
	read(textFiles, func(name, text string) error {
		_, err := c.text.New(name).Parse(text)
		return err
	})
	return errors.Join(problems...)
}

// origin says where a template came from, if the file system knows.
func (c *Composer) origin(name string) string {
	if o, ok := c.options.Templates.(interface{ Origin(string) string }); ok {
		return o.Origin(name)
	}
	return name
}

// try writes every kind of mail from made-up inquiries, with every field
// filled and with none: templates are checked when they run, not when they
// are read.
func (c *Composer) try() error {
	now := time.Unix(0, 0).UTC()
	yes, number := true, 1
	team := c.fallback.ID
	bare := naru.Inquiry{Reference: "222-222-222", Kind: naru.KindPartner, Language: "en", AcceptedAt: now, AnswerBy: now, TeamID: team, Partner: &naru.Partner{}}
	full := naru.Inquiry{
		Reference: "222-222-222", Secret: "s", Kind: naru.KindPatient, Language: "ar", AcceptedAt: now, AnswerBy: now, TeamID: team, Rule: "r", Urgent: true,
		Contact: naru.Contact{Name: "n", Email: "n@example.com", PhoneE164: "+1", Country: "KR"},
		Patient: &naru.Patient{
			BirthDate: "1970-01-01", Complaint: "c", GuardianName: "g", Purpose: "other", Residence: "KR", InHospital: &yes, StayDays: &number,
		},
		KnownPartner: &naru.KnownPartner{Name: "n", Scope: "overseas", Country: "c", Date: "1970-01-01", Subject: "s"},
		Consents:     []naru.Consent{{ID: "c", Version: "1", Language: "en", Granted: true, At: now}, {ID: "d"}},
		Attachments:  []naru.Attachment{{ID: "a", Name: "a.pdf", Type: "application/pdf"}},
	}
	var problems []error
	for _, q := range []naru.Inquiry{bare, full} {
		views := []struct {
			name string
			view any
		}{{"team", c.inquiryView(q)}, {"acknowledgement", c.acknowledgementView(q)}}
		for _, kind := range []naru.DeliveryKind{naru.DeliveryTeam, naru.DeliveryAcknowledgement} {
			failed := naru.Delivery{Kind: kind, TeamID: team, Outcome: naru.OutcomePermanent, Reply: "550"}
			views = append(views, struct {
				name string
				view any
			}{"notice", c.noticeView(q, failed)})
		}
		for _, v := range views {
			problems = append(problems, c.tryOne(v.name, v.view))
		}
	}
	return errors.Join(problems...)
}

func (c *Composer) tryOne(name string, view any) error {
	var subject, text, html bytes.Buffer
	err := errors.Join(
		c.text.ExecuteTemplate(&subject, name+".subject", view),
		c.text.ExecuteTemplate(&text, name+".txt", view),
		c.html.ExecuteTemplate(&html, name+".html", view),
	)
	if err != nil {
		return fmt.Errorf("%s, %s: %w", c.origin("mail/"+name+".txt"), c.origin("mail/"+name+".html"), err)
	}
	for what, s := range map[string]string{"subject": subject.String(), "text": text.String(), "HTML": html.String()} {
		if strings.TrimSpace(s) == "" {
			return fmt.Errorf("%s: the %s of the mail is empty", c.origin("mail/"+name+".txt"), what)
		}
	}
	return nil
}
