package mail

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"net/mail"
	"slices"
	"strings"
	"sync"
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

// draft is what a mail is made of. Its header is written as it is set, in the room.
type draft struct {
	// from and to are the addresses of the envelope, in angle brackets.
	from, to string
	// text is flowed, html may be empty; lines end with \n.
	text, html []byte
	files      []file
	// room is where the texts lie, and the mail that is made of them.
	room *room
}

// Boundaries hold "=_", which neither base64 nor quoted-printable can bring
// forth, so that they need not differ from mail to mail (RFC 2045 6.7).
const (
	boundaryMixed       = "=_mix"
	boundaryAlternative = "=_alt"
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
	clear(r.flowed)
	clear(r.writer.b)
	r.text.Reset()
	r.html.Reset()
	r.flowed, r.writer.b = r.flowed[:0], r.writer.b[:0]
	rooms.Put(r)
}

// endOfData is what ends the data; a message leaves room for it behind itself.
const endOfData = ".\r\n"

// message writes the mail. The draft must not be used after.
func (d *draft) message() *Message {
	w := &d.room.writer
	w.draft(d)
	w.b = slices.Grow(w.b, len(endOfData))
	return &Message{From: d.from, To: d.to, Raw: w.b, room: d.room}
}

// set adds a line to the header: a value that cleanHeader made or that is ours.
func (d *draft) set(name, value string) { d.room.writer.header(name, encodeHeader(value)) }

// setTo and setReplyTo add an address with the name beside it, which may be empty;
// the first sets the envelope, too.
func (d *draft) setTo(name, address string) { d.to = d.room.writer.address("To", name, address) }

func (d *draft) setReplyTo(name, address string) { d.room.writer.address("Reply-To", name, address) }

// setFrom adds the sender and sets the envelope.
func (d *draft) setFrom(from ours, lang string) { d.from = d.setOurs(from, lang) }

// setOurs adds a line that was written before.
func (d *draft) setOurs(o ours, lang string) (inBrackets string) {
	d.room.writer.string(in(o.lines, lang))
	return o.envelope
}

// messageWriter writes mails to the end of b. Lines end with CRLF.
type messageWriter struct{ b []byte }

func (w *messageWriter) string(s string) { w.b = append(w.b, s...) }

// maxHeaderLine is the longest line that RFC 5322 recommends.
const maxHeaderLine = 78

// header writes a line of the header, broken at spaces where it is long.
func (w *messageWriter) header(name, value string) {
	w.string(name)
	w.b = append(w.b, ':')
	column := len(name) + 1
	for first, rest := true, true; rest; first = false {
		var word string
		if word, value, rest = strings.Cut(value, " "); !first && column+1+len(word) > maxHeaderLine {
			w.string("\r\n")
			column = 0
		}
		w.b = append(w.b, ' ')
		w.string(word)
		column += 1 + len(word)
	}
	w.string("\r\n")
}

// address writes a line of the header that is an address with the name beside it.
func (w *messageWriter) address(header, name, address string) (inBrackets string) {
	plain := mail.Address{Address: address}
	inBrackets = plain.String()
	switch {
	case name == "":
		name = inBrackets
	case ascii(name):
		name = (&mail.Address{Name: name, Address: address}).String()
	default:
		name = encodedWords(name) + " " + inBrackets
	}
	w.header(header, name)
	return inBrackets
}

// draft writes what comes after the header that was set.
func (w *messageWriter) draft(d *draft) {
	if len(d.files) == 0 {
		w.texts(d)
		return
	}
	w.multipart("mixed", boundaryMixed)
	w.texts(d)
	for _, f := range d.files {
		w.next(boundaryMixed)
		w.string(f.header())
		w.base64(f.data)
	}
	w.end(boundaryMixed)
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
