package mail

import (
	"bytes"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/jhillyerd/enmime/v2"

	"naru/internal/naru"
)

// The files of the page in package templates.
const (
	catcherPageFile  = "web/catcher.html"
	catcherStyleFile = "static/catcher.css"
)

// catcherPageMails is the number of mails on one page of the list.
const catcherPageMails = 100

// Content policies. A page loads its style sheet and shows a mail in a frame;
// the framed mail loads nothing, runs nothing, submits nothing, and has an
// origin of its own. Links in it open a new window when they are clicked.
const (
	catcherPagePolicy  = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	catcherMailPolicy  = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
	catcherBytesPolicy = "default-src 'none'; sandbox"
)

// catcherPage is the local page with the caught mails.
type catcherPage struct {
	catcher *Catcher
	mount   string
	pages   *template.Template
	style   []byte
	logger  *slog.Logger
}

// Handler returns the page with the caught mails, to be served under the path
// mount ("" or "/mail"), from the files web/catcher.html and
// static/catcher.css. It answers only to this machine: a request from another
// address, through a proxy, or for another host name (as a foreign site could
// arrange by DNS) is refused with 403.
func (c *Catcher) Handler(mount string, files fs.FS) (http.Handler, error) {
	p := &catcherPage{catcher: c, mount: strings.TrimRight(mount, "/"), logger: c.logger}
	source, err := fs.ReadFile(files, catcherPageFile)
	if err != nil {
		return nil, fmt.Errorf("mail catcher page: %w", err)
	}
	if p.pages, err = template.New(catcherPageFile).Option("missingkey=error").Parse(string(source)); err != nil {
		return nil, fmt.Errorf("mail catcher page: %w", err)
	}
	if p.style, err = fs.ReadFile(files, catcherStyleFile); err != nil {
		return nil, fmt.Errorf("mail catcher page: %w", err)
	}
	for name, view := range map[string]any{"catcher.list": p.listView("", nil, false), "catcher.mail": p.mailView(Caught{To: []string{"x"}}, &enmime.Envelope{}, nil)} {
		if err := p.pages.ExecuteTemplate(&bytes.Buffer{}, name, view); err != nil {
			return nil, fmt.Errorf("mail catcher page: %w", err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+p.mount+"/{$}", p.list)
	mux.HandleFunc("GET "+p.mount+"/catcher.css", p.css)
	mux.HandleFunc("GET "+p.mount+"/{id}", p.mail)
	mux.HandleFunc("GET "+p.mount+"/{id}/html", p.html)
	mux.HandleFunc("GET "+p.mount+"/{id}/raw", p.raw)
	mux.HandleFunc("GET "+p.mount+"/{id}/files/{n}", p.file)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fromThisMachine(r) {
			http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
			return
		}
		if p.mount != "" && r.URL.Path == p.mount {
			http.Redirect(w, r, p.mount+"/", http.StatusMovedPermanently)
			return
		}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Del("X-Frame-Options") // the policies say it, with an exception for the frame
		h.Set("Content-Security-Policy", catcherPagePolicy)
		mux.ServeHTTP(w, r)
	}), nil
}

// fromThisMachine tells whether a request comes from this machine and asks for
// it by a name that only it can have.
func fromThisMachine(r *http.Request) bool {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil || !loopbackHost(peer) || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
		return false
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return loopbackHost(strings.Trim(host, "[]"))
}

// listItem is a line of the list.
type listItem struct {
	Caught
	Link, To, Time, Size string
}

type listView struct {
	Mount, Search, Older string
	Mails                []listItem
	Count                int
	// Refresh makes the page load itself again every few seconds.
	Refresh bool
	SMTP    string
}

func (p *catcherPage) listView(search string, mails []Caught, more bool) listView {
	v := listView{Mount: p.mount, Search: search, Count: p.catcher.Count(), SMTP: p.catcher.Addr()}
	for _, c := range mails {
		v.Mails = append(v.Mails, listItem{
			Caught: c, Link: p.mount + "/" + c.ID, To: strings.Join(c.To, ", "), Time: c.At.Local().Format("2006-01-02 15:04:05"), Size: kilobytes(c.Size),
		})
	}
	if more {
		v.Older = p.mount + "/?" + url.Values{"q": {search}, "before": {mails[len(mails)-1].ID}}.Encode()
	}
	return v
}

