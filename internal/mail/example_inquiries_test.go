package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"naru/internal/naru"
)

// Inquiries as real people write them, and a store that holds them.

var exampleTime = time.Date(2026, 11, 20, 1, 23, 45, 0, time.UTC) // Friday 10:23 in Seoul

var exampleTeams = []naru.Team{
	{
		ID: "external-affairs", Email: "external-affairs@center.example", Phone: "+82-2-920-6203",
		Names: map[string]string{
			"en": "Team of External Affairs", "ko": "대외협력팀", "zh-Hans": "对外合作组", "ja": "対外協力チーム", "ru": "Отдел внешних связей",
			"mn": "Гадаад харилцааны баг", "kk": "Сыртқы байланыстар бөлімі", "ar": "فريق العلاقات الخارجية", "vi": "Phòng Đối ngoại",
		},
	},
	{
		ID: "patient-desk", Email: "patients@center.example",
		Names: map[string]string{
			"en": "International Patient Desk", "ko": "국제환자 상담 데스크", "zh-Hans": "国际患者服务台", "ja": "国際患者窓口",
			"ru": "Служба по работе с иностранными пациентами", "mn": "Олон улсын өвчтөнд үйлчлэх хэсэг",
			"kk": "Шетелдік пациенттерге қызмет көрсету бөлімі", "ar": "مكتب المرضى الدوليين", "vi": "Bộ phận tiếp nhận bệnh nhân quốc tế",
		},
	},
	{ID: "front-desk", Email: "front@center.example", Fallback: true, Names: map[string]string{"en": "Front Desk", "ko": "종합 안내 데스크"}},
}

func exampleInquiry(ref naru.Reference, language, team string, contact naru.Contact) naru.Inquiry {
	return naru.Inquiry{
		ID: "01947e2a-0000-7000-8000-00000000000" + string(ref[10]), Reference: ref, Secret: "kJ3v9sQm2XxT7aPzR4wYbA", Language: language,
		AcceptedAt: exampleTime, AnswerBy: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), RequestID: "req-7f3a",
		TeamID: team, Rule: team + "-default", Contact: contact,
		Consents: []naru.Consent{
			{ID: "personal_information", Version: "2026-11-1", Language: language, Granted: true, At: exampleTime},
			{ID: "third_party", Version: "2026-11-1", Language: language, Granted: false, At: exampleTime},
		},
	}
}

// A mother in Almaty writes for her son.
func kazakhMother() naru.Inquiry {
	q := exampleInquiry("K7Q-X3M-9A4", "kk", "patient-desk", naru.Contact{Name: "Айгүл Нұрланова", Email: "aigul.nurlanova@mail.example", PhoneE164: "+77012345678", Country: "KZ"})
	q.Kind = naru.KindPatient
	q.Patient = &naru.Patient{
		Writer: "family", WriterName: "Айгүл Нұрланова", WriterRelation: "Анасы", WriterAuthority: "legal_guardian",
		Name: "NURLAN ALIKHAN", BirthDate: "2018-03-14", Nationality: "KZ", Residence: "KZ", Email: "aigul.nurlanova@mail.example",
		GuardianName: "Айгүл Нұрланова", GuardianRelation: "Анасы", Purpose: "second_opinion",
		Complaint: "Сәлеметсіз бе!\n\nҰлым Әлихан 8 жаста, осы жылдың тамызында жедел лимфобластты лейкоз (B-ALL) диагнозы қойылды.\n" +
			"Алматыда индукциялық химиотерапия жасалды, бірақ 33-күні МҚА (MRD) 0,8%. Дәрігерлер сүйек кемігін ауыстыру туралы айтып отыр.\n\n" +
			"Сіздерде емделуге бола ма? Қанша уақыт және қанша қаржы керек?",
		Sex: "male", Phone: "8 701 234 56 78", Messenger: "WhatsApp +7 701 234 56 78", Department: "pediatrics",
		PreferredMin: "2026-12-01", Treatment: "ALL-IC BFM 2009, индукция аяқталды.\nДексаметазон, винкристин.", InHospital: new(false),
		Payment: "self", StayDays: new(120), VisaLetter: new(true), Interpreter: "ru", HeardFrom: "acquaintance",
	}
	q.Consents = append(q.Consents, naru.Consent{ID: "guardian", Version: "2026-11-1", Language: "kk", Granted: true, At: exampleTime})
	q.Consents = append(q.Consents, naru.Consent{ID: "conversation", Version: "2026-11-1", Language: "kk", Granted: true, At: exampleTime})
	asked := exampleTime.Add(-9 * time.Minute)
	q.Conversation = []naru.Turn{
		{At: asked, Language: "kk", Kind: "decline", Question: "Лейкозды емдеу қанша тұрады?", Answer: "«емдеу құны» туралы деректерімізде ештеңе жоқ."},
		{At: asked.Add(time.Minute), Language: "kk", Kind: "handoff", Question: "адаммен сөйлескім келеді\n.\n<b>тез</b>", Answer: strings.Repeat("Өтінішіңізді топқа жеткізе аламын. ", 30)},
	}
	q.Attachments = []naru.Attachment{exampleAttachment("a1", "Қан талдауы 33-күн.pdf", "application/pdf", "%PDF-1.7 analysis")}
	return q
}

