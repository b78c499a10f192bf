package config

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Options says where settings are looked for.
type Options struct {
	// Environ is the environment, as of os.Environ; nil: none.
	Environ []string
	// File is a YAML file that goes before NARU_CONFIG; empty: NARU_CONFIG.
	File string
}

// Load reads, merges and checks all settings. Its error is a Problems value
// that holds everything wrong at once.
func Load(o Options) (*Config, error) {
	c, problems := load(o)
	if err := problems.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// load returns what could be read, beside everything wrong.
func load(o Options) (*Config, Problems) {
	c := Default()
	c.origins = map[string]string{}
	env := newEnvironment(o.Environ, os.ReadFile)

	file, origin := o.File, ""
	if file == "" {
		file, origin = env.lookup(configVariable, "")
	}
	doc := &document{}
	switch {
	case file == "":
	case strings.ContainsAny(file, "\n\r"):
		env.add(configVariable+fileSuffix, "", "bad_value",
			"must name a file that holds the path of the settings in one line; to name the settings themselves, use "+configVariable)
	default:
		doc = readSettings(c, file, origin, env)
	}
	env.apply(c)
	env.unknown(c)

	problems := append(doc.problems, env.problems...)
	return c, append(problems, c.check(doc, problems)...)
}

// readSettings reads the YAML file over c and records the origin of each key.
func readSettings(c *Config, file, origin string, env *environment) *document {
	src, err := os.ReadFile(file)
	if err != nil {
		if origin == "" {
			return &document{problems: Problems{{File: file, Code: "unreadable", Text: "cannot be read: " + reason(err)}}}
		}
		variable, _, _ := strings.Cut(origin, " ")
		env.add(variable, "", "unreadable", "cannot read "+file+": "+reason(err))
		return &document{}
	}
	doc := readYAML(file, src, c)
	for _, k := range keys(c) {
		if line, ok := doc.lines[k.path]; ok {
			c.origins[k.path] = filepath.Base(file) + ":" + strconv.Itoa(line)
		}
	}
	return doc
}
