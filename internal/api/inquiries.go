package api

import (
	"bytes"
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/casefile"
	"naru/internal/intake"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/server"
	"naru/internal/telemetry"
)

// Inquiries accepts inquiries.
type Inquiries interface {
	// Accept returns when the inquiry is durable.
	Accept(context.Context, intake.Request) (intake.Receipt, error)
}

// Cases opens the public part of accepted inquiries.
type Cases interface {
	// Open returns KindNotFound alike for a wrong reference and a wrong
	// secret.
	Open(ctx context.Context, reference, secret string) (casefile.File, error)
}

// Additions takes what writers send after their inquiry.
type Additions interface {
	// Add and AskErasure return when the addition is durable.
	Add(context.Context, intake.AdditionRequest) (intake.AdditionReceipt, error)
	AskErasure(context.Context, intake.AdditionRequest) (intake.AdditionReceipt, error)
}

type inquiries struct {
	server  *server.Server
	use     Inquiries
	uploads attachments
	cases   Cases
	catalog server.Catalog
	metrics *telemetry.Metrics
	public  string
}

// multipartOverhead is what the borders and headers of a form may add to the
// bytes of its parts.
const multipartOverhead = 64 << 10

func registerInquiries(s *server.Server, o Options) {
	h := &inquiries{
		server: s, use: o.Inquiries, cases: o.Cases, catalog: o.Catalog, metrics: o.Metrics, public: o.PublicURL,
		uploads: attachments{server: s, use: o.Uploads, metrics: o.Metrics},
	}
	s.API().Handle(server.Route{
		Method: http.MethodPost, Pattern: "/api/v1/inquiries", Limit: server.LimitSubmit, Handler: h.create,
		Transfer: server.Multipart, TransferLimit: o.InquiryLimit + inquiryLimit + multipartOverhead,
		TooLarge: &naru.Error{Kind: naru.KindTooLarge, Code: "body_too_large", Fields: []naru.FieldError{
			partError(partFile, "attachments_too_large", map[string]any{"Max": locale.Size(o.InquiryLimit)}),
		}},
	})
	s.API().Handle(server.Route{Method: http.MethodGet, Pattern: "/api/v1/inquiries/:reference", Limit: server.LimitLookup, Handler: h.show})
	for way, use := range map[string]func(context.Context, intake.AdditionRequest) (intake.AdditionReceipt, error){
		"additions": o.Additions.Add, "erasure": o.Additions.AskErasure,
	} {
		s.API().Handle(server.Route{Method: http.MethodPost, Pattern: "/api/v1/inquiries/:reference/" + way, Limit: server.LimitSubmit, Handler: h.add(use)})
	}
}

// accepted is the answer to an inquiry.
type accepted struct {
	Reference      naru.Reference    `json:"reference"`
	StatusURL      string            `json:"status_url"`
	Team           casefile.TeamName `json:"team"`
	AcknowledgedBy *time.Time        `json:"acknowledged_by"` // nil: no mail will come
	AnswerBy       time.Time         `json:"answer_by"`
}

