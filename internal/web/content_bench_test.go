package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
)

// line is a connection kept open, read with as little work as can be.
type line struct {
	t      testing.TB
	conn   net.Conn
	reader *bufio.Reader
	ask    []byte
}

func dial(t testing.TB, url, path string) *line {
	t.Helper()
	address := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &line{t, conn, bufio.NewReaderSize(conn, 64<<10), fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: gzip\r\n\r\n", path, address)}
}

// get returns how long an answer took, and its body.
func (l *line) get(body io.Writer) time.Duration {
	began := time.Now()
	if _, err := l.conn.Write(l.ask); err != nil {
		l.t.Fatal(err)
	}
	length := int64(-1)
	for {
		header, err := l.reader.ReadSlice('\n')
		if err != nil {
			l.t.Fatal(err)
		}
		if len(header) <= 2 {
			break
		}
		if name, value, found := bytes.Cut(header, []byte(": ")); found && bytes.EqualFold(name, []byte("Content-Length")) {
			if _, err := fmt.Sscan(string(value), &length); err != nil {
				l.t.Fatal(err)
			}
		}
	}
	if n, err := io.CopyN(body, l.reader, length); err != nil || n <= 0 {
		l.t.Fatalf("%d bytes of %d: %v", n, length, err)
	}
	return time.Since(began)
}

// BenchmarkNetworkPage asks the whole program for the network page, in turns
// with a bare Gin handler that writes the same bytes. The metric ratio is the
// rate of ours by that of the other.
func BenchmarkNetworkPage(b *testing.B) {
	const path = "/kk/network"
	ours := dial(b, program(b, nil), path)
	var body bytes.Buffer
	ours.get(&body)
	bare := gin.New()
	bare.GET("/:language/network", func(c *gin.Context) {
		c.Header("Content-Encoding", "gzip")
		c.Data(http.StatusOK, "text/html; charset=utf-8", body.Bytes())
	})
	other := httptest.NewServer(bare)
	b.Cleanup(other.Close)
	against := dial(b, other.URL, path)
	var took, compared time.Duration
	for b.Loop() {
		took += ours.get(io.Discard)
		compared += against.get(io.Discard)
	}
	b.ReportMetric(float64(took.Microseconds())/float64(b.N), "ours_us")
	b.ReportMetric(float64(compared.Microseconds())/float64(b.N), "bare_us")
	b.ReportMetric(compared.Seconds()/took.Seconds(), "ratio")
	b.ReportMetric(float64(body.Len()), "bytes")
}
