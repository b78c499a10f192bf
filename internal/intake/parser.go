package intake

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"naru/internal/naru"
)

// parser reads JSON. It belongs to one goroutine, and is kept for the next
// body: what the decoder has learnt of how much memory a body takes is half the
// cost of reading it.
type parser struct {
	decoder jsontext.Decoder
	// members and elements are room for those of the body, and for those of a
	// consent or list in it.
	members, elements []member
	source            bytes.Buffer
}

var parsers = sync.Pool{New: func() any { return new(parser) }}

// reset begins with another text. Nothing of raw is changed.
func (p *parser) reset(raw []byte) {
	p.source = *bytes.NewBuffer(raw)
	p.decoder.Reset(&p.source)
}

// release gives the parser back, without anything that was sent.
func (p *parser) release() {
	clear(p.members[:cap(p.members)])
	clear(p.elements[:cap(p.elements)])
	p.reset(nil)
	parsers.Put(p)
}

// valueOf returns the value of the member; nil for none.
func valueOf(members []member, name string) jsontext.Value {
	for i := range members {
		if members[i].name == name {
			return members[i].value
		}
	}
	return nil
}

// readObject reads one JSON object and nothing after it: no name twice, valid
// UTF-8, no lone surrogates, at most limit members, which it appends. The values
// are parts of raw; names that stand in known are not allocated. Its errors tell
// the place but nothing of the content.
func (p *parser) readObject(members []member, raw []byte, known map[string]string, limit int) ([]member, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, naru.NewError(naru.KindMalformed, "body_empty", nil)
	}
	p.reset(raw)
	decoder := &p.decoder
	if token, err := decoder.ReadToken(); err != nil {
		return nil, malformed(err)
	} else if token.Kind() != '{' {
		return nil, naru.NewError(naru.KindMalformed, "body_not_object", nil)
	}
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadValue()
		if err != nil {
			return nil, malformed(err)
		}
		m := member{}
		if m.name, err = nameOf(name, known); err != nil {
			return nil, malformed(err)
		}
		if m.value, err = readValue(decoder, raw); err != nil {
			return nil, malformed(err)
		}
		if members = append(members, m); len(members) > limit {
			return nil, &naru.Error{Kind: naru.KindMalformed, Code: "body_too_many_members", Args: map[string]any{"Max": limit}}
		}
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, malformed(err)
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, naru.NewError(naru.KindMalformed, "body_trailing_data", nil)
	}
	return members, nil
}

// nameOf returns the name of a member, as it stands in known where it does.
func nameOf(quoted jsontext.Value, known map[string]string) (string, error) {
	if name, ok := known[string(quoted)]; ok {
		return name, nil
	}
	name, err := jsontext.AppendUnquote(nil, quoted)
	return string(name), err
}

// quoted are names by how they usually stand in JSON.
func quoted(names ...string) map[string]string {
	all := make(map[string]string, len(names))
	for _, name := range names {
		all[strconv.Quote(name)] = name
	}
	return all
}

// readValue returns the next value as a part of raw, which stays valid when
// the decoder goes on.
func readValue(decoder *jsontext.Decoder, raw []byte) (jsontext.Value, error) {
	value, err := decoder.ReadValue()
	end := decoder.InputOffset()
	return raw[end-int64(len(value)) : end], err
}

// readString reads a string; a value that is missing or null is not present,
// any other type not ok.
func readString(value jsontext.Value) (text string, present, ok bool) {
	if len(value) == 0 || value.Kind() == 'n' {
		return "", false, true
	}
	if value.Kind() != '"' {
		return "", false, false
	}
	if bytes.IndexByte(value, '\\') < 0 {
		// Nothing is escaped, and the decoder has seen to the rest.
		return string(value[1 : len(value)-1]), true, true
	}
	var short [128]byte // most answers fit, and need no memory but their own
	plain, err := jsontext.AppendUnquote(short[:0], value)
	return string(plain), true, err == nil
}

// readArray returns the elements of an array; ok is false for any other type.
func (p *parser) readArray(value jsontext.Value) (elements []jsontext.Value, ok bool) {
	if len(value) == 0 || value.Kind() == 'n' {
		return nil, true
	}
	p.reset(value)
	if token, err := p.decoder.ReadToken(); err != nil || token.Kind() != '[' {
		return nil, false
	}
	for p.decoder.PeekKind() != ']' {
		element, err := readValue(&p.decoder, value)
		if err != nil {
			return nil, false
		}
		elements = append(elements, element)
	}
	return elements, true
}
