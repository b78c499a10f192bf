package store

import (
	"fmt"
	"strings"
	"testing"

	"naru/internal/naru"
)

// later is work that inserts a row at the end of the transaction at the latest.
type later struct{ id string }

var insertEntries = newBulk(`INSERT INTO entries (id) `, `TEXT`, ``)

func (l later) do(t *transaction) error { return t.bulkLater(insertEntries, []any{l.id}) }

func (later) refusal() error { return nil }

// TestLater: what is sent late has the same outcome as what is done at once: alone,
// with others, and beside what fails.
func TestLater(t *testing.T) {
	t.Parallel()
	onBoth(t, Options{}, func(t *testing.T, s *Store) {
		broken := workFunc(func(t *transaction) error {
			return t.bulkLater(newBulk(`INSERT INTO nowhere (id) `, `TEXT`, ``), []any{"x"})
		})
		for i, c := range []struct {
			works []work
			want  []string // what the errors hold; "" for none
		}{
			{[]work{later{id: "a"}}, []string{""}},
			{[]work{later{id: "a"}}, []string{"constraint"}},
			{[]work{broken}, []string{"nowhere"}},
			{[]work{later{id: "b"}, later{id: "c"}}, []string{"", ""}},
			{[]work{later{id: "d"}, later{id: "a"}, broken, entry("e", nil), later{id: "f"}}, []string{"", "constraint", "nowhere", "", ""}},
			{[]work{refusedWork{}}, []string{"refused"}},
			{[]work{later{id: "g"}, entry("h", nil), refusedWork{}}, []string{"", "", "refused"}},
		} {
			for k, err := range group(s, c.works...) {
				if err == nil && c.want[k] != "" || err != nil && (c.want[k] == "" || !strings.Contains(fmt.Sprint(err), c.want[k])) {
					t.Errorf("group %d, work %d: %v, want %q", i, k, err, c.want[k])
				}
				// It is known not to have been committed.
				if naru.IsKind(err, naru.KindUnavailable) {
					t.Errorf("group %d, work %d: %v", i, k, err)
				}
			}
		}
		if got := entries(t, s); got != "a b c d e f g h" {
			t.Errorf("entries %q", got)
		}
	})
}
