package knowledge

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// findTypo looks for names with the same number of words in which one or two letters are wrong. Words that exist on
// their own (look-alikes: Ansan and Asan, fire and police) are never taken for a typing error, neither are short
// words, words with digits, and rare words whose first letter differs.
func (ix *partnerIndex) findTypo(tokens []string, compacted, country string) []hit {
	if len(tokens) == 1 && strings.ContainsFunc(tokens[0], isHangul) {
		return ix.findHangulTypo(compacted, country)
	}
	if isUnspaced(compacted) {
		return nil // one wrong Chinese character makes another name
	}
	var hits []hit
	least := 3
	for _, n := range ix.names {
		if len(n.tokens) != len(tokens) || n.part || !n.partner.allows(country) {
			continue
		}
		cost := ix.typoCost(tokens, n.tokens, least)
		if cost == 0 || cost > 2 || cost > least {
			continue
		}
		if cost < least {
			least, hits = cost, hits[:0]
		}
		hits = append(hits, hit{n.partner, ByTypo})
	}
	return hits
}

// typoCost pairs the words of two names and gives the number of wrong letters (at least 1), or 3 when they are not the
// same name. Differing endings of the same Cyrillic stem cost one in all.
func (ix *partnerIndex) typoCost(a, b []string, limit int) int {
	var used [24]bool
	if len(a) > len(used) {
		return 3
	}
	total, inflected := 0, 0
	for _, t := range a {
		best, at := 3, -1
		for j, u := range b {
			if used[j] {
				continue
			}
			if t == u {
				best, at = 0, j
				break
			}
			if c := ix.wordCost(t, u); c < best {
				best, at = c, j
			}
		}
		if at < 0 {
			return 3
		}
		used[at] = true
		if best < 0 {
			best, inflected = 0, 1
		}
		total += best
		if total > min(limit, 2) {
			return 3
		}
	}
	return max(total, inflected)
}

// wordCost gives the edit distance of two words if it may be a typing error, 3 if not, -1 for another ending of the
// same Cyrillic stem.
func (ix *partnerIndex) wordCost(typed, listed string) int {
	n, m := utf8.RuneCountInString(typed), utf8.RuneCountInString(listed)
	if (n-m > 2 || m-n > 2) && !isCyrillic(listed) || ix.lookalikes[typed] || hasDigit(typed) || hasDigit(listed) {
		return 3
	}
	if isCyrillic(typed) && isCyrillic(listed) && m >= 5 && commonPrefix(typed, listed) >= max(4, min(n, m)-3) && n-m <= 3 && m-n <= 3 {
		return -1
	}
	if n-m > 2 || m-n > 2 || m < 5 || !ix.generic[listed] && (ix.generic[typed] || typed[0] != listed[0]) {
		return 3
	}
	d := editDistance([]rune(typed), []rune(listed))
	switch {
	case ix.generic[listed] && d <= 2:
		return d
	case ix.generic[typed]:
		return 3
	}
	first, _ := utf8.DecodeRuneInString(typed)
	want, _ := utf8.DecodeRuneInString(listed)
	if first != want || d > 2 || d == 2 && m < 9 {
		return 3
	}
	return d
}

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

func isCyrillic(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.Is(unicode.Cyrillic, r)
}

// commonPrefix counts the letters that two words share at their start.
func commonPrefix(a, b string) int {
	n := 0
	for _, r := range a {
		q, size := utf8.DecodeRuneInString(b)
		if size == 0 || q != r {
			break
		}
		b = b[size:]
		n++
	}
	return n
}

// editDistance is the number of insertions, deletions, replacements and swaps of neighbours between two words
// (optimal string alignment).
func editDistance(a, b []rune) int {
	var room [3][64]int // long enough for nearly all names: no allocation
	n := len(b) + 1
	prev2, prev, row := room[0][:0], room[1][:0], room[2][:0]
	if n > len(room[0]) {
		prev2, prev, row = make([]int, 0, n), make([]int, 0, n), make([]int, 0, n)
	}
	prev2, prev, row = prev2[:n], prev[:n], row[:n]
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return prev[len(b)]
}

// hangulName is a Korean name as single letters (jamo), where a typing error changes one letter, not a whole syllable.
type hangulName struct {
	partner *partner
	letters []rune
}

func isHangul(r rune) bool { return unicode.Is(unicode.Hangul, r) }

func jamo(s string) string { return norm.NFD.String(s) }

// findHangulTypo allows one wrong letter in Korean names of at least seven syllables: shorter ones have neighbours
// that exist (고창군, 거창군).
func (ix *partnerIndex) findHangulTypo(compacted, country string) []hit {
	if utf8.RuneCountInString(compacted) < 7 {
		return nil
	}
	letters := []rune(jamo(compacted))
	var hits []hit
	for _, n := range ix.hangul {
		d := len(letters) - len(n.letters)
		if d < -1 || d > 1 || !n.partner.allows(country) || letters[0] != n.letters[0] {
			continue
		}
		if editDistance(letters, n.letters) == 1 {
			hits = append(hits, hit{n.partner, ByTypo})
		}
	}
	return hits
}
