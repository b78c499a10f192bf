package api_test

import (
	"sync"
	"testing"

	"naru/internal/chart"
	"naru/internal/knowledge"
	"naru/internal/locale"
	"naru/internal/naru"
	"naru/templates"
)

// published is the shipped dataset.
func published(t testing.TB) *knowledge.Base {
	t.Helper()
	base, err := facts()
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// drawn are its pictures, made once: they do not change.
var drawn = sync.OnceValues(func() (*chart.Charts, error) {
	base, err := facts()
	if err != nil {
		return nil, err
	}
	catalog, err := texts()
	if err != nil {
		return nil, err
	}
	files, err := templates.FS("")
	if err != nil {
		return nil, err
	}
	return chart.New(chart.Options{Dataset: base, Catalog: catalog, Templates: files, Languages: naru.Languages, Direction: locale.Direction})
})

func pictures(t testing.TB) *chart.Charts {
	t.Helper()
	charts, err := drawn()
	if err != nil {
		t.Fatal(err)
	}
	return charts
}
