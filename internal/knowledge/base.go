package knowledge

// Agreements gives all agreements, overseas and domestic, in the order of the pages.
func (b *Base) Agreements() []Agreement { return b.agreements }

// Projects gives the global healthcare projects in the order of the page.
func (b *Base) Projects() []ProjectRecord { return b.projects }

// Observations gives the figures of one statistic in the order of the page.
func (b *Base) Observations(series Relation) []*Observation {
	var out []*Observation
	for i := range b.observations {
		if o := &b.observations[i]; Relation(o.Series) == series {
			out = append(out, o)
		}
	}
	return out
}

// Hospitals gives the ranked hospitals in the order of the page.
func (b *Base) Hospitals() []Hospital { return b.hospitals }

// Contacts gives both contacts.
func (b *Base) Contacts() []Contact { return b.contacts }

// News gives the news items in the order of the page.
func (b *Base) News() []NewsItem { return b.news }

// NewsSummary gives our own short summary of a news item in a language; "" for an unknown id.
func (b *Base) NewsSummary(id, lang string) string { return b.summaries[id][LanguageIndex(lang)] }

// Facts gives the statements taken from prose and news.
func (b *Base) Facts() []Fact { return b.facts }

// FAQ gives the questions and answers in the order of faq.yaml.
func (b *Base) FAQ() []Question { return b.faq }

// Sources gives the pages that records come from.
func (b *Base) Sources() []*Source { return b.sourceOrder }

// Note finds a note by its id.
func (b *Base) Note(id string) (*Note, bool) {
	n, ok := b.notes[id]
	return n, ok
}

// Notes gives all notes in the order of notes.yaml, those of the dataset as a whole included.
func (b *Base) Notes() []*Note { return b.noteOrder }

// Rows gives all records in the uniform shape, relation by relation.
func (b *Base) Rows() []*Row { return b.rows }

// Row finds a record by its id.
func (b *Base) Row(id string) (*Row, bool) {
	r, ok := b.byID[id]
	return r, ok
}

// ContinentOf gives the continent under which a country is listed, or to which it belongs (geography.yaml) when no row
// lists it; "" for countries that are in neither.
func (b *Base) ContinentOf(country string) string { return b.continentOf[country] }

// TopicDefinition gives the words of the printed subject by which a topic is defined: any of contains, or the whole
// subject is one of equals. Both are nil for an unknown topic.
func (b *Base) TopicDefinition(id string) (contains, equals []string) {
	for _, t := range b.topics {
		if t.ID == id {
			return t.Contains, t.Equals
		}
	}
	return nil, nil
}

// CountryCitation gives the citation that shows under which country a row stands: the row itself, or the first row of
// the same country, beside which its name is printed.
func (b *Base) CountryCitation(a *Agreement) Citation {
	best := a
	for i := range b.agreements {
		o := &b.agreements[i]
		if o.Country == a.Country && o.Source == a.Source && o.Section == a.Section && o.Line < best.Line {
			best = o
		}
	}
	return best.Citation()
}
