package mail

import (
	"context"

	"naru/internal/naru"
)

// additionView is what the templates of the mail about an addition are given:
// the inquiry, with the documents of the addition in place of its own.
type additionView struct {
	*inquiryView
	// Erasure: the writer asks for the inquiry to be erased, and says nothing
	// else.
	Erasure bool
	// Message is in the writer's own words; Hangul: it holds Korean, whose
	// words are not to be broken.
	Message string
	Hangul  bool
	AddedAt Pair
}

func (c *Composer) additionView(q naru.Inquiry, a naru.Addition) *additionView {
	v := &additionView{
		inquiryView: c.inquiryView(q), Erasure: a.Kind == naru.AdditionErasure, Message: cleanText(a.Message), AddedAt: c.time(a.AcceptedAt),
		Hangul: hasHangul(a.Message),
	}
	v.Attachments = c.attachmentViews(a.Attachments)
	return v
}

// addition brings the team what the writer sent later, as an answer to the
// mail that brought the inquiry, so that mail programs show both together.
func (c *Composer) addition(ctx context.Context, d naru.Delivery, q naru.Inquiry) (*draft, error) {
	a, err := c.options.Store.Addition(ctx, d.About)
	if err != nil {
		return nil, err
	}
	first, err := c.firstMail(ctx, q)
	if err != nil {
		return nil, err
	}
	view := c.additionView(q, a)
	files, err := c.attach(ctx, a.Attachments, view.Attachments)
	if err != nil {
		return nil, err
	}
	msg, err := c.message(d, "addition", view, "ko, en")
	if err != nil {
		return nil, err
	}
	c.toTeam(msg, c.team(d.TeamID))
	view.replyToWriter(msg)
	if first != "" {
		msg.set("In-Reply-To", "<"+first+">")
		msg.set("References", "<"+first+">")
	}
	if q.Urgent {
		important(msg)
	}
	msg.files = files
	return msg, nil
}

// firstMail is the Message-ID of the mail that brought the inquiry to its team.
func (c *Composer) firstMail(ctx context.Context, q naru.Inquiry) (string, error) {
	deliveries, err := c.options.Store.InquiryDeliveries(ctx, q.ID)
	if err != nil {
		return "", err
	}
	for _, d := range deliveries {
		if d.Kind == naru.DeliveryTeam {
			return d.MessageID, nil
		}
	}
	return "", nil
}
