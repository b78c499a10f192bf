package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// wrong loads settings that must be refused and returns the problems, one a
// line, with the file's folder left out.
func wrong(t *testing.T, yaml string, environ ...string) []string {
	t.Helper()
	file := ""
	if yaml != "" {
		file = write(t, "my.yaml", yaml)
	}
	_, err := Load(Options{File: file, Environ: environ})
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("%q %v: %v", yaml, environ, err)
	}
	return strings.Split(strings.ReplaceAll(problems.Error(), filepath.Dir(file)+"/", ""), "\n")
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for yaml, want := range map[string][]string{
		"http: {adr: x}":                          {"my.yaml:1: http.adr: is not a known key, did you mean addr? (unknown_key)"},
		"htp:\n  addr: x":                         {"my.yaml:1: htp: is not a known key, did you mean http? (unknown_key)"},
		"log: {colours_of_it: 1}":                 {"my.yaml:1: log.colours_of_it: is not a known key; known here: level, format (unknown_key)"},
		"log:\n  level: info\n  level: warn":      {"my.yaml:3: log.level: stands twice, first in line 2 (duplicate_key)"},
		"log:\n  level:\n":                        {`my.yaml:2: log.level: has no value; write "" for an empty text or leave the key out (no_value)`},
		"log: info":                               {"my.yaml:1: log: must be a group of keys, not a single value (wrong_type)"},
		"log: [info]":                             {"my.yaml:1: log: must be a group of keys, not a list (wrong_type)"},
		"log: {level: {a: b}}":                    {"my.yaml:1: log.level: must be a single value, not a group of keys (wrong_type)"},
		"languages: [[en]]":                       {"my.yaml:1: languages[0]: must be a single value, not a list (wrong_type)"},
		"http: {idle_timeout: 5}":                 {"my.yaml:1: http.idle_timeout: is not a duration such as 30s, 10m or 72h (wrong_type)"},
		"http: {idle_timeout: 5h}":                {"my.yaml:1: http.idle_timeout: must be at most 1h (bad_value)"},
		"http: {body_limit: big}":                 {"my.yaml:1: http.body_limit: is not a size such as 20MiB or 512KiB (wrong_type)"},
		"http: {body_limit: 1}":                   {"my.yaml:1: http.body_limit: must be at least 16KiB (bad_value)"},
		"http: {max_concurrent: 1.5}":             {"my.yaml:1: http.max_concurrent: is not a whole number (wrong_type)"},
		"http: {max_concurrent: 0}":               {"my.yaml:1: http.max_concurrent: must be at least 1 (bad_value)"},
		"http: {addr: 8080}":                      {"my.yaml:1: http.addr: must be host:port, e.g. 127.0.0.1:8080 (bad_value)"},
		"http: {addr: 'x:99999'}":                 {"my.yaml:1: http.addr: must be host:port, e.g. 127.0.0.1:8080 (bad_value)"},
		"http:\n  trusted_proxies:\n    - a":      {"my.yaml:3: http.trusted_proxies[0]: must be an IP address or a network such as 10.0.0.0/8 (bad_value)"},
		"http: {trusted_proxies: ['::1', '::1']}": {"my.yaml:1: http.trusted_proxies: must not hold the same value twice (bad_value)"},
		"languages: [ko, ja]":                     {"my.yaml:1: languages: must hold en, the language used when nothing else is known (bad_value)"},
		"languages: []":                           {"my.yaml:1: languages: must be at least 1 items (bad_value)"},
		"languages: [en, zh]":                     {"my.yaml:1: languages[1]: must be one of en, ko, zh-Hans, ja, ru, mn, kk, ar, vi (bad_value)"},
		"smtp: {connections: 65}":                 {"my.yaml:1: smtp.connections: must be at most 64 (bad_value)"},
		"smtp: {rate_per_second: .nan}":           {"my.yaml:1: smtp.rate_per_second: is not a number (wrong_type)"},
		"smtp: {rate_per_second: -1}":             {"my.yaml:1: smtp.rate_per_second: must be at least 0 (bad_value)"},
		"smtp: {from: 'Desk <a@b.example>'}":      {"my.yaml:1: smtp.from: must be a plain mail address (bad_value)"},
		"smtp: {from: ''}":                        {"my.yaml:1: smtp.from: must not be empty (bad_value)"},
		"smtp: {from_name: \"a\\r\\nBcc: b\"}":    {"my.yaml:1: smtp.from_name: must be one line without control characters (bad_value)"},
		"smtp: {domain: a b}":                     {"my.yaml:1: smtp.domain: must be a domain name (bad_value)"},
		"smtp: {helo: 'a b'}":                     {"my.yaml:1: smtp.helo: must be a host name (bad_value)"},
		"log: {level: loud}":                      {"my.yaml:1: log.level: must be one of debug, info, warn, error (bad_value)"},
		"nats: {replicas: 2, url: nats://a}":      {"my.yaml:1: nats.replicas: must be one of 1, 3, 5 (bad_value)"},
		"nats: {replicas: 3}":                     {"my.yaml:1: nats.replicas: must be 1 with the embedded broker; set nats.url for more (contradiction)"},
		"nats: {ca_path: /nowhere}": {
			"my.yaml:1: nats.ca_path: must be a file that exists and can be read (bad_value)", "my.yaml:1: nats.ca_path: has no use without nats.url (contradiction)",
		},
		"retry: {first: 31s}":                          {"my.yaml:1: retry.first: must be at most 30s (bad_value)", "my.yaml:1: retry.first: with retry.jitter added must not be more than 30s (contradiction)"},
		"retry: {first: 28s}":                          {"my.yaml:1: retry.first: with retry.jitter added must not be more than 30s (contradiction)"},
		"retry: {max: 1s}":                             {"my.yaml:1: retry.max: must not be less than retry.first (contradiction)"},
		"catcher: {smtp_addr: '0.0.0.0:25'}":           {"my.yaml:1: catcher.smtp_addr: must be on a loopback address, e.g. 127.0.0.1:0 (bad_value)"},
		"attachments: {file_limit: 60MiB}":             {"my.yaml:1: attachments.file_limit: must not be more than attachments.inquiry_limit (contradiction)"},
		"limits: {inquiries_per_hour: 5}":              {"my.yaml:1: limits.inquiries_per_hour: must not be less than limits.inquiries_per_minute (contradiction)"},
		"widget: {origins: ['https://*.a.example']}":   {"my.yaml:1: widget.origins[0]: " + badOrigin},
		"widget: {origins: ['https://A.example']}":     {"my.yaml:1: widget.origins[0]: " + badOrigin},
		"widget: {origins: ['https://a.example/']}":    {"my.yaml:1: widget.origins[0]: " + badOrigin},
		"widget: {origins: ['https://a.example:443']}": {"my.yaml:1: widget.origins[0]: " + badOrigin},
		"widget: {origins: [a.example]}":               {"my.yaml:1: widget.origins[0]: " + badOrigin},
		"widget: {origins: ['null']}":                  {"my.yaml:1: widget.origins[0]: " + badOrigin},
		"templates_dir: /nowhere":                      {"my.yaml:1: templates_dir: must be a folder that exists (bad_value)"},
		"public_url: ftp://a":                          {"my.yaml:1: public_url: must be http:// or https:// with a host, without query, fragment or password (bad_value)"},
		"organisations: {center: {en: ''}}":            {"my.yaml:1: organisations.center.en: must not be empty (bad_value)"},
		"consents: {retention_months: 0}":              {"my.yaml:1: consents.retention_months: must be at least 1 (bad_value)"},
		"log: !x {level: info}":                        {"my.yaml:1: log: has a type tag; write the plain value (wrong_type)"},
		"log: *other":                                  {"my.yaml:1: log: refers to an anchor that is not set before (syntax)"},
		"log: {level: info}\n---\nlog: {level: debug}": {"my.yaml:3: holds more than one document (syntax)"},
		"retry: &r {first: 1s}\nlog:\n  <<: *r":        {"my.yaml:3: log: merge keys (<<) are not supported (unknown_key)"},
		"http: {addr: 'a'\nlog: {levl: x}\nretry: 1":   {"my.yaml:2: is not YAML: ',' or '}' must be specified (syntax)"},
		"- a": {"my.yaml:1: must be a group of keys, not a list (wrong_type)"},
		"http: {adr: x}\nlog:\n  level: loud\nfoo: bar": {"my.yaml:1: http.adr: is not a known key, did you mean addr? (unknown_key)", "my.yaml:3: log.level: must be one of debug, info, warn, error (bad_value)", "my.yaml:4: foo: is not a known key" + knownKeys()},
	} {
		if got := wrong(t, yaml); !slices.Equal(got, want) {
			t.Errorf("%s\n got %s\nwant %s", yaml, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
}

const badOrigin = "must be a site as browsers name it: scheme and host in lower case, nothing behind them, e.g. https://www.hospital.example (bad_value)"

func knownKeys() string {
	return "; known here: public_url, data_dir, templates_dir, config_dir, languages, http, work, database, encryption, nats, smtp, retry, catcher, attachments, limits, consents, retention, disk, operator, chat, model, widget, log, organisations (unknown_key)"
}

func TestBadVariables(t *testing.T) {
	t.Parallel()
	path := write(t, "value", "oops\n")
	for _, test := range []struct{ environ, want []string }{
		{[]string{"NARU_HTTP_ADRR=x"}, []string{"NARU_HTTP_ADRR: is not a known variable, did you mean NARU_HTTP_ADDR? (unknown_variable)"}},
		{[]string{"NARU_SMTP_ULR_FILE=x"}, []string{"NARU_SMTP_ULR_FILE: is not a known variable, did you mean NARU_SMTP_URL_FILE? (unknown_variable)"}},
		{[]string{"NARU_COFIG=x"}, []string{"NARU_COFIG: is not a known variable, did you mean NARU_CONFIG? (unknown_variable)"}},
		{[]string{"NARU_COLOUR_OF_THE_SKY=secret"}, []string{"NARU_COLOUR_OF_THE_SKY: is not a known variable (unknown_variable)"}},
		{[]string{"NARU_ENCRYPTION_KEYS=hunter2"}, []string{"NARU_ENCRYPTION_KEYS: encryption.keys: must be a keyset as `naru keys new` makes it, or none (bad_value)"}},
		{[]string{"NARU_SMTP_PORT=587"}, []string{"NARU_SMTP_PORT: is not a known variable, did you mean NARU_SMTP_URL? (unknown_variable)"}},
		{[]string{"NARU_HTTP_IDLE_TIMEOUT=soon"}, []string{"NARU_HTTP_IDLE_TIMEOUT: http.idle_timeout: is not a duration such as 30s, 10m or 72h (wrong_type)"}},
		{[]string{"NARU_HTTP_IDLE_TIMEOUT="}, []string{"NARU_HTTP_IDLE_TIMEOUT: http.idle_timeout: is not a duration such as 30s, 10m or 72h (wrong_type)"}},
		{[]string{"NARU_HTTP_ADDR="}, []string{"NARU_HTTP_ADDR: http.addr: must be host:port, e.g. 127.0.0.1:8080 (bad_value)"}},
		{[]string{"NARU_LOG_LEVEL_FILE=" + path}, []string{"NARU_LOG_LEVEL_FILE: log.level: must be one of debug, info, warn, error (bad_value)"}},
		{[]string{"NARU_LOG_LEVEL_FILE="}, []string{"NARU_LOG_LEVEL_FILE: log.level: names no file; unset it or give a path (no_value)"}},
		{[]string{"NARU_LOG_LEVEL_FILE=/nowhere"}, []string{"NARU_LOG_LEVEL_FILE: log.level: cannot read /nowhere: no such file or directory (unreadable)"}},
		{[]string{"NARU_CONFIG=/nowhere.yaml"}, []string{"NARU_CONFIG: cannot read /nowhere.yaml: no such file or directory (unreadable)"}},
		{[]string{"NARU_CONFIG=a", "NARU_CONFIG_FILE=b"}, []string{"NARU_CONFIG: is set, and so is NARU_CONFIG_FILE; set one of them (set_twice)"}},
		{[]string{"NARU_CONFIG_FILE=" + write(t, "my.yaml", "log: {level: info}\nwork: {}\n")}, []string{
			"NARU_CONFIG_FILE: must name a file that holds the path of the settings in one line; to name the settings themselves, use NARU_CONFIG (bad_value)",
		}},
		{[]string{"NARU_LANGUAGES=en,xx", "NARU_HTTP_ADDR=x", "NARU_X=1"}, []string{
			"NARU_HTTP_ADDR: http.addr: must be host:port, e.g. 127.0.0.1:8080 (bad_value)",
			"NARU_LANGUAGES: languages[1]: must be one of en, ko, zh-Hans, ja, ru, mn, kk, ar, vi (bad_value)",
			"NARU_X: is not a known variable (unknown_variable)",
		}},
	} {
		if got := wrong(t, "", test.environ...); !slices.Equal(got, test.want) {
			t.Errorf("%v\n got %q\nwant %q", test.environ, got, test.want)
		}
	}
}

func TestServiceLinksArePassedOver(t *testing.T) {
	t.Parallel()
	mustLoad(t, "NARU_SERVICE_HOST=10.0.0.1", "NARU_SERVICE_PORT=8080", "NARU_SERVICE_PORT_HTTP=8080", "NARU_PORT=tcp://10.0.0.1:8080", "NARU_PORT_8080_TCP=tcp://10.0.0.1:8080",
		"NARU_PORT_8080_TCP_PROTO=tcp", "NARU_PORT_8080_TCP_PORT=8080", "NARU_PORT_8080_TCP_ADDR=10.0.0.1", "NARU_WORK_SERVICE_HOST=10.0.0.2", "NARU_WORK_PORT=tcp://10.0.0.2:1")
}

func TestSecretURLs(t *testing.T) {
	t.Parallel()
	for variable, values := range map[string][]string{
		"NARU_SMTP_URL": {
			"smtp://user:hunter2@", "smtp://user:hunter2@relay:port", "smtp://user:hun ter2@relay", "smtp://user:hunter2%zz@relay", "http://user:hunter2@relay", "smtp://user:hunter2@relay?tls=maybe",
			"smtp://user:hunter2@relay?ssl=true", "smtp://user:hunter2@relay/path", "smtps://user:hunter2@relay?tls=none", "user:hunter2@relay:587", "hunter2", "smtp://user:hunter2@relay?tls=none&tls=mandatory",
		},
		"NARU_DATABASE_URL": {"mysql://user:hunter2@db/x", "postgres://user:hunter2%zz@db/naru", "postgres://user:hunter2@/naru", "user:hunter2@db/naru", "host=db password=hunter2"},
		"NARU_NATS_URL":     {"http://user:hunter2@host", "nats://user:hunter2@a,user:hunter2@b", "nats://", "nats://hunter2@host:port"},
	} {
		for _, value := range values {
			got := wrong(t, "", variable+"="+value)
			if len(got) != 1 || !strings.HasPrefix(got[0], variable+": ") || !strings.HasSuffix(got[0], "(bad_value)") || strings.Contains(got[0], "ter2") {
				t.Errorf("%s=%s: %q", variable, value, got)
			}
			section := map[string]string{"NARU_SMTP_URL": "smtp", "NARU_DATABASE_URL": "database", "NARU_NATS_URL": "nats"}[variable]
			got = wrong(t, section+":\n  url: '"+value+"'\n")
			if len(got) != 1 || !strings.HasPrefix(got[0], "my.yaml:2: "+section+".url: ") || strings.Contains(got[0], "ter2") {
				t.Errorf("%s: %q", value, got)
			}
		}
	}
	for variable, values := range map[string][]string{
		"NARU_SMTP_URL":     {"smtp://relay", "smtp://127.0.0.1:1025?tls=none", "smtp://user:p%40ss@[::1]:25?tls=opportunistic", "smtps://user:x@relay:465/", ""},
		"NARU_DATABASE_URL": {"postgres://u:p@db:5432/naru?sslmode=disable", "postgresql:///naru?host=/run/postgresql", "sqlite:///var/lib/naru.db", "/var/lib/naru.db", "./naru.db", ""},
		"NARU_NATS_URL":     {"nats://a:4222", "tls://u:p@a, tls://b:4222", "wss://a", ""},
	} {
		for _, value := range values {
			mustLoad(t, variable+"="+value)
		}
	}
}

func TestCheckRole(t *testing.T) {
	t.Parallel()
	lines := func(err error) []string {
		if err == nil {
			return nil
		}
		return strings.Split(err.Error(), "\n")
	}
	got := lines(Default().CheckRole(RoleWork))
	want := []string{
		"NARU_DATABASE_URL: database.url: naru work shares its database with other processes: set postgres://… (SQLite serves one process; for that, run naru alone) (needed_for_work)",
		"NARU_NATS_URL: nats.url: naru work shares its broker with other processes: set nats://… (the embedded broker serves one process; for that, run naru alone) (needed_for_work)",
		"NARU_PUBLIC_URL: public_url: naru work writes links that lead to other processes: set what they begin with, e.g. https://inquiry.hospital.example (needed_for_work)",
		"NARU_SMTP_URL: smtp.url: naru work hands mail to a relay: set smtp://… (the catcher is part of naru alone) (needed_for_work)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	c := mustLoad(t, "NARU_DATABASE_URL=postgres://db/naru", "NARU_NATS_URL=nats://broker", "NARU_PUBLIC_URL=https://desk.example")
	if got := lines(c.CheckRole(RoleServe)); got != nil {
		t.Errorf("serve: %q", got)
	}
	if got := lines(c.CheckRole(RoleWork)); len(got) != 1 {
		t.Errorf("work: %q", got)
	}
}

// shipped is a copy of the shipped files with some replaced.
func shipped(t *testing.T, replace map[string]string) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	for _, name := range []string{teamsFile, holidaysFile, departmentsFile, samplesFile} {
		src, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		m[name] = &fstest.MapFile{Data: src}
	}
	for name, src := range replace {
		m[name] = &fstest.MapFile{Data: []byte(src)}
	}
	return m
}

const teamNames = "names: {en: A, ko: A, zh-Hans: A, ja: A, ru: A, mn: A, kk: A, ar: A, vi: A}"

func TestBadTeams(t *testing.T) {
	t.Parallel()
	good := "teams:\n  - {id: a, " + teamNames + ", email: a@b.example, hours: {days: [mon], open: \"09:00\", close: \"18:00\"}, fallback: true}\n"
	rest := "rules:\n  - {id: rest, team: a}\n"
	if _, err := LoadDesk(shipped(t, map[string]string{teamsFile: good + rest})); err != nil {
		t.Fatal(err)
	}
	for src, want := range map[string][]string{
		"": {"teams.yaml: teams: must be at least 1 items (bad_value)"},
		"teams:\n  - id: A b\n    email: noreply@b.example\n    phone: 02-920\n    names: {en: A, ko: A, ja: A, ru: A, mn: A, kk: A, ar: A}\n    hours:\n      days: []\n      open: \"18:00\"\n      close: \"09:00\"\n" + rest: {
			"teams.yaml:2: teams[0].id: must be lower-case letters, digits and hyphens (bad_value)",
			"teams.yaml:3: teams[0].email: must be a plain mail address that people read (bad_value)",
			"teams.yaml:4: teams[0].phone: must be a telephone number with its country code, e.g. +82-2-920-6203 (bad_value)",
			"teams.yaml:5: teams[0].names.vi: must not be empty (bad_value)",
			"teams.yaml:5: teams[0].names.zh-Hans: must not be empty (bad_value)",
			"teams.yaml:7: teams[0].hours.days: must be at least 1 items (bad_value)",
			"teams.yaml:9: teams[0].hours.close: must be after open (bad_value)",
		},
		good + "rules:\n  - id: one\n    team: a\n    when: {topics: [visit], office_hours: maybe}\n": {
			"teams.yaml:6: rules[0].when.office_hours: is neither true nor false (wrong_type)",
			"teams.yaml:6: rules[0].when.topics: is not a known key, did you mean topic? (unknown_key)",
		},
		good + "rules:\n  - id: one\n    team: b\n    when:\n      topic:\n        - visit\n        - visits\n      country: [kz]\n  - id: one\n    team: a\n    when: {kind: patient}\n": {
			`teams.yaml:5: rules[0].team: is "b", which is no team; there are: a (unknown_team)`,
			`teams.yaml:9: rules[0].when.topic[1]: is "visits", which is no topic; did you mean "visit"? (unknown_topic)`,
			`teams.yaml:10: rules[0].when.country[0]: is "kz", which is no country; did you mean "KZ"? (unknown_country)`,
			`teams.yaml:11: rules[1].id: is "one" like that of rules[0] (duplicate_id)`,
			"teams.yaml:13: rules[1].when: must be empty: the last rule takes whatever is left (not_catching_all)",
		},
		strings.Replace(good, ", fallback: true", "", 1) + rest: {"teams.yaml:1: teams: must have exactly one with fallback: true, not 0 (fallback)"},
		good + strings.TrimPrefix(good, "teams:\n") + rest: {
			"teams.yaml:1: teams: must have exactly one with fallback: true, not 2 (fallback)", "teams.yaml:3: teams[1].id: is that of another team (duplicate_id)",
		},
	} {
		_, err := LoadDesk(shipped(t, map[string]string{teamsFile: src}))
		if err == nil {
			t.Errorf("accepted:\n%s", src)
		} else if got := strings.Split(err.Error(), "\n"); !slices.Equal(got, want) {
			t.Errorf("%s\n got %s\nwant %s", src, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
	_, err := LoadDesk(shipped(t, map[string]string{
		teamsFile: good + rest, departmentsFile: "departments: []", holidaysFile: "office_close: 25:00\nyears: {2027: {2026-01-01: x, tomorrow: y}, soon: {}}\nfixed: [{day: 02-31, name: x}]\n",
	}))
	want := "departments.yaml:1: departments: must be at least 1 items (bad_value)\nholidays.yaml:1: office_close: is not a time of day such as \"09:00\" (wrong_type)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	_, err = LoadDesk(shipped(t, map[string]string{holidaysFile: "office_close: \"18:00\"\nyears:\n  2027:\n    2026-01-01: x\n    tomorrow: y\n  soon: {}\nfixed: [{day: 02-31, name: x}]\n"}))
	want = "holidays.yaml:4: years.2027.2026-01-01: is not in 2027 (bad_value)\nholidays.yaml:5: years.2027.tomorrow: is not a date YYYY-MM-DD (bad_value)\nholidays.yaml:6: years.soon: is not a year such as 2027 (bad_value)\nholidays.yaml:7: fixed[0].day: is not a day MM-DD (bad_value)"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func FuzzReadYAML(f *testing.F) {
	for _, name := range []string{"naru.yaml", teamsFile} {
		src, err := files.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	for _, seed := range []string{"a: &a [*a]", "? [a]: b", "? {a: b}\n: c", "- - -", "log: |\n  x", "log: {level: >-\n x}", "<<: {a: b}", "{", "\x00", "log: !!str x", "*a : b", "languages: &a {en: *a}", "%YAML 1.2\n---\nlog: {}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		var c Config
		for _, p := range readYAML("x.yaml", []byte(src), &c).problems {
			if p.Text == "" || p.Code == "" || p.File != "x.yaml" {
				t.Errorf("%q: %+v", src, p)
			}
		}
		var teams teams
		readYAML("x.yaml", []byte(src), &teams)
	})
}

func TestOverrideOfAUnreadableFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, teamsFile), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := LoadDesk(Files(dir))
	if err == nil || !strings.Contains(err.Error(), "teams.yaml: cannot be read: ") {
		t.Errorf("%v", err)
	}
}
