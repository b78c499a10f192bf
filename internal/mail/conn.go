package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"naru/internal/naru"
)

const (
	// maxReplyBytes bounds what is read from the relay during one dial or one
	// mail, TLS handshake included.
	maxReplyBytes = 256 << 10
	// quitTimeout is what the farewell to a relay may take.
	quitTimeout = time.Second
)

var errReplyTooLong = errors.New("relay sends more than an SMTP session may hold")

// boundedConn reads at most left bytes; every mail gets a new allowance.
type boundedConn struct {
	net.Conn
	left int
}

func (c *boundedConn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errReplyTooLong
	}
	n, err := c.Conn.Read(p)
	c.left -= n
	return n, err
}

// conn is one authenticated session with the relay. It belongs to one
// goroutine at a time.
type conn struct {
	raw    *boundedConn
	client *smtp.Client
	text   *textproto.Conn
	// What the relay offers.
	pipelining, utf8, eightBit, size bool
	maxSize                          int64 // 0: not said
	// dirty: a transaction was begun and refused, RSET must come first.
	dirty     bool
	idleSince time.Time
	onClose   func()
}

// dial opens a session: connection, greeting, EHLO, TLS, AUTH. Whatever fails
// is a Result with OutcomeUnavailable, or OutcomeReleased when ctx was
// cancelled; nothing stays open then.
func (s *Sender) dial(ctx context.Context) (*conn, *Result) {
	started := s.now()
	c, class, err := s.open(ctx)
	s.onDial(s.now().Sub(started), err == nil)
	if err == nil {
		return c, nil
	}
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.Canceled) {
		return nil, &Result{naru.OutcomeReleased, ClassCancelled, ctx.Err()}
	}
	return nil, &Result{naru.OutcomeUnavailable, class, safe(err)}
}

// open does the work of dial and names what failed.
func (s *Sender) open(ctx context.Context) (_ *conn, class string, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.dialTimeout)
	defer cancel()
	tcp, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.relay.address)
	if err != nil {
		return nil, dialClass(err), err
	}
	c := &conn{raw: &boundedConn{Conn: tcp, left: maxReplyBytes}}
	deadline, _ := ctx.Deadline()
	_ = c.raw.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = c.raw.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() && err == nil {
			class, err = ClassTimeout, context.Cause(ctx)
		}
		if err != nil {
			_ = tcp.Close()
		}
	}()

	var session net.Conn = c.raw
	if s.relay.policy == tlsImplicit {
		tlsConn := tls.Client(c.raw, s.tlsConfig)
		if err = tlsConn.HandshakeContext(ctx); err != nil {
			return nil, tlsClass(err), err
		}
		session = tlsConn
	}
	if c.client, err = smtp.NewClient(session, s.relay.host); err != nil {
		return nil, stageClass(ClassGreeting, err), err
	}
	if err = c.client.Hello(s.helo); err != nil {
		return nil, stageClass(ClassEHLO, err), err
	}
	if class, err = s.startTLS(c); err != nil {
		return nil, class, err
	}
	if class, err = s.authenticate(c); err != nil {
		return nil, class, err
	}
	c.text = c.client.Text
	c.pipelining, _ = c.client.Extension("PIPELINING")
	c.utf8, _ = c.client.Extension("SMTPUTF8")
	c.eightBit, _ = c.client.Extension("8BITMIME")
	var limit string
	if c.size, limit = c.client.Extension("SIZE"); c.size {
		c.maxSize, _ = strconv.ParseInt(strings.TrimSpace(limit), 10, 64)
	}
	s.opened(1)
	c.onClose = func() { s.opened(-1) }
	return c, "", nil
}

// startTLS encrypts the session as the policy asks.
func (s *Sender) startTLS(c *conn) (class string, err error) {
	if s.relay.policy != tlsMandatory && s.relay.policy != tlsOpportunistic {
		return "", nil
	}
	if offered, _ := c.client.Extension("STARTTLS"); !offered {
		if s.relay.policy == tlsOpportunistic {
			return "", nil
		}
		return ClassNoSTARTTLS, errors.New("relay does not offer STARTTLS, which the policy demands")
	}
	if err := c.client.StartTLS(s.tlsConfig); err != nil {
		if _, refused := errors.AsType[*textproto.Error](err); refused {
			return stageClass(ClassSTARTTLS, err), err
		}
		return tlsClass(err), err
	}
	return "", nil
}

