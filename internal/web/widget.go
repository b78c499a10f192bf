package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"text/template"

	"github.com/gin-gonic/gin"

	"naru/internal/naru"
	"naru/internal/server"
)

// widgetSettings are what the chat on other sites needs in a language: the
// texts of that language alone.
type widgetSettings struct {
	talkSettings
	Direction string   `json:"direction"`
	Prompts   []string `json:"prompts"`
	// Style is all of its CSS. It comes as text, since the page around may
	// forbid style elements, and what they load.
	Style string `json:"style"`
}

// widgetTexts are messages of the widget beside talkTexts.
var widgetTexts = map[string]string{
	"open": "nav.chat", "close": "chat_page.close", "ask": "home.ask", "note": "chat_page.note", "welcome": "chat_page.welcome",
	"talk": "chat_page.talk", "suggestions": "chat_page.suggestions", "message": "chat_page.message", "clear": "chat_page.clear",
}

// registerWidget adds the chat for other sites: /widget.js, which finds the
// language and loads the rest. It is the same for everybody and short; the
// rest is at addresses of its own bytes, for the sites allowed.
func (p *pages) registerWidget() error {
	if p.options.Chat == nil {
		return nil
	}
	made := sync.OnceValues(p.newWidget)
	p.routes.Handle(server.Route{Method: http.MethodGet, Pattern: "/widget.js", CrossOrigin: true, Handler: func(c *gin.Context) error {
		w, err := made()
		if err != nil {
			return err
		}
		c.Header("Cross-Origin-Resource-Policy", "cross-origin")
		return w.loader.Serve(c, "public, max-age=3600, stale-while-revalidate=86400")
	}})
	p.routes.Handle(server.Route{Method: http.MethodGet, Pattern: "/widget/:file", CrossOrigin: true, Handler: func(c *gin.Context) error {
		w, err := made()
		if err != nil {
			return err
		}
		content, ok := w.contents[c.Param("file")]
		if !ok {
			return naru.NewError(naru.KindNotFound, "not_found", nil)
		}
		return content.Serve(c, forEver)
	}})
	if p.options.Trusted {
		return nil
	}
	_, err := made()
	return err
}

// widget is the chat for other sites: the loader, and what it loads, by the
// name of its file.
type widget struct {
	loader   server.Content
	contents map[string]server.Content
}

func (p *pages) newWidget() (widget, error) {
	style, err := p.widgetStyle()
	if err != nil {
		return widget{}, err
	}
	contents, languages := make(map[string]server.Content), make(map[string]string)
	for _, language := range p.options.Languages {
		settings := widgetSettings{newTalkSettings(p.options, language), p.options.Direction(language), prompts(p.options.Catalog, language), style}
		for name, key := range widgetTexts {
			settings.Texts[name] = p.options.Catalog.Text(language, key, nil)
		}
		body, err := json.Marshal(settings)
		if err != nil {
			return widget{}, fmt.Errorf("web: widget in %s: %w", language, err)
		}
		content := server.NewContent(mediaTypes[".js"], append([]byte("export default "), append(body, ";\n"...)...))
		file := language + "." + content.Digest() + ".js"
		contents[file], languages[language] = content, "/widget/"+file
	}
	loader, err := p.widgetLoader(languages)
	return widget{loader, contents}, err
}

func (p *pages) widgetLoader(languages map[string]string) (server.Content, error) {
	source, err := template.New("widget.js").Option("missingkey=error").ParseFS(p.options.Templates, "web/widget.js")
	if err != nil {
		return server.Content{}, fmt.Errorf("web: widget: %w", err)
	}
	addresses, err := orderedObject(p.options.Languages, languages)
	if err != nil {
		return server.Content{}, fmt.Errorf("web: widget: %w", err)
	}
	var loader bytes.Buffer
	err = source.Execute(&loader, map[string]string{"Languages": addresses, "Launcher": p.options.Assets.URL("launcher.js"), "Talk": p.options.Assets.URL("talk.js")})
	if err != nil {
		return server.Content{}, fmt.Errorf("web: widget: %w", err)
	}
	return server.NewContent(mediaTypes[".js"], loader.Bytes()), nil
}

// orderedObject writes values as JSON in the order of their names.
func orderedObject(names []string, values map[string]string) (string, error) {
	var members []string
	for _, name := range names {
		member, err := json.Marshal(map[string]string{name: values[name]})
		if err != nil {
			return "", err
		}
		members = append(members, strings.Trim(string(member), "{}"))
	}
	return "{" + strings.Join(members, ", ") + "}", nil
}

var (
	rootLength = regexp.MustCompile(`-?[0-9.]+rem\b`)
	remark     = regexp.MustCompile(`(?s)/\*.*?\*/\s*`)
)

// widgetStyle is the style of the talk and what the widget adds. The root of
// the page around has a font size of its own, so that lengths by it are written
// by the widget's instead; conditions of queries know no variables, and do not
// depend on that root.
func (p *pages) widgetStyle() (string, error) {
	var style strings.Builder
	for _, name := range []string{"static/chat.css", "static/widget.css"} {
		text, err := fs.ReadFile(p.options.Templates, name)
		if err != nil {
			return "", fmt.Errorf("web: widget: %w", err)
		}
		for line := range strings.Lines(remark.ReplaceAllString(string(text), "")) {
			if !strings.HasPrefix(line, "@") {
				line = rootLength.ReplaceAllStringFunc(line, func(length string) string {
					return "calc(" + strings.TrimSuffix(length, "rem") + "*var(--unit))"
				})
			}
			style.WriteString(line)
		}
	}
	if look := p.options.Look; look.Accent != "" {
		fmt.Fprintf(&style, ":host { --accent: var(--naru-accent, light-dark(%s, %s)); --accent-ink: var(--naru-accent-ink, light-dark(%s, %s)); }\n",
			look.Accent, look.AccentDark, look.Ink, look.InkDark)
	}
	return style.String(), nil
}
