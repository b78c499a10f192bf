package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// document serves an attachment to those who hold its secret, as a file to
// keep: nothing of it may run or show in this site's name.
func (p *pages) document(c *gin.Context) error {
	d, err := p.options.Cases.OpenDocument(c.Request.Context(), c.Param("id"), c.Query("key"))
	if err != nil {
		return err
	}
	header := c.Writer.Header()
	header.Set("Content-Type", d.Type)
	header.Set("Content-Length", strconv.FormatInt(d.Size, 10))
	header.Set("Content-Disposition", disposition(d.Name))
	header.Set("X-Robots-Tag", "noindex, nofollow")
	c.Status(http.StatusOK)
	if c.Request.Method == http.MethodHead {
		c.Writer.WriteHeaderNow()
		return nil
	}
	return d.Each(c.Request.Context(), func(piece []byte) error {
		if _, err := c.Writer.Write(piece); err != nil {
			return fmt.Errorf("send document: %w", err)
		}
		return nil
	})
}

// disposition names the file in ASCII and in full (RFC 6266, RFC 8187).
func disposition(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' || r == '%' || r == '/' {
			return '_'
		}
		return r
	}, name)
	full := strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + full
}
