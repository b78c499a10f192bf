package chat

import (
	"fmt"
	"maps"
	"slices"
	"testing"

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
		tr := builder.finish(nil)
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
