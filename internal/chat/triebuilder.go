package chat

import (
	"cmp"
	"fmt"
	"slices"
)

// trieBuilder collects phrases and makes tries of them, one after another: what
// it needs in between is kept for the next. Its zero value is ready for use, by
// one goroutine.
type trieBuilder struct {
	// sprouts are the nodes; children are lists of siblings, since a slice for
	// every node would be slow to grow. The first is the root, the children of
	// which, as there are most of them, are found by their letters.
	sprouts []sprout
	roots   []int32
	// tails holds the rest of each phrase that shares it with no other, with
	// its entry behind it. The first is unused.
	tails   []letter
	entries []seed
	rare    []rune
	// crowded tells that there were more rare letters, or more children of a node,
	// than can be told apart.
	crowded bool
	// last is the phrase added last as far as there are nodes for it, which are
	// in path: many phrases begin like the one before.
	last []letter
	path []int32

	// senses are numbered, those of meanings in the order in which they were
	// added to a phrase. The first meaning has none.
	senses   []sense
	numbers  map[sense]int32
	latest   int32 // the sense that was asked for last
	meanings []senseList
	single   []int32            // by sense: the meaning that is nothing else
	joined   map[[2]int32]int32 // by meaning and sense: that of both

	// What finish needs in between.
	nodes []node
	flat  []letter
	below []int32
}

// usualNodes is how many nodes a lexicon has while it is filled; more are no
// fault.
const usualNodes = 1 << 16

// sprout is a node while the trie is filled; zero stands for none.
type sprout struct {
	child, sibling int32
	out            int32 // index in entries, or -1
	tail           int32 // of its only phrase, if it has one; then it has no child
	letter         letter
}

// seed is an entry while the trie is filled.
type seed struct {
	meaning int32
	flags   entry
}

// senseList is a meaning: that of another, and one sense more.
type senseList struct{ rest, sense int32 }

// clear makes the builder ready for a trie.
func (b *trieBuilder) clear() {
	if b.roots == nil {
		b.roots = make([]int32, 1<<16)
		b.sprouts, b.tails, b.entries = make([]sprout, 0, usualNodes), make([]letter, 0, 2*usualNodes), make([]seed, 0, usualNodes/2)
		b.nodes, b.flat = make([]node, 0, usualNodes), make([]letter, 0, 2*usualNodes)
		b.numbers, b.joined = map[sense]int32{}, map[[2]int32]int32{}
	}
	clear(b.roots)
	clear(b.numbers)
	clear(b.joined)
	b.sprouts = append(b.sprouts[:0], sprout{out: -1})
	b.tails, b.entries, b.rare = append(b.tails[:0], 0), b.entries[:0], nil
	b.crowded = false
	b.last, b.path = b.last[:0], b.path[:0]
	b.senses, b.meanings, b.single, b.latest = b.senses[:0], append(b.meanings[:0], senseList{}), b.single[:0], 0
}

// letter gives the letter of a rune.
func (b *trieBuilder) letter(r rune) letter {
	if r < rune(behindNode) {
		return letter(r)
	}
	i := slices.Index(b.rare, r)
	if i < 0 && len(b.rare) == mostRare {
		b.crowded = true
		return lastRare
	}
	if i < 0 {
		i = len(b.rare)
		b.rare = append(b.rare, r)
	}
	return firstRare + letter(i)
}

// grow returns the child of a node by a letter, which it makes when there is
// none.
func (b *trieBuilder) grow(n int32, l letter) (c int32, made bool) {
	if n == 0 {
		if c := b.roots[l]; c > 0 {
			return c, false
		}
	} else {
		before := int32(0)
		for c := b.sprouts[n].child; c > 0; before, c = c, b.sprouts[c].sibling {
			if b.sprouts[c].letter != l {
				continue
			}
			if before > 0 { // the first shall be the one met last: it is likely to be met again
				b.sprouts[before].sibling = b.sprouts[c].sibling
				b.sprouts[c].sibling = b.sprouts[n].child
				b.sprouts[n].child = c
			}
			return c, false
		}
	}
	c = int32(len(b.sprouts))
	b.sprouts = append(b.sprouts, sprout{letter: l, out: -1, sibling: b.sprouts[n].child})
	b.sprouts[n].child = c
	if n == 0 {
		b.roots[l] = c
	}
	return c, true
}