func (p *catcherPage) list(w http.ResponseWriter, r *http.Request) {
	search, before := r.URL.Query().Get("q"), r.URL.Query().Get("before")
	mails := p.catcher.List(search, before, catcherPageMails+1)
	more := len(mails) > catcherPageMails
	if more {
		mails = mails[:catcherPageMails]
	}
	v := p.listView(search, mails, more)
	v.Refresh = before == ""
	p.render(w, "catcher.list", v)
}

type mailView struct {
	Caught
	Mount, Link, To, Time, Size string
	HTML                        bool
	Text                        string
	Headers                     []HeaderLine
	Files                       []fileView
}

type fileView struct{ Name, Type, Size, Link string }

func (p *catcherPage) mailView(c Caught, env *enmime.Envelope, raw []byte) mailView {
	v := mailView{
		Caught: c, Mount: p.mount, Link: p.mount + "/" + c.ID, To: strings.Join(c.To, ", "), Time: c.At.Local().Format("2006-01-02 15:04:05 MST"),
		Size: kilobytes(c.Size), HTML: env.HTML != "", Text: env.Text, Headers: headers(raw),
	}
	for i, part := range attachedParts(env) {
		v.Files = append(v.Files, fileView{
			Name: cleanHeader(part.FileName), Type: part.ContentType, Size: kilobytes(int64(len(part.Content))), Link: v.Link + "/files/" + strconv.Itoa(i),
		})
	}
	return v
}

// attachedParts are all parts of a mail that are not its text.
func attachedParts(env *enmime.Envelope) []*enmime.Part {
	return append(append(append([]*enmime.Part(nil), env.Attachments...), env.Inlines...), env.OtherParts...)
}

// open reads the mail of the request; it has answered where it reports false.
func (p *catcherPage) open(w http.ResponseWriter, r *http.Request) (Caught, []byte, *enmime.Envelope, bool) {
	c, raw, err := p.catcher.Get(r.PathValue("id"))
	switch {
	case naru.IsKind(err, naru.KindNotFound):
		http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		return c, nil, nil, false
	case err != nil:
		p.fail(w, err)
		return c, nil, nil, false
	}
	env, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		// Shown as it came, with its headers and nothing else.
		env = &enmime.Envelope{}
	}
	return c, raw, env, true
}

func (p *catcherPage) mail(w http.ResponseWriter, r *http.Request) {
	if c, raw, env, ok := p.open(w, r); ok {
		p.render(w, "catcher.mail", p.mailView(c, env, raw))
	}
}

// afterHead finds where a mail's HTML can be told to open links elsewhere.
var afterHead = regexp.MustCompile(`(?i)<head[^>]*>`)

func (p *catcherPage) html(w http.ResponseWriter, r *http.Request) {
	_, _, env, ok := p.open(w, r)
	if !ok {
		return
	}
	html := env.HTML
	if at := afterHead.FindStringIndex(html); at != nil {
		html = html[:at[1]] + `<base target="_blank">` + html[at[1]:]
	}
	w.Header().Set("Content-Security-Policy", catcherMailPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(html))
}

func (p *catcherPage) raw(w http.ResponseWriter, r *http.Request) {
	if c, raw, _, ok := p.open(w, r); ok {
		p.download(w, c.ID+".eml", raw)
	}
}

func (p *catcherPage) file(w http.ResponseWriter, r *http.Request) {
	_, _, env, ok := p.open(w, r)
	if !ok {
		return
	}
	parts := attachedParts(env)
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(parts) {
		http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		return
	}
	p.download(w, attachmentName(parts[n].FileName), parts[n].Content)
}

// download answers with bytes that the browser saves and never shows.
func (p *catcherPage) download(w http.ResponseWriter, name string, b []byte) {
	w.Header().Set("Content-Security-Policy", catcherBytesPolicy)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = w.Write(b)
}

func (p *catcherPage) css(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(p.style)
}

func (p *catcherPage) render(w http.ResponseWriter, name string, view any) {
	var b bytes.Buffer
	if err := p.pages.ExecuteTemplate(&b, name, view); err != nil {
		p.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes())
}

func (p *catcherPage) fail(w http.ResponseWriter, err error) {
	p.logger.Error("mail catcher page failed", "error", err)
	http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
}

// kilobytes writes a size for a developer.
func kilobytes(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	if n < 1<<20 {
		return strconv.FormatFloat(float64(n)/1024, 'f', 1, 64) + " KB"
	}
	return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB"
}
