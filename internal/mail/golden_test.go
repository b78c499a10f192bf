package mail

import (
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2"

	"naru/internal/naru"
)

var update = flag.Bool("update", false, "write the golden files anew")

// dump shows a mail whole and readable: every header as it stands, decoded,
// and every part with its headers and its content, decoded. Random boundaries
// are left out.
func dump(t *testing.T, raw []byte) string {
	t.Helper()
	var out strings.Builder
	dumpPart(t, &out, raw)
	return out.String()
}

func dumpPart(t *testing.T, out *strings.Builder, raw []byte) {
	t.Helper()
	header, body, found := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !found {
		t.Fatalf("part without an empty line: %q", raw)
	}
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	mediaType, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	unfolded := strings.ReplaceAll(string(header), "\r\n ", " ")
	if b := params["boundary"]; b != "" {
		unfolded = strings.ReplaceAll(unfolded, b, "BOUNDARY")
	}
	for line := range strings.SplitSeq(unfolded, "\r\n") {
		decoded, err := new(mime.WordDecoder).DecodeHeader(line)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString(decoded + "\n")
	}
	out.WriteString("\n")
	if strings.HasPrefix(mediaType, "multipart/") {
		for i, part := range bytes.Split(body, []byte("--"+params["boundary"]))[1:] {
			part = bytes.TrimPrefix(part, []byte("\r\n"))
			if bytes.HasPrefix(part, []byte("--")) {
				fmt.Fprintf(out, "<<< end of %s\n", mediaType)
				break
			}
			fmt.Fprintf(out, ">>> part %d of %s\n", i+1, mediaType)
			dumpPart(t, out, bytes.TrimSuffix(part, []byte("\r\n")))
		}
		return
	}
	var r io.Reader = bytes.NewReader(body)
	switch msg.Header.Get("Content-Transfer-Encoding") {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	out.WriteString(strings.ReplaceAll(string(content), "\r\n", "\n"))
	if !bytes.HasSuffix(content, []byte("\n")) {
		out.WriteString("\n")
	}
}

func checkGolden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range gotLines {
		if i >= len(wantLines) || gotLines[i] != wantLines[i] {
			line := "(end of file)"
			if i < len(wantLines) {
				line = wantLines[i]
			}
			t.Fatalf("%s:%d differs (go test -run %s -update writes it anew)\n got %s\nwant %s", path, i+1, t.Name(), gotLines[i], line)
		}
	}
	t.Fatalf("%s is longer than the mail", path)
}

func rawMail(t *testing.T, msg *Message) []byte {
	t.Helper()
	for i, line := range strings.Split(string(msg.Raw), "\r\n") {
		if len(line) > 998 {
			t.Errorf("line %d has %d bytes, 998 is the limit of RFC 5322", i+1, len(line))
		}
		if strings.ContainsAny(line, "\r\n") || !ascii(line) {
			t.Errorf("line %d holds a stray line end or what is not ASCII: %q", i+1, line)
		}
	}
	if !fit(msg.Raw) {
		t.Error("the mail is not sent as it stands")
	}
	return msg.Raw
}

func compose(t *testing.T, store *memory, d naru.Delivery) []byte {
	t.Helper()
	msg, err := newTestComposer(t, store, nil).Compose(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return rawMail(t, msg)
}

// envelope reads a mail with another library than the one that wrote it.
func envelope(t *testing.T, raw []byte) *enmime.Envelope {
	t.Helper()
	env, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return env
}

func TestGoldenTeamMail(t *testing.T) {
	t.Parallel()
	domestic := japaneseUniversity()
	domestic.Reference = "H6D-9XE-KC2"
	domestic.KnownPartner = &naru.KnownPartner{RecordID: "domestic-36", Name: "Kookmin Bank & Sons", Scope: "domestic", Date: "2010-07-09", Subject: "Cooperation for <ODA> projects"}
	for name, q := range map[string]naru.Inquiry{
		"patient": kazakhMother(), "partner-known": mongolianHospital(), "partner-known-dated": domestic, "partner-unknown": japaneseUniversity(),
		"urgent": vietnameseAgency(), "large-attachments": emiratiEmbassy(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkGolden(t, "team-"+name+".txt", dump(t, compose(t, newMemory(q), exampleDelivery(q, naru.DeliveryTeam))))
		})
	}
}

