package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// brokerVariable, when set, makes the test binary a NATS server with the
// options in it, so that brokers are processes that can be killed.
const brokerVariable = "NARU_E2E_BROKER"

// brokerSettings are passed to a broker process as JSON.
type brokerSettings struct {
	Name, Addr, StoreDir string
	// ClusterAddr and Routes join it to others; empty for a single server.
	ClusterAddr string
	Routes      []string
}

// runBroker is the main function of a broker process. It ends when standard
// input does, and so with the test process however that ends.
func runBroker(settings string) int {
	var s brokerSettings
	if err := json.Unmarshal([]byte(settings), &s); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	host, port := splitAddr(s.Addr)
	options := &server.Options{
		ServerName: s.Name, Host: host, Port: port, JetStream: true, StoreDir: s.StoreDir,
		NoSigs: true, NoLog: true, DisableJetStreamBanner: true,
	}
	if s.ClusterAddr != "" {
		options.Cluster.Name = "naru"
		options.Cluster.Host, options.Cluster.Port = splitAddr(s.ClusterAddr)
		for _, r := range s.Routes {
			options.Routes = append(options.Routes, &url.URL{Scheme: "nats", Host: r})
		}
	}
	srv, err := server.NewServer(options)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	srv.Start()
	_, _ = io.Copy(io.Discard, os.Stdin)
	srv.Shutdown()
	srv.WaitForShutdown()
	return 0
}

func splitAddr(addr string) (host string, port int) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		panic(err)
	}
	port, err = strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return host, port
}

// broker is a NATS server as a process of its own, or one of a cluster.
type broker struct {
	settings brokerSettings
	cmd      *exec.Cmd // nil while it is stopped
	stdin    io.Closer
}

// startBroker starts a single server.
func startBroker(t testing.TB) *broker {
	t.Helper()
	b := &broker{settings: brokerSettings{Name: "single", Addr: reserve(t), StoreDir: t.TempDir()}}
	t.Cleanup(b.kill)
	b.start(t)
	return b
}

// startCluster starts n servers that replicate.
func startCluster(t testing.TB, n int) []*broker {
	t.Helper()
	dir := t.TempDir()
	var routes []string
	for range n {
		routes = append(routes, reserve(t))
	}
	brokers := make([]*broker, n)
	for i := range brokers {
		name := fmt.Sprint("node", i)
		brokers[i] = &broker{settings: brokerSettings{
			Name: name, Addr: reserve(t), StoreDir: filepath.Join(dir, name), ClusterAddr: routes[i], Routes: routes,
		}}
		t.Cleanup(brokers[i].kill)
		brokers[i].launch(t)
	}
	for _, b := range brokers {
		b.await(t)
	}
	// JetStream answers only when the cluster has elected a leader.
	waitFor(t, 60*time.Second, "a leader of the cluster", func() bool {
		conn, err := nats.Connect(urls(brokers), nats.Timeout(time.Second))
		if err != nil {
			return false
		}
		defer conn.Close()
		js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(time.Second))
		if err != nil {
			return false
		}
		_, err = js.AccountInfo(t.Context())
		return err == nil
	})
	return brokers
}

func urls(brokers []*broker) string {
	var all []string
	for _, b := range brokers {
		all = append(all, b.url())
	}
	return strings.Join(all, ",")
}

func (b *broker) url() string { return "nats://" + b.settings.Addr }

// start runs it, with the streams it had, and waits until it takes
// connections.
func (b *broker) start(t testing.TB) {
	t.Helper()
	b.launch(t)
	b.await(t)
}

func (b *broker) launch(t testing.TB) {
	t.Helper()
	settings, err := json.Marshal(b.settings)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), brokerVariable+"="+string(settings))
	cmd.Stderr = os.Stderr
	if b.stdin, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b.cmd = cmd
}

func (b *broker) await(t testing.TB) {
	t.Helper()
	waitFor(t, 30*time.Second, "broker "+b.settings.Name, func() bool {
		conn, err := net.Dial("tcp", b.settings.Addr)
		if err != nil {
			return false
		}
		defer conn.Close()
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		info := make([]byte, 4)
		_, err = io.ReadFull(conn, info)
		return err == nil && string(info) == "INFO"
	})
}

// kill ends it as a power cut would. It may be called again.
func (b *broker) kill() {
	if b.cmd != nil {
		_ = b.cmd.Process.Kill()
		b.wait()
	}
}

// stop ends it in an orderly way.
func (b *broker) stop() {
	if b.cmd != nil {
		_ = b.stdin.Close()
		b.wait()
	}
}

func (b *broker) wait() {
	_ = b.stdin.Close()
	_ = b.cmd.Wait()
	b.cmd = nil
}

// jetstreamOf connects to the servers as an operator would.
func jetstreamOf(t testing.TB, url string) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}
