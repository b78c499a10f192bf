// Package pgtest gives tests real PostgreSQL databases. One server per test
// process is made with initdb in a temporary folder on first use; it listens
// on a Unix socket there and nowhere else. Every test gets a database of its
// own. All functions are safe for parallel tests.
//
// Tests that stop and start a server take one of their own: see StartServer.
//
// The binaries are taken from PATH or /usr/lib/postgresql/*/bin. Without them
// tests are skipped, or fail where CI=true. PostgreSQL refuses to run as
// root, so root starts it as the user postgres or nobody.
//
// The server ends, and its folder goes, when the test process ends in
// whatever way: a shell that waits for a pipe from it to close sees to that.
// Main also waits until that is done.
package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// errNoBinaries means that PostgreSQL is not installed.
var errNoBinaries = errors.New("pgtest: no initdb and postgres in PATH or /usr/lib/postgresql/*/bin")

const (
	startTimeout = time.Minute
	superuser    = "naru"
)

// The one server of the process, started on first use.
var (
	shared    = sync.OnceValues(startShared)
	started   atomic.Pointer[server]
	databases atomic.Int64
)

// Main runs the tests and stops the server if one was started. Use it as
// os.Exit(pgtest.Main(m)).
func Main(m *testing.M) int {
	code := m.Run()
	if s := started.Load(); s != nil {
		if err := s.stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return max(code, 1)
		}
	}
	return code
}

// URL returns the URL of a new, empty database, which is dropped when the
// test ends. Without PostgreSQL the test is skipped, or fails where CI=true.
func URL(t testing.TB) string {
	t.Helper()
	s, err := shared()
	if errors.Is(err, errNoBinaries) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s.newDatabase(t)
}

// newDatabase makes a database that is dropped when the test ends.
func (s *server) newDatabase(t testing.TB) string {
	t.Helper()
	name := "test" + strconv.FormatInt(databases.Add(1), 10)
	if err := s.execute(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.execute(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return s.url(name)
}

// server is a running PostgreSQL.
type server struct {
	folder string
	// keeper is the shell that stops and starts the server as it is told through
	// pipe, and ends it when that is closed.
	keeper *exec.Cmd
	pipe   io.WriteCloser
	output bytes.Buffer
	// command runs the server, credentials is whom as.
	command     []string
	credentials *syscall.SysProcAttr
	// administration serialises CREATE DATABASE, which PostgreSQL itself does
	// not allow at the same time from one template.
	administration sync.Mutex
}

func startShared() (*server, error) {
	s, err := start()
	if err == nil {
		started.Store(s)
	}
	return s, err
}

func start() (*server, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	attributes, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	s := &server{folder: folder}
	if err := s.boot(binaries, attributes); err != nil {
		return nil, fmt.Errorf("pgtest: %w\n%s", errors.Join(err, os.RemoveAll(folder)), s.output.String())
	}

	return s, nil
}

func (s *server) boot(binaries string, attributes *syscall.SysProcAttr) error {
	if c := attributes.Credential; c != nil {
		if err := os.Chown(s.folder, int(c.Uid), int(c.Gid)); err != nil {
			return err
		}
	}
	data := filepath.Join(s.folder, "data")
	initdb := exec.Command(filepath.Join(binaries, "initdb"), "--pgdata", data, "--username", superuser,
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr, initdb.Stdout, initdb.Stderr = s.folder, attributes, &s.output, &s.output
	if err := initdb.Run(); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	// Durability is what the operating system and the server's own tests are
	// for; these tests need speed. In the file and not on the command line, for
	// benchmarks turn it on again by ALTER SYSTEM.
	settings, err := os.OpenFile(filepath.Join(data, "postgresql.conf"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = settings.WriteString("\nfsync = off\nfull_page_writes = off\n")
	if err := errors.Join(err, settings.Close()); err != nil {
		return err
	}
	s.command = []string{
		filepath.Join(binaries, "postgres"), "-D", data, "-k", s.folder, "-h", "",
		"-c", "max_connections=400", "-c", "shared_buffers=64MB",
	}
	s.credentials = attributes
	return s.run()
}

// run starts the server process.
func (s *server) run() error {
	s.keeper = exec.Command("/bin/sh", append([]string{"-c", `folder=$1; shift; "$@" & server=$!
		while read -r wish; do
			case $wish in
			stop) kill -INT $server; wait $server;;
			crash) kill -QUIT $server; wait $server;;
			start) "$@" & server=$!;;
			esac
		done
		kill -QUIT $server; wait $server; rm -rf "$folder"`, "sh", s.folder}, s.command...)...)
	s.keeper.Dir, s.keeper.SysProcAttr, s.keeper.Stdout, s.keeper.Stderr = s.folder, s.credentials, &s.output, &s.output
	pipe, err := s.keeper.StdinPipe()
	if err != nil {
		return err
	}
	s.pipe = pipe
	if err := s.keeper.Start(); err != nil {
		return err
	}
	return s.awaitReady()
}

// awaitReady tries to connect until the server answers.
func (s *server) awaitReady() error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.execute(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, s.stop())
		case <-tick.C:
		}
	}
}

func (s *server) stop() error {
	err := s.pipe.Close()
	// The shell's exit status is that of rm.
	if waited := s.keeper.Wait(); waited != nil {
		err = errors.Join(err, fmt.Errorf("pgtest: stop: %w", waited))
	}
	return err
}

func (s *server) url(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.User(superuser), Path: "/" + database,
		RawQuery: url.Values{"host": {s.folder}}.Encode(),
	}
	return u.String()
}

func (s *server) execute(ctx context.Context, statement string) error {
	s.administration.Lock()
	defer s.administration.Unlock()
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	_, err = conn.Exec(ctx, statement)
	if err = errors.Join(err, conn.Close(ctx)); err != nil {
		return fmt.Errorf("pgtest: %s: %w", statement, err)
	}
	return nil
}

// findBinaries returns the folder of initdb and postgres, the newest version
// when there are several outside PATH.
func findBinaries() (string, error) {
	var folders []string
	if initdb, err := exec.LookPath("initdb"); err == nil {
		folders = append(folders, filepath.Dir(initdb))
		// A link in PATH may stand alone.
		if resolved, err := filepath.EvalSymlinks(initdb); err == nil {
			folders = append(folders, filepath.Dir(resolved))
		}
	}
	installed, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", fmt.Errorf("pgtest: %w", err)
	}
	for _, i := range slices.Backward(installed) {
		folders = append(folders, i)
	}
	for _, folder := range folders {
		if executable(filepath.Join(folder, "initdb")) && executable(filepath.Join(folder, "postgres")) {
			return folder, nil
		}
	}
	return "", errNoBinaries
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

// unprivileged returns how to start a process that is not root.
func unprivileged() (*syscall.SysProcAttr, error) {
	if os.Getuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
		if uidErr == nil && gidErr == nil {
			return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
		}
	}
	return nil, errors.New("pgtest: root needs a user postgres or nobody to run PostgreSQL as")
}
