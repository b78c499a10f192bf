package app

import (
	"context"
	"crypto/rand"
	"net"
	"sync"

	"naru/internal/api"
	"naru/internal/bucket"
	"naru/internal/calendar"
	"naru/internal/casefile"
	"naru/internal/chart"
	"naru/internal/intake"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/server"
	"naru/internal/web"
)

// serve makes the HTTP side of the roles and starts to answer.
func (p *program) serve(listener net.Listener) error {
	c := p.Config
	ledger, err := p.newLedger()
	if err != nil {
		return err
	}
	clientKey, err := p.sharedKey("naru digests of clients")
	if err != nil {
		return err
	}
	s, err := server.New(server.Options{
		PublicURL: p.publicURL, TrustedProxies: c.HTTP.TrustedProxies, Catalog: p.assets.Catalog, Match: locale.Match,
		Logger: p.Logger, Metrics: p.metrics, Health: p.health, Rates: p.rates(), Origins: c.Widget.Origins, UnlimitedClients: c.Limits.Exempt,
		ClientKey: clientKey, Ledger: ledger,
		MaxRequests: c.HTTP.MaxConcurrent, BodyLimit: int64(c.HTTP.BodyLimit),
		HeaderTimeout: c.HTTP.ReadHeaderTimeout, RequestTimeout: c.HTTP.RequestTimeout, TransferTimeout: c.HTTP.TransferTimeout, IdleTimeout: c.HTTP.IdleTimeout,
		DrainDelay: c.HTTP.DrainDelay,
	})
	if err != nil {
		return err
	}
	if p.Roles.HTTP {
		if err = p.registerPublic(s, ledger); err != nil {
			err = ConfigurationError{err}
		}
	} else {
		api.RegisterOperations(s, p.health, p.metrics)
	}
	if err != nil {
		return err
	}
	// Serve is given a context that outlives Shutdown, so that requests under
	// way can end.
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := s.Serve(context.Background(), listener); err != nil {
			p.stack.fail(err)
		}
	})
	p.stack.push("http", func(ctx context.Context) error {
		err := s.Shutdown(ctx)
		serving.Wait()
		return err
	})
	return nil
}

// registerPublic makes the use cases and gives them their routes.
func (p *program) registerPublic(s *server.Server, ledger *bucket.Ledger) error {
	c, a := p.Config, p.assets
	center, association := c.Organisations.Center.Map(), c.Organisations.Association.Map()
	guarded := p.guarded()
	inquiries, err := intake.New(intake.Options{
		Store: guarded, Conversations: p.store, Router: a.Desk, Partners: partners{a.Knowledge}, Calendar: a.Desk, Catalog: a.Catalog,
		Consents: a.Consents, Departments: a.Desk.Departments,
		Center: center, Association: association,
		RetentionMonths: c.Consents.RetentionMonths, KeysKept: c.Retention.Keys, PublicURL: p.publicURL, MailDomain: c.MailDomain(),
		OwnAddresses: append(a.Desk.Addresses(), c.SMTP.From),
		Limits: intake.Limits{
			Attachments: c.Attachments.FilesPerInquiry, AttachmentBytes: int64(c.Attachments.InquiryLimit), FileBytes: int64(c.Attachments.FileLimit),
		},
		Clock: p.Clock, Random: rand.Reader, Wake: p.queue.Wake,
	})
	if err != nil {
		return err
	}
	uploads, err := intake.NewUploads(intake.UploadOptions{
		Store: guarded, TempDir: c.DataDir, Room: guarded.room, FileBytes: int64(c.Attachments.FileLimit),
		ClientFiles: c.Attachments.FilesPerHour, ClientBytes: int64(c.Attachments.BytesPerHour),
		Clock: p.Clock, Random: rand.Reader,
	})
	if err != nil {
		return err
	}
	cases, err := casefile.New(casefile.Options{Store: p.store, Team: a.Desk.Team})
	if err != nil {
		return err
	}
	additions, err := intake.NewAdditions(intake.AdditionOptions{Service: inquiries, Store: guarded, Open: cases.Inquiry})
	if err != nil {
		return err
	}
	static, err := web.NewAssets(a.Templates, a.Look)
	if err != nil {
		return err
	}
	charts, err := chart.New(chart.Options{
		Dataset: a.Knowledge, Catalog: a.Catalog, Templates: a.Templates, Languages: naru.Languages, Direction: locale.Direction,
		Bar: a.Look.Accent, BarDark: a.Look.AccentDark, Trusted: p.trusted(),
	})
	if err != nil {
		return err
	}
	bot, err := NewBot(p.Config, a, p.trusted(), p.store, p.store, charts, p.Logger)
	if err != nil {
		return err
	}
	held, err := p.guard(ledger)
	if err != nil {
		return err
	}
	err = web.Register(s, web.Options{
		Guard:   held,
		Look:    a.Look,
		Content: a.content(charts),
		Chat:    bot, Remember: c.Chat.Remember,
		Inquiries: inquiries, Additions: additions, Uploads: uploads, Institutions: institutions(a.Knowledge), Metrics: p.metrics,
		Cases: cases, Catalog: a.Catalog, Templates: a.Templates, Assets: static, Typography: a.Typography, Trusted: p.trusted(), Languages: c.Languages, Direction: locale.Direction,
		Teams: a.Desk.Teams, Center: center, Association: association, PublicURL: p.publicURL, Zone: calendar.Seoul,
	})
	if err != nil {
		return err
	}
	return api.Register(s, api.Options{
		Inquiries: inquiries, Additions: additions, Uploads: uploads, Cases: cases, Meta: inquiries, Chat: bot, Dataset: a.Knowledge, Charts: charts, Catalog: a.Catalog, Health: p.health, Metrics: p.metrics,
		PublicURL: p.publicURL, Version: p.Version, Templates: a.Templates, Asset: static.URL, Trusted: p.trusted(),
		FileLimit: int64(c.Attachments.FileLimit), InquiryLimit: int64(c.Attachments.InquiryLimit),
	})
}

// trusted tells whether texts and templates are all as shipped, which the tests
// have rehearsed in every language: then a start need not. The check of the
// configuration does it always.
func (p *program) trusted() bool {
	return !p.rehearse && p.Config.ConfigDir == "" && p.Config.TemplatesDir == ""
}
