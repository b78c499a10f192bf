package mail

import (
	"bytes"
	"encoding/base64"
)

// maxLine is the longest line of an encoded body.
const maxLine = 76

// base64Lines writes a text, whose lines end with CRLF inside base64, too (RFC
// 2046 4.1.1).
func (w *messageWriter) base64Lines(text []byte) {
	start := len(w.b)
	// First all of it as it is to be read, behind the room for its encoded form.
	size := len(text) + bytes.Count(text, []byte{'\n'})
	w.b = append(w.b, make([]byte, encodedLines(size))...)
	plain := len(w.b)
	for line := range bytes.Lines(text) {
		line, ended := cutLineEnd(line)
		if w.b = append(w.b, line...); ended {
			w.string("\r\n")
		}
	}
	encodeLines(w.b[start:plain], w.b[plain:])
	w.b = w.b[:start+encodedLines(len(w.b)-plain)]
}

// cutLineEnd returns the line without its end, and whether it had one.
func cutLineEnd(line []byte) ([]byte, bool) {
	line, ended := bytes.CutSuffix(line, []byte{'\n'})
	if ended {
		line = bytes.TrimSuffix(line, []byte{'\r'})
	}
	return line, ended
}

func (w *messageWriter) base64(data []byte) {
	start := len(w.b)
	w.b = append(w.b, make([]byte, encodedLines(len(data)))...)
	encodeLines(w.b[start:], data)
}

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
		w.quotedLine(line)
		w.string("\r\n")
	}
}

// quotedLine writes one line, which becomes several where it is long.
func (w *messageWriter) quotedLine(line []byte) {
	const hex = "0123456789ABCDEF"
	column := 0
	for i, c := range line {
		last := i == len(line)-1
		plain := c > ' ' && c < 0x7f && c != '=' || (c == ' ' || c == '\t') && !last
		size := 3
		if plain {
			size = 1
		}
		// The last place of a line is for the mark that it goes on.
		if column+size > maxLine-1 && !(last && column+size <= maxLine) {
			w.string("=\r\n")
			column = 0
		}
		if plain && !(c == '.' && column == 0) { // a dot there would have to be doubled
			w.b = append(w.b, c)
			column++
		} else {
			w.b = append(w.b, '=', hex[c>>4], hex[c&15])
			column += 3
		}
	}
}
