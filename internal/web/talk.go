package web

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"

	"naru/internal/chat"
	"naru/internal/knowledge"
	"naru/internal/typeset"
)

const (
	// talkMessage is the longest message taken, in characters.
	talkMessage = 1000
	// talkEntries is how much of a talk a page carries along.
	talkEntries = 16
)

// talkEntry is one thing said: by the visitor, or by the desk. It is read and
// written by static/talk.js as well.
type talkEntry struct {
	You   string      `json:"you,omitempty"`
	Reply *chat.Reply `json:"desk,omitempty"`
	// Helpful is what the visitor said of the reply; nil for nothing.
	Helpful *bool `json:"helpful,omitempty"`
}

// carriedTalk is a talk within the form, so that the next page shows it too:
// the server keeps no texts for pages.
type carriedTalk struct {
	Conversation string      `json:"conversation"`
	Entries      []talkEntry `json:"entries"`
}

// parseTalk reads what a form carries. What cannot be read is a talk that
// begins now.
func parseTalk(text string) []talkEntry {
	var talk carriedTalk
	if json.Unmarshal([]byte(text), &talk) != nil {
		return nil
	}
	var entries []talkEntry
	for _, entry := range talk.Entries {
		if (entry.You == "") == (entry.Reply == nil) {
			continue
		}
		if entry.Reply != nil && entry.Reply.Chart != nil && !ours(*entry.Reply.Chart) {
			entry.Reply.Chart = nil
		}
		entries = append(entries, entry)
	}
	return entries
}

// ours tells whether a chart is on this site.
func ours(c chat.Chart) bool {
	return strings.HasPrefix(c.URL, "/charts/") && strings.HasPrefix(c.Narrow.URL, "/charts/")
}

// conversationOf is the id of the conversation that the last reply is part of.
func conversationOf(entries []talkEntry) string {
	for _, entry := range slices.Backward(entries) {
		if entry.Reply != nil {
			return entry.Reply.ConversationID
		}
	}
	return ""
}

// What parts the items of a row in one language or another, what makes an item
// a figure, and how the sentence around the last one ends. The same stands in
// static/talk.js.
var (
	rowSeparator = regexp.MustCompile(`[;؛] |；|／`)
	rowFigure    = regexp.MustCompile(`\d`)
	rowEnd       = regexp.MustCompile(`(?:です)?[.。]$`)
	rowDash      = regexp.MustCompile(` [–—] `)
)

// Blocks are the paragraphs and lists of a reply. A long row of figures behind
// a dash is a list as well.
func (p page) Blocks(e talkEntry) []talkBlock {
	var blocks []talkBlock
	set := p.render.options.Typography.In(e.Reply.Language)
	add := func(kind string, texts ...string) {
		var lines [][]talkPart
		for _, text := range texts {
			lines = append(lines, talkParts(set, text, e.Reply.Kind == chat.KindEmergency))
		}
		if n := len(blocks); kind != "" && n > 0 && blocks[n-1].List == kind {
			blocks[n-1].Lines = append(blocks[n-1].Lines, lines...)
			return
		}
		blocks = append(blocks, talkBlock{List: kind, Lines: lines})
	}
	for line := range strings.SplitSeq(e.Reply.Text, "\n") {
		row := rowSeparator.Split(line, -1)
		head, first := row[0], ""
		at := rowDash.FindStringIndex(row[0])
		if at != nil {
			head, first = row[0][:at[0]], row[0][at[1]:]
		}
		item, listed := strings.CutPrefix(line, "• ")
		switch {
		case listed:
			add("lines", item)
		case len(row) > 3 && at != nil && head != "" && !slices.ContainsFunc(row[1:], func(item string) bool { return !rowFigure.MatchString(item) }):
			row[len(row)-1] = rowEnd.ReplaceAllString(row[len(row)-1], "")
			add("", head)
			add("row", append([]string{first}, row[1:]...)...)
		default:
			add("", line)
		}
	}
	if e.Reply.More == nil { // else it was shortened already
		for i := range blocks {
			blocks[i] = blocks[i].folded()
		}
	}
	return blocks
}

// talkBlock is a paragraph, or a list with an item a line.
type talkBlock struct {
	// List is empty for a paragraph, else "lines", or "row" for figures.
	List  string
	Lines [][]talkPart
	// Rest is what of a long list is shown with a tap; nil for nothing.
	Rest *talkBlock
}

// A list of more than longReply items shows shortReply of them at once. The same
// stands in static/talk.js.
const longReply, shortReply = 16, 10

// folded puts the end of a long list into Rest.
func (b talkBlock) folded() talkBlock {
	if b.List == "" || len(b.Lines) <= longReply {
		return b
	}
	return talkBlock{b.List, b.Lines[:shortReply], &talkBlock{List: b.List, Lines: b.Lines[shortReply:]}}
}

// talkPart is a piece of a line; Write or Call is what it is to be reached by,
// if it can be.
type talkPart struct{ Text, Write, Call string }

// reachable finds what can be written to or called: e-mail addresses, telephone
// numbers with the code of a country, of which a range is called by its first,
// and the number for emergencies in Korea. The same stands in static/talk.js.
var reachable = regexp.MustCompile(`([\w.+-]+@[\w-]+(?:\.[\w-]+)+)|\+?(\b\d{1,3}(?:-\d{1,4}){3,5})(?:~\d+)?\b|\b(119)\b`)

