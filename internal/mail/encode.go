package mail

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"slices"
)

// maxLine is the longest line of an encoded body.
const maxLine = 76

// base64Lines writes a text, whose lines end with CRLF inside base64, too (RFC
// 2046 4.1.1).
func (w *messageWriter) base64Lines(text []byte) {
	start := len(w.b)
	// First all of it as it is to be read, behind the room for its encoded form.
	size := len(text) + bytes.Count(text, []byte{'\n'})
	w.extend(encodedLines(size))
	plain := len(w.b)
	for line := range bytes.Lines(text) {
		line, ended := cutLineEnd(line)
		if w.b = append(w.b, line...); ended {
			w.string("\r\n")
		}
	}
	encodeLines(w.b[start:plain], w.b[plain:])
	end := start + encodedLines(len(w.b)-plain)
	clear(w.b[end:])
	w.b = w.b[:end]
}

// cutLineEnd returns the line without its end, and whether it had one.
func cutLineEnd(line []byte) ([]byte, bool) {
	n := len(line) - 1
	if n < 0 || line[n] != '\n' {
		return line, false
	}
	if n > 0 && line[n-1] == '\r' {
		n--
	}
	return line[:n], true
}

func (w *messageWriter) base64(data []byte) {
	start := len(w.b)
	w.extend(encodedLines(len(data)))
	encodeLines(w.b[start:], data)
}

// extend makes b longer by n bytes, which are to be written.
func (w *messageWriter) extend(n int) { w.b = slices.Grow(w.b, n)[:len(w.b)+n] }

// lineBytes are the bytes that a line of base64 holds.
const lineBytes = maxLine / 4 * 3

// encodedLines is how long n bytes become in lines of base64.
func encodedLines(n int) int {
	return base64.StdEncoding.EncodedLen(n) + 2*((n+lineBytes-1)/lineBytes)
}

// encodeLines fills dst with the lines of base64 that make up data.
func encodeLines(dst, data []byte) {
	for len(data) > 0 {
		n := min(len(data), lineBytes)
		base64.StdEncoding.Encode(dst, data[:n])
		end := base64.StdEncoding.EncodedLen(n)
		dst[end], dst[end+1] = '\r', '\n'
		dst, data = dst[end+2:], data[n:]
	}
}

// quotedPrintable writes a text as RFC 2045 6.7 says.
func (w *messageWriter) quotedPrintable(text []byte) {
	for line := range bytes.Lines(text) {
		line, _ = cutLineEnd(line)
		w.b = append(quotedLine(w.b, line), '\r', '\n')
	}
}

// quotedLine appends one line to b, which becomes several where it is long.
func quotedLine(b, line []byte) []byte {
	const hex = "0123456789ABCDEF"
	for column := 0; len(line) > 0; {
		// What needs no quoting is taken in one piece, as far as it fits. The last
		// place is for the mark that the line goes on.
		room := maxLine - 1 - column
		n := unquotedRun(line[:min(len(line), room)])
		if n == len(line) && (line[n-1] == ' ' || line[n-1] == '\t') {
			n-- // relays may drop it at the end of a line
		}
		// A dot there would have to be doubled, and mail folders change "From ".
		if column == 0 && (line[0] == '.' || bytes.HasPrefix(line, []byte("From "))) {
			n = 0
		}
		b = append(b, line[:n]...)
		column, line = column+n, line[n:]
		if len(line) == 0 {
			break
		}
		if n == room {
			b = append(b, "=\r\n"...)
			column = 0
			continue
		}
		for first := true; len(line) > 0 && (first || !unquoted[line[0]]); first = false {
			if column+len("=20") > maxLine-1 {
				b = append(b, "=\r\n"...)
				column = 0
			}
			b = append(b, '=', hex[line[0]>>4], hex[line[0]&15])
			column, line = column+len("=20"), line[1:]
		}
	}
	return b
}

// unquotedRun is how many bytes at the beginning of s stand for themselves.
func unquotedRun(s []byte) (n int) {
	const each = 0x0101010101010101
	for ; n+8 <= len(s); n += 8 {
		// Eight at a time: the highest bit is set of the first byte, if any, that is
		// below the space, the equals sign, or beyond the tilde.
		x := binary.LittleEndian.Uint64(s[n:])
		if quoted := (x | (x - ' '*each) | ((x ^ '='*each) - each) | (x + each)) & (0x80 * each); quoted != 0 {
			n += bits.TrailingZeros64(quoted) / 8
			break
		}
	}
	for n < len(s) && unquoted[s[n]] {
		n++
	}
	return n
}

// unquoted tells the characters that stand for themselves in quoted-printable.
var unquoted = func() (plain [256]bool) {
	for c := ' '; c <= '~'; c++ {
		plain[c] = c != '='
	}
	plain['\t'] = true
	return plain
}()
