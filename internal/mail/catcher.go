package mail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Defaults of CatcherOptions.
const (
	DefaultCatcherAddr  = "127.0.0.1:0"
	DefaultCatcherMails = 1000
	DefaultCatcherBytes = 512 << 20
)

// catcherMessageBytes is the largest mail the catcher takes.
const catcherMessageBytes = 64 << 20

// CatcherOptions configures a Catcher.
type CatcherOptions struct {
	// Addr is where the SMTP server listens; it must be a loopback address.
	// Default 127.0.0.1 and any free port.
	Addr string
	// Dir is the folder of the mails; it is made if need be. Required.
	Dir string
	// MaxMails and MaxBytes bound what is kept; the oldest mails go first.
	// Zero values stand for the defaults.
	MaxMails int
	MaxBytes int64
	// Keys seal the mails on disk; nil: they are kept readable. Mails that these
	// keys do not open are left where they are, unseen.
	Keys Sealer
	// Clock stamps mails; nil: time.Now.
	Clock func() time.Time
	// Logger is required. It is told of failures, never of contents.
	Logger *slog.Logger
}

// Catcher is a real SMTP server that delivers to nobody: it keeps what it is
// given in a folder, one file a mail, and answers 250 once the mail is on disk
// for good. It takes connections from this machine only. It is safe for
// concurrent use.
type Catcher struct {
	mails    *mailFolder
	server   *smtp.Server
	listener net.Listener
	addr     string
	logger   *slog.Logger
	serve    sync.WaitGroup

	mu      sync.Mutex // guards closing, and that writing grows only before it
	closing bool
	writing sync.WaitGroup
}

// StartCatcher reads the folder and starts the server. Close must be called in
// the end.
func StartCatcher(o CatcherOptions) (*Catcher, error) {
	if o.Dir == "" || o.Logger == nil {
		return nil, errors.New("mail catcher: Dir and Logger are required")
	}
	if o.Addr == "" {
		o.Addr = DefaultCatcherAddr
	}
	if o.MaxMails == 0 {
		o.MaxMails = DefaultCatcherMails
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultCatcherBytes
	}
	if o.MaxMails < 1 || o.MaxBytes < 1 {
		return nil, errors.New("mail catcher: negative limit")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if host, _, err := net.SplitHostPort(o.Addr); err != nil || !loopbackHost(host) {
		return nil, fmt.Errorf("mail catcher: %q is not a loopback address with a port", o.Addr)
	}
	mails, err := openMailFolder(o.Dir, o.Keys, o.MaxMails, o.MaxBytes, o.Clock)
	if err != nil {
		return nil, fmt.Errorf("mail catcher: %w", err)
	}
	ln, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("mail catcher: %w", err)
	}
	c := &Catcher{mails: mails, listener: ln, addr: ln.Addr().String(), logger: o.Logger}
	c.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) {
		return &catcherSession{catcher: c}, nil
	}))
	c.server.Domain = "localhost"
	c.server.EnableSMTPUTF8 = true
	c.server.MaxMessageBytes = catcherMessageBytes
	c.server.MaxRecipients = 100
	c.server.ReadTimeout, c.server.WriteTimeout = 5*time.Minute, time.Minute
	c.server.ErrorLog = smtpLog{o.Logger}
	c.serve.Go(func() {
		if err := c.server.Serve(ln); err != nil {
			o.Logger.Error("mail catcher stopped", "error", err)
		}
	})
	return c, nil
}

// loopbackHost tells whether a host name or address can only be this machine.
func loopbackHost(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// smtpLog passes on that something failed and not what: the server's messages
// may quote what a client sent.
type smtpLog struct{ logger *slog.Logger }

func (l smtpLog) Printf(string, ...any) { l.logger.Debug("mail catcher connection failed") }
func (l smtpLog) Println(...any)        { l.logger.Debug("mail catcher connection failed") }

// URL is the SMTP URL for Sender.
func (c *Catcher) URL() string { return "smtp://" + c.addr + "?tls=none" }

// Addr is the host and port of the SMTP server.
func (c *Catcher) Addr() string { return c.addr }

// Close takes no further mail, waits for those being written, and stops. Close
// the senders first: a client cut off before it read its 250 sends again. It
// may be called more than once.
func (c *Catcher) Close() error {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.writing.Wait()
	err := c.server.Close()
	// The server knows its listener only once Serve has begun.
	if closed := c.listener.Close(); !errors.Is(closed, net.ErrClosed) {
		err = errors.Join(err, closed)
	}
	c.serve.Wait()
	if errors.Is(err, smtp.ErrServerClosed) {
		return nil
	}
	return err
}

// begin tells whether a mail may still be written; done must be called then.
func (c *Catcher) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return false
	}
	c.writing.Add(1)
	return true
}

// List returns the mails whose subject, sender or recipients hold the words of
// search, newest first, at most limit; an empty search finds all. Before, where
// not empty, is the id of a mail: only older ones are listed.
func (c *Catcher) List(search, before string, limit int) []Caught {
	return c.mails.list(search, before, limit)
}

// Count is the number of mails kept.
func (c *Catcher) Count() int { return c.mails.count() }

// Get returns a mail and its bytes. The error is KindNotFound "mail_unknown"
// for one that is not or no longer kept.
func (c *Catcher) Get(id string) (Caught, []byte, error) { return c.mails.get(id) }

// catcherSession takes the mails of one connection.
type catcherSession struct {
	catcher *Catcher
	from    string
	to      []string
}

func (s *catcherSession) Reset()        { s.from, s.to = "", nil }
func (s *catcherSession) Logout() error { return nil }

func (s *catcherSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	return nil
}

func (s *catcherSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = append(s.to, to)
	return nil
}

// Data answers 250 when the mail is on disk, and 451 when it could not be
// written: the sender then tries again.
func (s *catcherSession) Data(r io.Reader) error {
	if !s.catcher.begin() {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Closing"}
	}
	defer s.catcher.writing.Done()
	err := s.catcher.mails.add(s.from, s.to, r)
	var refused *smtp.SMTPError
	switch {
	case errors.As(err, &refused):
		return refused
	case err != nil:
		s.catcher.logger.Error("caught mail not written", "error", err)
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Not stored"}
	}
	return nil
}
