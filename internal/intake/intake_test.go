package intake

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"naru/internal/locale"
	"naru/internal/naru"
)

// now is when all tests take place: in the afternoon of a Tuesday in Seoul.
var now = time.Date(2026, 11, 3, 5, 7, 9, 123456789, time.UTC)

// memory is a store that fails on demand, which the real one does not.
type memory struct {
	mu sync.Mutex
	// taken is how many case numbers are reported as taken first.
	taken       int
	refuse      error
	accepted    []naru.Acceptance
	attachments map[string]naru.Attachment
}

func (m *memory) Accept(_ context.Context, a naru.Acceptance) (naru.Inquiry, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse != nil {
		return naru.Inquiry{}, false, m.refuse
	}
	if m.taken > 0 {
		m.taken--
		return naru.Inquiry{}, false, naru.NewError(naru.KindConflict, "reference_taken", nil)
	}
	if first, found, err := m.meet(a); found || err != nil {
		return first, found, err
	}
	m.accepted = append(m.accepted, a)
	return a.Inquiry, false, nil
}

func (m *memory) Replay(_ context.Context, a naru.Acceptance) (naru.Inquiry, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.meet(a)
}

// meet looks for the case number.
func (m *memory) meet(a naru.Acceptance) (naru.Inquiry, bool, error) {
	for _, before := range m.accepted {
		switch {
		case before.Inquiry.Reference != a.Inquiry.Reference:
		case before.Key == "" || before.Key != a.Key || before.Inquiry.AcceptedAt.Before(a.KeysSince):
			return naru.Inquiry{}, false, naru.NewError(naru.KindConflict, "reference_taken", nil)
		case before.BodyDigest != a.BodyDigest:
			return naru.Inquiry{}, false, naru.NewError(naru.KindConflict, "idempotency_key_reused", nil)
		default:
			return before.Inquiry, true, nil
		}
	}
	return naru.Inquiry{}, false, nil
}

func (m *memory) Attachment(_ context.Context, id string) (naru.Attachment, string, error) {
	if a, ok := m.attachments[id]; ok {
		return a, "", nil
	}
	return naru.Attachment{}, "", naru.NewError(naru.KindNotFound, "attachment_unknown", nil)
}

type everything struct{}

func (everything) Route(i naru.Inquiry) (naru.Team, string) {
	return naru.Team{ID: "desk-" + string(i.Kind), Names: map[string]string{"en": "Desk", "kk": "Топ", "ko": "창구"}}, "all"
}

func (everything) Match(name, country string) (naru.KnownPartner, bool) {
	return naru.KnownPartner{RecordID: "1", Name: "National Cancer Center of Mongolia", Scope: "overseas"}, country == "MN" && strings.Contains(name, "Хавдар судлал")
}

func (everything) AnswerBy(at time.Time) time.Time { return at.Add(24 * time.Hour) }