// A hospital in Ulaanbaatar with an agreement asks for training.
func mongolianHospital() naru.Inquiry {
	q := exampleInquiry("M4T-2HC-7PX", "mn", "external-affairs", naru.Contact{Name: "Д. Оюунчимэг", Email: "oyunchimeg@shastin.example", PhoneE164: "+97611343434", Country: "MN"})
	q.Kind = naru.KindPartner
	q.KnownPartner = &naru.KnownPartner{RecordID: "overseas-mn-shastin", Name: "Shastin Central Hospital", Scope: "overseas", Country: "MN"}
	q.Partner = &naru.Partner{
		Institution: "П.Н.Шастины нэрэмжит Улсын Гуравдугаар Төв Эмнэлэг", Country: "MN", Type: "hospital", Name: "Д. Оюунчимэг",
		Title: "Гадаад харилцааны албаны дарга", Email: "oyunchimeg@shastin.example", Topic: "training",
		Description: "Манай эмнэлгийн зүрх судасны 4 эмч, 2 сувилагчийг 2027 оны 3-р сараас 3 сарын хугацаатай сургах боломжийг судлан үзнэ үү.\nТөлбөр, байрны нөхцөлийн талаар мэдээлэл хүсье.",
		Website:     "https://shastin.example", Phone: "+976 11 343434", DateFrom: "2027-03-01", DateTo: "2027-05-31", Headcount: new(6), HasAgreement: new(true),
	}
	return q
}

// A Japanese university without an agreement proposes research.
func japaneseUniversity() naru.Inquiry {
	q := exampleInquiry("R9W-E5D-3NT", "ja", "external-affairs", naru.Contact{Name: "佐藤 健一", Email: "sato@med.kibou-u.example", Country: "JP"})
	q.Kind = naru.KindPartner
	q.Partner = &naru.Partner{
		Institution: "希望大学大学院医学系研究科", Country: "JP", Type: "university", Name: "佐藤 健一", Title: "教授（循環器内科）",
		Email: "sato@med.kibou-u.example", Topic: "research",
		Description: "心不全患者の遠隔モニタリングに関する多施設共同研究について、貴院のご協力をお願いできないかと考えております。研究計画書の概要をお送りすることが可能ですので、ご担当の先生をご紹介いただけますでしょうか。\n<b>研究費</b>は日本側で負担いたします。",
		Department:  "循環器内科", Funder: "希望財団",
	}
	return q
}

// An agency in Hanoi writes for a patient who is in hospital now.
func vietnameseAgency() naru.Inquiry {
	q := exampleInquiry("P3A-K6X-8RM", "vi", "patient-desk", naru.Contact{Name: "Trần Thị Mai", Email: "mai.tran@medtravel.example", PhoneE164: "+84901234567", Country: "VN"})
	q.Kind, q.Urgent = naru.KindPatient, true
	q.Patient = &naru.Patient{
		Writer: "agency", WriterName: "Trần Thị Mai", WriterRelation: "Công ty MedTravel Hà Nội", WriterAuthority: "power_of_attorney",
		Name: "LE VAN HUNG", BirthDate: "1961-11-20", Nationality: "VN", Residence: "VN", Email: "mai.tran@medtravel.example", Purpose: "cost_estimate",
		Complaint: "Bệnh nhân đang nằm tại bệnh viện ở Hà Nội vì nhồi máu cơ tim. Gia đình muốn biết chi phí và thời gian phẫu thuật bắc cầu mạch vành.",
		Sex:       "male", Phone: "0901234567", Department: "cardiology", InHospital: new(true), ReferredBy: "Bệnh viện Tim Hà Nội",
		Payment: "insurer", Payer: "Bảo Việt", KoreanHealth: new(false), Arrival: "2026-11-28", Interpreter: "vi", HeardFrom: "agency",
	}
	return q
}

