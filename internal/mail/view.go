package mail

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"naru/internal/naru"
)

// inquiryView is what the templates of mails to teams are given. Everything is
// ready to print; the templates escape it.
type inquiryView struct {
	Reference string
	Kind      naru.Kind
	Urgent    bool
	// Minor marks a patient who was under age when the inquiry was accepted.
	Minor bool
	// Replies: an answer to the mail reaches the writer, at the address writer.
	Replies bool
	writer  string
	// CountryCode is ISO 3166-1 alpha-2, for the subject.
	CountryCode string
	Country     Pair
	// About is the purpose or topic.
	About              string
	ReceivedAt, Answer Pair
	Language           Pair
	Team               Pair
	Rule               string
	// Name, Email and Phone are of the person to answer.
	Name, Email, Phone string
	KnownPartner       *partnerView
	Rows               []Row
	Consents           []consentView
	Attachments        []attachmentView
	// Conversation is the end of the talk in the chat, where the writer let it
	// come along; Earlier counts the turns before it.
	Conversation []turnView
	Earlier      int
	StatusURL    string
	InquiryID    string
}

type partnerView struct {
	naru.KnownPartner
	// Country hides the code of the record.
	Country  Pair
	Overseas bool
}

type consentView struct {
	Label   string
	Granted bool
	Version string
	// Language is the tag of the language the text was shown in.
	Language string
	// At is the time in Korea, in figures.
	At string
}

type attachmentView struct {
	Name, Type, SHA256 string
	Size               Pair
	// Attached tells whether the file comes with the mail; otherwise URL is a
	// protected link.
	Attached bool
	URL      string
}

// turnView is one question and answer of the chat.
type turnView struct {
	// At is the time in Korea, in figures.
	At               string
	Question, Answer string
}

// What a mail shows of a conversation: enough to know what was asked, and not
// so much that the mail is cut by mail programs at a hundred kilobytes. The
// inquiry keeps all of it.
const (
	shownTurns     = 20
	shownQuestion  = 1000 // characters
	shownAnswer    = 600
	shortenedMark  = " […]"
	turnTimeLayout = "01-02 15:04"
)

func (c *Composer) conversation(turns []naru.Turn) (shown []turnView, earlier int) {
	earlier = max(0, len(turns)-shownTurns)
	for _, t := range turns[earlier:] {
		shown = append(shown, turnView{
			At: t.At.In(c.seoul).Format(turnTimeLayout), Question: shorten(cleanText(t.Question), shownQuestion), Answer: shorten(cleanText(t.Answer), shownAnswer),
		})
	}
	return shown, earlier
}

func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:most])) + shortenedMark
	}
	return s
}

func (c *Composer) inquiryView(q naru.Inquiry) *inquiryView {
	v := &inquiryView{
		Reference: string(q.Reference), Kind: q.Kind, Urgent: q.Urgent, CountryCode: q.Contact.Country, Country: c.country(q.Contact.Country),
		ReceivedAt: c.time(q.AcceptedAt), Answer: c.time(q.AnswerBy), Language: c.language(q.Language),
		Rule: q.Rule, Name: cleanHeader(q.Contact.Name), Email: q.Contact.Email, Phone: q.Contact.PhoneE164,
		StatusURL: c.statusURL(q, teamLanguage), InquiryID: q.ID,
	}
	v.writer, v.Replies = writerAddress(q)
	team := c.team(q.TeamID)
	v.Team = Pair{team.Name(teamLanguage), team.Name(teamSecondLanguage)}
	r := rows{c: c, labels: c.words.labels[q.Kind], all: make([]Row, 0, maxRows)}
	switch {
	case q.Patient != nil:
		v.About = c.choice("purpose", q.Patient.Purpose)
		v.Minor = q.Patient.Minor(q.AcceptedAt)
		r.patient(q.Patient, q.Contact.PhoneE164, q.AcceptedAt.In(c.seoul))
	case q.Partner != nil:
		v.About = c.choice("topic", q.Partner.Topic)
		r.partner(q.Partner, q.Contact.PhoneE164)
	}
	v.Rows = r.all
	if q.KnownPartner != nil {
		v.KnownPartner = &partnerView{KnownPartner: *q.KnownPartner, Overseas: q.KnownPartner.Scope == "overseas"}
		if code := q.KnownPartner.Country; code != "" {
			v.KnownPartner.Country = c.country(code)
		}
	}
	for _, consent := range q.Consents {
		v.Consents = append(v.Consents, consentView{
			Label: c.consent(consent.ID), Granted: consent.Granted, Version: consent.Version,
			Language: consent.Language, At: consent.At.In(c.seoul).Format("2006-01-02 15:04") + " KST",
		})
	}
	v.Conversation, v.Earlier = c.conversation(q.Conversation)
	v.Attachments = c.attachmentViews(q.Attachments)
	return v
}

