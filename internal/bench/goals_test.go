package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"naru/config"
	"naru/internal/app"
	"naru/internal/chat"
	"naru/internal/keyring"
	"naru/internal/store/pgtest"
)

// BenchmarkGoals measures ceilings and program turn by turn and prints the
// ratios. It measures by itself how long it takes: b.N counts for nothing.
func BenchmarkGoals(b *testing.B) {
	f := figures{}
	binary, size := build(b)
	f.add("binary MB", float64(size)/1e6)
	r := startRelay(b)
	var steps []func()
	steps = append(steps, ceilings(b, f, r)...)
	steps = append(steps, wholeProgram(b, f, r, binary, "SQLite", "")...)
	steps = append(steps, chatAnswers(b, f)...)
	b.Run("", func(b *testing.B) { steps = append(steps, postgres(b, f, r, binary)...); runRounds(b, steps) })
	startUps(b, f, r, binary)
	memory(b, f, r, binary)
	report(os.Stdout, f, goalsOf(b, f))
}

// runRounds takes the steps in turn, so that a busy neighbour is unfair to all
// alike.
func runRounds(b *testing.B, steps []func()) {
	for range *rounds {
		for _, step := range steps {
			if b.Failed() {
				b.FailNow()
			}
			step()
			<-time.After(200 * time.Millisecond) // what the last one left to do
		}
	}
}

// ceilings are the bare programs and the parts that are held against them.
func ceilings(b *testing.B, f figures, r *relay) []func() {
	body := formBody(b)
	gin, ask := startGin(b), request("/", body)
	bare := newBareSQLite(b, string(body))
	keys, err := keyring.New()
	if err != nil {
		b.Fatal(err)
	}
	single := openStore(b, filepath.Join(b.TempDir(), "single.db"), 1, keys)
	grouped := openStore(b, filepath.Join(b.TempDir(), "grouped.db"), 256, keys)
	readable := openStore(b, filepath.Join(b.TempDir(), "readable.db"), 256, nil)
	sender := newSender(b, r)
	var numbers atomic.Int64
	return []func(){
		func() {
			perSecond, _ := hammer(b, gin, 202, clients, *slice, func(int64) []byte { return ask })
			f.add("ceiling: gin, bind, validate /s", perSecond)
		},
		func() { f.add("ceiling: SQLite, group commit /s", bare.perSecond(b, *slice)) },
		func() { f.add("ceiling: SMTP kept, NOOP and RSET /s", keptMails(b, r, false, *slice)) },
		func() { f.add("ceiling: SMTP kept, lean /s", keptMails(b, r, true, *slice)) },
		func() { f.add("store: SQLite, one by one /s", storePerSecond(b, single, *slice, &numbers)) },
		func() {
			// In short turns: what the disk does meanwhile makes more of a difference
			// than encryption.
			const turns = 8
			var sealed, plain float64
			for range turns {
				sealed += storePerSecond(b, grouped, *slice/turns, &numbers) / turns
				plain += storePerSecond(b, readable, *slice/turns, &numbers) / turns
			}
			f.add("store: SQLite, grouped /s", sealed)
			f.add("store: SQLite, grouped, not encrypted /s", plain)
		},
		func() { f.add("mails handed over /s", sentMails(b, sender, *slice)) },
	}
}

// nobody is a relay that is away: what is accepted waits, and the program does
// nothing but accept.
const nobody = "NARU_SMTP_URL=smtp://127.0.0.1:1?tls=none"

// wholeProgram measures naru, all in one. With a database URL it is the one
// used.
func wholeProgram(b *testing.B, f figures, r *relay, binary, engine, url string, settings ...string) []func() {
	database := func(url string) []string {
		if url == "" {
			return settings
		}
		return append(settings, "NARU_DATABASE_URL="+url)
	}
	sending := startProgram(b, binary, b.TempDir(), append(database(url), "NARU_SMTP_URL="+r.url(), broker(b, engine))...)
	if engine == "PostgreSQL" {
		url = pgtest.URL(b)
	}
	accepting := startProgram(b, binary, b.TempDir(), append(database(url), nobody, broker(b, engine))...)
	body := accepting.patient(b)
	steps := []func(){
		func() {
			perSecond, _ := accepting.accept(b, body, 2**slice)
			f.add("naru on "+engine+": accepted /s", perSecond)
		},
		func() { f.add("naru on "+engine+": sustained /s", sending.sustain(b, r, body, 2**slice)) },
	}
	if engine == "PostgreSQL" {
		return steps
	}
	return append(steps,
		func() {
			f.add("naru: mails to a relay of 50 ms /s", sending.slowMails(b, r, body, 50*time.Millisecond, 2**slice))
		},
		func() {
			for _, ms := range sending.latencies(b, r, body, 4**slice) {
				f.add("naru: request to mail at 20/s ms", ms)
			}
		})
}

// broker is the setting that names the broker of one program. Where the database
// is a server of its own, the broker is one, too: those who run the one run the
// other.
func broker(b *testing.B, engine string) string {
	b.Helper()
	if engine != "PostgreSQL" {
		return "NARU_NATS_URL="
	}
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: b.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		b.Fatal(err)
	}
	s.Start()
	b.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(10 * time.Second) {
		b.Fatal("the broker does not start")
	}
	return "NARU_NATS_URL=" + s.ClientURL()
}

