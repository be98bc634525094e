package scenarios

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/invopop/jsonschema"

	"weighbridge/bench/golden"
	"weighbridge/mockserver"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/tree"
	"weighbridge/scenarios/tree/reference"
	"weighbridge/target"
)

// describedLanguage describes the scenario language. The working directory must be the folder
// of the module.
func describedLanguage(t *testing.T) *reference.Language {
	t.Helper()
	docs, err := reference.Docs("weighbridge", "./scenarios", "./target", "./mockserver")
	if err != nil {
		t.Fatal(err)
	}
	defaults := Defaults()
	return &reference.Language{
		Defaults: defaults,
		Docs:     docs,
		Optional: func(of reflect.Type) reflect.Value {
			return defaults.decoder(tree.Positions{}, &tree.Problems{}).Fresh(of)
		},
		Own: map[reflect.Type]func([]reference.Place) *jsonschema.Schema{
			reflect.TypeFor[Matrix]():         matrixSchema,
			reflect.TypeFor[target.Command](): commandSchema,
		},
		Text: map[reflect.Type]string{reflect.TypeFor[target.Secret](): `^\$\{(env|file):[^}]+\}$`},
		Keys: map[reflect.Type]string{reflect.TypeFor[fault.Errors](): `[45][0-9][0-9]`},
		Words: map[reflect.Type]string{
			reflect.TypeFor[dist.Duration]():     "duration or [distribution](#distributions)",
			reflect.TypeFor[mockserver.Number](): "number or [distribution](#distributions)",
			reflect.TypeFor[fault.When]():        "the [keys of every fault](#faults)",
			reflect.TypeFor[target.Secret]():     "[reference](#values)",
			reflect.TypeFor[target.Text]():       "text or [reference](#values)",
			reflect.TypeFor[JudgedMetrics]():     "list of [metrics](#metrics)",
			reflect.TypeFor[target.Command]():    "text, or list of: text",
			reflect.TypeFor[Matrix]():            "[axes](#axes)",
		},
	}
}

