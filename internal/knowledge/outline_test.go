package knowledge

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
)

// TestOutlineAgreesWithYAML reads every file of names and every lexicon in
// both ways.
func TestOutlineAgreesWithYAML(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"names", "lexicon"} {
		for _, lang := range Languages {
			file := filepath.Join("../../config/knowledge", folder, lang+".yaml")
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sections, ok := Outline(data)
			if !ok {
				t.Errorf("%s is not written plainly: it is read slowly", file)
				continue
			}
			var want map[string]any
			if err := yaml.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			if len(want) != len(sections) {
				t.Errorf("%s: %d sections, wanted %d", file, len(sections), len(want))
			}
			for _, s := range sections {
				m, isMap := want[s.Key].(map[string]any)
				if !isMap {
					if v, _ := want[s.Key].(string); v != s.Value {
						t.Errorf("%s: %s is %q, wanted %q", file, s.Key, s.Value, v)
					}
					continue
				}
				got := map[string]any{}
				for _, e := range s.Entries {
					got[e.Key] = e.Value
				}
				if !maps.Equal(got, m) {
					for k, v := range m {
						if got[k] != v {
							t.Errorf("%s: %s is %q, wanted %q", file, k, got[k], v)
						}
					}
				}
			}
		}
	}
}

func TestOutlineLeavesTheRestToYAML(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "a: [b]", "a: b\na: c", "a:\n  b: c\n  b: d", "a: 'b'", "a: \"b\\n\"", "a: |\n  b", "- a", "a: b # c", "a:\n    b: c", "a:\n  b: c: d",
		"a: >-\n  b\n\n  c\nd: e", "a: >-\n  b\n    c", "a: b\n  c: d", "a: null", "a:\n  b: &x c", "a b: c", "a: b\n\tc",
	} {
		if _, ok := Outline([]byte(text)); ok {
			t.Errorf("%q was read", text)
		}
	}
}
