package server

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gin-gonic/gin"
)

// An answer of these lengths, in bytes, leaves in one piece. net/http writes
// through a buffer of 4 KiB: what does not fit together with its header takes
// two system calls, which cost more than all else about a page from memory, and
// wakes the client for the first 4 KiB alone. A shorter answer fits anyway; for a
// longer one the second call is nothing.
const (
	gatherFrom = 2 << 10
	gatherTo   = 64 << 10
)

// gathered are buffers for answers, header and body.
var gathered = sync.Pool{New: func() any {
	b := make([]byte, 0, 16<<10)
	return &b
}}

// connKey finds the *countedConn of a request in its context; there is none in
// tests without a network.
type connKey struct{}

// sendWhole writes the body, after the header that was set, in one call where
// that pays. When it fails nothing more can be sent on the connection.
func sendWhole(c *gin.Context, body []byte) (err error) {
	conn, ok := c.Request.Context().Value(connKey{}).(*countedConn)
	if ok = ok && len(body) >= gatherFrom && len(body) <= gatherTo; ok {
		conn.hold()
		defer func() { err = errors.Join(err, conn.release()) }()
	}
	if _, err := c.Writer.Write(body); err != nil {
		return fmt.Errorf("send content: %w", err)
	}
	if ok {
		c.Writer.Flush()
	}
	return nil
}

// hold keeps what is written from here on until release. Only the goroutine
// that serves the request under way writes, so that nothing needs a lock.
func (c *countedConn) hold() { c.held = gathered.Get().(*[]byte) }

// release writes what was held, and closes the connection when it cannot:
// net/http believes that it was written.
func (c *countedConn) release() error {
	held := c.held
	c.held = nil
	_, err := c.Conn.Write(*held)
	*held = (*held)[:0]
	gathered.Put(held)
	if err != nil {
		return errors.Join(fmt.Errorf("send content: %w", err), c.Close())
	}
	return nil
}

func (c *countedConn) Write(p []byte) (int, error) {
	if c.held == nil {
		return c.Conn.Write(p)
	}
	*c.held = append(*c.held, p...)
	return len(p), nil
}
