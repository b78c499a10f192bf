package arch

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the list of licences anew")

// licences are told by a sentence that only they have, the narrower first.
var licences = []struct{ name, sentence string }{
	{"Apache-2.0", "Apache License"},
	{"MPL-2.0", "Mozilla Public License"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"BSD-3-Clause", "may be used to endorse or promote products"},
	{"BSD-2-Clause", "Redistribution and use in source and binary forms"},
	{"ISC", "Permission to use, copy, modify, and/or distribute this software"},
}

// permitted lists the licences that ask no more than to be named.
var permitted = []string{"Apache-2.0", "MIT", "BSD-3-Clause", "BSD-2-Clause", "ISC"}

const licenceList = root + "/cmd/naru/licences.txt"

// TestLicences keeps the list that `naru licences` prints in step with the
// modules that are linked into the program, and refuses one whose licence asks
// for more than to be named. -update writes the list.
func TestLicences(t *testing.T) {
	t.Parallel()
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/naru")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(strings.ReplaceAll(string(out), "\t", "|"))
	slices.Sort(modules)
	var b bytes.Buffer
	for _, module := range slices.Compact(modules) {
		part := strings.Split(module, "|")
		found := licenceOf(t, part[2])
		if !slices.Contains(permitted, found) {
			t.Errorf("%s is under %q", part[0], found)
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\n", part[0], part[1], found)
	}
	if *update {
		if err := os.WriteFile(licenceList, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(licenceList)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, b.Bytes()) {
		t.Errorf("cmd/naru/licences.txt is not of these modules; write it anew with: go test ./internal/arch -run Licences -update")
	}
}

var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|copying)(\.(txt|md))?$`)

// licenceOf reads the licence in a module's folder; "" for one not recognised.
func licenceOf(t *testing.T, dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !licenceName.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		flat := strings.Join(strings.Fields(string(text)), " ")
		for _, l := range licences {
			if strings.Contains(flat, l.sentence) {
				return l.name
			}
		}
	}
	return ""
}
