package knowledge

import (
	"slices"
	"strings"
	"unicode"
)

// matching holds matching.yaml: the words that steer the comparison of institution names.
type matching struct {
	expand      map[string]string
	ignore      map[string]bool
	legal       map[string]bool
	medicalPart map[string]bool
	medicalCore map[string]bool
	medicalUnit map[string]bool
	generic     map[string]bool
	lookalikes  map[string]bool
}

func (l *loader) loadMatching() matching {
	const file = "matching.yaml"
	m := matching{expand: map[string]string{}}
	if l.docs[file] == nil {
		return m
	}
	lists := map[string]*map[string]bool{
		"ignore": &m.ignore, "legal": &m.legal, "medical_part": &m.medicalPart, "medical_core": &m.medicalCore, "medical_unit": &m.medicalUnit,
		"generic": &m.generic, "lookalikes": &m.lookalikes,
	}
	for _, v := range l.entries(file) {
		key := v.Key
		if key == "expand" {
			l.decode(file, &v, &m.expand)
			continue
		}
		set, ok := lists[key]
		if !ok {
			l.add(file, v.Line, "unknown key %q", key)
			continue
		}
		var words []string
		l.decode(file, &v, &words)
		*set = make(map[string]bool, len(words))
		for _, w := range words {
			(*set)[singular(w)] = true
		}
		delete(lists, key)
	}
	for key := range lists {
		l.add(file, 0, "key %q is missing", key)
	}
	return m
}

// tokens splits a folded name into the words that are compared: abbreviations written out, singular, without words
// that carry no meaning and without legal forms unless only an abbreviation would remain.
func (m *matching) tokens(folded string) []string {
	if isUnspaced(folded) {
		const shortest = 6 // bytes of two syllables or characters: a name remains
		folded = compact(folded)
		for form := range m.legal {
			if !isASCII(form) && len(folded) >= len(form)+shortest {
				folded = strings.TrimSuffix(strings.TrimPrefix(folded, form), form)
			}
		}
		return []string{folded}
	}
	var all, rest []string
	for w := range strings.FieldsSeq(folded) {
		if long, ok := m.expand[w]; ok {
			w = long
		}
		w = singular(w)
		if m.ignore[w] {
			continue
		}
		all = append(all, w)
		if !m.legal[w] {
			rest = append(rest, w)
		}
	}
	if len(rest) == 1 && len(rest[0]) <= 3 {
		return all
	}
	return rest
}

func singular(w string) string {
	if len(w) > 4 && isASCII(w) && strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") {
		return w[:len(w)-1]
	}
	return w
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

// withoutPart leaves out a trailing "College of Medicine", "University Hospital" and the like; nil when there is none,
// when none of the core words (if given) is in it, or when less than a university's name would remain.
func (m *matching) withoutPart(tokens []string, core map[string]bool) []string {
	i := len(tokens)
	hasCore, hasUnit := core == nil, false
	for i > 0 && m.medicalPart[tokens[i-1]] {
		i--
		hasCore = hasCore || core[tokens[i]]
		hasUnit = hasUnit || m.medicalUnit[tokens[i]]
	}
	if !hasCore || !hasUnit || i < 2 || !slices.Contains(tokens[:i], "university") {
		return nil
	}
	return tokens[:i:i]
}

// candidate is a stretch of what the writer typed that may be the name, with the words that were left out: they must
// belong to the partner, or else the writer's country must agree.
type candidate struct {
	text string
	rest []string
}

// candidates gives the whole text, and its parts where a writer adds a second name, an abbreviation or an address.
func (ix *partnerIndex) candidates(name string) []candidate {
	list := []candidate{{text: name}}
	part := func(text, rest string) {
		if isInitials(rest) || len(ix.find(rest, "")) > 0 {
			rest = ""
		}
		list = append(list, candidate{text, ix.tokens(Fold(rest))})
	}
	if open := strings.IndexAny(name, "(（["); open >= 0 {
		inner := strings.TrimLeft(name[open:], "(（[")
		outer := name[:open]
		if end := strings.IndexAny(inner, ")）]"); end >= 0 {
			outer += " " + strings.TrimLeft(inner[end:], ")）]")
			inner = inner[:end]
		}
		part(outer, inner)
		part(inner, outer)
	}
	for _, sep := range []string{" / ", "/", " | ", ";", " – ", " - "} {
		if parts := strings.Split(name, sep); len(parts) == 2 {
			part(parts[0], parts[1])
			part(parts[1], parts[0])
			break
		}
	}
	if i := strings.IndexByte(name, ','); i > 0 {
		part(name[:i], name[i+1:])
	}
	if i := strings.IndexFunc(name, isWide); i > 0 && isASCII(name[:i]) { // "KOICA 한국국제협력단"
		part(name[:i], name[i:])
		part(name[i:], name[:i])
	}
	return list
}

// isWide tells Chinese, Japanese and Korean letters.
func isWide(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

func isInitials(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) >= 2 && len(s) <= 8 && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsUpper(r) && r != '-' && r != '&' })
}
