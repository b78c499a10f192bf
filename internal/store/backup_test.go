package store_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"naru/internal/naru"
	"naru/internal/store"
	"naru/internal/store/pgtest"
)

// eventful fills a store with everything that tables can hold.
func eventful(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	binary := make([]byte, store.MaxChunkBytes)
	if _, err := rand.NewChaCha8([32]byte{}).Read(binary); err != nil {
		t.Fatal(err)
	}
	binary[255] = 1
	document := naru.Attachment{ID: "document", Name: "снимок \u202e.dcm", Type: "application/dicom", SHA256: "00", Secret: "s", CreatedAt: now}
	ok(s.CreateAttachment(ctx, document))
	ok(s.CreateAttachment(ctx, naru.Attachment{ID: "unfinished", CreatedAt: now}))
	for n := range 3 {
		ok(s.AppendChunk(ctx, "document", n, binary))
	}
	document.Size = 3 * int64(len(binary))
	ok(s.CompleteAttachment(ctx, document))
	ok(s.CountMiss(ctx, naru.Miss{Language: "ko", Kind: "declined", Question: "…<b>&", Words: "낱말", LastAt: now}))
	ok(s.SaveConversation(ctx, naru.ConversationStep{ID: "c", State: []byte("{}"), Expires: now.Add(time.Hour), ReplyID: "r", Number: 1}))
	for n := range 40 {
		a := inquiry("old", n)
		if n == 0 {
			a.Inquiry.Attachments = []naru.Attachment{document}
		}
		_, _, err := s.Accept(ctx, a)
		ok(err)
	}
	claim := func(id string) naru.Delivery {
		d, err := s.ClaimDelivery(ctx, naru.Claim{Dispatch: naru.Dispatch{DeliveryID: id}, Worker: "w", Now: now, LeaseUntil: now.Add(time.Hour)})
		ok(err)
		return d
	}
	finish := func(d naru.Delivery, outcome naru.Outcome, state naru.DeliveryState, notice *naru.Delivery) {
		ok(s.FinishAttempt(ctx, naru.AttemptResult{DeliveryID: d.ID, Number: d.Attempt, Worker: "w", StartedAt: d.StartedAt, EndedAt: now, Outcome: outcome, State: state, Notice: notice}))
	}
	for n := range 20 {
		finish(claim(fmt.Sprintf("old-%06d-t", n)), naru.OutcomeDelivered, naru.StateDelivered, nil)
	}
	finish(claim("old-000030-a"), naru.OutcomePermanent, naru.StateDead, &naru.Delivery{ID: "notice", MessageID: "notice"})
	claim("old-000031-a")
	ok(s.MarkQueued(ctx, "epoch", []naru.Queued{{Dispatch: naru.Dispatch{DeliveryID: "old-000032-a"}, Sequence: 9}}))
	_, err := s.EraseInquiry(ctx, "old-000033", now)
	ok(err)
}

// contents reads a whole table as text, in a fixed order.
func contents(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		var line []string
		for i, column := range columns {
			value := *values[i].(*any)
			if b, ok := value.(bool); ok { // a number in SQLite
				value = map[bool]int64{true: 1}[b]
			}
			line = append(line, fmt.Sprintf("%s=%v", column, value))
		}
		slices.Sort(line) // columns added by a migration stand last
		lines = append(lines, strings.Join(line, " "))
	}
	slices.Sort(lines)
	return lines
}

