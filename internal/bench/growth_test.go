package bench

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"naru/internal/naru"
	"naru/internal/store"
	"naru/internal/store/pgtest"
)

var (
	sizes   = flag.String("sizes", "1000,10000,100000,1000000", "how many inquiries are stored when Growth measures")
	engines = flag.String("engines", "sqlite,postgres", "which databases Growth measures")
)

// BenchmarkGrowth measures how the store's work grows with what is stored, from
// a thousand inquiries to a million: it makes rows in bulk, nearly all of them
// delivered, and measures at each size.
func BenchmarkGrowth(b *testing.B) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "\ndatabase\tstored\taccepted /s\tlook-up µs\tlists µs\treconcile ms\tper 1,000 ms\tmade in s\n")
	for engine := range strings.SplitSeq(*engines, ",") {
		b.Run(engine, func(b *testing.B) {
			url, driver := filepath.Join(b.TempDir(), "naru.db"), "sqlite"
			if engine == "postgres" {
				url, driver = pgtest.URL(b), "pgx"
				pgtest.Durable(b, url)
			}
			s := openStore(b, url, 256, nil)
			db := openRaw(b, driver, url)
			have := 0
			var numbers atomic.Int64
			numbers.Store(1e12) // beyond those made in bulk
			for text := range strings.SplitSeq(*sizes, ",") {
				size, err := strconv.Atoi(strings.TrimSpace(text))
				if err != nil || size < have {
					b.Fatalf("-sizes must be numbers that grow: %q", *sizes)
				}
				begin := time.Now()
				grow(b, db, have, size)
				if driver == "pgx" { // as its own cleaning would have long since
					if _, err := db.Exec(`VACUUM ANALYZE`); err != nil {
						b.Fatal(err)
					}
				}
				made := time.Since(begin)
				have = size
				lookUp := timed(b, *slice/2, func() error { return statusPage(s, rand.IntN(size)) })
				lists := timed(b, *slice/2, func() error { return list(s) })
				begin = time.Now()
				account, err := s.Reconcile(context.Background())
				if err != nil || !account.Balanced() {
					b.Fatalf("reconcile: %v, %+v", err, account)
				}
				reconciled := float64(time.Since(begin)) / float64(time.Millisecond)
				accepted := storePerSecond(b, s, *slice, &numbers)
				deliver(b, db)
				fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", engine, size, short(accepted), short(lookUp), short(lists), short(reconciled), short(reconciled/float64(size)*1000), short(made.Seconds()))
				b.ReportMetric(lookUp, fmt.Sprintf("lookup_µs_at_%d", size))
			}
		})
	}
	fmt.Fprintf(os.Stdout, "\n%s\n", machine())
	if err := table.Flush(); err != nil {
		b.Fatal(err)
	}
	b.Log("a look-up is that of a status page; lists are dead letters, tally, what is due and what waits longest")
}

// openRaw is a second way into the database. It does not sync: rows made in
// bulk may be lost with the machine.
func openRaw(b *testing.B, driver, url string) *sql.DB {
	b.Helper()
	if driver == "sqlite" {
		url = "file:" + url + "?_pragma=busy_timeout(60000)&_pragma=synchronous(OFF)&_pragma=cache_size(-200000)&_txlock=immediate"
	}
	db, err := sql.Open(driver, url)
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { _ = db.Close() })
	return db
}

// batch is how many inquiries are made with one statement.
const batch = 20_000

