// Package knowledge holds the dataset that naru answers from: agreements, projects, statistics, hospitals, news,
// contacts and what the bodies are, each record with its source, section, line and verbatim quote, and with a note
// where the source is odd.
//
// # Loading
//
// Load reads an fs.FS rooted at config/knowledge. It either returns a complete Base or an error of type Problems that
// names every fault with file and line. A Base is immutable and safe for concurrent use; what its methods return is
// shared and must not be changed. The dataset is data alone: a new agreement, year or name needs no code.
//
//	sources.yaml                 the pages, and whose they are
//	agreements/ statistics/      records; a file's head (source, section, scope, series, unit) holds for all of its records
//	facts/ projects.yaml hospitals.yaml contacts.yaml news.yaml
//	subjects.yaml                topics of agreements, each defined by words of the printed subject
//	institutions.yaml            what the institutions are, and where
//	names/<language>.yaml        names of all entities: "display | alias | ~loose"; English says which entities exist
//	notes.yaml texts/            what is odd and how it is read; the sentences that say so, and the news summaries
//	geography.yaml               continents of countries that no row lists under one
//	faq.yaml                     questions and answers, resting on named records
//	matching.yaml                words that steer the recognition of partners
//
// # Entities
//
// An Entity is a thing that records are about: a country, an institution, a cancer, a topic … named by a Ref (kind and
// id; the id of a country is its ISO code). Base.Entities(kind) lists them in the order of names/en.yaml, and
// Entity.Names holds display name, aliases and loose forms per language: the material of a lexicon. Of institutions
// the English name is the printed one. Loose names ("~Gondar", "~KDI") bind a question, but do not recognise a writer.
// An institution of an agreement that the names files lack gets its printed name in all languages (Names.Given is
// false there).
//
// # Records and rows
//
// Each relation has typed records (Agreement, ProjectRecord, Observation, Hospital, NewsItem, Fact, Contact). Row is
// their uniform shape for queries: the relation, all entities the record is about, date, year, value and unit, and a
// pointer to the typed record. Figures are Decimals with the printed digits. Observation.Label and Printed are what
// stands on the page, Year and Value how it is read. A Fact is subject, attribute and one value: "institution:
// catholic-hematology, hospital-director, Kim Hee Je".
//
// # Queries
//
// A Query is a question in typed form, Execute runs it, Result has the number, groups and records and the notes that
// an answer must say:
//
//	Which partners in Bulgaria and Finland?
//	  {Relation: OverseasAgreements, Entities: [country:BG country:FI], Op: List}
//	How many agreements on research in 2015?
//	  {Relation: DomesticAgreements, Entities: [topic:research], Years: [2015], Op: Count}
//	How much more does the USA have than the UK for colon cancer?
//	  {Relation: Survival, Entities: [cancer:colon country:US country:GB], Op: Difference}
//	For which cancer is the gap between Korea and the UK the widest?
//	  {Relation: Survival, Entities: [country:KR country:GB], Group: Cancer, Measure: Difference, Op: Highest}
//	Are there more partners in Europe or in North America?
//	  {Relation: OverseasAgreements, Entities: [continent:europe continent:north-america], Op: Compare}
//	Where does lung cancer stand in Korea?
//	  {Relation: Survival, Entities: [country:KR], Op: Rank, Focus: cancer:lung}
//	Who heads the Catholic Hematology Hospital?
//	  {Relation: Facts, Entities: [institution:catholic-hematology attribute:hospital-director], Op: Get}
//
// Entities of one kind are alternatives, of different kinds must all hold. The relation Agreements spans both lists.
// Years of patients are the years as read: 2022 selects the figure that the page labels 2024, with its note; ask for
// 2024 and the note mentions the other. Found is false when nothing was selected, and for Compare, Difference and
// Ratio also when one side has no figure: nothing may then be said about both. Execute returns an error only for
// queries that make no sense (ErrRelation, ErrOp, ErrOperands, ErrNoValues).
//
// Attributes are read from the rows: an agreement's date, subject or country from Row.Agreement, a project's client
// and work from Row.Project. A date, subject or contact that is empty is not printed on the page and has to be
// declined. Base.CountryCitation quotes the row beside which an institution's country is printed.
//
// # Partners
//
// Base.MatchPartner recognises from a name as a writer spells it whether the medical center has an agreement with the
// institution; see there.
package knowledge