// talkParts makes links of what in a text can be reached; of the number for
// emergencies only when it is one. The rest is set.
func talkParts(set func(string) string, text string, emergency bool) []talkPart {
	var parts []talkPart
	done := 0
	for _, m := range reachable.FindAllStringSubmatchIndex(text, -1) {
		part := talkPart{Text: text[m[0]:m[1]]}
		switch {
		case m[2] >= 0:
			part.Write = part.Text
		case m[4] >= 0:
			part.Call = "+" + text[m[4]:m[5]]
		case emergency:
			part.Call = part.Text
		default:
			continue
		}
		if m[0] > done {
			parts = append(parts, talkPart{Text: set(text[done:m[0]])})
		}
		parts, done = append(parts, part), m[1]
	}
	if done < len(text) || len(parts) == 0 {
		parts = append(parts, talkPart{Text: set(text[done:])})
	}
	return parts
}

// Rateable tells whether the visitor is asked if the reply helped.
func (e talkEntry) Rateable() bool {
	return e.Reply.ReplyID != "" && e.Reply.Kind != chat.KindSmalltalk && e.Reply.Kind != chat.KindEmergency
}

// Liked and Disliked tell which thumb is pressed.
func (e talkEntry) Liked() bool { return e.Helpful != nil && *e.Helpful }

// Disliked is the other thumb.
func (e talkEntry) Disliked() bool { return e.Helpful != nil && !*e.Helpful }

// talkView is the data of talk.html.
type talkView struct {
	Entries []talkEntry
	// Notice is a message to be shown, or empty.
	Notice string
	// Full: the talk is the page, and not a panel in it.
	Full bool
	page page
}

// Latest tells whether an entry is the last that the visitor said.
func (v talkView) Latest(i int) bool {
	for last, entry := range slices.Backward(v.Entries) {
		if entry.Reply == nil {
			return i == last
		}
	}
	return false
}

// Longest is how many characters a message may have.
func (talkView) Longest() int { return talkMessage }

// Suggestions are what the last reply suggests, or questions to begin with.
func (v talkView) Suggestions() []string {
	if n := len(v.Entries); n > 0 && v.Entries[n-1].Reply != nil {
		return v.Entries[n-1].Reply.Suggestions
	}
	return prompts(v.page.render.options.Catalog, v.page.Language)
}

// Carried is the talk as the form takes it along; empty for none.
func (v talkView) Carried() (string, error) {
	if len(v.Entries) == 0 {
		return "", nil
	}
	talk := carriedTalk{conversationOf(v.Entries), nil}
	for _, entry := range v.Entries[max(0, len(v.Entries)-talkEntries):] {
		if entry.Reply != nil {
			reply := *entry.Reply
			reply.Facts = nil // they are not shown
			entry.Reply = &reply
		}
		talk.Entries = append(talk.Entries, entry)
	}
	text, err := json.Marshal(talk)
	return string(text), err
}

// Settings are what static/talk.js is told.
func (v talkView) Settings() (string, error) {
	text, err := json.Marshal(newTalkSettings(v.page.render.options, v.page.Language))
	return string(text), err
}

// talkSettings is what a talk in a language needs besides its markup.
type talkSettings struct {
	Language string `json:"language"`
	// RTL are the languages that are written from right to left.
	RTL   []string          `json:"rtl"`
	Texts map[string]string `json:"texts"`
	// Sources are whose pages are quoted, by the names used in citations.
	Sources map[string]string `json:"sources"`
	// Typography are the rules by which texts are set, of the language and of
	// all others ("").
	Typography map[string][]typeset.ScriptRule `json:"typography"`
	// Remember is how long a conversation lives, in seconds.
	Remember int `json:"remember"`
}

// talkTexts are the messages that a talk says by itself.
var talkTexts = map[string]string{
	"desk": "site.desk_name", "you": "chat_page.you", "larger": "chat_page.larger",
	"rate": "chat_page.rate", "rate_yes": "chat_page.rate_yes", "rate_no": "chat_page.rate_no", "thanks": "chat_page.thanks", "unrated": "chat_page.unrated",
	"write": "chat_page.write", "write_help": "chat_page.write_help",
	"waiting": "chat_page.waiting", "offline": "chat_page.offline", "busy": "chat_page.busy", "failed": "chat_page.failed", "retry": "chat_page.retry",
}

func newTalkSettings(o Options, language string) talkSettings {
	s := talkSettings{
		Language: language, Texts: make(map[string]string), Sources: make(map[string]string), Remember: int(o.Remember / time.Second),
		Typography: map[string][]typeset.ScriptRule{language: o.Typography.Script(language), "": o.Typography.Script("")},
	}
	for name, key := range talkTexts {
		s.Texts[name] = o.Typography.Set(language, o.Catalog.Text(language, key, nil))
	}
	s.Texts["sources"] = o.Catalog.Text(language, "format.noted", map[string]any{"Text": o.Catalog.Text(language, "chat_page.sources", nil), "Note": "{n}"})
	s.Texts["more"] = o.Catalog.Text(language, "chat_page.more", map[string]any{"Count": "{n}"})
	for _, other := range o.Languages {
		if o.Direction(other) == "rtl" {
			s.RTL = append(s.RTL, other)
		}
	}
	for _, source := range o.Content.Knowledge.Sources() {
		s.Sources[source.ID] = o.words(language).Name(knowledge.Institution, source.Owner)
	}
	return s
}

// SourceName is whose page is quoted.
func (p page) SourceName(id string) string {
	return p.render.options.words(p.Language).quotation(knowledge.Citation{Source: id}).Owner
}

// DirectionOf is "ltr" or "rtl" for a language.
func (p page) DirectionOf(language string) string { return p.render.options.Direction(language) }

// prompts are questions to begin with; the bot answers each, see the tests.
func prompts(catalog Catalog, language string) []string {
	var all []string
	for _, key := range []string{"chat.suggest.partners", "chat.suggest.patients", "chat.suggest.survival"} {
		all = append(all, catalog.Text(language, key, nil))
	}
	return all
}
