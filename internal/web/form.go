package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"naru/internal/intake"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/server"
)

// Inquiries accepts what the forms send.
type Inquiries interface {
	// Accept returns when the inquiry is durable, Check tells what Accept
	// would refuse.
	Accept(context.Context, intake.Request) (intake.Receipt, error)
	Check(context.Context, intake.Request) error
	// Meta returns what the forms ask in a language.
	Meta(language string) intake.Meta
}

// Uploads takes documents that come with a form, for browsers that do not
// send them ahead.
type Uploads interface {
	Take(context.Context, intake.Upload) (naru.Attachment, error)
	Discard(ctx context.Context, id string) error
}

// forms serves the two forms: the page, the look over it, and the sending.
//
// The page of a form is the same for all readers, so that it is there at once.
// What was typed travels in the requests alone: from the form to the page that
// shows it once more, from there on with a key that makes a second sending of
// the same harmless, and back, whenever something has to be corrected. The
// server keeps nothing of it before the inquiry is accepted.
type forms struct {
	*pages
	pace    pace
	layouts map[naru.Kind]layout
}

// ways of the two forms below the language.
var ways = map[naru.Kind]string{naru.KindPatient: "patient", naru.KindPartner: "partner"}

// valuesLimit bounds the texts of a form in bytes: two of 5000 characters and
// all others, with what browsers add to them.
const valuesLimit = 512 << 10

func (p *pages) registerForms() error {
	if p.options.Inquiries == nil || p.options.Uploads == nil {
		return errors.New("web: Inquiries and Uploads are required")
	}
	f := &forms{pages: p, pace: pace{clock: p.options.Clock, least: p.options.LeastReview}, layouts: layouts()}
	p.forms = f
	for kind, way := range ways {
		if err := f.layouts[kind].check(p.options.Inquiries.Meta(p.options.Languages[0]).Forms[kind]); err != nil {
			return err
		}
		err := p.same(way, way, func(language string) any { return f.newView(language, kind, newValues(), nil) })
		if err != nil {
			return err
		}
		limits := p.options.Inquiries.Meta(p.options.Languages[0]).Limits
		p.routes.Handle(server.Route{
			Method: http.MethodPost, Pattern: "/:language/" + way, Limit: server.LimitRead, Handler: p.in(f.check(kind)), BodyLimit: valuesLimit,
			// Twice what an inquiry may have: who sends too much is told so in
			// the form, with all that was typed still there.
			Transfer: server.Multipart, TransferLimit: 2*limits.TotalBytes + valuesLimit, TooLarge: documentsTooLarge(limits.TotalBytes),
		})
		p.routes.Handle(server.Route{
			Method: http.MethodPost, Pattern: "/:language/" + way + "/send", Limit: server.LimitRead, Handler: p.in(f.send(kind)), BodyLimit: valuesLimit,
		})
		// It changes nothing, and the chat on other sites leads here.
		p.routes.Handle(server.Route{
			Method: http.MethodPost, Pattern: "/:language/" + way + "/begin", Limit: server.LimitRead, Handler: p.in(f.begin(kind)), BodyLimit: valuesLimit, AnyOrigin: true,
		})
		for _, step := range []string{"/send", "/begin"} {
			p.get("/:language/"+way+step, server.LimitRead, p.in(func(c *gin.Context) error {
				c.Redirect(http.StatusSeeOther, "/"+c.Param("language")+"/"+way)
				return nil
			}))
		}
		if err := f.rehearse(kind); err != nil {
			return err
		}
	}
	return nil
}

// documentsTooLarge is for whoever sends far more than can be taken.
func documentsTooLarge(most int64) *naru.Error {
	return &naru.Error{Kind: naru.KindTooLarge, Code: "documents_too_large", Args: map[string]any{"Max": locale.Size(most)}}
}

