package server

import (
	"context"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"naru/internal/telemetry"
)

// exchange is what is known of a request under way. It is the request's context,
// so that one piece of memory holds it all. Its deadline is set before the
// handler runs; from there on others may read it as a context, and only the
// goroutine that serves the request anything else of it.
type exchange struct {
	context.Context // with the request's id, and its deadline once there is one

	// client ends when the client has left, and with the handler.
	client context.Context
	// route is the one that took the request; nil for none.
	route *takenRoute
	// language is that of the answer, once it is known; code that of the problem
	// that the request was answered with.
	language, code string
	body           trackedBody
}

type exchangeKey struct{}

// Value finds the exchange itself, too.
func (x *exchange) Value(key any) any {
	if key == (exchangeKey{}) {
		return x
	}
	return x.Context.Value(key)
}

// begin makes the request one with an exchange.
func begin(c *gin.Context, id string) *exchange {
	x := &exchange{client: c.Request.Context()}
	x.Context = telemetry.WithRequestID(x.client, id)
	c.Request = c.Request.WithContext(x)
	if c.Request.Body != nil && c.Request.Body != http.NoBody {
		x.body.ReadCloser = c.Request.Body
		c.Request.Body = &x.body
	}
	return x
}

// exchangeOf returns the exchange of a request; it panics where there is none,
// which is outside of this server.
func exchangeOf(c *gin.Context) *exchange {
	return c.Request.Context().Value(exchangeKey{}).(*exchange)
}

// trackedBody knows how much of a body was read, and whether all of it.
type trackedBody struct {
	io.ReadCloser // nil where the request has none
	read          int64
	done          bool
}

func (b *trackedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	b.done = b.done || err != nil
	return n, err
}
