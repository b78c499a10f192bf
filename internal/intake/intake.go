// Package intake accepts inquiries: it reads the body strictly, normalises
// what was typed, validates it by the tags on naru.Patient and naru.Partner,
// records the consents with the very text that was shown, has the inquiry
// routed, and writes it together with the mails it causes in one call to the
// store. It also takes the documents that go with an inquiry (Uploads) and
// tells forms what to ask (Meta).
//
// A Service and an Uploads are not changed after their construction and are
// safe for concurrent use. Every failure is a *naru.Error: KindMalformed for a
// body that cannot be read, KindInvalid with every wrong field at once,
// whatever the store reports otherwise. Nothing that was sent is repeated in
// an error.
package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-playground/validator/v10"

	"naru/internal/locale"
	"naru/internal/naru"
)

// Store is where inquiries are kept.
type Store interface {
	// Accept writes the inquiry and its deliveries durably, or returns the
	// inquiry first written with the same case number and key, and true. Errors:
	// KindConflict "reference_taken" or "idempotency_key_reused", KindInvalid
	// for attachments that are unknown or taken, KindUnavailable.
	Accept(context.Context, naru.Acceptance) (naru.Inquiry, bool, error)
	// Replay returns the inquiry that Accept would return with true, and false
	// where there is none; KindConflict as with Accept.
	Replay(context.Context, naru.Acceptance) (naru.Inquiry, bool, error)
	// Attachment describes an uploaded document; KindNotFound when there is
	// none.
	Attachment(ctx context.Context, id string) (a naru.Attachment, inquiryID string, err error)
}

// Conversations has what was said in the chat, for a short time. It returns
// nothing for a conversation that is unknown or over.
type Conversations interface {
	Turns(ctx context.Context, id string) ([]naru.Turn, error)
}

// Router chooses the team that answers an inquiry, and names the rule.
type Router interface {
	Route(naru.Inquiry) (team naru.Team, rule string)
}

// Partners recognises institutions that the center has an agreement with.
// Country is an ISO 3166-1 alpha-2 code.
type Partners interface {
	Match(name, country string) (naru.KnownPartner, bool)
}

// Calendar knows by when a person answers what was accepted at a time.
type Calendar interface {
	AnswerBy(accepted time.Time) time.Time
}

// Options are what a Service is made of. All fields are required except where
// noted.
type Options struct {
	Store Store
	// Conversations may be nil: then none can be taken along.
	Conversations Conversations
	Router        Router
	Partners      Partners
	Calendar      Calendar
	Catalog       *locale.Catalog
	// Consents are read by ParseConsents.
	Consents []ConsentRule
	// Departments are ids in the order they are offered; their names are the
	// messages department.<id>.
	Departments []string
	// Center and Association are the names of the two houses, by language.
	Center, Association map[string]string
	// RetentionMonths is how long inquiries are kept, as the consents say.
	RetentionMonths int
	// KeysKept is how long a repeated IdempotencyKey is recognised; 0 means as
	// long as the inquiry is kept.
	KeysKept time.Duration
	// PublicURL is where the pages are, without a slash at the end.
	PublicURL string
	// MailDomain is what Message-IDs end in.
	MailDomain string
	// OwnAddresses are mailboxes of the program and its teams: an inquiry
	// that gives one of them is not acknowledged by mail. May be empty.
	OwnAddresses []string
	Limits       Limits
	// Clock tells the time; Random is a cryptographic source.
	Clock  func() time.Time
	Random io.Reader
	// Wake is called after an inquiry is durable, so that its mails leave at
	// once. It must not block. May be nil.
	Wake func()
}

// Limits bound what one inquiry may hold. Zero fields mean the defaults.
type Limits struct {
	// Members is the number of members of the body; default 100.
	Members int
	// Attachments is the number of documents; default 10.
	Attachments int
	// AttachmentBytes is the size of all documents together; default 50 MiB.
	AttachmentBytes int64
	// FileBytes is the size of one document, for Meta; default 20 MiB.
	FileBytes int64
}

func (l Limits) withDefaults() Limits {
	if l.Members == 0 {
		l.Members = 100
	}
	if l.Attachments == 0 {
		l.Attachments = 10
	}
	if l.AttachmentBytes == 0 {
		l.AttachmentBytes = 50 << 20
	}
	if l.FileBytes == 0 {
		l.FileBytes = 20 << 20
	}
	return l
}

