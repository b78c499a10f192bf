package e2e

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // driver "sqlite"

	"naru/internal/store/pgtest"
)

// TestFaultUpgrade starts the program on a database as an earlier release left
// it when it was killed at work. What had not been sent goes out, documents
// with it, and the status link given then still opens.
func TestFaultUpgrade(t *testing.T) {
	t.Parallel()
	for _, engine := range []struct {
		driver  string
		dialect goose.Dialect
	}{{"sqlite", goose.DialectSQLite3}, {"pgx", goose.DialectPostgres}} {
		t.Run(engine.driver, func(t *testing.T) {
			t.Parallel()
			relay, dir := startRelay(t), t.TempDir()
			env := environment(dir, "NARU_SMTP_URL="+relay.url())
			address := filepath.Join(dir, "naru.db")
			if engine.driver == "pgx" {
				address = pgtest.URL(t)
				env = append(env, "NARU_DATABASE_URL="+address)
			}
			leaveAtSchema3(t, engine.driver, engine.dialect, address)

			began := time.Now()
			n := newNode(t, env)
			mails := relay.wait(t, time.Minute, "what the earlier release had not sent", func(mails []caught) bool { return len(mails) >= 3 })
			s := &site{t: t, relay: relay, env: env}
			within(t, time.Minute, "the books are balanced and nothing waits", func() bool {
				b, balanced := s.reconcile()
				return balanced && b.Deliveries.Delivered == 4
			})
			want := map[string]string{ // recipients by case number
				"A99-F5W-EWA": "aigerim.nurlanova@post.example",
				"NJH-KK6-PRA": "",
			}
			letters := 0
			for _, m := range mails {
				if to, known := want[m.reference]; !known || strings.HasSuffix(m.to, "@cancer-center.example") {
					t.Errorf("a mail to %s about %q", m.to, m.reference)
				} else if m.to == to && !strings.HasPrefix(m.messageID, "01a200ba-d64e-7d9b-9732-06cee96d33a8@") {
					t.Errorf("the acknowledgement has another Message-ID: %s", m.messageID)
				}
				if strings.Contains(string(m.raw), "letter.pdf") {
					letters++
				}
			}
			if len(relay.taken()) != 3 || letters != 1 {
				t.Errorf("%d mails, %d with the document, want 3 and 1", len(relay.taken()), letters)
			}
			if status := n.status("/kk/inquiries/A99-F5W-EWA?key=Dz_YyHrh2cZBXgmIUSc29Jj_JL0"); status != 200 {
				t.Errorf("the status link answers %d", status)
			}
			report(t, result{
				part: "program", fault: "upgrade from schema 3 with mail on its way, " + engine.driver, faults: 1,
				inquiries: 2, mails: len(relay.taken()), drained: time.Since(began),
			})
		})
	}
}

// leaveAtSchema3 makes a database with the tables of schema 3 and what is in
// testdata, as if written a minute ago.
func leaveAtSchema3(t *testing.T, driver string, dialect goose.Dialect, address string) {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	migrations, err := goose.NewProvider(dialect, db, os.DirFS("../store/migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.UpTo(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile("testdata/schema3.sql")
	if err != nil {
		t.Fatal(err)
	}
	const written = 1795308574 // Unix seconds
	ago := time.Now().Add(-time.Minute)
	text := regexp.MustCompile(`\b1795\d{12}\b`).ReplaceAllStringFunc(string(content), func(micros string) string {
		n, _ := strconv.ParseInt(micros, 10, 64)
		return strconv.FormatInt(n+(ago.Unix()-written)*1e6, 10)
	})
	text = regexp.MustCompile(`"2026-11-2[\dT:.]+Z"`).ReplaceAllLiteralString(text, ago.UTC().Format(`"`+time.RFC3339Nano+`"`))
	if driver == "pgx" {
		text = regexp.MustCompile(`X'([0-9a-f]*)'`).ReplaceAllString(text, `'\x$1'`)
	}
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
}
