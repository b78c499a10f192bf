// Package casefile opens what was accepted to those who hold its secret: to a
// writer what became of an inquiry, to a team the documents that came with it.
// Of an inquiry and its deliveries it makes the few public events that a
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
	"time"

	"naru/internal/naru"
)

// Store is what the case file is read from.
type Store interface {
	// InquiryByReference returns KindNotFound for a number not given out.
	InquiryByReference(context.Context, naru.Reference) (naru.Inquiry, error)
	// InquiryDeliveries returns all deliveries of the inquiry, in any order.
	InquiryDeliveries(ctx context.Context, inquiryID string) ([]naru.Delivery, error)
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
)

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
}

// Open returns the case file of a reference as people type it, for those who
// know its secret. Otherwise the error is KindNotFound "inquiry_unknown".
func (s *Service) Open(ctx context.Context, typed, secret string) (File, error) {
	unknown := naru.NewError(naru.KindNotFound, "inquiry_unknown", nil)
	reference, ok := naru.ParseReference(typed)
	if !ok || len(secret) > 200 {
		return File{}, unknown
	}
	inquiry, err := s.store.InquiryByReference(ctx, reference)
	if err != nil && !naru.IsKind(err, naru.KindNotFound) {
		return File{}, fmt.Errorf("open case file: %w", err)
	}
	// An empty secret is nobody's, also where the inquiry does not exist.
	if subtle.ConstantTimeCompare([]byte(inquiry.Secret), []byte(secret)) != 1 || secret == "" || err != nil {
		return File{}, unknown
	}
	deliveries, err := s.store.InquiryDeliveries(ctx, inquiry.ID)
	if err != nil {
		return File{}, fmt.Errorf("open case file: deliveries of inquiry %s: %w", inquiry.ID, err)
	}
	events, err := s.events(ctx, inquiry, deliveries)
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
	}, nil
}

func (s *Service) events(ctx context.Context, inquiry naru.Inquiry, deliveries []naru.Delivery) ([]naru.Event, error) {
	events := []naru.Event{{Code: EventReceived, At: inquiry.AcceptedAt}}
	teamMail := ""
	for _, d := range deliveries {
		if d.Kind == naru.DeliveryTeam {
			teamMail = d.ID
		}
	}
	for _, d := range deliveries {
		if d.Kind == naru.DeliveryNotice && d.About != teamMail {
			continue // about a mail to the writer: the team has the inquiry
		}
		code, at, err := s.event(ctx, d)
		if err != nil {
			return nil, fmt.Errorf("delivery %s: %w", d.ID, err)
		}
		if code != "" {
			events = append(events, naru.Event{Code: code, At: at})
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
	case naru.DeliveryTeam:
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
