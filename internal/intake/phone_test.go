package intake

import (
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

// Signs between groups of digits are dropped before a number is read, and numbers
// that are plainly international are not read at all: neither may change what
// the library makes of them.
func TestPhoneShortcuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		typed := rapid.StringMatching(`([+](1|7|82|976|81|86|84|971|39|49|44|54|52|55|[0-9])?)?\(?[0-9]{1,4}\)?([ –-]{0,2}\(?[0-9]{1,4}\)?){1,5}`).Draw(t, "typed")
		country := rapid.SampledFrom([]string{"KR", "KZ", "MN", "JP", "CN", "RU", "VN", "AE", "US", "IT", "DE", ""}).Draw(t, "country")
		got, ok := e164(typed, country)
		want, wanted := "", false
		if n, err := phonenumbers.Parse(typed, country); err == nil && phonenumbers.IsPossibleNumber(n) {
			want, wanted = phonenumbers.Format(n, phonenumbers.E164), true
		}
		if got != want || ok != wanted {
			t.Errorf("%q, %v; as typed it is %q, %v", got, ok, want, wanted)
		}
	})
}
