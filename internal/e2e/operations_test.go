package e2e

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	_ "modernc.org/sqlite"

	"naru/internal/store/pgtest"
)

// runs fails the test unless the command ends with the code, and returns its
// output.
func runs(t *testing.T, env []string, code int, args ...string) string {
	t.Helper()
	out, got := run(t, env, args...)
	if got != code {
		t.Fatalf("naru %s ended with %d, want %d:\n%s", strings.Join(args, " "), got, code, out)
	}
	return out
}

// TestRestoreDrill takes a backup of a program at work, loses that program with
// all it had, and goes on from the backup elsewhere, on the same engine and on
// the other one.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	database := map[string]func(t *testing.T) string{
		"SQLite":     func(*testing.T) string { return "NARU_DATABASE_URL=" },
		"PostgreSQL": func(t *testing.T) string { return "NARU_DATABASE_URL=" + pgtest.URL(t) },
	}
	ways := [][2]string{{"SQLite", "PostgreSQL"}, {"PostgreSQL", "SQLite"}}
	if *long {
		ways = append(ways, [2]string{"SQLite", "SQLite"}, [2]string{"PostgreSQL", "PostgreSQL"})
	}
	for _, way := range ways {
		t.Run(way[0]+" to "+way[1], func(t *testing.T) {
			t.Parallel()
			r := startRelay(t, func(r *relay) { r.delay = 20 * time.Millisecond })
			old := environment(t.TempDir(), "NARU_SMTP_URL="+r.url(), database[way[0]](t), "NARU_LIMITS_EXEMPT=127.0.0.1/32")
			p := start(t, old)
			file := filepath.Join(t.TempDir(), "naru.gz")
			known := flood(t, p, 60, 8, false)
			var current atomic.Pointer[process]
			current.Store(p)
			busy := startLoad(t, func() string { return current.Load().url }, [][]byte{p.examples(t)["patient"]}, 4, 5*time.Millisecond)
			busy.more(5)
			out := runs(t, old, 0, "backup", file)
			busy.more(5)
			if !strings.Contains(out, "balanced: accepted") {
				t.Errorf("backup says:\n%s", out)
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the file: %v, %v", info, err)
			}
			runs(t, old, 2, "backup", file) // exists
			if way[0] == "SQLite" {
				runs(t, old, 1, "restore", "--force", file) // naru is running
			}
			p.kill()
			r.down()

			dir := t.TempDir()
			now := environment(dir, "NARU_SMTP_URL="+r.url(), database[way[1]](t))
			broken := filepath.Join(dir, "broken.gz")
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(broken, content[:len(content)-9], 0o600); err != nil {
				t.Fatal(err)
			}
			runs(t, now, 1, "restore", broken)
			runs(t, now, 0, "restore", file)
			runs(t, now, 2, "restore", file) // not empty now
			runs(t, now, 0, "restore", "--force", file)
			runs(t, now, 0, "reconcile")
			before := len(r.taken())
			r.up(t)
			q := start(t, now)
			current.Store(q)
			busy.more(5)
			busy.end()
			r.wait(t, time.Minute, "every case of the backup is delivered", func([]caught) bool { return len(r.missing(known)) == 0 })
			after := q.inquire(t, q.examples(t)["partner"])
			r.wait(t, time.Minute, "a new case is delivered", func([]caught) bool { return len(r.missing(map[string]receipt{after.Reference: after})) == 0 })
			waitFor(t, time.Minute, "nothing waits", func() bool {
				out, code := run(t, now, "reconcile", "--json")
				var b struct {
					Deliveries struct{ Pending, Queued, Sending int }
				}
				return code == 0 && json.Unmarshal([]byte(out), &b) == nil && b.Deliveries.Pending+b.Deliveries.Queued+b.Deliveries.Sending == 0
			})
			perCase := map[string]map[string]bool{}
			for _, m := range r.taken() {
				if perCase[m.reference] == nil {
					perCase[m.reference] = map[string]bool{}
				}
				perCase[m.reference][m.messageID] = true
			}
			for reference := range known {
				if len(perCase[reference]) != 2 {
					t.Errorf("case %s has %d different mails", reference, len(perCase[reference]))
				}
			}
			t.Logf("backup of %d bytes; %d mails before it was restored, %d after", len(content), before, len(r.taken())-before)
		})
	}
}

