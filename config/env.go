package config

import (
	"errors"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// configVariable names the YAML file itself, and fileSuffix the variable that
// holds a path instead of a value.
const (
	configVariable = variablePrefix + "CONFIG"
	fileSuffix     = "_FILE"
)

// environment is the NARU_* part of the process's environment.
type environment struct {
	values   map[string]string
	readFile func(string) ([]byte, error)
	problems Problems
}

func newEnvironment(environ []string, readFile func(string) ([]byte, error)) *environment {
	e := &environment{values: map[string]string{}, readFile: readFile}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, variablePrefix) && !serviceLink(name, value) {
			e.values[name] = value
		}
	}
	return e
}

// serviceLinkName matches the variables that Kubernetes sets for a service
// called naru or naru-something.
var serviceLinkName = regexp.MustCompile(`^NARU(_[A-Z0-9]+)*?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

func serviceLink(name, value string) bool {
	return serviceLinkName.MatchString(name) && (!strings.HasSuffix(name, "_PORT") || strings.Contains(value, "://") || strings.Contains(name, "_SERVICE_") || strings.Contains(name, "_TCP_") || strings.Contains(name, "_UDP_") || strings.Contains(name, "_SCTP_"))
}

func (e *environment) add(variable, path, code, text string) {
	e.problems = append(e.problems, Problem{Variable: variable, Key: path, Code: code, Text: text})
}

// lookup returns the value of a variable, from itself or from the file named
// by its _FILE twin, and where it was found; "" for nowhere.
func (e *environment) lookup(variable, path string) (value, origin string) {
	value, direct := e.values[variable]
	file, indirect := e.values[variable+fileSuffix]
	switch {
	case direct && indirect:
		e.add(variable, path, "set_twice", "is set, and so is "+variable+fileSuffix+"; set one of them")
		return "", ""
	case direct:
		return value, variable
	case !indirect:
		return "", ""
	case file == "":
		e.add(variable+fileSuffix, path, "no_value", "names no file; unset it or give a path")
		return "", ""
	}
	content, err := e.readFile(file)
	if err != nil {
		e.add(variable+fileSuffix, path, "unreadable", "cannot read "+file+": "+reason(err))
		return "", ""
	}
	return trimNewline(string(content)), variable + fileSuffix + " (" + file + ")"
}

// trimNewline removes the one line end that editors and shells add.
func trimNewline(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r") }

// reason is what a file error says, without the path and the operation.
func reason(err error) string {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return pathError.Err.Error()
	}
	return err.Error()
}

// apply sets every key that the environment gives and records its origin.
func (e *environment) apply(c *Config) {
	for _, k := range keys(c) {
		value, origin := e.lookup(k.variable, k.path)
		if origin == "" {
			continue
		}
		variable, _, _ := strings.Cut(origin, " ")
		if err := setText(k.value, value); err != nil {
			e.add(variable, k.path, "wrong_type", err.Error())
			continue
		}
		c.origins[k.path] = origin
	}
}

// unknown reports NARU_* variables that nothing reads.
func (e *environment) unknown(c *Config) {
	known := []string{configVariable, configVariable + fileSuffix}
	var plain []string
	for _, k := range keys(c) {
		known = append(known, k.variable, k.variable+fileSuffix)
		plain = append(plain, k.variable)
	}
	for name := range e.values {
		if slices.Contains(known, name) {
			continue
		}
		candidates := append([]string{configVariable}, plain...)
		if strings.HasSuffix(name, fileSuffix) {
			candidates = known
		}
		e.add(name, "", "unknown_variable", "is not a known variable"+didYouMean(name, candidates))
	}
}
