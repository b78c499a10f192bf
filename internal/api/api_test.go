package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"io/fs"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/config"
	"naru/internal/api"
	"naru/internal/bucket"
	"naru/internal/casefile"
	"naru/internal/intake"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/internal/server"
	"naru/internal/store"
	"naru/internal/telemetry"
	"naru/templates"
)

// texts are read once: they do not change.
var texts = sync.OnceValues(func() (*locale.Catalog, error) {
	locales, err := fs.Sub(config.Files(""), "locales")
	if err != nil {
		return nil, err
	}
	return locale.Load(locales)
})

// nobody recognises no partner; that is tested where it is done.
type nobody struct{}

func (nobody) Match(string, string) (naru.KnownPartner, bool) { return naru.KnownPartner{}, false }

// desk is the real interface on a real store, at a port of its own.
type desk struct {
	*server.Server
	url     string
	store   *store.Store
	catalog *locale.Catalog
	health  *telemetry.Health
	log     *journal
	spec    *specification
}

// journal keeps the log.
type journal struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

const (
	fileLimit    = 2 << 20
	inquiryLimit = 3 << 20
)

// open starts the interface; change may bend the server's options.
func open(t testing.TB, change func(*server.Options)) *desk {
	t.Helper()
	d := &desk{log: &journal{}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	d.catalog, err = texts()
	must(err)
	logger, err := telemetry.NewLogger("debug", "json", d.log)
	must(err)
	d.store, err = store.Open(t.Context(), store.Options{URL: filepath.Join(t.TempDir(), "naru.db"), Logger: logger, Clock: time.Now})
	must(err)
	t.Cleanup(func() {
		if err := d.store.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	_, err = d.store.Migrate(t.Context())
	must(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	d.url = "http://" + l.Addr().String()

	teams, err := config.LoadDesk(config.Files(""))
	must(err)
	rules, err := fs.ReadFile(config.Files(""), "consents.yaml")
	must(err)
	consents, err := intake.ParseConsents(rules)
	must(err)
	defaults := config.Default()
	inquiries, err := intake.New(intake.Options{
		Store: d.store, Router: teams, Partners: nobody{}, Calendar: teams, Catalog: d.catalog, Consents: consents, Departments: teams.Departments,
		Center: defaults.Organisations.Center.Map(), Association: defaults.Organisations.Association.Map(), RetentionMonths: 24,
		PublicURL: d.url, MailDomain: "naru.example", Limits: intake.Limits{FileBytes: fileLimit, AttachmentBytes: inquiryLimit},
		Clock: time.Now, Random: rand.Reader,
	})
	must(err)
	uploads, err := intake.NewUploads(intake.UploadOptions{Store: d.store, TempDir: t.TempDir(), FileBytes: fileLimit, Clock: time.Now, Random: rand.Reader})
	must(err)
	cases, err := casefile.New(casefile.Options{Store: d.store, Team: teams.Team})
	must(err)
	additions, err := intake.NewAdditions(intake.AdditionOptions{Service: inquiries, Store: d.store, Open: cases.Inquiry})
	must(err)
	d.health = telemetry.NewHealth(logger)
	d.health.Register(telemetry.Check{Name: "store", Required: true, Run: d.store.Ping})
	metrics := telemetry.NewMetrics()
	options := server.Options{
		PublicURL: d.url, Catalog: d.catalog, Match: locale.Match, Logger: logger, Metrics: metrics, Health: d.health,
		Rates: server.Rates{Submit: []bucket.Rate{}, Upload: []bucket.Rate{}, Lookup: []bucket.Rate{}, Read: []bucket.Rate{}},
	}
	if change != nil {
		change(&options)
	}
	d.Server, err = server.New(options)
	must(err)
	files, err := templates.FS("")
	must(err)
	must(api.Register(d.Server, api.Options{
		Inquiries: inquiries, Additions: additions, Uploads: uploads, Cases: cases, Meta: inquiries, Chat: newBot(t, d.store, pictures(t), d.catalog), Dataset: published(t), Charts: pictures(t), Catalog: d.catalog, Health: d.health, Metrics: metrics,
		PublicURL: d.url, Version: "1.2.3", Trusted: true, Templates: files, Asset: func(name string) string { return "/static/" + name },
		FileLimit: fileLimit, InquiryLimit: inquiryLimit,
	}))
	served := make(chan error, 1)
	go func() { served <- d.Serve(context.Background(), l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := d.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	d.spec = readSpecification(t, d)
	return d
}

// answer is a response that was read.
type answer struct {
	*http.Response
	body []byte
}

// do sends a request and checks both it and the answer against the document,
// the request only when it was taken: the others are wrong on purpose.
func (d *desk) do(t *testing.T, method, path string, body []byte, header ...string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, d.url+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{response, content}
	d.spec.check(t, request, body, a)
	return a
}

// post sends JSON.
func (d *desk) post(t *testing.T, body []byte, header ...string) answer {
	t.Helper()
	return d.do(t, http.MethodPost, "/api/v1/inquiries", body, append([]string{"Content-Type", "application/json"}, header...)...)
}

// read decodes the answer into a value.
func (a answer) read(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal(a.body, into); err != nil {
		t.Fatalf("status %d, body %.300q: %v", a.StatusCode, a.body, err)
	}
}

func (a answer) problem(t *testing.T) server.Problem {
	t.Helper()
	if got := a.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("Content-Type %q, status %d, body %.200q", got, a.StatusCode, a.body)
	}
	var p server.Problem
	a.read(t, &p)
	return p
}

// part is one part of a form.
type part struct{ name, file, mediaType, body string }

// form writes a multipart body and its content type.
func form(t *testing.T, parts ...part) (body []byte, contentType string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		header := textproto.MIMEHeader{}
		disposition := `form-data; name="` + p.name + `"`
		if p.file != "" {
			disposition += `; filename="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(p.file) + `"`
		}
		header.Set("Content-Disposition", disposition)
		if p.mediaType != "" {
			header.Set("Content-Type", p.mediaType)
		}
		pw, err := w.CreatePart(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(pw, strings.NewReader(p.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

// accepted is the answer to an inquiry.
type accepted struct {
	Reference string `json:"reference"`
	StatusURL string `json:"status_url"`
	Team      struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"team"`
	AcknowledgedBy time.Time `json:"acknowledged_by"`
	AnswerBy       time.Time `json:"answer_by"`
}

// stored returns an inquiry from the store.
func (d *desk) stored(t *testing.T, reference string) naru.Inquiry {
	t.Helper()
	inquiry, err := d.store.InquiryByReference(t.Context(), naru.Reference(reference))
	if err != nil {
		t.Fatal(err)
	}
	return inquiry
}
