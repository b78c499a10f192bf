package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

// Content is an answer that is the same for everybody: made once, kept in
// memory, and sent whole or as "not modified". It is compressed when a client
// first takes it so.
type Content struct {
	plain form
	// gzip is nil where compressing cannot pay; its form has no body where it
	// does not.
	gzip func() form
	etag string
	// headers are those of every answer, whatever its form.
	headers map[string][]string
}

// form is one encoding of a content, with its headers. The slices are shared by
// all answers and never changed.
type form struct {
	body     []byte
	length   []string
	encoding []string // nil for none
}

func newForm(body []byte, encoding ...string) form {
	return form{body, []string{strconv.Itoa(len(body))}, encoding}
}

// worthZipping is the length in bytes from which compressing pays: what is
// shorter fits into one packet anyway.
const worthZipping = 1000

// NewContent returns an answer of the media type. HTML gets the policy of
// pages.
func NewContent(mediaType string, body []byte) Content {
	body = bytes.Clone(body) // a buffer's spare room would be kept, too
	digest := sha256.Sum256(body)
	etag := `W/"` + hex.EncodeToString(digest[:12]) + `"`
	c := Content{plain: newForm(body), etag: etag, headers: map[string][]string{
		"Content-Type": {mediaType}, "Etag": {etag},
	}}
	if strings.HasPrefix(mediaType, "text/html") {
		maps.Copy(c.headers, pageHeaders)
	}
	if len(body) <= worthZipping {
		return c
	}
	c.gzip = sync.OnceValue(func() form {
		zipped := zipWith(&packers, body)
		if zipped == nil || len(zipped) >= len(body)*9/10 {
			return form{}
		}
		return newForm(bytes.Clone(zipped), "gzip")
	})
	return c
}

// Serve sends the content with its validators. CacheControl is the value of
// that header.
func (a Content) Serve(c *gin.Context, cacheControl string) error {
	header := c.Writer.Header()
	maps.Copy(header, a.headers)
	header["Cache-Control"] = []string{cacheControl}
	if vary := header["Vary"]; vary == nil {
		header["Vary"] = varyEncoding
	} else {
		header["Vary"] = append(vary, varyEncoding...)
	}
	if match := c.GetHeader("If-None-Match"); match != "" && (match == "*" || strings.Contains(match, strings.TrimPrefix(a.etag, "W/"))) {
		delete(header, "Content-Type")
		c.Status(http.StatusNotModified)
		return nil
	}
	sent := a.plain
	if a.gzip != nil && acceptsGzip(c) {
		if zipped := a.gzip(); zipped.body != nil {
			sent = zipped
			header["Content-Encoding"] = sent.encoding
		}
	}
	header["Content-Length"] = sent.length
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return nil
	}
	return sendWhole(c, sent.body)
}

// varyEncoding is shared by all answers and never changed.
var varyEncoding = []string{"Accept-Encoding"}

// acceptsGzip tells whether the client takes gzip. What browsers send needs no
// weighing.
func acceptsGzip(c *gin.Context) bool {
	accept := c.GetHeader("Accept-Encoding")
	if strings.HasPrefix(accept, "gzip, ") && !strings.Contains(accept, "q=") {
		return true
	}
	return quality(accept, "gzip") > 0
}

// Digest is a short name for these very bytes, for use in addresses.
func (a Content) Digest() string { return strings.Trim(strings.TrimPrefix(a.etag, "W/"), `"`)[:12] }

// zippers and packers are kept: making one costs more than a page. Packers take
// their time, for what is made once and sent often.
var (
	zippers = newZippers(gzip.DefaultCompression)
	packers = newZippers(gzip.BestCompression)
)

func newZippers(level int) sync.Pool {
	return sync.Pool{New: func() any {
		w, err := gzip.NewWriterLevel(io.Discard, level)
		if err != nil {
			panic(err) // a level that there is not
		}
		return w
	}}
}

// zip compresses a page made for one request. That tells nobody what is secret
// in it (BREACH): there are no cookies, so nobody can have another's browser ask
// for a page with that person's secrets in it.
func zip(page []byte) []byte { return zipWith(&zippers, page) }

// zipWith returns nil when it fails.
func zipWith(pool *sync.Pool, body []byte) []byte {
	w := pool.Get().(*gzip.Writer)
	defer pool.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	if _, err := w.Write(body); err != nil {
		return nil
	}
	if err := w.Close(); err != nil {
		return nil
	}
	return b.Bytes()
}
