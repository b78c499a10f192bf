package chat

import (
	"strings"

	"naru/internal/knowledge"
)

// listRows writes rows, as many as fit; the others come with "more".
func (a *answer) listRows(in rows, dated bool) {
	lines := make([]string, 0, len(in))
	short := make([]string, 0, len(in))
	for _, r := range in {
		a.useRow(r)
		line, brief := a.fullName(knowledge.Institution, r.Institution), r.Name
		if dated {
			line = a.text("row.dated", args{"Date": a.date(r.Date), "Name": line})
			brief = a.text("row.dated", args{"Date": r.Date.String(), "Name": r.Name})
		}
		subject := r.Subject
		if e := r.SubjectEntity(); e != nil && a.lang != "en" {
			subject = e.Name(a.lang)
		}
		lines = append(lines, a.text("row.about", args{"Name": line, "Subject": subject}))
		short = append(short, brief)
	}
	a.fit(lines, short)
}

func (a *answer) names(in rows) []string {
	out := make([]string, 0, len(in))
	for _, r := range in {
		out = append(out, a.fullName(knowledge.Institution, r.Institution))
	}
	return out
}

// listNames writes names, as many as fit.
func (a *answer) listNames(in rows, short bool) {
	lines, printed := make([]string, 0, len(in)), make([]string, 0, len(in))
	for _, r := range in {
		a.useRow(r)
		line := a.fullName(knowledge.Institution, r.Institution)
		lines = append(lines, line)
		printed = append(printed, r.Name)
	}
	a.fit(lines, printed)
}

// fit adds the lines if they fit into a reply, else the short ones, and keeps
// for "more" what does not.
func (a *answer) fit(lines, short []string) {
	room := maxReply - len([]rune(strings.Join(a.parts, "\n"))) - 120
	for _, n := range a.notes {
		room -= len([]rune(n)) + 1
	}
	size := func(list []string) int {
		n := 0
		for _, l := range list {
			n += len([]rune(l)) + 3
		}
		return n
	}
	if size(lines) > room {
		lines = short
	}
	n := len(lines)
	for size(lines[:n]) > room {
		n--
	}
	for _, l := range lines[:n] {
		a.parts = append(a.parts, "• "+l)
	}
	if n < len(lines) {
		a.rest = lines[n:]
		a.say("more", args{"N": len(lines) - n})
	}
}
