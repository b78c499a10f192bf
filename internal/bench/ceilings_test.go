package bench

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/textproto"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/jackc/pgx/v5"

	"naru/internal/mail"
	"naru/internal/naru"
	"naru/internal/store"
)

// form has the 23 fields of the patient form with rules of the validator alone.
type form struct {
	Kind         string `json:"kind" binding:"required,oneof=patient partner"`
	Language     string `json:"language" binding:"required,bcp47_language_tag"`
	Writer       string `json:"writer" binding:"required,oneof=self family agency physician"`
	Name         string `json:"name" binding:"required,max=120"`
	BirthDate    string `json:"birth_date" binding:"required,datetime=2006-01-02"`
	Nationality  string `json:"nationality" binding:"required,iso3166_1_alpha2"`
	Residence    string `json:"residence" binding:"required,iso3166_1_alpha2"`
	Email        string `json:"email" binding:"required,email,max=254"`
	Purpose      string `json:"purpose" binding:"required,oneof=appointment second_opinion checkup cost_estimate other"`
	Complaint    string `json:"complaint" binding:"required,max=5000"`
	Sex          string `json:"sex" binding:"omitempty,oneof=female male other undisclosed"`
	Phone        string `json:"phone" binding:"max=40"`
	Messenger    string `json:"messenger" binding:"max=120"`
	Department   string `json:"department" binding:"max=60"`
	PreferredMin string `json:"preferred_from" binding:"omitempty,datetime=2006-01-02"`
	PreferredMax string `json:"preferred_to" binding:"omitempty,datetime=2006-01-02"`
	Treatment    string `json:"treatment" binding:"max=5000"`
	ReferredBy   string `json:"referred_by" binding:"max=200"`
	Payment      string `json:"payment" binding:"omitempty,oneof=self insurer embassy other"`
	Payer        string `json:"payer" binding:"max=200"`
	Arrival      string `json:"arrival" binding:"omitempty,datetime=2006-01-02"`
	Interpreter  string `json:"interpreter" binding:"max=10"`
	HeardFrom    string `json:"heard_from" binding:"max=20"`
}

// startGin serves nothing but the form, bound and validated.
func startGin(b *testing.B) (addr string) {
	b.Helper()
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.POST("/", func(c *gin.Context) {
		var f form
		if err := c.ShouldBindJSON(&f); err != nil {
			c.Status(http.StatusBadRequest)
			return
		}
		c.JSON(http.StatusAccepted, gin.H{"reference": "K7Q-X3M-9A4"})
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: engine, ReadHeaderTimeout: time.Minute}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			b.Error(err)
		}
	}()
	b.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

// bareWriter is the least that makes an inquiry with two mails durable: one
// goroutine that commits whatever waits.
type bareWriter struct {
	// write commits n inquiries.
	write   func(n int) error
	numbers atomic.Int64
}

var bareTables = []string{
	`CREATE TABLE inquiries (id TEXT NOT NULL PRIMARY KEY, reference TEXT NOT NULL UNIQUE, accepted_us BIGINT NOT NULL, body TEXT NOT NULL)`,
	`CREATE TABLE outbox (id TEXT NOT NULL PRIMARY KEY, inquiry_id TEXT NOT NULL, next_us BIGINT NOT NULL)`,
	`CREATE INDEX outbox_due ON outbox (next_us)`,
}

// newBareSQLite uses prepared statements.
func newBareSQLite(b *testing.B, body string) *bareWriter {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	for _, text := range bareTables {
		if _, err := db.Exec(text); err != nil {
			b.Fatal(err)
		}
	}
	inquiries, err1 := db.Prepare(`INSERT INTO inquiries (id, reference, accepted_us, body) VALUES ($1, $2, $3, $4)`)
	outbox, err2 := db.Prepare(`INSERT INTO outbox (id, inquiry_id, next_us) VALUES ($1, $2, $3), ($4, $2, $3)`)
	if err := errors.Join(err1, err2); err != nil {
		b.Fatal(err)
	}
	w := &bareWriter{}
	w.write = func(n int) error {
		tx, err := db.Begin()
		if err != nil {
			return err
		}
		inquiries, outbox := tx.Stmt(inquiries), tx.Stmt(outbox)
		for range n {
			id, now := fmt.Sprintf("%036d", w.numbers.Add(1)), time.Now().UnixMicro()
			_, err1 := inquiries.Exec(id, id, now, body)
			_, err2 := outbox.Exec(id+"-t", id, now, id+"-a")
			if err := errors.Join(err1, err2); err != nil {
				return errors.Join(err, tx.Rollback())
			}
		}
		return tx.Commit()
	}
	return w
}

