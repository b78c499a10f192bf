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

// trackedBody knows how much of a body was read, and whether all of it.
type trackedBody struct {
	io.ReadCloser
	read int64
	done bool
}

func (b *trackedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	b.done = b.done || err != nil
	return n, err
}

const keyBody = "naru/body"

// track makes the body of a request a trackedBody.
func track(c *gin.Context) {
	if c.Request.Body != nil && c.Request.Body != http.NoBody {
		body := &trackedBody{ReadCloser: c.Request.Body}
		c.Request.Body = body
		c.Set(keyBody, body)
	}
}

// linger prepares the answer to a request whose body is refused unread, and
// returns what is to be done after it is written: read on, and throw away, for
// a while. Most clients look at the answer only when they have sent
// everything; closed earlier, the connection would be reset and the answer
// lost. Bodies that net/http reads to their end anyway need nothing, and a
// server that is full has no time for this.
func (s *Server) linger(c *gin.Context, kind naru.ErrorKind) func() {
	nothing := func() {}
	tracked, _ := c.Get(keyBody)
	body, ok := tracked.(*trackedBody)
	left := c.Request.ContentLength
	if ok && left >= 0 {
		left -= body.read
	}
	switch {
	case !ok, body.done, left >= 0 && left <= 128<<10, kind == naru.KindUnavailable, kind == naru.KindRateLimited:
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
