// Package api is naru for programs: the JSON interface under /api/v1, its
// OpenAPI document and readable reference, and the health and metrics of the
// process. One file per resource; each declares the few methods of the use
// case it calls.
//
// Handlers read the request, call one use case, and write one answer; all
// failures go back to package server, which says them. Nothing here keeps
// state between requests, and everything is safe for concurrent use.
//
// openapi.yaml is the description of record: tests check every answer against
// it, its limits against the validation rules, and its paths against the
// routes.
package api

import (
	"errors"
	"html/template"
	"io/fs"
	"net/url"

	"naru/internal/locale"
	"naru/internal/server"
	"naru/internal/telemetry"
)

// Options of the interface. All fields are required except Metrics and Trusted.
type Options struct {
	Inquiries Inquiries
	Additions Additions
	Uploads   Uploads
	Cases     Cases
	Meta      Meta
	Chat      Chat
	Dataset   Dataset
	Charts    Charts
	Catalog   Catalog
	Health    *telemetry.Health
	Metrics   *telemetry.Metrics // may be nil
	// PublicURL is where people reach the program, without a slash at the
	// end.
	PublicURL string
	// Version of the program, for the OpenAPI document.
	Version string
	// Templates holds web/docs.html; Asset returns the address of a file of
	// static/.
	Templates fs.FS
	Asset     func(name string) string
	// Trusted: the description of the interface is known to work, so that it is
	// made when first asked for; otherwise at the start.
	Trusted bool
	// FileLimit and InquiryLimit are the largest document, and all documents
	// of an inquiry together, in bytes.
	FileLimit, InquiryLimit int64
}

// Catalog holds the sentences for people.
type Catalog interface {
	server.Catalog
	// Keys lists the keys with a prefix.
	Keys(prefix string) []string
	// Countries lists all countries by the names they have in a language.
	Countries(language string) []locale.Country
}

// Register adds all routes to the server.
func Register(s *server.Server, o Options) error {
	switch {
	case o.Inquiries == nil, o.Additions == nil, o.Uploads == nil, o.Cases == nil, o.Meta == nil, o.Chat == nil, o.Catalog == nil, o.Health == nil:
		return errors.New("api: Inquiries, Additions, Uploads, Cases, Meta, Chat, Catalog and Health are required")
	case o.Dataset == nil, o.Charts == nil:
		return errors.New("api: Dataset and Charts are required")
	case o.Templates == nil, o.Asset == nil:
		return errors.New("api: Templates and Asset are required")
	case o.FileLimit <= 0 || o.InquiryLimit <= 0:
		return errors.New("api: FileLimit and InquiryLimit are required")
	}
	if _, err := url.Parse(o.PublicURL); err != nil || o.PublicURL == "" {
		return errors.New("api: PublicURL is required")
	}
	page, err := template.New("docs.html").ParseFS(o.Templates, "web/docs.html")
	if err != nil {
		return err
	}
	RegisterOperations(s, o.Health, o.Metrics)
	if err := registerDescription(s, o, page); err != nil {
		return err
	}
	registerMeta(s, o.Meta)
	registerChat(s, o.Chat)
	registerInquiries(s, o)
	registerAttachments(s, o)
	registerDataset(s, o)
	registerCharts(s, o.Charts)
	return nil
}
