package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"
	"github.com/goccy/go-yaml"

	"naru/internal/naru"
	"naru/internal/server"
)

//go:embed openapi.yaml
var openapiYAML []byte

// node is a part of the document with its members in the order written:
// object, []any, string, bool, a number or nil.
type node = any

// object is a mapping that keeps its order.
type object []member

type member struct {
	name  string
	value node
}

// newDocument reads the embedded document and fills in where the server is,
// what it runs, and which consents its examples have to give.
func newDocument(publicURL, version string, meta Meta) (object, error) {
	var raw yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(openapiYAML, &raw, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("api: openapi.yaml: %w", err)
	}
	document := ordered(raw).(object)
	servers := document.list("servers")
	if len(servers) != 1 || document.object("info") == nil {
		return nil, fmt.Errorf("api: openapi.yaml has no info or not one server")
	}
	servers[0].(object).set("url", publicURL)
	if version != "" {
		document.object("info").set("version", version)
	}
	if err := grantConsents(document, meta); err != nil {
		return nil, err
	}
	return document, nil
}

// grantConsents puts the consents that are required now, in their current
// versions, into the examples: these must be accepted as they stand whatever
// the configuration.
func grantConsents(document object, meta Meta) error {
	examples := document
	for _, name := range []string{"paths", "/api/v1/inquiries", "post", "requestBody", "content", "application/json", "examples"} {
		examples = examples.object(name)
	}
	for _, kind := range []naru.Kind{naru.KindPatient, naru.KindPartner} {
		example := examples.object(string(kind)).object("value")
		language := example.text("language")
		if example == nil || language == "" {
			return fmt.Errorf("api: openapi.yaml has no example %s in a language", kind)
		}
		consents := []any{}
		for _, c := range meta.Meta(language).Forms[kind].Consents {
			if c.Required && c.When == "" {
				consents = append(consents, object{{"id", c.ID}, {"version", c.Version}, {"language", c.Language}, {"granted", true}})
			}
		}
		example.set("consents", consents)
	}
	return nil
}

func ordered(value any) node {
	switch v := value.(type) {
	case yaml.MapSlice:
		o := make(object, 0, len(v))
		for _, item := range v {
			o = append(o, member{fmt.Sprint(item.Key), ordered(item.Value)})
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = ordered(v[i])
		}
		return list
	}
	return value
}

// get returns the member of the name; nil when there is none.
func (o object) get(name string) node {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func (o object) object(name string) object {
	v, _ := o.get(name).(object)
	return v
}

func (o object) list(name string) []any {
	v, _ := o.get(name).([]any)
	return v
}

func (o object) text(name string) string {
	v, _ := o.get(name).(string)
	return v
}

// set changes a member that exists.
func (o object) set(name string, value node) {
	for i := range o {
		if o[i].name == name {
			o[i].value = value
		}
	}
}

// MarshalJSON writes the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// registerDescription serves GET /openapi.json and, as a page of the template,
// GET /docs.
func registerDescription(s *server.Server, o Options, page *template.Template) error {
	document := sync.OnceValues(func() (object, error) { return newDocument(o.PublicURL, o.Version, o.Meta) })
	file := sync.OnceValues(func() (server.Content, error) {
		d, err := document()
		if err != nil {
			return server.Content{}, err
		}
		body, err := json.Marshal(d)
		if err != nil {
			return server.Content{}, fmt.Errorf("api: write openapi.json: %w", err)
		}
		return server.NewContent("application/json", body), nil
	})
	docs := sync.OnceValues(func() (server.Content, error) {
		d, err := document()
		if err != nil {
			return server.Content{}, err
		}
		return newDocs(d, o.Catalog, page, o.Asset)
	})
	serve := func(made func() (server.Content, error)) server.Handler {
		return func(c *gin.Context) error {
			content, err := made()
			if err != nil {
				return err
			}
			return content.Serve(c, "public, max-age=300")
		}
	}
	s.API().Handle(server.Route{Method: http.MethodGet, Pattern: "/openapi.json", Handler: serve(file)})
	s.Pages().Handle(server.Route{Method: http.MethodGet, Pattern: "/docs", Handler: serve(docs)})
	if o.Trusted {
		return nil
	}
	if _, err := file(); err != nil {
		return err
	}
	_, err := docs()
	return err
}
