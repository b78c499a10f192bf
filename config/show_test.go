package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"naru/internal/calendar"
	"naru/internal/keyring"
	"naru/internal/naru"
)

func TestShow(t *testing.T) {
	t.Parallel()
	file := write(t, "my.yaml", "log:\n  level: warn\nsmtp:\n  from_name: 'a: b # [c], \"d\"'\n")
	password := write(t, "url", "postgres://naru:hunter2@db/naru?sslpassword=hunter2\n")
	c := mustLoad(t, "NARU_CONFIG="+file, "NARU_DATABASE_URL_FILE="+password, "NARU_SMTP_URL=smtp://user:hunter2@relay?tls=none", "NARU_NATS_URL=nats://hunter2@a, nats://u:hunter2@b", "NARU_NATS_REPLICAS=3")
	got := c.Show()
	if strings.Contains(got, "hunter2") {
		t.Errorf("shows a password:\n%s", got)
	}
	for _, want := range []string{
		"  level: warn # my.yaml:2\n", "data_dir: ./naru-data # default\n", "  idle_timeout: 2m0s # default\n", "  body_limit: 256KiB # default\n",
		"  url: postgres://naru:xxxxx@db/naru?sslpassword=xxxxx # NARU_DATABASE_URL_FILE (" + password + ")\n",
		"  url: smtp://user:xxxxx@relay?tls=none # NARU_SMTP_URL\n", `  url: "nats://xxxxx@a,nats://u:xxxxx@b" # NARU_NATS_URL` + "\n", "  replicas: 3 # NARU_NATS_REPLICAS\n",
		"organisations:\n  center:\n    en: Korea University Medical Center # default\n", "  association:\n    en: Korea International Medical Association # default\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	var again Config
	if doc := readYAML("shown", []byte(got), &again); len(doc.problems) > 0 {
		t.Fatal(doc.problems)
	}
	if diff := again.Difference(c); !slices.Equal(diff, []string{"database.url", "nats.url", "smtp.url"}) {
		t.Errorf("read back it differs in %v", diff)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "value", *c)
	if printed := fmt.Sprintf("%v %+v %#v %s", c, *c, c, *c) + log.String(); strings.Contains(printed, "hunter2") {
		t.Errorf("printing shows a password: %s", printed)
	}
}

// Keys are secret as a whole, and commands must find their file again.
func TestEncryptionKeys(t *testing.T) {
	t.Parallel()
	ring, err := keyring.New()
	if err != nil {
		t.Fatal(err)
	}
	text, err := ring.Text()
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, "keys", text+"\n")
	for _, test := range []struct {
		environ   []string
		keys      string
		keysFile  string
		shown     string
		warnsOfIt bool
	}{
		{[]string{"NARU_ENCRYPTION_KEYS_FILE=" + file}, text, file, "  keys: xxxxx # NARU_ENCRYPTION_KEYS_FILE (" + file + ")\n", false},
		{[]string{"NARU_ENCRYPTION_KEYS=" + text}, text, "", "  keys: xxxxx # NARU_ENCRYPTION_KEYS\n", false},
		{[]string{"NARU_ENCRYPTION_KEYS=none"}, NoKeys, "", "  keys: none # NARU_ENCRYPTION_KEYS\n", false},
		{[]string{"NARU_DATA_DIR=/data"}, "", "/data/naru.keys", "  keys: \"\" # default\n", false},
		{[]string{"NARU_DATABASE_URL=postgres://db/naru"}, "", "", "  keys: \"\" # default\n", true},
	} {
		c := mustLoad(t, test.environ...)
		if c.Encryption.Keys != test.keys || c.KeysFile() != test.keysFile {
			t.Errorf("%v: keys %q in %q", test.environ, c.Encryption.Keys, c.KeysFile())
		}
		shown := c.Show()
		if !strings.Contains(shown, test.shown) || strings.Contains(shown, text) || strings.Contains(shown, "keyData") {
			t.Errorf("%v: shown as\n%s", test.environ, shown)
		}
		if warns := slices.ContainsFunc(c.Warnings(), func(p Problem) bool { return p.Code == "readable_data" }); warns != test.warnsOfIt {
			t.Errorf("%v: warnings %v", test.environ, c.Warnings())
		}
	}
}

