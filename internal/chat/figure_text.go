package chat

import (
	"math"
	"strconv"
	"strings"

	"naru/internal/knowledge"
)

// figureKind gives the kind of entity that the figures of a relation belong
// to; empty for years.
var figureKind = map[string]knowledge.Kind{
	relDepartments: knowledge.Department, relCancers: knowledge.Cancer, relTransplants: knowledge.Organ,
	relIndicators: knowledge.Indicator, relSpecialties: knowledge.Specialty,
}

func (a *answer) label(rel string, f figure) string {
	switch rel {
	case relPatients:
		return a.text("label.year", args{"Year": f.key})
	case relCancers:
		return a.text("label.survival", args{"Cancer": a.name(knowledge.Cancer, f.key), "Country": a.name(knowledge.Country, f.country)})
	case relTransplants:
		return a.text("label.transplant", args{"Organ": a.name(knowledge.Organ, f.key)})
	case relIndicators:
		if f.country == secondValue {
			return a.text("label.second", args{"Name": a.name(knowledge.Indicator, f.key)})
		}
	}
	return a.name(figureKind[rel], f.key)
}

func (a *answer) amount(rel string, v float64, printed string) string {
	switch {
	case rel == relPatients:
		printed = strconv.FormatInt(int64(math.Round(v)), 10)
	case printed == "":
		printed = decimals(v)
	}
	return a.text("value."+rel, args{"N": a.number(printed)})
}

// number writes a decimal number as the language does; what is none stays.
func (a *answer) number(s string) string {
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return s
	}
	return a.b.catalog.Decimal(a.lang, n, len(fraction))
}

func (a *answer) value(rel string, f figure) string { return a.amount(rel, f.value, f.printed) }

// distance writes the difference of two figures.
func (a *answer) distance(rel string, v float64) string {
	switch rel {
	case relDepartments, relCancers, relTransplants:
		return a.text("value.points", args{"N": a.number(decimals(v))})
	}
	return a.amount(rel, v, "")
}

func (a *answer) use(rel string, figures ...figure) {
	for _, f := range figures {
		a.cite(f.cite)
		a.note(f.notes...)
		key := f.key
		if f.country != "" {
			key += "/" + f.country
		}
		a.facts = append(a.facts, Fact{Relation: rel, Key: key, Label: a.label(rel, f), Value: f.value, Unit: valueUnit(rel, "")})
	}
}

// units are the ids of the units of the relations' values, as in the dataset.
var units = map[string]string{
	relAgreements: "agreements", relProjects: "projects", relPatients: "persons", relDepartments: "percent", relCancers: "percent",
	relTransplants: "percent", relIndicators: "per-million", relHospitals: "hospitals", relSpecialties: "hospitals",
}

// valueUnit gives the unit of a value, or of what was computed from values; ""
// for a mere number.
func valueUnit(rel, computed string) string {
	switch {
	case computed == "ratio":
		return ""
	case computed == "difference" && units[rel] == "percent":
		return "percentage-points"
	case computed == "count" && rel != relAgreements && rel != relProjects && rel != relHospitals, computed == "countries":
		return ""
	}
	return units[rel]
}

func (a *answer) derived(rel, key string, v float64) {
	a.facts = append(a.facts, Fact{Relation: rel, Key: key, Label: key, Value: math.Round(v*100) / 100, Unit: valueUnit(rel, key), Derived: true})
}

func (a *answer) nameOr(kind knowledge.Kind, ok bool, id string) string {
	if !ok {
		return ""
	}
	return a.name(kind, id)
}

func (a *answer) labels(rel string, figures []figure) []string {
	out := make([]string, 0, len(figures))
	for _, f := range figures {
		out = append(out, a.label(rel, f))
	}
	return out
}
