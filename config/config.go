// Package config holds every setting of the program, its defaults, and the
// data files that ship with it: contact teams and routing rules, Korean public
// holidays, sample inquiries, the knowledge base and the messages.
//
// A value comes from the first of these that has it:
//
//  1. NARU_<KEY>_FILE, the path of a file that holds the value
//  2. NARU_<KEY>
//  3. the YAML file named by NARU_CONFIG
//  4. Default
//
// The variable of a key is its path in the YAML file in upper case, with "_"
// for every other character: http.addr is NARU_HTTP_ADDR.
//
// One table of keys, made by reflection over Config, serves the YAML file, the
// environment, the report of origins and the tests. That is why the
// environment is not read by a library of its own: the same value is read the
// same way wherever it stands, a wrong one is reported with its line or its
// variable, and all wrong ones together.
//
// Loading has no side effect, and a Config is read-only once loaded: it may be
// read by any number of goroutines. Every failure is a Problems value; nothing
// in it repeats a secret.
package config

import (
	"net"
	"path/filepath"
	"strings"
	"time"
)

// Config is all settings. Order and yaml names are those of naru.yaml, which
// says more on each key. Sizes are in bytes. The tag secret:"url" marks
// values that may carry a password, "urls" a list of such, "whole" a value that
// is secret itself.
type Config struct {
	// PublicURL is what links in mails begin with, without a slash at the
	// end; empty means the address listened on, see BaseURL.
	PublicURL string `yaml:"public_url" validate:"omitempty,base_url"`
	// DataDir keeps the SQLite database and the embedded broker's stream.
	DataDir string `yaml:"data_dir" validate:"required"`
	// TemplatesDir and ConfigDir override shipped files one by one; empty:
	// nothing is overridden.
	TemplatesDir string `yaml:"templates_dir" validate:"omitempty,folder"`
	ConfigDir    string `yaml:"config_dir" validate:"omitempty,folder"`
	// Languages are those offered to writers, in order; a subset of
	// naru.Languages with English in it.
	Languages []string `yaml:"languages" validate:"min=1,unique,has_english,dive,offered_language"`

	HTTP          HTTP          `yaml:"http"`
	Work          Work          `yaml:"work"`
	Database      Database      `yaml:"database"`
	Encryption    Encryption    `yaml:"encryption"`
	NATS          NATS          `yaml:"nats"`
	SMTP          SMTP          `yaml:"smtp"`
	Retry         Retry         `yaml:"retry"`
	Catcher       Catcher       `yaml:"catcher"`
	Attachments   Attachments   `yaml:"attachments"`
	Limits        Limits        `yaml:"limits"`
	Consents      Consents      `yaml:"consents"`
	Retention     Retention     `yaml:"retention"`
	Disk          Disk          `yaml:"disk"`
	Operator      Operator      `yaml:"operator"`
	Chat          Chat          `yaml:"chat"`
	Model         Model         `yaml:"model"`
	Widget        Widget        `yaml:"widget"`
	Log           Log           `yaml:"log"`
	Organisations Organisations `yaml:"organisations"`

	origins map[string]string
}

// HTTP is the listener for people and programs.
type HTTP struct {
	// Addr is host:port; port 0 takes any free one.
	Addr string `yaml:"addr" validate:"listen_addr"`
	// TrustedProxies are addresses and networks whose X-Forwarded-For is
	// believed; empty: of nobody.
	TrustedProxies []string `yaml:"trusted_proxies" validate:"unique,dive,network"`
	// ReadHeaderTimeout is for the header of a request, RequestTimeout for all
	// of it with its answer, TransferTimeout the same for uploads and
	// downloads.
	ReadHeaderTimeout time.Duration `yaml:"read_header_timeout" validate:"min=1s,max=5m"`
	RequestTimeout    time.Duration `yaml:"request_timeout" validate:"min=1s,max=1h"`
	TransferTimeout   time.Duration `yaml:"transfer_timeout" validate:"min=1s,max=24h"`
	IdleTimeout       time.Duration `yaml:"idle_timeout" validate:"min=1s,max=1h"`
	// DrainDelay is how long a server that was told to stop is unready and goes on
	// accepting. ShutdownTimeout is the one deadline for stopping all parts after it.
	DrainDelay      time.Duration `yaml:"drain_delay" validate:"min=0,max=5m"`
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout" validate:"min=1s,max=10m"`
	// BodyLimit is for every request but uploads.
	BodyLimit Bytes `yaml:"body_limit" validate:"min=16384,max=16777216"`
	// MaxConcurrent is how many requests are worked on at once; more are
	// answered 503.
	MaxConcurrent int `yaml:"max_concurrent" validate:"min=1,max=100000"`
}

