package config

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"naru/internal/calendar"
	"naru/internal/naru"
	"naru/internal/routing"
)

// Desk is who answers inquiries and when: teams, routing rules, holidays. It
// is read-only once loaded.
type Desk struct {
	// Teams in the order of teams.yaml.
	Teams       []naru.Team
	Departments []string
	Router      *routing.Router
	Calendar    *calendar.Calendar
	// Rules is the number of rules.
	Rules int
	// Warnings are what is odd and works all the same.
	Warnings Problems
	// Years are those of which all holidays are known, in order.
	Years []int

	hours map[string]calendar.Hours
}

// The files of a Desk.
const (
	teamsFile       = "teams.yaml"
	holidaysFile    = "holidays.yaml"
	departmentsFile = "departments.yaml"
)

type teams struct {
	Teams []team         `yaml:"teams" validate:"min=1,dive"`
	Rules []routing.Rule `yaml:"rules"`
}

type team struct {
	ID       string         `yaml:"id" validate:"required,lower_id"`
	Names    Names          `yaml:"names"`
	Email    string         `yaml:"email" validate:"required,team_mailbox"`
	Phone    string         `yaml:"phone" validate:"omitempty,international"`
	Hours    calendar.Hours `yaml:"hours"`
	Fallback bool           `yaml:"fallback"`
}

type departments struct {
	Departments []string `yaml:"departments" validate:"min=1,unique,dive,required,one_line"`
}

type holidays struct {
	OfficeClose calendar.Clock               `yaml:"office_close" validate:"required"`
	Years       map[string]map[string]string `yaml:"years"`
	Fixed       []fixedHoliday               `yaml:"fixed" validate:"dive"`
}

type fixedHoliday struct {
	Day        string `yaml:"day" validate:"required"`
	Name       string `yaml:"name" validate:"required"`
	Substitute bool   `yaml:"substitute"`
}

// LoadDesk reads teams.yaml, holidays.yaml and departments.yaml from a file
// system as Files returns. Its error is a Problems value with everything wrong
// in them.
func LoadDesk(fsys fs.FS) (*Desk, error) {
	d := &Desk{hours: map[string]calendar.Hours{}}
	problems := d.loadHolidays(fsys)
	list, departmentProblems := loadDepartments(fsys)
	d.Departments = list
	problems = append(problems, departmentProblems...)
	problems = append(problems, d.loadTeams(fsys)...)
	if err := problems.err(); err != nil {
		return nil, err
	}
	d.Warnings.sort()
	return d, nil
}

// readFile reads a data file strictly and runs its validate tags.
func readFile(fsys fs.FS, name string, into any) *document {
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return &document{file: name, problems: Problems{{File: name, Code: "unreadable", Text: "cannot be read: " + reason(err)}}}
	}
	doc := readYAML(name, src, into)
	if len(doc.problems) == 0 {
		for _, f := range faults(into) {
			doc.addPath(f.path, f.code, f.text)
		}
	}
	return doc
}

func loadDepartments(fsys fs.FS) ([]string, Problems) {
	var file departments
	doc := readFile(fsys, departmentsFile, &file)
	return file.Departments, doc.problems
}

func (d *Desk) loadTeams(fsys fs.FS) Problems {
	var file teams
	doc := readFile(fsys, teamsFile, &file)
	if len(doc.problems) > 0 {
		return doc.problems
	}
	var always []string
	for i, t := range file.Teams {
		if _, again := d.Team(t.ID); again {
			doc.addPath("teams["+strconv.Itoa(i)+"].id", "duplicate_id", "is that of another team")
		}
		d.Teams = append(d.Teams, naru.Team{ID: t.ID, Names: t.Names.Map(), Email: t.Email, Phone: t.Phone, Fallback: t.Fallback})
		d.hours[t.ID] = t.Hours
		if t.Hours.Always() {
			always = append(always, t.ID)
		}
	}
	for i := range file.Rules {
		file.Rules[i].Line = doc.lineOf("rules[" + strconv.Itoa(i) + "]")
	}
	router, warnings, err := routing.Compile(file.Rules, routing.Options{Teams: d.Teams, Departments: d.Departments, AlwaysOpen: always})
	for _, f := range routingFaults(err) {
		doc.addPath(f.Path, f.Code, f.Text)
	}
	for _, w := range warnings {
		d.Warnings = append(d.Warnings, Problem{File: teamsFile, Line: doc.lineOf(w.Path), Key: w.Path, Code: w.Code, Text: w.Text})
	}
	d.Router, d.Rules = router, len(file.Rules)
	return doc.problems
}

