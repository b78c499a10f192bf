// Package bench measures the whole program against what the bare parts can do.
// It has no code of its own but benchmarks:
//
//	go test ./internal/bench -run '^$' -bench Goals     # about four minutes
//	go test ./internal/bench -run '^$' -bench Growth    # about four minutes
//	go test ./internal/bench -run '^$' -bench HTTP -cpu 1 -benchmem
//
// Goals starts the real program as a process and, in the same run and turn by
// turn with it, bare programs that do one thing each: Gin with the validator, a
// writer with group commit, SMTP over kept connections. Machines drift by a
// factor of two with their neighbours, so figures mean something only beside
// those of the same run: what is printed are medians over the rounds, and the
// ratios that the program is held to.
//
// Load generator, relay and database share the machine with the program. -rounds
// and -slice make a run longer or shorter.
package bench

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"naru/internal/store/pgtest"
)

var (
	rounds = flag.Int("rounds", 5, "how often each figure is measured")
	slice  = flag.Duration("slice", time.Second, "how long one measurement takes")
)

// clients is how many ask side by side, as the goals have it.
const clients = 64

// connections to the relay, the program's default.
const connections = 8

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// build builds the program as it is shipped and returns its path and size.
func build(b *testing.B) (path string, bytes int64) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "naru")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", path, "naru/cmd/naru")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return path, info.Size()
}

// figures are measurements by name.
type figures map[string][]float64

func (f figures) add(name string, value float64) { f[name] = append(f[name], value) }

// median is 0 where nothing was measured.
func (f figures) median(name string) float64 { return quantile(f[name], 0.5) }

func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// goal is a figure that the program is held to.
type goal struct {
	name string
	got  float64
	unit string
	// want is the least, or the most, that will do.
	want    float64
	atMost  bool
	against string
}

func (g goal) reached() bool {
	if g.atMost {
		return g.got <= g.want
	}
	return g.got >= g.want
}

// report prints the figures and the goals.
func report(w io.Writer, f figures, goals []goal) {
	fmt.Fprintf(w, "\n%s\nmedians of %d rounds; lowest and highest beside them\n\n", machine(), *rounds)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare)
	for _, name := range names {
		fmt.Fprintf(table, "%s\t%s\t%s – %s\n", name, short(f.median(name)), short(slices.Min(f[name])), short(slices.Max(f[name])))
	}
	fmt.Fprint(table, "\ngoal\tgot\twanted\t\t\n")
	for _, g := range goals {
		bound, verdict := "≥", "reached"
		if g.atMost {
			bound = "≤"
		}
		if !g.reached() {
			verdict = "MISSED"
		}
		fmt.Fprintf(table, "%s\t%s %s\t%s %s %s\t%s\t%s\n", g.name, short(g.got), g.unit, bound, short(g.want), g.unit, verdict, g.against)
	}
	if err := table.Flush(); err != nil {
		fmt.Fprintln(w, err)
	}
	fmt.Fprintln(w)
}

// short writes a number with three digits that count.
func short(v float64) string {
	switch {
	case v >= 10_000:
		return fmt.Sprintf("%.1fk", v/1000)
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// machine describes what is measured on, and how busy others keep it.
func machine() string {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, rest, ok := strings.Cut(string(info), "model name"); ok {
			line, _, _ := strings.Cut(rest, "\n")
			model = strings.Trim(line, "\t :")
		}
	}
	load := "unknown"
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = strings.Join(strings.Fields(string(text))[:3], " ")
	}
	return fmt.Sprintf("%s, %d cores, %s, %s/%s, load average %s at the end", model, runtime.GOMAXPROCS(0), runtime.Version(), runtime.GOOS, runtime.GOARCH, load)
}