// authenticate logs in where the URL names a user, with the best mechanism
// offered. A password is sent in clear text only inside TLS or to this
// machine.
func (s *Sender) authenticate(c *conn) (class string, err error) {
	r := s.relay
	if r.user == "" {
		return "", nil
	}
	offered, mechanisms := c.client.Extension("AUTH")
	if !offered {
		return ClassNoAuth, errors.New("relay does not offer AUTH")
	}
	_, encrypted := c.client.TLSConnectionState()
	clear := encrypted || r.loopback()
	has := strings.Fields(strings.ToUpper(mechanisms))
	var auth smtp.Auth
	switch {
	case slices.Contains(has, "SCRAM-SHA-256"):
		auth = smtp.ScramSHA256Auth(r.user, r.password)
	case slices.Contains(has, "PLAIN") && clear:
		auth = smtp.PlainAuth("", r.user, r.password, r.host, true)
	case slices.Contains(has, "LOGIN") && clear:
		auth = smtp.LoginAuth(r.user, r.password, r.host, true)
	case slices.Contains(has, "SCRAM-SHA-1"):
		auth = smtp.ScramSHA1Auth(r.user, r.password)
	case slices.Contains(has, "CRAM-MD5"):
		auth = smtp.CRAMMD5Auth(r.user, r.password)
	case slices.Contains(has, "PLAIN"), slices.Contains(has, "LOGIN"):
		return ClassAuthInsecure, errors.New("relay takes the password only in clear text over an unencrypted connection")
	default:
		return ClassNoAuth, errors.New("relay offers no known AUTH mechanism")
	}
	if err := c.client.Auth(auth); err != nil {
		return stageClass(ClassAuth, err), err
	}
	return "", nil
}

// stageClass is the stage and the relay's code ("auth 535 5.7.8"), or what
// happened to the connection.
func stageClass(stage string, err error) string {
	if refused, ok := errors.AsType[*textproto.Error](err); ok {
		return stage + " " + reply{refused.Code, enhancedCode(refused.Msg)}.String()
	}
	return ioClass(err)
}

