// Package e2e starts the real program, as a user starts it, against a real
// SMTP server, and watches from outside what becomes of inquiries. It has no
// code of its own but tests.
package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"naru/internal/store/pgtest"
)

// raceVariable, if set, has the program built with the race detector, which
// ends it at the first race that it sees.
const raceVariable = "NARU_E2E_RACE"

// binary is the program, built once for all tests by TestMain.
var binary string

// TestMain turns the test binary into a broker when it is asked to be one.
func TestMain(m *testing.M) {
	if settings := os.Getenv(brokerVariable); settings != "" {
		os.Exit(runBroker(settings))
	}
	os.Exit(runMain(m))
}

func runMain(m *testing.M) int {
	// Most tests wait for processes most of the time.
	if err := flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	flag.Parse()
	dir, err := os.MkdirTemp("", "naru-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "naru")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", binary, "naru/cmd/naru")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if os.Getenv(raceVariable) != "" {
		build = exec.Command("go", "build", "-race", "-o", binary, "naru/cmd/naru")
		build.Env = append(os.Environ(), "CGO_ENABLED=1")
	}
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	code := pgtest.Main(m)
	if err := writeTable(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// process is a running naru.
type process struct {
	cmd *exec.Cmd
	// url is where it serves HTTP, without a slash at the end.
	url string
	// exited is closed when it ended; code is valid then.
	exited chan struct{}
	code   int

	mu  sync.Mutex
	out bytes.Buffer // standard output and error, guarded by mu
}

// environment of a naru with a data folder of its own and free ports. Fast
// retries: what takes minutes with the defaults takes seconds.
func environment(dataDir string, more ...string) []string {
	return append([]string{
		"HOME=" + dataDir, "PATH=" + os.Getenv("PATH"),
		"NARU_DATA_DIR=" + dataDir, "NARU_HTTP_ADDR=127.0.0.1:0", "NARU_WORK_ADDR=127.0.0.1:0",
		"NARU_CATCHER_HTTP_ADDR=127.0.0.1:0",
		"NARU_RETRY_FIRST=500ms", "NARU_LOG_FORMAT=json", "GORACE=halt_on_error=1",
	}, more...)
}

var listening = regexp.MustCompile(`(?m)^\s*(?:Web and API|Health)\s+(http://\S+?)/(?:readyz)?$`)

// start runs naru with the arguments and waits until it is ready. It is killed
// at the end of the test if it still runs.
func start(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(binary, args...), exited: make(chan struct{})}
	p.cmd.Env = env
	p.cmd.Dir = t.TempDir()
	pipe, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = writer{p}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	announced := make(chan string, 1)
	read := make(chan struct{})
	go func() {
		defer close(read)
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			p.write([]byte(lines.Text() + "\n"))
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				announced <- m[1]
			}
		}
	}()
	go func() {
		<-read
		_ = p.cmd.Wait()
		p.code = p.cmd.ProcessState.ExitCode()
		close(p.exited)
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("naru %s:\n%s", strings.Join(args, " "), p.tail())
		}
	})
	select {
	case p.url = <-announced:
	case <-p.exited:
		t.Fatalf("naru ended with %d:\n%s", p.code, p.output())
	case <-time.After(60 * time.Second):
		t.Fatalf("naru does not say where it listens:\n%s", p.output())
	}
	waitFor(t, 60*time.Second, "ready", func() bool { return p.status("/readyz") == http.StatusOK })
	return p
}

type writer struct{ p *process }

func (w writer) Write(b []byte) (int, error) { return w.p.write(b) }

func (p *process) write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// tail is the end of the output, for failures, without what went well.
func (p *process) tail() string {
	var b strings.Builder
	for line := range strings.Lines(p.output()) {
		if !strings.Contains(line, `"request served"`) && !strings.Contains(line, `"delivery sent"`) {
			b.WriteString(line)
		}
	}
	out := b.String()
	return out[max(0, len(out)-8000):]
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// terminate asks it to stop, as a service manager does, and returns its exit
// code.
func (p *process) terminate(t testing.TB) int {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.exited:
		return p.code
	case <-time.After(60 * time.Second):
		t.Fatalf("does not stop:\n%s", p.tail())
		return 0
	}
}

// status returns the HTTP status of a GET, 0 without an answer.
func (p *process) status(path string) int {
	response, err := http.Get(p.url + path)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// run runs a command of naru to its end.
func run(t testing.TB, env []string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env = env
	cmd.Dir = t.TempDir()
	b, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(b), cmd.ProcessState.ExitCode()
}

// reconciled fails the test unless the books are balanced and nothing waits.
func reconciled(t testing.TB, env []string) {
	t.Helper()
	if out, code := run(t, env, "reconcile"); code != 0 {
		t.Errorf("reconcile ended with %d:\n%s", code, out)
	}
}

func waitFor(t testing.TB, limit time.Duration, what string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(limit)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not after %v: %s", limit, what)
		}
	}
}

// receipt is the answer to an inquiry.
type receipt struct {
	Reference      string    `json:"reference"`
	StatusURL      string    `json:"status_url"`
	AcknowledgedBy time.Time `json:"acknowledged_by"`
	Team           struct {
		ID, Name string
	} `json:"team"`
}

// post sends a body to a path and returns status, headers and answer.
func (p *process) post(path, contentType string, body []byte, header ...string) (*http.Response, []byte, error) {
	request, err := http.NewRequest(http.MethodPost, p.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	return response, answer, err
}

// inquire sends an inquiry that must be accepted.
func (p *process) inquire(t testing.TB, body []byte, header ...string) receipt {
	t.Helper()
	response, answer, err := p.post("/api/v1/inquiries", "application/json", body, header...)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusAccepted {
		t.Fatalf("inquiry answered %d: %s", response.StatusCode, answer)
	}
	var r receipt
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// examples returns the request bodies in the OpenAPI document.
func (p *process) examples(t testing.TB) map[string][]byte {
	t.Helper()
	response, err := http.Get(p.url + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var document struct {
		Paths map[string]struct {
			Post struct {
				RequestBody struct {
					Content map[string]struct {
						Examples map[string]struct{ Value json.RawMessage }
					}
				}
			}
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&document); err != nil {
		t.Fatal(err)
	}
	examples := map[string][]byte{}
	for name, example := range document.Paths["/api/v1/inquiries"].Post.RequestBody.Content["application/json"].Examples {
		examples[name] = example.Value
	}
	if len(examples["patient"]) == 0 || len(examples["partner"]) == 0 {
		t.Fatal("the OpenAPI document lacks its examples")
	}
	return examples
}
