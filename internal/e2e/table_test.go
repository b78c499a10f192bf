package e2e

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	long  = flag.Bool("long", false, "run every fault many times (about half an hour)")
	table = flag.String("table", "", "write the results as a Markdown table to this file")
)

// times is how often a fault is done: few times in the short form.
func times(short, full int) int {
	if *long {
		return full
	}
	return short
}

// result is a row of the table.
type result struct {
	part, fault string
	// faults is how many were injected; inquiries and mails is what went on
	// meanwhile, mails counting repetitions.
	faults, inquiries, mails int
	lost, dead               int
	// doubled mails must not exceed bound.
	doubled, bound int
	// recovery is the longest time from the end of a fault to the first mail
	// of an inquiry accepted after it, drained the time from the last
	// acceptance until everything was delivered and the books were balanced.
	recovery, drained time.Duration
	passed            bool
}

var (
	resultsMutex sync.Mutex // guards results
	results      []result
)

// report adds a row; whether it passed is known when the test ends.
func report(t *testing.T, r result) {
	t.Helper()
	t.Logf("%d faults, %d inquiries, %d mails, %d lost, %d doubled (at most %d), recovery %v, drained %v",
		r.faults, r.inquiries, r.mails, r.lost, r.doubled, r.bound, r.recovery.Round(time.Millisecond), r.drained.Round(time.Millisecond))
	t.Cleanup(func() {
		r.passed = !t.Failed()
		resultsMutex.Lock()
		defer resultsMutex.Unlock()
		results = append(results, r)
	})
}

// writeTable writes all rows to the file of the flag.
func writeTable() error {
	if *table == "" {
		return nil
	}
	resultsMutex.Lock()
	defer resultsMutex.Unlock()
	slices.SortFunc(results, func(a, b result) int {
		return strings.Compare(a.part+a.fault, b.part+b.fault)
	})
	var b strings.Builder
	var sum result
	failed := 0
	b.WriteString("| part | fault | times | inquiries | mails | lost | doubled (at most) | recovery | drained | |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|---|\n")
	for _, r := range results {
		verdict := "ok"
		if !r.passed {
			verdict = "**FAILED**"
			failed++
		}
		recovery := "–"
		if r.recovery > 0 {
			recovery = seconds(r.recovery)
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d (%d) | %s | %s | %s |\n",
			r.part, r.fault, r.faults, r.inquiries, r.mails, r.lost, r.doubled, r.bound, recovery, seconds(r.drained), verdict)
		sum.faults, sum.inquiries, sum.mails = sum.faults+r.faults, sum.inquiries+r.inquiries, sum.mails+r.mails
		sum.lost, sum.doubled = sum.lost+r.lost, sum.doubled+r.doubled
	}
	fmt.Fprintf(&b, "| **all** | | **%d** | **%d** | **%d** | **%d** | **%d** | | | %d of %d rows failed |\n\n",
		sum.faults, sum.inquiries, sum.mails, sum.lost, sum.doubled, failed, len(results))
	fmt.Fprintf(&b, "%s/%s, %d processors, %s.\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	return os.WriteFile(*table, []byte(b.String()), 0o644)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