// postgres measures store and program on PostgreSQL; nothing where there is
// none.
func postgres(b *testing.B, f figures, r *relay, binary string) []func() {
	url := pgtest.URL(b)
	pgtest.Durable(b, url)
	keys, err := keyring.New()
	if err != nil {
		b.Fatal(err)
	}
	text, err := keys.Text()
	if err != nil {
		b.Fatal(err)
	}
	bare := newBarePostgres(b, url, string(formBody(b)))
	single, grouped := openStore(b, pgtest.URL(b), 1, keys), openStore(b, pgtest.URL(b), 256, keys)
	var numbers atomic.Int64
	return append([]func(){
		func() { f.add("ceiling: PostgreSQL, group commit by COPY /s", bare.perSecond(b, *slice)) },
		func() { f.add("store: PostgreSQL, one by one /s", storePerSecond(b, single, *slice, &numbers)) },
		func() { f.add("store: PostgreSQL, grouped /s", storePerSecond(b, grouped, *slice, &numbers)) },
	}, wholeProgram(b, f, r, binary, "PostgreSQL", pgtest.URL(b), "NARU_ENCRYPTION_KEYS="+text)...)
}

// chatAnswers asks the questions of the chat's own tests.
func chatAnswers(b *testing.B, f figures) []func() {
	c := config.Default()
	assets, err := app.LoadAssets(c)
	if err != nil {
		b.Fatal(err)
	}
	bot, err := app.NewBot(c, assets, false, nil, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	var questions []chat.Question
	files, err := filepath.Glob("../chat/testdata/questions/*.jsonl")
	if err != nil || len(files) == 0 {
		b.Fatalf("no questions: %v", err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			b.Fatal(err)
		}
		for lines := bufio.NewScanner(file); lines.Scan(); {
			var q struct{ Question, Lang string }
			if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
				b.Fatal(err)
			}
			questions = append(questions, chat.Question{Message: q.Question, Language: q.Lang})
		}
		_ = file.Close()
	}
	next := 0
	return []func(){func() {
		for end := time.Now().Add(*slice); time.Now().Before(end); next++ {
			begin := time.Now()
			if _, err := bot.Reply(context.Background(), questions[next%len(questions)]); err != nil {
				b.Fatal(err)
			}
			f.add("chat: answer µs", float64(time.Since(begin))/float64(time.Microsecond))
		}
	}}
}

// startUps starts the program in a new folder and in one that is there.
func startUps(b *testing.B, f figures, r *relay, binary string) {
	for range *rounds {
		dir := b.TempDir()
		for _, name := range []string{"start: new folder ms", "start: again ms"} {
			p := startProgram(b, binary, dir, "NARU_SMTP_URL="+r.url())
			f.add(name, float64(p.took)/float64(time.Millisecond))
			p.stop(b)
		}
	}
}

// memory is what the program holds after ten thousand inquiries, mailed.
func memory(b *testing.B, f figures, r *relay, binary string) {
	const inquiries = 10_000
	p := startProgram(b, binary, b.TempDir(), "NARU_SMTP_URL="+r.url())
	f.add("memory: idle MB", p.resident(b))
	before := r.took.Load()
	p.post(b, p.patient(b), inquiries)
	await(b, "all mails are out", func() bool { return r.took.Load()-before >= 2*inquiries })
	f.add("memory: after 10,000 inquiries MB", p.resident(b))
	p.stop(b)
}

// goalsOf holds the medians against what they are held to.
func goalsOf(b *testing.B, f figures) []goal {
	gin, smtp := f.median("ceiling: gin, bind, validate /s"), f.median("ceiling: SMTP kept, lean /s")
	possible := func(commit float64) (accepted, sustained float64) {
		accepted = 1 / (1/gin + 1/commit)
		return accepted, 1 / (1/accepted + 2/smtp)
	}
	var goals []goal
	add := func(name string, got float64, unit string, want float64, atMost bool, against string) {
		goals = append(goals, goal{name, got, unit, want, atMost, against})
		b.ReportMetric(got, metric(name))
	}
	for _, engine := range []struct {
		name, ceiling string
		of            float64
	}{{"SQLite", "ceiling: SQLite, group commit /s", 1}, {"PostgreSQL", "ceiling: PostgreSQL, group commit by COPY /s", 0.9}} {
		if f.median(engine.ceiling) == 0 {
			continue
		}
		h, e := possible(f.median(engine.ceiling))
		add(engine.name+": accepted", f.median("naru on "+engine.name+": accepted /s")/h, "of H", 0.75*engine.of, false, "H = "+short(h)+"/s, from gin and group commit")
		add(engine.name+": sustained", f.median("naru on "+engine.name+": sustained /s")/e, "of E", 0.60*engine.of, false, "E = "+short(e)+"/s, from H and two mails")
		add(engine.name+": group commit", f.median("store: "+engine.name+", grouped /s")/f.median("store: "+engine.name+", one by one /s"), "x", 5, false, "one by one")
	}
	add("encryption", f.median("store: SQLite, grouped /s")/f.median("store: SQLite, grouped, not encrypted /s"), "x", 0.9, false, "the store without keys")
	add("mails", f.median("mails handed over /s")/f.median("ceiling: SMTP kept, NOOP and RSET /s"), "x", 1, false, "kept connections with NOOP and RSET")
	add("mails, 50 ms", f.median("naru: mails to a relay of 50 ms /s")/(connections/0.050), "x", 0.9, false, "8 connections / 50 ms")
	latencies := f["naru: request to mail at 20/s ms"]
	add("request to mail, p50", quantile(latencies, 0.5), "ms", 5, true, "at 20 inquiries a second")
	add("request to mail, p99", quantile(latencies, 0.99), "ms", 10, true, "")
	add("chat answer, median", f.median("chat: answer µs"), "µs", 200, true, "in process")
	add("memory", f.median("memory: after 10,000 inquiries MB"), "MB", 100, true, "resident, all in one")
	return goals
}

// metric is a name as the testing package wants it.
func metric(name string) string {
	out := []rune(name)
	for i, r := range out {
		if r == ' ' || r == ',' || r == ':' {
			out[i] = '_'
		}
	}
	return string(out)
}
