// Command naru is an inquiry desk with a chatbot: it takes inquiries over HTTP,
// keeps them, and brings each by mail to the team responsible. `naru help`
// tells how to run it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	// Business days are counted in Asia/Seoul also where the machine has no
	// time zone files.
	_ "time/tzdata"

	"naru/config"
	"naru/internal/app"
)

// Exit codes. They are part of what scripts rely on and stand in the help
// text.
const (
	exitOK      = 0
	exitFailure = 1 // something did not work
	exitUsage   = 2 // wrong arguments or configuration
	exitFinding = 3 // the command worked, and what it checked is not in order
)

// errFinding makes the exit code exitFinding; what was found is printed
// already.
var errFinding = errors.New("not in order")

// usageError makes the exit code exitUsage.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() {
	runtime.MemProfileRate = 0 // nobody asks for the profile, which takes 1.5 MB
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run does what main does, for tests: it returns the exit code.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(environ)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var usage usageError
	var wrong app.ConfigurationError
	var problems config.Problems
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFinding):
		return exitFinding
	case errors.As(err, &problems):
		fmt.Fprintf(stderr, "naru: the configuration has %s:\n%v\n", count(len(problems), "problem"), problems)
		return exitUsage
	case errors.As(err, &usage), errors.As(err, &wrong):
		fmt.Fprintf(stderr, "naru: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(stderr, "naru: %v\n", err)
		return exitFailure
	}
}

// count writes a number with its noun, "1 problem" or "3 problems".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
