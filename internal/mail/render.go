package mail

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// rendered is a mail as it goes over the wire.
type rendered struct {
	// from and to are in angle brackets.
	from, to string
	// body is dot-stuffed and ends with the line that ends the data.
	body *bytes.Buffer
	// size is that of the message itself, in bytes (RFC 1870).
	size int64
	// utf8: an address needs SMTPUTF8.
	utf8 bool
}

// maxPooledBuffer is the largest buffer kept for the next mail.
const maxPooledBuffer = 256 << 10

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// render writes the message once, for every try of this attempt.
func render(msg *gomail.Msg) (*rendered, error) {
	from, err := msg.GetSender(false)
	if err != nil {
		return nil, errors.New("message has no sender")
	}
	to, err := msg.GetRecipients()
	if err != nil || len(to) != 1 {
		return nil, fmt.Errorf("message has %d recipients, not one", len(to))
	}
	if strings.ContainsAny(from+to[0], "\r\n\x00") {
		return nil, errors.New("address holds a control character")
	}
	m := &rendered{from: from, to: to[0], utf8: !ascii(from) || !ascii(to[0])}
	m.body = bodies.Get().(*bytes.Buffer)
	m.body.Reset()
	w := dotWriter{out: m.body, lineStart: true}
	if _, err := msg.WriteTo(&w); err != nil {
		m.release()
		return nil, fmt.Errorf("render message: %w", err)
	}
	w.end()
	m.size = int64(m.body.Len()) - w.added
	return m, nil
}

// release gives the buffer back; m must not be used after.
func (m *rendered) release() {
	if m.body.Cap() <= maxPooledBuffer {
		bodies.Put(m.body)
	}
	m.body = nil
}

// dotWriter writes a message in the form DATA wants: lines end with CRLF, no
// CR or LF stands alone (relays differ in what they take for the end of the
// data), and a leading dot is doubled.
type dotWriter struct {
	out       *bytes.Buffer
	lineStart bool
	added     int64 // bytes that are no part of the message
}

func (w *dotWriter) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		line := p
		if end >= 0 {
			line = p[:end]
		}
		w.write(line)
		if end < 0 {
			break
		}
		w.out.WriteString("\r\n")
		w.lineStart = true
		p = p[end+1:]
	}
	return total, nil
}

// write writes a line or a piece of one without its CRs.
func (w *dotWriter) write(line []byte) {
	for len(line) > 0 {
		segment := line
		if cr := bytes.IndexByte(line, '\r'); cr >= 0 {
			segment, line = line[:cr], line[cr+1:]
		} else {
			line = nil
		}
		if len(segment) == 0 {
			continue
		}
		if w.lineStart && segment[0] == '.' {
			w.out.WriteByte('.')
			w.added++
		}
		w.out.Write(segment)
		w.lineStart = false
	}
}

// end writes the end of the data.
func (w *dotWriter) end() {
	if !w.lineStart {
		w.out.WriteString("\r\n")
	}
	w.out.WriteString(".\r\n")
	w.added += 3
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