// holding returns the files below dir in which one of the words stands.
func holding(t *testing.T, dir string, words ...string) (found []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path != dir {
			return nil // a database that runs removes files of its own
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for _, word := range words {
			if bytes.Contains(content, []byte(word)) {
				found = append(found, fmt.Sprintf("%q in %s", word, filepath.Base(path)))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// upload sends a document and returns its id.
func (p *process) upload(t *testing.T, name, content string) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(part, content)
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	response, answer, err := p.post("/api/v1/attachments", form.FormDataContentType(), body.Bytes())
	if err != nil || response.StatusCode >= 300 {
		t.Fatalf("upload: %v %s", err, answer)
	}
	var document struct{ ID string }
	if err := json.Unmarshal(answer, &document); err != nil {
		t.Fatal(err)
	}
	return document.ID
}

// pathOf is the path of the status page, with its key: the program may have
// moved to another port.
func pathOf(t *testing.T, r receipt) string {
	t.Helper()
	u, err := url.Parse(r.StatusURL)
	if err != nil {
		t.Fatal(err)
	}
	return u.RequestURI()
}

// TestErase removes an inquiry from a running program and looks into every file
// for what was personal.
func TestErase(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		for _, fate := range []string{"caught", "dead"} {
			if !*long && (engine == "SQLite") != (fate == "dead") {
				continue
			}
			t.Run(engine+" "+fate, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				// Without keys, or nothing could be found in the first place.
				env := environment(dir, "NARU_ENCRYPTION_KEYS=none")
				if engine == "PostgreSQL" {
					env = append(env, "NARU_DATABASE_URL="+pgtest.URL(t))
				}
				if fate == "dead" {
					refusing := startRelay(t, func(r *relay) {
						r.refuse = func(to, _ string, _ int) *smtp.SMTPError {
							return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no " + to}
						}
					})
					env = append(env, "NARU_SMTP_URL="+refusing.url())
				}
				testErase(t, dir, env, fate, engine == "SQLite")
			})
		}
	}
}

func testErase(t *testing.T, dir string, env []string, fate string, sqlite bool) {
	const name, address, words, document = "Zhanna Iskakova-Whitfield", "zhanna.iskakova@clinic.example", "glioblastoma of the left lobe", "%PDF-1.7 findings of Z. Iskakova"
	p := start(t, env)
	other := p.inquire(t, p.examples(t)["partner"])
	body := with(t, p.examples(t)["patient"], map[string]any{
		"name": name, "email": address, "complaint": words, "attachments": []string{p.upload(t, "findings.pdf", document)},
	})
	in := p.inquire(t, body, "Idempotency-Key", "once")
	waitFor(t, 30*time.Second, "mails have met their fate", func() bool {
		out, _ := run(t, env, "reconcile", "--json")
		var b struct{ Deliveries struct{ Delivered, Dead int } }
		if err := json.Unmarshal([]byte(out), &b); err != nil {
			t.Fatal(err)
		}
		if fate == "dead" {
			return b.Deliveries.Dead == 8 // two mails and two notices for each of both
		}
		return b.Deliveries.Delivered == 4
	})
	if before := holding(t, dir, name, address, words, document); sqlite && len(before) == 0 {
		t.Fatal("nothing is found before: the search is blind")
	}
	statusOf := func(r receipt) int { return p.status(pathOf(t, r)) }
	if statusOf(in) != http.StatusOK || statusOf(other) != http.StatusOK {
		t.Fatal("no status pages before")
	}

	runs(t, env, 2, "erase", in.Reference)
	runs(t, env, 2, "erase", in.Reference, "--yes", other.Reference)
	if statusOf(in) != http.StatusOK {
		t.Fatal("erased without confirmation")
	}
	out := runs(t, env, 0, "erase", in.Reference, "--yes", in.Reference)
	want := []string{"documents               1 (", "caught mails            2", "team ", "Message-ID "}
	if fate == "dead" {
		want = []string{"documents               1 (", "mails cancelled         4", "records of attempts     4"}
	}
	for _, line := range want {
		if !strings.Contains(out, line) {
			t.Errorf("the proof lacks %q:\n%s", line, out)
		}
	}
	if statusOf(in) != http.StatusNotFound || statusOf(other) != http.StatusOK {
		t.Errorf("status pages answer %d and %d", statusOf(in), statusOf(other))
	}
	reconciled(t, env)
	if strings.Contains(runs(t, env, 0, "deadletters", "list"), in.Reference) {
		t.Error("a dead letter of the case is left")
	}
	again := p.inquire(t, with(t, p.examples(t)["partner"], nil), "Idempotency-Key", "once")
	if again.Reference == in.Reference {
		t.Error("the key still stands for the erased case")
	}
	if out := runs(t, env, 0, "erase", in.Reference, "--yes", in.Reference); !strings.Contains(out, "already") {
		t.Errorf("erased again:\n%s", out)
	}
	if found := holding(t, dir, name, address, words, document, "Iskakova"); len(found) > 0 {
		t.Errorf("left while running: %v", found)
	}
	if code := p.terminate(t); code != 0 {
		t.Errorf("ended with %d", code)
	}
	if found := holding(t, dir, name, address, words, document, "Iskakova"); len(found) > 0 {
		t.Errorf("left: %v", found)
	}
	for _, personal := range []string{name, address, words, "Iskakova"} {
		if strings.Contains(p.output(), personal) {
			t.Errorf("%q stands in the log", personal)
		}
	}
	reconciled(t, env)
}

// TestOldInquiriesAreErased sets the clock of an inquiry back beyond what the
// consent texts promise.
func TestOldInquiriesAreErased(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := environment(dir)
	p := start(t, env)
	old, young := p.inquire(t, p.examples(t)["patient"]), p.inquire(t, p.examples(t)["partner"])
	mails := func() int {
		kept, err := filepath.Glob(filepath.Join(dir, "mail", "*.sealed"))
		if err != nil {
			t.Fatal(err)
		}
		return len(kept)
	}
	waitFor(t, 30*time.Second, "four mails", func() bool { return mails() == 4 })
	p.terminate(t)
	db, err := sql.Open("sqlite", filepath.Join(dir, "naru.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE inquiries SET accepted_us = $1 WHERE reference = $2`, time.Now().AddDate(0, -24, -1).UnixMicro(), old.Reference); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	p = start(t, env)
	waitFor(t, 30*time.Second, "the old one's mails are gone", func() bool { return mails() == 2 })
	if out := runs(t, env, 0, "reconcile"); !strings.Contains(out, "erased since               1") {
		t.Errorf("%s", out)
	}
	if a, b := p.status(pathOf(t, old)), p.status(pathOf(t, young)); a != http.StatusNotFound || b != http.StatusOK {
		t.Errorf("status pages answer %d and %d", a, b)
	}
}

// TestDiskReserve fills a disk up to the reserve: what was taken is brought to
// its end, more is not taken, until there is room again.
func TestDiskReserve(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "96m")
	r := startRelay(t)
	r.down()
	p := start(t, environment(t.TempDir(), "NARU_DATA_DIR="+disk, "NARU_SMTP_URL="+r.url(), "NARU_DISK_RESERVE=48MiB"))
	body := p.examples(t)["patient"]
	taken := p.inquire(t, body)
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 60<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	response, answer, err := p.post("/api/v1/inquiries", "application/json", body)
	if err != nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("an inquiry is answered %v %s %v", response, answer, err)
	}
	if p.status("/readyz") != http.StatusServiceUnavailable || p.status("/healthz") != http.StatusOK {
		t.Error("/readyz does not tell")
	}
	r.up(t)
	r.wait(t, 30*time.Second, "what was taken is mailed", func([]caught) bool { return len(r.missing(map[string]receipt{taken.Reference: taken})) == 0 })
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	p.inquire(t, body)
	waitFor(t, 10*time.Second, "ready again", func() bool { return p.status("/readyz") == http.StatusOK })
}

// TestOperatorAlert lets mails fail: the operator is told, once, also by a
// program that starts anew.
func TestOperatorAlert(t *testing.T) {
	t.Parallel()
	const operator = "operator@hospital.example"
	r := startRelay(t, func(r *relay) {
		r.refuse = func(to, _ string, _ int) *smtp.SMTPError {
			if to == operator {
				return nil
			}
			return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no"}
		}
	})
	env := environment(t.TempDir(), "NARU_SMTP_URL="+r.url(), "NARU_OPERATOR_EMAIL="+operator, "NARU_OPERATOR_DEAD_PER_HOUR=2")
	dead := func(n int) func() bool {
		return func() bool {
			out, _ := run(t, env, "reconcile", "--json")
			var b struct{ Deliveries struct{ Dead int } }
			return json.Unmarshal([]byte(out), &b) == nil && b.Deliveries.Dead == n
		}
	}
	p := start(t, env)
	in := p.inquire(t, with(t, p.examples(t)["patient"], map[string]any{"name": "Zhanna Iskakova"}))
	waitFor(t, 30*time.Second, "all mails are dead", dead(4))
	p.terminate(t)
	p = start(t, env)
	mails := r.wait(t, 30*time.Second, "the alert", func(mails []caught) bool { return len(mails) > 0 })
	if text := string(mails[0].raw); strings.Contains(text, in.Reference) || strings.Contains(text, "Iskakova") || mails[0].to != operator {
		t.Errorf("to %s:\n%s", mails[0].to, text)
	}
	p.terminate(t)
	p = start(t, env)
	p.inquire(t, p.examples(t)["partner"])
	waitFor(t, 30*time.Second, "more mails are dead", dead(8))
	if n := len(r.taken()); n != 1 {
		t.Errorf("%d alerts within the hour", n)
	}
}

// TestShippedConfigurationIsInOrder checks what is shipped as an operator
// checks changes of his own.
func TestShippedConfigurationIsInOrder(t *testing.T) {
	t.Parallel()
	if out, code := run(t, environment(t.TempDir()), "config", "check"); code != 0 {
		t.Errorf("config check ended with %d:\n%s", code, out)
	}
}
