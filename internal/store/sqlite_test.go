package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/internal/naru"
	"naru/internal/store"
)

// crashVariable names, in the environment of a child process, the database
// that it writes to until it is killed.
const crashVariable = "NARU_STORE_TEST_CRASH"

// inquiry makes up the n-th inquiry of a test.
func inquiry(prefix string, n int) naru.Acceptance {
	id := fmt.Sprintf("%s-%06d", prefix, n)
	return naru.Acceptance{
		Inquiry: naru.Inquiry{
			ID: id, Reference: naru.Reference(id), Secret: "dGhpcyBpcyBhIHNlY3JldCB0aGF0IG5vYm9keSBrbm93cw", Kind: naru.KindPatient, Language: "ru",
			AcceptedAt: time.Now(), AnswerBy: time.Now(), RequestID: "018f2f2e-0000-7000-8000-000000000000", TeamID: "international", Rule: "patients",
			Contact: naru.Contact{Name: "Анна Ким", Email: "anna@mail.example", PhoneE164: "+77011234567", Country: "KZ"},
			Patient: &naru.Patient{
				Writer: "self", Name: "Анна Ким", BirthDate: "1980-01-02", Nationality: "KZ", Residence: "KZ", Email: "anna@mail.example",
				Treatment: strings.Repeat("химиотерапия, третий курс; ", 20),
			},
			Consents: []naru.Consent{{ID: "personal_information", Version: "1", SHA256: strings.Repeat("0", 64), Language: "ru", Granted: true, At: time.Now()}},
		},
		Deliveries: []naru.Delivery{
			{ID: id + "-t", Kind: naru.DeliveryTeam, TeamID: "international", MessageID: id + "-t@naru.example"},
			{ID: id + "-a", Kind: naru.DeliveryAcknowledgement, MessageID: id + "-a@naru.example"},
		},
		Key: id, BodyDigest: strings.Repeat("f", 64),
	}
}

// crash accepts inquiries and prints the id of each that is durable, until it
// is killed.
func crash(path string) {
	s, err := store.Open(context.Background(), store.Options{URL: path, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		panic(err)
	}
	if _, err := s.Migrate(context.Background()); err != nil {
		panic(err)
	}
	var output sync.Mutex
	for worker := range 16 {
		go func() {
			for n := 0; ; n++ {
				a := inquiry(fmt.Sprint("crash", worker), n)
				_, _, err := s.Accept(context.Background(), a)
				output.Lock()
				fmt.Println(a.Inquiry.ID, err)
				output.Unlock()
			}
		}()
	}
	select {}
}

// TestKilled kills a process in full flight: what it was told is durable is
// there, and whole.
func TestKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "naru.db")
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashVariable+"="+path)
	child.Stderr = os.Stderr
	pipe, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var durable []string
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		id, failure, complete := strings.Cut(lines.Text(), " ")
		if !complete {
			break // cut off by the kill
		}
		if failure != "<nil>" {
			t.Errorf("accept %s: %s", id, failure)
		}
		if durable = append(durable, id); len(durable) == 2000 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	child.Wait() // killed, as it should be
	if len(durable) < 2000 {
		t.Fatalf("the child ended after %d inquiries", len(durable))
	}
	checkDurable(t, path, durable)
}

// checkDurable opens a database as after a crash.
func checkDurable(t *testing.T, path string, durable []string) {
	t.Helper()
	s := open(t, store.Options{URL: path, Clock: time.Now})
	for _, id := range durable {
		if _, err := s.InquiryByID(t.Context(), id); err != nil {
			t.Fatalf("inquiry %s was durable: %v", id, err)
		}
	}
	r, err := s.Reconcile(t.Context())
	if err != nil || !r.Balanced() || r.Inquiries[naru.KindPatient] < int64(len(durable)) {
		t.Errorf("of %d durable: %+v; %v", len(durable), r, err)
	}
	var verdict string
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %s; %v", verdict, err)
	}
}

