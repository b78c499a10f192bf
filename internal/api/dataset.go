package api

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"naru/internal/knowledge"
	"naru/internal/server"
)

// The dataset is small: lists are whole, and every list is one table. The
// members of an item in JSON are the columns in CSV, under the same names, and
// "fields" has their names for people. A name that has an id beside it ("unit"
// and "unit_id") is in the language of the answer; the id is for programs.
//
// CSV is RFC 4180 in UTF-8, its first row in the language of the answer. Asked
// for by ?format=csv it is a download for spreadsheets, which take UTF-8 for
// something else unless it begins with a byte order mark; asked for by Accept
// it goes to a program, which would take the mark for a part of the first
// name, and has none.

// Dataset is the published data.
type Dataset interface {
	Execute(knowledge.Query) (knowledge.Result, error)
	Entity(knowledge.Ref) (*knowledge.Entity, bool)
	Entities(knowledge.Kind) []*knowledge.Entity
	Note(id string) (*knowledge.Note, bool)
	Notes() []*knowledge.Note
	NewsSummary(id, language string) string
	FAQ() []knowledge.Question
	Row(id string) (*knowledge.Row, bool)
}

// listing is the answer of every list.
type listing[T any] struct {
	Language string `json:"language"`
	Count    int    `json:"count"`
	Items    []T    `json:"items"`
	// Total is a figure that the page prints for the whole of a statistic.
	Total *T `json:"total,omitempty"`
	// Facts are what the page says about a statistic.
	Facts []fact `json:"facts,omitempty"`
	// Chart is the address of a picture of the whole statistic.
	Chart string `json:"chart,omitempty"`
	// Notes are those of the items and those on the list, each once.
	Notes  []note `json:"notes"`
	Fields object `json:"fields"`
}

// table is one list: what it may be filtered by, and how it is read. Read
// fills Items, Total and Facts, and returns the ids of the notes to be said.
type table[T any] struct {
	path, chart string
	filters     []string
	read        func(v view, s selection, l *listing[T]) (notes []string, err error)
}

// datasets serves the tables.
type datasets struct {
	server  *server.Server
	data    Dataset
	catalog Catalog
	filters *filters
	public  string
	// whole keeps the lists that nothing was filtered from, a server.Content
	// for each table, language and format: as many as there are.
	whole sync.Map
}

func registerDataset(s *server.Server, o Options) {
	h := &datasets{server: s, data: o.Dataset, catalog: o.Catalog, filters: newFilters(o.Dataset, o.Catalog), public: o.PublicURL}
	registerTable(h, agreementTable)
	registerTable(h, projectTable)
	registerTable(h, patientTable)
	registerTable(h, departmentTable)
	registerTable(h, survivalTable)
	registerTable(h, transplantTable)
	registerTable(h, infrastructureTable)
	registerTable(h, specialtyTable)
	registerTable(h, hospitalTable)
	registerTable(h, contactTable)
	registerTable(h, newsTable)
	registerTable(h, faqTable)
}

const (
	typeJSON = "application/json"
	typeCSV  = "text/csv"
)

// registerTable serves GET /api/v1/{path}.
func registerTable[T any](h *datasets, t table[T]) {
	columns := columnsOf[T]()
	h.server.API().Handle(server.Route{Method: http.MethodGet, Pattern: "/api/v1/" + t.path, Limit: server.LimitRead, Handler: func(c *gin.Context) error {
		asked, err := h.filters.parse(c.Request.URL.RawQuery, t.filters)
		if err != nil {
			return err
		}
		language, format := h.server.Language(c), typeJSON
		download := asked.format == "csv"
		if download || asked.format == "" && server.Prefers(c.GetHeader("Accept"), typeJSON, typeCSV) == typeCSV {
			format = typeCSV
		}
		answer, err := h.answer(wholeKey{t.path, language, format, download}, asked, func() ([]byte, error) {
			l, err := readTable(h, t, columns, view{h.data, language}, asked)
			switch {
			case err != nil:
				return nil, err
			case format == typeJSON:
				return json.Marshal(l)
			}
			return writeCSV(l, columns, download)
		})
		if err != nil {
			return err
		}
		header := c.Writer.Header()
		header.Set("Content-Language", language)
		header.Add("Vary", "Accept, Accept-Language")
		if download {
			name := strings.ReplaceAll(t.path, "/", "-") + "-" + language + ".csv"
			header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		}
		return answer.Serve(c, "public, max-age=300")
	}})
}

type wholeKey struct {
	path, language, format string
	download               bool
}

// answer makes the answer, or takes it from those kept.
func (h *datasets) answer(key wholeKey, asked selection, body func() ([]byte, error)) (server.Content, error) {
	if !asked.restricted {
		if kept, ok := h.whole.Load(key); ok {
			return kept.(server.Content), nil
		}
	}
	b, err := body()
	if err != nil {
		return server.Content{}, err
	}
	mediaType := key.format
	if mediaType == typeCSV {
		mediaType = "text/csv; charset=utf-8; header=present"
	}
	content := server.NewContent(mediaType, b)
	if !asked.restricted {
		h.whole.Store(key, content)
	}
	return content, nil
}

func readTable[T any](h *datasets, t table[T], columns []column, v view, asked selection) (listing[T], error) {
	l := listing[T]{Language: v.language, Items: []T{}, Notes: []note{}}
	ids, err := t.read(v, asked, &l)
	if err != nil {
		return l, err
	}
	l.Count = len(l.Items)
	for _, id := range ids {
		if n, ok := h.data.Note(id); ok {
			l.Notes = append(l.Notes, note{ID: n.ID, Text: n.In(v.language), Certainty: string(n.Certainty)})
		}
	}
	for _, c := range columns {
		l.Fields = append(l.Fields, member{c.name, h.label(v.language, c.name)})
	}
	if t.chart != "" {
		l.Chart = h.public + "/charts/" + t.chart + ".svg?language=" + v.language
	}
	return l, nil
}

// label is what people call a column. Names of the dataset's own fields are
// part of the dataset; how an id, a code or a printed form of them is called
// follows from these.
func (h *datasets) label(language, name string) string {
	if e, ok := h.data.Entity(knowledge.Ref{Kind: knowledge.Field, ID: name}); ok {
		return e.Name(language)
	}
	if i := strings.LastIndexByte(name, '_'); i > 0 {
		return h.catalog.Text(language, "dataset.column."+name[i+1:], map[string]any{"Name": h.label(language, name[:i])})
	}
	return h.catalog.Text(language, "dataset.field."+name, nil)
}
