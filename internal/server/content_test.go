package server

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

func TestContentIsSentOnceAndCompressed(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("naru carries people across. ", 200)
	content := NewContent("text/html; charset=utf-8", []byte(text))
	small := NewContent("text/plain", []byte("short"))
	r := start(t, Options{}, func(s *Server) {
		get("/page", func(c *gin.Context) error { return content.Serve(c, "public, max-age=60") })(s)
		get("/small", func(c *gin.Context) error { return small.Serve(c, "no-cache") })(s)
	})
	plain := r.do(t, http.MethodGet, "/page", nil, "Accept-Encoding", "identity")
	if string(plain.body) != text || plain.Header.Get("Content-Encoding") != "" || plain.Header.Get("Cache-Control") != "public, max-age=60" || plain.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("plain: %v", plain.Header)
	}
	zipped := r.do(t, http.MethodGet, "/page", nil, "Accept-Encoding", "br, gzip;q=0.5")
	unzip, err := gzip.NewReader(bytes.NewReader(zipped.body))
	if err != nil {
		t.Fatal(err)
	}
	if whole, err := io.ReadAll(unzip); err != nil || string(whole) != text || zipped.Header.Get("Content-Encoding") != "gzip" || len(zipped.body) > 500 {
		t.Errorf("compressed: %v, %d bytes, %v", err, len(zipped.body), zipped.Header)
	}
	if r.do(t, http.MethodGet, "/page", nil, "Accept-Encoding", "gzip;q=0").Header.Get("Content-Encoding") != "" {
		t.Error("compressed for a client that refuses it")
	}
	if r.do(t, http.MethodGet, "/small", nil, "Accept-Encoding", "gzip").Header.Get("Content-Encoding") != "" {
		t.Error("a few bytes are compressed")
	}
	etag := plain.Header.Get("ETag")
	for _, match := range []string{etag, `"other", ` + etag, "*", strings.TrimPrefix(etag, "W/")} {
		if a := r.do(t, http.MethodGet, "/page", nil, "If-None-Match", match); a.StatusCode != 304 || len(a.body) != 0 || a.Header.Get("ETag") != etag {
			t.Errorf("If-None-Match %s: %d, %d bytes", match, a.StatusCode, len(a.body))
		}
	}
	if a := r.do(t, http.MethodGet, "/page", nil, "If-None-Match", `"other"`); a.StatusCode != 200 {
		t.Errorf("another version: %d", a.StatusCode)
	}
	if a := r.do(t, http.MethodHead, "/page", nil, "Accept-Encoding", "identity"); a.StatusCode != 200 || len(a.body) != 0 || a.ContentLength != int64(len(text)) {
		t.Errorf("HEAD: %d, %d bytes, length %d", a.StatusCode, len(a.body), a.ContentLength)
	}
}

func TestPrefers(t *testing.T) {
	t.Parallel()
	const html, json = "text/html", "application/json"
	for accept, want := range map[string]string{
		"": html, "*/*": html, json: json, "application/json;q=0.5, text/html;q=0.4": json, "text/*;q=0.3, application/*": json,
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": html, "image/png": html, "*/*, text/html;q=0.1": json,
		"APPLICATION/JSON": json, "application/json;q=nonsense": html, "application/json;q=0": html, ";;;,,,": html, "application/json; charset=utf-8; q=0.9": json,
	} {
		if got := Prefers(accept, html, json); got != want {
			t.Errorf("Prefers(%q) = %s, want %s", accept, got, want)
		}
	}
}

// Pages made for one request are compressed for those who take it, and say so.
func TestPagesMadeOnRequestAreCompressed(t *testing.T) {
	t.Parallel()
	page := []byte("<!doctype html>" + strings.Repeat("<p>text</p>", 200))
	engine := gin.New()
	engine.POST("/", func(c *gin.Context) { HTML(c, http.StatusUnprocessableEntity, page) })
	for accept, want := range map[string]string{"": "", "gzip, deflate, br": "gzip", "br;q=1, gzip;q=0.5": "gzip", "gzip;q=0": "", "gzip, br;q=0": "gzip"} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		engine.ServeHTTP(w, r)
		body := w.Body.Bytes()
		if got := w.Header().Get("Content-Encoding"); got != want || w.Header().Get("Content-Length") != strconv.Itoa(len(body)) || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %v", accept, w.Header())
		}
		if want == "gzip" {
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		if w.Code != http.StatusUnprocessableEntity || !bytes.Equal(body, page) {
			t.Errorf("%q: %d, %d bytes", accept, w.Code, len(body))
		}
	}
}
