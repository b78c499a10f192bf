package chat

import "slices"

// sense is one meaning of an entry: an entity ("country" "MN"), or a concept
// word ("word" "survival").
type sense struct{ kind, id string }

// word is the kind of senses that are concepts of the lexicon.
const word = "word"

// entry is what a phrase of the lexicon stands for.
type entry struct {
	meaning int32 // index in meanings
	// open entries accept any ending; closed ones only the endings of the
	// language.
	open bool
	// exact entries accept none.
	exact bool
	// elided entries are only forms that other phrases take before endings.
	elided bool
}

// trie holds phrases. It is filled, then finished, and then only read.
//
// Most phrases are like no other after a few letters. What follows there is
// kept as it is, as a tail; only the letters before are nodes. A place in a trie
// is the index of a node, or the complement of an index in tails.
type trie struct {
	// nodes holds the root and then, one after another, the children of each
	// node, sorted by rune.
	nodes []node
	// tails holds the rest of each phrase that shares it with no other, and
	// then the complement of the index of its entry. The first is unused.
	tails   []rune
	entries []entry
	// meanings holds the senses of entries; most have theirs in common.
	meanings [][]sense
	// plain gives the letter typed instead of another; may be nil.
	plain func(rune) rune
	// While the trie is filled, children are lists of siblings: growing a slice
	// for every node is slow. The root, which has most of them, has a map.
	growing []sprout
	roots   map[rune]int32
}

// sprout is a node while the trie is filled; zero stands for none.
type sprout struct {
	r              rune
	child, sibling int32
	out            int32 // index in entries, or -1
	tail           int32 // of its only phrase, if it has one; then it has no child
}

type node struct {
	r     rune
	first int32 // of its children, or, negative, the place where its tail begins
	out   int32 // index in entries, or -1
	n     int16 // number of children
	// soft tells that a child may be reached by its plain letter, too.
	soft bool
}

func newTrie() *trie {
	return &trie{growing: make([]sprout, 1, 1<<15), tails: make([]rune, 1, 1<<15), entries: make([]entry, 0, 1<<13), roots: map[rune]int32{}}
}

// grow returns the child of a node by a rune, which it makes when there is none.
func (t *trie) grow(n int32, r rune) (c int32, made bool) {
	if n == 0 {
		if c := t.roots[r]; c > 0 {
			return c, false
		}
	} else {
		for c := t.growing[n].child; c > 0; c = t.growing[c].sibling {
			if t.growing[c].r == r {
				return c, false
			}
		}
	}
	c = int32(len(t.growing))
	t.growing = append(t.growing, sprout{r: r, out: -1, sibling: t.growing[n].child})
	t.growing[n].child = c
	if n == 0 {
		t.roots[r] = c
	}
	return c, true
}

// seat returns the index of the entry of a phrase, or the one that it is given
// when it is new.
func (t *trie) seat(phrase []rune) (entry int32, made bool) {
	entry = int32(len(t.entries))
	n := int32(0)
	for i, r := range phrase {
		c, made := t.grow(n, r)
		rest := phrase[i+1:]
		switch tail := t.growing[c].tail; {
		case made && len(rest) > 0:
			t.growing[c].tail = int32(len(t.tails))
			t.tails = append(append(t.tails, rest...), ^entry)
			return entry, true
		case tail > 0:
			if end := int(tail) + len(rest); end < len(t.tails) && t.tails[end] < 0 && slices.Equal(t.tails[tail:end], rest) {
				return ^t.tails[end], false
			}
			// Its first letter becomes a node.
			t.growing[c].tail = 0
			next, _ := t.grow(c, t.tails[tail])
			if after := t.tails[tail+1]; after < 0 {
				t.growing[next].out = ^after
			} else {
				t.growing[next].tail = tail + 1
			}
		}
		n = c
	}
	if out := t.growing[n].out; out >= 0 {
		return out, false
	}
	t.growing[n].out = entry
	return entry, true
}