// An embassy writes in Arabic and sends large documents.
func emiratiEmbassy() naru.Inquiry {
	q := exampleInquiry("T8N-C4J-2WF", "ar", "patient-desk", naru.Contact{Name: "سالم الكعبي", Email: "medical@embassy-ae.example", PhoneE164: "+971501234567", Country: "AE"})
	q.Kind = naru.KindPatient
	q.Patient = &naru.Patient{
		Writer: "agency", WriterName: "سالم الكعبي", WriterRelation: "القسم الطبي، السفارة", WriterAuthority: "consent_of_patient",
		Name: "MARIAM AL KAABI", BirthDate: "1974-06-02", Nationality: "AE", Residence: "AE", Email: "medical@embassy-ae.example", Purpose: "appointment",
		Complaint: "السلام عليكم،\nالمريضة تعاني من آلام شديدة في الركبة اليمنى (osteoarthritis, grade IV) وتحتاج إلى تقييم لاستبدال المفصل.\nنرجو تحديد موعد في شهر ديسمبر.",
		Sex:       "female", Department: "orthopedics", PreferredMin: "2026-12-07", PreferredMax: "2026-12-18", Payment: "embassy",
		Payer: "سفارة دولة الإمارات", Interpreter: "ar",
	}
	q.Attachments = []naru.Attachment{
		exampleAttachment("a2", "MRI knee.zip", "application/zip", "PK\x03\x04"),
		exampleAttachment("a3", "تقرير طبي.pdf", "application/pdf", "%PDF-1.4"),
	}
	q.Attachments[0].Size = 48 << 20
	return q
}

func exampleAttachment(id, name, mediaType, data string) naru.Attachment {
	sum := sha256.Sum256([]byte(data))
	return naru.Attachment{
		ID: id, Name: name, Type: mediaType, Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Secret: "s3cr3t-" + id, CreatedAt: exampleTime,
	}
}

// memory is a Store that fails on demand.
type memory struct {
	inquiries  map[string]naru.Inquiry
	deliveries map[string]naru.Delivery
	additions  map[string]naru.Addition
	chunks     map[string][]string
	chunkError error
}

func newMemory(inquiries ...naru.Inquiry) *memory {
	m := &memory{inquiries: map[string]naru.Inquiry{}, deliveries: map[string]naru.Delivery{}, additions: map[string]naru.Addition{}, chunks: map[string][]string{
		"a1": {"%PDF-1.7", " analysis"}, "a2": {"PK\x03\x04"}, "a3": {"%PDF-1.4"},
	}}
	for _, q := range inquiries {
		m.inquiries[q.ID] = q
	}
	return m
}

func (m *memory) InquiryByID(_ context.Context, id string) (naru.Inquiry, error) {
	if q, ok := m.inquiries[id]; ok {
		return q, nil
	}
	return naru.Inquiry{}, naru.NewError(naru.KindNotFound, "inquiry_unknown", nil)
}

func (m *memory) Delivery(_ context.Context, id string) (naru.Delivery, error) {
	if d, ok := m.deliveries[id]; ok {
		return d, nil
	}
	return naru.Delivery{}, naru.NewError(naru.KindNotFound, "delivery_unknown", nil)
}

func (m *memory) InquiryDeliveries(_ context.Context, inquiryID string) (found []naru.Delivery, err error) {
	for _, d := range m.deliveries {
		if d.InquiryID == inquiryID {
			found = append(found, d)
		}
	}
	return found, nil
}

func (m *memory) Addition(_ context.Context, id string) (naru.Addition, error) {
	if a, ok := m.additions[id]; ok {
		return a, nil
	}
	return naru.Addition{}, naru.NewError(naru.KindNotFound, "addition_unknown", nil)
}

func (m *memory) AttachmentChunks(_ context.Context, id string, chunk func([]byte) error) error {
	if m.chunkError != nil {
		return m.chunkError
	}
	chunks, ok := m.chunks[id]
	if !ok {
		return naru.NewError(naru.KindNotFound, "attachment_unknown", nil)
	}
	for _, c := range chunks {
		if err := chunk([]byte(c)); err != nil {
			return err
		}
	}
	return nil
}

func exampleDelivery(q naru.Inquiry, kind naru.DeliveryKind) naru.Delivery {
	id := "01947e2a-1111-7000-8000-000000000001"
	d := naru.Delivery{ID: id, InquiryID: q.ID, Kind: kind, MessageID: id + "@naru.example", Attempt: 1, CreatedAt: exampleTime, RequestID: q.RequestID}
	if kind != naru.DeliveryAcknowledgement {
		d.TeamID = q.TeamID
	}
	return d
}
