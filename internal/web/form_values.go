package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"naru/internal/intake"
	"naru/internal/naru"
	"naru/internal/server"
)

// Fields of the forms that are no answers.
const (
	fieldStep   = "step" // stepEdit: show the form, complaining of nothing
	fieldRemove = "remove"
	fieldKey    = "key"
	fieldShown  = "shown"
	fieldTrap   = "company_fax"
	// what a proof is about, and the proof
	fieldChallenge = "challenge"
	fieldNonce     = "nonce"
	fieldDocument  = "document" // id, size and name of a stored one
	fieldFile      = "file"
	// fieldConversation is the talk in the chat that led to the form.
	fieldConversation = "conversation_id"
	// prefixes of ticks, and of the version of the text that was ticked.
	prefixConsent = "consent_"
	prefixVersion = "version_"

	stepEdit = "edit"
)

// inParts are the dates asked in three fields: nobody wants to leaf through
// decades of a calendar to the day of a birth.
var (
	inParts   = map[string]bool{"birth_date": true}
	dateParts = []string{"year", "month", "day"}
)

// document is one that is stored already. What is said of it here is for the
// eyes of the one who sent it.
type document struct {
	ID   string
	Size int64
	Name string
}

// Value is what the form carries of it.
func (d document) Value() string { return d.ID + " " + strconv.FormatInt(d.Size, 10) + " " + d.Name }

func parseDocument(s string) (document, bool) {
	id, rest, _ := strings.Cut(s, " ")
	size, name, _ := strings.Cut(rest, " ")
	n, err := strconv.ParseInt(size, 10, 64)
	return document{id, n, name}, id != "" && len(id) <= 100 && err == nil && n >= 0
}

// values are what was typed, by field. They are as sent, valid UTF-8 apart.
type values struct {
	*sent
}

type sent struct {
	typed     url.Values
	documents []document
}

func newValues() values { return values{&sent{typed: url.Values{}}} }

func (v values) get(name string) string { return v.typed.Get(name) }

func (v values) set(name, value string) {
	if value == "" {
		v.typed.Del(name)
		return
	}
	v.typed.Set(name, value)
}

// save writes the documents back among the values.
func (v values) save() {
	v.typed.Del(fieldDocument)
	for _, d := range v.documents {
		v.typed.Add(fieldDocument, d.Value())
	}
}

// empty tells whether nothing was sent at all.
func (v values) empty() bool { return len(v.typed) == 0 }

// date returns the answer to a question for a date: the one field, or what
// stands in three.
func (v values) date(name string) string {
	if whole := v.get(name); whole != "" {
		return whole
	}
	var parts []string
	given := false
	for _, part := range dateParts {
		s := strings.TrimSpace(v.get(name + "_" + part))
		given = given || s != ""
		parts = append(parts, s)
	}
	if !given {
		return ""
	}
	return strings.Join(parts, "-")
}

// body is the inquiry as JSON. Answers that the form hides because they do not
// go with others are left out.
func (v values) body(kind naru.Kind, language string, meta intake.Meta) []byte {
	body := map[string]any{"kind": kind, "language": language}
	if chosen := v.get(fieldLanguage); chosen != "" {
		body["language"] = chosen
	}
	for _, q := range meta.Forms[kind].Fields {
		answer := v.get(q.Name)
		if q.Type == "date" {
			answer = v.date(q.Name)
		}
		if strings.TrimSpace(answer) == "" || strings.HasPrefix(q.Name, "writer_") && v.get("writer") == "self" {
			continue
		}
		switch q.Type {
		case "boolean":
			body[q.Name] = true
		case "integer":
			if n, err := strconv.Atoi(plainDigits(answer)); err == nil {
				body[q.Name] = n
			} else {
				body[q.Name] = answer
			}
		default:
			body[q.Name] = answer
		}
	}
	var consents []map[string]any
	for _, text := range meta.Forms[kind].Consents {
		ticked := v.get(prefixConsent+text.ID) != ""
		if text.When != "" && !ticked {
			continue // the use case knows whether it was needed
		}
		version := v.get(prefixVersion + text.ID)
		if version == "" {
			version = text.Version
		}
		consents = append(consents, map[string]any{"id": text.ID, "version": version, "language": language, "granted": ticked})
	}
	body["consents"] = consents
	if conversation := v.get(fieldConversation); conversation != "" && v.get(prefixConsent+intake.ConsentConversation) != "" {
		body[fieldConversation] = conversation
	}
	var documents []string
	for _, d := range v.documents {
		documents = append(documents, d.ID)
	}
	if len(documents) > 0 {
		body["attachments"] = documents
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		panic(err) // strings, numbers and truth values
	}
	return encoded
}

