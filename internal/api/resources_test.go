package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"naru/internal/bucket"
	"naru/internal/intake"
	"naru/internal/naru"
	"naru/internal/server"
	"naru/internal/telemetry"
)

const (
	partInquiry = "inquiry"
	partFile    = "file"
	pdfText     = "%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
	pngText     = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
)

// distantFuture is after everything that a test did.
var distantFuture = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

var codeInSource = regexp.MustCompile(`(?:Code: |naru\.Kind\w+, )"(\w+)"`)

type uploaded struct {
	ID, Name, Type, SHA256 string
	Size                   int64
}

// upload sends one document.
func (d *desk) upload(t *testing.T, parts ...part) answer {
	t.Helper()
	body, contentType := form(t, parts...)
	return d.do(t, http.MethodPost, "/api/v1/attachments", body, "Content-Type", contentType)
}

func TestDocumentsAreUploadedClaimedAndRemoved(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	large := pdfText + strings.Repeat("0123456789abcdef", 50_000) // several chunks
	a := d.upload(t, part{partFile, `..\..\secret/../Анализ "крови".pdf`, "application/pdf", large})
	var got uploaded
	a.read(t, &got)
	sum := sha256.Sum256([]byte(large))
	if a.StatusCode != 201 || got.Size != int64(len(large)) || got.Type != "application/pdf" || got.SHA256 != hex.EncodeToString(sum[:]) || strings.ContainsAny(got.Name, `/\"`) || !strings.HasSuffix(got.Name, ".pdf") {
		t.Fatalf("upload: %d %s", a.StatusCode, a.body)
	}
	if strings.Contains(string(a.body), "secret\":") {
		t.Errorf("the team's secret is told: %s", a.body)
	}
	first := d.post(t, d.body(t, "patient", "attachments", []string{got.ID}).json(t))
	var inquiry accepted
	first.read(t, &inquiry)
	if documents := d.stored(t, inquiry.Reference).Attachments; first.StatusCode != 202 || len(documents) != 1 || documents[0].SHA256 != got.SHA256 || documents[0].Size != got.Size {
		t.Errorf("claimed: %d %+v", first.StatusCode, documents)
	}
	if p := d.post(t, d.body(t, "patient", "attachments", []string{got.ID}).json(t)).problem(t); p.Status != 422 || p.Errors[0].Pointer != "/attachments/0" || p.Errors[0].Code != "attachment_unknown" {
		t.Errorf("claimed twice: %+v", p)
	}
	if p := d.do(t, http.MethodDelete, "/api/v1/attachments/"+got.ID, nil).problem(t); p.Status != 404 || p.Code != "attachment_unknown" {
		t.Errorf("a claimed document can be removed: %+v", p)
	}

	d.upload(t, part{partFile, "scan.png", "image/png", pngText}).read(t, &got)
	if a := d.do(t, http.MethodDelete, "/api/v1/attachments/"+got.ID, nil); a.StatusCode != 204 || len(a.body) != 0 {
		t.Errorf("remove: %d %s", a.StatusCode, a.body)
	}
	for _, id := range []string{got.ID, "nonsense", "%00", "'; DROP TABLE attachments; --"} {
		if p := d.do(t, http.MethodDelete, "/api/v1/attachments/"+strings.ReplaceAll(strings.ReplaceAll(id, " ", "%20"), "'", "%27"), nil).problem(t); p.Status != 404 {
			t.Errorf("remove %q: %+v", id, p)
		}
	}
	if metrics := string(d.do(t, http.MethodGet, "/metrics", nil).body); !strings.Contains(metrics, "naru_upload_bytes_total 80") {
		t.Errorf("uploaded bytes are not counted")
	}
}

