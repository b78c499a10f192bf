package e2e

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"naru/internal/store/pgtest"
)

// personal is what the person of these tests wrote.
const personalName, personalAddress, personalWords, personalDocument = "Zhanna Iskakova-Whitfield", "zhanna.iskakova@clinic.example", "glioblastoma of the left lobe", "%PDF-1.7 findings of Z. Iskakova"

// confide sends an inquiry with a document and a question to the chat.
func (p *process) confide(t *testing.T) receipt {
	t.Helper()
	r := p.inquire(t, with(t, p.examples(t)["patient"], map[string]any{
		"name": personalName, "email": personalAddress, "complaint": personalWords, "attachments": []string{p.upload(t, "iskakova.pdf", personalDocument)},
	}))
	question, err := json.Marshal(map[string]string{"message": "Would Dr Whitfield treat a glioblastoma of mine?"})
	if err != nil {
		t.Fatal(err)
	}
	if response, answer, err := p.post("/api/v1/chat", "application/json", question); err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%v %s", err, answer)
	}
	return r
}

// located asks for the status page by case number and address.
func (p *process) located(t *testing.T, r receipt) bool {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.PostForm(p.url+"/en/follow-up", url.Values{"reference": {r.Reference}, "email": {strings.ToUpper(personalAddress)}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode == http.StatusSeeOther
}

var personalMarks = []string{"Zhanna", "Iskakova", "iskakova", "Whitfield", "whitfield", "glioblastoma", personalDocument}

// postgresFiles are the folders of a database and its log, written to the disk.
func postgresFiles(t *testing.T, url string) []string {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(`CHECKPOINT`); err != nil {
		t.Fatal(err)
	}
	var folder, oid string
	if err := db.QueryRow(`SELECT current_setting('data_directory'), (SELECT oid::text FROM pg_database WHERE datname = current_database())`).Scan(&folder, &oid); err != nil {
		t.Fatal(err)
	}
	return []string{filepath.Join(folder, "base", oid)}
}

// TestEncryption runs a naru with default settings, and one on PostgreSQL with
// keys: nothing that a person wrote can be read in any file, and every way to
// the inquiry works. Then the key is exchanged while it runs.
func TestEncryption(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			env, folders := environment(dir), []string{dir}
			if engine == "PostgreSQL" {
				database, keys := pgtest.URL(t), filepath.Join(t.TempDir(), "keys")
				runs(t, environment(dir), 0, "keys", "new", keys)
				runs(t, environment(dir), 2, "keys", "new", keys) // exists
				env = append(env, "NARU_DATABASE_URL="+database, "NARU_ENCRYPTION_KEYS_FILE="+keys)
				folders = append(folders, postgresFiles(t, database)...)
			}
			testEncryption(t, env, func() []string {
				if engine == "PostgreSQL" {
					postgresFiles(t, strings.TrimPrefix(env[len(env)-2], "NARU_DATABASE_URL="))
				}
				var found []string
				for _, folder := range folders {
					found = append(found, holding(t, folder, personalMarks...)...)
				}
				return found
			})
		})
	}
}

func testEncryption(t *testing.T, env []string, readable func() []string) {
	p := start(t, env)
	waitFor(t, 10*time.Second, "the start tells", func() bool { return strings.Contains(p.output(), "AES-256-GCM, keys in ") })
	first := p.confide(t)
	delivered := func(n int) {
		t.Helper()
		waitFor(t, 30*time.Second, "mails are caught", func() bool {
			out, _ := run(t, env, "reconcile", "--json")
			var b struct{ Deliveries struct{ Delivered int } }
			return json.Unmarshal([]byte(out), &b) == nil && b.Deliveries.Delivered == n
		})
	}
	delivered(2)
	if found := readable(); len(found) > 0 {
		t.Errorf("readable while running: %v", found)
	}
	works := func(all ...receipt) {
		t.Helper()
		for _, r := range all {
			if p.status(pathOf(t, r)) != http.StatusOK || !p.located(t, r) {
				t.Errorf("case %s is not found", r.Reference)
			}
		}
	}
	works(first)

	runs(t, env, 0, "keys", "list")
	runs(t, env, 0, "keys", "rotate")
	runs(t, env, 3, "keys", "list")
	runs(t, env, 0, "keys", "reencrypt")
	works(first) // by a program that has not been restarted
	p.terminate(t)
	p = start(t, env)
	second := p.confide(t)
	delivered(4)
	works(first, second)
	lines := regexp.MustCompile(`(?m)^(\d+) +(yes)? +(\d+)$`).FindAllStringSubmatch(runs(t, env, 0, "keys", "list"), -1)
	if len(lines) != 2 || lines[0][2] != "" || lines[1][2] != "yes" {
		t.Fatalf("keys: %q", lines)
	}
	runs(t, env, 2, "keys", "remove", lines[1][1]) // the primary one
	runs(t, env, 0, "keys", "remove", lines[0][1])
	runs(t, env, 2, "keys", "use", lines[0][1]) // unknown now
	p.terminate(t)
	p = start(t, env)
	works(first, second)
	p.terminate(t)
	if found := readable(); len(found) > 0 {
		t.Errorf("readable after the end: %v", found)
	}
	reconciled(t, env)
}

// TestWrongKeysStopTheStart takes the keys away from a database, and gives it
// others: naru says so and changes nothing.
func TestWrongKeysStopTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := environment(dir)
	p := start(t, env)
	r := p.confide(t)
	p.terminate(t)
	backup := filepath.Join(t.TempDir(), "naru.gz")
	runs(t, env, 0, "backup", backup)
	file := filepath.Join(dir, "naru.db")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	keys, aside := filepath.Join(dir, "naru.keys"), filepath.Join(t.TempDir(), "keys")
	if err := os.Rename(keys, aside); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other")
	runs(t, env, 0, "keys", "new", other)
	for name, settings := range map[string][]string{
		"missing": env,
		"off":     append(env, "NARU_ENCRYPTION_KEYS=none"),
		"wrong":   append(env, "NARU_ENCRYPTION_KEYS_FILE="+other),
	} {
		for _, command := range [][]string{nil, {"migrate"}, {"backup", "-"}, {"erase", r.Reference, "--yes", r.Reference}, {"keys", "reencrypt"}} {
			if out := runs(t, settings, 2, command...); !strings.Contains(out, "nothing was changed") {
				t.Errorf("%s: naru %v says:\n%s", name, command, out)
			}
		}
	}
	if _, err := os.Stat(keys); err == nil {
		t.Error("new keys were made beside an encrypted database")
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the database was changed: %v", err)
	}
	// The backup opens without them.
	elsewhere := environment(t.TempDir())
	runs(t, elsewhere, 0, "restore", backup)
	q := start(t, elsewhere)
	if !q.located(t, r) {
		t.Error("the restored case is not found")
	}
	if err := os.Rename(aside, keys); err != nil {
		t.Fatal(err)
	}
	p = start(t, env)
	if !p.located(t, r) {
		t.Error("the case is not found with its keys")
	}
}