// plainDigits makes the digits of Arabic and full-width ones plain.
func plainDigits(s string) string {
	return strings.Map(func(r rune) rune {
		for _, zero := range []rune{'\u0660', '\u06f0', '\uff10'} {
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return r
	}, strings.TrimSpace(s))
}

// read takes what a form sent. Documents among it are stored at once; what is
// wrong with them is told as problems, for the rest must not be lost for it.
func (f *forms) read(c *gin.Context, kind naru.Kind) (values, []problem, error) {
	v := newValues()
	var problems []problem
	var err error
	if server.Multipart(c.Request) {
		problems, err = f.readParts(c, v)
	} else if err = c.Request.ParseForm(); err == nil {
		for name, all := range c.Request.PostForm {
			for _, value := range all {
				v.add(name, value)
			}
		}
	}
	if err != nil {
		return v, nil, naru.NewError(naru.KindMalformed, "malformed", err)
	}
	for _, q := range f.options.Inquiries.Meta(c.Param("language")).Forms[kind].Fields {
		if inParts[q.Name] {
			v.split(q.Name)
		}
	}
	return v, problems, nil
}

func (v values) add(name, value string) {
	if !utf8.ValidString(value) || !utf8.ValidString(name) {
		value = strings.ToValidUTF8(value, "\ufffd")
	}
	if name == fieldDocument {
		if d, ok := parseDocument(value); ok {
			v.documents = append(v.documents, d)
			v.typed.Add(name, value)
		}
		return
	}
	v.typed.Set(name, value)
}

// split lets a date that was given whole stand in the three fields instead.
func (v values) split(name string) {
	parts := strings.Split(v.get(name), "-")
	if len(parts) != len(dateParts) {
		return
	}
	for i, part := range dateParts {
		v.set(name+"_"+part, strings.TrimLeft(parts[i], "0"))
	}
	v.set(name, "")
}

// readParts reads a form with files.
func (f *forms) readParts(c *gin.Context, v values) ([]problem, error) {
	parts, err := c.Request.MultipartReader()
	if err != nil {
		return nil, fmt.Errorf("read form: %w", err)
	}
	var problems []problem
	left := int64(valuesLimit)
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return problems, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read form: %w", err)
		}
		if part.FormName() == fieldFile {
			wrong, err := f.take(c, v, part)
			if err != nil {
				return nil, err
			}
			problems = append(problems, wrong...)
			continue
		}
		text, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return nil, fmt.Errorf("read form: %w", err)
		}
		if left -= int64(len(text)); left < 0 {
			return nil, naru.NewError(naru.KindTooLarge, "body_too_large", nil)
		}
		v.add(part.FormName(), string(text))
	}
}

// take stores a file of the form.
func (f *forms) take(c *gin.Context, v values, part *multipart.Part) ([]problem, error) {
	if part.FileName() == "" {
		return nil, nil // no file was chosen
	}
	language := c.Param("language")
	limits := f.options.Inquiries.Meta(language).Limits
	wrong := func(text string) []problem {
		return []problem{{Field: fieldFile, Text: part.FileName() + ": " + text}}
	}
	if len(v.documents) >= limits.Attachments {
		return wrong(f.options.Catalog.Text(language, "field.attachments_too_many", map[string]any{"Max": limits.Attachments})), nil
	}
	mediaType := part.Header.Get("Content-Type")
	if strings.HasPrefix(mediaType, "application/octet-stream") {
		mediaType = "" // what browsers say that do not know
	}
	stored, err := f.options.Uploads.Take(c.Request.Context(), intake.Upload{Name: part.FileName(), Type: mediaType, Client: f.server.Client(c), Body: part})
	failure := naru.AsError(err)
	switch {
	case failure == nil:
		f.options.Metrics.Uploaded(stored.Size)
		v.documents = append(v.documents, document{stored.ID, stored.Size, stored.Name})
		v.save()
		return nil, nil
	case failure.Kind == naru.KindInternal, failure.Kind == naru.KindMalformed:
		return nil, err
	}
	return wrong(f.options.Catalog.Text(language, "problem."+failure.Code+".detail", failure.Args)), nil
}
