package server

import (
	"maps"
	"strconv"

	"github.com/gin-gonic/gin"
)

// Policies of content (CSP). Nothing runs or loads but what this server sent
// as a file; no page may be framed.
const (
	policyData  = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
	policyPages = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

// securityHeaders are set on every answer; the slices are shared by all and
// never changed.
type securityHeaders map[string][]string

func newSecurityHeaders(https bool) securityHeaders {
	h := securityHeaders{
		"X-Content-Type-Options":       {"nosniff"},
		"X-Frame-Options":              {"DENY"},
		"Referrer-Policy":              {"no-referrer"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		// Personal unless a handler says otherwise.
		"Cache-Control":           {"no-store"},
		"Content-Security-Policy": {policyData},
	}
	if https {
		h["Strict-Transport-Security"] = []string{"max-age=31536000"}
	}
	return h
}

func (s *Server) secure(c *gin.Context) {
	header := c.Writer.Header()
	maps.Copy(header, s.headers)
	if s.stopping.Load() {
		header["Connection"] = []string{"close"}
	}
	c.Next()
}

// pageHeaders are what matters to documents alone; the slices are shared by all
// and never changed.
var pageHeaders = securityHeaders{
	"Content-Security-Policy":    {policyPages},
	"Cross-Origin-Opener-Policy": {"same-origin"},
	"Permissions-Policy":         {"camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"},
}

// HTML answers with a page of ours under the policy for pages.
func HTML(c *gin.Context, status int, page []byte) {
	header := c.Writer.Header()
	maps.Copy(header, pageHeaders)
	header.Add("Vary", "Accept-Encoding")
	if len(page) > worthZipping && acceptsGzip(c) {
		if zipped := zip(page); zipped != nil {
			page = zipped
			header.Set("Content-Encoding", "gzip")
		}
	}
	c.Header("Content-Length", strconv.Itoa(len(page)))
	c.Data(status, "text/html; charset=utf-8", page)
}

// Cache replaces the rule that nobody keeps the answer. Value is that of
// Cache-Control, e.g. "public, max-age=300".
func Cache(c *gin.Context, value string) {
	c.Header("Cache-Control", value)
}
