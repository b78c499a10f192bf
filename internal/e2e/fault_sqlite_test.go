package e2e

import (
	"database/sql"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // as a backup program would open the file
)

// TestFaultSQLiteLocked holds the write lock of the database, as a backup or
// an operator's shell does, shorter and longer than the program waits for it.
func TestFaultSQLiteLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := allInOne(t, startRelay(t), "NARU_DATA_DIR="+dir)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "naru.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	l := s.load(4, 5*time.Millisecond)
	l.more(10)
	before := s.work[0].level()
	r := result{part: "SQLite", fault: "locked by another program", faults: times(2, 25)}
	var ends []time.Time
	for i := range r.faults {
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
			t.Fatal(err)
		}
		lasts := moment(2 * time.Second)
		if *long && i%10 == 0 {
			lasts = 12 * time.Second // beyond the program's patience
		}
		<-time.After(lasts)
		if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, time.Now())
		l.more(5)
	}
	s.settle(t, l, time.Minute, ends, r)
	s.work[0].backTo(t, before)
}

// smallDisk returns a folder on a disk of its own of the size: where we may
// not mount one the test is skipped, or fails where CI=true.
func smallDisk(t *testing.T, bytes string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+bytes); err != nil {
		if os.Getenv("CI") != "true" {
			t.Skipf("cannot mount a small disk: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestFaultDiskFull fills the disk that database and broker are on, and the
// one that the broker alone is on: inquiries are refused or wait, none is half
// accepted, and everything goes on by itself when there is room again.
func TestFaultDiskFull(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ fault, folder string }{{"disk full", ""}, {"disk of the broker inside full", "nats"}} {
		t.Run(c.fault, func(t *testing.T) {
			t.Parallel()
			disk := smallDisk(t, "64m")
			dir := disk
			if c.folder != "" {
				dir = t.TempDir()
				if err := os.Symlink(disk, filepath.Join(dir, c.folder)); err != nil {
					t.Fatal(err)
				}
			}
			s := allInOne(t, startRelay(t), "NARU_DATA_DIR="+dir, "NARU_DISK_RESERVE=0")
			l := s.load(4, 5*time.Millisecond)
			l.more(10)
			before := s.work[0].level()
			r := result{part: "disk", fault: c.fault, faults: times(1, 8)}
			var ends []time.Time
			for range r.faults {
				ballast := fill(t, disk)
				<-time.After(500*time.Millisecond + moment(time.Second))
				if err := os.Remove(ballast); err != nil {
					t.Fatal(err)
				}
				ends = append(ends, time.Now())
				l.more(5)
			}
			s.settle(t, l, time.Minute, ends, r)
			s.work[0].backTo(t, before)
		})
	}
}

// fill writes a file until the disk is full.
func fill(t *testing.T, dir string) string {
	t.Helper()
	file, err := os.CreateTemp(dir, "ballast")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	chunk := make([]byte, 64<<10)
	for size := len(chunk); size > 0; {
		if _, err := file.Write(chunk[:size]); err != nil {
			size /= 2 // to the last byte
		}
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	return file.Name()
}
