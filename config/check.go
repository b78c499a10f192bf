package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Part is a group of data files that another package understands.
type Part struct {
	// Name is the folder or file, e.g. "locales".
	Name string
	// Check returns everything wrong in it; an error that joins several is
	// reported as several.
	Check func(*Config, fs.FS) error
}

// CheckOptions says what Check looks at.
type CheckOptions struct {
	Options
	// Parts are checked besides settings, teams, holidays and samples.
	Parts []Part
	// Samples are routed besides those of samples.yaml.
	Samples []Sample
	// Now is when samples without a time of their own are accepted.
	Now time.Time
}

// Check reports on all settings and data files to w: what is wrong, what is
// odd, and which rule each sample takes and why. Nothing but w is written to.
// Its error is a Problems value with everything wrong, which w has too; or the
// error of writing to w.
func Check(w io.Writer, o CheckOptions) error {
	r := report{w: w}
	c, problems := load(o.Options)
	r.part("settings", problems, c.Warnings(), strconv.Itoa(len(keys(c)))+" keys")
	if !isFolder(c.ConfigDir) {
		c.ConfigDir = "" // reported above; go on with the shipped files
	}
	fsys := Files(c.ConfigDir)
	d, err := LoadDesk(fsys)
	if err == nil {
		r.part("teams", nil, d.warnings(c, o.Now), fmt.Sprintf("%d teams, %d rules, all holidays of %s", len(d.Teams), d.Rules, years(d.Years)))
	} else {
		r.part("teams", asProblems("", err), nil, "")
	}
	_, err = LoadLook(fsys)
	r.part("look", asProblems("", err), nil, "")
	for _, p := range o.Parts {
		r.part(p.Name, asProblems(p.Name, p.Check(c, fsys)), nil, "")
	}
	samples, err := LoadSamples(fsys)
	r.part("samples", asProblems("", err), nil, strconv.Itoa(len(samples)))
	if d != nil {
		for _, s := range append(samples, o.Samples...) {
			r.sample(d, s, o.Now)
		}
	}
	return errors.Join(r.problems.err(), r.failed)
}

// report writes what Check finds.
type report struct {
	w        io.Writer
	problems Problems
	failed   error
}

func (r *report) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(r.w, format, args...); err != nil && r.failed == nil {
		r.failed = err
	}
}

func (r *report) part(name string, problems, warnings Problems, fine string) {
	problems.sort()
	r.problems = append(r.problems, problems...)
	switch {
	case len(problems) > 0:
		r.printf("%s: %d wrong\n", name, len(problems))
	case fine != "":
		r.printf("%s: ok, %s\n", name, fine)
	default:
		r.printf("%s: ok\n", name)
	}
	for _, p := range problems {
		r.printf("  error: %s\n", p)
	}
	for _, p := range warnings {
		r.printf("  warning: %s\n", p)
	}
}

func (r *report) sample(d *Desk, s Sample, now time.Time) {
	facts := s.facts(d, now)
	decision, steps := d.Router.Explain(facts)
	r.printf("\n%s: %s, by rule %s (%s:%d)\n", s.ID, decision.Team.ID, decision.Rule, teamsFile, decision.Line)
	if s.About != "" {
		r.printf("  %s\n", s.About)
	}
	for _, step := range steps {
		if step.Matched {
			r.printf("  %s:%d %s: matches\n", teamsFile, step.Line, step.Rule)
			continue
		}
		reasons := make([]string, len(step.Unmet))
		for i, u := range step.Unmet {
			reasons[i] = u.String()
		}
		r.printf("  %s:%d %s: %s\n", teamsFile, step.Line, step.Rule, strings.Join(reasons, "; "))
	}
	var problems Problems
	for _, f := range d.Router.CheckFacts(facts) {
		problems = append(problems, Problem{File: s.file, Line: s.line, Key: f.Path, Code: f.Code, Text: f.Text})
	}
	if s.Team != "" && s.Team != decision.Team.ID {
		problems = append(problems, Problem{
			File: s.file, Line: s.line, Key: "team", Code: "wrong_team",
			Text: fmt.Sprintf("%s reaches %s by rule %s, not %s", s.ID, decision.Team.ID, decision.Rule, s.Team),
		})
	}
	for _, p := range problems {
		r.printf("  error: %s\n", p)
	}
	r.problems = append(r.problems, problems...)
}