func (c *Composer) attachmentViews(attachments []naru.Attachment) []attachmentView {
	views := make([]attachmentView, 0, len(attachments))
	for _, a := range attachments {
		views = append(views, attachmentView{
			Name: attachmentName(a.Name), Type: cleanHeader(a.Type), SHA256: a.SHA256,
			Size: Pair{c.catalog.Bytes(teamLanguage, a.Size), c.catalog.Bytes(teamSecondLanguage, a.Size)},
			URL:  c.options.PublicURL + "/attachments/" + url.PathEscape(a.ID) + "?key=" + url.QueryEscape(a.Secret),
		})
	}
	return views
}

func (c *Composer) time(t time.Time) Pair {
	return Pair{c.catalog.DateTime(teamLanguage, t, c.seoul), c.catalog.DateTime(teamSecondLanguage, t, c.seoul)}
}

func (c *Composer) language(tag string) Pair {
	return Pair{c.catalog.Language(teamLanguage, tag), c.catalog.Language(teamSecondLanguage, tag)}
}

func (c *Composer) statusURL(q naru.Inquiry, lang string) string {
	return c.options.PublicURL + "/" + lang + "/inquiries/" + url.PathEscape(string(q.Reference)) + "?key=" + url.QueryEscape(q.Secret)
}

// acknowledgementView is what the template of the mail to the writer is given:
// nothing of the inquiry but the name, and that only where it can be nothing
// else; see personName.
type acknowledgementView struct {
	c         *Composer
	Lang      string
	RTL       bool
	Reference string
	Name      string
	Team      string
	Phone     string
	Language  string
	AnswerBy  string
	StatusURL string
	Desk      string
	// Colon stands between a name and what it is, and brings its own space;
	// EndColon is the same at the end of a line.
	Colon, EndColon string
}

func (c *Composer) acknowledgementView(q naru.Inquiry) *acknowledgementView {
	team, colon := c.team(q.TeamID), c.catalog.Text(q.Language, "format.item", nil)
	return &acknowledgementView{
		c: c, Lang: q.Language, RTL: q.Language == "ar", Reference: string(q.Reference),
		Name: personName(q.Contact.Name), Team: team.Name(q.Language), Phone: team.Phone,
		Language: c.catalog.Language(q.Language, q.Language),
		AnswerBy: c.catalog.DateTime(q.Language, q.AnswerBy, c.seoul), StatusURL: c.statusURL(q, q.Language),
		Desk: in(c.desks, q.Language), Colon: colon, EndColon: strings.TrimSpace(colon),
	}
}

// ackPrefix begins the keys of the acknowledgement's texts.
const ackPrefix = "mail.ack."

// T returns the text mail.ack.<key> in the language of the mail. Name-value
// pairs fill its placeholders; values whose direction is not that of the text
// are isolated. A key that does not exist is an error.
func (v *acknowledgementView) T(key string, pairs ...string) (string, error) {
	if !v.c.catalog.Has(ackPrefix + key) {
		return "", fmt.Errorf("no text %s%s", ackPrefix, key)
	}
	return v.c.catalog.Fill(v.Lang, ackPrefix+key, func(name string) string {
		for i := 0; i+1 < len(pairs); i += 2 {
			if value := pairs[i+1]; pairs[i] == name && v.RTL != hasRightToLeft(value) {
				return "\u2068" + value + "\u2069"
			} else if pairs[i] == name {
				return value
			}
		}
		return ""
	}), nil
}

