package chat

import "slices"

// sense is one meaning of an entry: an entity ("country" "MN"), or a concept
// word ("word" "survival").
type sense struct{ kind, id string }

// word is the kind of senses that are concepts of the lexicon.
const word = "word"

// entry is what a phrase of the lexicon stands for.
type entry struct {
	senses []sense
	// open entries accept any ending; closed ones only the endings of the
	// language.
	open bool
	// exact entries accept none.
	exact bool
	// elided entries are only forms that other phrases take before endings.
	elided bool
}

// trie holds phrases. It is filled, then finished, and then only read.
type trie struct {
	// nodes holds the root and then, one after another, the children of each
	// node, sorted by rune.
	nodes   []node
	entries []entry
	// plain gives the letter typed instead of another; may be nil.
	plain func(rune) rune
	// While the trie is filled, children are lists of siblings: growing a slice
	// for every node is slow. The root, which has most of them, has a map.
	growing []sprout
	roots   map[rune]int32
	// one holds the sense added last: most phrases share theirs with the
	// phrase before.
	one []sense
}

// sprout is a node while the trie is filled; zero stands for none.
type sprout struct {
	r              rune
	child, sibling int32
	out            int32 // index in entries, or -1
}

type node struct {
	r     rune
	first int32 // of its children
	out   int32 // index in entries, or -1
	n     int16 // number of children
	// soft tells that a child may be reached by its plain letter, too.
	soft bool
}

func newTrie() *trie {
	return &trie{growing: make([]sprout, 1, 1<<15), roots: map[rune]int32{}}
}

// grow returns the child of a node by a rune, and makes it when needed.
func (t *trie) grow(n int32, r rune) int32 {
	if n == 0 {
		if c := t.roots[r]; c > 0 {
			return c
		}
	} else {
		for c := t.growing[n].child; c > 0; c = t.growing[c].sibling {
			if t.growing[c].r == r {
				return c
			}
		}
	}
	c := int32(len(t.growing))
	t.growing = append(t.growing, sprout{r: r, out: -1, sibling: t.growing[n].child})
	t.growing[n].child = c
	if n == 0 {
		t.roots[r] = c
	}
	return c
}

// finish turns the trie into the form in which it is read.
func (t *trie) finish() {
	t.growing[0].out = -1
	t.nodes = make([]node, 1, len(t.growing))
	from := make([]int32, 1, len(t.growing)) // the sprout of each node
	t.nodes[0].out = -1
	for n := 0; n < len(t.nodes); n++ {
		first := len(t.nodes)
		for c := t.growing[from[n]].child; c > 0; c = t.growing[c].sibling {
			from = append(from, c)
		}
		children := from[first:]
		slices.SortFunc(children, func(a, b int32) int { return int(t.growing[a].r) - int(t.growing[b].r) })
		for _, c := range children {
			s := &t.growing[c]
			t.nodes = append(t.nodes, node{r: s.r, out: s.out})
			if t.plain != nil && s.r >= 0x80 && t.plain(s.r) != s.r {
				t.nodes[n].soft = true
			}
		}
		t.nodes[n].first, t.nodes[n].n = int32(first), int16(len(children))
	}
	t.entries = slices.Clip(t.entries)
	t.growing, t.roots, t.one = nil, nil, nil
}

// children returns the children of a node, of which the first has the index
// first.
func (t *trie) children(n int32) (first int32, children []node) {
	nd := &t.nodes[n]
	return nd.first, t.nodes[nd.first : nd.first+int32(nd.n)]
}

// child returns the node reached by a rune, or -1.
func (t *trie) child(n int32, r rune) int32 {
	first, list := t.children(n)
	if len(list) <= 8 {
		for i := range list {
			if list[i].r == r {
				return first + int32(i)
			}
		}
		return -1
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
		return first + int32(lo)
	}
	return -1
}

// add puts a phrase into the trie with one more sense.
func (t *trie) add(phrase []rune, s sense, open, exact, elided bool) {
	n := int32(0)
	for _, r := range phrase {
		n = t.grow(n, r)
	}
	if t.growing[n].out < 0 {
		t.growing[n].out = int32(len(t.entries))
		t.entries = append(t.entries, entry{open: open, exact: exact, elided: elided})
	}
	e := &t.entries[t.growing[n].out]
	e.open = e.open || open
	e.exact = e.exact && exact
	e.elided = e.elided && elided
	switch {
	case e.senses == nil:
		if len(t.one) == 0 || t.one[0] != s {
			t.one = []sense{s}
		}
		e.senses = t.one
	case !slices.Contains(e.senses, s):
		e.senses = append(e.senses, s)
	}
}

// find returns the entry of a phrase, or nil.
func (t *trie) find(phrase []rune) *entry {
	n := int32(0)
	for _, r := range phrase {
		if n = t.child(n, r); n < 0 {
			return nil
		}
	}
	if t.nodes[n].out < 0 {
		return nil
	}
	return &t.entries[t.nodes[n].out]
}

// each calls fn with every phrase, which is valid during the call only.
func (t *trie) each(fn func(phrase []rune, e *entry)) {
	var path []rune
	var visit func(n int32)
	visit = func(n int32) {
		if out := t.nodes[n].out; out >= 0 {
			fn(path, &t.entries[out])
		}
		first, list := t.children(n)
		for i := range list {
			path = append(path, list[i].r)
			visit(first + int32(i))
			path = path[:len(path)-1]
		}
	}
	visit(0)
}
