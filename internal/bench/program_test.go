package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// program is a running naru.
type program struct {
	cmd *exec.Cmd
	// addr is host and port.
	addr string
	// took is how long it was from its start until it was ready.
	took time.Duration
	dir  string
}

var listening = regexp.MustCompile(`Web and API\s+http://(\S+?)/`)

// startProgram runs the binary with default settings, but for ports, folder and
// those given, and waits until it is ready. Its log goes nowhere.
func startProgram(b *testing.B, binary, dir string, settings ...string) *program {
	b.Helper()
	p := &program{cmd: exec.Command(binary), dir: dir}
	p.cmd.Env = append([]string{
		"HOME=" + dir, "NARU_DATA_DIR=" + dir, "NARU_HTTP_ADDR=127.0.0.1:0", "NARU_CATCHER_HTTP_ADDR=127.0.0.1:0",
	}, settings...)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if err := p.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	stop := sync.OnceFunc(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	b.Cleanup(stop)
	lines := bufio.NewScanner(out)
	for p.addr == "" && lines.Scan() {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			p.addr = m[1]
		}
	}
	if p.addr == "" {
		b.Fatal("naru did not start")
	}
	go func() {
		for lines.Scan() { // or it would wait for a reader
		}
	}()
	await(b, "ready", func() bool {
		response, err := http.Get("http://" + p.addr + "/readyz")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	p.took = time.Since(begin)
	return p
}

// stop ends it as a service manager does.
func (p *program) stop(b *testing.B) {
	b.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		b.Fatal(err)
	}
	_ = p.cmd.Wait()
}

// resident is the memory of the process in megabytes.
func (p *program) resident(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), "status"))
	if err != nil {
		return 0 // not this system
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kib / 1024
}

// patient is the example of the patient form in the OpenAPI document.
func (p *program) patient(b *testing.B) []byte {
	b.Helper()
	response, err := http.Get("http://" + p.addr + "/openapi.json")
	if err != nil {
		b.Fatal(err)
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
		b.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, document.Paths["/api/v1/inquiries"].Post.RequestBody.Content["application/json"].Examples["patient"].Value); err != nil {
		b.Fatal(err)
	}
	return compact.Bytes()
}

// inquiries makes requests with keys of their own, as a good client does, and
// with hardly more work than the requests that are all alike.
func inquiries(body []byte) func(int64) []byte {
	head := append(requestHead("/api/v1/inquiries", body), "Idempotency-Key: "+strconv.FormatInt(time.Now().UnixNano(), 36)+"-"...)
	return func(n int64) []byte {
		b := make([]byte, 0, len(head)+len(body)+32)
		b = strconv.AppendInt(append(b, head...), n, 10)
		return append(append(b, "\r\n\r\n"...), body...)
	}
}

// accept sends inquiries for a while and returns the accepted per second.
func (p *program) accept(b *testing.B, body []byte, d time.Duration) (float64, int64) {
	return hammer(b, p.addr, http.StatusAccepted, clients, d, inquiries(body))
}

// sustain sends inquiries for a while, waits until all their mails are out, and
// returns the inquiries per second from the first request to the last mail.
func (p *program) sustain(b *testing.B, r *relay, body []byte, d time.Duration) float64 {
	b.Helper()
	before, begin := r.took.Load(), time.Now()
	_, accepted := p.accept(b, body, d)
	await(b, "all mails are out", func() bool { return r.took.Load()-before >= 2*accepted })
	return float64(accepted) / time.Since(begin).Seconds()
}

// post sends n inquiries as fast as it can.
func (p *program) post(b *testing.B, body []byte, n int64) {
	b.Helper()
	var left atomic.Int64
	left.Store(n)
	next := inquiries(body)
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			conn, err := net.Dial("tcp", p.addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			answers := bufio.NewReader(conn)
			for i := left.Add(-1); i >= 0; i = left.Add(-1) {
				var answer bytes.Buffer
				if status, err := ask(conn, answers, next(i), &answer); err != nil || status != http.StatusAccepted {
					b.Errorf("answered %d, %v: %s", status, err, answer.Bytes())
					return
				}
			}
		})
	}
	group.Wait()
}

// slowMails is how many mails a second go out to a relay that takes its time
// over each.
func (p *program) slowMails(b *testing.B, r *relay, body []byte, delay time.Duration, d time.Duration) float64 {
	b.Helper()
	r.delay.Store(int64(delay))
	defer r.delay.Store(0)
	n := max(8, int64(connections*d/delay/2))
	before, begin := r.took.Load(), time.Now()
	p.post(b, body, n)
	await(b, "all mails are out", func() bool { return r.took.Load()-before >= 2*n })
	return float64(2*n) / time.Since(begin).Seconds()
}

// latencies are the times from request to mail, in milliseconds, of inquiries
// that come 20 a second.
func (p *program) latencies(b *testing.B, r *relay, body []byte, d time.Duration) (all []float64) {
	b.Helper()
	r.watch.Store(true)
	defer r.watch.Store(false)
	var mu sync.Mutex // guards sent
	sent := map[string]time.Time{}
	next := inquiries(body)
	turns := make(chan int64)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			conn, err := net.Dial("tcp", p.addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			answers := bufio.NewReader(conn)
			for n := range turns {
				var answer bytes.Buffer
				var receipt struct{ Reference string }
				begin := time.Now()
				status, err := ask(conn, answers, next(n), &answer)
				if err != nil || status != http.StatusAccepted || json.Unmarshal(answer.Bytes(), &receipt) != nil {
					b.Errorf("answered %d, %v: %s", status, err, answer.Bytes())
					continue
				}
				mu.Lock()
				sent[receipt.Reference] = begin
				mu.Unlock()
			}
		})
	}
	tick := time.NewTicker(50 * time.Millisecond)
	for n := range int64(max(10, d/(50*time.Millisecond))) {
		<-tick.C
		turns <- n
	}
	tick.Stop()
	close(turns)
	group.Wait()
	came := map[string][]time.Time{}
	await(b, "all mails are out", func() bool {
		for reference, at := range r.arrivals() {
			came[reference] = append(came[reference], at...)
		}
		for reference := range sent {
			if len(came[reference]) < 2 {
				return false
			}
		}
		return true
	})
	for reference, begin := range sent {
		for _, at := range came[reference] {
			all = append(all, float64(at.Sub(begin))/float64(time.Millisecond))
		}
	}
	return all
}

func await(b *testing.B, what string, condition func() bool) {
	b.Helper()
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline:
			b.Fatalf("not after two minutes: %s", what)
		}
	}
}
