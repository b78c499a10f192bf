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

// trie holds phrases; it is filled once and then only read.
type trie struct {
	nodes   []node
	entries []entry
	// plain gives the letter typed instead of another; may be nil.
	plain func(rune) rune
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

func newTrie() *trie { return &trie{nodes: []node{{out: -1}}} }

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
		next := t.child(n, r)
		if next < 0 {
			next = int32(len(t.nodes))
			t.nodes = append(t.nodes, node{out: -1})
			edges := t.nodes[n].edges
			at, _ := slices.BinarySearchFunc(edges, r, func(e edge, r rune) int { return int(e.r) - int(r) })
			e := edge{r: r, plain: r, to: next}
			if t.plain != nil && r >= 0x80 {
				e.plain = t.plain(r)
				t.nodes[n].soft = t.nodes[n].soft || e.plain != r
			}
			t.nodes[n].edges = slices.Insert(edges, at, e)
		}
		n = next
	}
	if t.nodes[n].out < 0 {
		t.nodes[n].out = int32(len(t.entries))
		t.entries = append(t.entries, entry{open: open, exact: exact})
	}
	e := &t.entries[t.nodes[n].out]
	e.open = e.open || open
	e.exact = e.exact && exact
	if !slices.Contains(e.senses, s) {
		e.senses = append(e.senses, s)
	}
}
