package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"naru/internal/naru"
)

// write puts content into a new file and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func mustLoad(t *testing.T, environ ...string) *Config {
	t.Helper()
	c, err := Load(Options{Environ: environ})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaultIsValid(t *testing.T) {
	t.Parallel()
	if diff := mustLoad(t).Difference(Default()); len(diff) > 0 {
		t.Errorf("loaded from nothing differs from Default in %v", diff)
	}
}

// Whoever replaces a shipped file must learn that it can be replaced.
func TestAnnotatedFileNamesWhatCanBeReplaced(t *testing.T) {
	t.Parallel()
	src, err := files.ReadFile("naru.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, _, found := strings.Cut(string(src), "\nconfig_dir:")
	_, text, _ = strings.Cut(text, "# Folders whose files replace")
	if !found || text == "" {
		t.Fatal("naru.yaml has no such list")
	}
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "naru.yaml" && !strings.Contains(text, name) {
			t.Errorf("the list lacks %s", name)
		}
	}
}

func TestAnnotatedFileIsDefault(t *testing.T) {
	t.Parallel()
	src, err := files.ReadFile("naru.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var c Config
	doc := readYAML("naru.yaml", src, &c)
	if len(doc.problems) > 0 {
		t.Fatal(doc.problems)
	}
	if diff := c.Difference(Default()); len(diff) > 0 {
		t.Errorf("naru.yaml differs from Default in %v", diff)
	}
	for _, k := range keys(&c) {
		if _, ok := doc.lines[k.path]; !ok {
			t.Errorf("naru.yaml lacks the key %s", k.path)
		}
		if !regexp.MustCompile(`\b` + k.variable + `\b`).Match(src) {
			t.Errorf("naru.yaml does not name the variable %s", k.variable)
		}
	}
	if defaults, err := Load(Options{File: write(t, "naru.yaml", string(src))}); err != nil {
		t.Error(err)
	} else if got := defaults.Origin("log.level"); !strings.HasPrefix(got, "naru.yaml:") {
		t.Errorf("origin of log.level: %q", got)
	}
}

func TestContractVariables(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"http.addr": "NARU_HTTP_ADDR", "public_url": "NARU_PUBLIC_URL", "data_dir": "NARU_DATA_DIR", "database.url": "NARU_DATABASE_URL",
		"nats.url": "NARU_NATS_URL", "smtp.url": "NARU_SMTP_URL", "templates_dir": "NARU_TEMPLATES_DIR", "log.level": "NARU_LOG_LEVEL",
	}
	seen := map[string]string{configVariable: ""}
	for _, k := range keys(Default()) {
		if w, ok := want[k.path]; ok && w != k.variable {
			t.Errorf("%s is set by %s, want %s", k.path, k.variable, w)
		}
		delete(want, k.path)
		if other, ok := seen[k.variable]; ok {
			t.Errorf("%s sets %s and %s", k.variable, k.path, other)
		}
		seen[k.variable] = k.path
		if strings.HasSuffix(k.variable, fileSuffix) {
			t.Errorf("%s reads like the file of another variable", k.variable)
		}
	}
	if len(want) > 0 {
		t.Errorf("no such keys: %v", want)
	}
}

func TestDefaultsOfTheContract(t *testing.T) {
	t.Parallel()
	c := Default()
	if c.HTTP.Addr != "127.0.0.1:8080" || c.DataDir != "./naru-data" || c.DatabaseURL() != filepath.Join("naru-data", "naru.db") {
		t.Errorf("addr %s, data %s, database %s", c.HTTP.Addr, c.DataDir, c.DatabaseURL())
	}
	if !c.EmbeddedBroker() || !c.CatchesMail() || c.Postgres() {
		t.Error("outside parts are needed by default")
	}
	if !reflect.DeepEqual(c.Languages, naru.Languages) {
		t.Errorf("languages %v", c.Languages)
	}
	for _, l := range naru.Languages {
		if c.Organisations.Center.Map()[l] == "" || len(c.Organisations.Center.Map()) != len(naru.Languages) {
			t.Errorf("names are not those of naru.Languages: %v", c.Organisations.Center.Map())
		}
	}
}

