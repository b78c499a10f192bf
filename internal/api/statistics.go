package api

import "naru/internal/knowledge"

// figure is what all figures of statistics have.
type figure struct {
	// Label and Printed are what stands on the page.
	Label   string `json:"label"`
	Printed string `json:"printed"`
	// Value has the printed digits: 65.0 stays 65.0.
	Value  knowledge.Decimal `json:"value"`
	UnitID string            `json:"unit_id"`
	Unit   string            `json:"unit"`
	origin
}

func newFigure(v view, o *knowledge.Observation) figure {
	return figure{Label: o.Label, Printed: o.Printed, Value: o.Value, UnitID: o.Unit, Unit: v.name(knowledge.Unit, o.Unit), origin: v.origin(&o.Provenance)}
}

// The items of GET /api/v1/statistics/{series}.
type (
	// patientFigure is a year as it is read; the label may say another. The
	// total has none.
	patientFigure struct {
		ID   string `json:"id"`
		Year int    `json:"year,omitempty"`
		figure
	}
	departmentFigure struct {
		ID           string `json:"id"`
		DepartmentID string `json:"department_id"`
		Department   string `json:"department"`
		figure
	}
	survivalFigure struct {
		ID          string `json:"id"`
		CancerID    string `json:"cancer_id"`
		Cancer      string `json:"cancer"`
		CountryCode string `json:"country_code"`
		Country     string `json:"country"`
		figure
	}
	transplantFigure struct {
		ID      string `json:"id"`
		OrganID string `json:"organ_id"`
		Organ   string `json:"organ"`
		figure
	}
	// infrastructureFigure has a country or a region.
	infrastructureFigure struct {
		ID          string `json:"id"`
		IndicatorID string `json:"indicator_id"`
		Indicator   string `json:"indicator"`
		CountryCode string `json:"country_code,omitempty"`
		Country     string `json:"country,omitempty"`
		RegionID    string `json:"region_id,omitempty"`
		Region      string `json:"region,omitempty"`
		figure
	}
	specialtyFigure struct {
		ID          string `json:"id"`
		SpecialtyID string `json:"specialty_id"`
		Specialty   string `json:"specialty"`
		figure
	}
)

var (
	patientTable = statistic(knowledge.Patients, []string{"year"}, newPatientFigure)

	departmentTable = statistic(knowledge.Departments, []string{"department"}, func(v view, r *knowledge.Row) departmentFigure {
		o := r.Observation
		return departmentFigure{o.ID, o.Of, v.name(knowledge.Department, o.Of), newFigure(v, o)}
	})
	survivalTable = statistic(knowledge.Survival, []string{"cancer", "country"}, func(v view, r *knowledge.Row) survivalFigure {
		o := r.Observation
		return survivalFigure{o.ID, o.Of, v.name(knowledge.Cancer, o.Of), o.Country, v.name(knowledge.Country, o.Country), newFigure(v, o)}
	})
	transplantTable = statistic(knowledge.Transplants, []string{"organ"}, func(v view, r *knowledge.Row) transplantFigure {
		o := r.Observation
		return transplantFigure{o.ID, o.Of, v.name(knowledge.Organ, o.Of), newFigure(v, o)}
	})
	infrastructureTable = statistic(knowledge.Infrastructure, []string{"indicator", "country"}, func(v view, r *knowledge.Row) infrastructureFigure {
		o := r.Observation
		return infrastructureFigure{
			o.ID, o.Of, v.name(knowledge.Indicator, o.Of), o.Country, v.name(knowledge.Country, o.Country), o.Region, v.name(knowledge.Region, o.Region), newFigure(v, o),
		}
	})
	specialtyTable = statistic(knowledge.Specialties, []string{"specialty"}, func(v view, r *knowledge.Row) specialtyFigure {
		o := r.Observation
		return specialtyFigure{o.ID, o.Of, v.name(knowledge.Specialty, o.Of), newFigure(v, o)}
	})
)

func newPatientFigure(v view, r *knowledge.Row) patientFigure {
	return patientFigure{r.Observation.ID, r.Observation.Year, newFigure(v, r.Observation)}
}

// statistic is the table of a series, with its total where the page prints
// one and nothing was filtered from it.
func statistic[T any](series knowledge.Relation, filters []string, record func(view, *knowledge.Row) T) table[T] {
	read := of(record, series)
	return table[T]{
		path: "statistics/" + string(series), chart: string(series), filters: filters,
		read: func(v view, s selection, l *listing[T]) ([]string, error) {
			notes, err := read(v, s, l)
			if err != nil {
				return nil, err
			}
			if series == knowledge.Patients && !s.restricted {
				rows, more, err := v.rows(knowledge.PatientsTotal, s)
				if err != nil {
					return nil, err
				}
				for _, r := range rows {
					total := record(v, r)
					l.Total = &total
				}
				notes = add(notes, more...)
			}
			l.Facts, err = v.facts(series)
			for _, f := range l.Facts {
				notes = add(notes, f.NoteID...)
			}
			return notes, err
		},
	}
}
