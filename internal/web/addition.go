package web

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"naru/internal/casefile"
	"naru/internal/intake"
	"naru/internal/naru"
	"naru/internal/server"
)

// Additions takes what writers send after their inquiry.
type Additions interface {
	// Add and AskErasure return when the addition is durable.
	Add(context.Context, intake.AdditionRequest) (intake.AdditionReceipt, error)
	AskErasure(context.Context, intake.AdditionRequest) (intake.AdditionReceipt, error)
}

// Ways below the page of an inquiry.
const (
	additionsWay = "additions"
	erasureWay   = "erasure"
)

// messageLimit is the length of a message in characters.
const messageLimit = 5000

// addView is the form that adds to an inquiry.
type addView struct {
	Message string
	Max     int
	// Key makes a second sending of the same harmless.
	Key          string
	Problems     []problem
	FileProblems []string
	Documents    []document
	Limits       limitsView
	// Notice is the key of a sentence to begin with, or empty.
	Notice string
}

// Wrong is what has to be corrected of the message, or empty.
func (v addView) Wrong() string {
	for _, one := range v.Problems {
		if one.Field == "message" {
			return one.Text
		}
	}
	return ""
}

func (p *pages) newAddView(language string) addView {
	return addView{Max: messageLimit, Key: rand.Text(), Limits: p.forms.limits(language, p.options.Inquiries.Meta(language).Limits)}
}

// registerAdditions adds what the page of an inquiry can send.
func (p *pages) registerAdditions() error {
	if p.options.Additions == nil {
		return errors.New("web: Additions are required")
	}
	limits := p.options.Inquiries.Meta(p.options.Languages[0]).Limits
	const pattern = "/:language/inquiries/:reference/"
	p.routes.Handle(server.Route{
		Method: http.MethodPost, Pattern: pattern + additionsWay, Limit: server.LimitLookup, Handler: p.in(p.add), BodyLimit: valuesLimit,
		Transfer: server.Multipart, TransferLimit: 2*limits.TotalBytes + valuesLimit, TooLarge: documentsTooLarge(limits.TotalBytes),
	})
	p.get(pattern+additionsWay, server.LimitRead, p.in(func(c *gin.Context) error {
		c.Redirect(http.StatusSeeOther, "/"+c.Param("language")+"/inquiries/"+c.Param("reference")+"?"+c.Request.URL.RawQuery)
		return nil
	}))
	p.get(pattern+erasureWay, server.LimitLookup, p.in(p.confirmErasure))
	p.routes.Handle(server.Route{Method: http.MethodPost, Pattern: pattern + erasureWay, Limit: server.LimitLookup, Handler: p.in(p.askErasure), BodyLimit: 16 << 10})
	sample := p.newStatusPage(p.options.Languages[0], sampleFile(naru.KindPatient, casefile.StateReceived), "-")
	sample.Missing = true
	return p.rehearse(page{Name: "erasure", Data: sample})
}

// add takes a message and documents.
func (p *pages) add(c *gin.Context) error {
	// First, so that nobody sends files for a case that is not theirs.
	file, err := p.options.Cases.Open(c.Request.Context(), c.Param("reference"), c.Query("key"))
	if err != nil {
		return err
	}
	language, v := c.Param("language"), newValues()
	var problems []problem
	if server.Multipart(c.Request) {
		problems, err = p.forms.readParts(c, v)
	} else if err = c.Request.ParseForm(); err == nil {
		for name := range c.Request.PostForm {
			v.add(name, c.PostForm(name))
		}
	}
	if err != nil {
		return naru.NewError(naru.KindMalformed, "malformed", err)
	}
	again := func(status int, notice string, problems []problem) error {
		return p.showStatus(c, status, p.addAgain(c, file, v, notice, problems))
	}
	if removed := v.get(fieldRemove); removed != "" {
		p.forms.remove(c.Request.Context(), v, removed)
		return again(http.StatusOK, "", nil)
	}
	if trapped(v) {
		problems = append(problems, problem{Text: p.options.Catalog.Text(language, "form.problem_trap", nil)})
	}
	if len(problems) > 0 {
		return again(http.StatusUnprocessableEntity, "", problems)
	}
	_, err = p.options.Additions.Add(c.Request.Context(), intake.AdditionRequest{
		Reference: c.Param("reference"), Secret: c.Query("key"), Body: v.addition(), IdempotencyKey: v.additionKey(), RequestID: server.RequestID(c),
	})
	if wrong, ok := invalidFields(err); ok {
		return again(http.StatusUnprocessableEntity, "", p.additionProblems(language, wrong))
	}
	switch failure := naru.AsError(err); {
	case failure == nil:
		c.Redirect(http.StatusSeeOther, statusWay(language, file.Reference, "", c.Query("key"))+"&sent=message#sent")
		return nil
	case failure.Kind == naru.KindRateLimited:
		return again(http.StatusTooManyRequests, "", []problem{{Text: p.options.Catalog.Text(language, "problem."+failure.Code+".detail", failure.Args)}})
	case failure.Kind == naru.KindUnavailable, failure.Kind == naru.KindConflict:
		c.Header("Retry-After", "10")
		return again(http.StatusServiceUnavailable, "add.busy", nil)
	default:
		return err
	}
}

