package mail

import (
	"os"
	"sync"
	"testing"
	"time"

	"naru/internal/locale"
	"naru/templates"
)

// catalog is the real one; reading it once is enough.
var catalog = sync.OnceValues(func() (*locale.Catalog, error) {
	return locale.Load(os.DirFS("../../config/locales"), "mail", "format")
})

func newTestComposer(t testing.TB, store Store, change func(*ComposerOptions)) *Composer {
	t.Helper()
	texts, err := catalog()
	if err != nil {
		t.Fatal(err)
	}
	files, err := templates.FS("")
	if err != nil {
		t.Fatal(err)
	}
	o := ComposerOptions{
		Templates: files, Catalog: texts, Store: store, Teams: exampleTeams, From: "inquiry@naru.example", PublicURL: "https://naru.example",
		InlineLimitBytes: 7 << 20, Clock: func() time.Time { return exampleTime.Add(2 * time.Second) },
	}
	if change != nil {
		change(&o)
	}
	c, err := NewComposer(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
