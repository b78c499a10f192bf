package bench

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// request is a POST on a kept connection, as bytes.
func request(path string, body []byte) []byte {
	return slices.Concat(requestHead(path, body), []byte("\r\n"), body)
}

// requestHead is the request up to where a further header may stand.
func requestHead(path string, body []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", path, len(body))
}

// hammer has clients ask one after the other until the time is over, each on a
// connection of its own, and returns the answers with the status per second. The
// client is as lean as can be: it shares the machine with what it measures. Any
// other status is a failure.
func hammer(b *testing.B, addr string, status, clients int, d time.Duration, next func(n int64) []byte) (perSecond float64, answered int64) {
	b.Helper()
	var count, numbers atomic.Int64
	var group sync.WaitGroup
	begin := time.Now()
	end := begin.Add(d)
	for range clients {
		group.Go(func() {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer func() { _ = conn.Close() }()
			answers := bufio.NewReader(conn)
			for time.Now().Before(end) {
				if got, err := ask(conn, answers, next(numbers.Add(1)), io.Discard); err != nil || got != status {
					b.Errorf("answered %d, %v", got, err)
					return
				}
				count.Add(1)
			}
		})
	}
	group.Wait()
	return float64(count.Load()) / time.Since(begin).Seconds(), count.Load()
}

// ask sends a request and reads the answer's body into w.
func ask(conn net.Conn, answers *bufio.Reader, request []byte, w io.Writer) (status int, err error) {
	if _, err := conn.Write(request); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(answers, nil)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(w, response.Body)
	_ = response.Body.Close()
	return response.StatusCode, err
}
