package casefile

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"naru/internal/naru"
)

// records is a Store that holds one inquiry and can fail on demand.
type records struct {
	inquiry    naru.Inquiry
	deliveries []naru.Delivery
	additions  []naru.Addition
	attempts   map[string][]naru.Attempt
	fail       error
}

func (r records) Additions(context.Context, string) ([]naru.Addition, error) { return r.additions, nil }

func (r records) InquiryByReference(_ context.Context, ref naru.Reference) (naru.Inquiry, error) {
	if r.fail != nil {
		return naru.Inquiry{}, r.fail
	}
	if ref != r.inquiry.Reference {
		return naru.Inquiry{}, naru.NewError(naru.KindNotFound, "inquiry_unknown", nil)
	}
	return r.inquiry, nil
}

func (r records) InquiryDeliveries(context.Context, string) ([]naru.Delivery, error) {
	return r.deliveries, nil
}

func (r records) Attempts(_ context.Context, id string) ([]naru.Attempt, error) {
	return r.attempts[id], nil
}

func (r records) Attachment(_ context.Context, id string) (naru.Attachment, string, error) {
	switch {
	case r.fail != nil:
		return naru.Attachment{}, "", r.fail
	case id == "claimed":
		return naru.Attachment{ID: id, Secret: secret, Size: 6}, "i", nil
	case id == "orphan":
		return naru.Attachment{ID: id, Secret: secret, Size: 6}, "", nil
	}
	return naru.Attachment{}, "", naru.NewError(naru.KindNotFound, "attachment_unknown", nil)
}

func (r records) AttachmentChunks(_ context.Context, _ string, each func([]byte) error) error {
	return errors.Join(each([]byte("abc")), each([]byte("def")))
}

const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ"

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func minute(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }

