package server

import (
	"io"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"naru/internal/naru"
)

// Bounds of lingering: what is sent beyond them meets a closed connection.
const (
	lingerBytes = 64 << 20
	lingerTime  = 10 * time.Second
)

// linger prepares the answer to a request whose body is refused unread, and
// returns what is to be done after it is written: read on, and throw away, for
// a while. Most clients look at the answer only when they have sent
// everything; closed earlier, the connection would be reset and the answer
// lost. Bodies that net/http reads to their end anyway need nothing, and a
// server that is full has no time for this.
func (s *Server) linger(c *gin.Context, kind naru.ErrorKind) func() {
	nothing := func() {}
	body := &exchangeOf(c).body
	left := c.Request.ContentLength
	if left >= 0 {
		left -= body.read
	}
	switch {
	case body.ReadCloser == nil, body.done, left >= 0 && left <= 128<<10, kind == naru.KindUnavailable, kind == naru.KindRateLimited:
		return nothing
	case body.read == 0 && c.GetHeader("Expect") != "":
		return nothing // waits for leave to send, which is not given
	}
	control := http.NewResponseController(c.Writer)
	if control.EnableFullDuplex() != nil {
		return nothing
	}
	c.Header("Connection", "close")
	return func() {
		if control.Flush() != nil || control.SetReadDeadline(time.Now().Add(lingerTime)) != nil {
			return
		}
		// However this ends, the connection is closed.
		_, _ = io.CopyN(io.Discard, body.ReadCloser, lingerBytes)
	}
}