func TestBytes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Bytes{"0": 0, "1": 1, "20MiB": 20 << 20, "20 MiB": 20 << 20, "1.5KiB": 1536, "300kB": 300_000, "1GiB": 1 << 30} {
		var b, again Bytes
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%s is %d: %v", text, b, err)
		}
		if err := again.UnmarshalText([]byte(b.String())); err != nil || again != b {
			t.Errorf("%d is written %s", b, b)
		}
	}
	for _, text := range []string{"", "-1", "MiB", "1XB", "99999999999999999999", "16EiB"} {
		if new(Bytes).UnmarshalText([]byte(text)) == nil {
			t.Errorf("%q was taken for a size", text)
		}
	}
}

func TestDerived(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "NARU_SMTP_FROM=Desk@Hospital.Example", "NARU_NATS_URL=nats://a, nats://b")
	if c.MailDomain() != "hospital.example" || !slices.Equal(c.NATSServers(), []string{"nats://a", "nats://b"}) {
		t.Errorf("%s %v", c.MailDomain(), c.NATSServers())
	}
	if c = mustLoad(t, "NARU_SMTP_DOMAIN=Mail.Hospital.example"); c.MailDomain() != "mail.hospital.example" || c.NATSServers() != nil {
		t.Errorf("%s %v", c.MailDomain(), c.NATSServers())
	}
	for listening, want := range map[string]string{"127.0.0.1:81": "http://127.0.0.1:81", "0.0.0.0:81": "http://localhost:81", "[::]:81": "http://localhost:81", "[::1]:81": "http://[::1]:81"} {
		addr, err := net.ResolveTCPAddr("tcp", listening)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.BaseURL(addr); got != want {
			t.Errorf("%s: %s, want %s", listening, got, want)
		}
	}
	if got := mustLoad(t, "NARU_PUBLIC_URL=https://desk.example/x/").BaseURL(&net.TCPAddr{}); got != "https://desk.example/x" {
		t.Errorf("%s", got)
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{"teams.yaml": "mine", "locales/en/extra.yaml": "extra", ".hidden/x": "x"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fsys := Files(dir)
	if err := fstest.TestFS(fsys, "teams.yaml", "holidays.yaml", "locales/en/extra.yaml", "locales/en/countries.yaml", "knowledge/agreements/overseas.yaml"); err != nil {
		t.Error(err)
	}
	if got, err := fs.ReadFile(fsys, "teams.yaml"); err != nil || string(got) != "mine" {
		t.Errorf("%q %v", got, err)
	}
	sub, err := fs.Sub(fsys, "locales")
	if err != nil {
		t.Fatal(err)
	}
	found, err := fs.Glob(sub, "en/*.yaml")
	if err != nil || !slices.Contains(found, "en/extra.yaml") || !slices.Contains(found, "en/countries.yaml") {
		t.Errorf("%v %v", found, err)
	}
	if _, err := fs.ReadFile(fsys, "nothing.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if _, err := fs.ReadFile(fsys, "../teams.yaml"); err == nil {
		t.Error("left the folder")
	}
	if got := strays(dir); len(got) != 0 {
		t.Errorf("%v", got)
	}
	for name, text := range map[string]string{
		"team.yaml": "", "look.yaml": "colours: {accent: \"#003366\"}\nlogo: {file: a.svg}\npages:\n  - {id: p, in: foot}\n", "look/a.svg": "<svg/>", "pages/p/en.md": "# P",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := strays(dir); len(got) != 1 || got[0].String() != filepath.Join(dir, "team.yaml")+": has no shipped file of the same path, and nothing reads it (overrides_nothing)" {
		t.Errorf("%v", got)
	}
}

func loadDesk(t *testing.T) *Desk {
	t.Helper()
	d, err := LoadDesk(Files(""))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestShippedDesk(t *testing.T) {
	t.Parallel()
	d := loadDesk(t)
	if len(d.Warnings) > 0 {
		t.Error(d.Warnings)
	}
	for _, team := range d.Teams {
		if !strings.HasSuffix(team.Email, ".example") {
			t.Errorf("%s can be written to: %s", team.ID, team.Email)
		}
		for _, l := range naru.Languages {
			if team.Names[l] == "" {
				t.Errorf("%s has no name in %s", team.ID, l)
			}
		}
		if got, ok := d.Team(team.ID); !ok || got.Email != team.Email || !slices.Contains(d.Addresses(), team.Email) {
			t.Errorf("%s is not found", team.ID)
		}
	}
	if _, ok := d.Team("none"); ok || d.Fallback().ID != "front-desk" {
		t.Errorf("fallback %s", d.Fallback().ID)
	}
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, calendar.Seoul)
	team, rule := d.Route(naru.Inquiry{Kind: naru.KindPartner, Language: "mn", AcceptedAt: at, Contact: naru.Contact{Country: "MN"}, KnownPartner: &naru.KnownPartner{}, Partner: &naru.Partner{Topic: "visit", Type: "hospital"}})
	if team.ID != "external-affairs" || rule != "known-partner" || !d.OpenAt(at)("external-affairs") || d.OpenAt(at.Add(12*time.Hour))("external-affairs") {
		t.Errorf("%s by %s, open %v", team.ID, rule, d.OpenAt(at)("external-affairs"))
	}
}

// TestShippedHolidays holds the weekdays that are easily got wrong: lunar
// holidays, and holidays that move.
func TestShippedHolidays(t *testing.T) {
	t.Parallel()
	d := loadDesk(t)
	for arrived, want := range map[string]string{
		"2025-01-24 10:00": "2025-01-31", // Friday before the longest Seollal: 27 is a temporary holiday
		"2025-05-02 10:00": "2025-05-07", // Children's Day is Buddha's Birthday
		"2025-10-02 23:00": "2025-10-10", // Foundation Day, Chuseok with substitute, Hangeul Day
		"2026-02-13 10:00": "2026-02-19", // Seollal on Monday to Wednesday
		"2026-02-27 10:00": "2026-03-03", // 1 March is a Sunday
		"2026-04-30 10:00": "2026-05-01", // Labour Day is not listed
		"2026-05-22 10:00": "2026-05-26", // Buddha's Birthday is a Sunday
		"2026-06-05 10:00": "2026-06-08", // Memorial Day is a Saturday and does not move
		"2026-07-16 10:00": "2026-07-20", // Constitution Day
		"2026-08-14 10:00": "2026-08-18", // Liberation Day is a Saturday
		"2026-09-23 10:00": "2026-09-28", // Chuseok ends on a Saturday and does not move
		"2026-10-02 10:00": "2026-10-06", // Foundation Day is a Saturday
		"2026-12-24 10:00": "2026-12-28",
		"2026-12-31 10:00": "2027-01-04",
		"2027-02-05 10:00": "2027-02-10", // in Korea Seollal is a day later than in China
		"2027-10-08 10:00": "2027-10-12", // Hangeul Day is a Saturday
		"2027-12-24 10:00": "2027-12-28", // Christmas is a Saturday
		"2028-01-25 10:00": "2028-01-31", // as in 2027
		"2028-09-29 10:00": "2028-10-06", // Chuseok meets Foundation Day
		"2028-10-06 10:00": "2028-10-10", // Hangeul Day is a Monday
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", arrived, calendar.Seoul)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.AnswerBy(at).In(calendar.Seoul).Format("2006-01-02 15:04"); got != want+" 18:00" {
			t.Errorf("arrived %s: answer by %s, want %s 18:00", arrived, got, want)
		}
	}
	// The fixed rules, for other years, give the same days as the lists.
	rules, err := LoadDesk(shipped(t, map[string]string{holidaysFile: withoutYears(t)}))
	if err != nil {
		t.Fatal(err)
	}
	lunar := []string{"Seollal", "Chuseok", "Buddha", "election", "Temporary"}
	var file holidays
	src, _ := files.ReadFile(holidaysFile)
	readYAML(holidaysFile, src, &file)
	for year, days := range file.Years {
		for day, name := range days {
			at, err := time.ParseInLocation(time.DateOnly, day, calendar.Seoul)
			if err != nil {
				t.Fatal(err)
			}
			if slices.ContainsFunc(lunar, func(l string) bool { return strings.Contains(name, l) }) && at.Format("01-02") != "10-03" || year == "2025" && strings.Contains(name, "Children") {
				continue
			}
			if !rules.Calendar.Holiday(at) {
				t.Errorf("%s (%s) does not follow from the fixed rules", day, name)
			}
		}
	}
}

func withoutYears(t *testing.T) string {
	t.Helper()
	src, err := files.ReadFile(holidaysFile)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(src), "years:\n")
	_, fixed, _ := strings.Cut(rest, "fixed:")
	return head + "years: {}\nfixed:" + fixed
}