// Work is for `naru work`.
type Work struct {
	// Addr serves /healthz, /readyz and /metrics of the workers.
	Addr string `yaml:"addr" validate:"listen_addr"`
}

// Database is the store.
type Database struct {
	// URL is postgres://…, sqlite://…, or a file; empty: see DatabaseURL.
	URL string `yaml:"url" secret:"url" validate:"omitempty,database_url"`
	// GroupLimit is how many writes share one commit at most.
	GroupLimit int `yaml:"group_limit" validate:"min=1,max=4096"`
	// MaxWaiting is how many writes may wait before more are refused.
	MaxWaiting int `yaml:"max_waiting" validate:"min=1,max=1000000"`
}

// Encryption is of what is personal in the database.
type Encryption struct {
	// Keys is a keyset as `naru keys new` writes it, or NoKeys; empty: see
	// KeysFile.
	Keys string `yaml:"keys" secret:"whole" validate:"omitempty,keyset"`
}

// NoKeys stands for a database that is not to be encrypted.
const NoKeys = "none"

// NATS is the message broker.
type NATS struct {
	// URL lists servers with commas; empty: the embedded broker.
	URL string `yaml:"url" secret:"urls" validate:"omitempty,nats_url"`
	// Replicas of the streams; 1 with the embedded broker.
	Replicas int `yaml:"replicas" validate:"oneof=1 3 5"`
	// MaxMessages, MaxBytes and MaxAge limit the stream. What it drops is
	// queued again from the database.
	MaxMessages int64         `yaml:"max_messages" validate:"min=1000,max=100000000"`
	MaxBytes    Bytes         `yaml:"max_bytes" validate:"min=1048576,max=1099511627776"`
	MaxAge      time.Duration `yaml:"max_age" validate:"min=1h,max=2160h"`
	// DuplicateWindow is how long the broker remembers message ids.
	DuplicateWindow time.Duration `yaml:"duplicate_window" validate:"min=1s,max=24h"`
	// CredentialsPath is a NATS credentials file, CAPath a PEM file of
	// authorities trusted besides the system's; empty: none.
	CredentialsPath string `yaml:"credentials_path" validate:"omitempty,plain_file"`
	CAPath          string `yaml:"ca_path" validate:"omitempty,plain_file"`
}

// SMTP is the relay that mail is handed to.
type SMTP struct {
	// URL is smtp://user:pass@host:port?tls=mandatory|opportunistic|none or
	// smtps://…; empty: the catcher.
	URL string `yaml:"url" secret:"url" validate:"omitempty,smtp_url"`
	// From is the sender's plain address, FromName the name shown beside it;
	// empty: the desk's name in the language of the mail.
	From     string `yaml:"from" validate:"required,plain_mailbox"`
	FromName string `yaml:"from_name" validate:"max=120,one_line"`
	// Domain ends the Message-IDs; empty: see MailDomain.
	Domain string `yaml:"domain" validate:"omitempty,fqdn"`
	// Connections are kept open and used side by side.
	Connections int           `yaml:"connections" validate:"min=1,max=64"`
	DialTimeout time.Duration `yaml:"dial_timeout" validate:"min=1s,max=5m"`
	SendTimeout time.Duration `yaml:"send_timeout" validate:"min=1s,max=10m"`
	IdleTimeout time.Duration `yaml:"idle_timeout" validate:"min=1s,max=1h"`
	// RatePerSecond limits mails handed over; 0: no limit.
	RatePerSecond float64 `yaml:"rate_per_second" validate:"min=0,max=10000"`
	// HELO is the name given to the relay; empty: the host's name.
	HELO string `yaml:"helo" validate:"omitempty,hostname_rfc1123"`
}