// Service accepts inquiries.
type Service struct {
	options  Options
	validate *validator.Validate
	forms    map[naru.Kind]form
	// names are those that a member of the body may have.
	names    map[string]string
	consents *consents
	own      map[string]bool
	meta     map[string]Meta
}

// New checks the options and prepares everything that does not depend on a
// request.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Router == nil || o.Partners == nil || o.Calendar == nil || o.Catalog == nil || o.Clock == nil || o.Random == nil {
		return nil, errors.New("intake: Store, Router, Partners, Calendar, Catalog, Clock and Random are required")
	}
	if o.MailDomain == "" || o.RetentionMonths < 1 {
		return nil, errors.New("intake: MailDomain and RetentionMonths are required")
	}
	if u, err := url.Parse(o.PublicURL); err != nil || u.Host == "" || strings.HasSuffix(o.PublicURL, "/") {
		return nil, fmt.Errorf("intake: PublicURL %q must be absolute and not end with a slash", o.PublicURL)
	}
	o.Limits = o.Limits.withDefaults()
	s := &Service{options: o, own: map[string]bool{}}
	for _, address := range o.OwnAddresses {
		s.own[strings.ToLower(address)] = true
	}
	s.validate = newValidator(rules{now: o.Clock, isCountry: o.Catalog.IsCountry, departments: o.Departments})
	s.forms = map[naru.Kind]form{naru.KindPatient: newForm(naru.Patient{}), naru.KindPartner: newForm(naru.Partner{})}
	s.names = quoted(slices.Concat(commonMembers, s.forms[naru.KindPatient].names(), s.forms[naru.KindPartner].names())...)
	var err error
	if s.consents, err = newConsents(o); err != nil {
		return nil, err
	}
	if err := s.checkTexts(); err != nil {
		return nil, err
	}
	s.meta = make(map[string]Meta, len(naru.Languages))
	for _, lang := range naru.Languages {
		s.meta[lang] = s.newMeta(lang)
	}
	return s, nil
}

// Request is one attempt to hand in an inquiry.
type Request struct {
	// Body is the JSON as received; its size was limited by the caller.
	Body []byte
	// Language is used where the body does not say one: one of
	// naru.Languages.
	Language string
	// IdempotencyKey is the header of that name; empty when none was sent.
	IdempotencyKey string
	// RequestID goes into logs and mail attempts.
	RequestID string
	// Documents came in the same request as the body and are stored already;
	// they are attached after those that the body names. A retry under the
	// same key is the same when their bytes are, though their ids differ.
	Documents []naru.Attachment
}

// digest identifies the request for IdempotencyKey.
func (r Request) digest() string {
	whole := r.Body
	for _, d := range r.Documents {
		whole = append(slices.Clip(whole), "\x00"+d.SHA256...)
	}
	return digest(whole)
}

// Receipt is what the writer gets for an accepted inquiry.
type Receipt struct {
	// Inquiry is as stored.
	Inquiry naru.Inquiry
	// StatusURL is the page for the writer, with its secret.
	StatusURL string
	// TeamName is in the language of the inquiry.
	TeamName string
	// AcknowledgedBy and AnswerBy are what is promised, in UTC. The first is
	// zero where the writer gets no acknowledgement by mail.
	AcknowledgedBy, AnswerBy time.Time
	// Replayed tells that the same request had been accepted before.
	Replayed bool
	// Language is that of the answer. It is also set when Accept fails.
	Language string
}

// referenceDraws is how many case numbers are tried. With 23^8 of them, even
// one repetition is a sign of a broken random source, or of a key that is used
// again after it was forgotten.
const referenceDraws = 64

