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
}

// trie holds phrases. It is filled, then finished, and then only read.
type trie struct {
	nodes   []node
	entries []entry
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
}

type node struct {
	edges []edge // sorted by rune
	out   int32  // index in entries, or -1
	// soft tells that an edge may be followed by its plain letter, too.
	soft bool
}

type edge struct {
	r     rune
	plain rune // what may be typed instead of r, or r
	to    int32
}

func newTrie() *trie { return &trie{growing: []sprout{{out: -1}}, roots: map[rune]int32{}} }

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
	t.nodes = make([]node, len(t.growing))
	all := make([]edge, 0, len(t.growing))
	for n := range t.growing {
		from := len(all)
		nd := &t.nodes[n]
		nd.out = t.growing[n].out
		for c := t.growing[n].child; c > 0; c = t.growing[c].sibling {
			r := t.growing[c].r
			e := edge{r: r, plain: r, to: c}
			if t.plain != nil && r >= 0x80 {
				e.plain = t.plain(r)
				nd.soft = nd.soft || e.plain != r
			}
			all = append(all, e)
		}
		nd.edges = all[from:len(all):len(all)]
		slices.SortFunc(nd.edges, func(a, b edge) int { return int(a.r) - int(b.r) })
	}
	t.growing, t.roots = nil, nil
}

// child returns the node reached by a rune, or -1.
func (t *trie) child(n int32, r rune) int32 {
	edges := t.nodes[n].edges
	if len(edges) <= 8 {
		for i := range edges {
			if edges[i].r == r {
				return edges[i].to
			}
		}
		return -1
	}
	lo, hi := 0, len(edges)
	for lo < hi {
		mid := (lo + hi) / 2
		if edges[mid].r < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(edges) && edges[lo].r == r {
		return edges[lo].to
	}
	return -1
}

// add puts a phrase into the trie with one more sense.
func (t *trie) add(phrase []rune, s sense, open, exact bool) {
	n := int32(0)
	for _, r := range phrase {
		n = t.grow(n, r)
	}
	if t.growing[n].out < 0 {
		t.growing[n].out = int32(len(t.entries))
		t.entries = append(t.entries, entry{open: open, exact: exact})
	}
	e := &t.entries[t.growing[n].out]
	e.open = e.open || open
	e.exact = e.exact && exact
	if !slices.Contains(e.senses, s) {
		e.senses = append(e.senses, s)
	}
}