// generatedSchema returns the schema as generated from the types.
func generatedSchema(t *testing.T) []byte {
	t.Helper()
	root, err := describedLanguage(t).Schema()
	if err != nil {
		t.Error(err)
	}
	root.Title = "A scenario of weighbridge"
	root.Properties.Value("name").Pattern = namePattern.String()
	root.Required = []string{"name", "target"}
	root.AllOf = []*jsonschema.Schema{{Properties: jsonschema.NewProperties()}}
	root.AllOf[0].Properties.Set("target", &jsonschema.Schema{Required: []string{"dialect"}})
	text, err := json.MarshalIndent(root, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// matrixSchema is the schema of axis → level → path. The value of each path has the schema of
// its field.
func matrixSchema(places []reference.Place) *jsonschema.Schema {
	level := &jsonschema.Schema{
		Type: "object", Properties: jsonschema.NewProperties(),
		PatternProperties: map[string]*jsonschema.Schema{}, AdditionalProperties: jsonschema.FalseSchema,
	}
	for _, at := range places {
		section, _, _ := strings.Cut(at.Path, ".")
		switch ref := (&jsonschema.Schema{Ref: at.Pointer}); {
		case !slices.Contains(armSections(), section) || at.Item:
		case at.Key != "":
			level.PatternProperties["^"+regexp.QuoteMeta(at.Path)+at.Key+"$"] = ref
		default:
			level.Properties.Set(at.Path, ref)
		}
	}
	axis := &jsonschema.Schema{Type: "object", MinProperties: new(uint64(1)), AdditionalProperties: jsonschema.FalseSchema}
	axis.PatternProperties = map[string]*jsonschema.Schema{label.String(): level}
	s := reference.Optional("object")
	s.PatternProperties = map[string]*jsonschema.Schema{label.String(): axis}
	s.AdditionalProperties = jsonschema.FalseSchema
	return s
}

func TestReadmeIsCurrent(t *testing.T) {
	t.Chdir("..") // docs are named by the path of their package
	golden.Check(t, "scenarios/README.md", generatedReadme(t))
}

// generatedReadme returns the manual of the language: the text of its template, and tables
// generated from the types.
func generatedReadme(t *testing.T) string {
	t.Helper()
	l := describedLanguage(t)
	rows := func(found []reference.Row, err error) string {
		if err != nil {
			t.Error(err)
		}
		return reference.Markdown(found)
	}
	page := template.New("README.md.tmpl").Funcs(template.FuncMap{
		"keys":     func(path string) string { return tableHead + rows(l.Rows(path)) },
		"rows":     func(path string) string { return rows(l.Rows(path)) },
		"maxArms":  func() int { return maxArms },
		"sections": func() string { return strings.Join(armSections(), ", ") },
		"metrics":  metricRows,
		"providers": func() (sources []string) {
			files, _ := filepath.Glob("scenarios/providers/*.yaml")
			for _, file := range files {
				source, err := os.ReadFile(file)
				if err != nil {
					t.Error(err)
				}
				sources = append(sources, string(source))
			}
			return sources
		},
		"keysOf": func(shared string) string {
			return tableHead + rows(l.RowsOf(map[string]any{"distribution": dist.Number{}, "when": fault.When{}}[shared]))
		},
	})
	page, err := page.ParseFiles("scenarios/testdata/README.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := page.Execute(&b, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const tableHead = "| key | type and range | default | meaning |\n|---|---|---|---|\n"

// metricRows returns the table of metrics as rows of Markdown.
func metricRows() string {
	better := map[metric.Direction]string{metric.Lower: "lower", metric.Higher: "higher", metric.Neither: "–"}
	var b strings.Builder
	for _, m := range metric.All() {
		expression, judged, margin := "–", "–", "–"
		if m.Expression {
			expression = "`" + m.Expr() + "`"
		}
		if m.Judged() {
			judged, margin = "`"+m.Name+"`", fmt.Sprint(m.Margin)
		}
		if m.Default {
			judged = "**" + judged + "**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", expression, judged, m.Unit, better[m.Better], margin, m.Meaning)
	}
	return b.String()
}

// TestReadmeHasEveryKey checks that every key has a row, except the keys that all faults share.
func TestReadmeHasEveryKey(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	shared := tree.Keys(reflect.TypeFor[fault.When]())
	for path, field := range leafPaths(language(), "") {
		if strings.HasPrefix(path, "mock.faults.") && slices.Contains(shared, path[strings.LastIndexByte(path, '.')+1:]) {
			continue
		}
		if !strings.Contains(string(page), "| `"+path+"` |") {
			t.Errorf("%s has no row (%s)", path, field.Type)
		}
	}
	for _, m := range metric.All() {
		if !strings.Contains(string(page), m.Meaning) {
			t.Errorf("the metric %s has no row", m.Name)
		}
	}
}

// otherHost matches the beginning of a URL that is not on loopback.
var otherHost = regexp.MustCompile(`https://[a-z0-9.-]+`)

// TestReadmeExamplesAreValid parses the scenarios in the manual; parts of one are
// completed with the required keys.
func TestReadmeExamplesAreValid(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 2 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, block := range blocks {
		source := otherHost.ReplaceAllString(block[1], "http://127.0.0.1:1")
		if !strings.Contains(source, "name: ") {
			source = minimal + source
		}
		if _, err := Parse("README.md", []byte(source), Changes{}); err != nil {
			t.Errorf("%v\n%s", err, source)
		}
	}
}

// commandSchema is a list of texts, or a text.
func commandSchema([]reference.Place) *jsonschema.Schema {
	text := func() *jsonschema.Schema {
		return &jsonschema.Schema{Extras: map[string]any{"type": []string{"string", "number", "boolean"}}}
	}
	list := reference.Optional("array")
	list.Items = text()
	return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{text(), list}}
}
