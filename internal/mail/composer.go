package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"naru/internal/naru"
)

// Catalog is what the composer needs of the message catalogue. Package locale
// has it.
type Catalog interface {
	Has(key string) bool
	Keys(prefix string) []string
	Text(lang, key string, args map[string]any) string
	Fill(lang, key string, value func(name string) string) string
	Country(lang, code string) string
	Language(lang, tag string) string
	DateTime(lang string, t time.Time, loc *time.Location) string
	Bytes(lang string, n int64) string
}

// Store is where the composer reads what a mail is about. An inquiry, delivery
// or addition that is not there is KindNotFound.
type Store interface {
	InquiryByID(ctx context.Context, id string) (naru.Inquiry, error)
	Delivery(ctx context.Context, id string) (naru.Delivery, error)
	InquiryDeliveries(ctx context.Context, inquiryID string) ([]naru.Delivery, error)
	Addition(ctx context.Context, id string) (naru.Addition, error)
	AttachmentChunks(ctx context.Context, id string, chunk func([]byte) error) error
}

// ComposerOptions configures a Composer. All are required but FromName,
// InlineLimitBytes and Own.
type ComposerOptions struct {
	// Templates has the files of package templates; mail/ is read, once.
	Templates fs.FS
	Catalog   Catalog
	Store     Store
	// Teams are all teams, exactly one of them the fallback.
	Teams []naru.Team
	// From is the desk's plain address, FromName the name shown beside it;
	// empty: the desk's name in the language of the mail.
	From, FromName string
	// PublicURL is what links begin with, without a slash at the end.
	PublicURL string
	// InlineLimitBytes is the size of all attachments of an inquiry together
	// up to which they go with the team's mail; beyond it the mail has links.
	// 0: always links.
	InlineLimitBytes int64
	// Colours are those that the operator chooses; the zero value is naru's own.
	Colours Colours
	// Own are further addresses of ours that no acknowledgement may go to.
	Own []string
	// Clock gives the Date of mails; nil: time.Now.
	Clock func() time.Time
}

// Colours of links and buttons: Accent and the Ink of text on it, and the same
// on dark screens; #rrggbb each, checked by the caller.
type Colours struct{ Accent, Ink, AccentDark, InkDark string }

// shipped are naru's own, as in static/naru.css.
var shipped = Colours{"#0d5b63", "#ffffff", "#7fcdc9", "#07282b"}

// definitions are the templates by which the mails name the colours.
func (c Colours) definitions() string {
	return fmt.Sprintf(`{{define "colour.accent"}}%s{{end}}{{define "colour.ink"}}%s{{end}}{{define "colour.accent_dark"}}%s{{end}}{{define "colour.ink_dark"}}%s{{end}}`,
		c.Accent, c.Ink, c.AccentDark, c.InkDark)
}

// Composer writes mails. It is safe for concurrent use.
type Composer struct {
	options ComposerOptions
	catalog Catalog
	// desks are the names of the sender, by language, and for teams.
	desks    map[string]string
	from     ours
	teams    map[string]team
	fallback team
	own      map[string]bool
	writers  map[string]writers
	words    words
	seoul    *time.Location
}

// The two languages of mails to teams.
const teamLanguage, teamSecondLanguage = "ko", "en"

