package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// Content is an answer that is the same for everybody: made once, kept in
// memory with its compressed form, and sent whole or as "not modified".
type Content struct {
	mediaType  string
	body, gzip []byte
	etag       string
	page       bool
}

// NewContent returns an answer of the media type. HTML gets the policy of
// pages.
func NewContent(mediaType string, body []byte) Content {
	digest := sha256.Sum256(body)
	c := Content{mediaType: mediaType, body: body, etag: `W/"` + hex.EncodeToString(digest[:12]) + `"`}
	c.page = strings.HasPrefix(mediaType, "text/html")
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	// Not worth it for what fits into one packet anyway.
	if err == nil && len(body) > 1000 && zipped.Len() < len(body)*9/10 {
		c.gzip = zipped.Bytes()
	}
	return c
}

// Serve sends the content with its validators. CacheControl is the value of
// that header.
func (a Content) Serve(c *gin.Context, cacheControl string) error {
	header := c.Writer.Header()
	header.Set("Cache-Control", cacheControl)
	header.Set("ETag", a.etag)
	header.Add("Vary", "Accept-Encoding")
	if a.page {
		pageHeaders(header)
	}
	if match := c.GetHeader("If-None-Match"); match == "*" || strings.Contains(match, strings.TrimPrefix(a.etag, "W/")) {
		c.Status(http.StatusNotModified)
		return nil
	}
	body := a.body
	if a.gzip != nil && quality(c.GetHeader("Accept-Encoding"), "gzip") > 0 {
		header.Set("Content-Encoding", "gzip")
		body = a.gzip
	}
	c.Data(http.StatusOK, a.mediaType, body)
	return nil
}

// Digest is a short name for these very bytes, for use in addresses.
func (a Content) Digest() string { return strings.Trim(strings.TrimPrefix(a.etag, "W/"), `"`)[:12] }
