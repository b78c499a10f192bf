package naru

import "time"

// Inquiry is one accepted request for help. Exactly one of Patient and
// Partner is set, according to Kind.
type Inquiry struct {
	// ID is a UUIDv7 in its canonical text form. It is internal: people get
	// the Reference.
	ID string `json:"id,omitzero"`
	// Reference is the case number people read to each other.
	Reference Reference `json:"reference,omitzero"`
	// Secret is the unguessable part of the status link: at least 128 random
	// bits in URL-safe text. It is compared in constant time.
	Secret string `json:"secret"`
	Kind   Kind   `json:"kind,omitzero"`
	// Language is the tag the writer wants to be answered in, one of
	// Languages.
	Language string `json:"language,omitzero"`
	// AcceptedAt is when the inquiry became durable, in UTC, to the
	// microsecond.
	AcceptedAt time.Time `json:"accepted_at,omitzero"`
	// AnswerBy is when a person will have answered at the latest, in UTC.
	AnswerBy time.Time `json:"answer_by"`
	// RequestID is the id of the HTTP request that brought the inquiry; logs
	// and mail attempts carry it too.
	RequestID string `json:"request_id"`
	// TeamID names the team responsible and Rule the routing rule that chose
	// it.
	TeamID string `json:"team_id,omitzero"`
	Rule   string `json:"rule"`
	// Urgent marks an inquiry the team should see first, e.g. a patient who
	// is in hospital now.
	Urgent bool `json:"urgent"`
	// Contact is whom to answer, normalised.
	Contact Contact  `json:"contact"`
	Patient *Patient `json:"patient,omitempty"`
	Partner *Partner `json:"partner,omitempty"`
	// KnownPartner is set when the writer's institution is one the center
	// has an agreement with.
	KnownPartner *KnownPartner `json:"known_partner,omitempty"`
	Consents     []Consent     `json:"consents"`
	// Attachments are the documents sent along, in the order given; only
	// their descriptions, the bytes stay in the store.
	Attachments []Attachment `json:"attachments,omitempty"`
	// Conversation is what was asked and answered in the chat before, in
	// order; only where the writer agreed to take it along.
	Conversation []Turn `json:"conversation,omitempty"`
}

// Contact is the person an inquiry is answered to, normalised for use by
// programs; what was typed stays in Patient or Partner.
type Contact struct {
	Name string `json:"name"`
	// Email is an address the validator accepted, with the domain in lower
	// case. Local part as typed.
	Email string `json:"email"`
	// PhoneE164 is the number in E.164 form, or empty when none was given.
	PhoneE164 string `json:"phone_e164,omitempty"`
	// Country is an ISO 3166-1 alpha-2 code: the country of residence of a
	// patient, the country of an institution.
	Country string `json:"country"`
}

// Patient is what the patient form asks. Field order is the order of the
// form. The validate tags are the one rule set of the form, run by package
// intake; texts are trimmed and in Unicode NFC before they are validated.
type Patient struct {
	// Writer is who writes: the patient, a relative, an agency or a
	// physician.
	Writer string `json:"writer" validate:"required,oneof=self family agency physician"`
	// WriterName, WriterRelation and WriterAuthority are asked when the
	// writer is not the patient.
	WriterName      string `json:"writer_name,omitempty" validate:"required_for_other,excluded_for_self,max=120,single_line"`
	WriterRelation  string `json:"writer_relation,omitempty" validate:"required_for_other,excluded_for_self,max=120,single_line"`
	WriterAuthority string `json:"writer_authority,omitempty" validate:"required_for_other,excluded_for_self,omitempty,oneof=consent_of_patient legal_guardian power_of_attorney treating_physician"`
	// Name is the patient's name as in the passport.
	Name string `json:"name" validate:"required,max=120,single_line"`
	// BirthDate is a calendar date, YYYY-MM-DD.
	BirthDate   string `json:"birth_date" validate:"required,past_date"`
	Nationality string `json:"nationality" validate:"required,country"`
	// Residence is the country the patient lives in.
	Residence string `json:"residence" validate:"required,country"`
	Email     string `json:"email" validate:"required,mailbox"`
	// GuardianName and GuardianRelation are asked for a patient under 14
	// unless the guardian is the writer.
	GuardianName     string `json:"guardian_name,omitempty" validate:"required_for_minor,max=120,single_line"`
	GuardianRelation string `json:"guardian_relation,omitempty" validate:"required_for_minor,max=120,single_line"`
	Purpose          string `json:"purpose" validate:"required,oneof=appointment second_opinion checkup cost_estimate other"`
	// Complaint is the chief complaint or the diagnosis, in the writer's own
	// words.
	Complaint string `json:"complaint" validate:"required,max=5000,text"`

	Sex          string `json:"sex,omitempty" validate:"omitempty,oneof=female male other undisclosed"`
	Phone        string `json:"phone,omitempty" validate:"omitempty,max=40,phone"`
	Messenger    string `json:"messenger,omitempty" validate:"max=120,single_line"`
	Department   string `json:"department,omitempty" validate:"omitempty,department"`
	PreferredMin string `json:"preferred_from,omitempty" validate:"omitempty,date"`
	PreferredMax string `json:"preferred_to,omitempty" validate:"omitempty,date,not_before=PreferredMin"`
	// Treatment is current treatment and medication, in the writer's words.
	Treatment    string `json:"treatment,omitempty" validate:"max=5000,text"`
	InHospital   *bool  `json:"in_hospital,omitempty"`
	ReferredBy   string `json:"referred_by,omitempty" validate:"max=200,single_line"`
	Payment      string `json:"payment,omitempty" validate:"omitempty,oneof=self insurer embassy other"`
	Payer        string `json:"payer,omitempty" validate:"max=200,single_line"`
	KoreanHealth *bool  `json:"korean_health_insurance,omitempty"`
	Arrival      string `json:"arrival,omitempty" validate:"omitempty,date"`
	StayDays     *int   `json:"stay_days,omitempty" validate:"omitempty,min=1,max=365"`
	VisaLetter   *bool  `json:"visa_letter,omitempty"`
	// Interpreter is a language tag, or "none".
	Interpreter   string `json:"interpreter,omitempty" validate:"omitempty,oneof=none en ko zh-Hans ja ru mn kk ar vi other"`
	HeardFrom     string `json:"heard_from,omitempty" validate:"omitempty,oneof=search social acquaintance physician agency embassy event other"`
	PatientNumber string `json:"patient_number,omitempty" validate:"max=40,single_line"`
}