// grow makes inquiries from number `from` on: each with two mails delivered at
// the first attempt, one in a thousand with a dead one. Their contents are as
// large as real ones and the same.
func grow(b *testing.B, db *sql.DB, from, to int) {
	b.Helper()
	const day, start = int64(24 * time.Hour / time.Microsecond), int64(1_767_225_600_000_000)
	body := strings.Repeat("x", 1200)
	for ; from < to; from += batch {
		until := min(from+batch, to)
		numbers := fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT %d UNION ALL SELECT i + 1 FROM n WHERE i < %d) `, from, until-1)
		id := `('grow-' || substr(CAST(1000000000 + i AS TEXT), 2))`
		accepted := fmt.Sprintf(`%d + CAST(i AS BIGINT) * 1000000`, start)
		statements := []string{
			`INSERT INTO inquiries (id, reference, kind, language, country, team_id, accepted_us, deliveries_expected, body) ` + numbers +
				`SELECT ` + id + `, ` + id + `, 'patient', 'ru', 'KZ', 'international', ` + accepted + `, 2, '{"secret":"s","pad":"` + body + `"}' FROM n`,
		}
		for suffix, kind := range map[string]string{"-t": "team", "-a": "acknowledgement"} {
			state, outcome := `'delivered'`, `'delivered'`
			if kind == "acknowledgement" {
				state = `CASE WHEN i % 1000 = 0 THEN 'dead' ELSE 'delivered' END`
				outcome = `CASE WHEN i % 1000 = 0 THEN 'permanent' ELSE 'delivered' END`
			}
			statements = append(statements,
				`INSERT INTO deliveries (id, inquiry_id, kind, state, team_id, about, message_id, request_id, attempt, created_us, waiting_us, give_up_us, next_us, outcome, finished_us, announced) `+numbers+
					`SELECT `+id+` || '`+suffix+`', `+id+`, '`+kind+`', `+state+`, 'international', '', `+id+` || '`+suffix+`@naru.example', '', 1, `+accepted+`, `+accepted+`, `+accepted+fmt.Sprintf(` + %d`, 3*day)+`, 0, `+outcome+`, `+accepted+` + 100000, TRUE FROM n`,
				`INSERT INTO attempts (delivery_id, number, worker, started_us, ended_us, outcome, reply) `+numbers+
					`SELECT `+id+` || '`+suffix+`', 1, 'worker', `+accepted+`, `+accepted+` + 100000, `+outcome+`, '250' FROM n`)
		}
		dead := (until+999)/1000 - (from+999)/1000
		made := until - from
		for name, n := range map[string]int{"accepted_patient": made, "delivered": 2*made - dead, "dead": dead} {
			statements = append(statements, fmt.Sprintf(`INSERT INTO counters (name, shard, value) VALUES ('%s', 0, %d)
				ON CONFLICT (name, shard) DO UPDATE SET value = counters.value + excluded.value`, name, n))
		}
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		for _, statement := range statements {
			if _, err := tx.Exec(statement); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// deliver takes the mails of the inquiries accepted for measuring for sent, so
// that it is no backlog that the next size is measured with.
func deliver(b *testing.B, db *sql.DB) {
	b.Helper()
	result, err := db.Exec(`UPDATE deliveries SET state = 'delivered', outcome = 'delivered', finished_us = created_us WHERE state = 'pending'`)
	if err != nil {
		b.Fatal(err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		b.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE counters SET value = value + $1 WHERE name = 'delivered' AND shard = 0`, n); err != nil {
		b.Fatal(err)
	}
}

// timed repeats f for a while and returns the median in microseconds.
func timed(b *testing.B, d time.Duration, f func() error) float64 {
	b.Helper()
	var took []float64
	for end := time.Now().Add(d); time.Now().Before(end) || len(took) < 5; {
		begin := time.Now()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		took = append(took, float64(time.Since(begin))/float64(time.Microsecond))
	}
	return quantile(took, 0.5)
}

// statusPage reads what the page of the n-th inquiry needs.
func statusPage(s *store.Store, n int) error {
	in, err := s.InquiryByReference(context.Background(), naru.Reference(fmt.Sprintf("grow-%09d", n)))
	if err != nil {
		return err
	}
	deliveries, err := s.InquiryDeliveries(context.Background(), in.ID)
	if err == nil && len(deliveries) != 2 {
		err = fmt.Errorf("%d deliveries", len(deliveries))
	}
	return err
}

// list reads what operators and metrics ask for again and again.
func list(s *store.Store) error {
	ctx := context.Background()
	if _, err := s.DeadLetters(ctx, 100); err != nil {
		return err
	}
	if _, err := s.Tally(ctx); err != nil {
		return err
	}
	if _, err := s.OldestWaiting(ctx); err != nil {
		return err
	}
	_, err := s.DueDeliveries(ctx, time.Now(), 256)
	return err
}
