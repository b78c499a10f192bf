package e2e

import (
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"naru/internal/store/pgtest"
)

// What the README tells newcomers to send must be accepted as it stands.
func TestReadmesFirstInquiry(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?s)curl -i http://127\.0\.0\.1:8080(\S+) -H 'Content-Type: application/json' -d '(\{.*?\n\})'`).FindSubmatch(text)
	if found == nil {
		t.Fatal("README.md has no curl command")
	}
	relay := startRelay(t)
	p := start(t, environment(t.TempDir(), "NARU_SMTP_URL="+relay.url()))
	response, answer, err := p.post(string(found[1]), "application/json", found[2])
	if err != nil || response.StatusCode != http.StatusAccepted {
		t.Fatalf("%v %s", err, answer)
	}
	relay.wait(t, 30*time.Second, "two mails", func(mails []caught) bool { return len(mails) == 2 })
}

// A second program on the same database must not take what the first is
// sending.
func TestASecondProgramTakesNothingFromTheFirst(t *testing.T) {
	t.Parallel()
	relay := startRelay(t, func(r *relay) { r.delay = 3 * time.Second })
	database := pgtest.URL(t)
	env := func() []string {
		return environment(t.TempDir(), "NARU_SMTP_URL="+relay.url(), "NARU_DATABASE_URL="+database)
	}
	first := env()
	p := start(t, first)
	r := p.inquire(t, p.examples(t)["patient"])
	waitFor(t, 30*time.Second, "both mails are being sent", func() bool {
		relay.mu.Lock()
		defer relay.mu.Unlock()
		return relay.inData == 2
	})
	second := start(t, env())
	relay.wait(t, 60*time.Second, "both mails", allDelivered(map[string]receipt{r.Reference: r}))
	if code := second.terminate(t); code != 0 {
		t.Errorf("the second program ended with %d:\n%s", code, second.tail())
	}
	waitFor(t, 30*time.Second, "balanced", func() bool { _, code := run(t, first, "reconcile"); return code == 0 })
	if mails := relay.taken(); len(mails) != 2 {
		t.Errorf("%d mails for one inquiry", len(mails))
	}
}