// create serves POST /api/v1/inquiries.
func (h *inquiries) create(c *gin.Context) error {
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	request := intake.Request{Language: h.server.Language(c), IdempotencyKey: key, RequestID: server.RequestID(c)}
	mediaType, err := contentType(c, "application/json", "multipart/form-data")
	if err != nil {
		return err
	}
	var uploaded []naru.Attachment
	if mediaType == "application/json" {
		room := bodies.Get().(*bytes.Buffer)
		defer release(room)
		if _, err := room.ReadFrom(c.Request.Body); err != nil {
			return unreadable(err)
		}
		request.Body = room.Bytes()
	} else if request.Body, uploaded, err = h.readForm(c); err != nil {
		return err
	}
	request.Documents = uploaded
	receipt, err := h.use.Accept(c.Request.Context(), request)
	server.SetLanguage(c, receipt.Language)
	if err != nil {
		h.uploads.discard(c, uploaded)
		return err
	}
	if receipt.Replayed {
		h.uploads.discard(c, uploaded)
		c.Header("Idempotent-Replayed", "true")
	} else {
		h.metrics.InquiryAccepted(receipt.Inquiry.Kind)
	}
	header := c.Writer.Header()
	header["Location"] = []string{h.public + "/api/v1/inquiries/" + string(receipt.Inquiry.Reference)}
	header["Content-Language"] = []string{receipt.Language}
	answer := accepted{
		Reference: receipt.Inquiry.Reference, StatusURL: receipt.StatusURL,
		Team: casefile.TeamName{ID: receipt.Inquiry.TeamID, Name: receipt.TeamName}, AnswerBy: receipt.AnswerBy.UTC(),
	}
	if by := receipt.AcknowledgedBy.UTC(); !by.IsZero() {
		answer.AcknowledgedBy = &by
	}
	server.JSON(c, http.StatusAccepted, answer)
	return nil
}

// idempotencyKey returns the key of the request; "" for none. A header without
// a key is a mistake of the client, whose retries would be accepted twice; so
// are two of them.
func idempotencyKey(c *gin.Context) (string, error) {
	switch keys := c.Request.Header.Values("Idempotency-Key"); {
	case len(keys) == 0:
		return "", nil
	case len(keys) == 1 && keys[0] != "":
		return keys[0], nil
	}
	return "", &naru.Error{Kind: naru.KindMalformed, Code: "idempotency_key_malformed", Args: map[string]any{"Max": intake.MaxKeyBytes}}
}

// show serves GET /api/v1/inquiries/{reference}.
func (h *inquiries) show(c *gin.Context) error {
	file, err := h.cases.Open(c.Request.Context(), c.Param("reference"), secretOf(c))
	if err != nil {
		return err
	}
	language := h.server.Language(c)
	c.Header("Content-Language", language)
	c.Writer.Header().Add("Vary", "Accept-Language, Authorization")
	server.JSON(c, http.StatusOK, file.Describe(language, func(key string) string { return h.catalog.Text(language, key, nil) }))
	return nil
}

// secretOf returns the secret given as ?key= or as a bearer token.
func secretOf(c *gin.Context) string {
	if key := c.Query("key"); key != "" {
		return key
	}
	scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	return ""
}

// bodies are room for what is read of requests, kept for the next.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// keptBody is the length in bytes up to which that room is kept.
const keptBody = 16 << 10

// release gives the room back, without anything that was sent.
func release(room *bytes.Buffer) {
	if room.Cap() <= keptBody {
		clear(room.Bytes())
		room.Reset()
		bodies.Put(room)
	}
}

// contentType returns which of the media types the body has.
func contentType(c *gin.Context, allowed ...string) (string, error) {
	if encoding := c.GetHeader("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		c.Header("Accept-Encoding", "identity")
		return "", naru.NewError(naru.KindUnsupportedType, "unsupported_media_type", nil)
	}
	typed := c.GetHeader("Content-Type")
	if slices.Contains(allowed, typed) {
		return typed, nil // as most write it
	}
	mediaType, parameters, err := mime.ParseMediaType(typed)
	charset := parameters["charset"]
	for _, a := range allowed {
		if err == nil && mediaType == a && (charset == "" || strings.EqualFold(charset, "utf-8")) {
			return a, nil
		}
	}
	c.Header("Accept", strings.Join(allowed, ", "))
	return "", &naru.Error{Kind: naru.KindUnsupportedType, Code: "unsupported_media_type", Args: map[string]any{"Types": strings.Join(allowed, ", ")}}
}

// unreadable describes a body that broke off. What went wrong with the
// connection stays the cause: package server knows a body that is too large
// and a client that left.
func unreadable(err error) error {
	return naru.NewError(naru.KindMalformed, "malformed", err)
}