// seat returns the index of the entry of a phrase, or the one that it is given
// when it is new.
func (b *trieBuilder) seat(phrase []rune) (index int32, made bool) {
	at, n := 0, int32(0)
	for at < len(phrase) && at < len(b.path) && b.letter(phrase[at]) == b.last[at] {
		n = b.path[at]
		at++
	}
	b.last, b.path = b.last[:at], b.path[:at]
	index = int32(len(b.entries))
	for made := false; ; at++ {
		rest := phrase[at:]
		switch tail := b.sprouts[n].tail; {
		case made && len(rest) > 0:
			b.sprouts[n].tail = int32(len(b.tails))
			for _, r := range rest {
				b.tails = append(b.tails, b.letter(r))
			}
			b.tails = append(b.tails, behindEntry, letter(index>>16), letter(index))
			return index, true
		case tail > 0:
			if known, ok := b.same(tail, rest); ok {
				return known, false
			}
			// Its first letter becomes a node.
			b.sprouts[n].tail = 0
			next, _ := b.grow(n, b.tails[tail])
			if b.tails[tail+1] == behindEntry {
				b.sprouts[next].out = b.entry(tail + 1)
			} else {
				b.sprouts[next].tail = tail + 1
			}
		}
		if len(rest) == 0 {
			break
		}
		l := b.letter(rest[0])
		n, made = b.grow(n, l)
		b.last, b.path = append(b.last, l), append(b.path, n)
	}
	if out := b.sprouts[n].out; out >= 0 {
		return out, false
	}
	b.sprouts[n].out = index
	return index, true
}

// entry is the index that stands behind the end of a tail.
func (b *trieBuilder) entry(end int32) int32 {
	return int32(b.tails[end+1])<<16 | int32(b.tails[end+2])
}

// same tells whether a tail is the rest of a phrase, and its entry.
func (b *trieBuilder) same(tail int32, rest []rune) (index int32, ok bool) {
	for _, r := range rest {
		if b.tails[tail] != b.letter(r) {
			return 0, false
		}
		tail++
	}
	if b.tails[tail] != behindEntry {
		return 0, false
	}
	return b.entry(tail), true
}

// add puts a phrase into the trie with one more sense.
func (b *trieBuilder) add(phrase []rune, s sense, flags entry) {
	number := b.number(s)
	at, made := b.seat(phrase)
	if made {
		b.entries = append(b.entries, seed{b.single[number], flags})
		return
	}
	e := &b.entries[at]
	e.flags = (e.flags|flags)&open | e.flags&flags&(exact|elided)
	e.meaning = b.meant(e.meaning, number)
}

// number is that of a sense.
func (b *trieBuilder) number(s sense) int32 {
	if len(b.senses) > 0 && b.senses[b.latest] == s {
		return b.latest
	}
	n, ok := b.numbers[s]
	if !ok {
		n = int32(len(b.senses))
		b.senses = append(b.senses, s)
		b.numbers[s] = n
		b.single = append(b.single, int32(len(b.meanings)))
		b.meanings = append(b.meanings, senseList{0, n})
	}
	b.latest = n
	return n
}

// meant is the meaning with a sense more, if it has it not.
func (b *trieBuilder) meant(m, sense int32) int32 {
	for rest := m; rest > 0; rest = b.meanings[rest].rest {
		if b.meanings[rest].sense == sense {
			return m
		}
	}
	key := [2]int32{m, sense}
	more, ok := b.joined[key]
	if !ok {
		more = int32(len(b.meanings))
		b.meanings = append(b.meanings, senseList{m, sense})
		b.joined[key] = more
	}
	return more
}

// finish makes the trie of what was added. It fails where that is more than a
// trie can hold.
func (b *trieBuilder) finish(plain func(rune) rune) (*trie, error) {
	b.nodes, b.flat, b.below = append(b.nodes[:0], node{out: noEntry}), b.flat[:0], b.below[:0]
	t := &trie{rare: b.rare, plain: plain}
	b.settle(t, 0, 0)
	if b.crowded {
		return nil, fmt.Errorf("more than %d letters beyond U+FFFD, or than %d that may follow one another", mostRare, mostChildren)
	}
	t.nodes, t.letters = slices.Clone(b.nodes), slices.Clone(b.flat)
	t.meanings = b.listed()
	return t, nil
}