func TestCheckOfWhatIsShipped(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	parts := []Part{{Name: "locales", Check: func(c *Config, fsys fs.FS) error {
		_, err := fs.Stat(fsys, "locales/en/countries.yaml")
		return err
	}}}
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, calendar.Seoul)
	if err := Check(&out, CheckOptions{Parts: parts, Now: now}); err != nil {
		t.Error(err)
	}
	for _, want := range []string{
		"teams: ok, 4 teams, 7 rules, all holidays of 2025, 2026, 2027, 2028\n", "locales: ok\n", "\nmongolian-hospital: external-affairs, by rule known-partner (teams.yaml:",
		" known-partner: known_partner is false, wants true\n", " referral-to-korea: matches\n", " known-partner: kind is patient, wants partner\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q", want)
		}
	}
	if strings.Contains(out.String(), "warning") || strings.Contains(out.String(), "error") {
		t.Errorf("%s", out.String())
	}
}

func TestCheckReportsEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	overrides := map[string]string{
		"teams.yaml": "teams:\n  - {id: a, " + teamNames + ", email: a@b.example, hours: {days: [mon], open: \"09:00\", close: \"18:00\"}, fallback: true}\nrules:\n" +
			"  - {id: one, when: {kind: partner}, team: a}\n  - {id: two, when: {topic: visit}, team: a}\n  - {id: rest, team: a}\n",
		"samples.yaml": "samples:\n  - {id: x, kind: partner, topic: visits, institution_type: hospital, country: KZ, language: kk, team: b}\n",
	}
	for name, src := range overrides {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sample, err := ParseSample("stdin", []byte(`{"id": "mine", "kind": "patient", "purpose": "checkup", "writer": "self", "country": "VN", "language": "vi"}`))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = Check(&out, CheckOptions{
		Options: Options{Environ: []string{"NARU_CONFIG_DIR=" + dir, "NARU_LOG_LEVEL=loud", "NARU_SMTP_URL=smtp://relay?tls=none", "NARU_HTTP_ADDR=:80", "NARU_HTTP_TRUSTED_PROXIES=0.0.0.0/0"}},
		Parts:   []Part{{Name: "locales", Check: func(*Config, fs.FS) error { return errors.Join(errors.New("one"), errors.New("two")) }}},
		Samples: []Sample{sample}, Now: time.Date(2029, 1, 1, 0, 0, 0, 0, calendar.Seoul),
	})
	want := `settings: 1 wrong
  error: NARU_LOG_LEVEL: log.level: must be one of debug, info, warn, error (bad_value)
  warning: smtp.from: is under .example, which no relay of the world takes; set an address of yours (example_address)
  warning: smtp.url: hands mail over without TLS (plain_mail)
  warning: public_url: is empty although others than this host can connect; links in mails would not work (no_public_url)
  warning: http.trusted_proxies: holds 0.0.0.0/0, so that anybody can claim any address (trusts_everyone)
teams: ok, 1 teams, 3 rules, all holidays of 2025, 2026, 2027, 2028
  warning: teams.yaml:5: rules[1]: "two" can never match: rule "one" (line 4) before it takes all that it would (shadowed)
  warning: teams.yaml: teams[0].email: of a is under .example: mail to it cannot arrive (example_address)
  warning: holidays.yaml: years: lack 2029: promises of an answer do not know its lunar holidays (year_missing)
look: ok
locales: 2 wrong
  error: locales: one (invalid)
  error: locales: two (invalid)
samples: ok, 1

x: a, by rule one (teams.yaml:4)
  teams.yaml:4 one: matches
  error: samples.yaml:2: topic: is "visits", which is no topic; did you mean "visit"? (unknown_topic)
  error: samples.yaml:2: team: x reaches a by rule one, not b (wrong_team)

mine: a, by rule rest (teams.yaml:6)
  teams.yaml:4 one: kind is patient, wants partner
  teams.yaml:5 two: topic is not given, wants visit
  teams.yaml:6 rest: matches
`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 5 {
		t.Errorf("%v", err)
	}
}

func TestParseSample(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`{"kind": "patient", "colour": "red"}`:                                "stdin:1: colour: is not a known key; known here: id, about, at, kind, purpose, writer, department, topic, institution_type, country, language, known_partner, team (unknown_key)",
		`{"kind": "patient", "at": "now", "country": "KZ", "language": "kk"}`: "stdin:1: at: must be a time in Korea such as 2026-11-24 02:00 (bad_value)",
		`{`: "stdin:1: is not YAML: could not find flow mapping end token '}' (syntax)",
	} {
		if _, err := ParseSample("stdin", []byte(src)); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", src, err, want)
		}
	}
}
