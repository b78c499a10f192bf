package intake

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/go-json-experiment/json/jsontext"

	"naru/internal/locale"
	"naru/internal/naru"
)

// body is a request that could be read, not yet validated.
type body struct {
	kind naru.Kind
	// answers is a *naru.Patient or *naru.Partner.
	answers     any
	consents    []consentAnswer
	attachments []string
	// conversation is the id of the talk in the chat before; may be empty.
	conversation string
	// wrong are fields of the wrong type or that do not exist, by pointer;
	// they are not validated further.
	wrong []naru.FieldError
}

// consentAnswer is one tick of the writer. Language is that of the text
// shown; empty: that of the inquiry.
type consentAnswer struct {
	ID, Version, Language string
	Granted               bool
	// broken marks one that was reported as wrongly typed.
	broken bool
}

// member is one name and value of a JSON object.
type member struct {
	name  string
	value jsontext.Value
}

// Members of the body that both forms have.
const (
	memberKind        = "kind"
	memberLanguage    = "language"
	memberConsents    = "consents"
	memberAttachments = "attachments"
	// memberConversation names a talk in the chat that is to go along.
	memberConversation = "conversation_id"
)

// maxConversationID is the longest id of a conversation, in bytes.
const maxConversationID = 100

var commonMembers = []string{memberKind, memberLanguage, memberConsents, memberAttachments, memberConversation}

// read reads the body strictly. It sets *lang as soon as the body says one, so
// that even a complaint about the rest comes in it. A body of which not even
// the kind is known is reported right away; all other wrong fields are left
// to be reported together with those that the validation finds.
func (s *Service) read(raw []byte, lang *string) (body, error) {
	p := parsers.Get().(*parser)
	defer p.release()
	members, err := p.readObject(p.members[:0], raw, s.names, s.options.Limits.Members)
	if err != nil {
		return body{}, err
	}
	p.members = members
	b := body{}
	if tag, present, ok := readString(valueOf(members, memberLanguage)); !ok {
		b.fail("/"+memberLanguage, "type_string", nil)
	} else if found, known := locale.Find(strings.TrimSpace(tag)); present && known {
		*lang = found
	} else if present && strings.TrimSpace(tag) != "" {
		b.fail("/"+memberLanguage, "unknown_choice", map[string]any{"Choices": strings.Join(naru.Languages, ", ")})
	}
	kind, present, ok := readString(valueOf(members, memberKind))
	f, known := s.form(strings.TrimSpace(kind))
	switch {
	case !ok:
		b.fail("/"+memberKind, "type_string", nil)
	case !present || kind == "":
		b.fail("/"+memberKind, "required", nil)
	case !known:
		b.fail("/"+memberKind, "unknown_choice", map[string]any{"Choices": "patient, partner"})
	}
	if !known {
		return body{}, invalid(b.wrong)
	}
	b.kind = naru.Kind(strings.TrimSpace(kind))
	answers := reflect.New(f.structure)
	for _, m := range members {
		if i, ok := f.byName[m.name]; ok {
			b.readField(answers.Elem().Field(i).Addr().Interface(), m)
		} else if !isCommon(m.name) {
			b.unknown("", m.name, append(f.names(), commonMembers...))
		}
	}
	b.answers = answers.Interface()
	b.readConsents(p, valueOf(members, memberConsents))
	b.readAttachments(p, valueOf(members, memberAttachments))
	if b.conversation, _, ok = readString(valueOf(members, memberConversation)); !ok {
		b.fail("/"+memberConversation, "type_string", nil)
	} else if len(b.conversation) > maxConversationID {
		b.fail("/"+memberConversation, "too_long", map[string]any{"Max": maxConversationID})
	}
	return b, nil
}

func isCommon(name string) bool {
	return slices.Contains(commonMembers, name)
}

func (f form) names() []string {
	names := make([]string, len(f.fields))
	for i, q := range f.fields {
		names[i] = q.name
	}
	return names
}

// malformed says what is wrong with the JSON without repeating any of it.
func malformed(err error) error {
	e := naru.NewError(naru.KindMalformed, "body_malformed", nil)
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		e.Args = map[string]any{"Offset": strconv.FormatInt(syntax.ByteOffset, 10)}
		if errors.Is(err, jsontext.ErrDuplicateName) {
			e.Code = "body_duplicate_member"
		} else if strings.Contains(syntax.Err.Error(), "UTF-8") || strings.Contains(syntax.Err.Error(), "surrogate") {
			e.Code = "body_not_utf8"
		}
	}
	return e
}

