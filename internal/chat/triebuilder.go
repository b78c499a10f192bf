package chat

import (
	"fmt"
	"slices"
)

// trieBuilder collects phrases, sorts them, and makes a trie of them in one go;
// it makes one after another, and what it needs in between is kept for the next.
// Its zero value is ready for use, by one goroutine.
type trieBuilder struct {
	// letters holds the phrases, each with zeros behind it.
	letters []letter
	added   []addition
	spare   []addition // room to sort them in
	rare    []rune
	// crowded tells that there were more rare letters, or more children of a node,
	// than can be told apart.
	crowded bool

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
	ends  []int
}

// usualPhrases is how many phrases a lexicon has, usualLetters how many letters
// these have; more are no fault.
const (
	usualPhrases = 1 << 15
	usualLetters = 1 << 19
)

// addition is a phrase as it was added with a sense.
type addition struct {
	// head are the letters by which it is sorted next, then how many it has in
	// common with the phrase before it.
	head uint64
	from int32 // in the letters of all phrases
	// what is the number of the sense and, in the lowest bits, what may follow.
	what entry
}

// senseList is a meaning: that of another, and one sense more.
type senseList struct{ rest, sense int32 }

// clear makes the builder ready for a trie.
func (b *trieBuilder) clear() {
	if b.numbers == nil {
		b.letters, b.added, b.spare = make([]letter, 0, usualLetters), make([]addition, 0, usualPhrases), make([]addition, usualPhrases)
		b.nodes, b.flat = make([]node, 0, 2*usualPhrases), make([]letter, 0, usualLetters)
		b.numbers, b.joined = map[sense]int32{}, map[[2]int32]int32{}
	}
	clear(b.numbers)
	clear(b.joined)
	b.letters, b.added, b.rare, b.crowded = b.letters[:0], b.added[:0], nil, false
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

// headLetters is how many letters are compared at once. So many zeros, which no
// phrase has, stand behind each.
const headLetters = 4

// add puts a phrase into the trie with one more sense.
func (b *trieBuilder) add(phrase []rune, s sense, flags entry) {
	b.added = append(b.added, addition{from: int32(len(b.letters)), what: entry(b.number(s))<<entryBits | flags})
	for _, r := range phrase {
		b.letters = append(b.letters, b.letter(r))
	}
	b.letters = append(b.letters, 0, 0, 0, 0)
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
	if len(b.spare) < len(b.added) {
		b.spare = make([]addition, len(b.added))
	}
	b.sort(b.added, 0)
	for i := 1; i < len(b.added); i++ {
		b.added[i].head = uint64(b.common(b.added[i-1].from, b.added[i].from))
	}
	b.nodes, b.flat, b.ends = append(b.nodes[:0], node{out: noEntry}), b.flat[:0], b.ends[:0]
	t := &trie{rare: b.rare, plain: plain}
	b.branch(t, 0, b.added, 0)
	if b.crowded {
		return nil, fmt.Errorf("more than %d letters beyond U+FFFD, or than %d that may follow one another", mostRare, mostChildren)
	}
	t.nodes, t.letters = slices.Clone(b.nodes), slices.Clone(b.flat)
	t.meanings = b.listed()
	return t, nil
}

// sort puts phrases that have the letters before one in common into the order of
// their letters; those that are alike stay in the order in which they were added.
func (b *trieBuilder) sort(list []addition, at int32) {
	for i := range list {
		l := b.letters[list[i].from+at:][:headLetters]
		list[i].head = uint64(l[0])<<48 | uint64(l[1])<<32 | uint64(l[2])<<16 | uint64(l[3])
	}
	if len(list) <= few {
		for i := 1; i < len(list); i++ {
			a, k := list[i], i
			for ; k > 0 && list[k-1].head > a.head; k-- {
				list[k] = list[k-1]
			}
			list[k] = a
		}
	} else {
		b.distribute(list)
	}
	for from := 0; from < len(list); {
		head, to := list[from].head, from+1
		for to < len(list) && list[to].head == head {
			to++
		}
		if to-from > 1 && letter(head) > 0 {
			b.sort(list[from:to], at+headLetters)
		}
		from = to
	}
}

// few are so many phrases that it is quicker to put each in its place than to
// count.
const few = 48

// distribute sorts phrases by their heads: by one byte of them after another.
func (b *trieBuilder) distribute(list []addition) {
	var counts [8][256]int32
	for i := range list {
		for k, head := 0, list[i].head; k < len(counts); k, head = k+1, head>>8 {
			counts[k][byte(head)]++
		}
	}
	from, to := list, b.spare[:len(list)]
	for k := range counts {
		places, shift := &counts[k], 8*k
		if int(places[byte(from[0].head>>shift)]) == len(from) {
			continue // all alike
		}
		next := int32(0)
		for i, n := range places {
			places[i] = next
			next += n
		}
		for i := range from {
			place := &places[byte(from[i].head>>shift)]
			to[*place] = from[i]
			*place++
		}
		from, to = to, from
	}
	if &from[0] != &list[0] {
		copy(list, from)
	}
}

// common counts the letters that two phrases begin with alike.
func (b *trieBuilder) common(x, y int32) int32 {
	n := int32(0)
	for b.letters[x+n] == b.letters[y+n] && b.letters[x+n] > 0 {
		n++
	}
	return n
}

// leastStretch is the number of letters from which a stretch before a node takes
// less room than nodes for them.
const leastStretch = 2

// settle makes the node n of phrases that have the letters before one in common,
// and all that is below it.
func (b *trieBuilder) settle(t *trie, n int32, list []addition, at int32) {
	if b.nodes[n].out, list = b.ended(list, at); len(list) == 0 {
		return
	}
	if b.nodes[n].out < 0 {
		// What all have in common is kept as it is.
		first, last := list[0].from+at, list[len(list)-1].from+at
		length, begin := b.common(first, last), len(b.flat)
		stretch, alike := b.letters[first:first+length], b.letters[first+length] == b.letters[last+length]
		if alike {
			out, _ := b.ended(list, at+length)
			b.flat = append(append(b.flat, stretch...), behindEntry, letter(out>>16), letter(out))
			b.nodes[n].first = ^int32(begin)
			return
		}
		if length >= leastStretch {
			next := int32(len(b.nodes))
			b.flat = append(append(b.flat, stretch...), behindNode, letter(next>>16), letter(next))
			b.nodes[n].first = ^int32(begin)
			b.nodes = append(b.nodes, node{})
			n, at = next, at+length
			b.nodes[n].out, list = b.ended(list, at)
		}
	}
	b.branch(t, n, list, at)
}

// ended takes off the phrases that end at a letter, which are all alike; out is
// their entry, or noEntry.
func (b *trieBuilder) ended(list []addition, at int32) (out entry, rest []addition) {
	if b.letters[list[0].from+at] > 0 {
		return noEntry, list
	}
	const all = 1<<entryBits - 1
	meaning, flags := b.single[list[0].what>>entryBits], list[0].what&all
	for list = list[1:]; len(list) > 0 && b.letters[list[0].from+at] == 0; list = list[1:] {
		meaning = b.meant(meaning, int32(list[0].what>>entryBits))
		more := list[0].what & all
		flags = (flags|more)&open | flags&more&(exact|elided)
	}
	return entry(meaning)<<entryBits | flags, list
}

// branch makes the nodes of the letters that go on from the node n.
func (b *trieBuilder) branch(t *trie, n int32, list []addition, at int32) {
	above, first, soft := len(b.ends), int32(len(b.nodes)), uint16(0)
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].head > uint64(at) {
			to++
		}
		l := b.letters[list[from].from+at]
		if r := rune(l); t.plain != nil && r >= 0x80 && t.plain(r) != r {
			soft = softNode
		}
		b.nodes, b.ends = append(b.nodes, node{letter: l}), append(b.ends, to)
		from = to
	}
	children := len(b.ends) - above
	b.crowded = b.crowded || children > mostChildren
	b.nodes[n].first, b.nodes[n].n = first, uint16(children)|soft
	from := 0
	for i := range children {
		to := b.ends[above+i]
		b.settle(t, first+int32(i), list[from:to], at+1)
		from = to
	}
	b.ends = b.ends[:above]
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
