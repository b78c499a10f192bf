package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"naru/internal/server"
)

// reference is the document as a page: plain values, ready for the template.
type reference struct {
	Title, Version, Summary, Server string
	Description                     [][]span
	Tags                            []referenceTag
	Schemas                         []referenceSchema
	Problems, Fields                []referenceCode
	Asset                           func(string) string
}

// span is a piece of text; Code pieces stood between backticks.
type span struct {
	Text string
	Code bool
}

type referenceTag struct {
	Name        string
	Description []span
	Operations  []referenceOperation
}

type referenceOperation struct {
	ID, Method, Path, Summary string
	Description               [][]span
	Parameters                []referenceValue
	Body                      []span
	Contents                  []referenceContent
	Calls                     []referenceExample
	Responses                 []referenceResponse
}

// referenceValue is a parameter, header or property.
type referenceValue struct {
	Name, In    string
	Required    bool
	Type        []typeName
	Limits      []limit
	Choices     []string
	Description []span
}

// limit is a keyword of JSON Schema that bounds a value.
type limit struct {
	Keyword string
	Bound   any
}

// typeName is a part of a type's name; Ref names the schema it links to. Text
// is "[]" before the type of an array's items and "|" between alternatives.
type typeName struct{ Text, Ref string }

type referenceContent struct {
	MediaType string
	Type      []typeName
	Values    []referenceValue
}

type referenceExample struct{ Name, Text string }

type referenceResponse struct {
	Status      string
	Description []span
	Headers     []referenceValue
	Contents    []referenceContent
	Examples    []referenceExample
}

type referenceSchema struct {
	Name        string
	Description []span
	Type        []typeName
	Limits      []limit
	Choices     []string
	Values      []referenceValue
}

type referenceCode struct{ Code, Text string }

// newDocs writes the document as a page.
func newDocs(document object, catalog Catalog, page *template.Template, asset func(string) string) (server.Content, error) {
	view := newReference(document)
	view.Asset = asset
	view.Problems = codes(catalog, "problem.", ".title")
	view.Fields = codes(catalog, "field.", "")
	var body bytes.Buffer
	if err := page.Execute(&body, view); err != nil {
		return server.Content{}, fmt.Errorf("api: render reference: %w", err)
	}
	return server.NewContent("text/html; charset=utf-8", body.Bytes()), nil
}

// codes lists the codes that the catalogue has sentences for.
func codes(catalog Catalog, prefix, suffix string) []referenceCode {
	unfilled := make(map[string]any)
	for _, name := range []string{"Field", "Max", "Min", "Age", "Name", "Known", "Other", "Choices", "Types", "Size", "Files", "Offset", "Found", "Claimed"} {
		unfilled[name] = "…"
	}
	var all []referenceCode
	for _, key := range catalog.Keys(prefix) {
		if code, ok := strings.CutSuffix(strings.TrimPrefix(key, prefix), suffix); ok {
			all = append(all, referenceCode{code, catalog.Text("en", key, unfilled)})
		}
	}
	return all
}

func newReference(document object) reference {
	info := document.object("info")
	r := reference{
		Title: info.text("title"), Version: info.text("version"), Summary: info.text("summary"),
		Description: paragraphs(info.text("description")), Server: document.list("servers")[0].(object).text("url"),
	}
	at := make(map[string]int)
	for i, tag := range document.list("tags") {
		t := tag.(object)
		r.Tags = append(r.Tags, referenceTag{Name: t.text("name"), Description: spans(t.text("description"))})
		at[t.text("name")] = i
	}
	d := resolver{document, r.Server}
	for _, path := range document.object("paths") {
		for _, operation := range path.value.(object) {
			o := d.operation(path.name, operation.name, operation.value.(object))
			i := at[operation.value.(object).list("tags")[0].(string)]
			r.Tags[i].Operations = append(r.Tags[i].Operations, o)
		}
	}
	for _, schema := range document.object("components").object("schemas") {
		s := schema.value.(object)
		v := d.value(schema.name, s)
		r.Schemas = append(r.Schemas, referenceSchema{
			Name: schema.name, Description: v.Description, Type: v.Type, Limits: v.Limits, Choices: v.Choices, Values: d.properties("", s),
		})
	}
	return r
}

// resolver follows references within the document.
type resolver struct {
	document object
	server   string
}

// resolve returns what o refers to, with o's own description in front, and
// the name of the component; o itself when it is no reference.
func (d resolver) resolve(o object) (resolved object, name string) {
	path := o.text("$ref")
	if path == "" {
		return o, ""
	}
	resolved = d.document
	for token := range strings.SplitSeq(strings.TrimPrefix(path, "#/"), "/") {
		resolved, name = resolved.object(token), token
	}
	for _, m := range o {
		if m.name != "$ref" {
			resolved = append(object{m}, resolved...)
		}
	}
	return resolved, name
}

func (d resolver) operation(path, method string, o object) referenceOperation {
	r := referenceOperation{
		ID: o.text("operationId"), Method: strings.ToUpper(method), Path: path, Summary: o.text("summary"),
		Description: paragraphs(o.text("description")),
	}
	for _, parameter := range o.list("parameters") {
		p, _ := d.resolve(parameter.(object))
		v := d.value(p.text("name"), p.object("schema"))
		v.In, v.Description = p.text("in"), spans(p.text("description"))
		v.Required, _ = p.get("required").(bool)
		r.Parameters = append(r.Parameters, v)
	}
	body := o.object("requestBody")
	r.Body, r.Contents = spans(body.text("description")), d.contents(body)
	r.Calls = d.calls(r.Method, path, o)
	for _, response := range o.object("responses") {
		content, _ := d.resolve(response.value.(object))
		answer := referenceResponse{Status: response.name, Description: spans(content.text("description")), Contents: d.contents(content)}
		for _, header := range content.object("headers") {
			h, _ := d.resolve(header.value.(object))
			v := d.value(header.name, h.object("schema"))
			v.Description = spans(h.text("description"))
			answer.Headers = append(answer.Headers, v)
		}
		for _, media := range content.object("content") {
			answer.Examples = append(answer.Examples, examples(media.value.(object))...)
		}
		r.Responses = append(r.Responses, answer)
	}
	return r
}