// newBarePostgres uses COPY.
func newBarePostgres(b *testing.B, url, body string) *bareWriter {
	b.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(ctx) })
	for _, text := range bareTables {
		if _, err := conn.Exec(ctx, text); err != nil {
			b.Fatal(err)
		}
	}
	w := &bareWriter{}
	w.write = func(n int) error {
		var inquiries, outbox [][]any
		for range n {
			id, now := fmt.Sprintf("%036d", w.numbers.Add(1)), time.Now().UnixMicro()
			inquiries = append(inquiries, []any{id, id, now, body})
			outbox = append(outbox, []any{id + "-t", id, now}, []any{id + "-a", id, now})
		}
		return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			_, err1 := tx.CopyFrom(ctx, pgx.Identifier{"inquiries"}, []string{"id", "reference", "accepted_us", "body"}, pgx.CopyFromRows(inquiries))
			_, err2 := tx.CopyFrom(ctx, pgx.Identifier{"outbox"}, []string{"id", "inquiry_id", "next_us"}, pgx.CopyFromRows(outbox))
			return errors.Join(err1, err2)
		})
	}
	return w
}

// perSecond has clients wait for their commits for a while.
func (w *bareWriter) perSecond(b *testing.B, d time.Duration) float64 {
	b.Helper()
	waiting := make(chan chan error, clients)
	var group sync.WaitGroup
	begin := time.Now()
	var done atomic.Int64
	for range clients {
		group.Go(func() {
			answer := make(chan error, 1)
			for time.Since(begin) < d {
				waiting <- answer
				if err := <-answer; err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	var writing sync.WaitGroup
	writing.Go(func() {
		for first := range waiting {
			all := []chan error{first}
			for len(waiting) > 0 {
				all = append(all, <-waiting)
			}
			err := w.write(len(all))
			for _, answer := range all {
				answer <- err
			}
		}
	})
	group.Wait()
	close(waiting)
	writing.Wait()
	return float64(done.Load()) / time.Since(begin).Seconds()
}

// storePerSecond is the same through package store.
func storePerSecond(b *testing.B, s *store.Store, d time.Duration, numbers *atomic.Int64) float64 {
	b.Helper()
	var group sync.WaitGroup
	var done atomic.Int64
	begin := time.Now()
	for range clients {
		group.Go(func() {
			for time.Since(begin) < d {
				if _, _, err := s.Accept(context.Background(), acceptance(fmt.Sprintf("%036d", numbers.Add(1)))); err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	group.Wait()
	return float64(done.Load()) / time.Since(begin).Seconds()
}

// acceptance makes up an inquiry with its two mails.
func acceptance(id string) naru.Acceptance {
	return naru.Acceptance{
		Inquiry: naru.Inquiry{
			ID: id, Reference: naru.Reference(id), Secret: strings.Repeat("s", 43), Kind: naru.KindPatient, Language: "ru", AcceptedAt: time.Now(), AnswerBy: time.Now(),
			RequestID: id, TeamID: "international", Rule: "patients",
			Contact:  naru.Contact{Name: "Анна Ким", Email: "anna@mail.example", PhoneE164: "+77011234567", Country: "KZ"},
			Patient:  &naru.Patient{Writer: "self", Name: "Анна Ким", BirthDate: "1980-01-02", Nationality: "KZ", Residence: "KZ", Email: "anna@mail.example", Complaint: strings.Repeat("химиотерапия, третий курс; ", 10)},
			Consents: []naru.Consent{{ID: "personal_information", Version: "1", SHA256: strings.Repeat("0", 64), Language: "ru", Granted: true, At: time.Now()}},
		},
		Deliveries: []naru.Delivery{
			{ID: id + "-t", Kind: naru.DeliveryTeam, TeamID: "international", MessageID: id + "-t@naru.example"},
			{ID: id + "-a", Kind: naru.DeliveryAcknowledgement, MessageID: id + "-a@naru.example"},
		},
		Key: id, BodyDigest: strings.Repeat("f", 64),
	}
}

// openStore opens a migrated store over a database.
func openStore(b *testing.B, url string, limit int, keys store.Sealer) *store.Store {
	b.Helper()
	s, err := store.Open(b.Context(), store.Options{URL: url, Logger: slog.New(slog.DiscardHandler), GroupLimit: limit, Keys: keys})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	if _, err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	return s
}

// message is a mail of 6 KB.
func message() *mail.Message {
	const head = "From: <desk@naru.example>\r\nTo: <team@hospital.example>\r\nSubject: inquiry\r\n\r\n"
	return &mail.Message{
		From: "<desk@naru.example>", To: "<team@hospital.example>",
		Raw: []byte(head + strings.Repeat("Sixty letters of text to make a mail of the usual length now.\r\n", 95)),
	}
}

// keptMails hands mails over on kept connections by hand, with the NOOP and
// RSET that mail libraries send between mails, or lean, without.
func keptMails(b *testing.B, r *relay, lean bool, d time.Duration) float64 {
	b.Helper()
	steps := []struct {
		line string
		code int
	}{
		{"MAIL FROM:<desk@naru.example>\r\n", 250},
		{"RCPT TO:<team@hospital.example>\r\n", 250},
		{"DATA\r\n", 354},
		{string(message().Raw) + ".\r\n", 250},
		{"RSET\r\n", 250},
		{"NOOP\r\n", 250},
	}
	if lean {
		steps = steps[:4]
	}
	var group sync.WaitGroup
	var sent atomic.Int64
	begin := time.Now()
	for range connections {
		group.Go(func() {
			conn, err := net.Dial("tcp", r.addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			answers := textproto.NewReader(bufio.NewReader(conn))
			_, _, err1 := answers.ReadResponse(220)
			_, err2 := conn.Write([]byte("EHLO bench\r\n"))
			_, _, err3 := answers.ReadResponse(250)
			if err := errors.Join(err1, err2, err3); err != nil {
				b.Error(err)
				return
			}
			for time.Since(begin) < d {
				for _, step := range steps {
					_, err1 := conn.Write([]byte(step.line))
					_, _, err2 := answers.ReadResponse(step.code)
					if err := errors.Join(err1, err2); err != nil {
						b.Error(err)
						return
					}
				}
				sent.Add(1)
			}
		})
	}
	group.Wait()
	return float64(sent.Load()) / time.Since(begin).Seconds()
}

// sentMails hands mails over as the program does, composed already.
func sentMails(b *testing.B, s *mail.Sender, d time.Duration) float64 {
	b.Helper()
	var group sync.WaitGroup
	var sent atomic.Int64
	begin := time.Now()
	for range connections {
		m := message()
		group.Go(func() {
			for time.Since(begin) < d {
				if r := s.Send(context.Background(), m); r.Outcome != naru.OutcomeDelivered {
					b.Errorf("sent: %+v", r)
					return
				}
				sent.Add(1)
			}
		})
	}
	group.Wait()
	return float64(sent.Load()) / time.Since(begin).Seconds()
}

func newSender(b *testing.B, r *relay) *mail.Sender {
	b.Helper()
	s, err := mail.NewSender(mail.SMTPOptions{
		URL: r.url(), Connections: connections, DialTimeout: 10 * time.Second, SendTimeout: time.Minute, IdleTimeout: 30 * time.Second, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// formBody is the example of the patient form with all fields of form.
func formBody(b *testing.B) []byte {
	b.Helper()
	body, err := json.Marshal(form{
		Kind: "patient", Language: "ru", Writer: "self", Name: "Анна Ким", BirthDate: "1980-01-02", Nationality: "KZ", Residence: "KZ", Email: "anna@mail.example",
		Purpose: "second_opinion", Complaint: strings.Repeat("химиотерапия, третий курс; ", 10), Sex: "female", Phone: "+7 701 123 45 67", Messenger: "telegram", Department: "oncology",
		PreferredMin: "2026-12-01", PreferredMax: "2026-12-20", Treatment: "none", ReferredBy: "Dr Lee", Payment: "self", Payer: "self", Arrival: "2026-12-01", Interpreter: "ru", HeardFrom: "search",
	})
	if err != nil {
		b.Fatal(err)
	}
	return body
}