func TestGoldenAcknowledgement(t *testing.T) {
	t.Parallel()
	for _, lang := range naru.Languages {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			q := mongolianHospital()
			if q.Language = lang; lang == "kk" {
				q = kazakhMother()
			}
			checkGolden(t, "acknowledgement-"+lang+".txt", dump(t, compose(t, newMemory(q), exampleDelivery(q, naru.DeliveryAcknowledgement))))
		})
	}
}

// failedDelivery puts a dead delivery into the store and returns the notice
// about it.
func failedDelivery(store *memory, q naru.Inquiry, kind naru.DeliveryKind, outcome naru.Outcome, reply string) naru.Delivery {
	failed := exampleDelivery(q, kind)
	failed.State, failed.Outcome, failed.Reply, failed.Attempt, failed.FinishedAt = naru.StateDead, outcome, reply, 3, exampleTime.Add(time.Hour)
	store.deliveries[failed.ID] = failed
	notice := exampleDelivery(q, naru.DeliveryNotice)
	notice.ID, notice.About, notice.TeamID = "01947e2a-2222-7000-8000-000000000002", failed.ID, "front-desk"
	notice.MessageID = notice.ID + "@naru.example"
	return notice
}

func TestGoldenNotice(t *testing.T) {
	t.Parallel()
	q := emiratiEmbassy()
	store := newMemory(q)
	notice := failedDelivery(store, q, naru.DeliveryTeam, naru.OutcomePermanent, "550 5.1.1")
	checkGolden(t, "notice-team.txt", dump(t, compose(t, store, notice)))
	q = kazakhMother()
	store = newMemory(q)
	notice = failedDelivery(store, q, naru.DeliveryAcknowledgement, naru.OutcomeTemporary, "450 4.2.0")
	checkGolden(t, "notice-acknowledgement.txt", dump(t, compose(t, store, notice)))
}

// additionDelivery puts an addition and the mail that brought the inquiry into
// the store, and returns the delivery of the addition.
func additionDelivery(store *memory, q naru.Inquiry, a naru.Addition) naru.Delivery {
	first := exampleDelivery(q, naru.DeliveryTeam)
	store.deliveries[first.ID] = first
	a.ID, a.InquiryID, a.AcceptedAt = "01947e2a-3333-7000-8000-000000000003", q.ID, exampleTime.Add(26*time.Hour)
	store.additions[a.ID] = a
	d := exampleDelivery(q, naru.DeliveryAddition)
	d.ID, d.About = "01947e2a-4444-7000-8000-000000000004", a.ID
	d.MessageID = d.ID + "@naru.example"
	return d
}

func TestGoldenAddition(t *testing.T) {
	t.Parallel()
	for name, a := range map[string]naru.Addition{
		"message": {
			Kind: naru.AdditionMessage, Message: "Тағы бір талдау дайын болды.\n\nМҚА (MRD) 0,3%. <b>Қосып жіберемін</b>.",
			Attachments: []naru.Attachment{exampleAttachment("a1", "Қан талдауы 60-күн.pdf", "application/pdf", "%PDF-1.7 analysis")},
		},
		"erasure": {Kind: naru.AdditionErasure},
	} {
		q := kazakhMother()
		store := newMemory(q)
		d := additionDelivery(store, q, a)
		raw := dump(t, compose(t, store, d))
		checkGolden(t, "addition-"+name+".txt", raw)
		for _, header := range []string{"In-Reply-To", "References"} {
			if !strings.Contains(raw, "\n"+header+": <01947e2a-1111-7000-8000-000000000001@naru.example>\n") {
				t.Errorf("%s: %s does not name the first mail", name, header)
			}
		}
	}
	q := kazakhMother()
	store := newMemory(q)
	failed := additionDelivery(store, q, naru.Addition{Kind: naru.AdditionMessage, Message: "Тағы бір талдау дайын болды."})
	notice := failedDelivery(store, q, naru.DeliveryTeam, naru.OutcomePermanent, "550 5.1.1")
	failed.State, failed.Outcome, failed.Reply, failed.Attempt, failed.FinishedAt = naru.StateDead, naru.OutcomePermanent, "550 5.1.1", 3, exampleTime.Add(27*time.Hour)
	store.deliveries[failed.ID], notice.About = failed, failed.ID
	checkGolden(t, "notice-addition.txt", dump(t, compose(t, store, notice)))
}