func (d resolver) contents(o object) []referenceContent {
	var all []referenceContent
	for _, media := range o.object("content") {
		schema := media.value.(object).object("schema")
		c := referenceContent{MediaType: media.name, Type: d.value("", schema).Type}
		if schema.text("$ref") == "" {
			c.Values = d.properties("", schema)
		}
		all = append(all, c)
	}
	return all
}

func examples(media object) []referenceExample {
	var all []referenceExample
	for _, example := range media.object("examples") {
		value := example.value.(object).get("value")
		text, isText := value.(string) // of a media type other than JSON
		if !isText {
			text = indented(value)
		}
		all = append(all, referenceExample{Name: example.name, Text: text})
	}
	return all
}

func indented(value node) string {
	compact, err := json.Marshal(value)
	var text bytes.Buffer
	if err == nil {
		err = json.Indent(&text, compact, "", "  ")
	}
	if err != nil {
		panic(err) // the document is embedded: a bug
	}
	return text.String()
}

// calls are commands to copy: one per example of the body, or one in all.
func (d resolver) calls(method, path string, o object) []referenceExample {
	address := d.server + path
	for _, parameter := range o.list("parameters") {
		p, _ := d.resolve(parameter.(object))
		if p.text("in") == "path" {
			address = strings.Replace(address, "{"+p.text("name")+"}", p.text("example"), 1)
		}
	}
	command := "curl"
	if method != http.MethodGet && method != http.MethodPost {
		command += " -X " + method
	}
	if len(o.list("security")) > 0 {
		command += " -H 'Authorization: Bearer SECRET'"
	}
	var all []referenceExample
	for _, media := range o.object("requestBody").object("content") {
		if media.name == "multipart/form-data" {
			var form strings.Builder
			for _, p := range media.value.(object).object("schema").object("properties") {
				switch p.name {
				case "inquiry":
					form.WriteString(" \\\n  -F 'inquiry=@inquiry.json;type=application/json'")
				case "file":
					form.WriteString(" \\\n  -F 'file=@report.pdf'")
				}
			}
			all = append(all, referenceExample{media.name, command + " " + address + form.String()})
			continue
		}
		for _, e := range examples(media.value.(object)) {
			all = append(all, referenceExample{e.Name, command + " " + address + " \\\n  -H 'Content-Type: " + media.name + "' \\\n  -H 'Idempotency-Key: '$(uuidgen) \\\n  --data-binary @- <<'JSON'\n" + e.Text + "\nJSON"})
		}
	}
	if len(all) == 0 {
		all = append(all, referenceExample{"", command + " " + address})
	}
	return all
}

// properties lists the members of an object, those of objects inside it with
// the way to them: consents[].id.
func (d resolver) properties(prefix string, schema object) []referenceValue {
	required := make(map[string]bool)
	for _, name := range schema.list("required") {
		required[name.(string)] = true
	}
	var all []referenceValue
	for _, p := range schema.object("properties") {
		s := p.value.(object)
		v := d.value(prefix+p.name, s)
		v.Required = required[p.name]
		all = append(all, v)
		if items := s.object("items"); items != nil {
			all = append(all, d.properties(prefix+p.name+"[].", items)...)
		}
		all = append(all, d.properties(prefix+p.name+".", s)...)
	}
	if items := schema.object("items"); items != nil && prefix == "" {
		all = append(all, d.properties("[].", items)...)
	}
	return all
}

// value describes one schema.
func (d resolver) value(name string, schema object) referenceValue {
	resolved, ref := d.resolve(schema)
	v := referenceValue{Name: name, Description: spans(resolved.text("description"))}
	for _, choice := range resolved.list("enum") {
		v.Choices = append(v.Choices, fmt.Sprint(choice))
	}
	if constant := resolved.get("const"); constant != nil {
		v.Choices = append(v.Choices, fmt.Sprint(constant))
	}
	for _, keyword := range []string{"minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern"} {
		if bound := resolved.get(keyword); bound != nil {
			v.Limits = append(v.Limits, limit{keyword, bound})
		}
	}
	switch {
	case ref != "":
		v.Type = []typeName{{ref, ref}}
		v.Choices, v.Limits = nil, nil // where the link leads
	case resolved.text("type") == "array":
		v.Type = append([]typeName{{Text: "[]"}}, d.value("", resolved.object("items")).Type...)
	case len(resolved.list("oneOf")) > 0:
		for i, one := range resolved.list("oneOf") {
			if i > 0 {
				v.Type = append(v.Type, typeName{Text: "|"})
			}
			v.Type = append(v.Type, d.value("", one.(object)).Type...)
		}
	default:
		text := resolved.text("type")
		if format := resolved.text("format"); format != "" {
			text += " (" + format + ")"
		} else if media := resolved.text("contentMediaType"); media != "" {
			text = "file"
		}
		v.Type = []typeName{{Text: text}}
	}
	return v
}

// paragraphs splits a description.
func paragraphs(text string) [][]span {
	var all [][]span
	for p := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if p != "" {
			all = append(all, spans(p))
		}
	}
	return all
}

// spans splits text at its backticks.
func spans(text string) []span {
	var all []span
	for i, piece := range strings.Split(strings.TrimSpace(text), "`") {
		if piece != "" {
			all = append(all, span{piece, i%2 == 1})
		}
	}
	return all
}