func TestUploadsThatAreRefused(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for name, row := range map[string]struct {
		parts  []part
		status int
		code   string
	}{
		"no part":          {nil, 422, "attachment_missing"},
		"another part":     {[]part{{"inquiry", "", "", "{}"}}, 422, "invalid"},
		"two files":        {[]part{{partFile, "a.pdf", "", pdfText}, {partFile, "b.pdf", "", pdfText}}, 422, "invalid"},
		"an empty file":    {[]part{{partFile, "a.pdf", "", ""}}, 422, "attachment_empty"},
		"a page":           {[]part{{partFile, "a.html", "text/html", "<html><script>alert(1)</script>"}}, 415, "attachment_type_unsupported"},
		"a drawing":        {[]part{{partFile, "a.svg", "image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`}}, 415, "attachment_type_unsupported"},
		"a program":        {[]part{{partFile, "a.pdf", "application/pdf", "MZ\x90\x00" + strings.Repeat("\x00", 600)}}, 415, "attachment_type_unsupported"},
		"a false name":     {[]part{{partFile, "a.png", "", pdfText}}, 415, "attachment_type_mismatch"},
		"a false type":     {[]part{{partFile, "a.pdf", "image/png", pdfText}}, 415, "attachment_type_mismatch"},
		"too large":        {[]part{{partFile, "a.pdf", "", pdfText + strings.Repeat("x", fileLimit)}}, 413, "attachment_too_large"},
		"far too large":    {[]part{{partFile, "a.pdf", "", pdfText + strings.Repeat("x", 2*fileLimit)}}, 413, "attachment_too_large"},
		"a broken archive": {[]part{{partFile, "a.zip", "", "PK\x03\x04" + strings.Repeat("x", 100)}}, 422, "attachment_archive_broken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := d.upload(t, row.parts...).problem(t)
			if p.Status != row.status || p.Code != row.code {
				t.Errorf("%+v, want %d %s", p, row.status, row.code)
			}
			if limit := d.catalog.Bytes("en", fileLimit); row.code == "attachment_too_large" && !strings.Contains(p.Detail, limit) {
				t.Errorf("%q does not say that %s is the limit", p.Detail, limit)
			}
		})
	}
	t.Cleanup(func() {
		if n, err := d.store.DeleteOrphanAttachments(context.Background(), distantFuture); err != nil || n != 0 {
			t.Errorf("%d documents left behind, %v", n, err)
		}
	})
	whole, contentType := form(t, part{partFile, "a.pdf", "", pdfText + strings.Repeat("0123456789", 1000)})
	for _, missing := range []int{1, 4, 40, 70, 5000, len(whole) - 200} {
		if p := d.do(t, http.MethodPost, "/api/v1/attachments", whole[:len(whole)-missing], "Content-Type", contentType).problem(t); p.Status != 400 {
			t.Errorf("a form that lacks its last %d bytes: %+v", missing, p)
		}
	}
	if p := d.do(t, http.MethodPost, "/api/v1/attachments", []byte(pdfText), "Content-Type", "application/pdf").problem(t); p.Status != 415 {
		t.Errorf("a bare file: %+v", p)
	}
}

func TestMetaInEveryLanguage(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for _, language := range naru.Languages {
		a := d.do(t, http.MethodGet, "/api/v1/meta?language="+language, nil, "Accept-Language", "fr")
		var meta intake.Meta
		a.read(t, &meta)
		if a.StatusCode != 200 || meta.Language != language || a.Header.Get("Content-Language") != language || len(meta.Countries) < 200 || len(meta.Forms) != 2 || meta.Limits.FileBytes != fileLimit {
			t.Errorf("%s: %d, %.200s", language, a.StatusCode, a.body)
		}
		if again := d.do(t, http.MethodGet, "/api/v1/meta", nil, "Accept-Language", language, "If-None-Match", a.Header.Get("ETag")); again.StatusCode != 304 || len(again.body) != 0 {
			t.Errorf("%s: unchanged, and answered %d", language, again.StatusCode)
		}
	}
}

func TestHealthAndReadiness(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	var down atomic.Bool
	d.health.Register(telemetry.Check{Name: "queue", Required: true, Run: func(context.Context) error {
		if down.Load() {
			return errors.New("no servers available")
		}
		return nil
	}})
	ready := func(want int) telemetry.Readiness {
		t.Helper()
		a := d.do(t, http.MethodGet, "/readyz", nil)
		var r telemetry.Readiness
		a.read(t, &r)
		if a.StatusCode != want || bytes.Contains(a.body, []byte("servers")) {
			t.Errorf("%d %s, want %d", a.StatusCode, a.body, want)
		}
		return r
	}
	if r := ready(200); r.Status != "ready" || r.Parts["store"].Status != "ok" {
		t.Errorf("%+v", r)
	}
	down.Store(true)
	if r := ready(503); r.Status != "unready" || r.Parts["queue"].Status != "down" || r.Parts["store"].Status != "ok" {
		t.Errorf("%+v", r)
	}
	if a := d.do(t, http.MethodGet, "/healthz", nil); a.StatusCode != 200 {
		t.Errorf("a process that lives: %d", a.StatusCode)
	}
	d.health.Stop()
	ready(503)
	if a := d.do(t, http.MethodHead, "/healthz", nil); a.StatusCode != 200 || len(a.body) != 0 {
		t.Errorf("HEAD: %d", a.StatusCode)
	}
}

// Whatever code a handler of ours can answer with has its own sentences.
func TestCodesHaveSentences(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	for _, file := range []string{"attachments.go", "inquiries.go", "../server/routes.go", "../server/limit.go", "../web/web.go", "../casefile/casefile.go", "../casefile/document.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range codeInSource.FindAllStringSubmatch(string(source), -1) {
			if key := "problem." + m[1] + ".title"; !d.catalog.Has(key) {
				t.Errorf("%s: no text %s", file, key)
			}
		}
	}
}

func TestDocumentIsCachedAndOrdered(t *testing.T) {
	t.Parallel()
	d := open(t, nil)
	a := d.do(t, http.MethodGet, "/openapi.json", nil)
	if a.Header.Get("ETag") == "" || !strings.HasPrefix(string(a.body), `{"openapi":"3.1.`) {
		t.Errorf("%v %.100s", a.Header, a.body)
	}
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	limited := open(t, func(o *server.Options) { o.Rates.Read = []bucket.Rate{{PerSecond: 0.001, Burst: 1}} })
	limited.do(t, http.MethodGet, "/api/v1/meta", nil)
	if p := limited.do(t, http.MethodGet, "/api/v1/meta", nil).problem(t); p.Status != 429 {
		t.Errorf("%+v", p)
	}
}
