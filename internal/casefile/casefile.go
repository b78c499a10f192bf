// Package casefile opens what was accepted to those who hold its secret: to a
// writer what became of an inquiry, to a team the documents that came with it.
// Of an inquiry, what was added to it and its deliveries it makes the few public events that a
// person can understand; nothing of what was written leaves it.
//
// It changes nothing, keeps nothing, and is safe for concurrent use. A wrong
// secret and a case or document that does not exist are the same failure, so
// that nobody learns which exist.
package casefile

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"naru/internal/naru"
)

// Store is what the case file is read from.
type Store interface {
	// InquiryByReference returns KindNotFound for a number not given out.
	InquiryByReference(context.Context, naru.Reference) (naru.Inquiry, error)
	// InquiryDeliveries returns all deliveries of the inquiry, in any order.
	InquiryDeliveries(ctx context.Context, inquiryID string) ([]naru.Delivery, error)
	// Additions returns what the writer sent later, in order.
	Additions(ctx context.Context, inquiryID string) ([]naru.Addition, error)
	// Attempts returns the attempts of a delivery, in any order.
	Attempts(ctx context.Context, deliveryID string) ([]naru.Attempt, error)
	// Attachment returns a file and the inquiry it belongs to, "" for none;
	// KindNotFound for an unknown id.
	Attachment(ctx context.Context, id string) (a naru.Attachment, inquiryID string, err error)
	// AttachmentChunks calls the function with the bytes of a file, in order.
	AttachmentChunks(ctx context.Context, id string, each func([]byte) error) error
}

// Options of a Service.
type Options struct {
	// Store and Team are required; Team returns the team of an id, and false
	// for one that is no longer configured.
	Store Store
	Team  func(id string) (naru.Team, bool)
}

// Service answers for case files.
type Service struct {
	store Store
	team  func(string) (naru.Team, bool)
}

// New returns a service; it fails when an option is missing.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Team == nil {
		return nil, errors.New("casefile: Store and Team are required")
	}
	return &Service{o.Store, o.Team}, nil
}

// State is where an inquiry stands, in one word.
type State string

// The states an inquiry can be in.
const (
	// StateReceived: kept safely, on its way to the team.
	StateReceived State = "received"
	// StateForwarded: the team's mailbox has it.
	StateForwarded State = "forwarded"
	// StateDelayed: it could not be brought to the team yet.
	StateDelayed State = "delayed"
)

// Codes of events; see naru.Event.
const (
	EventReceived     = "received"
	EventAcknowledged = "acknowledged"
	EventForwarded    = "forwarded"
	EventDelayed      = "delayed"
	EventEscalated    = "escalated"
	EventUnreachable  = "unreachable"
	// EventAdded: the writer sent something more. EventErasureAsked: the
	// writer asked for erasure.
	EventAdded        = "added"
	EventErasureAsked = "erasure_asked"
)

// EventCodes are all codes there are.
func EventCodes() []string {
	codes := []string{EventReceived, EventAcknowledged, EventForwarded, EventDelayed, EventEscalated, EventUnreachable}
	for _, prefix := range []string{EventAdded, EventErasureAsked} {
		codes = append(codes, prefix, prefix+"_"+EventForwarded, prefix+"_"+EventDelayed, prefix+"_"+EventEscalated)
	}
	return codes
}

// Waits tells whether the code says that something goes slower than it should.
func Waits(code string) bool {
	return code == EventUnreachable || code == EventDelayed || strings.HasSuffix(code, "_"+EventDelayed)
}

// File is the public part of an inquiry.
type File struct {
	Reference naru.Reference
	Kind      naru.Kind
	State     State
	// Team is the team responsible, without its mailbox; its ID and Names
	// may be all there is.
	Team naru.Team
	// Language is the one the writer chose.
	Language             string
	ReceivedAt, AnswerBy time.Time
	// Events are in order of time.
	Events []naru.Event
	// ErasureAsked: the writer has asked for erasure.
	ErasureAsked bool
}

// Inquiry returns the inquiry of a reference as people type it to those who
// know its secret. Otherwise the error is KindNotFound "inquiry_unknown".
func (s *Service) Inquiry(ctx context.Context, typed, secret string) (naru.Inquiry, error) {
	unknown := naru.NewError(naru.KindNotFound, "inquiry_unknown", nil)
	reference, ok := naru.ParseReference(typed)
	if !ok || len(secret) > 200 {
		return naru.Inquiry{}, unknown
	}
	inquiry, err := s.store.InquiryByReference(ctx, reference)
	if err != nil && !naru.IsKind(err, naru.KindNotFound) {
		return naru.Inquiry{}, fmt.Errorf("open case file: %w", err)
	}
	// An empty secret is nobody's, also where the inquiry does not exist.
	if subtle.ConstantTimeCompare([]byte(inquiry.Secret), []byte(secret)) != 1 || secret == "" || err != nil {
		return naru.Inquiry{}, unknown
	}
	return inquiry, nil
}