// texts are read once: they do not change.
var texts = sync.OnceValues(func() (*locale.Catalog, error) {
	return locale.Load(os.DirFS("../../config/locales"), "api", "meta", "consent", "format")
})

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func newService(t testing.TB, change func(*Options)) (*Service, *memory) {
	t.Helper()
	catalog, err := texts()
	if err != nil {
		t.Fatal(err)
	}
	consents, err := ParseConsents(read(t, "../../config/consents.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var departments struct{ Departments []string }
	if err := yaml.Unmarshal(read(t, "../../config/departments.yaml"), &departments); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, lang := range naru.Languages {
		names[lang] = "Center"
	}
	store := &memory{attachments: map[string]naru.Attachment{}}
	o := Options{
		Store: store, Router: everything{}, Partners: everything{}, Calendar: everything{}, Catalog: catalog,
		Consents: consents, Departments: departments.Departments, Center: names, Association: names, RetentionMonths: 24,
		PublicURL: "https://naru.example", MailDomain: "mail.example", OwnAddresses: []string{"Desk@center.example"},
		Clock: func() time.Time { return now }, Random: rand.Reader,
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s, store
}

// object is a JSON body that tests change.
type object map[string]any

func (o object) with(changes object) object {
	all := object{}
	maps.Copy(all, o)
	for k, v := range changes {
		if all[k] = v; v == nil {
			delete(all, k)
		}
	}
	return all
}

func (o object) body(t testing.TB) []byte {
	t.Helper()
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const version = "2026-11-1"

func granted(ids ...string) []object {
	var all []object
	for _, id := range ids {
		all = append(all, object{"id": id, "version": version, "granted": true})
	}
	return all
}

func patient() object {
	return object{
		"kind": "patient", "language": "en", "writer": "self", "name": "Maria Silva", "birth_date": "1980-02-29", "nationality": "PT", "residence": "PT",
		"email": "maria@mail.example", "purpose": "second_opinion", "complaint": "Pain in the left knee since May.",
		"consents": granted("personal_information", "sensitive_information"),
	}
}

func partner() object {
	return object{
		"kind": "partner", "language": "ko", "institution": "Example University", "country": "US", "type": "university", "name": "Jane Roe", "title": "Dean",
		"email": "jane@uni.example", "topic": "agreement", "description": "We would like to talk about an agreement.", "consents": granted("personal_information"),
	}
}

// problems hands the body in and returns what was wrong as "pointer code".
func problems(t testing.TB, s *Service, body []byte) []string {
	t.Helper()
	_, err := s.Accept(context.Background(), Request{Body: body, Language: "en"})
	if err == nil {
		return nil
	}
	e := naru.AsError(err)
	if e.Kind != naru.KindInvalid {
		return []string{fmt.Sprintf("%v %s", e.Kind, e.Code)}
	}
	var list []string
	for _, f := range e.Fields {
		list = append(list, f.Pointer+" "+f.Code)
	}
	return list
}

func TestAcceptWritesInquiryAndDeliveries(t *testing.T) {
	t.Parallel()
	woken := 0
	s, store := newService(t, func(o *Options) { o.Wake = func() { woken++ } })
	body := patient().with(object{"in_hospital": true, "phone": "912 345 678", "language": "kk-KZ"}).body(t)
	r, err := s.Accept(context.Background(), Request{Body: body, Language: "ru", RequestID: "r1", IdempotencyKey: "k 1"[:1]})
	if err != nil {
		t.Fatal(err)
	}
	i := r.Inquiry
	if i.Language != "kk" || r.TeamName != "Топ" || !i.Urgent || i.Contact.PhoneE164 != "+351912345678" || i.Patient.Phone != "912 345 678" || i.RequestID != "r1" {
		t.Errorf("inquiry %+v, team %q", i, r.TeamName)
	}
	if !i.AcceptedAt.Equal(now.Truncate(time.Microsecond)) || !r.AcknowledgedBy.Equal(i.AcceptedAt.Add(time.Minute)) || !r.AnswerBy.Equal(i.AcceptedAt.Add(24*time.Hour)) {
		t.Errorf("times %v %v %v", i.AcceptedAt, r.AcknowledgedBy, r.AnswerBy)
	}
	if len(i.Secret) != 27 || r.StatusURL != "https://naru.example/kk/inquiries/"+string(i.Reference)+"?key="+i.Secret {
		t.Errorf("status link %q", r.StatusURL)
	}
	a := store.accepted[0]
	if a.Key == "" || strings.Contains(a.Key, "k") && len(a.Key) != 64 || len(a.BodyDigest) != 64 {
		t.Errorf("key %q, digest %q", a.Key, a.BodyDigest)
	}
	if len(a.Deliveries) != 2 || a.Deliveries[0].Kind != naru.DeliveryTeam || a.Deliveries[0].TeamID != "desk-patient" || a.Deliveries[1].Kind != naru.DeliveryAcknowledgement || a.Deliveries[1].TeamID != "" {
		t.Fatalf("deliveries %+v", a.Deliveries)
	}
	for _, d := range a.Deliveries {
		if d.InquiryID != i.ID || d.MessageID != d.ID+"@mail.example" || d.State != naru.StatePending || !d.NextAttemptAt.Equal(i.AcceptedAt) || d.RequestID != "r1" || d.ID == i.ID {
			t.Errorf("delivery %+v", d)
		}
	}
	if woken != 1 {
		t.Errorf("woken %d times", woken)
	}
	for _, c := range i.Consents {
		text := s.consents.texts["kk"][c.ID]
		if c.Language != "kk" || c.Version != version || !c.Granted || c.SHA256 != text.SHA256 || !c.At.Equal(i.AcceptedAt) {
			t.Errorf("consent %+v", c)
		}
	}
	if len(i.Consents) != 2 {
		t.Errorf("%d consents recorded", len(i.Consents))
	}
	again, err := s.Accept(context.Background(), Request{Body: body, Language: "ru", IdempotencyKey: "k"})
	if err != nil || !again.Replayed || again.Inquiry.Reference != i.Reference || again.StatusURL != r.StatusURL || woken != 1 {
		t.Errorf("replay: %+v, %v; woken %d times", again, err, woken)
	}
	if _, err := s.Accept(context.Background(), Request{Body: patient().body(t), IdempotencyKey: "k"}); naru.AsError(err).Code != "idempotency_key_reused" {
		t.Errorf("same key, other body: %v", err)
	}
	for _, key := range []string{"a b", "a\n", "ключ", strings.Repeat("x", 256)} {
		if _, err := s.Accept(context.Background(), Request{Body: body, IdempotencyKey: key}); naru.AsError(err).Code != "idempotency_key_malformed" {
			t.Errorf("key %q: %v", key, err)
		}
	}
}

// TestKeyLeadsToCaseNumbers checks the case numbers of a key, on which repeated
// requests meet: they must not change, for those on their way when naru is
// replaced by a later version.
func TestKeyLeadsToCaseNumbers(t *testing.T) {
	t.Parallel()
	clock := now
	s, store := newService(t, func(o *Options) {
		o.KeysKept = time.Hour
		o.Clock = func() time.Time { return clock }
	})
	// The first is another inquiry's by chance.
	store.accepted = []naru.Acceptance{{Inquiry: naru.Inquiry{Reference: "H5N-T3W-NX2", AcceptedAt: now}}}
	ask := func(reference naru.Reference, replayed bool) {
		t.Helper()
		r, err := s.Accept(t.Context(), Request{Body: patient().body(t), Language: "en", IdempotencyKey: "k"})
		if err != nil || r.Inquiry.Reference != reference || r.Replayed != replayed {
			t.Errorf("%s, replayed %v, %v; want %s, %v", r.Inquiry.Reference, r.Replayed, err, reference, replayed)
		}
	}
	ask("7DT-993-8RJ", false)
	ask("7DT-993-8RJ", true)
	clock = now.Add(time.Hour)
	ask("7DT-993-8RJ", true)
	clock = now.Add(time.Hour + time.Microsecond)
	ask("WP9-25X-3WH", false)
	ask("WP9-25X-3WH", true)
}

// A retry after the rules changed gets the first answer: what it agreed to was
// right when it was accepted.
// talks is a store of conversations with one in it.
type talks struct{ broken bool }

func (c talks) Turns(_ context.Context, id string) ([]naru.Turn, error) {
	switch {
	case c.broken:
		return nil, naru.NewError(naru.KindUnavailable, "database_unavailable", nil)
	case id == "talk":
		return []naru.Turn{{At: now, Language: "en", Kind: "answer", Question: "q", Answer: "a"}}, nil
	}
	return nil, nil
}

func TestConversationGoesAlong(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, func(o *Options) { o.Conversations = talks{} })
	agreed := object{"consents": append(granted("personal_information"), granted("conversation")...)}
	for _, row := range []struct {
		body object
		want int
	}{
		{partner().with(object{"conversation_id": "talk"}), 0},
		{partner().with(agreed), 0},
		{partner().with(agreed).with(object{"conversation_id": "over"}), 0},
		{partner().with(agreed).with(object{"conversation_id": "talk"}), 1},
	} {
		r, err := s.Accept(t.Context(), Request{Body: row.body.body(t), Language: "en"})
		if err != nil || len(r.Inquiry.Conversation) != row.want {
			t.Errorf("%v: %+v, %v", row.body, r.Inquiry.Conversation, err)
		}
	}
	for id, want := range map[any]string{7: "/conversation_id type_string", strings.Repeat("x", 101): "/conversation_id too_long"} {
		if got := problems(t, s, partner().with(object{"conversation_id": id}).body(t)); !slices.Equal(got, []string{want}) {
			t.Errorf("%v: %v", id, got)
		}
	}
	s, store := newService(t, func(o *Options) { o.Conversations = talks{broken: true} })
	_, err := s.Accept(t.Context(), Request{Body: partner().with(agreed).with(object{"conversation_id": "talk"}).body(t), Language: "en"})
	if !naru.IsKind(err, naru.KindUnavailable) || len(store.accepted) != 0 {
		t.Errorf("broken store: %v", err)
	}
}

func TestRetryAfterTheConsentsChanged(t *testing.T) {
	t.Parallel()
	s, store := newService(t, nil)
	r := Request{Body: patient().body(t), Language: "en", IdempotencyKey: "k"}
	first, err := s.Accept(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	changed, _ := newService(t, func(o *Options) {
		o.Store = store
		o.Consents = slices.Clone(o.Consents)
		for i := range o.Consents {
			o.Consents[i].Version = "2027-01-1"
		}
	})
	again, err := changed.Accept(t.Context(), r)
	if err != nil || !again.Replayed || again.Inquiry.Reference != first.Inquiry.Reference || again.StatusURL != first.StatusURL || again.TeamName != first.TeamName ||
		!again.AcknowledgedBy.Equal(first.AcknowledgedBy) || !again.AnswerBy.Equal(first.AnswerBy) || again.Language != first.Language {
		t.Errorf("retry: %+v, %v", again, err)
	}
	r.IdempotencyKey = "other"
	if _, err := changed.Accept(t.Context(), r); !naru.IsKind(err, naru.KindInvalid) {
		t.Errorf("another request with the old consents: %v", err)
	}
	r.IdempotencyKey, r.Body = "k", []byte(`{"kind":"patient"}`)
	if _, err := changed.Accept(t.Context(), r); naru.AsError(err).Code != "idempotency_key_reused" {
		t.Errorf("same key, other body: %v", err)
	}
	if len(store.accepted) != 1 {
		t.Errorf("%d inquiries accepted", len(store.accepted))
	}
}

func TestAcceptDrawsAnotherCaseNumber(t *testing.T) {
	t.Parallel()
	s, store := newService(t, nil)
	store.taken = 2
	if _, err := s.Accept(context.Background(), Request{Body: patient().body(t)}); err != nil {
		t.Error(err)
	}
	store.taken = 100
	if _, err := s.Accept(context.Background(), Request{Body: patient().body(t)}); naru.AsError(err).Code != "reference_taken" || store.taken != 100-referenceDraws {
		t.Errorf("%v; %d left", err, store.taken)
	}
	store.taken, store.refuse = 0, &naru.Error{Kind: naru.KindUnavailable, Code: "overloaded", RetryAfter: time.Second}
	if _, err := s.Accept(context.Background(), Request{Body: patient().body(t)}); !naru.IsKind(err, naru.KindUnavailable) || naru.AsError(err).RetryAfter != time.Second {
		t.Errorf("%v", err)
	}
}

func TestNobodyIsAcknowledgedWhoMustNot(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]int{
		"maria@mail.example": 2, "MAILER-DAEMON@mail.example": 1, "no-reply@mail.example": 1, "desk@CENTER.example": 1, "desk+x@center.example": 1, "desk@other.example": 2,
	} {
		s, store := newService(t, nil)
		r, err := s.Accept(t.Context(), Request{Body: patient().with(object{"email": email}).body(t), Language: "en"})
		if err != nil {
			t.Errorf("%s: %v", email, err)
		} else if promised := !r.AcknowledgedBy.IsZero(); promised != (want == 2) {
			t.Errorf("%s: an acknowledgement is promised: %v", email, promised)
		} else if got := store.accepted[0].Deliveries; len(got) != want || got[0].Kind != naru.DeliveryTeam {
			t.Errorf("%s causes %d mails, want %d", email, len(got), want)
		}
	}
}

func TestKnownPartner(t *testing.T) {
	t.Parallel()
	s, store := newService(t, nil)
	if p := problems(t, s, partner().with(object{"country": "mn", "institution": "Хавдар судлалын үндэсний төв"}).body(t)); p != nil {
		t.Fatal(p)
	}
	if p := problems(t, s, partner().body(t)); p != nil {
		t.Fatal(p)
	}
	if k := store.accepted[0].Inquiry.KnownPartner; k == nil || k.RecordID != "1" {
		t.Errorf("known partner %+v", k)
	}
	if k := store.accepted[1].Inquiry.KnownPartner; k != nil {
		t.Errorf("unknown partner recognised as %+v", k)
	}
}

func TestNewChecksItsOptions(t *testing.T) {
	t.Parallel()
	s, _ := newService(t, nil)
	for name, change := range map[string]func(*Options){
		"store": func(o *Options) { o.Store = nil }, "url": func(o *Options) { o.PublicURL = "naru.example" }, "slash": func(o *Options) { o.PublicURL += "/" },
		"domain": func(o *Options) { o.MailDomain = "" }, "consents": func(o *Options) { o.Consents = nil }, "names": func(o *Options) { o.Center = nil },
		"department": func(o *Options) { o.Departments = []string{"astrology"} },
		"consent text": func(o *Options) {
			o.Consents = []ConsentRule{{ID: "x", Version: "1", Kinds: []naru.Kind{naru.KindPatient}, Offered: true}}
		},
	} {
		o := s.options
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func BenchmarkAccept(b *testing.B) {
	s, store := newService(b, nil)
	body := read(b, "testdata/inquiries/kazakh-mother.json")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Accept(context.Background(), Request{Body: body}); err != nil {
			b.Fatal(err)
		}
		store.accepted = store.accepted[:0]
	}
}
