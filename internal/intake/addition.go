package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"naru/internal/naru"
)

// AdditionStore is where additions are kept.
type AdditionStore interface {
	// AddToInquiry writes the addition and its delivery durably, or returns
	// the addition first written under the same key, and true. Errors:
	// KindNotFound for an inquiry that is erased, KindConflict
	// "idempotency_key_reused", KindRateLimited "additions_too_many",
	// KindInvalid for documents that are unknown or taken, KindUnavailable.
	AddToInquiry(context.Context, naru.AdditionAcceptance) (naru.Addition, bool, error)
}

// AdditionOptions are what Additions are made of; all are required.
type AdditionOptions struct {
	// Service has the rules, the clock and the limits.
	Service *Service
	Store   AdditionStore
	// Open returns the inquiry of a case number as people type it to those who
	// know its secret; KindNotFound "inquiry_unknown" otherwise.
	Open func(ctx context.Context, reference, secret string) (naru.Inquiry, error)
}

// Additions takes what writers send after their inquiry: messages, documents,
// and the wish that the inquiry be erased. What it promises is what Service
// promises: once it has answered, the addition and its mail to the team are
// durable.
//
// An inquiry is not erased by this wish at once, for three reasons. The link
// that opens a case is a bearer's: it stands in two mailboxes, and whoever gets
// hold of it must not be able to destroy an inquiry that was not read yet. What
// matters most lies in the team's mailbox by then, where only people can remove
// it. And a hospital has to look first whether it is bound to keep it. So the
// team is asked, by mail; `naru erase` then removes everything here.
type Additions struct {
	options AdditionOptions
	form    form
}

// additionText is what an addition says, with the rules of the forms.
type additionText struct {
	Message string `json:"message" validate:"max=5000,text"`
}

// Members of the bodies that additions have besides attachments.
const (
	memberMessage = "message"
	memberConfirm = "confirm"
)

// An inquiry gets at most additionsPerDay additions within a day: far more than
// a person needs, and few enough for the team's mailbox.
const (
	additionsPerDay = 20
	additionWindow  = 24 * time.Hour
)

// Of clients that send no key, what says the same within alikeWindow was sent
// twice by a slip.
const alikeWindow = 2 * time.Minute

// NewAdditions checks the options.
func NewAdditions(o AdditionOptions) (*Additions, error) {
	if o.Service == nil || o.Store == nil || o.Open == nil {
		return nil, errors.New("intake: Service, Store and Open are required for additions")
	}
	return &Additions{o, newForm(additionText{})}, nil
}

// AdditionRequest is one attempt to add something.
type AdditionRequest struct {
	// Reference is the case number as typed, Secret what opens it.
	Reference, Secret string
	// Body is the JSON as received: {"message", "attachments"}, or for an
	// erasure {"confirm"} with the case number once more.
	Body []byte
	// IdempotencyKey is as in Request; an erasure needs none.
	IdempotencyKey string
	RequestID      string
}

// AdditionReceipt is what the writer gets for an addition.
type AdditionReceipt struct {
	Addition naru.Addition
	// Reference is the case number in its canonical form.
	Reference naru.Reference
	// Replayed tells that it had been accepted before.
	Replayed bool
}

// Add hands in a message, documents, or both. When it returns without an error,
// they are durable, and so is the mail to the team.
func (a *Additions) Add(ctx context.Context, r AdditionRequest) (AdditionReceipt, error) {
	key, err := keyDigest(r.IdempotencyKey)
	if err != nil {
		return AdditionReceipt{}, err
	}
	inquiry, err := a.options.Open(ctx, r.Reference, r.Secret)
	if err != nil {
		return AdditionReceipt{}, fmt.Errorf("add to inquiry: %w", err)
	}
	addition, err := a.read(ctx, r.Body)
	if err != nil {
		return AdditionReceipt{}, err
	}
	// The secret, which is kept sealed, keeps the digest of a short message from
	// being guessed.
	said := []byte(inquiry.Secret + "\x00" + addition.Message)
	for _, d := range addition.Attachments {
		// A retry is the same when the bytes are, though the ids differ.
		said = append(said, "\x00"+d.SHA256...)
	}
	if key != "" {
		key = digest([]byte("message\x00" + inquiry.ID + "\x00" + key))
	}
	return a.accept(ctx, inquiry, addition, r.RequestID, key, digest(said))
}

