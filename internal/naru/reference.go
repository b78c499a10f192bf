package naru

import (
	"fmt"
	"io"
	"strings"
)

// Reference is a case number in its canonical form, "K7Q-X3M-9A4": eight
// random symbols and a check symbol in groups of three.
//
// The alphabet has 23 symbols, none of which looks like another in print or
// in handwriting: of each look-alike pair only the one left is used (no 0 O Q,
// 1 I L, 2 Z, 5 S, 6 G, 8 B, U V Y). 23 is prime and longer than the
// number, so the weighted sum of all symbols being 0 modulo 23 finds every
// single wrong symbol and every swap of two symbols.
type Reference string

const (
	referenceAlphabet = "23456789ACDEFHJKMNPRTWX"
	referenceLength   = 9
	referenceGroup    = 3
)

// referenceLookalikes are symbols that people type for one of the alphabet:
// Cyrillic letters of the same shape (most writers have such a keyboard) and
// Latin letters that resemble a digit of the alphabet.
var referenceLookalikes = map[rune]rune{
	'А': 'A', 'С': 'C', 'Е': 'E', 'Н': 'H', 'К': 'K', 'М': 'M', 'Р': 'P', 'Т': 'T', 'Х': 'X', 'З': '3', 'Ч': '4',
	'Z': '2', 'S': '5', 'G': '6', 'B': '8', 'В': '8', 'Б': '6',
}

// NewReference draws a case number from random bytes, e.g. crypto/rand.Reader.
// It fails only when the source does.
func NewReference(random io.Reader) (Reference, error) {
	symbols := make([]int, 0, referenceLength)
	var b [16]byte
	for len(symbols) < referenceLength-1 {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", fmt.Errorf("draw case number: %w", err)
		}
		for _, x := range b {
			// 253 = 11·23: bytes above it would favour the first symbols.
			if x < 253 && len(symbols) < referenceLength-1 {
				symbols = append(symbols, int(x)%len(referenceAlphabet))
			}
		}
	}
	return formatReference(append(symbols, referenceCheck(symbols))), nil
}

// ParseReference reads a case number as people type it: any case, with or
// without hyphens, dots and spaces, full-width or Arabic-Indic digits, Cyrillic
// look-alikes. It reports false when the symbols or the check symbol are wrong.
func ParseReference(typed string) (Reference, bool) {
	if len(typed) > 100 {
		return "", false
	}
	symbols := make([]int, 0, referenceLength)
	for _, r := range strings.ToUpper(typed) {
		r = plainSymbol(r)
		if r == 0 {
			continue
		}
		i := strings.IndexRune(referenceAlphabet, r)
		if i < 0 || len(symbols) == referenceLength {
			return "", false
		}
		symbols = append(symbols, i)
	}
	if len(symbols) != referenceLength || referenceCheck(symbols[:referenceLength-1]) != symbols[referenceLength-1] {
		return "", false
	}
	return formatReference(symbols), true
}

// plainSymbol folds a typed rune to ASCII; 0 for what only separates or is
// invisible.
func plainSymbol(r rune) rune {
	switch {
	case r == ' ', r == '-', r == '.', r == '_', r == '/', r == '\t', r == '\u00a0', r == '\u3000', r >= '\u2010' && r <= '\u2015', r == '\u2212', r == '\uff0d',
		r == '\u200b', r >= '\u200e' && r <= '\u200f', r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
		return 0
	case r >= '\uff01' && r <= '\uff5e': // full width
		r -= 0xfee0
	case r >= '\u0660' && r <= '\u0669': // Arabic-Indic
		r = '0' + r - '\u0660'
	case r >= '\u06f0' && r <= '\u06f9': // extended Arabic-Indic
		r = '0' + r - '\u06f0'
	}
	if plain, ok := referenceLookalikes[r]; ok {
		return plain
	}
	return r
}

// referenceCheck returns the symbol that makes the sum of weight·symbol
// divisible by 23, with weights 2, 3, … from the left and 1 for the check.
func referenceCheck(symbols []int) int {
	n := len(referenceAlphabet)
	sum := 0
	for i, s := range symbols {
		sum += (i + 2) * s
	}
	return (n - sum%n) % n
}

func formatReference(symbols []int) Reference {
	var b strings.Builder
	b.Grow(referenceLength + referenceLength/referenceGroup - 1)
	for i, s := range symbols {
		if i > 0 && i%referenceGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteByte(referenceAlphabet[s])
	}
	return Reference(b.String())
}
