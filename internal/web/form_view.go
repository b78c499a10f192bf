package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"naru/internal/intake"
	"naru/internal/naru"
)

// problem is something to be corrected. Text is for people; an empty one is
// made of the code, form.problem_<code>.
type problem struct {
	// Field is the name of the field, empty for none.
	Field, Code, Text string
}

// formView is the data of a form's page.
type formView struct {
	Kind     naru.Kind
	Way      string
	Language string
	Groups   []groupView
	More     []groupView
	// MoreOpen: something among More was filled in or is wrong.
	MoreOpen  bool
	Consents  []consentView
	Problems  []problem
	Documents []document
	// FileProblems are about documents.
	FileProblems []string
	Limits       limitsView
	// Key is that of an inquiry that was shown once more already.
	Key string
	// Kept: what stands here came from the reader, and is newer than any draft.
	Kept bool
	// Conversation is the talk in the chat that led here, or empty.
	Conversation string
	// Begun names the fields that were filled in from elsewhere; a draft goes
	// with them.
	Begun        string
	Institutions []string
	Promise      string
}

type limitsView struct {
	Files      int
	File       string
	Total      string
	FileBytes  int64
	TotalBytes int64
	// Accept is for the file dialogue, Types for people.
	Accept, Types string
}

type groupView struct {
	Name   string
	Fields []fieldView
	Other  []fieldView
	Minor  []fieldView
	// Guardian is the consent asked for children, beside their questions.
	Guardian *consentView
	// MinorOpen: something about the guardian was filled in or is wrong.
	MinorOpen bool
}

// fieldView is one question.
type fieldView struct {
	Name, Label, Type string
	Value             string
	Optional          bool
	Help              bool
	// Wrong is what has to be corrected, or empty.
	Wrong        string
	Max          int
	Min          int
	Autocomplete string
	Choices      []choiceView
	// Radio: the choices are few and stand open.
	Radio bool
	// Parts are the fields of a date that is asked in three.
	Parts []partView
}

// ID is that of the field, where problems lead to.
func (f fieldView) ID() string { return "f-" + f.Name }

// Described lists the ids of help and problem.
func (f fieldView) Described() string {
	var ids []string
	if f.Help {
		ids = append(ids, "h-"+f.Name)
	}
	if f.Wrong != "" {
		ids = append(ids, "e-"+f.Name)
	}
	return strings.Join(ids, " ")
}

type choiceView struct {
	Value, Label string
	Chosen       bool
}

type partView struct {
	// Name is year, month or day.
	Name, Value string
	Length      int
}

type consentView struct {
	intake.ConsentText
	Ticked bool
	Wrong  string
}

// longList is from how many choices on a list opens only when asked to.
const longList = 6

// yearFirst are the languages that write a date from the year down.
var yearFirst = map[string]bool{"ko": true, "ja": true, "zh-Hans": true, "mn": true, "kk": false}

func (f *forms) newView(language string, kind naru.Kind, v values, problems []problem) formView {
	meta := f.options.Inquiries.Meta(language)
	form := meta.Forms[kind]
	view := formView{
		Kind: kind, Way: ways[kind], Language: language, Documents: v.documents, Key: v.get(fieldKey), Kept: !v.empty(), Conversation: v.get(fieldConversation),
		Limits: f.limits(language, meta.Limits), Promise: meta.Promise.Text,
	}
	if kind == naru.KindPartner {
		view.Institutions = f.options.Institutions
	}
	texts := map[string]string{}
	for i, one := range problems {
		if one.Text == "" {
			problems[i].Text = f.options.Catalog.Text(language, "form.problem_"+one.Code, nil)
		}
		if one.Field == fieldFile {
			view.FileProblems = append(view.FileProblems, problems[i].Text)
		}
		if texts[one.Field] == "" {
			texts[one.Field] = problems[i].Text
		}
	}
	view.Problems = problems
	fields := map[string]fieldView{fieldLanguage: languageField(meta, v, language)}
	for _, q := range form.Fields {
		fields[q.Name] = f.field(meta, q, v, texts[q.Name])
	}
	pick := func(names []string) []fieldView {
		var list []fieldView
		for _, name := range names {
			list = append(list, fields[name])
		}
		return list
	}
	var guardian *consentView
	for _, text := range form.Consents {
		one := consentView{ConsentText: text, Ticked: v.get(prefixConsent+text.ID) != "", Wrong: texts[prefixConsent+text.ID]}
		switch {
		case text.When == intake.WhenConversation && view.Conversation == "":
			continue
		case text.When != "" && text.When != intake.WhenConversation:
			guardian = &one
			continue
		}
		view.Consents = append(view.Consents, one)
	}
	touched := func(list []fieldView) bool {
		return slices.ContainsFunc(list, func(q fieldView) bool { return q.Value != "" || q.Wrong != "" })
	}
	group := func(g group) groupView {
		made := groupView{Name: g.name, Fields: pick(g.fields), Other: pick(g.other), Minor: pick(g.minor)}
		if len(g.minor) > 0 {
			made.Guardian = guardian
			made.MinorOpen = touched(made.Minor) || guardian != nil && (guardian.Ticked || guardian.Wrong != "")
		}
		return made
	}
	layout := f.layouts[kind]
	for _, g := range layout.groups {
		view.Groups = append(view.Groups, group(g))
	}
	for _, g := range layout.more {
		made := group(g)
		view.MoreOpen = view.MoreOpen || touched(made.Fields)
		view.More = append(view.More, made)
	}
	return view
}

