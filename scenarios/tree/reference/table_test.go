package reference

import (
	"reflect"
	"testing"
	"time"

	"weighbridge/scenarios/tree"
)

// garden is a small language. Its docs are given by the test.
type garden struct {
	Name  string        `yaml:"name"`
	Water time.Duration `yaml:"water" check:"min=1s,max=1h"`
	Kinds []string      `yaml:"kinds" check:"enum=rose|fern"`
	Pond  *pond         `yaml:"pond"`
}

type pond struct {
	Fish uint `yaml:"fish"`
}

func described() *Language {
	path := reflect.TypeFor[garden]().PkgPath()
	return &Language{
		Defaults: garden{},
		Optional: func(t reflect.Type) reflect.Value { return reflect.New(t) },
		Docs: map[string]string{
			path + ".garden.Name":  "Name identifies the garden; required.",
			path + ".garden.Water": "Water is how long it is watered, 1s…1h; default 10m, in the\nmorning. It is off in winter.",
			path + ".garden.Kinds": "Kinds are rose or fern; default none.",
			path + ".garden.Pond":  "Pond is a pond.",
			path + ".pond.Fish":    "Fish is the number of fish, at least 0; default 0.",
		},
	}
}

func TestRows(t *testing.T) {
	want := []Row{
		{"name", "text", "required", "Identifies the garden."},
		{"water", "duration, 1s…1h", "10m, in the morning", "How long it is watered. It is off in winter."},
		{"kinds", "list of: `rose`, `fern`", "none", "rose or fern."},
		{"pond", "section", "none", "A pond."},
		{"pond.fish", "whole number, at least 0", "0", "The number of fish."},
	}
	var got []Row
	for _, path := range []string{"name", "water", "kinds", "pond"} {
		rows, err := described().Rows(path)
		if err != nil {
			t.Error(err)
		}
		got = append(got, rows...)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if _, err := described().Rows("shed"); err == nil {
		t.Error("a path that is no key is accepted")
	}
}

// A field without a doc is an error, of tables and of the schema.
func TestFieldsNeedDocs(t *testing.T) {
	l := described()
	delete(l.Docs, reflect.TypeFor[pond]().PkgPath()+".pond.Fish")
	if _, err := l.Rows("pond"); err == nil || err.Error() != "pond.Fish has no doc" {
		t.Errorf("rows: %v", err)
	}
	if _, err := l.Schema(); err == nil || err.Error() != "pond.Fish has no doc" {
		t.Errorf("schema: %v", err)
	}
}

func TestMarkdownEscapesBars(t *testing.T) {
	if got, want := Markdown([]Row{{"a", "b|c", "", "d"}}), "| `a` | b\\|c |  | d |\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLimitsInWords(t *testing.T) {
	for want, c := range map[string]tree.Check{"": {}, ", 1…2": {Min: "1", Max: "2"}, ", at least 1": {Min: "1"}, ", at most 2": {Max: "2"}} {
		if got := bounds(c); got != want {
			t.Errorf("%+v: got %q, want %q", c, got, want)
		}
	}
}
