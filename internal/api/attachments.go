package api

import (
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/intake"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/server"
	"naru/internal/telemetry"
)

// Uploads takes documents.
type Uploads interface {
	// Take stores a document as it arrives.
	Take(context.Context, intake.Upload) (naru.Attachment, error)
	// Discard removes a document that belongs to no inquiry; KindNotFound for
	// all others.
	Discard(ctx context.Context, id string) error
}

type attachments struct {
	server  *server.Server
	use     Uploads
	metrics *telemetry.Metrics
}

func registerAttachments(s *server.Server, o Options) {
	h := &attachments{server: s, use: o.Uploads, metrics: o.Metrics}
	s.API().Handle(server.Route{
		Method: http.MethodPost, Pattern: "/api/v1/attachments", Limit: server.LimitUpload, Handler: h.create,
		Transfer: server.Multipart, TransferLimit: o.FileLimit + multipartOverhead,
		TooLarge: &naru.Error{Kind: naru.KindTooLarge, Code: "attachment_too_large", Args: map[string]any{"Max": locale.Size(o.FileLimit)}},
	})
	s.API().Handle(server.Route{Method: http.MethodDelete, Pattern: "/api/v1/attachments/:id", Limit: server.LimitUpload, Handler: h.remove})
}

// attachment is the answer to an upload. Its secret is for the team's link.
type attachment struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	Type   string `json:"type"`
	SHA256 string `json:"sha256"`
}

// Names of the parts of forms.
const (
	partInquiry = "inquiry"
	partFile    = "file"
)

// inquiryLimit bounds the inquiry in a form, in bytes; alone, it is bounded by
// the server's BodyLimit.
const inquiryLimit = 256 << 10

// create serves POST /api/v1/attachments: one file per request.
func (h *attachments) create(c *gin.Context) error {
	if _, err := contentType(c, "multipart/form-data"); err != nil {
		return err
	}
	parts, err := c.Request.MultipartReader()
	if err != nil {
		return naru.NewError(naru.KindMalformed, "malformed", err)
	}
	// The end of a form is io.EOF itself; of one that broke off it is a cause.
	part, err := parts.NextPart()
	if err == io.EOF {
		return naru.NewError(naru.KindInvalid, "attachment_missing", nil)
	}
	if err != nil {
		return badForm(err)
	}
	if part.FormName() != partFile {
		return unknownPart(part)
	}
	a, err := h.take(c, part)
	if err != nil {
		return err
	}
	next, err := parts.NextPart()
	if err == io.EOF {
		server.JSON(c, http.StatusCreated, attachment{a.ID, a.Name, a.Size, a.Type, a.SHA256})
		return nil
	}
	h.discard(c, []naru.Attachment{a})
	if err != nil {
		return badForm(err)
	}
	return unknownPart(next)
}

// remove serves DELETE /api/v1/attachments/{id}. Whoever knows the id may do
// so, as long as no inquiry has the document.
func (h *attachments) remove(c *gin.Context) error {
	if err := h.use.Discard(c.Request.Context(), c.Param("id")); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// take stores one part of a form.
func (h *attachments) take(c *gin.Context, part *multipart.Part) (naru.Attachment, error) {
	mediaType := part.Header.Get("Content-Type")
	if strings.HasPrefix(mediaType, "application/octet-stream") {
		mediaType = "" // what programs say that do not know
	}
	a, err := h.use.Take(c.Request.Context(), intake.Upload{Name: part.FileName(), Type: mediaType, Client: h.server.Client(c), Body: part})
	if err == nil {
		h.metrics.Uploaded(a.Size)
	}
	return a, err
}

// discardTimeout bounds the removal of documents after the request failed.
const discardTimeout = 10 * time.Second

// discard removes documents that came with a request that failed. What cannot
// be removed now is removed with all others that no inquiry claims.
func (h *attachments) discard(c *gin.Context, uploaded []naru.Attachment) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), discardTimeout)
	defer cancel()
	for _, a := range uploaded {
		_ = h.use.Discard(ctx, a.ID)
	}
}

// readForm reads an inquiry sent as a form: first the inquiry as JSON, then
// its documents, which are stored as they arrive. Of a form that fails,
// nothing stays.
func (h *inquiries) readForm(c *gin.Context) (body []byte, uploaded []naru.Attachment, err error) {
	defer func() {
		if err != nil {
			h.uploads.discard(c, uploaded)
			uploaded = nil
		}
	}()
	parts, err := c.Request.MultipartReader()
	if err != nil {
		return nil, nil, naru.NewError(naru.KindMalformed, "malformed", err)
	}
	for first := true; ; first = false {
		part, err := parts.NextPart()
		switch {
		case err == io.EOF && first:
			return nil, nil, invalidPart(partInquiry, "required", nil)
		case err == io.EOF:
			return body, uploaded, nil
		case err != nil:
			return nil, uploaded, badForm(err)
		case first && part.FormName() == partInquiry:
			if body, err = readLimited(part, inquiryLimit); err != nil {
				return nil, nil, err
			}
		case first:
			return nil, nil, invalidPart(partInquiry, "required", nil)
		case part.FormName() != partFile:
			return nil, uploaded, unknownPart(part)
		case len(uploaded) >= maxFormFiles:
			return nil, uploaded, invalidPart(partFile, "attachments_too_many", map[string]any{"Max": maxFormFiles})
		default:
			a, err := h.uploads.take(c, part)
			if err != nil {
				return nil, uploaded, err
			}
			uploaded = append(uploaded, a)
		}
	}
}

// maxFormFiles is far more than an inquiry may have; the use case says how
// many that is.
const maxFormFiles = 100

// readLimited reads a part of at most limit bytes.
func readLimited(part io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(part, limit+1))
	if err != nil {
		return nil, badForm(err)
	}
	if int64(len(body)) > limit {
		return nil, &naru.Error{Kind: naru.KindTooLarge, Code: "body_too_large", Args: map[string]any{"Max": locale.Size(limit)}}
	}
	return body, nil
}

// badForm describes a form that cannot be read. A body that is too large or
// broke off is known by the cause.
func badForm(err error) error {
	return naru.NewError(naru.KindMalformed, "malformed", err)
}

func unknownPart(part *multipart.Part) error {
	name := part.FormName()
	if name == partFile {
		return invalidPart(name, "attachments_too_many", map[string]any{"Max": 1})
	}
	if !isName(name) {
		name = "?" // not worth repeating
	}
	return invalidPart(name, "unknown_field", map[string]any{"Name": name})
}

func invalidPart(name, code string, args map[string]any) error {
	return &naru.Error{Kind: naru.KindInvalid, Code: "invalid", Fields: []naru.FieldError{partError(name, code, args)}}
}

func partError(name, code string, args map[string]any) naru.FieldError {
	return naru.FieldError{Pointer: "/" + name, Code: code, Args: args}
}

func isName(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
	})
}