func file(t *testing.T, deliveries []naru.Delivery, attempts map[string][]naru.Attempt) File {
	t.Helper()
	ref, err := naru.NewReference(strings.NewReader(strings.Repeat("abcdefgh", 8)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{
		Store: records{
			inquiry: naru.Inquiry{
				ID: "i", Reference: ref, Secret: secret, Kind: naru.KindPatient, TeamID: "desk", Language: "kk",
				AcceptedAt: start, AnswerBy: start.Add(24 * time.Hour), Contact: naru.Contact{Email: "a@b.example"},
			},
			deliveries: deliveries, attempts: attempts,
		},
		Team: func(id string) (naru.Team, bool) {
			return naru.Team{ID: id, Names: map[string]string{"en": "Desk"}, Email: "desk@naru.example"}, id == "desk"
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Open(t.Context(), strings.ToLower(string(ref)), secret)
	if err != nil {
		t.Fatal(err)
	}
	if got.Reference != ref || got.Team.ID != "desk" || got.Team.Email != "" || got.Language != "kk" {
		t.Errorf("file %+v", got)
	}
	return got
}

func TestEventsTellWhatHappened(t *testing.T) {
	t.Parallel()
	team := naru.Delivery{ID: "t", Kind: naru.DeliveryTeam, State: naru.StatePending}
	ack := naru.Delivery{ID: "a", Kind: naru.DeliveryAcknowledgement, State: naru.StatePending}
	with := func(d naru.Delivery, state naru.DeliveryState, attempt int, finished time.Time) naru.Delivery {
		d.State, d.Attempt, d.FinishedAt = state, attempt, finished
		return d
	}
	notice := naru.Delivery{ID: "n", Kind: naru.DeliveryNotice, State: naru.StateDelivered, FinishedAt: minute(9)}
	about := func(id string) naru.Delivery { n := notice; n.About = id; return n }
	failed := map[string][]naru.Attempt{"t": {
		{Number: 2, EndedAt: minute(5), Outcome: naru.OutcomeTemporary},
		{Number: 1, EndedAt: minute(3), Outcome: naru.OutcomeUnavailable},
	}}
	underWay := map[string][]naru.Attempt{"t": {{Number: 1, Outcome: naru.OutcomeStarted}}}
	for _, row := range []struct {
		name       string
		deliveries []naru.Delivery
		attempts   map[string][]naru.Attempt
		state      State
		events     []naru.Event
	}{
		{"just accepted", []naru.Delivery{team, ack}, nil, StateReceived, nil},
		{
			"all delivered",
			[]naru.Delivery{with(team, naru.StateDelivered, 1, minute(2)), with(ack, naru.StateDelivered, 1, minute(1))},
			nil,
			StateForwarded,
			[]naru.Event{{Code: EventAcknowledged, At: minute(1)}, {Code: EventForwarded, At: minute(2)}},
		},
		{"first attempt under way", []naru.Delivery{with(team, naru.StateSending, 1, time.Time{}), ack}, underWay, StateReceived, nil},
		{
			"tried again",
			[]naru.Delivery{with(team, naru.StatePending, 2, time.Time{}), ack},
			failed,
			StateDelayed,
			[]naru.Event{{Code: EventDelayed, At: minute(3)}},
		},
		{
			"delivered at last",
			[]naru.Delivery{with(team, naru.StateDelivered, 3, minute(8)), ack},
			failed,
			StateForwarded,
			[]naru.Event{{Code: EventForwarded, At: minute(8)}},
		},
		{
			"dead and told",
			[]naru.Delivery{with(team, naru.StateDead, 9, minute(7)), ack, about("t")},
			failed,
			StateDelayed,
			[]naru.Event{{Code: EventDelayed, At: minute(7)}, {Code: EventEscalated, At: minute(9)}},
		},
		{
			"writer cannot be reached",
			[]naru.Delivery{with(team, naru.StateDelivered, 1, minute(2)), with(ack, naru.StateDead, 1, minute(4)), about("a")},
			nil,
			StateForwarded,
			[]naru.Event{{Code: EventForwarded, At: minute(2)}, {Code: EventUnreachable, At: minute(4)}},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got := file(t, row.deliveries, row.attempts)
			want := append([]naru.Event{{Code: EventReceived, At: start}}, row.events...)
			if got.State != row.state || !slices.Equal(got.Events, want) {
				t.Errorf("state %q, events %v; want %q, %v", got.State, got.Events, row.state, want)
			}
		})
	}
}

func TestEventsTellOfAdditions(t *testing.T) {
	t.Parallel()
	s, err := New(Options{
		Store: records{
			inquiry: naru.Inquiry{ID: "i", Reference: "222-222-222", Secret: secret, AcceptedAt: start},
			additions: []naru.Addition{
				{ID: "one", Kind: naru.AdditionMessage, AcceptedAt: minute(1)},
				{ID: "two", Kind: naru.AdditionMessage, AcceptedAt: minute(2)},
				{ID: "three", Kind: naru.AdditionErasure, AcceptedAt: minute(3)},
			},
			deliveries: []naru.Delivery{
				{ID: "t", Kind: naru.DeliveryTeam, State: naru.StateDelivered, FinishedAt: minute(0)},
				{ID: "a", Kind: naru.DeliveryAddition, About: "one", State: naru.StateDelivered, FinishedAt: minute(4)},
				{ID: "b", Kind: naru.DeliveryAddition, About: "two", State: naru.StateDead, FinishedAt: minute(5)},
				{ID: "n", Kind: naru.DeliveryNotice, About: "b", State: naru.StateDelivered, FinishedAt: minute(6)},
				{ID: "c", Kind: naru.DeliveryAddition, About: "three", State: naru.StatePending},
			},
		},
		Team: func(string) (naru.Team, bool) { return naru.Team{}, false },
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Open(t.Context(), "222222222", secret)
	if err != nil {
		t.Fatal(err)
	}
	want := []naru.Event{
		{Code: EventForwarded, At: minute(0)},
		{Code: EventReceived, At: minute(0)},
		{Code: EventAdded, At: minute(1)},
		{Code: EventAdded, At: minute(2)},
		{Code: EventErasureAsked, At: minute(3)},
		{Code: "added_forwarded", At: minute(4)},
		{Code: "added_delayed", At: minute(5)},
		{Code: "added_escalated", At: minute(6)},
	}
	if !slices.Equal(got.Events, want) || !got.ErasureAsked || got.State != StateForwarded {
		t.Errorf("state %s, erasure asked %v, events %v, want %v", got.State, got.ErasureAsked, got.Events, want)
	}
	for _, e := range got.Events {
		if !slices.Contains(EventCodes(), e.Code) || Waits(e.Code) != (e.Code == "added_delayed") {
			t.Errorf("code %s, waits %v", e.Code, Waits(e.Code))
		}
	}
}

func TestOnlyTheSecretOpensTheFile(t *testing.T) {
	t.Parallel()
	ref, err := naru.NewReference(strings.NewReader(strings.Repeat("abcdefgh", 8)))
	if err != nil {
		t.Fatal(err)
	}
	other, err := naru.NewReference(strings.NewReader(strings.Repeat("hgfedcba", 8)))
	if err != nil {
		t.Fatal(err)
	}
	store := records{inquiry: naru.Inquiry{ID: "i", Reference: ref, Secret: secret}}
	s, err := New(Options{Store: store, Team: func(string) (naru.Team, bool) { return naru.Team{}, false }})
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range [][2]string{
		{string(ref), ""},
		{string(ref), secret + "x"},
		{string(ref), secret[1:]},
		{string(other), secret},
		{string(other), ""},
		{"", secret},
		{"nonsense", secret},
		{"'; DROP TABLE inquiries; --", secret},
		{string(ref), strings.Repeat("a", 10_000)},
	} {
		_, err := s.Open(t.Context(), try[0], try[1])
		if e := naru.AsError(err); e == nil || e.Kind != naru.KindNotFound || e.Code != "inquiry_unknown" {
			t.Errorf("Open(%q, %.40q) = %v; want inquiry_unknown", try[0], try[1], err)
		}
	}
	got, err := s.Open(t.Context(), string(ref), secret)
	if err != nil || got.Team.ID != "" {
		t.Errorf("Open with the secret: %+v, %v", got, err)
	}

	broken := errors.New("disk on fire")
	s.store = records{fail: broken}
	if _, err := s.Open(t.Context(), string(ref), secret); !errors.Is(err, broken) || naru.IsKind(err, naru.KindNotFound) {
		t.Errorf("Open with a broken store = %v", err)
	}
}

func TestNewRefusesMissingParts(t *testing.T) {
	t.Parallel()
	if _, err := New(Options{Store: records{}}); err == nil {
		t.Error("New without Team succeeded")
	}
}

func TestOnlyTheSecretOpensADocument(t *testing.T) {
	t.Parallel()
	s, err := New(Options{Store: records{}, Team: func(string) (naru.Team, bool) { return naru.Team{}, false }})
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range [][2]string{{"claimed", ""}, {"claimed", "wrong"}, {"orphan", secret}, {"none", secret}, {"none", ""}, {strings.Repeat("a", 1000), secret}} {
		if _, err := s.OpenDocument(t.Context(), try[0], try[1]); naru.AsError(err) == nil || naru.AsError(err).Code != "attachment_unknown" {
			t.Errorf("OpenDocument(%.20q, %q) = %v; want attachment_unknown", try[0], try[1], err)
		}
	}
	d, err := s.OpenDocument(t.Context(), "claimed", secret)
	if err != nil {
		t.Fatal(err)
	}
	var got []byte
	if err := d.Each(t.Context(), func(p []byte) error { got = append(got, p...); return nil }); err != nil || string(got) != "abcdef" {
		t.Errorf("document %q, %v", got, err)
	}
	full := errors.New("pipe closed")
	if err := d.Each(t.Context(), func([]byte) error { return full }); !errors.Is(err, full) {
		t.Errorf("Each with a failing reader = %v", err)
	}
}

func TestDescribeSpeaksTheLanguage(t *testing.T) {
	t.Parallel()
	f := file(t, nil, nil)
	d := f.Describe("ko", func(key string) string { return "ko:" + key })
	if d.Team != (TeamName{"desk", "Desk"}) || len(d.Timeline) != 1 || d.Timeline[0].Text != "ko:timeline.received" {
		t.Errorf("description %+v", d)
	}
}
