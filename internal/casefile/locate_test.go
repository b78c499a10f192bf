package casefile

import (
	"errors"
	"strings"
	"testing"

	"naru/internal/naru"
)

func TestLocateTakesNumberAndAddressForTheSecret(t *testing.T) {
	t.Parallel()
	reference, err := naru.NewReference(strings.NewReader(strings.Repeat("abcdefgh", 8)))
	if err != nil {
		t.Fatal(err)
	}
	kept := records{inquiry: naru.Inquiry{Reference: reference, Secret: secret, Contact: naru.Contact{Email: "Dias@post.example"}}}
	s, err := New(Options{Store: kept, Team: func(string) (naru.Team, bool) { return naru.Team{}, false }})
	if err != nil {
		t.Fatal(err)
	}
	loose := strings.ToLower(strings.ReplaceAll(string(reference), "-", " "))
	if found, key, err := s.Locate(t.Context(), loose, " dias@POST.example "); err != nil || found != reference || key != secret {
		t.Errorf("%s %q: %v", found, key, err)
	}
	for what, given := range map[string][2]string{
		"another address": {string(reference), "dias@post.exampl"}, "no address": {string(reference), " "}, "no number": {"", "dias@post.example"},
		"another number": {"222-222-222", "dias@post.example"}, "a long address": {string(reference), strings.Repeat("a", 400)},
	} {
		found, key, err := s.Locate(t.Context(), given[0], given[1])
		if failure := naru.AsError(err); failure == nil || failure.Kind != naru.KindNotFound || failure.Code != "inquiry_unknown" || found != "" || key != "" {
			t.Errorf("%s: %q %q %v", what, found, key, err)
		}
	}
	broken := &Service{store: records{fail: errors.New("disk")}}
	if _, _, err := broken.Locate(t.Context(), string(reference), "dias@post.example"); naru.IsKind(err, naru.KindNotFound) || err == nil {
		t.Errorf("a store that fails: %v", err)
	}
}