// Retry is how temporary failures of mail are repeated: the nth delay is
// First·Factor^(n-1), at most Max, give or take the part Jitter of it, until
// naru.GiveUpAfter.
type Retry struct {
	First  time.Duration `yaml:"first" validate:"min=100ms,max=30s"`
	Factor float64       `yaml:"factor" validate:"min=1,max=10"`
	Max    time.Duration `yaml:"max" validate:"min=1s,max=24h"`
	Jitter float64       `yaml:"jitter" validate:"min=0,max=0.5"`
}

// Catcher takes the mail when no relay is set.
type Catcher struct {
	// SMTPAddr is where its SMTP server listens; a loopback address.
	SMTPAddr string `yaml:"smtp_addr" validate:"listen_addr,loopback_addr"`
	// HTTPAddr is where the page with caught mail is shown; a loopback
	// address.
	HTTPAddr string `yaml:"http_addr" validate:"listen_addr,loopback_addr"`
	// Keep is how many mails are kept; older ones are dropped.
	Keep int `yaml:"keep" validate:"min=1,max=100000"`
}

// Attachments limits uploads.
type Attachments struct {
	FileLimit       Bytes `yaml:"file_limit" validate:"min=1024,max=1073741824"`
	FilesPerInquiry int   `yaml:"files_per_inquiry" validate:"min=1,max=100"`
	InquiryLimit    Bytes `yaml:"inquiry_limit" validate:"min=1024,max=4294967296"`
	// FilesPerHour and BytesPerHour are per client.
	FilesPerHour int   `yaml:"files_per_hour" validate:"min=1,max=100000"`
	BytesPerHour Bytes `yaml:"bytes_per_hour" validate:"min=1024,max=1099511627776"`
	// InlineLimit is the size of all attachments of an inquiry together up to
	// which they go with the mail; beyond it the mail has links.
	InlineLimit Bytes `yaml:"inline_limit" validate:"min=0,max=104857600"`
	// OrphanAfter is the age at which a file that no inquiry claimed is
	// deleted.
	OrphanAfter time.Duration `yaml:"orphan_after" validate:"min=1m,max=720h"`
}

// Limits are how often one client may send an inquiry.
type Limits struct {
	InquiriesPerMinute int `yaml:"inquiries_per_minute" validate:"min=1,max=1000000"`
	InquiriesPerHour   int `yaml:"inquiries_per_hour" validate:"min=1,max=1000000"`
	// Burst is how many may come at once.
	Burst int `yaml:"burst" validate:"min=1,max=1000000"`
	// Exempt are addresses and networks that no limit per client applies to,
	// the one for uploads included.
	Exempt []string `yaml:"exempt" validate:"unique,dive,network"`
}

// Consents is what the consent texts say of keeping.
type Consents struct {
	// RetentionMonths is how long inquiries are kept.
	RetentionMonths int `yaml:"retention_months" validate:"min=1,max=120"`
}

// Retention is how long records are kept that are needed for a time only. How
// long inquiries are kept is Consents.RetentionMonths.
type Retention struct {
	// Keys is how long a repeated Idempotency-Key is recognised.
	Keys time.Duration `yaml:"keys" validate:"min=24h,max=8760h"`
	// Attempts is how long after a mail was delivered it can be seen when it was
	// tried in vain.
	Attempts time.Duration `yaml:"attempts" validate:"min=24h,max=87600h"`
}

// Disk guards the disk of the data folder.
type Disk struct {
	// Reserve is the free space below which no more inquiries and uploads are
	// taken; 0: no guard.
	Reserve Bytes `yaml:"reserve" validate:"min=0,max=1099511627776"`
}

// Operator is who runs the program.
type Operator struct {
	// Email is written to when mails are stuck; empty: nobody.
	Email string `yaml:"email" validate:"omitempty,team_mailbox"`
	// StuckAfter is how long a mail may wait before the operator is told.
	StuckAfter time.Duration `yaml:"stuck_after" validate:"min=1s,max=72h"`
	// DeadPerHour is how many mails may fail for good within an hour before the
	// operator is told.
	DeadPerHour int `yaml:"dead_per_hour" validate:"min=0,max=1000000"`
}

