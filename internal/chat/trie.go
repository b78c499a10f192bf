package chat

// sense is one meaning of an entry: an entity ("country" "MN"), or a concept
// word ("word" "survival").
type sense struct{ kind, id string }

// word is the kind of senses that are concepts of the lexicon.
const word = "word"

// entry is what a phrase of the lexicon stands for: the index of its meaning,
// and above it, in the lowest bits, what may follow the phrase.
type entry int32

// What may follow a phrase.
const (
	// open entries accept any ending; closed ones only the endings of the
	// language.
	open entry = 1 << iota
	// exact entries accept none.
	exact
	// elided entries are only forms that other phrases take before endings.
	elided

	entryBits = 3
)

// noEntry is what there is where no phrase ends.
const noEntry entry = -1

func (e entry) is(flag entry) bool { return e&flag != 0 }

// trie holds phrases. It is made by a trieBuilder and then only read.
//
// Most phrases are like no other after a few letters, and many have stretches
// in which none branches off: these are kept as they are, one after another.
// Only the other letters are nodes. A place in a trie is the index of a node, or
// the complement of an index in letters.
type trie struct {
	// nodes holds the root and then, one after another, the children of each
	// node, sorted by letter.
	nodes []node
	// letters holds the stretches, each with what is behind it.
	letters []letter
	// meanings holds the senses of entries; most have theirs in common.
	meanings [][]sense
	// rare are the letters that do not fit into 16 bits.
	rare []rune
	// plain gives the letter typed instead of another; may be nil.
	plain func(rune) rune
}

// letter is a rune of a phrase; where it has more than 16 bits, firstRare and its
// index in rare.
type letter uint16

const (
	// behindEntry and behindNode end a stretch; the entry or node stands in the
	// two letters after them. Neither is a character.
	behindEntry letter = 0xFFFF
	behindNode  letter = 0xFFFE
	// firstRare to lastRare are no characters either.
	firstRare, lastRare letter = 0xD800, 0xDFFF

	mostRare     = int(lastRare-firstRare) + 1
	mostChildren = softNode - 1
)

type node struct {
	first  int32 // of its children, or, negative, the place where its stretch begins
	out    entry // or noEntry
	letter letter
	n      uint16 // number of children, and softNode
}

// softNode tells that a child may be reached by its plain letter, too.
const softNode = 1 << 15

// letter gives the letter of a rune; ok is false when no phrase has it.
func (t *trie) letter(r rune) (l letter, ok bool) {
	if r < rune(behindNode) {
		return letter(r), true
	}
	for i, known := range t.rare {
		if known == r {
			return firstRare + letter(i), true
		}
	}
	return 0, false
}

// rune is that of a letter.
func (t *trie) rune(l letter) rune {
	if l >= firstRare && l <= lastRare {
		return t.rare[l-firstRare]
	}
	return rune(l)
}

// behind returns what stands in the two letters after the one at an index.
func (t *trie) behind(i int32) int32 { return int32(t.letters[i+1])<<16 | int32(t.letters[i+2]) }

// stretch is the place of an index in letters.
func (t *trie) stretch(i int32) int32 {
	if t.letters[i] == behindNode {
		return t.behind(i)
	}
	return ^i
}

// out returns the entry of the phrase that ends at a place, or noEntry.
func (t *trie) out(at int32) entry {
	if at >= 0 {
		return t.nodes[at].out
	}
	if t.letters[^at] == behindEntry {
		return entry(t.behind(^at))
	}
	return noEntry
}

// branches counts the letters that go on from a place.
func (t *trie) branches(at int32) int {
	switch {
	case at >= 0:
		return int(t.nodes[at].n &^ softNode)
	case t.letters[^at] != behindEntry:
		return 1
	}
	return 0
}

// branch returns one of the letters that go on from a place, in their order,
// and where it leads.
func (t *trie) branch(at int32, i int) (r rune, next int32) {
	if at < 0 {
		return t.rune(t.letters[^at]), t.stretch(^at + 1)
	}
	c := t.nodes[at].first + int32(i)
	return t.rune(t.nodes[c].letter), t.place(c)
}

// place is where a node is left: itself, or the stretch after it.
func (t *trie) place(n int32) int32 {
	if first := t.nodes[n].first; first < 0 {
		return first
	}
	return n
}

// soft tells whether a letter that goes on from a place may be reached by its
// plain letter, too.
func (t *trie) soft(at int32) bool { return at < 0 || t.nodes[at].n&softNode != 0 }

// has tells whether a rune goes on from a place.
func (t *trie) has(at int32, r rune) bool {
	_, ok := t.child(at, r)
	return ok
}

// child returns the place reached by a rune.
func (t *trie) child(at int32, r rune) (next int32, ok bool) {
	l, ok := t.letter(r)
	if !ok {
		return 0, false
	}
	if at < 0 {
		if t.letters[^at] != l {
			return 0, false
		}
		return t.stretch(^at + 1), true
	}
	nd := &t.nodes[at]
	list := t.nodes[nd.first : nd.first+int32(nd.n&^softNode)]
	if len(list) <= 8 {
		for i := range list {
			if list[i].letter == l {
				return t.place(nd.first + int32(i)), true
			}
		}
		return 0, false
	}
	lo, hi := 0, len(list)
	for lo < hi {
		mid := (lo + hi) / 2
		if list[mid].letter < l {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(list) && list[lo].letter == l {
		return t.place(nd.first + int32(lo)), true
	}
	return 0, false
}

// find returns the senses of a phrase, none if the trie lacks it.
func (t *trie) find(phrase []rune) []sense {
	at := int32(0)
	for _, r := range phrase {
		next, ok := t.child(at, r)
		if !ok {
			return nil
		}
		at = next
	}
	if out := t.out(at); out >= 0 {
		return t.senses(out)
	}
	return nil
}

// senses returns those of an entry.
func (t *trie) senses(e entry) []sense { return t.meanings[e>>entryBits] }

// each calls fn with every phrase, which is valid during the call only.
func (t *trie) each(fn func(phrase []rune, e entry)) {
	var path []rune
	var visit func(at int32)
	visit = func(at int32) {
		if out := t.out(at); out >= 0 {
			fn(path, out)
		}
		for i := range t.branches(at) {
			r, next := t.branch(at, i)
			path = append(path, r)
			visit(next)
			path = path[:len(path)-1]
		}
	}
	visit(0)
}