// check serves what the form sends: it shows the inquiry once more, or the
// form again with what has to be corrected.
func (f *forms) check(kind naru.Kind) server.Handler {
	return func(c *gin.Context) error {
		v, problems, err := f.read(c, kind)
		if err != nil {
			return err
		}
		if removed := v.get(fieldRemove); removed != "" {
			f.remove(c.Request.Context(), v, removed)
			return f.showForm(c, kind, http.StatusOK, v, nil)
		}
		if v.get(fieldStep) == stepEdit {
			return f.showForm(c, kind, http.StatusOK, v, nil)
		}
		if trapped(v) {
			v.set(fieldTrap, "")
			return f.showForm(c, kind, http.StatusUnprocessableEntity, v, append(problems, problem{Code: "trap"}))
		}
		language := c.Param("language")
		err = f.options.Inquiries.Check(c.Request.Context(), f.request(c, kind, v))
		if wrong, ok := invalidFields(err); ok {
			problems = append(problems, f.describe(language, kind, v, wrong)...)
		} else if err != nil {
			return err
		}
		if len(problems) > 0 {
			return f.showForm(c, kind, http.StatusUnprocessableEntity, v, problems)
		}
		return f.showReview(c, kind, http.StatusOK, v, "")
	}
}

// begin shows the form with answers that come from elsewhere, as from the
// chat. Only answers are taken: what a person has to agree to, or to choose
// from this device, nobody else can.
func (f *forms) begin(kind naru.Kind) server.Handler {
	return func(c *gin.Context) error {
		if server.Multipart(c.Request) {
			return naru.NewError(naru.KindUnsupportedType, "unsupported_media_type", nil)
		}
		sent, _, err := f.read(c, kind)
		if err != nil {
			return err
		}
		language, v := c.Param("language"), newValues()
		var begun []string
		for _, name := range append(f.layouts[kind].names(), fieldConversation) {
			if answer := sent.get(name); answer != "" {
				v.set(name, answer)
				begun = append(begun, name)
			}
		}
		view := f.newView(language, kind, v, nil)
		view.Begun = strings.Join(begun, " ")
		return f.show(c, http.StatusOK, page{Name: ways[kind], Language: language, way: ways[kind], Data: view})
	}
}

// send hands the inquiry in and leads to its receipt.
func (f *forms) send(kind naru.Kind) server.Handler {
	return func(c *gin.Context) error {
		v, _, err := f.read(c, kind)
		if err != nil {
			return err
		}
		if !f.pace.reviewed(v) {
			return f.showReview(c, kind, http.StatusUnprocessableEntity, v, "review.too_fast")
		}
		if challenge := f.challenge(c, v); challenge != nil {
			return f.askProof(c, kind, v, challenge)
		}
		language := c.Param("language")
		receipt, err := f.options.Inquiries.Accept(c.Request.Context(), f.request(c, kind, v))
		if wrong, ok := invalidFields(err); ok {
			return f.showForm(c, kind, http.StatusUnprocessableEntity, v, f.describe(language, kind, v, wrong))
		}
		failure := naru.AsError(err)
		switch {
		case failure == nil:
		case failure.Kind == naru.KindConflict && failure.Code == "idempotency_key_reused":
			// Sent, then gone back and changed: that is another inquiry.
			v.set(fieldKey, "")
			return f.showReview(c, kind, http.StatusConflict, v, "review.sent_before")
		case failure.Kind == naru.KindUnavailable:
			c.Header("Retry-After", "10")
			return f.showReview(c, kind, http.StatusServiceUnavailable, v, "review.busy")
		default:
			return err
		}
		if !receipt.Replayed {
			f.options.Metrics.InquiryAccepted(kind)
		}
		c.Redirect(http.StatusSeeOther, "/"+language+"/inquiries/"+string(receipt.Inquiry.Reference)+"/receipt?key="+url.QueryEscape(receipt.Inquiry.Secret))
		return nil
	}
}

