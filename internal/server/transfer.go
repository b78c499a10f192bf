package server

import (
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
)

// keepMoving replaces the deadlines of an ordinary request by ones that move
// on with the transfer, up to a last moment.
func (s *Server) keepMoving(c *gin.Context, timeout time.Duration) {
	m := &movingDeadline{
		control: http.NewResponseController(c.Writer), stall: s.options.StallTimeout,
		last: time.Now().Add(timeout),
	}
	m.extend()
	c.Request.Body = &movingReader{c.Request.Body, m}
	c.Writer = &movingWriter{c.Writer, m}
}

type movingDeadline struct {
	control *http.ResponseController
	stall   time.Duration
	last    time.Time
}

func (m *movingDeadline) next() time.Time {
	if t := time.Now().Add(m.stall); t.Before(m.last) {
		return t
	}
	return m.last
}

// extend moves both deadlines. The one for reading matters to downloads too:
// net/http watches the connection meanwhile and takes a timeout for the end of
// the client. A connection whose deadlines cannot be set keeps those it has.
func (m *movingDeadline) extend() {
	t := m.next()
	_ = m.control.SetReadDeadline(t)
	_ = m.control.SetWriteDeadline(t)
}

type movingReader struct {
	io.ReadCloser
	moving *movingDeadline
}

func (r *movingReader) Read(p []byte) (int, error) {
	r.moving.extend()
	return r.ReadCloser.Read(p)
}

type movingWriter struct {
	gin.ResponseWriter
	moving *movingDeadline
}

// pieceBytes is what must be taken by the client within StallTimeout for the
// transfer to count as moving: little even for a slow line.
const pieceBytes = 16 << 10

func (w *movingWriter) Write(p []byte) (written int, err error) {
	for piece := range slices.Chunk(p, pieceBytes) {
		w.moving.extend()
		n, err := w.ResponseWriter.Write(piece)
		if written += n; err != nil {
			return written, err
		}
	}
	return written, nil
}

// Unwrap lets http.ResponseController reach the connection.
func (w *movingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
