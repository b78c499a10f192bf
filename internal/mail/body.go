package mail

import (
	"io"
	"strings"
	"sync"

	gomail "github.com/wneessen/go-mail"
)

// plainText is the media type of the bodies that flow has wrapped.
const plainText = "text/plain; format=flowed; delsp=yes"

// body is the text of a part of a mail and how it is encoded for the way.
type body struct {
	text     string
	encoding gomail.Encoding
}

// newBody chooses the shorter transfer encoding: base64 makes everything a third
// longer, quoted-printable triples what is not ASCII.
func newBody(text string) body {
	other := 0
	for i := range len(text) {
		if text[i] >= 0x80 {
			other++
		}
	}
	if other*6 > len(text) {
		return body{text, gomail.EncodingB64}
	}
	return body{text, gomail.EncodingQP}
}

// pieces are kept: a mail is handed on in many.
var pieces = sync.Pool{New: func() any { return new([4 << 10]byte) }}

// write hands the text on in pieces, without another copy of all of it. Lines of
// text end with CRLF inside base64 too (RFC 2046 4.1.1); quoted-printable writes
// them so by itself.
func (b body) write(w io.Writer) (int64, error) {
	piece := pieces.Get().(*[4 << 10]byte)
	defer pieces.Put(piece)
	written, used := int64(0), 0
	flush := func() error {
		n, err := w.Write(piece[:used])
		written, used = written+int64(n), 0
		return err
	}
	add := func(s string) error {
		for len(s) > 0 {
			n := copy(piece[used:], s)
			if used, s = used+n, s[n:]; used == len(piece) {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for line := range strings.Lines(b.text) {
		end := ""
		if b.encoding == gomail.EncodingB64 && strings.HasSuffix(line, "\n") {
			line, end = line[:len(line)-1], "\r\n"
		}
		if err := add(line); err != nil {
			return written, err
		}
		if err := add(end); err != nil {
			return written, err
		}
	}
	return written, flush()
}