// addAgain is the page with what was typed still there.
func (p *pages) addAgain(c *gin.Context, file casefile.File, v values, notice string, problems []problem) statusPage {
	data := p.newStatusPage(c.Param("language"), file, c.Query("key"))
	data.Add.Message, data.Add.Documents, data.Add.Notice, data.Add.Problems = v.get("message"), v.documents, notice, problems
	for _, one := range problems {
		if one.Field == fieldFile {
			data.Add.FileProblems = append(data.Add.FileProblems, one.Text)
		}
	}
	return data
}

// addition is the message with its documents as JSON.
func (v values) addition() []byte {
	ids := []string{}
	for _, d := range v.documents {
		ids = append(ids, d.ID)
	}
	body, err := json.Marshal(map[string]any{"message": v.get("message"), "attachments": ids})
	if err != nil {
		panic(err) // strings
	}
	return body
}

// additionKey is the same for everything that was sent from one showing of the
// form and says the same: a second press sends nothing more, a second message
// after the back button does.
func (v values) additionKey() string {
	h := sha256.New()
	for _, part := range []string{v.get(fieldKey), v.get("message")} {
		h.Write([]byte(part + "\x00"))
	}
	for _, d := range v.documents {
		// Not the id: without a script a file comes anew with each press.
		h.Write([]byte(strconv.FormatInt(d.Size, 10) + d.Name + "\x00"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// additionProblems says what is wrong, in the words of the form.
func (p *pages) additionProblems(language string, wrong []naru.FieldError) []problem {
	var problems []problem
	for _, w := range wrong {
		one := problem{Field: "message"}
		switch {
		case w.Pointer == "/message" && w.Code == "required":
			one.Text = p.options.Catalog.Text(language, "add.nothing", nil)
		case w.Pointer == "/message":
			args := map[string]any{"Field": p.options.Catalog.Text(language, "field_name.message", nil)}
			maps.Copy(args, w.Args)
			one.Text = p.forms.sentence(language, w.Code, args)
		default:
			one.Field = fieldFile
			one.Text = p.forms.sentence(language, w.Code, w.Args)
		}
		problems = append(problems, one)
	}
	return problems
}

// confirmErasure shows what erasing means.
func (p *pages) confirmErasure(c *gin.Context) error {
	file, err := p.options.Cases.Open(c.Request.Context(), c.Param("reference"), c.Query("key"))
	if err != nil {
		return err
	}
	return p.showErasure(c, http.StatusOK, p.newStatusPage(c.Param("language"), file, c.Query("key")))
}

func (p *pages) showErasure(c *gin.Context, status int, data statusPage) error {
	made := p.statusPage(c, "erasure", data)
	made.way += "/" + erasureWay
	return p.show(c, status, made)
}

// askErasure passes the wish on once it is confirmed.
func (p *pages) askErasure(c *gin.Context) error {
	file, err := p.options.Cases.Open(c.Request.Context(), c.Param("reference"), c.Query("key"))
	if err != nil {
		return err
	}
	if err := c.Request.ParseForm(); err != nil {
		return naru.NewError(naru.KindMalformed, "malformed", err)
	}
	if c.PostForm("confirm") != "yes" {
		data := p.newStatusPage(c.Param("language"), file, c.Query("key"))
		data.Missing = true
		return p.showErasure(c, http.StatusUnprocessableEntity, data)
	}
	_, err = p.options.Additions.AskErasure(c.Request.Context(), intake.AdditionRequest{
		Reference: c.Param("reference"), Secret: c.Query("key"), Body: []byte(`{"confirm":"` + string(file.Reference) + `"}`), RequestID: server.RequestID(c),
	})
	if err != nil {
		return err
	}
	c.Redirect(http.StatusSeeOther, statusWay(c.Param("language"), file.Reference, "", c.Query("key"))+"#erasure")
	return nil
}

// resumeAddition shows the page with what was typed where its sending was
// refused before it was read.
func (p *pages) resumeAddition(c *gin.Context, failed server.Problem) ([]byte, bool) {
	if p.forms == nil || c.FullPath() != "/:language/inquiries/:reference/"+additionsWay || c.Request.Method != http.MethodPost ||
		failed.Status != http.StatusTooManyRequests && failed.Status != http.StatusServiceUnavailable {
		return nil, false
	}
	file, err := p.options.Cases.Open(c.Request.Context(), c.Param("reference"), c.Query("key"))
	if err != nil {
		return nil, false
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, valuesLimit)
	v := newValues()
	if parts, err := c.Request.MultipartReader(); err == nil {
		readTexts(parts, v)
	}
	made := p.statusPage(c, "status", p.addAgain(c, file, v, "add.busy", nil))
	made.render = p.render
	body, err := p.render.html(made)
	return body, err == nil
}

// readTexts reads the parts of a form up to the first file.
func readTexts(parts *multipart.Reader, v values) {
	for {
		part, err := parts.NextPart()
		if err != nil || part.FileName() != "" {
			return
		}
		text, err := io.ReadAll(part)
		if err != nil {
			return
		}
		v.add(part.FormName(), string(text))
	}
}
