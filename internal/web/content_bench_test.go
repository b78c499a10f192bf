package web_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
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

// BenchmarkPages asks the whole program for pages, in turns with two bare Gin
// handlers: one writes the same bytes, headers included, the other the same body
// alone. The metrics ratio and body_ratio are the rate of ours by theirs; the
// first should be 0.8 or more.
//
// The second is less because of the headers that pages must have, a kilobyte in
// sixteen lines: net/http keeps them in a map, copies, sorts and writes that, and
// whoever asked reads them. That weighs the more the smaller the page is.
func BenchmarkPages(b *testing.B) {
	for name, path := range map[string]string{"home": "/en/", "network": "/kk/network"} {
		b.Run(name, func(b *testing.B) { benchmarkPage(b, path) })
	}
}

func benchmarkPage(b *testing.B, path string) {
	where := program(b, nil)
	ours := dial(b, where, path)
	var body bytes.Buffer
	ours.get(&body)
	answer := newReader(where, "en").open(b, path)
	bare := func(headers bool) *line {
		engine := gin.New()
		engine.GET("/:language/*page", func(c *gin.Context) {
			c.Header("Content-Encoding", "gzip")
			if headers {
				for name, values := range answer.Header {
					if name != "Content-Length" {
						c.Header(name, values[0])
					}
				}
			}
			c.Data(http.StatusOK, "text/html; charset=utf-8", body.Bytes())
		})
		s := httptest.NewServer(engine)
		b.Cleanup(s.Close)
		return dial(b, s.URL, path)
	}
	lines := []*line{ours, bare(true), bare(false)}
	took := make([][]time.Duration, len(lines))
	for b.Loop() {
		for i, l := range lines {
			took[i] = append(took[i], l.get(io.Discard))
		}
	}
	// Medians: what the neighbours on the machine do belongs to none.
	var median [3]float64
	for i, all := range took {
		slices.Sort(all)
		median[i] = float64(all[len(all)/2].Nanoseconds()) / 1000
	}
	b.ReportMetric(median[0], "ours_us")
	b.ReportMetric(median[1]/median[0], "ratio")
	b.ReportMetric(median[2]/median[0], "body_ratio")
	b.ReportMetric(float64(body.Len()), "bytes")
}