// Accept hands in an inquiry. When it returns without an error, the inquiry
// and its mails are durable.
func (s *Service) Accept(ctx context.Context, r Request) (Receipt, error) {
	receipt := Receipt{Language: locale.Match(r.Language)}
	key, err := keyDigest(r.IdempotencyKey)
	if err != nil {
		return receipt, err
	}
	b, err := s.read(r.Body, &receipt.Language)
	if err != nil {
		return receipt, err
	}
	for _, d := range r.Documents {
		b.attachments = append(b.attachments, d.ID)
	}
	bodyDigest := r.digest()
	now := s.options.Clock().UTC().Truncate(time.Microsecond)
	inquiry, err := s.build(ctx, b, receipt.Language, now)
	if err != nil && key != "" {
		// What was right when it was accepted gets the first answer, whatever
		// the rules of today say. What they allow, too, the store recognises
		// where it is written.
		if first, found, err := s.draw(ctx, s.options.Store.Replay, s.acceptance(naru.Inquiry{}, key, bodyDigest, now)); err != nil {
			return receipt, fmt.Errorf("look for an earlier request: %w", err)
		} else if found {
			team, _ := s.options.Router.Route(first)
			return s.receipt(first, team, true), nil
		}
	}
	if err != nil {
		return receipt, err
	}
	inquiry.RequestID = r.RequestID
	team, rule := s.options.Router.Route(inquiry)
	inquiry.TeamID, inquiry.Rule = team.ID, rule

	acceptance := s.acceptance(inquiry, key, bodyDigest, now)
	if acceptance.Deliveries, err = s.deliveries(inquiry); err != nil {
		return receipt, err
	}
	stored, replayed, err := s.draw(ctx, s.options.Store.Accept, acceptance)
	if err != nil {
		return receipt, fmt.Errorf("accept inquiry: %w", err)
	}
	if !replayed && s.options.Wake != nil {
		s.options.Wake()
	}
	if replayed {
		team, _ = s.options.Router.Route(stored)
	}
	return s.receipt(stored, team, replayed), nil
}

// receipt is what the writer gets for an inquiry as stored, with its team.
func (s *Service) receipt(stored naru.Inquiry, team naru.Team, replayed bool) Receipt {
	r := Receipt{
		Inquiry: stored, Replayed: replayed, Language: stored.Language, TeamName: team.Name(stored.Language),
		StatusURL: StatusURL(s.options.PublicURL, stored), AnswerBy: stored.AnswerBy,
	}
	if s.acknowledgeable(stored.Contact.Email) {
		r.AcknowledgedBy = stored.AcceptedAt.Add(naru.AcknowledgeWithin)
	}
	return r
}

// StatusURL is the page on which the writer sees where the inquiry stands.
func StatusURL(publicURL string, inquiry naru.Inquiry) string {
	return publicURL + "/" + inquiry.Language + "/inquiries/" + string(inquiry.Reference) + "?key=" + url.QueryEscape(inquiry.Secret)
}

// acceptance is of a request with the key and the digest.
func (s *Service) acceptance(inquiry naru.Inquiry, key, bodyDigest string, now time.Time) naru.Acceptance {
	a := naru.Acceptance{Inquiry: inquiry, Key: key, BodyDigest: bodyDigest}
	if s.options.KeysKept > 0 {
		a.KeysSince = now.Add(-s.options.KeysKept)
	}
	return a
}

// draw tries case numbers until one is not taken. A key has its own, always in the
// same order; and a case number once taken is never free again. So a request that
// is repeated meets the first.
func (s *Service) draw(ctx context.Context, try func(context.Context, naru.Acceptance) (naru.Inquiry, bool, error), a naru.Acceptance) (naru.Inquiry, bool, error) {
	for draw := 1; ; draw++ {
		var err error
		if a.Inquiry.Reference, err = naru.NewReference(s.referenceSource(a.Key, draw)); err != nil {
			return naru.Inquiry{}, false, err
		}
		stored, found, err := try(ctx, a)
		if err == nil {
			return stored, found, nil
		}
		if failure := naru.AsError(err); failure.Kind != naru.KindConflict || failure.Code != "reference_taken" || draw == referenceDraws {
			return naru.Inquiry{}, false, err
		}
	}
}

// referenceSource is what a case number is drawn from: chance, or a digest of the
// key. What a key leads to must not change with versions of the program.
func (s *Service) referenceSource(key string, draw int) io.Reader {
	if key == "" {
		return s.options.Random
	}
	sum := sha256.Sum256(strconv.AppendInt([]byte(key+" case number "), int64(draw), 10))
	return bytes.NewReader(sum[:])
}
