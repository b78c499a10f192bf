package mail

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// rendered is a mail as it goes over the wire.
type rendered struct {
	// from and to are in angle brackets.
	from, to string
	// data is dot-stuffed and ends with the line that ends the data.
	data []byte
	// size is that of the message itself, in bytes (RFC 1870).
	size int64
	// utf8: an address needs SMTPUTF8.
	utf8 bool
}

// render checks the message and ends its data. What the Composer writes is sent
// as it stands, in its own room; other messages are written anew where they are
// not fit for DATA.
func render(msg *Message) (*rendered, error) {
	if msg.From == "" || msg.To == "" {
		return nil, errors.New("message lacks its sender or recipient")
	}
	if strings.ContainsAny(msg.From+msg.To, "\r\n\x00") {
		return nil, errors.New("address holds a control character")
	}
	m := &rendered{from: msg.From, to: msg.To, utf8: !ascii(msg.From) || !ascii(msg.To)}
	if fit(msg.Raw) {
		m.data, m.size = append(msg.Raw, endOfData...), int64(len(msg.Raw))
		return m, nil
	}
	var out bytes.Buffer
	out.Grow(len(msg.Raw) + len(msg.Raw)/16 + 64)
	w := dotWriter{out: &out, lineStart: true}
	w.write(msg.Raw)
	w.end()
	m.data, m.size = out.Bytes(), int64(out.Len())-w.added
	return m, nil
}

// fit tells whether the message is in the form that dotWriter writes.
func fit(raw []byte) bool {
	lines := 0
	for rest := raw; len(rest) > 0; lines++ {
		end := bytes.IndexByte(rest, '\n')
		if end < 1 || rest[0] == '.' || rest[end-1] != '\r' {
			return false
		}
		rest = rest[end+1:]
	}
	return lines > 0 && bytes.Count(raw, []byte{'\r'}) == lines
}

// dotWriter writes a message in the form DATA wants: lines end with CRLF, no
// CR or LF stands alone (relays differ in what they take for the end of the
// data), and a leading dot is doubled.
type dotWriter struct {
	out       *bytes.Buffer
	lineStart bool
	added     int64 // bytes that are no part of the message
}

func (w *dotWriter) write(p []byte) {
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		line := p
		if end >= 0 {
			line = p[:end]
		}
		w.piece(line)
		if end < 0 {
			break
		}
		w.out.WriteString("\r\n")
		w.lineStart = true
		p = p[end+1:]
	}
}

// piece writes a line or a piece of one without its CRs.
func (w *dotWriter) piece(line []byte) {
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