func TestGoldenAlert(t *testing.T) {
	t.Parallel()
	c := newTestComposer(t, newMemory(), nil)
	for name, a := range map[string]Alert{
		"stuck":   {Stuck: true, OldestWaiting: 95*time.Minute + 59*time.Second, Waiting: 41, Dead: 2},
		"failing": {Waiting: 1, Dead: 31, DeadLately: 12, RelayReachable: true},
	} {
		a.MessageID, a.At = "alert@naru.example", exampleTime
		msg, err := c.ComposeAlert("operator@hospital.example", a)
		if err != nil {
			t.Fatal(err)
		}
		checkGolden(t, "alert-"+name+".txt", dump(t, rawMail(t, msg)))
	}
	if _, err := c.ComposeAlert("Operator <operator@hospital.example>", Alert{}); err == nil {
		t.Error("an address with a name was taken")
	}
}

// TestStructure reads mails with another library than the one that wrote them.
func TestStructure(t *testing.T) {
	t.Parallel()
	q := kazakhMother()
	env := envelope(t, compose(t, newMemory(q), exampleDelivery(q, naru.DeliveryTeam)))
	for _, e := range env.Errors {
		t.Errorf("enmime: %v", e)
	}
	if env.Root.ContentType != "multipart/mixed" || env.Root.FirstChild.ContentType != "multipart/alternative" {
		t.Errorf("structure %s > %s", env.Root.ContentType, env.Root.FirstChild.ContentType)
	}
	if len(env.Attachments) != 1 || env.Attachments[0].FileName != "Қан талдауы 33-күн.pdf" || string(env.Attachments[0].Content) != "%PDF-1.7 analysis" {
		t.Errorf("attachments %+v", env.Attachments)
	}
	if !strings.Contains(strings.ReplaceAll(env.HTML, "\r\n", "\n"), q.Patient.Complaint) {
		t.Error("the complaint is not in the HTML as it was written")
	}
	var quoted strings.Builder
	for line := range strings.SplitSeq(strings.ReplaceAll(env.Text, "\r\n", "\n"), "\n") {
		// As a program that knows format=flowed; delsp=yes joins the lines.
		if rest, ok := strings.CutPrefix(line, ">"); ok {
			rest = strings.TrimPrefix(rest, " ")
			if soft, ok := strings.CutSuffix(rest, " "); ok {
				quoted.WriteString(soft)
			} else {
				quoted.WriteString(rest + "\n")
			}
		}
	}
	if !strings.Contains(quoted.String(), q.Patient.Complaint+"\n") {
		t.Errorf("the complaint is not in the text as it was written: %s", quoted.String())
	}
	for header, want := range map[string]string{
		"Subject": "[K7Q-X3M-9A4] 환자 문의 · Patient inquiry · KZ", "Message-Id": "<01947e2a-1111-7000-8000-000000000001@naru.example>",
		"Auto-Submitted": "auto-generated", "X-Naru-Request": "req-7f3a", "X-Naru-Inquiry": q.ID, "Precedence": "", "User-Agent": "", "X-Mailer": "",
	} {
		if got := env.GetHeader(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	replyTo, err := env.AddressList("Reply-To")
	if err != nil || len(replyTo) != 1 || replyTo[0].Address != q.Contact.Email || replyTo[0].Name != q.Contact.Name {
		t.Errorf("Reply-To %v, %v", replyTo, err)
	}

	env = envelope(t, compose(t, newMemory(q), exampleDelivery(q, naru.DeliveryAcknowledgement)))
	if env.Root.ContentType != "multipart/alternative" || len(env.Errors) > 0 || len(env.Attachments) > 0 {
		t.Errorf("acknowledgement: %s, %v, %d attachments", env.Root.ContentType, env.Errors, len(env.Attachments))
	}
	if env.GetHeader("Auto-Submitted") != "auto-replied" || env.GetHeader("X-Auto-Response-Suppress") != "All" {
		t.Error("the acknowledgement does not say that a program wrote it")
	}
	replyTo, err = env.AddressList("Reply-To")
	if err != nil || len(replyTo) != 1 || replyTo[0].Address != "patients@center.example" {
		t.Errorf("Reply-To %v, %v", replyTo, err)
	}
}