func (f *forms) limits(language string, l intake.MetaLimits) limitsView {
	var types []string
	for _, extension := range l.Extensions {
		types = append(types, strings.ToUpper(extension[1:]))
	}
	return limitsView{
		Files: l.Attachments, FileBytes: l.FileBytes, TotalBytes: l.TotalBytes,
		File: f.options.Catalog.Bytes(language, l.FileBytes), Total: f.options.Catalog.Bytes(language, l.TotalBytes),
		Accept: strings.Join(append(slices.Clone(l.Extensions), l.Types...), ","), Types: strings.Join(types, ", "),
	}
}

// languageField asks which language to answer in: that of the page, unless
// another is chosen.
func languageField(meta intake.Meta, v values, language string) fieldView {
	chosen := v.get(fieldLanguage)
	if chosen == "" {
		chosen = language
	}
	q := fieldView{Name: fieldLanguage, Type: "choice", Label: "", Value: chosen}
	for _, c := range meta.Languages {
		q.Choices = append(q.Choices, choiceView{c.Value, capital(c.Label), c.Value == chosen})
	}
	return q
}

func (f *forms) field(meta intake.Meta, q intake.Field, v values, wrong string) fieldView {
	made := fieldView{
		Name: q.Name, Label: q.Label, Type: q.Type, Value: v.get(q.Name), Optional: !q.Required && !q.Conditional, Help: helped[q.Name], Wrong: wrong,
		Max: q.MaxLength, Autocomplete: autocomplete[q.Name],
	}
	if q.Type == "integer" {
		made.Min, made.Max = q.Min, q.Max
	}
	for _, c := range q.Choices {
		made.Choices = append(made.Choices, choiceView{c.Value, capital(c.Label), c.Value == made.Value})
	}
	if q.Type == "country" {
		for _, c := range meta.Countries {
			made.Choices = append(made.Choices, choiceView{c.Code, c.Name, c.Code == made.Value})
		}
	}
	made.Radio = q.Type == "choice" && len(made.Choices) <= longList && made.Name != "writer_authority"
	if inParts[q.Name] {
		order := slices.Clone(dateParts)
		if !yearFirst[meta.Language] {
			slices.Reverse(order)
		}
		for _, part := range order {
			length := 2
			if part == "year" {
				length = 4
			}
			made.Parts = append(made.Parts, partView{part, v.get(q.Name + "_" + part), length})
		}
		made.Value = v.date(q.Name)
	}
	return made
}

// describe says in the language what is wrong with the fields.
func (f *forms) describe(language string, kind naru.Kind, v values, wrong []naru.FieldError) []problem {
	meta := f.options.Inquiries.Meta(language)
	labels, chosen := map[string]string{}, map[string]bool{}
	for _, q := range meta.Forms[kind].Fields {
		labels[q.Name] = q.Label
		chosen[q.Name] = q.Type == "country" || len(q.Choices) > 0
	}
	// The consents as they stood in the request.
	var asked []string
	left := ""
	for _, text := range meta.Forms[kind].Consents {
		if text.When != "" && v.get(prefixConsent+text.ID) == "" {
			if text.Required {
				left = text.ID
			}
			continue
		}
		asked = append(asked, text.ID)
	}
	var problems []problem
	for _, w := range wrong {
		name, rest, _ := strings.Cut(strings.TrimPrefix(w.Pointer, "/"), "/")
		args := map[string]any{"Field": labels[name]}
		maps.Copy(args, w.Args)
		one := problem{Field: name, Code: w.Code}
		switch name {
		case "consents":
			index, _, _ := strings.Cut(rest, "/")
			if i, err := strconv.Atoi(index); err == nil && i >= 0 && i < len(asked) {
				one.Field = prefixConsent + asked[i]
			} else {
				one.Field = prefixConsent + left
			}
			if w.Code == "consent_outdated" {
				// The current text stands in the form; it was not ticked.
				v.set(strings.Replace(one.Field, prefixConsent, prefixVersion, 1), "")
				v.set(one.Field, "")
			}
		case "attachments":
			one.Field = fieldFile
			if i, err := strconv.Atoi(rest); err == nil && i < len(v.documents) {
				args["Name"] = v.documents[i].Name
			}
		}
		code := w.Code
		if code == "required" && chosen[name] {
			code = "choose"
		}
		one.Text = f.sentence(language, code, args)
		if args["Name"] != nil && one.Field == fieldFile {
			one.Text = f.options.Catalog.Text(language, "format.item", map[string]any{"Label": args["Name"], "Value": one.Text})
		}
		problems = append(problems, one)
	}
	f.dropLost(v, wrong)
	return problems
}

// dropLost takes documents off the list that are not there any more.
func (f *forms) dropLost(v values, wrong []naru.FieldError) {
	var kept []document
	for i, d := range v.documents {
		if !slices.ContainsFunc(wrong, func(w naru.FieldError) bool { return w.Pointer == "/attachments/"+strconv.Itoa(i) }) {
			kept = append(kept, d)
		}
	}
	if len(kept) != len(v.documents) {
		v.documents = kept
		v.save()
	}
}

// sentence says what is wrong with a field: as for forms where there is such a
// text, else as for programs.
func (f *forms) sentence(language, code string, args map[string]any) string {
	for _, key := range []string{"form.problem_" + code, "field." + code} {
		if text := f.options.Catalog.Text(language, key, args); text != key {
			return text
		}
	}
	return f.options.Catalog.Text(language, "field.invalid", args)
}
