package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"weighbridge/bench/golden"
	"weighbridge/scenarios/tree"
)

func TestSchemaIsCurrent(t *testing.T) {
	t.Chdir("..") // docs are named by the path of their package
	golden.Check(t, "scenarios/scenario.schema.json", string(generatedSchema(t)))
}

// validator validates scenarios as an editor with a YAML language server does.
type validator struct{ schema *jsonschema.Schema }

func newValidator(t *testing.T) validator {
	t.Helper()
	read, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("scenario.schema.json", read); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("scenario.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return validator{compiled}
}

func (v validator) check(source string) error {
	var read any
	if err := yaml.Unmarshal([]byte(source), &read); err != nil {
		return fmt.Errorf("invalid YAML: %w", err)
	}
	text, err := json.Marshal(withTextKeys(read))
	if err != nil {
		return err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return v.schema.Validate(document)
}

// withTextKeys converts all keys in a value to strings, as JSON has them.
func withTextKeys(read any) any {
	switch read := read.(type) {
	case map[string]any:
		for key, value := range read {
			read[key] = withTextKeys(value)
		}
	case map[any]any:
		text := map[string]any{}
		for key, value := range read {
			text[fmt.Sprint(key)] = withTextKeys(value)
		}
		return text
	case []any:
		for i, value := range read {
			read[i] = withTextKeys(value)
		}
	}
	return read
}

func TestSchemaAcceptsTheCatalog(t *testing.T) {
	schema := newValidator(t)
	for _, file := range catalogFiles() {
		source, err := catalog.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.check(string(source)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		first, _, _ := strings.Cut(string(source), "\n")
		_, named, _ := strings.Cut(first, "yaml-language-server: $schema=")
		if read, err := os.ReadFile(path.Join(path.Dir(file), named)); err != nil || !bytes.Equal(read, Schema()) {
			t.Errorf("%s: the first line does not name the schema: %q (%v)", file, first, err)
		}
		s, err := Parse(file, source, Changes{})
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.check(string(s.Show())); err != nil {
			t.Errorf("%s, shown: %v", file, err)
		}
	}
}

func TestSchemaAcceptsEveryKey(t *testing.T) {
	source, err := os.ReadFile(everyKey)
	if err != nil {
		t.Fatal(err)
	}
	schema := newValidator(t)
	for _, right := range []string{
		strings.Replace(string(source), "2e3", "2000", 1), // which the reader here takes for text, as YAML 1.2 does not
		minimal, minimal + "load:\n  open:\n", minimal + "matrix:\n", minimal + "mock: {clock: {offset: -1.5s}, latency: {prompt: 0}}\n",
		withMatrix("a: {base: {}}"),
		withMatrix("a: {b: {target.headers.X-A: 5, target.body.thinking.budget_tokens: 5, target.body: {stop: [a]}, mock.faults.errors.503: 0.1, mock.latency.request.lognormal.p50: 5ms, load.open: {rate: 5}, prompts.length.uniform: {min: 1, max: 2}}}"),
	} {
		if err := schema.check(right); err != nil {
			t.Errorf("%s\n%v", right, err)
		}
	}
}

// TestSchemaRejectsWhatParseRejects tries invalid keys and values everywhere, in their section
// and in a level.
func TestSchemaRejectsWhatParseRejects(t *testing.T) {
	schema := newValidator(t)
	refused := func(source string) {
		t.Helper()
		if err := schema.check(source); err == nil {
			t.Errorf("the schema accepts:\n%s", source)
		}
		if _, err := Parse("test.yaml", []byte(source), Changes{}); err == nil || strings.Contains(err.Error(), "dialect: missing") {
			t.Errorf("Parse accepts:\n%s", source)
		}
	}
	tried := 0
	for path, field := range leafPaths(reflect.TypeFor[Scenario](), "") {
		for _, value := range wrongValues(field) {
			tried++
			refused(nested(path, value))
			if section, _, _ := strings.Cut(path, "."); section != path && section != "experiment" && section != "validity" && section != "objectives" {
				refused(withMatrix(fmt.Sprintf("a: {b: {%s: %s}}", path, value)))
			}
		}
	}
	for _, path := range append(tree.Paths(reflect.TypeFor[Scenario](), ""), "rules.0", "claims.0", "rules.0.no_regression") {
		if inner := tree.TypeAt(reflect.TypeFor[Scenario](), strings.Split(strings.ReplaceAll(path, ".0", ""), ".")); inner != nil && inner.Kind() == reflect.Struct {
			tried++
			refused(nested(path+".nope", "1"))
		}
	}
	for _, source := range []string{
		minimal + "nope: 1\n", minimal + "rules: [{nope: 1}]\n", minimal + "rules: [{no_regression: {metrics: [p42]}}]\n", minimal + "claims: [{claimed: much}]\n",
		minimal + "rules: {}\n", minimal + "mock: {faults: {errors: {5xx: 0.1}}}\n", minimal + "mock: {latency: {request: {gamma: {mean: 1ms}}}}\n",
		minimal + "mock: {latency: {request: {uniform: {min: 1ms, max: 2ms}, normal: {mean: 1ms}}}}\n", minimal + "mock: {latency: {request: {}}}\n",
		withMatrix("a: 5"), withMatrix("a: {}"), withMatrix("a: {b: }"), withMatrix("a b: {c: {client.timeout: 1s}}"), withMatrix("a: {b c: {client.timeout: 1s}}"),
		withMatrix("a: {b: {client.timeuot: 1s}}"), withMatrix("a: {b: {experiment.blocks: 5}}"), withMatrix("a: {b: {mock.faults.errors.5xx: 0.1}}"),
		"- a\n", "5\n",
	} {
		refused(source)
	}
	for _, source := range []string{"target: {dialect: article}\n", "name: x\n", "name: x\ntarget: {url: mock}\n", "name: No\ntarget: {dialect: article}\n"} {
		if err := schema.check(source); err == nil {
			t.Errorf("the schema accepts:\n%s", source)
		}
	}
	if tried < 150 {
		t.Errorf("only %d wrong keys and values", tried)
	}
}

// nested returns a scenario that is valid but for the value at a path; a step of 0 is a list.
func nested(path, value string) string {
	steps := strings.Split(path, ".")
	for i := len(steps) - 1; i > 0; i-- {
		if steps[i] == "0" {
			value = "[" + value + "]"
			continue
		}
		value = "{" + steps[i] + ": " + value + "}"
	}
	switch steps[0] {
	case "name":
		return "name: " + value + "\ntarget: {dialect: article}\n"
	case "target":
		if inner, ok := strings.CutPrefix(value, "{"); ok && steps[1] != "dialect" {
			value = "{dialect: article, " + inner
		}
		return "name: least\ntarget: " + value + "\n"
	}
	return minimal + steps[0] + ": " + value + "\n"
}

// wrongValues returns invalid values of a field.
func wrongValues(field reflect.StructField) []string {
	if field.Type == reflect.TypeFor[Matrix]() {
		return []string{"5", "[]"}
	}
	wrong := []string{"{nope: 1}", "[[]]"}
	c := tree.CheckOf(field)
	switch v := reflect.Zero(field.Type); {
	case len(c.Enum) > 0:
		wrong = append(wrong, "nope", "5")
	case v.Kind() == reflect.Bool:
		wrong = append(wrong, "5", "yep")
	case v.Type() == tree.DurationType:
		wrong = append(wrong, "5", "1 day", "fast", "true")
		if c.Min != "" && !strings.HasPrefix(c.Min, "-") { // the schema's pattern knows no other limit
			wrong = append(wrong, "-1s")
		}
	case v.CanInt() || v.CanUint() || v.CanFloat():
		wrong = append(wrong, "5s", "many", "true")
		switch {
		case strings.HasPrefix(c.Min, "-"):
			wrong = append(wrong, c.Min+"1")
		case c.Min != "" || v.CanUint():
			wrong = append(wrong, "-5")
		}
		if c.Max != "" {
			wrong = append(wrong, c.Max+"1")
		}
		if !v.CanFloat() {
			wrong = append(wrong, "1.5")
		}
	case v.Kind() == reflect.Struct: // one of several shapes
		wrong = append(wrong, "-1", "fast", "{uniform: 5}", "{exponential: {nope: 1}}")
	case v.Kind() == reflect.Map && v.Type().Elem().Kind() == reflect.Interface:
		wrong = []string{"5", "[1]"}
	case v.Kind() == reflect.Map:
		wrong = []string{"5", "[1]", "{a: {b: 1}}"}
	case v.Type().Name() == "Secret":
		wrong = append(wrong, "plain", "\"${env:}\"", "\"x${env:A}\"")
	}
	return wrong
}

// TestDocsSayRangesAndDefaults checks that the doc of each key has its limits, words and
// default.
func TestDocsSayRangesAndDefaults(t *testing.T) {
	var read map[string]any
	if err := json.Unmarshal(Schema(), &read); err != nil {
		t.Fatal(err)
	}
	arm := mustParse(t, minimal+"load: {open: {}, closed: {}, capacity: {}}\nmock: {limit: {requests: {}}}\n")
	for path, field := range leafPaths(reflect.TypeFor[Scenario](), "") {
		if strings.HasPrefix(path, "rules.") || strings.HasPrefix(path, "claims.") {
			continue
		}
		at := read
		for step := range strings.SplitSeq(path, ".") {
			if either, ok := at["anyOf"].([]any); ok { // a scalar for short, or the mapping
				at = either[1].(map[string]any)
			}
			at = at["properties"].(map[string]any)[step].(map[string]any)
		}
		doc := at["description"].(string)
		for _, part := range docParts(tree.CheckOf(field), field.Type) {
			if !strings.Contains(doc, part) {
				t.Errorf("%s: the doc does not say %q: %s", path, part, doc)
			}
		}
		value, err := valueAt(arm, path)
		if err != nil {
			t.Fatal(err)
		}
		if said := fmt.Sprint(at["default"]); at["default"] != nil && said != "0s" && !strings.Contains(doc, "default "+said) {
			t.Errorf("%s: the schema's default is %v, the doc says: %s (%v)", path, said, doc, value)
		}
		if !strings.Contains(doc, "default") && !strings.Contains(doc, "required") {
			t.Errorf("%s: the doc gives no default: %s", path, doc)
		}
	}
}

// docParts returns what the doc of a field must say about its check.
func docParts(c tree.Check, t reflect.Type) []string {
	if isStruct := t.Kind() == reflect.Struct; isStruct {
		_, c, _ = tree.ScalarField(reflect.Zero(t)) // of a constant, and of every shape
	}
	switch {
	case len(c.Enum) > 0:
		return c.Enum
	case c.Min != "" && c.Max != "":
		return []string{c.Min + "…" + c.Max}
	case c.Min != "":
		return []string{"at least " + c.Min}
	}
	return nil
}
