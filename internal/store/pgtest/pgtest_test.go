package pgtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// childVariable makes the test binary start a server and wait to be killed.
const childVariable = "PGTEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		s, err := start()
		if err != nil {
			panic(err)
		}
		fmt.Println(s.folder)
		select {}
	}
	os.Exit(Main(m))
}

func TestDatabasesAreSeparate(t *testing.T) {
	t.Parallel()
	for range 2 {
		conn, err := pgx.Connect(t.Context(), URL(t))
		if err != nil {
			t.Fatal(err)
		}
		// It exists in each, and in none before.
		if _, err := conn.Exec(t.Context(), `CREATE TABLE t (id TEXT)`); err != nil {
			t.Error(err)
		}
		if err := conn.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}
}

// TestServerEndsWithKilledProcess checks that a test binary that is killed
// leaves neither a server nor files behind.
func TestServerEndsWithKilledProcess(t *testing.T) {
	t.Parallel()
	URL(t) // skips or fails without PostgreSQL
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"=1")
	child.Stderr = os.Stderr
	pipe, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(pipe).ReadString('\n')
	folder := strings.TrimSpace(line)
	if _, statErr := os.Stat(folder); err != nil || statErr != nil {
		t.Fatal(line, err, statErr)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Error("the child ended by itself")
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); ; <-tick.C {
		if _, err := os.Stat(folder); os.IsNotExist(err) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there", folder)
		}
	}
}
