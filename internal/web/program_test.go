package web_test

import (
	"context"
	"crypto/rand"
	"io/fs"
	"log/slog"
	"sync"
	"testing"
	"time"

	"naru/config"
	"naru/internal/app"
	"naru/internal/intake"
	"naru/internal/knowledge"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/store"
	"naru/internal/web"
)

// strangers knows no institution.
type strangers struct{}

func (strangers) Match(string, string) (naru.KnownPartner, bool) { return naru.KnownPartner{}, false }

// useCases are the real ones behind the forms.
func useCases(t testing.TB, s *store.Store, desk *config.Desk, catalog *locale.Catalog, url string) (*intake.Service, *intake.Uploads) {
	t.Helper()
	data, err := fs.ReadFile(config.Files(""), "consents.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := intake.ParseConsents(data)
	if err != nil {
		t.Fatal(err)
	}
	names := config.Default().Organisations
	inquiries, err := intake.New(intake.Options{
		Store: s, Conversations: s, Router: desk, Partners: strangers{}, Calendar: desk, Catalog: catalog, Consents: rules, Departments: desk.Departments,
		Center: names.Center.Map(), Association: names.Association.Map(), RetentionMonths: 24, PublicURL: url, MailDomain: "naru.example",
		Clock: time.Now, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := intake.NewUploads(intake.UploadOptions{Store: s, TempDir: t.TempDir(), Clock: time.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return inquiries, uploads
}

// knowledgeBase is read once: it does not change.
var knowledgeBase = sync.OnceValues(func() (*knowledge.Base, error) {
	files, err := fs.Sub(config.Files(""), "knowledge")
	if err != nil {
		return nil, err
	}
	return knowledge.Load(files)
})

// content is the shipped dataset, without charts.
func content(t testing.TB) web.Content {
	t.Helper()
	base, err := knowledgeBase()
	if err != nil {
		t.Fatal(err)
	}
	return web.Content{
		Knowledge: base,
		Hours: func(string) web.Hours {
			return web.Hours{Days: []time.Weekday{1, 2, 3, 4, 5}, Opens: "09:00", Closes: "18:00"}
		},
		Picture: func(string, string) (web.Picture, bool) { return web.Picture{}, false },
	}
}

// program runs the whole of naru, with its own catcher for mail, and returns
// where it is.
func program(t testing.TB, change func(*config.Config)) string {
	t.Helper()
	c := config.Default()
	c.DataDir, c.HTTP.Addr, c.Catcher.HTTPAddr, c.Catcher.SMTPAddr = t.TempDir(), "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	c.Limits.InquiriesPerMinute, c.Limits.InquiriesPerHour, c.Limits.Burst = 100_000, 100_000, 10_000
	if change != nil {
		change(c)
	}
	up, ended := make(chan app.Running, 1), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		ended <- app.Run(ctx, app.Options{
			Config: c, Roles: app.Roles{HTTP: true, Workers: true}, Logger: slog.New(slog.DiscardHandler), Version: "test",
			Announce: func(r app.Running) { up <- r },
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("naru: %v", err)
		}
	})
	select {
	case r := <-up:
		return r.URL
	case err := <-ended:
		ended <- nil
		t.Fatalf("naru did not start: %v", err)
		return ""
	}
}