// packed is the entry of an index, or noEntry.
func (b *trieBuilder) packed(index int32) entry {
	if index < 0 {
		return noEntry
	}
	e := b.entries[index]
	return entry(e.meaning)<<entryBits | e.flags
}

// leastStretch is the number of letters from which a stretch before a node takes
// less room than nodes for them.
const leastStretch = 2

// settle makes the node n of a sprout, and all that is below it.
func (b *trieBuilder) settle(t *trie, n, at int32) {
	if at > 0 && b.sprouts[at].out < 0 && b.stretch(n, at) {
		end := len(b.flat)
		if b.flat[end-3] == behindNode {
			last := int32(b.flat[end-2])<<16 | int32(b.flat[end-1]) // its sprout, until it is a node
			next := int32(len(b.nodes))
			b.flat[end-2], b.flat[end-1] = letter(next>>16), letter(next)
			b.nodes = append(b.nodes, node{out: b.packed(b.sprouts[last].out)})
			b.branch(t, next, last)
		}
		return
	}
	b.branch(t, n, at)
}

// stretch keeps what is below a sprout as it is, where nothing branches off.
func (b *trieBuilder) stretch(n, at int32) bool {
	begin := len(b.flat)
	for b.sprouts[at].tail == 0 {
		next := b.sprouts[at].child
		if next == 0 || b.sprouts[next].sibling > 0 || len(b.flat) > begin && b.sprouts[at].out >= 0 {
			break
		}
		b.flat = append(b.flat, b.sprouts[next].letter)
		at = next
	}
	switch tail := b.sprouts[at].tail; {
	case tail > 0:
		end := tail
		for b.tails[end] != behindEntry {
			end++
		}
		b.flat = append(b.flat, b.tails[tail:end]...)
		e := b.packed(b.entry(end))
		b.flat = append(b.flat, behindEntry, letter(e>>16), letter(e))
	case len(b.flat) > begin && b.sprouts[at].child == 0:
		e := b.packed(b.sprouts[at].out)
		b.flat = append(b.flat, behindEntry, letter(e>>16), letter(e))
	case len(b.flat)-begin >= leastStretch:
		b.flat = append(b.flat, behindNode, letter(at>>16), letter(at))
	default:
		b.flat = b.flat[:begin]
		return false
	}
	b.nodes[n].first = ^int32(begin)
	return true
}

// branch makes the nodes of the children of a sprout.
func (b *trieBuilder) branch(t *trie, n, at int32) {
	above := len(b.below)
	for c := b.sprouts[at].child; c > 0; c = b.sprouts[c].sibling {
		b.below = append(b.below, c)
	}
	children := b.below[above:]
	if len(children) > 1 {
		slices.SortFunc(children, func(x, y int32) int { return cmp.Compare(b.sprouts[x].letter, b.sprouts[y].letter) })
	}
	b.crowded = b.crowded || len(children) > mostChildren
	first := int32(len(b.nodes))
	b.nodes[n].first, b.nodes[n].n = first, uint16(len(children))
	for _, c := range children {
		s := &b.sprouts[c]
		b.nodes = append(b.nodes, node{letter: s.letter, out: b.packed(s.out)})
		if r := rune(s.letter); t.plain != nil && r >= 0x80 && t.plain(r) != r {
			b.nodes[n].n |= softNode
		}
	}
	for i := range int32(len(children)) {
		b.settle(t, first+i, b.below[above+int(i)])
	}
	b.below = b.below[:above]
}

// listed gives the senses of each meaning.
func (b *trieBuilder) listed() [][]sense {
	count := 0
	for m := range b.meanings {
		for rest := int32(m); rest > 0; rest = b.meanings[rest].rest {
			count++
		}
	}
	all, out := make([]sense, 0, count), make([][]sense, len(b.meanings))
	for m := range b.meanings {
		from := len(all)
		for rest := int32(m); rest > 0; rest = b.meanings[rest].rest {
			all = append(all, b.senses[b.meanings[rest].sense])
		}
		slices.Reverse(all[from:])
		out[m] = all[from:len(all):len(all)]
	}
	return out
}
