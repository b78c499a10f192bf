package mail

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	texttemplate "text/template"
	"text/template/parse"
	"time"

	"naru/internal/naru"
)

// The template files. Those of both lists share labels.tmpl, which is text.
var (
	htmlFiles = []string{colourFile, "labels.tmpl", "parts.html", "team.html", "acknowledgement.html", "notice.html", "addition.html"}
	textFiles = []string{"labels.tmpl", "parts.txt", "team.txt", "acknowledgement.txt", "notice.txt", "addition.txt", "alert.txt"}
)

// colourFile stands for the colours among the files; it is none.
const colourFile = "colours"

// writers are the templates for one language: those of mails to teams, or of
// the acknowledgement in that language.
type writers struct {
	html *htmltemplate.Template
	text *texttemplate.Template
	// plans are made for the first mail of a kind, by its template's name.
	plans *sync.Map
}

// execute writes the mail named: its subject, its text and its HTML.
func (w writers) execute(name string, view any, subject, text, html *bytes.Buffer) error {
	known, ok := w.plans.Load(name)
	if !ok {
		// HTML templates are not escaped before they are executed first.
		if err := w.html.ExecuteTemplate(io.Discard, name+".html", view); err != nil {
			return err
		}
		known, _ = w.plans.LoadOrStore(name, w.plan(name, reflect.TypeOf(view)))
	}
	if plans := known.(*mailPlans); plans != nil {
		dot := reflect.ValueOf(view)
		return errors.Join(plans.subject.write(subject, dot), plans.text.write(text, dot), plans.html.write(html, dot))
	}
	return errors.Join(
		w.text.ExecuteTemplate(subject, name+".subject", view),
		w.text.ExecuteTemplate(text, name+".txt", view),
		w.html.ExecuteTemplate(html, name+".html", view),
	)
}

// mailPlans are the plans of one mail.
type mailPlans struct{ subject, text, html plan }

// plan makes the plans of the mail named; nil where one of its templates does what
// plans cannot.
func (w writers) plan(name string, view reflect.Type) *mailPlans {
	texts := planner{leave: leaveToText, tree: func(name string) *parse.Tree {
		if t := w.text.Lookup(name); t != nil {
			return t.Tree
		}
		return nil
	}}
	pages := planner{leave: leaveToHTML, tree: func(name string) *parse.Tree {
		if t := w.html.Lookup(name); t != nil {
			return t.Tree
		}
		return nil
	}}
	subject, err1 := newPlan(texts, name+".subject", view)
	text, err2 := newPlan(texts, name+".txt", view)
	html, err3 := newPlan(pages, name+".html", view)
	if errors.Join(err1, err2, err3) != nil {
		return nil
	}
	return &mailPlans{subject: subject, text: text, html: html}
}

// forTeams is the key of the writers for mails to teams.
const forTeams = ""

// parse reads the templates and names every file that is missing or wrong.
func (c *Composer) parse() error {
	sources := map[string]string{}
	var problems []error
	for _, name := range slices.Concat(htmlFiles, textFiles) {
		if name == colourFile {
			sources[name] = c.options.Colours.definitions()
			continue
		}
		source, err := fs.ReadFile(c.options.Templates, "mail/"+name)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", c.origin("mail/"+name), err))
		}
		sources[name] = string(source)
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	c.writers = map[string]writers{}
	for _, lang := range append([]string{forTeams}, naru.Languages...) {
		w, err := c.parseFor(lang, sources)
		if err != nil {
			return err
		}
		c.writers[lang] = w
	}
	return nil
}

// parseFor parses all templates with the texts of one language put in.
func (c *Composer) parseFor(lang string, sources map[string]string) (w writers, err error) {
	var text func(string) (string, bool)
	if lang != forTeams {
		text = func(key string) (string, bool) {
			return c.catalog.Text(lang, ackPrefix+key, nil), c.catalog.Has(ackPrefix + key)
		}
	}
	w.plans = new(sync.Map)
	var problems []error
	trees := func(files []string, escape func(string) string) map[string]*parse.Tree {
		all := map[string]*parse.Tree{}
		for _, name := range files {
			// Known functions are not called while parsing; any value will do.
			parsed, err := parse.Parse(name, sources[name], "", "", functions, builtins)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", c.origin("mail/"+name), err))
			}
			maps.Copy(all, parsed)
		}
		f := fold{trees: all, text: text, escape: escape}
		if lang == forTeams && c.words.labels == nil {
			c.words = c.newWords(f.constants("field.", "value."))
		}
		for _, tree := range all {
			f.list(tree.Root)
		}
		return all
	}
	w.html = htmltemplate.New("").Funcs(functions).Option("missingkey=error")
	for name, tree := range trees(htmlFiles, escapeHTML) {
		_, err := w.html.AddParseTree(name, tree)
		problems = append(problems, err)
	}
	w.text = texttemplate.New("").Funcs(functions).Option("missingkey=error")
	for name, tree := range trees(textFiles, asIs) {
		_, err := w.text.AddParseTree(name, tree)
		problems = append(problems, err)
	}
	return w, errors.Join(problems...)
}

// functions are what templates may call besides the built-in ones.
var functions = map[string]any{"quote": quote, "isolate": isolate, "ltr": leftToRight}

// builtins are the names that package parse must know of.
var builtins = func() map[string]any {
	names := map[string]any{}
	for name := range strings.FieldsSeq("and call eq ge gt html index js le len lt ne not or print printf println slice urlquery") {
		names[name] = true
	}
	return names
}()

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
	for _, stuck := range []bool{true, false} {
		_, _, err := c.alertTexts(Alert{Stuck: stuck})
		problems = append(problems, err)
	}
	for _, q := range []naru.Inquiry{bare, full} {
		views := []struct {
			name string
			view any
		}{{"team", c.inquiryView(q)}, {"acknowledgement", c.acknowledgementView(q)}}
		message := naru.Addition{Kind: naru.AdditionMessage, AcceptedAt: now, Message: "m", Attachments: full.Attachments}
		erasure := naru.Addition{Kind: naru.AdditionErasure, AcceptedAt: now}
		add := func(name string, view any) {
			views = append(views, struct {
				name string
				view any
			}{name, view})
		}
		add("addition", c.additionView(q, message))
		add("addition", c.additionView(q, erasure))
		for kind, addition := range map[naru.DeliveryKind]*naru.Addition{
			naru.DeliveryTeam: nil, naru.DeliveryAcknowledgement: nil, naru.DeliveryAddition: &message,
		} {
			add("notice", c.noticeView(q, naru.Delivery{Kind: kind, TeamID: team, Outcome: naru.OutcomePermanent, Reply: "550"}, addition))
		}
		for _, v := range views {
			problems = append(problems, c.tryOne(v.name, v.view))
		}
	}
	return errors.Join(problems...)
}

// writersFor returns the templates for a view.
func (c *Composer) writersFor(view any) writers {
	if v, ok := view.(*acknowledgementView); ok {
		if w, ok := c.writers[v.Lang]; ok {
			return w
		}
		return c.writers[naru.Languages[0]]
	}
	return c.writers[forTeams]
}

func (c *Composer) tryOne(name string, view any) error {
	var subject, text, html bytes.Buffer
	err := c.writersFor(view).execute(name, view, &subject, &text, &html)
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
