package mail

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Alert tells the operator that mails are not delivered as they should be. It
// has figures only: nothing of any inquiry.
type Alert struct {
	// MessageID is without angle brackets.
	MessageID string
	At        time.Time
	// Stuck: the oldest mail waits for too long. Otherwise too many failed.
	Stuck bool
	// OldestWaiting is how long the oldest mail has waited, 0 for none.
	OldestWaiting time.Duration
	// Waiting and Dead count mails, DeadLately those that died within an hour.
	Waiting, Dead, DeadLately int64
	// RelayReachable is as far as is known.
	RelayReachable bool
}

// alertView is what the template sees.
type alertView struct {
	Alert
	OldestMinutes int64
	PublicURL, At string
}

// ComposeAlert writes the alert to the operator's plain address.
func (c *Composer) ComposeAlert(to string, a Alert) (*Message, error) {
	address, err := configured(to)
	if err != nil {
		return nil, fmt.Errorf("compose alert: %w", err)
	}
	subject, text, err := c.alertTexts(a)
	if err != nil {
		return nil, fmt.Errorf("compose alert: %w", err)
	}
	msg := c.draft(rooms.Get().(*room), subject, []byte(text), a.MessageID, "ko, en")
	msg.set("Auto-Submitted", "auto-generated")
	msg.set("X-Auto-Response-Suppress", "All")
	important(msg)
	msg.setFrom(c.from, forTeams)
	msg.setTo("", address)
	return msg.message(), nil
}

func (c *Composer) alertTexts(a Alert) (subject, text string, err error) {
	view := alertView{
		Alert: a, OldestMinutes: int64(a.OldestWaiting.Minutes()), PublicURL: c.options.PublicURL,
		At: a.At.In(c.seoul).Format("2006-01-02 15:04 -07:00"),
	}
	var s, t bytes.Buffer
	w := c.writers[forTeams]
	err = errors.Join(w.text.ExecuteTemplate(&s, "alert.subject", view), w.text.ExecuteTemplate(&t, "alert.txt", view))
	if err == nil && (strings.TrimSpace(s.String()) == "" || strings.TrimSpace(t.String()) == "") {
		err = errors.New("the mail is empty")
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", c.origin("mail/alert.txt"), err)
	}
	return s.String(), t.String(), err
}
