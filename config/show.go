package config

import (
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
)

// masked stands where a secret would.
const masked = "xxxxx"

// Origin tells where the value of a key ("http.addr") comes from: "default",
// "file.yaml:12", a variable, or a variable and the file it names.
func (c *Config) Origin(path string) string {
	if o := c.origins[path]; o != "" {
		return o
	}
	return "default"
}

// Show writes all settings as YAML, each with its origin as a comment, secrets
// masked. Without the masks it could be used as a configuration file.
func (c *Config) Show() string {
	var b strings.Builder
	var section []string
	for _, k := range keys(c) {
		parts := strings.Split(k.path, ".")
		depth := len(parts) - 1
		for i := range depth {
			if i < len(section) && section[i] == parts[i] {
				continue
			}
			section = append(section[:i:i], parts[i])
			fmt.Fprintf(&b, "%s%s:\n", strings.Repeat("  ", i), parts[i])
		}
		section = section[:depth:depth]
		fmt.Fprintf(&b, "%s%s: %s # %s\n", strings.Repeat("  ", depth), parts[depth], k.shown(), c.Origin(k.path))
	}
	return b.String()
}

// shown is the value as one line of YAML, masked.
func (k key) shown() string {
	switch v := k.value.Interface().(type) {
	case string:
		switch k.secret {
		case "url":
			v = maskURL(v)
		case "whole":
			if v != "" && v != NoKeys {
				v = masked
			}
		case "urls":
			parts := strings.Split(v, ",")
			for i, part := range parts {
				parts[i] = maskURL(strings.TrimSpace(part))
			}
			v = strings.Join(parts, ",")
		}
		return scalar(v)
	case []string:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = scalar(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	default:
		return k.text()
	}
}

// scalar writes a text so that YAML reads it back as that text, also within a
// list in brackets.
func scalar(text string) string {
	if strings.ContainsAny(text, "\n\r\t,[]{}#") {
		return fmt.Sprintf("%q", text)
	}
	b, err := yaml.Marshal(text)
	if err != nil {
		return fmt.Sprintf("%q", text)
	}
	return strings.TrimSpace(string(b))
}

// maskURL hides the password of a URL, a user name that stands alone (a
// token), and query values that sound like a secret. What cannot be read as a
// URL is hidden as a whole, for whatever is wrong with it may be next to a
// password.
func maskURL(raw string) string {
	if raw == "" || !strings.Contains(raw, "://") && !strings.ContainsAny(raw, "@?=") {
		return raw // a file path
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" {
		return masked
	}
	if u.User != nil {
		if _, ok := u.User.Password(); ok {
			u.User = url.UserPassword(u.User.Username(), masked)
		} else {
			u.User = url.User(masked)
		}
	}
	query := u.Query()
	for name := range query {
		for _, word := range []string{"pass", "key", "token", "secret", "user"} {
			if strings.Contains(strings.ToLower(name), word) {
				query.Set(name, masked)
			}
		}
	}
	if len(query) > 0 {
		u.RawQuery = query.Encode()
	}
	return u.String()
}

// String keeps a Config that is printed by mistake from showing secrets; so
// do GoString and LogValue.
func (c Config) String() string { return "config.Config" }

// GoString is String.
func (c Config) GoString() string { return c.String() }

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Difference names the keys whose values differ between two configurations.
func (c *Config) Difference(other *Config) []string {
	var paths []string
	theirs := keys(other)
	for i, k := range keys(c) {
		if !reflect.DeepEqual(k.value.Interface(), theirs[i].value.Interface()) {
			paths = append(paths, k.path)
		}
	}
	return paths
}