// routingFaults takes apart the error of routing.Compile.
func routingFaults(err error) []routing.Fault {
	var fault routing.Fault
	var joined interface{ Unwrap() []error }
	switch {
	case err == nil:
		return nil
	case errors.As(err, &joined):
		var list []routing.Fault
		for _, e := range joined.Unwrap() {
			list = append(list, routingFaults(e)...)
		}
		return list
	case errors.As(err, &fault):
		return []routing.Fault{fault}
	}
	return []routing.Fault{{Code: "routing", Text: err.Error()}}
}

func (d *Desk) loadHolidays(fsys fs.FS) Problems {
	var file holidays
	doc := readFile(fsys, holidaysFile, &file)
	if len(doc.problems) > 0 {
		return doc.problems
	}
	o := calendar.Options{Close: file.OfficeClose}
	for _, year := range slices.Sorted(maps.Keys(file.Years)) {
		path := "years." + year
		n, err := strconv.Atoi(year)
		if err != nil || len(year) != 4 {
			doc.addPath(path, "bad_value", "is not a year such as 2027")
			continue
		}
		o.Years = append(o.Years, n)
		for _, day := range slices.Sorted(maps.Keys(file.Years[year])) {
			switch _, err := time.Parse(time.DateOnly, day); {
			case err != nil:
				doc.addPath(path+"."+day, "bad_value", "is not a date YYYY-MM-DD")
			case !strings.HasPrefix(day, year):
				doc.addPath(path+"."+day, "bad_value", "is not in "+year)
			default:
				o.Holidays = append(o.Holidays, day)
			}
		}
	}
	for i, f := range file.Fixed {
		// Read in a leap year, so that 29 February would count as a day.
		day, err := time.Parse(time.DateOnly, "2024-"+f.Day)
		if err != nil {
			doc.addPath("fixed["+strconv.Itoa(i)+"].day", "bad_value", "is not a day MM-DD")
			continue
		}
		o.Fixed = append(o.Fixed, calendar.Fixed{Month: day.Month(), Day: day.Day(), Substitute: f.Substitute})
	}
	d.Years = o.Years
	c, err := calendar.New(o)
	if err != nil && len(doc.problems) == 0 {
		doc.addAt(0, "", "bad_value", err.Error())
	}
	d.Calendar = c
	return doc.problems
}

// Team returns the team with the id.
func (d *Desk) Team(id string) (naru.Team, bool) {
	for _, t := range d.Teams {
		if t.ID == id {
			return t, true
		}
	}
	return naru.Team{}, false
}

// Hours are the office hours of the team with the id; the zero value for none.
func (d *Desk) Hours(id string) calendar.Hours { return d.hours[id] }

// Fallback returns the team that is told of failed mail.
func (d *Desk) Fallback() naru.Team {
	for _, t := range d.Teams {
		if t.Fallback {
			return t
		}
	}
	return naru.Team{} // LoadDesk returns no desk without one
}

// Addresses are the mailboxes of all teams.
func (d *Desk) Addresses() []string {
	list := make([]string, len(d.Teams))
	for i, t := range d.Teams {
		list[i] = t.Email
	}
	return list
}

// OpenAt returns what tells of the team with an id whether it is in its office
// hours at t.
func (d *Desk) OpenAt(t time.Time) func(team string) bool {
	return func(team string) bool { return d.Calendar.OpenAt(d.hours[team], t) }
}

// Route returns the team that answers an inquiry and the rule that says so.
// Office hours are taken at the time it was accepted.
func (d *Desk) Route(i naru.Inquiry) (naru.Team, string) {
	decision := d.Router.Route(routing.FactsOf(i, d.OpenAt(i.AcceptedAt)))
	return decision.Team, decision.Rule
}

// AnswerBy is that of the calendar.
func (d *Desk) AnswerBy(accepted time.Time) time.Time { return d.Calendar.AnswerBy(accepted) }