// other returns a valid value unlike the default, as text, for any key.
func other(t *testing.T, k key) string {
	t.Helper()
	switch {
	case k.path == "public_url":
		return "https://inquiry.example/desk"
	case k.path == "templates_dir" || k.path == "config_dir":
		return t.TempDir()
	case k.path == "nats.credentials_path" || k.path == "nats.ca_path":
		return write(t, "secret", "x")
	case k.path == "database.url":
		return "postgres://naru:pa%24s@db.example/naru"
	case k.path == "nats.url":
		return "nats://a.example:4222,nats://b.example:4222"
	case k.path == "smtp.url":
		return "smtp://user:pa%24s@relay.example:587?tls=mandatory"
	case k.path == "smtp.from" || k.path == "operator.email":
		return "desk@hospital.example"
	case k.path == "languages":
		return "en,ko"
	case k.path == "log.level":
		return "debug"
	case k.path == "log.format":
		return "json"
	case k.path == "nats.replicas":
		return "3"
	case k.path == "retry.jitter" || k.path == "retry.factor":
		return "0.1"
	case strings.HasSuffix(k.path, "addr"):
		return "127.0.0.2:9"
	case k.value.Kind() == reflect.Slice:
		return "10.0.0.0/8,192.0.2.1"
	case k.value.Type() == reflect.TypeFor[time.Duration]():
		return (time.Duration(k.value.Int()) + time.Second).String()
	case k.value.Type() == reflect.TypeFor[Bytes]():
		return Bytes(k.value.Int() + 1024).String()
	case k.value.CanInt():
		return "11"
	case k.value.CanFloat():
		return "1.5"
	default:
		return "other.example"
	}
}

func TestEveryKeyByVariableAndByFile(t *testing.T) {
	t.Parallel()
	for i, k := range keys(Default()) {
		t.Run(k.variable, func(t *testing.T) {
			t.Parallel()
			value := other(t, k)
			apply := func(environ ...string) (*Config, Problems) {
				c := Default()
				c.origins = map[string]string{}
				env := newEnvironment(environ, os.ReadFile)
				env.apply(c)
				env.unknown(c)
				return c, env.problems
			}
			path := write(t, "value", value+"\n")
			for origin, entry := range map[string]string{
				k.variable:                          k.variable + "=" + value,
				k.variable + "_FILE (" + path + ")": k.variable + "_FILE=" + path,
			} {
				c, problems := apply(entry)
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				if diff := c.Difference(Default()); len(diff) != 1 || diff[0] != k.path {
					t.Errorf("%s=%s changed %v, want %s alone", k.variable, value, diff, k.path)
				}
				if got := keys(c)[i].text(); got != value {
					t.Errorf("%s is %q, want %q", k.path, got, value)
				}
				if got := c.Origin(k.path); got != origin {
					t.Errorf("origin %q, want %q", got, origin)
				}
			}
			_, problems := apply(k.variable+"="+value, k.variable+"_FILE="+path)
			want := k.variable + ": " + k.path + ": is set, and so is " + k.variable + "_FILE; set one of them (set_twice)"
			if problems.Error() != want {
				t.Errorf("both set:\n got %s\nwant %s", problems.Error(), want)
			}
		})
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	file := write(t, "my.yaml", "http:\n  addr: 127.0.0.1:1\n  idle_timeout: 33s\nlog: {level: warn}\n")
	c := mustLoad(t, "NARU_CONFIG="+file, "NARU_HTTP_ADDR=127.0.0.1:2", "PATH=/bin")
	if c.HTTP.Addr != "127.0.0.1:2" || c.HTTP.IdleTimeout != 33*time.Second || c.Log.Level != "warn" || c.HTTP.RequestTimeout != Default().HTTP.RequestTimeout {
		t.Errorf("%+v %+v", c.HTTP, c.Log)
	}
	for path, want := range map[string]string{"http.addr": "NARU_HTTP_ADDR", "http.idle_timeout": "my.yaml:3", "log.level": "my.yaml:4", "http.request_timeout": "default"} {
		if got := c.Origin(path); got != want {
			t.Errorf("origin of %s is %q, want %q", path, got, want)
		}
	}
	pointer := write(t, "path", file+"\n")
	if c = mustLoad(t, "NARU_CONFIG_FILE="+pointer); c.HTTP.Addr != "127.0.0.1:1" {
		t.Errorf("NARU_CONFIG_FILE: addr %s", c.HTTP.Addr)
	}
	again, err := Load(Options{Environ: []string{"NARU_CONFIG=/nowhere"}, File: file})
	if err != nil || again.Log.Level != "warn" {
		t.Errorf("File does not go before NARU_CONFIG: %v", err)
	}
}