// finish turns the trie into the form in which it is read.
func (t *trie) finish() {
	t.growing[0].out = -1
	t.nodes = make([]node, 1, len(t.growing))
	t.nodes[0].out = -1
	tails := make([]rune, 1, len(t.tails))
	var below []int32 // the children of the nodes above, and of this one
	var settle func(n, sprout int32)
	settle = func(n, sprout int32) {
		if tail := t.growing[sprout].tail; tail > 0 {
			t.nodes[n].first = ^int32(len(tails))
			end := tail
			for t.tails[end] >= 0 {
				end++
			}
			tails = append(tails, t.tails[tail:end+1]...)
			return
		}
		above := len(below)
		for c := t.growing[sprout].child; c > 0; c = t.growing[c].sibling {
			below = append(below, c)
		}
		children := below[above:]
		if len(children) > 1 {
			slices.SortFunc(children, func(a, b int32) int { return int(t.growing[a].r) - int(t.growing[b].r) })
		}
		first := int32(len(t.nodes))
		t.nodes[n].first, t.nodes[n].n = first, int16(len(children))
		for _, c := range children {
			s := &t.growing[c]
			t.nodes = append(t.nodes, node{r: s.r, out: s.out})
			if t.plain != nil && s.r >= 0x80 && t.plain(s.r) != s.r {
				t.nodes[n].soft = true
			}
		}
		for i := range int32(len(children)) {
			settle(first+i, below[above+int(i)])
		}
		below = below[:above]
	}
	settle(0, 0)
	t.tails = slices.Clone(tails)
	t.entries = slices.Clone(t.entries)
	t.growing, t.roots = nil, nil
}

// out returns the index of the entry of the phrase that ends at a place, or -1.
func (t *trie) out(at int32) int32 {
	if at >= 0 {
		return t.nodes[at].out
	}
	if r := t.tails[^at]; r < 0 {
		return ^r
	}
	return -1
}

// branches counts the letters that go on from a place.
func (t *trie) branches(at int32) int {
	switch {
	case at >= 0:
		return int(t.nodes[at].n)
	case t.tails[^at] >= 0:
		return 1
	}
	return 0
}

// branch returns one of the letters that go on from a place, in their order,
// and where it leads.
func (t *trie) branch(at int32, i int) (r rune, next int32) {
	if at < 0 {
		return t.tails[^at], at - 1
	}
	c := t.nodes[at].first + int32(i)
	return t.nodes[c].r, t.place(c)
}

// place is where a node is left: itself, or the tail after it.
func (t *trie) place(n int32) int32 {
	if first := t.nodes[n].first; first < 0 {
		return first
	}
	return n
}

// soft tells whether a letter that goes on from a place may be reached by its
// plain letter, too.
func (t *trie) soft(at int32) bool { return at < 0 || t.nodes[at].soft }

// has tells whether a rune goes on from a place.
func (t *trie) has(at int32, r rune) bool {
	_, ok := t.child(at, r)
	return ok
}

// child returns the place reached by a rune.
func (t *trie) child(at int32, r rune) (next int32, ok bool) {
	if at < 0 {
		return at - 1, t.tails[^at] == r
	}
	nd := &t.nodes[at]
	list := t.nodes[nd.first : nd.first+int32(nd.n)]
	if len(list) <= 8 {
		for i := range list {
			if list[i].r == r {
				return t.place(nd.first + int32(i)), true
			}
		}
		return 0, false
	}
	lo, hi := 0, len(list)
	for lo < hi {
		mid := (lo + hi) / 2
		if list[mid].r < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(list) && list[lo].r == r {
		return t.place(nd.first + int32(lo)), true
	}
	return 0, false
}

// add puts a phrase into the trie with one more sense.
func (t *trie) add(phrase []rune, s sense, open, exact, elided bool) {
	at, made := t.seat(phrase)
	if made {
		// Most phrases mean the same as the phrase before.
		if n := len(t.meanings); n == 0 || len(t.meanings[n-1]) != 1 || t.meanings[n-1][0] != s {
			t.meanings = append(t.meanings, []sense{s})
		}
		t.entries = append(t.entries, entry{meaning: int32(len(t.meanings) - 1), open: open, exact: exact, elided: elided})
		return
	}
	e := &t.entries[at]
	e.open = e.open || open
	e.exact = e.exact && exact
	e.elided = e.elided && elided
	if senses := t.meanings[e.meaning]; !slices.Contains(senses, s) {
		e.meaning = int32(len(t.meanings))
		t.meanings = append(t.meanings, append(slices.Clip(senses), s))
	}
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
func (t *trie) senses(entry int32) []sense { return t.meanings[t.entries[entry].meaning] }

// each calls fn with every phrase, which is valid during the call only.
func (t *trie) each(fn func(phrase []rune, entry int32)) {
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