// transmit sends one mail: sendTimeout is for everything up to the final dot,
// replyTimeout for the relay's reply to it. It returns with the connection in a
// known state or with keep false.
func (c *conn) transmit(ctx context.Context, m *rendered, sendTimeout, replyTimeout time.Duration) (v verdict) {
	switch {
	case c.maxSize > 0 && m.size > c.maxSize:
		return verdict{Result: Result{naru.OutcomePermanent, ClassTooLarge, nil}, keep: true, offered: true}
	case m.utf8 && (!c.utf8 || !c.eightBit):
		return verdict{Result: Result{naru.OutcomePermanent, ClassNoSMTPUTF8, nil}, keep: true, offered: true}
	}
	c.raw.left = maxReplyBytes
	if err := c.expire(ctx, sendTimeout); err != nil {
		return broken(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = c.raw.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		// A deadline that may still be moved is no state to keep.
		v.keep = stop() && v.keep
	}()
	if v, ok := c.envelope(m); !ok {
		return v
	}
	if handed, err := c.write(m.data); err != nil && !handed {
		return c.earlyReply(err)
	}
	// A failure here shows in the reading, too.
	_ = c.expire(ctx, replyTimeout)
	if ctx.Err() != nil {
		// It was cancelled meanwhile, and the deadline that this had set may
		// just have been moved.
		_ = c.raw.SetDeadline(time.Unix(1, 0))
	}
	r, err := c.reply()
	if err != nil {
		return verdict{Result: Result{naru.OutcomeUnknown, ioClass(err), safe(err)}}
	}
	if stageEnd.expects(r.code) {
		// A relay that says more than it was asked has lost step.
		return verdict{Result: Result{naru.OutcomeDelivered, r.String(), nil}, keep: c.text.R.Buffered() == 0}
	}
	return refusal(stageEnd, r)
}

// expire lets reading and writing end after timeout, or with ctx if that is
// sooner.
func (c *conn) expire(ctx context.Context, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	return c.raw.SetDeadline(deadline)
}

// envelope runs the transaction up to the 354 that asks for the data, in one
// round trip where the relay allows it. It reports false with the verdict
// where there will be no data.
func (c *conn) envelope(m *rendered) (verdict, bool) {
	commands := [4]string{stageMail: c.mailCommand(m), stageRcpt: "RCPT TO:" + m.to + "\r\n", stageData: "DATA\r\n"}
	first := stageMail
	if c.dirty {
		commands[stageReset], first = "RSET\r\n", stageReset
	}
	if c.pipelining {
		if _, err := c.write([]byte(strings.Join(commands[first:], ""))); err != nil {
			return broken(err), false
		}
	}
	var failed *verdict
	for at := first; at <= stageData; at++ {
		if !c.pipelining {
			if _, err := c.write([]byte(commands[at])); err != nil {
				return broken(err), false
			}
		}
		r, err := c.reply()
		if err != nil && failed == nil {
			return broken(err), false
		}
		if err != nil {
			failed.keep = false
			break
		}
		if at == stageReset && at.expects(r.code) {
			c.dirty = false
		}
		ok := at.expects(r.code)
		if ok && at == stageRcpt {
			c.dirty = true
		}
		if failed == nil && !ok {
			v := refusal(at, r)
			failed = &v
			c.dirty = c.dirty || at > stageMail
		} else if failed != nil && ok && at == stageData {
			failed.keep = false // it waits for data that will not come
		}
		if failed != nil && (!c.pipelining || r.code == 421) {
			break
		}
	}
	if failed != nil {
		return *failed, false
	}
	c.dirty = false // the end of the data ends the transaction
	return verdict{}, true
}

func (c *conn) mailCommand(m *rendered) string {
	var b strings.Builder
	b.WriteString("MAIL FROM:")
	b.WriteString(m.from)
	if c.size {
		b.WriteString(" SIZE=")
		b.WriteString(strconv.FormatInt(m.size, 10))
	}
	if m.utf8 {
		b.WriteString(" BODY=8BITMIME SMTPUTF8")
	}
	b.WriteString("\r\n")
	return b.String()
}

// write sends b. With an error, handed tells whether all of it went out.
func (c *conn) write(b []byte) (handed bool, err error) {
	n, err := c.text.W.Write(b)
	if err == nil {
		err = c.text.W.Flush()
	}
	return err == nil || n == len(b) && c.text.W.Buffered() == 0, err
}

// reply reads one reply, of one line or more.
func (c *conn) reply() (reply, error) {
	code, text, err := c.text.ReadResponse(0)
	if err != nil {
		return reply{}, err
	}
	return reply{code, enhancedCode(text)}, nil
}

// earlyReply is called when the data could not be written to its end: some
// relays refuse a mail in the middle and close. Their reply may still be there
// to read.
func (c *conn) earlyReply(cause error) verdict {
	v := broken(cause)
	if v.Reply == ClassTimeout {
		return v
	}
	_ = c.raw.SetReadDeadline(time.Now().Add(quitTimeout))
	if r, err := c.reply(); err == nil && r.code >= 400 {
		v = refusal(stageEnd, r)
		v.keep = false
	}
	return v
}

// alive asks the relay for a sign of life.
func (c *conn) alive(timeout time.Duration) bool {
	_ = c.raw.SetDeadline(time.Now().Add(timeout))
	c.raw.left = maxReplyBytes
	if _, err := c.write([]byte("NOOP\r\n")); err != nil {
		return false
	}
	r, err := c.reply()
	return err == nil && r.code/100 == 2 && c.text.R.Buffered() == 0
}

// quit says goodbye and closes; a relay that does not answer loses nothing.
func (c *conn) quit() {
	_ = c.raw.SetDeadline(time.Now().Add(quitTimeout))
	c.raw.left = maxReplyBytes
	if _, err := c.write([]byte("QUIT\r\n")); err == nil {
		_, _ = c.reply()
	}
	c.drop()
}

// drop closes without a word.
func (c *conn) drop() {
	_ = c.raw.Close()
	c.onClose()
}
