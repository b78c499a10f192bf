package bench

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"
)

func BenchmarkAcc(b *testing.B) {
	p := startProgram(b, os.Getenv("NARUPROF"), b.TempDir(), nobody, "PPROF=127.0.0.1:6161")
	body := p.patient(b)
	p.accept(b, body, time.Second)
	u0, s0 := cpu(b, p.cmd.Process.Pid)
	go func() {
		res, err := http.Get("http://127.0.0.1:6161/debug/pprof/profile?seconds=5")
		if err != nil {
			return
		}
		d, _ := io.ReadAll(res.Body)
		_ = os.WriteFile(os.Getenv("PROFOUT"), d, 0o644)
	}()
	rate, n := p.accept(b, body, 6*time.Second)
	u1, s1 := cpu(b, p.cmd.Process.Pid)
	fmt.Printf("accept %.0f/s cpu %.0f us each\n", rate, (u1-u0+s1-s0)/float64(n)*1e6)
	time.Sleep(time.Second)
}
