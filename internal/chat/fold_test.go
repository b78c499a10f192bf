package chat

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestQuickFoldIsFold holds the quick way to fold against the careful one.
func TestQuickFoldIsFold(t *testing.T) {
	t.Parallel()
	letters := []rune("abzAZ09 -'’&%.,/~ёЁйЙәӨүҮҐ҂ДдЖ가힣각ぁんァヶーｱ・中國国學漢كىةأإآٱ٣ـئàÀđĐışİßưƯơễỄ×÷ñ\u0301\u200b\ufeff𠮷")
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOf(rapid.SampledFrom(letters)).Draw(t, "text"))
		for _, marks := range []bool{false, true} {
			careful := appendFold(nil, appendRunes(nil, text), marks, nil)
			if got := fold(text, marks); !slices.Equal(got, careful) {
				t.Fatalf("%q is %q, wanted %q", text, string(got), string(careful))
			}
		}
	})
}
