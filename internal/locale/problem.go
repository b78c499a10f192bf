package locale

import (
	"maps"
	"strings"

	"naru/internal/naru"
)

// Problem writes an error for people: its title and its sentence, from
// "problem.<code>.title" and "problem.<code>.detail" with the error's
// arguments. Of a code nobody wrote a text for, the internal error's is used,
// so that nothing of the error itself is shown.
func (c *Catalog) Problem(lang string, e *naru.Error) (title, detail string) {
	prefix := "problem." + e.Code
	if !c.Has(prefix + ".title") {
		prefix = "problem.internal"
	}
	return c.Text(lang, prefix+".title", e.Args), c.Text(lang, prefix+".detail", e.Args)
}

// Field writes what is wrong with one field, from "field.<code>". The
// placeholder {{.Field}} is the field's name as a person knows it.
func (c *Catalog) Field(lang string, e naru.FieldError) string {
	args := make(map[string]any, len(e.Args)+1)
	maps.Copy(args, e.Args)
	if _, given := args["Field"]; !given {
		args["Field"] = c.FieldName(lang, e.Pointer)
	}
	return c.Text(lang, "field."+e.Code, args)
}

// FieldName returns the name of the field that a JSON pointer leads to, from
// "field_name.<name>": of /consents/0/version, that of "consents". A field
// without a name there is called as in the JSON.
func (c *Catalog) FieldName(lang, pointer string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	if key := "field_name." + name; c.Has(key) {
		return c.Text(lang, key, nil)
	}
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
}