// AskErasure asks the team to erase the inquiry; asking again changes nothing.
// The body's "confirm" must be the case number, lest a slip do it: otherwise
// KindInvalid "not_confirmed" at /confirm.
func (a *Additions) AskErasure(ctx context.Context, r AdditionRequest) (AdditionReceipt, error) {
	inquiry, err := a.options.Open(ctx, r.Reference, r.Secret)
	if err != nil {
		return AdditionReceipt{}, fmt.Errorf("ask for erasure: %w", err)
	}
	b := body{}
	values, err := a.members(&b, r.Body, memberConfirm)
	if err != nil {
		return AdditionReceipt{}, err
	}
	typed, _, _ := readString(values[memberConfirm])
	if confirmed, ok := naru.ParseReference(typed); !ok || confirmed != inquiry.Reference {
		b.fail("/"+memberConfirm, "not_confirmed", nil)
	}
	if len(b.wrong) > 0 {
		return AdditionReceipt{}, invalid(b.wrong)
	}
	key := digest([]byte("erasure\x00" + inquiry.ID))
	return a.accept(ctx, inquiry, naru.Addition{Kind: naru.AdditionErasure}, r.RequestID, key, key)
}

// members reads the body strictly; what is not known goes to b.wrong.
func (a *Additions) members(b *body, raw []byte, known ...string) (map[string]jsontext.Value, error) {
	all, err := new(parser).readObject(nil, raw, nil, a.options.Service.options.Limits.Members)
	if err != nil {
		return nil, err
	}
	values := make(map[string]jsontext.Value, len(all))
	for _, m := range all {
		if !slices.Contains(known, m.name) {
			b.unknown("", m.name, known)
		}
		values[m.name] = m.value
	}
	return values, nil
}

// read validates a message with its documents.
func (a *Additions) read(ctx context.Context, raw []byte) (naru.Addition, error) {
	s, b := a.options.Service, body{}
	values, err := a.members(&b, raw, memberMessage, memberAttachments)
	if err != nil {
		return naru.Addition{}, err
	}
	message, _, ok := readString(values[memberMessage])
	if !ok {
		b.fail("/"+memberMessage, "type_string", nil)
	}
	text := &additionText{message}
	a.form.normalize(text)
	b.readAttachments(new(parser), values[memberAttachments])
	if ok && text.Message == "" && len(b.attachments) == 0 && len(b.wrong) == 0 {
		b.fail("/"+memberMessage, "required", nil)
	}
	_, failed := s.check(ctx, a.form, text)
	b.wrong = append(b.wrong, failed...)
	documents, failed, err := s.documents(ctx, b)
	if err != nil {
		return naru.Addition{}, err
	}
	if b.wrong = append(b.wrong, failed...); len(b.wrong) > 0 {
		return naru.Addition{}, invalid(b.wrong)
	}
	return naru.Addition{Kind: naru.AdditionMessage, Message: text.Message, Attachments: documents}, nil
}

// accept writes the addition with its mail. Without a key it is new unless the
// same was said a moment ago.
func (a *Additions) accept(ctx context.Context, inquiry naru.Inquiry, addition naru.Addition, requestID, key, bodyDigest string) (AdditionReceipt, error) {
	s := a.options.Service
	now := s.options.Clock().UTC().Truncate(time.Microsecond)
	id, err := s.newID()
	if err != nil {
		return AdditionReceipt{}, err
	}
	addition.ID, addition.InquiryID, addition.AcceptedAt = id, inquiry.ID, now
	var alike time.Time
	if key == "" {
		key, alike = id, now.Add(-alikeWindow)
	}
	delivery, err := s.delivery(inquiry, naru.DeliveryAddition)
	if err != nil {
		return AdditionReceipt{}, err
	}
	delivery.TeamID, delivery.About, delivery.RequestID = inquiry.TeamID, id, requestID
	delivery.CreatedAt, delivery.NextAttemptAt = now, now
	stored, replayed, err := a.options.Store.AddToInquiry(ctx, naru.AdditionAcceptance{
		Addition: addition, Delivery: delivery, Key: key, BodyDigest: bodyDigest, AlikeSince: alike, AtMost: additionsPerDay, Since: now.Add(-additionWindow),
	})
	if err != nil {
		return AdditionReceipt{}, fmt.Errorf("add to inquiry: %w", err)
	}
	if !replayed && s.options.Wake != nil {
		s.options.Wake()
	}
	return AdditionReceipt{Addition: stored, Reference: inquiry.Reference, Replayed: replayed}, nil
}