// resume shows the inquiry once more where its sending was refused before it
// was read, lest anything typed be lost.
func (f *forms) resume(c *gin.Context, failed server.Problem) ([]byte, bool) {
	if f == nil {
		return nil, false
	}
	for kind, way := range ways {
		if c.Request.Method != http.MethodPost || c.FullPath() != "/:language/"+way+"/send" || failed.Status != http.StatusTooManyRequests && failed.Status != http.StatusServiceUnavailable {
			continue
		}
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, valuesLimit)
		v, _, err := f.read(c, kind)
		if err != nil || v.empty() {
			return nil, false
		}
		body, err := f.render.html(f.reviewPage(c.Param("language"), kind, v, "review.busy"))
		return body, err == nil
	}
	return nil, false
}

// request is the inquiry as the use case takes it.
func (f *forms) request(c *gin.Context, kind naru.Kind, v values) intake.Request {
	language := c.Param("language")
	return intake.Request{
		Body: v.body(kind, language, f.options.Inquiries.Meta(language)), Language: language,
		IdempotencyKey: v.get(fieldKey), RequestID: server.RequestID(c),
	}
}

// remove takes a document back.
func (f *forms) remove(ctx context.Context, v values, id string) {
	for i, d := range v.documents {
		if d.ID == id {
			v.documents = append(v.documents[:i], v.documents[i+1:]...)
			v.save()
			// What cannot be removed now is removed with all others that no
			// inquiry claims.
			_ = f.options.Uploads.Discard(ctx, id)
			return
		}
	}
}

func (f *forms) showForm(c *gin.Context, kind naru.Kind, status int, v values, problems []problem) error {
	language := c.Param("language")
	return f.show(c, status, page{Name: ways[kind], Language: language, way: ways[kind], Data: f.newView(language, kind, v, problems)})
}

func (f *forms) showReview(c *gin.Context, kind naru.Kind, status int, v values, notice string) error {
	return f.show(c, status, f.reviewPage(c.Param("language"), kind, v, notice))
}

func (f *forms) reviewPage(language string, kind naru.Kind, v values, notice string) page {
	if v.get(fieldKey) == "" {
		v.set(fieldKey, rand.Text())
	}
	v.set(fieldShown, strconv.FormatInt(f.pace.clock().UnixMilli(), 10))
	return page{render: f.render, Name: "review", Language: language, way: ways[kind], Data: f.newReview(language, kind, v, notice)}
}

// show answers with a page made for this request.
func (p *pages) show(c *gin.Context, status int, made page) error {
	made.render = p.render
	body, err := p.render.html(made)
	if err != nil {
		return err
	}
	c.Header("Content-Language", made.Language)
	c.Header("X-Robots-Tag", "noindex, nofollow")
	server.HTML(c, status, body)
	return nil
}

// invalidFields returns the wrong fields of an inquiry that was read.
func invalidFields(err error) ([]naru.FieldError, bool) {
	if failure := naru.AsError(err); failure != nil && failure.Kind == naru.KindInvalid {
		return failure.Fields, true
	}
	return nil, false
}

// rehearse renders the pages that are made on request.
func (f *forms) rehearse(kind naru.Kind) error {
	v := newValues()
	v.documents = []document{{ID: "-", Name: "-", Size: 1}}
	return f.inEach(func(language string) error {
		form := f.options.Inquiries.Meta(language).Forms[kind]
		var wrong []naru.FieldError
		for _, q := range form.Fields {
			v.set(q.Name, "1990-01-01")
			wrong = append(wrong, naru.FieldError{Pointer: "/" + q.Name, Code: "required"})
		}
		v.set("writer", "family")
		asked := f.newReview(language, kind, v, "")
		asked.Challenge = &challengeView{"-", 1, 1}
		for _, sample := range []page{
			{Name: "review", Data: asked},
			{Name: ways[kind], Data: f.newView(language, kind, v, f.describe(language, kind, v, wrong))},
			{Name: "review", Data: f.newReview(language, kind, v, "review.busy")},
		} {
			sample.render, sample.Language = f.render, language
			if _, err := f.render.html(sample); err != nil {
				return err
			}
		}
		return nil
	})
}
