package web

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"naru/internal/knowledge"
	"naru/internal/lazy"
	"naru/internal/server"
)

// questionsPage is the data of questions.html.
type questionsPage struct {
	words
	Questions []question
	// Text is what is looked for; Shown questions have it, of All.
	Text       string
	Shown, All int
}

// question is an entry of the questions and answers.
type question struct {
	ID, Question, Answer string
	// Parts are the answer, with what can be written to or called.
	Parts   []talkPart
	Notes   []string
	Sources []quotation
	Find    string
	// Hidden: it lacks what is looked for.
	Hidden bool
}

func (p *pages) registerQuestions() error {
	type prepared struct {
		questionsPage
		whole kept
	}
	all := lazy.New(func(language string) (prepared, error) {
		data := p.words(language).questions()
		whole, err := p.keepPage(page{render: p.render, Name: "questions", Language: language, way: "questions", Data: data})
		return prepared{data, whole}, err
	})
	p.keep("/:language/questions", server.LimitRead, p.in(func(c *gin.Context) error {
		found, err := all.Get(c.Param("language"))
		if err != nil {
			return err
		}
		if text := c.Query("text"); text != "" {
			server.Cache(c, "public, max-age=300")
			return p.send(c, http.StatusOK, "questions", found.look(text))
		}
		return found.whole.serve(c)
	}))
	return p.inEach(func(language string) error {
		found, err := all.Get(language)
		if err != nil {
			return err
		}
		_, err = p.render.html(page{render: p.render, Name: "questions", Language: language, way: "questions", Data: found.look("nothing has these words")})
		return err
	})
}

// questions prepares all entries with the sources of the records that they
// rest on.
func (w words) questions() questionsPage {
	data := questionsPage{words: w}
	for i := range w.base.FAQ() {
		f := &w.base.FAQ()[i]
		q := question{ID: f.ID}
		q.Question, q.Answer = f.In(w.language)
		english, _ := f.In("en")
		for _, id := range f.Records {
			if record, ok := w.base.Row(id); ok {
				q.Sources = append(q.Sources, w.quotation(record.Citation()))
				q.addNotes(w, record)
			}
		}
		q.Find = findable(q.Question, q.Answer, english)
		set := w.setter.In(w.language)
		q.Question, q.Parts = set(q.Question), talkParts(set, q.Answer, false)
		data.Questions = append(data.Questions, q)
	}
	return data.look("")
}

// addNotes adds the notes of a record that the answer rests on, each once. Of
// a record among many, such as one agreement, they say whose they are.
func (q *question) addNotes(w words, record *knowledge.Row) {
	for _, note := range w.notes(record.Notes...) {
		if record.Agreement != nil {
			note = w.catalog.Text(w.language, "questions.note", map[string]any{"Name": w.Name(knowledge.Institution, record.Agreement.Institution), "Note": note})
		}
		if !slices.Contains(q.Notes, note) {
			q.Notes = append(q.Notes, note)
		}
	}
}

// look marks what lacks the words of the text.
func (data questionsPage) look(text string) questionsPage {
	words := wanted(text)
	found := data
	found.Text, found.Shown, found.All = text, 0, len(data.Questions)
	found.Questions = make([]question, len(data.Questions))
	for i, q := range data.Questions {
		if q.Hidden = !finds(q.Find, words); !q.Hidden {
			found.Shown++
		}
		found.Questions[i] = q
	}
	return found
}