// MinorAge is the age in years under which a guardian has to consent: Personal
// Information Protection Act, article 22-2.
const MinorAge = 14

// korea keeps one time all year.
var korea = time.FixedZone("KST", 9*60*60)

// Minor tells whether the patient is under MinorAge in Korea at the time. It is false where BirthDate is no date.
func (p Patient) Minor(at time.Time) bool {
	born, err := time.ParseInLocation(time.DateOnly, p.BirthDate, korea)
	return err == nil && at.Before(born.AddDate(MinorAge, 0, 0))
}

// Partner is what the partner form asks. See Patient for the rules.
type Partner struct {
	Institution string `json:"institution" validate:"required,max=200,single_line"`
	Country     string `json:"country" validate:"required,country"`
	Type        string `json:"type" validate:"required,oneof=hospital university government company association other"`
	// Name and Title are of the person who writes.
	Name  string `json:"name" validate:"required,max=120,single_line"`
	Title string `json:"title" validate:"required,max=120,single_line"`
	Email string `json:"email" validate:"required,mailbox"`
	Topic string `json:"topic" validate:"required,oneof=agreement patient_referral treatment_cooperation research training exchange hospital_consulting public_health oda medical_device visit other"`
	// Description is the request in the writer's own words.
	Description string `json:"description" validate:"required,max=5000,text"`

	Website       string `json:"website,omitempty" validate:"omitempty,max=300,website"`
	Phone         string `json:"phone,omitempty" validate:"omitempty,max=40,phone"`
	Department    string `json:"department,omitempty" validate:"max=120,single_line"`
	DateFrom      string `json:"date_from,omitempty" validate:"omitempty,date"`
	DateTo        string `json:"date_to,omitempty" validate:"omitempty,date,not_before=DateFrom"`
	Headcount     *int   `json:"headcount,omitempty" validate:"omitempty,min=1,max=10000"`
	HasAgreement  *bool  `json:"has_agreement,omitempty"`
	Funder        string `json:"funder,omitempty" validate:"max=200,single_line"`
	CenterContact string `json:"center_contact,omitempty" validate:"max=200,single_line"`
}

// KnownPartner is the agreement that a writer's institution was recognised
// by.
type KnownPartner struct {
	// RecordID is the id of the record in the knowledge base.
	RecordID string `json:"record_id"`
	// Name is the institution as printed in the source.
	Name string `json:"name"`
	// Scope is "overseas" or "domestic".
	Scope string `json:"scope"`
	// Country is an ISO 3166-1 alpha-2 code, or empty.
	Country string `json:"country,omitempty"`
	// Date is the day of the agreement, YYYY-MM-DD, or empty where the source
	// prints none. Subject likewise.
	Date    string `json:"date,omitempty"`
	Subject string `json:"subject,omitempty"`
}

// Consent is the record of one tick: which text, in which language and
// version, whether it was granted, and when.
type Consent struct {
	// ID names the text, e.g. "personal_information".
	ID string `json:"id"`
	// Version is the version of the text, and SHA256 the hex digest of the
	// very sentence shown, in Language.
	Version  string    `json:"version"`
	SHA256   string    `json:"sha256"`
	Language string    `json:"language"`
	Granted  bool      `json:"granted"`
	At       time.Time `json:"at"`
}

// Attachment describes one uploaded document. Its bytes are kept by the
// store in chunks.
type Attachment struct {
	// ID is unguessable: whoever knows it may add the document to an
	// inquiry, once.
	ID string `json:"id"`
	// Name is the file's base name, cleaned for display and headers.
	Name string `json:"name"`
	// Size is in bytes.
	Size int64 `json:"size"`
	// Type is the media type that was found by looking at the bytes.
	Type string `json:"type"`
	// SHA256 is a hex digest of the bytes.
	SHA256 string `json:"sha256"`
	// Secret protects the download link given to the team.
	Secret string `json:"secret,omitempty"`
	// Client is a keyed digest of the uploader's address, for the limit per
	// client; it cannot be turned back into the address.
	Client    string    `json:"-"`
	CreatedAt time.Time `json:"created_at"`
}

// Event is one line of the public timeline of an inquiry.
type Event struct {
	// Code is "received", "acknowledged", "forwarded" (the team has the
	// mail), "delayed" (the mail to the team is being tried again, or failed
	// for good), "escalated" (the fallback team was told that it failed), or
	// "unreachable" (the acknowledgement failed for good). Of what the writer
	// sent later it is "added" or "erasure_asked", and each of these with
	// "_forwarded", "_delayed" or "_escalated".
	Code string    `json:"code"`
	At   time.Time `json:"at"`
}
