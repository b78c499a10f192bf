package config

import (
	"io/fs"
	"strconv"
	"time"

	"naru/internal/calendar"
	"naru/internal/naru"
	"naru/internal/routing"
)

const samplesFile = "samples.yaml"

// Sample is an inquiry reduced to what routing looks at.
type Sample struct {
	// ID and About tell people which one it is.
	ID    string `yaml:"id"`
	About string `yaml:"about"`
	// At is when it is accepted, "2026-11-24 02:00" in Korean time; empty:
	// at the time of the check.
	At string `yaml:"at" validate:"omitempty,datetime=2006-01-02 15:04"`

	Kind            string `yaml:"kind" validate:"required"`
	Purpose         string `yaml:"purpose"`
	Writer          string `yaml:"writer"`
	Department      string `yaml:"department"`
	Topic           string `yaml:"topic"`
	InstitutionType string `yaml:"institution_type"`
	Country         string `yaml:"country" validate:"required"`
	Language        string `yaml:"language" validate:"required"`
	KnownPartner    bool   `yaml:"known_partner"`

	// Team is the team it must reach; empty: any.
	Team string `yaml:"team"`

	line int
	file string
}

type samples struct {
	Samples []Sample `yaml:"samples" validate:"dive"`
}

// LoadSamples reads samples.yaml. Its error is a Problems value.
func LoadSamples(fsys fs.FS) ([]Sample, error) {
	var file samples
	doc := readFile(fsys, samplesFile, &file)
	for i := range file.Samples {
		file.Samples[i].file, file.Samples[i].line = samplesFile, doc.lineOf("samples["+strconv.Itoa(i)+"]")
	}
	return file.Samples, doc.problems.err()
}

// ParseSample reads one sample from JSON or YAML, with the keys of
// samples.yaml. Name stands in problems. Its error is a Problems value.
func ParseSample(name string, text []byte) (Sample, error) {
	s := Sample{file: name, line: 1}
	doc := readYAML(name, text, &s)
	if len(doc.problems) == 0 {
		for _, f := range faults(&s) {
			doc.addPath(f.path, f.code, f.text)
		}
	}
	if s.ID == "" {
		s.ID = name
	}
	return s, doc.problems.err()
}

// facts are what the rules see, at the sample's own time or at now.
func (s Sample) facts(d *Desk, now time.Time) routing.Facts {
	if at, err := time.ParseInLocation("2006-01-02 15:04", s.At, calendar.Seoul); err == nil {
		now = at
	}
	return routing.Facts{
		Kind: naru.Kind(s.Kind), Purpose: s.Purpose, Writer: s.Writer, Department: s.Department, Topic: s.Topic,
		InstitutionType: s.InstitutionType, Country: s.Country, Language: s.Language, KnownPartner: s.KnownPartner, Open: d.OpenAt(now),
	}
}