// Open returns the case file of a reference. Its errors are those of Inquiry.
func (s *Service) Open(ctx context.Context, typed, secret string) (File, error) {
	inquiry, err := s.Inquiry(ctx, typed, secret)
	if err != nil {
		return File{}, err
	}
	deliveries, err := s.store.InquiryDeliveries(ctx, inquiry.ID)
	if err != nil {
		return File{}, fmt.Errorf("open case file: deliveries of inquiry %s: %w", inquiry.ID, err)
	}
	additions, err := s.store.Additions(ctx, inquiry.ID)
	if err != nil {
		return File{}, fmt.Errorf("open case file: additions to inquiry %s: %w", inquiry.ID, err)
	}
	events, err := s.events(ctx, inquiry, deliveries, additions)
	if err != nil {
		return File{}, fmt.Errorf("open case file: inquiry %s: %w", inquiry.ID, err)
	}
	team, ok := s.team(inquiry.TeamID)
	if !ok {
		team = naru.Team{ID: inquiry.TeamID}
	}
	team.Email = ""
	return File{
		Reference: inquiry.Reference, Kind: inquiry.Kind, State: stateOf(events), Team: team,
		Language: inquiry.Language, ReceivedAt: inquiry.AcceptedAt, AnswerBy: inquiry.AnswerBy, Events: events,
		ErasureAsked: slices.ContainsFunc(additions, func(a naru.Addition) bool { return a.Kind == naru.AdditionErasure }),
	}, nil
}

func (s *Service) events(ctx context.Context, inquiry naru.Inquiry, deliveries []naru.Delivery, additions []naru.Addition) ([]naru.Event, error) {
	events := []naru.Event{{Code: EventReceived, At: inquiry.AcceptedAt}}
	// What the events of an addition begin with, by its id.
	prefixes := make(map[string]string, len(additions))
	for _, a := range additions {
		code := EventAdded
		if a.Kind == naru.AdditionErasure {
			code = EventErasureAsked
		}
		prefixes[a.ID] = code + "_"
		events = append(events, naru.Event{Code: code, At: a.AcceptedAt})
	}
	mails := make(map[string]naru.Delivery, len(deliveries))
	for _, d := range deliveries {
		mails[d.ID] = d
	}
	for _, d := range deliveries {
		subject := d
		if d.Kind == naru.DeliveryNotice {
			subject = mails[d.About]
		}
		prefix := prefixes[subject.About]
		if d.Kind == naru.DeliveryNotice && subject.Kind != naru.DeliveryTeam && prefix == "" {
			continue // about a mail to the writer: the team has the inquiry
		}
		code, at, err := s.event(ctx, d)
		if err != nil {
			return nil, fmt.Errorf("delivery %s: %w", d.ID, err)
		}
		if code != "" {
			events = append(events, naru.Event{Code: prefix + code, At: at})
		}
	}
	slices.SortStableFunc(events, func(a, b naru.Event) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Code, b.Code))
	})
	return events, nil
}

// event returns what one delivery tells the writer; an empty code for
// nothing.
func (s *Service) event(ctx context.Context, d naru.Delivery) (code string, at time.Time, err error) {
	delivered, dead := d.State == naru.StateDelivered, d.State == naru.StateDead
	switch d.Kind {
	case naru.DeliveryAcknowledgement:
		switch {
		case delivered:
			return EventAcknowledged, d.FinishedAt, nil
		case dead:
			return EventUnreachable, d.FinishedAt, nil
		}
	case naru.DeliveryTeam, naru.DeliveryAddition:
		switch {
		case delivered:
			return EventForwarded, d.FinishedAt, nil
		case dead:
			return EventDelayed, d.FinishedAt, nil
		case d.Attempt > 0:
			return s.delayed(ctx, d)
		}
	case naru.DeliveryNotice:
		if delivered {
			return EventEscalated, d.FinishedAt, nil
		}
	}
	return "", time.Time{}, nil
}

// delayed returns when the first attempt failed; no event while that attempt
// is under way.
func (s *Service) delayed(ctx context.Context, d naru.Delivery) (string, time.Time, error) {
	attempts, err := s.store.Attempts(ctx, d.ID)
	if err != nil {
		return "", time.Time{}, err
	}
	var first time.Time
	for _, a := range attempts {
		switch a.Outcome {
		case naru.OutcomeTemporary, naru.OutcomeUnavailable, naru.OutcomeUnknown, naru.OutcomePermanent:
			if first.IsZero() || a.EndedAt.Before(first) {
				first = a.EndedAt
			}
		}
	}
	if first.IsZero() {
		return "", first, nil
	}
	return EventDelayed, first, nil
}

func stateOf(events []naru.Event) State {
	state := StateReceived
	for _, e := range events {
		switch e.Code {
		case EventForwarded:
			return StateForwarded
		case EventDelayed, EventEscalated:
			state = StateDelayed
		}
	}
	return state
}
