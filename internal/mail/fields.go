package mail

import (
	"strconv"
	"strings"
	"time"

	"naru/internal/naru"
)

// Pair is one thing said in Korean and in English.
type Pair struct{ KO, EN string }

// String is both, or one where they are the same.
func (p Pair) String() string {
	if p.KO == p.EN || p.KO == "" {
		return p.EN
	}
	return p.KO + " · " + p.EN
}

// Row is one filled field of a form.
type Row struct {
	// Label is the field's name in both languages, "KO · EN".
	Label string
	Value string
	// RightToLeft: it holds letters that run so, and must not turn its neighbours
	// round.
	RightToLeft bool
	// Words marks a text of several lines in the writer's own words.
	Words bool
	// Hangul: it holds Korean, whose words are not to be broken.
	Hangul bool
	// Age in full years stands beside a birth date; otherwise it is empty.
	Age string
}

// rows collects the filled fields of a form, in the order they are added.
type rows struct {
	c *Composer
	// labels are those of the form.
	labels map[string]string
	all    []Row
}

// maxRows is the number of fields of the longer form.
const maxRows = 32

func (r *rows) add(name, value string) {
	if value != "" {
		r.all = append(r.all, Row{Label: r.labels[name], Value: value})
	}
}

// own adds what the writer typed.
func (r *rows) own(name, value string) {
	n := len(r.all)
	if r.add(name, value); len(r.all) > n {
		r.all[n].RightToLeft = hasRightToLeft(value)
	}
}

// typed adds a single line as it was typed.
func (r *rows) typed(name, value string) {
	r.own(name, strings.ReplaceAll(cleanText(value), "\n", " "))
}

// words adds a text as it was typed.
func (r *rows) words(name, value string) {
	n := len(r.all)
	if r.own(name, cleanText(value)); len(r.all) > n {
		r.all[n].Words, r.all[n].Hangul = true, hasHangul(value)
	}
}

// choice adds an enumeration by its labels.
func (r *rows) choice(name, list, value string) {
	if value != "" {
		r.add(name, r.c.choice(list, value))
	}
}

func (r *rows) country(name, code string) {
	if code != "" {
		r.add(name, r.c.country(code).String()+" ("+code+")")
	}
}

func (r *rows) yesNo(name string, value *bool) {
	switch {
	case value == nil:
	case *value:
		r.choice(name, "answer", "yes")
	default:
		r.choice(name, "answer", "no")
	}
}

// interpreter adds a language, or one of the choices that are none.
func (r *rows) interpreter(value string) {
	if _, none := r.c.words.choices["interpreter"][value]; value != "" && !none {
		r.add("interpreter", r.c.language(value).String())
		return
	}
	r.choice("interpreter", "interpreter", value)
}

func (r *rows) number(name string, value *int) {
	if value != nil {
		r.add(name, strconv.Itoa(*value))
	}
}

// patient lists the fields of the patient form in its order.
func (r *rows) patient(p *naru.Patient, e164 string, accepted time.Time) {
	r.choice("writer", "writer", p.Writer)
	r.typed("writer_name", p.WriterName)
	r.typed("writer_relation", p.WriterRelation)
	r.choice("writer_authority", "writer_authority", p.WriterAuthority)
	r.typed("name", p.Name)
	r.birthDate(p.BirthDate, accepted)
	r.country("nationality", p.Nationality)
	r.country("residence", p.Residence)
	r.typed("email", p.Email)
	r.typed("guardian_name", p.GuardianName)
	r.typed("guardian_relation", p.GuardianRelation)
	r.choice("purpose", "purpose", p.Purpose)
	r.words("complaint", p.Complaint)
	r.choice("sex", "sex", p.Sex)
	r.phone(p.Phone, e164)
	r.typed("messenger", p.Messenger)
	r.choice("department", "department", p.Department)
	r.typed("preferred_from", p.PreferredMin)
	r.typed("preferred_to", p.PreferredMax)
	r.words("treatment", p.Treatment)
	r.yesNo("in_hospital", p.InHospital)
	r.typed("referred_by", p.ReferredBy)
	r.choice("payment", "payment", p.Payment)
	r.typed("payer", p.Payer)
	r.yesNo("korean_health_insurance", p.KoreanHealth)
	r.typed("arrival", p.Arrival)
	r.number("stay_days", p.StayDays)
	r.yesNo("visa_letter", p.VisaLetter)
	r.interpreter(p.Interpreter)
	r.choice("heard_from", "heard_from", p.HeardFrom)
	r.typed("patient_number", p.PatientNumber)
}

// partner lists the fields of the partner form in its order.
func (r *rows) partner(p *naru.Partner, e164 string) {
	r.typed("institution", p.Institution)
	r.country("country", p.Country)
	r.choice("type", "type", p.Type)
	r.typed("name", p.Name)
	r.typed("title", p.Title)
	r.typed("email", p.Email)
	r.choice("topic", "topic", p.Topic)
	r.words("description", p.Description)
	r.typed("website", p.Website)
	r.phone(p.Phone, e164)
	r.typed("department", p.Department)
	r.typed("date_from", p.DateFrom)
	r.typed("date_to", p.DateTo)
	r.number("headcount", p.Headcount)
	r.yesNo("has_agreement", p.HasAgreement)
	r.typed("funder", p.Funder)
	r.typed("center_contact", p.CenterContact)
}

// phone adds a number as typed, and in its international form where that
// differs.
func (r *rows) phone(typed, e164 string) {
	switch {
	case typed == "":
		typed = e164
	case e164 != "" && e164 != typed:
		typed += " (" + e164 + ")"
	}
	r.typed("phone", typed)
}

// birthDate adds the date with the age on the day of the inquiry.
func (r *rows) birthDate(date string, on time.Time) {
	r.typed("birth_date", date)
	born, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return
	}
	age := on.Year() - born.Year()
	if on.Month() < born.Month() || on.Month() == born.Month() && on.Day() < born.Day() {
		age--
	}
	r.all[len(r.all)-1].Age = strconv.Itoa(age)
}