// asProblems takes an error apart; file stands where it names none. nil is no
// problem.
func asProblems(file string, err error) Problems {
	if err == nil {
		return nil
	}
	var list Problems
	if errors.As(err, &list) {
		return list
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			list = append(list, asProblems(file, e)...)
		}
		return list
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		list = append(list, Problem{File: file, Code: "invalid", Text: line})
	}
	return list
}

func years(list []int) string {
	if len(list) == 0 {
		return "no year"
	}
	text := make([]string, len(list))
	for i, y := range list {
		text[i] = strconv.Itoa(y)
	}
	return strings.Join(text, ", ")
}

// Warnings are settings that work and are probably not meant.
func (c *Config) Warnings() Problems {
	var list Problems
	warn := func(odd bool, path, code, text string) {
		if odd {
			list = append(list, Problem{Key: path, Code: code, Text: text})
		}
	}
	warn(!c.CatchesMail() && strings.HasSuffix(c.MailDomain(), ".example"), "smtp.from", "example_address", "is under .example, which no relay of the world takes; set an address of yours")
	warn(strings.Contains(c.SMTP.URL, "tls=none") && !strings.Contains(c.SMTP.URL, "localhost") && !strings.Contains(c.SMTP.URL, "127.0.0.1"), "smtp.url", "plain_mail", "hands mail over without TLS")
	warn(c.Postgres() && c.EmbeddedBroker(), "nats.url", "lone_broker", "is empty: with the broker inside only one naru may work on this database; set it before you start another")
	warn(c.Postgres() && c.Encryption.Keys == "", keysPath, "readable_data", "is empty: what is personal lies readable in PostgreSQL; `naru keys new` makes keys, to be given to every naru on this database")
	warn(c.PublicURL == "" && !isLoopbackAddr(c.HTTP.Addr), "public_url", "no_public_url", "is empty although others than this host can connect; links in mails would not work")
	warn(c.PublicURL != "" && strings.HasPrefix(c.PublicURL, "http://") && !isLoopbackAddr(c.HTTP.Addr), "public_url", "plain_http", "is not https; what is written would cross the net in the clear")
	for _, n := range c.HTTP.TrustedProxies {
		prefix, err := netip.ParsePrefix(n)
		warn(err == nil && prefix.Bits() == 0, "http.trusted_proxies", "trusts_everyone", "holds "+n+", so that anybody can claim any address")
	}
	if c.ConfigDir != "" {
		list = append(list, strays(c.ConfigDir)...)
	}
	return list
}

// strays are files in an override folder that override nothing and are in no
// folder of the shipped ones: their names are probably misspelt.
func strays(dir string) Problems {
	var list Problems
	look, err := LoadLook(Files(dir))
	if err != nil {
		look = nil // reported elsewhere
	}
	walk := func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			list = append(list, Problem{File: filepath.Join(dir, name), Code: "unreadable", Text: "cannot be read: " + reason(err)})
			if entry != nil && entry.IsDir() {
				return fs.SkipDir
			}
		case name != "." && strings.HasPrefix(path.Base(name), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir():
			if _, err := fs.Stat(files, name); err == nil || look.reads(name) {
				return nil
			}
			if _, err := fs.Stat(files, path.Dir(name)); err != nil || path.Dir(name) == "." {
				list = append(list, Problem{File: filepath.Join(dir, name), Code: "overrides_nothing", Text: "has no shipped file of the same path, and nothing reads it"})
			}
		}
		return nil
	}
	if err := fs.WalkDir(os.DirFS(dir), ".", walk); err != nil {
		list = append(list, Problem{File: dir, Code: "unreadable", Text: reason(err)})
	}
	return list
}

// warnings are those of the desk itself and of the desk beside the settings.
func (d *Desk) warnings(c *Config, now time.Time) Problems {
	list := append(Problems(nil), d.Warnings...)
	if !c.CatchesMail() {
		for i, t := range d.Teams {
			if strings.HasSuffix(t.Email, ".example") {
				list = append(list, Problem{
					File: teamsFile, Key: "teams[" + strconv.Itoa(i) + "].email", Code: "example_address",
					Text: "of " + t.ID + " is under .example: mail to it cannot arrive",
				})
			}
		}
	}
	for _, year := range []int{now.Year(), now.AddDate(0, 0, 30).Year()} {
		if !d.Calendar.Complete(year) {
			list = append(list, Problem{
				File: holidaysFile, Key: "years", Code: "year_missing",
				Text: "lack " + strconv.Itoa(year) + ": promises of an answer do not know its lunar holidays",
			})
			break
		}
	}
	return list
}
