package app

import (
	"errors"
	"log/slog"
	"time"

	"naru/config"
	"naru/internal/locale"
	"naru/internal/mail"
	"naru/internal/server"
	"naru/internal/store"
	"naru/internal/telemetry"
)

// ConfigurationError says that settings, data files or templates are wrong,
// not that something failed.
type ConfigurationError struct{ error }

// Unwrap returns what is wrong.
func (e ConfigurationError) Unwrap() error { return e.error }

// Check reads all data files and writes every mail and page once, as a start
// does, without starting anything. What is wrong with the desk (teams, rules,
// holidays) is left to config.Check, which names lines.
func Check(c *config.Config) error {
	a, err := LoadAssets(c)
	if _, ok := errors.AsType[config.Problems](err); ok {
		return nil
	}
	if err != nil {
		return err
	}
	p := &program{
		Options: Options{Config: c, Roles: Roles{HTTP: true, Workers: true}, Logger: slog.New(slog.DiscardHandler), Clock: time.Now},
		stack:   newStack(), metrics: telemetry.NewMetrics(), health: telemetry.NewHealth(nil), assets: a,
		// Nothing is asked of the store while mails and pages are tried.
		store: new(store.Store), publicURL: "http://localhost", rehearse: true,
	}
	_, mails := p.composer()
	s, err := server.New(server.Options{PublicURL: p.publicURL, Catalog: a.Catalog, Match: locale.Match})
	if err != nil {
		return errors.Join(mails, err)
	}
	return errors.Join(mails, p.registerPublic(s, nil))
}

// composer makes the writer of mails from the data files.
func (p *program) composer() (*mail.Composer, error) {
	c, look := p.Config, p.assets.Look
	composer, err := mail.NewComposer(mail.ComposerOptions{
		Templates: p.assets.Templates, Catalog: p.assets.Catalog, Store: p.store, Teams: p.assets.Desk.Teams,
		From: c.SMTP.From, FromName: c.SMTP.FromName, PublicURL: p.publicURL, InlineLimitBytes: int64(c.Attachments.InlineLimit),
		Colours: mail.Colours{Accent: look.Accent, Ink: look.Ink, AccentDark: look.AccentDark, InkDark: look.InkDark},
	})
	if err != nil {
		return nil, ConfigurationError{err}
	}
	return composer, nil
}