// NewComposer parses the templates and writes one mail of every kind with
// them, so that a mistake in a template is found at the start. All problems
// are reported, each with the file's name and line.
func NewComposer(o ComposerOptions) (*Composer, error) {
	if o.Templates == nil || o.Catalog == nil || o.Store == nil || len(o.Teams) == 0 || o.PublicURL == "" {
		return nil, errors.New("composer: Templates, Catalog, Store, Teams and PublicURL are required")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Colours == (Colours{}) {
		o.Colours = shipped
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	c := &Composer{
		options: o, catalog: o.Catalog, teams: make(map[string]team, len(o.Teams)), own: map[string]bool{},
		// Korea keeps one time all year; the name is what the catalogue knows.
		seoul: time.FixedZone("Asia/Seoul", 9*60*60),
	}
	if u, err := url.Parse(o.PublicURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("composer: PublicURL is not an http or https URL")
	}
	if err := c.addresses(); err != nil {
		return nil, fmt.Errorf("composer: %w", err)
	}
	if err := c.parse(); err != nil {
		return nil, fmt.Errorf("mail templates: %w", err)
	}
	if err := c.try(); err != nil {
		return nil, fmt.Errorf("mail templates: %w", err)
	}
	return c, nil
}

// Compose writes the mail of a delivery.
//
// Errors: KindInvalid "recipient_refused" for an acknowledgement to an address
// that RecipientAllowed refuses; KindNotFound when the inquiry is gone; those
// of the store otherwise.
func (c *Composer) Compose(ctx context.Context, d naru.Delivery) (*Message, error) {
	q, err := c.inquiry(ctx, d)
	if err != nil {
		return nil, fmt.Errorf("compose delivery %s: %w", d.ID, err)
	}
	var written *draft
	switch d.Kind {
	case naru.DeliveryTeam:
		written, err = c.teamMail(ctx, d, q)
	case naru.DeliveryAcknowledgement:
		written, err = c.acknowledgement(d, q)
	case naru.DeliveryNotice:
		written, err = c.notice(ctx, d, q)
	case naru.DeliveryAddition:
		written, err = c.addition(ctx, d, q)
	default:
		err = naru.NewError(naru.KindInvalid, "delivery_kind_unknown", nil)
	}
	if err != nil {
		return nil, fmt.Errorf("compose delivery %s: %w", d.ID, err)
	}
	return written.message(), nil
}

// inquiry reads what the delivery is about, unless that came along.
func (c *Composer) inquiry(ctx context.Context, d naru.Delivery) (naru.Inquiry, error) {
	if d.Inquiry != nil {
		return *d.Inquiry, nil
	}
	return c.options.Store.InquiryByID(ctx, d.InquiryID)
}

func (c *Composer) teamMail(ctx context.Context, d naru.Delivery, q naru.Inquiry) (*draft, error) {
	view := c.inquiryView(q)
	files, err := c.attach(ctx, q.Attachments, view.Attachments)
	if err != nil {
		return nil, err
	}
	team := c.team(d.TeamID)
	msg, err := c.message(d, "team", view, "ko, en")
	if err != nil {
		return nil, err
	}
	c.toTeam(msg, team)
	view.replyToWriter(msg)
	if q.Urgent {
		important(msg)
	}
	msg.files = files
	return msg, nil
}

func (c *Composer) acknowledgement(d naru.Delivery, q naru.Inquiry) (*draft, error) {
	address, err := c.recipient(q.Contact.Email)
	if err != nil {
		return nil, err
	}
	view := c.acknowledgementView(q)
	msg, err := c.message(d, "acknowledgement", view, q.Language)
	if err != nil {
		return nil, err
	}
	msg.setFrom(c.from, q.Language)
	msg.setTo(view.Name, address)
	msg.setOurs(c.team(q.TeamID).replyTo, q.Language)
	// auto-replied: RFC 3834. All: no out-of-office answers to it either.
	msg.set("Auto-Submitted", "auto-replied")
	msg.set("X-Auto-Response-Suppress", "All")
	return msg, nil
}

func (c *Composer) notice(ctx context.Context, d naru.Delivery, q naru.Inquiry) (*draft, error) {
	failed, err := c.options.Store.Delivery(ctx, d.About)
	if err != nil {
		return nil, err
	}
	var addition *naru.Addition
	if failed.Kind == naru.DeliveryAddition {
		found, err := c.options.Store.Addition(ctx, failed.About)
		if err != nil {
			return nil, err
		}
		addition = &found
	}
	view := c.noticeView(q, failed, addition)
	msg, err := c.message(d, "notice", view, "ko, en")
	if err != nil {
		return nil, err
	}
	c.toTeam(msg, c.team(d.TeamID))
	view.replyToWriter(msg)
	important(msg)
	return msg, nil
}

// toTeam addresses a mail to a team. Programs that answer for absent people
// must be told not to: their answer would go to the writer.
func (c *Composer) toTeam(msg *draft, t team) {
	msg.setFrom(c.from, forTeams)
	msg.to = msg.setOurs(t.to, forTeams)
	msg.set("Auto-Submitted", "auto-generated")
	msg.set("X-Auto-Response-Suppress", "All")
}

// repliesReachWriter tells whether the answer to a notice goes to the writer:
// not where it was the writer that a mail did not reach.
func repliesReachWriter(failed naru.Delivery) bool {
	return failed.Kind != naru.DeliveryAcknowledgement
}

// writerAddress is where an answer to the writer goes, if the address is one
// that can be written to at all.
func writerAddress(q naru.Inquiry) (string, bool) {
	address, err := asciiDomain(q.Contact.Email)
	return address, err == nil && naru.Mailbox(address)
}

// replyToWriter makes the answer of a team go to the writer.
func (v *inquiryView) replyToWriter(msg *draft) {
	if v.Replies {
		msg.setReplyTo(truncate(v.Name, 120), v.writer)
	}
}

// important marks a mail that should be read first.
func important(msg *draft) {
	msg.set("Importance", "high")
	msg.set("X-Priority", "1")
}

// message renders the named mail: <name>.subject, <name>.txt and <name>.html.
func (c *Composer) message(d naru.Delivery, name string, view any, languages string) (*draft, error) {
	w, r := c.writersFor(view), rooms.Get().(*room)
	var subject bytes.Buffer
	if err := w.execute(name, view, &subject, &r.text, &r.html); err != nil {
		return nil, err
	}
	msg := c.draft(r, subject.String(), r.text.Bytes(), d.MessageID, languages)
	msg.html = r.html.Bytes()
	msg.set("X-Naru-Delivery", d.ID)
	msg.set("X-Naru-Inquiry", d.InquiryID)
	if d.RequestID != "" {
		msg.set("X-Naru-Request", cleanHeader(d.RequestID))
	}
	return msg, nil
}

// draft begins a mail.
func (c *Composer) draft(r *room, subject string, text []byte, messageID, languages string) *draft {
	r.flowed = flow(r.flowed, text)
	msg := &draft{text: r.flowed, room: r}
	msg.set("Subject", truncate(cleanHeader(subject), 200))
	msg.set("Date", c.options.Clock().Format(time.RFC1123Z))
	msg.set("Message-ID", "<"+messageID+">")
	msg.set("MIME-Version", "1.0")
	msg.set("Content-Language", languages)
	return msg
}
