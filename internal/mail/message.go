package mail

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"sync"

	gomail "github.com/wneessen/go-mail"

	"naru/internal/naru"
)

// Message is a mail to one recipient, ready for the way. It belongs to one
// goroutine.
type Message struct {
	// From and To are the addresses of the envelope, in angle brackets.
	From, To string
	// Raw is the whole message (RFC 5322) but for the dots that SMTP doubles.
	Raw []byte
	// room is where Raw lies; nil where somebody else wrote it.
	room *room
}

// Release tells that the message is no longer needed, so that the next one can be
// written in its room. It must not be used after.
func (m *Message) Release() {
	if m.room != nil {
		m.room.free()
		*m = Message{}
	}
}

// draft is what a mail is made of: go-mail keeps and writes its header, the bodies
// are ours, as go-mail copies each several times.
type draft struct {
	*gomail.Msg
	// text is flowed, html may be empty; lines end with \n.
	text, html []byte
	files      []file
	// room is where the texts lie, and the mail that is made of them.
	room *room
}

// Boundaries hold "=_", which neither base64 nor quoted-printable can bring
// forth, so that they need not differ from mail to mail (RFC 2045 6.7).
const (
	boundaryMixed       = "=_naru-mixed"
	boundaryAlternative = "=_naru-alternative"
)

// plainText is the media type of the bodies that flow has wrapped.
const plainText = "text/plain; format=flowed; delsp=yes; charset=UTF-8"

// room is the memory that a mail is written in: what the templates say, the text
// wrapped, and the whole.
type room struct {
	text, html bytes.Buffer
	flowed     []byte
	writer     messageWriter
}

var rooms = sync.Pool{New: func() any { return new(room) }}

// maxRoom is the most that a mail leaves behind for the next one.
const maxRoom = 256 << 10

// free keeps the room for the next mail, and nothing of this one in it.
func (r *room) free() {
	if r.html.Cap()+r.text.Cap()+cap(r.flowed)+cap(r.writer.b) > maxRoom {
		return
	}
	clear(r.text.Bytes())
	clear(r.html.Bytes())
	clear(r.flowed[:cap(r.flowed)])
	clear(r.writer.b[:cap(r.writer.b)])
	r.text.Reset()
	r.html.Reset()
	r.flowed, r.writer.b = r.flowed[:0], r.writer.b[:0]
	rooms.Put(r)
}

// endOfData is what ends the data; a message leaves room for it behind itself.
const endOfData = ".\r\n"

// message writes the mail. The draft must not be used after.
func (d *draft) message() (*Message, error) {
	from, err1 := d.GetSender(false)
	to, err2 := d.GetRecipients()
	if err := errors.Join(err1, err2); err != nil {
		return nil, fmt.Errorf("sender and recipient: %w", err)
	}
	if len(to) != 1 {
		return nil, naru.NewError(naru.KindInvalid, "unsendable", nil)
	}
	w := &d.room.writer
	if err := w.draft(d); err != nil {
		return nil, err
	}
	w.b = slices.Grow(w.b, len(endOfData))
	return &Message{From: from, To: to[0], Raw: w.b, room: d.room}, nil
}

// messageWriter writes mails to the end of b. Lines end with CRLF.
type messageWriter struct{ b []byte }

// Write never fails.
func (w *messageWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

func (w *messageWriter) string(s string) { w.b = append(w.b, s...) }

func (w *messageWriter) draft(d *draft) error {
	if _, err := d.WriteTo(w); err != nil {
		return fmt.Errorf("write header: %w", err)
	}
	if len(d.files) == 0 {
		w.texts(d)
		return nil
	}
	w.multipart("mixed", boundaryMixed)
	w.texts(d)
	for _, f := range d.files {
		w.next(boundaryMixed)
		w.string(f.header())
		w.base64(f.data)
	}
	w.end(boundaryMixed)
	return nil
}

// texts writes the body that is read, from its Content-Type on.
func (w *messageWriter) texts(d *draft) {
	if len(d.html) == 0 {
		w.text(plainText, d.text)
		return
	}
	w.multipart("alternative", boundaryAlternative)
	w.text(plainText, d.text)
	w.next(boundaryAlternative)
	w.text("text/html; charset=UTF-8", d.html)
	w.end(boundaryAlternative)
}

// multipart begins a body of several parts and the first of them, next the
// others, and end ends it.
func (w *messageWriter) multipart(subtype, boundary string) {
	w.string("Content-Type: multipart/" + subtype + "; boundary=\"" + boundary + "\"\r\n\r\n")
	w.next(boundary)
}

func (w *messageWriter) next(boundary string) { w.string("--" + boundary + "\r\n") }
func (w *messageWriter) end(boundary string)  { w.string("--" + boundary + "--\r\n") }

// text writes a text in the shorter transfer encoding: base64 makes everything a
// third longer, quoted-printable triples what is not ASCII, and the equals sign.
func (w *messageWriter) text(mediaType string, text []byte) {
	if tripled := beyondASCII(text) + bytes.Count(text, []byte{'='}); tripled*6 > len(text) {
		w.string("Content-Transfer-Encoding: base64\r\nContent-Type: " + mediaType + "\r\n\r\n")
		w.base64Lines(text)
		return
	}
	w.string("Content-Transfer-Encoding: quoted-printable\r\nContent-Type: " + mediaType + "\r\n\r\n")
	w.quotedPrintable(text)
}

// beyondASCII counts the bytes that are not ASCII, eight at a time.
func beyondASCII(text []byte) (n int) {
	for ; len(text) >= 8; text = text[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(text) & 0x8080808080808080)
	}
	for _, c := range text {
		n += int(c >> 7)
	}
	return n
}