// TestBackupRestore moves everything between all pairs of engines, out of a
// database that is being written to.
func TestBackupRestore(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		eventful(t, s)
		if _, err := db.ExecContext(t.Context(), insertEarlierKey); err != nil {
			t.Fatal(err)
		}
		busy, stop := context.WithCancel(t.Context())
		var clients sync.WaitGroup
		for client := range 4 {
			clients.Go(func() {
				for n := 0; busy.Err() == nil; n++ {
					if _, _, err := s.Accept(t.Context(), inquiry(fmt.Sprint("busy", client), n)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		var under bytes.Buffer
		info, err := s.Backup(t.Context(), &under)
		stop()
		clients.Wait()
		if err != nil || !info.Account.Balanced() || info.Rows["inquiries"] < 40 || info.Rows["attachment_chunks"] != 3 {
			t.Fatalf("%+v; %v", info, err)
		}
		var quiet bytes.Buffer
		if info, err = s.Backup(t.Context(), &quiet); err != nil {
			t.Fatal(err)
		}
		for driver, url := range map[string]string{"sqlite": filepath.Join(t.TempDir(), "other.db"), "pgx": pgtest.URL(t)} {
			other := open(t, store.Options{URL: url, Clock: time.Now})
			restored, err := other.Restore(t.Context(), bytes.NewReader(under.Bytes()), false)
			if err != nil || !restored.Account.Balanced() || restored.Account.Deliveries.Total() != restored.Account.Expected {
				t.Fatalf("under load into %s: %+v; %v", driver, restored, err)
			}
			if _, err := other.Restore(t.Context(), bytes.NewReader(quiet.Bytes()), false); !naru.IsKind(err, naru.KindConflict) {
				t.Fatalf("into a database in use: %v", err)
			}
			restored, err = other.Restore(t.Context(), bytes.NewReader(quiet.Bytes()), true)
			if err != nil || !restored.Account.Balanced() || fmt.Sprint(restored.Rows) != fmt.Sprint(info.Rows) || restored.Engine != s.Dialect() {
				t.Fatalf("in place of another into %s: %+v; %v", driver, restored, err)
			}
			sameContents(t, s, db, other, driver, url)
			inFlight(t, other)
		}
	})
}

const insertEarlierKey = `INSERT INTO earlier_keys (idempotency_key, body_digest, inquiry_id, created_us) VALUES ('earlier', 'digest', 'old-000000', 1)`

// sameContents compares what is not in flight.
func sameContents(t *testing.T, s *store.Store, db *sql.DB, other *store.Store, driver, url string) {
	t.Helper()
	copied, err := sql.Open(driver, url)
	if err != nil {
		t.Fatal(err)
	}
	defer copied.Close()
	for _, query := range []string{
		`SELECT * FROM inquiries`, `SELECT * FROM earlier_keys`, `SELECT * FROM attachments`, `SELECT * FROM attachment_chunks`,
		`SELECT * FROM counters`, `SELECT * FROM chat_misses`, `SELECT * FROM attempts WHERE outcome <> 'started' AND reply <> 'restored'`,
		`SELECT * FROM deliveries WHERE finished_us <> 0`, `SELECT id, inquiry_id, message_id, attempt, created_us FROM deliveries`,
	} {
		if before, after := contents(t, db, query), contents(t, copied, query); !slices.Equal(before, after) || len(before) == 0 {
			t.Errorf("%s: %d rows became %d, or others", query, len(before), len(after))
		}
	}
	var chunks []int
	err = other.AttachmentChunks(t.Context(), "document", func(b []byte) error {
		chunks = append(chunks, len(b), int(b[255]))
		return nil
	})
	if err != nil || fmt.Sprint(chunks) != fmt.Sprint([]int{store.MaxChunkBytes, 1, store.MaxChunkBytes, 1, store.MaxChunkBytes, 1}) {
		t.Errorf("document: %v; %v", chunks, err)
	}
	if _, err := s.InquiryByReference(t.Context(), "old-000000"); err != nil {
		t.Error(err)
	}
}

// inFlight checks that everything that was on its way is due.
func inFlight(t *testing.T, s *store.Store) {
	t.Helper()
	for id, attempts := range map[string]int{"old-000031-a": 1, "old-000032-a": 0} {
		d, err := s.Delivery(t.Context(), id)
		if err != nil || d.State != naru.StatePending || d.Attempt != attempts || d.NextAttemptAt.After(time.Now()) || d.GiveUpAt.Before(time.Now().Add(naru.GiveUpAfter-time.Minute)) {
			t.Errorf("%+v; %v", d, err)
		}
	}
	attempts, err := s.Attempts(t.Context(), "old-000031-a")
	if err != nil || len(attempts) != 1 || attempts[0].Outcome != naru.OutcomeUnknown {
		t.Errorf("%+v; %v", attempts, err)
	}
}

// rewrite changes the lines of a backup.
func rewrite(t *testing.T, backup []byte, change func(lines []string) []string) []byte {
	t.Helper()
	packed, err := gzip.NewReader(bytes.NewReader(backup))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	fmt.Fprint(w, strings.Join(change(strings.Split(strings.TrimSpace(string(text)), "\n")), "\n"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var schema = regexp.MustCompile(`"schema":[0-9]+`)

// withoutColumns leaves out columns that later migrations brought.
func withoutColumns(t *testing.T, lines []string, later ...string) []string {
	t.Helper()
	var keep []int
	encode := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for i, line := range lines {
		var table struct {
			Table   string   `json:"table"`
			Columns []string `json:"columns"`
			Types   []string `json:"types"`
		}
		var cells []json.RawMessage
		switch {
		case json.Unmarshal([]byte(line), &table) == nil && table.Table != "":
			keep = nil
			for n, column := range table.Columns {
				if !slices.Contains(later, column) {
					keep = append(keep, n)
				}
			}
			for to, from := range keep {
				table.Columns[to], table.Types[to] = table.Columns[from], table.Types[from]
			}
			table.Columns, table.Types = table.Columns[:len(keep)], table.Types[:len(keep)]
			lines[i] = encode(table)
		case json.Unmarshal([]byte(line), &cells) == nil:
			var left []json.RawMessage
			for _, n := range keep {
				left = append(left, cells[n])
			}
			lines[i] = encode(left)
		}
	}
	return lines
}

// TestRestoreOldBackup restores what a program wrote that knew two migrations.
func TestRestoreOldBackup(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, db *sql.DB) {
		for n := range 5 {
			if _, _, err := s.Accept(t.Context(), inquiry("old", n)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.ExecContext(t.Context(), insertEarlierKey); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := s.Backup(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		old := rewrite(t, b.Bytes(), func(lines []string) []string {
			lines[0] = schema.ReplaceAllString(lines[0], `"schema":2`)
			for i := range lines {
				lines[i] = strings.ReplaceAll(lines[i], `"earlier_keys"`, `"idempotency_keys"`)
			}
			return withoutColumns(t, lines, "erased_us", "key_id", "started_us")
		})
		info, err := s.Restore(t.Context(), bytes.NewReader(old), true)
		if err != nil || info.Schema != 2 || !info.Account.Balanced() || info.Account.Inquiries[naru.KindPatient] != 5 {
			t.Fatalf("%+v; %v", info, err)
		}
		again := inquiry("again", 1)
		again.Key, again.BodyDigest = "earlier", "digest"
		if first, found, err := s.Replay(t.Context(), again); err != nil || !found || first.ID != "old-000000" {
			t.Errorf("the key of before: %s, %v, %v", first.ID, found, err)
		}
		if v, err := s.SchemaVersion(t.Context()); err != nil || v < 3 {
			t.Errorf("version %d; %v", v, err)
		}
	})
}

// TestRestoreRefuses checks that a file that is not whole, or not ours, changes
// nothing.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	s := open(t, store.Options{URL: filepath.Join(t.TempDir(), "naru.db"), Clock: time.Now})
	if _, err := s.Backup(t.Context(), io.Discard); !naru.IsKind(err, naru.KindConflict) {
		t.Errorf("backup without tables: %v", err)
	}
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventful(t, s)
	var b bytes.Buffer
	if _, err := s.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	replace := func(from, to string) []byte {
		changed := false
		out := rewrite(t, whole, func(lines []string) []string {
			for i := range lines {
				if strings.Contains(lines[i], from) && !changed {
					lines[i], changed = strings.Replace(lines[i], from, to, 1), true
				}
			}
			return lines
		})
		if !changed {
			t.Fatalf("no line has %s", from)
		}
		return out
	}
	drop := func(prefix string) []byte {
		return rewrite(t, whole, func(lines []string) []string {
			i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, prefix) })
			return slices.Delete(lines, i, i+1)
		})
	}
	bad := map[string][]byte{
		"empty":          nil,
		"no backup":      []byte("SQLite format 3"),
		"another format": replace("naru backup", "other backup"),
		"from the future": rewrite(t, whole, func(lines []string) []string {
			return append([]string{schema.ReplaceAllString(lines[0], `"schema":99`)}, lines[1:]...)
		}),
		"unknown table":  replace(`"table":"chat_misses"`, `"table":"sqlite_master"`),
		"unknown column": replace(`"misses"`, `"misses) --"`),
		"a row less":     drop(`["old-000007"`),
		"without end":    drop(`{"end"`),
		"short row":      replace(`["old-000007-t",`, `[`),
		"type":           replace(`["old-000007-t",`, `[7,`),
		"more after":     rewrite(t, whole, func(lines []string) []string { return append(lines, "{}") }),
	}
	for _, cut := range []int{1, 100, len(whole) / 2, len(whole) - 20, len(whole) - 1} {
		bad[fmt.Sprint("cut at ", cut)] = whole[:cut]
		flipped := slices.Clone(whole)
		flipped[cut] ^= 0x10
		bad[fmt.Sprint("flipped at ", cut)] = flipped
	}
	delete(bad, "flipped at 1")
	for name, file := range bad {
		if _, err := s.Restore(t.Context(), bytes.NewReader(file), true); !naru.IsKind(err, naru.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r, err := s.Reconcile(t.Context()); err != nil || !r.Balanced() || r.Inquiries[naru.KindPatient] != 40 {
		t.Errorf("after refusals: %+v; %v", r, err)
	}
}