// Chat is the chatbot.
type Chat struct {
	// Remember is how long a conversation is remembered after its last
	// message.
	Remember time.Duration `yaml:"remember" validate:"min=1m,max=24h"`
}

// Model is the language model that the chatbot may ask what a question means
// that it does not understand.
type Model struct {
	// URL is the base address of an endpoint with OpenAI's chat completions;
	// empty: no model is asked.
	URL string `yaml:"url" validate:"omitempty,base_url"`
	// Key is sent as a bearer token; empty: none.
	Key string `yaml:"key" secret:"whole" validate:"max=1000,one_line"`
	// Name is what the endpoint calls the model.
	Name string `yaml:"name" validate:"required_with=URL,max=200,one_line"`
	// Timeout is how long an answer may wait for the model.
	Timeout time.Duration `yaml:"timeout" validate:"min=100ms,max=30s"`
	// Format is how the endpoint is told to answer with JSON.
	Format string `yaml:"format" validate:"oneof=json_schema json_object none"`
}

// Widget is the chat on other people's sites.
type Widget struct {
	// Origins are the sites whose pages may show it, as browsers name them;
	// empty: none.
	Origins []string `yaml:"origins" validate:"unique,dive,origin"`
}

// Log is the program's own log, on standard error.
type Log struct {
	Level  string `yaml:"level" validate:"oneof=debug info warn error"`
	Format string `yaml:"format" validate:"oneof=text json"`
}

// Organisations are the two houses that inquiries are for, by the names that
// texts call them.
type Organisations struct {
	Center      Names `yaml:"center"`
	Association Names `yaml:"association"`
}

// EmbeddedBroker tells whether the broker runs inside the program.
func (c *Config) EmbeddedBroker() bool { return c.NATS.URL == "" }

// CatchesMail tells whether mail goes to the catcher inside the program.
func (c *Config) CatchesMail() bool { return c.SMTP.URL == "" }

// Postgres tells whether the database can be shared by several processes.
func (c *Config) Postgres() bool {
	return strings.HasPrefix(c.Database.URL, "postgres://") || strings.HasPrefix(c.Database.URL, "postgresql://")
}

// DatabaseURL is the URL set, or the SQLite file in the data folder.
func (c *Config) DatabaseURL() string {
	if c.Database.URL != "" {
		return c.Database.URL
	}
	return filepath.Join(c.DataDir, "naru.db")
}

// KeysFile is the file that holds the encryption keys: the one that
// NARU_ENCRYPTION_KEYS_FILE names or, for SQLite without keys set, one in the
// data folder, which may not exist yet. Empty when there is none.
func (c *Config) KeysFile() string {
	variable := variableOf(keysPath)
	switch path, named := strings.CutPrefix(c.origins[keysPath], variable+fileSuffix+" ("); {
	case named:
		return strings.TrimSuffix(path, ")")
	case c.Encryption.Keys == "" && !c.Postgres():
		return filepath.Join(c.DataDir, "naru.keys")
	}
	return ""
}

const keysPath = "encryption.keys"

// BrokerDir is the folder of the embedded broker's stream. All of it can be
// rebuilt from the database.
func (c *Config) BrokerDir() string { return filepath.Join(c.DataDir, "nats") }

// CatcherDir is the folder of caught mail.
func (c *Config) CatcherDir() string { return filepath.Join(c.DataDir, "mail") }

// BaseURL is PublicURL without a slash at the end or, where none is set, the
// address that listens; an address for all interfaces becomes localhost.
func (c *Config) BaseURL(listening net.Addr) string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return "http://" + listening.String()
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// MailDomain is what Message-IDs end in: the domain set, or that of From.
func (c *Config) MailDomain() string {
	if c.SMTP.Domain != "" {
		return strings.ToLower(c.SMTP.Domain)
	}
	return strings.ToLower(c.SMTP.From[strings.LastIndexByte(c.SMTP.From, '@')+1:])
}

// NATSServers is the list of broker addresses; empty for the embedded one.
func (c *Config) NATSServers() []string {
	var servers []string
	for s := range strings.SplitSeq(c.NATS.URL, ",") {
		if s = strings.TrimSpace(s); s != "" {
			servers = append(servers, s)
		}
	}
	return servers
}
