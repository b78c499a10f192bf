package config

import "time"

// Default returns the settings used where nothing else is said. naru.yaml
// holds the same values.
func Default() *Config {
	return &Config{
		DataDir:   "./naru-data",
		Languages: []string{"en", "ko", "zh-Hans", "ja", "ru", "mn", "kk", "ar", "vi"},
		HTTP: HTTP{
			Addr:              "127.0.0.1:8080",
			TrustedProxies:    []string{},
			ReadHeaderTimeout: 10 * time.Second,
			RequestTimeout:    30 * time.Second,
			TransferTimeout:   15 * time.Minute,
			IdleTimeout:       2 * time.Minute,
			ShutdownTimeout:   90 * time.Second,
			BodyLimit:         256 * kib,
			MaxConcurrent:     1024,
		},
		Work:     Work{Addr: "127.0.0.1:8081"},
		Database: Database{GroupLimit: 256, MaxWaiting: 4096},
		NATS: NATS{
			Replicas:        1,
			MaxMessages:     1_000_000,
			MaxBytes:        256 * mib,
			MaxAge:          96 * time.Hour,
			DuplicateWindow: 20 * time.Second,
		},
		SMTP: SMTP{
			From:        "inquiry@naru.example",
			Connections: 8,
			DialTimeout: 10 * time.Second,
			SendTimeout: time.Minute,
			IdleTimeout: 30 * time.Second,
		},
		Retry: Retry{
			First:  15 * time.Second,
			Factor: 2,
			Max:    2 * time.Hour,
			Jitter: 0.2,
		},
		Catcher: Catcher{SMTPAddr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:8025", Keep: 1000},
		Attachments: Attachments{
			FileLimit:       20 * mib,
			FilesPerInquiry: 10,
			InquiryLimit:    50 * mib,
			FilesPerHour:    60,
			BytesPerHour:    300 * mib,
			InlineLimit:     7 * mib,
			OrphanAfter:     24 * time.Hour,
		},
		Limits: Limits{
			InquiriesPerMinute: 10,
			InquiriesPerHour:   60,
			Burst:              10,
			Exempt:             []string{"127.0.0.0/8", "::1/128"},
		},
		Consents:  Consents{RetentionMonths: 24},
		Retention: Retention{Keys: 7 * 24 * time.Hour, Attempts: 90 * 24 * time.Hour},
		Disk:      Disk{Reserve: 256 * mib},
		Operator:  Operator{StuckAfter: 30 * time.Minute, DeadPerHour: 10},
		Chat:      Chat{Remember: 30 * time.Minute},
		Model:     Model{Timeout: 2 * time.Second, Format: "json_schema"},
		Widget:    Widget{Origins: []string{}},
		Log:       Log{Level: "info", Format: "text"},
		Organisations: Organisations{
			Center: Names{
				EN: "Korea University Medical Center", KO: "고려대학교의료원", ZhHans: "高丽大学医疗院",
				JA: "高麗大学校医療院", RU: "Медицинский центр Университета Корё", MN: "Корё их сургуулийн эмнэлгийн төв",
				KK: "Корё университетінің медициналық орталығы", AR: "المركز الطبي لجامعة كوريا", VI: "Trung tâm Y tế Đại học Korea",
			},
			Association: Names{
				EN: "Korea International Medical Association", KO: "한국국제의료협회", ZhHans: "韩国国际医疗协会",
				JA: "韓国国際医療協会", RU: "Корейская международная медицинская ассоциация", MN: "Солонгосын олон улсын анагаах ухааны холбоо",
				KK: "Корея халықаралық медициналық қауымдастығы", AR: "الجمعية الطبية الدولية الكورية", VI: "Hiệp hội Y tế Quốc tế Hàn Quốc",
			},
		},
	}
}