// TestCopiedWhileWriting copies the files at moments when transactions are
// under way, which is what a power cut leaves behind. As long as nothing was
// checkpointed the log only grows, and copying it takes a true prefix.
func TestCopiedWhileWriting(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "naru.db")
	s := open(t, store.Options{URL: path})
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var mutex sync.Mutex
	var durable []string
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for worker := range 4 {
		writers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				a := inquiry(fmt.Sprint("copy", worker), n)
				if _, _, err := s.Accept(t.Context(), a); err != nil {
					t.Error(err)
					return
				}
				mutex.Lock()
				durable = append(durable, a.Inquiry.ID)
				mutex.Unlock()
			}
		})
	}
	const checkpointBytes = 1000 * 4096 // SQLite's default
	copies := 0
	for size := int64(0); size < checkpointBytes/2; {
		mutex.Lock()
		before := append([]string(nil), durable...)
		mutex.Unlock()
		taken := filepath.Join(t.TempDir(), "naru.db")
		copyFile(t, path, taken)
		size = copyFile(t, path+"-wal", taken+"-wal")
		if size > checkpointBytes*9/10 {
			break
		}
		checkDurable(t, taken, before)
		copies++
	}
	close(stop)
	writers.Wait()
	if copies == 0 {
		t.Error("no copy was taken in time")
	}
}

func copyFile(t *testing.T, from, to string) int64 {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(out, in)
	if err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFileMode checks that nobody else can read what patients wrote.
func TestFileMode(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "data", "naru.db")
	s := open(t, store.Options{URL: "sqlite://" + path})
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]os.FileMode{filepath.Dir(path): 0o700, path: 0o600, path + "-wal": 0o600} {
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v; %v", file, info.Mode().Perm(), want, err)
		}
	}
}

// TestIndexesAreUsed checks the queries that run often: they must not read a
// whole table.
func TestIndexesAreUsed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "naru.db")
	s := open(t, store.Options{URL: path})
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, index := range map[string]string{
		`SELECT COUNT(*) FROM deliveries WHERE state = 'pending'`:                                                                               "deliveries_due",
		`SELECT COUNT(*) FROM deliveries WHERE state = 'queued'`:                                                                                "deliveries_queued",
		`SELECT COUNT(*) FROM deliveries WHERE state = 'sending'`:                                                                               "deliveries_leased",
		`SELECT id FROM deliveries WHERE state = 'pending' AND next_us <= 5 ORDER BY next_us LIMIT 9`:                                           "deliveries_due",
		`SELECT MIN(next_us) FROM deliveries WHERE state = 'pending'`:                                                                           "deliveries_due",
		`SELECT MIN(waiting_us) FROM deliveries WHERE state = 'pending'`:                                                                        "COVERING INDEX deliveries_due",
		`SELECT MIN(waiting_us) FROM deliveries WHERE state = 'queued'`:                                                                         "COVERING INDEX deliveries_queued",
		`SELECT MIN(waiting_us) FROM deliveries WHERE state = 'sending'`:                                                                        "COVERING INDEX deliveries_leased",
		`SELECT 1 FROM deliveries WHERE state = 'queued' AND (queued_epoch <> 'e' OR queued_seq < 1)`:                                           "deliveries_queued",
		`SELECT id FROM deliveries WHERE state = 'sending' AND lease_us <= 5`:                                                                   "deliveries_leased",
		`SELECT id FROM deliveries WHERE state = 'dead' AND NOT announced ORDER BY finished_us LIMIT 9`:                                         "deliveries_unannounced",
		`SELECT id FROM deliveries WHERE state = 'dead' ORDER BY finished_us DESC LIMIT 9`:                                                      "deliveries_dead",
		`SELECT id FROM deliveries WHERE inquiry_id = 'i'`:                                                                                      "deliveries_inquiry",
		`SELECT id FROM attachments WHERE inquiry_id IS NULL AND created_us < 5 ORDER BY created_us LIMIT 9`:                                    "attachments_orphans",
		`SELECT COUNT(*), SUM(size) FROM attachments WHERE client = 'c' AND created_us >= 5`:                                                    "attachments_client",
		`UPDATE deliveries SET attempt = v.column2 FROM (VALUES ('a', 1), ('b', 2)) AS v WHERE deliveries.id = v.column1 AND state = 'pending'`: "sqlite_autoindex_deliveries_1",
	} {
		rows, err := db.Query("EXPLAIN QUERY PLAN " + query)
		if err != nil {
			t.Fatal(err)
		}
		var plan []string
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			plan = append(plan, detail)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(plan, "; "); !strings.Contains(text, index) || strings.Contains(text, "TEMP B-TREE") {
			t.Errorf("%s\nplan: %s\nwant %s", query, text, index)
		}
	}
}
