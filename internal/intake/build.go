package intake

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"naru/internal/locale"
	"naru/internal/naru"
)

// build validates what was read and makes the inquiry of it, without team and
// case number. All that is wrong is reported in one error.
func (s *Service) build(ctx context.Context, b body, lang string, now time.Time) (naru.Inquiry, error) {
	f := s.forms[b.kind]
	f.normalize(b.answers)
	wrong := b.wrong
	found, failed := s.check(ctx, f, b.answers)
	for _, w := range failed {
		// A field of the wrong type is empty here; that is not its fault.
		if !reported(b.wrong, w.Pointer) {
			wrong = append(wrong, w)
		}
	}
	inquiry := naru.Inquiry{Kind: b.kind, Language: lang, AcceptedAt: now, AnswerBy: s.options.Calendar.AnswerBy(now).UTC()}
	switch answers := b.answers.(type) {
	case *naru.Patient:
		s.fromPatient(&inquiry, answers)
	case *naru.Partner:
		s.fromPartner(&inquiry, answers)
	}
	inquiry.Contact.PhoneE164 = found.e164
	if !reported(b.wrong, "/"+memberConsents) {
		inquiry.Consents, failed = s.consents.record(b, lang, found.minor, now)
		wrong = append(wrong, failed...)
	}
	inquiry.Attachments = nil
	if len(wrong) == 0 || len(b.attachments) > 0 {
		var err error
		if inquiry.Attachments, failed, err = s.documents(ctx, b); err != nil {
			return naru.Inquiry{}, err
		}
		wrong = append(wrong, failed...)
	}
	if len(wrong) > 0 {
		s.sort(f, wrong)
		return naru.Inquiry{}, invalid(wrong)
	}
	var err error
	if inquiry.Conversation, err = s.conversation(ctx, b, inquiry.Consents); err != nil {
		return naru.Inquiry{}, err
	}
	if inquiry.ID, err = s.newID(); err != nil {
		return naru.Inquiry{}, err
	}
	inquiry.Secret, err = newSecret(s.options.Random)
	return inquiry, err
}

func (s *Service) fromPatient(inquiry *naru.Inquiry, p *naru.Patient) {
	inquiry.Patient = p
	inquiry.Contact = naru.Contact{Name: p.Name, Email: p.Email, Country: p.Residence}
	if p.Writer != "self" {
		inquiry.Contact.Name = p.WriterName
	}
	// Somebody who lies in a hospital now cannot wait in line.
	inquiry.Urgent = p.InHospital != nil && *p.InHospital
}

func (s *Service) fromPartner(inquiry *naru.Inquiry, p *naru.Partner) {
	inquiry.Partner = p
	inquiry.Contact = naru.Contact{Name: p.Name, Email: p.Email, Country: p.Country}
	if known, ok := s.options.Partners.Match(p.Institution, p.Country); ok {
		inquiry.KnownPartner = &known
	}
}

// documents describes the attachments. Whether they are still free is the
// store's to decide, in the transaction that takes them.
func (s *Service) documents(ctx context.Context, b body) ([]naru.Attachment, []naru.FieldError, error) {
	var documents []naru.Attachment
	var wrong []naru.FieldError
	pointer, limits := "/"+memberAttachments, s.options.Limits
	if len(b.attachments) > limits.Attachments {
		return nil, []naru.FieldError{{Pointer: pointer, Code: "attachments_too_many", Args: map[string]any{"Max": limits.Attachments}}}, nil
	}
	var total int64
	for i, id := range b.attachments {
		at := pointer + "/" + strconv.Itoa(i)
		if id == "" {
			continue // reported by the reader
		}
		if slices.Contains(b.attachments[:i], id) {
			wrong = append(wrong, naru.FieldError{Pointer: at, Code: "attachment_repeated"})
			continue
		}
		document, _, err := s.options.Store.Attachment(ctx, id)
		if naru.IsKind(err, naru.KindNotFound) {
			wrong = append(wrong, naru.FieldError{Pointer: at, Code: "attachment_unknown"})
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("look up attachment: %w", err)
		}
		total += document.Size
		documents = append(documents, document)
	}
	if total > limits.AttachmentBytes {
		wrong = append(wrong, naru.FieldError{Pointer: pointer, Code: "attachments_too_large", Args: map[string]any{"Max": locale.Size(limits.AttachmentBytes)}})
	}
	return documents, wrong, nil
}

// conversation returns what was said in the chat, where the writer wants it to
// go along. One that is over by now is not worth refusing an inquiry for.
func (s *Service) conversation(ctx context.Context, b body, consents []naru.Consent) ([]naru.Turn, error) {
	agreed := slices.ContainsFunc(consents, func(c naru.Consent) bool { return c.ID == ConsentConversation && c.Granted })
	if b.conversation == "" || !agreed || s.options.Conversations == nil {
		return nil, nil
	}
	turns, err := s.options.Conversations.Turns(ctx, b.conversation)
	if err != nil {
		return nil, fmt.Errorf("look up conversation: %w", err)
	}
	return turns, nil
}

// reported tells whether the field itself is among the errors.
func reported(wrong []naru.FieldError, pointer string) bool {
	return slices.ContainsFunc(wrong, func(w naru.FieldError) bool { return w.Pointer == pointer })
}

// sort brings errors into the order of the form: the fields both forms share
// first, then the form's own, unknown ones, consents and attachments.
func (s *Service) sort(f form, wrong []naru.FieldError) {
	rank := func(pointer string) int {
		name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		switch name {
		case memberKind, memberLanguage:
			return -1
		case memberConsents:
			return len(f.fields) + 1
		case memberAttachments:
			return len(f.fields) + 2
		case memberConversation:
			return len(f.fields) + 3
		}
		if i, ok := f.byName[name]; ok {
			return i
		}
		return len(f.fields)
	}
	slices.SortStableFunc(wrong, func(a, b naru.FieldError) int { return rank(a.Pointer) - rank(b.Pointer) })
}

func join(values []string) string { return strings.Join(values, ", ") }

func languageList() string { return join(naru.Languages) }