// isolate puts s between U+2068 and U+2069 where it holds letters that run
// from right to left, so that it does not turn its neighbours round.
func isolate(s string) string {
	if hasRightToLeft(s) {
		return "\u2068" + s + "\u2069"
	}
	return s
}

// leftToRight keeps figures such as a phone number in their order inside text
// that runs from right to left.
func leftToRight(s string) string { return "\u2066" + s + "\u2069" }

// hasRightToLeft tells whether s holds a letter written from right to left: one of
// the blocks from Hebrew to Arabic Extended, a presentation form, or a mark that
// may turn others round (UAX 9, 2).
func hasRightToLeft(s string) bool {
	for _, r := range s {
		if r >= 0x200e && r < 0x2070 && unicode.Is(unicode.Bidi_Control, r) {
			return true
		}
		if r >= 0x590 && (r < 0x900 || r >= 0xfb1d && r < 0xfe00 || r >= 0xfe70 && r < 0xff00 || r >= 0x10800 && r < 0x11000 || r >= 0x1e800 && r < 0x1f000) {
			return true
		}
	}
	return false
}

// noticeView is what the template of the mail about a failed mail is given.
type noticeView struct {
	*inquiryView
	// Failed is the kind of the mail that failed.
	Failed naru.DeliveryKind
	// FailedTeam and FailedAddress say whom it was to reach: the team, or
	// without a team the writer.
	FailedTeam    Pair
	FailedAddress string
	Attempts      int
	// Reason names what to say about it; see reasonOf. Reply is the relay's
	// code or the class of the failure.
	Reason, Reply string
	// Hours is how long it was tried.
	Hours      int
	FailedAt   Pair
	DeliveryID string
	// Addition is what the mail would have brought, where it was an addition;
	// otherwise nil.
	Addition *additionView
}

func (c *Composer) noticeView(q naru.Inquiry, failed naru.Delivery, addition *naru.Addition) *noticeView {
	v := &noticeView{
		inquiryView: c.inquiryView(q), Failed: failed.Kind, Attempts: failed.Attempt, Reply: failed.Reply,
		Reason: reasonOf(failed.Outcome, failed.Reply), FailedAt: c.time(failed.FinishedAt), DeliveryID: failed.ID,
		FailedAddress: q.Contact.Email, Hours: int(failed.FinishedAt.Sub(failed.CreatedAt).Round(time.Hour).Hours()),
	}
	v.Replies = v.Replies && repliesReachWriter(failed)
	if addition != nil {
		v.Addition = c.additionView(q, *addition)
	}
	if failed.Kind != naru.DeliveryAcknowledgement {
		team := c.team(failed.TeamID)
		v.FailedTeam, v.FailedAddress = Pair{team.Name(teamLanguage), team.Name(teamSecondLanguage)}, team.Email
	}
	return v
}

// reasonOf names what a failed mail's last outcome and reply mean for people.
func reasonOf(outcome naru.Outcome, reply string) string {
	_, enhanced, _ := strings.Cut(reply, " ")
	switch {
	case strings.HasPrefix(reply, ClassTooLarge):
		return "too_large"
	case reply == "recipient_refused":
		return "recipient_refused"
	case outcome == naru.OutcomeUnknown:
		return "unknown"
	case outcome != naru.OutcomePermanent:
		return "gave_up"
	case enhanced == "5.2.2":
		return "mailbox_full"
	case strings.HasPrefix(enhanced, "5.1."), enhanced == "" && (reply == "550" || reply == "551" || reply == "553"):
		return "mailbox_unknown"
	case strings.HasPrefix(enhanced, "5.7."):
		return "policy"
	}
	return "refused"
}
