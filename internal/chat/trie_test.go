package chat

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

// TestTrieHoldsWhatWasAdded makes one trie after another with the same builder.
func TestTrieHoldsWhatWasAdded(t *testing.T) {
	t.Parallel()
	var builder trieBuilder
	rapid.Check(t, func(t *rapid.T) {
		builder.clear()
		want := map[string][]sense{}
		opens := map[string]bool{}
		phrases := rapid.SliceOf(rapid.StringOfN(rapid.SampledFrom([]rune("abc 中𠮷𠮸\uffff")), 1, 12, -1)).Draw(t, "phrases")
		for i, phrase := range phrases {
			s := sense{word, fmt.Sprint(i % 5)}
			flags := entry(i%2) * elided
			if i%3 == 0 {
				flags |= open
			}
			builder.add([]rune(phrase), s, flags)
			if !slices.Contains(want[phrase], s) {
				want[phrase] = append(want[phrase], s)
			}
			opens[phrase] = opens[phrase] || i%3 == 0
		}
		tr, err := builder.finish(nil)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]sense{}
		var order []string
		tr.each(func(phrase []rune, e entry) {
			got[string(phrase)] = tr.senses(e)
			order = append(order, string(phrase))
			if e.is(open) != opens[string(phrase)] {
				t.Errorf("%q is open: %t", string(phrase), !opens[string(phrase)])
			}
		})
		if !maps.EqualFunc(got, want, slices.Equal) {
			t.Fatalf("holds %v, wanted %v", got, want)
		}
		if len(order) != len(want) {
			t.Errorf("phrases come more than once: %q", order)
		}
		for phrase, senses := range want {
			if found := tr.find([]rune(phrase)); !slices.Equal(found, senses) {
				t.Errorf("%q is %v, wanted %v", phrase, found, senses)
			}
			if tr.find([]rune(phrase+"x")) != nil {
				t.Errorf("%qx is no phrase", phrase)
			}
		}
	})
}

// TestTrieRefusesMoreThanItHolds: letters that it could not tell apart are a
// fault, and the builder is fit for the next trie.
func TestTrieRefusesMoreThanItHolds(t *testing.T) {
	t.Parallel()
	var builder trieBuilder
	for _, c := range []struct {
		first rune
		n     int
		fits  bool
	}{
		{0x10000, mostRare, true}, {0x10000, mostRare + 1, false}, {1, mostChildren, true}, {1, mostChildren + 1, false}, {'a', 26, true},
	} {
		builder.clear()
		for i := range c.n {
			builder.add([]rune{c.first + rune(i), 'x'}, sense{word, "any"}, 0)
		}
		tr, err := builder.finish(nil)
		if c.fits != (err == nil) {
			t.Errorf("%d letters from %U: %v", c.n, c.first, err)
		}
		if err != nil {
			continue
		}
		if last := c.first + rune(c.n) - 1; tr.find([]rune{last, 'x'}) == nil || tr.find([]rune{last + 1, 'x'}) != nil {
			t.Errorf("%d letters from %U: the last of them is not found alone", c.n, c.first)
		}
	}
}

func TestSignsRefuseAPhraseTooLong(t *testing.T) {
	t.Parallel()
	for words, fits := range map[int]bool{math.MaxUint16: true, math.MaxUint16 + 1: false} {
		file := fstest.MapFS{"signs.yaml": {Data: []byte("rules:\n  en:\n    advice: |\n      " + strings.Repeat("very ", words) + "\ntalk: {}\n")}}
		if _, err := loadSigns(file); fits != (err == nil) {
			t.Errorf("%d words: %v", words, err)
		}
	}
}

// TestTrimmed: it is strings.TrimSpace.
func TestTrimmed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune(" \n\t\v\u0085\u00a0\u1680\u2003\u2028\u202f\u205f\u3000aй中のÁ\ue000")), 0, 5, -1).Draw(t, "text")
		if got, want := trimmed(s), strings.TrimSpace(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	})
}