func invalid(fields []naru.FieldError) error {
	return &naru.Error{Kind: naru.KindInvalid, Code: "invalid", Fields: fields}
}

func (b *body) fail(pointer, code string, args map[string]any) {
	b.wrong = append(b.wrong, naru.FieldError{Pointer: pointer, Code: code, Args: args})
}

// unknown reports a member that does not exist, with the one that was
// probably meant.
func (b *body) unknown(parent, name string, known []string) {
	args, best := map[string]any{"Name": printable(name)}, 3
	for _, k := range known {
		if len(name) > 40 {
			break
		}
		if d := levenshtein.ComputeDistance(strings.ToLower(name), k); d < best && d < len(k)-1 {
			best, args["Known"] = d, k
		}
	}
	code := "unknown_field"
	if args["Known"] != nil {
		code = "unknown_field_similar"
	}
	b.fail(parent+naru.Pointer(printable(name)), code, args)
}

// printable keeps of a member's name what can stand in a message and a log:
// at most 64 letters, digits and signs; other characters become "?".
func printable(name string) string {
	runes := []rune(name)
	runes = runes[:min(len(runes), 64)]
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-.$@/~: ", r) {
			return r
		}
		return '?'
	}, string(runes))
}

// readField sets one answer, which target points to. null counts as not given.
func (b *body) readField(target any, m member) {
	if m.value.Kind() == 'n' {
		return
	}
	switch target := target.(type) {
	case *string:
		text, _, ok := readString(m.value)
		if !ok {
			b.fail("/"+m.name, "type_string", nil)
			return
		}
		*target = text
	case **bool:
		if kind := m.value.Kind(); kind != 't' && kind != 'f' {
			b.fail("/"+m.name, "type_boolean", nil)
			return
		}
		value := m.value.Kind() == 't'
		*target = &value
	case **int:
		n, err := strconv.ParseInt(string(m.value), 10, 32)
		if err != nil {
			b.fail("/"+m.name, "type_integer", nil)
			return
		}
		value := int(n)
		*target = &value
	}
}

// maxConsents is far more than there are texts.
const maxConsents = 50

var (
	consentMembers = []string{"id", "version", "language", "granted"}
	consentNames   = quoted(consentMembers...)
)

func (b *body) readConsents(p *parser, value jsontext.Value) {
	elements, ok := p.readArray(value)
	if !ok || len(elements) > maxConsents {
		b.fail("/"+memberConsents, "type_consents", nil)
		return
	}
	b.consents = slices.Grow(b.consents, len(elements))
	for i, element := range elements {
		answer := consentAnswer{}
		members, err := p.readObject(p.elements[:0], element, consentNames, maxConsents)
		p.elements = members[:0]
		if err != nil {
			b.fail(consentPointer(i, ""), "type_consents", nil)
			answer.broken = true
		}
		for _, m := range members {
			text, _, isText := readString(m.value)
			code := ""
			switch m.name {
			case "id", "version", "language":
				if !isText {
					code = "type_string"
				}
			case "granted":
				if answer.Granted = m.value.Kind() == 't'; !answer.Granted && m.value.Kind() != 'f' {
					code = "type_boolean"
				}
			default:
				b.unknown(consentPointer(i, ""), m.name, consentMembers)
			}
			switch m.name {
			case "id":
				answer.ID = text
			case "version":
				answer.Version = text
			case "language":
				answer.Language = text
			}
			if code != "" {
				b.fail(consentPointer(i, m.name), code, nil)
				answer.broken = true
			}
		}
		b.consents = append(b.consents, answer)
	}
}

func (b *body) readAttachments(p *parser, value jsontext.Value) {
	elements, ok := p.readArray(value)
	if !ok {
		b.fail("/"+memberAttachments, "type_attachments", nil)
		return
	}
	for i, element := range elements {
		id, _, ok := readString(element)
		if !ok || id == "" {
			b.fail("/"+memberAttachments+"/"+strconv.Itoa(i), "type_string", nil)
		}
		b.attachments = append(b.attachments, id)
	}
}
