package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"weighbridge/bench/figures"
	"weighbridge/bench/golden"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports"
	"weighbridge/reports/render"
	"weighbridge/reports/reportstest"
	"weighbridge/reports/schema"
	"weighbridge/reports/summary"
)

func TestSchemasAreCurrent(t *testing.T) {
	t.Chdir(filepath.Join("..", "..")) // comments are named by the path of their package
	golden.Check(t, "reports/schema/record.schema.json", generated(t, reflect.TypeFor[record.Record](), "Weighbridge: record.json", record.Schema))
	golden.Check(t, "reports/schema/summary.schema.json", generated(t, reflect.TypeFor[summary.Summary](), "Weighbridge: report --format json", summary.Schema))
	golden.Check(t, "reports/schema/trend.schema.json", generated(t, reflect.TypeFor[render.Trend](), "Weighbridge: report --format json of several records", render.TrendSchema))
	golden.Check(t, "reports/schema/comparison.schema.json", generated(t, reflect.TypeFor[render.Comparison](), "Weighbridge: compare --format json", render.CompareSchema))
}

func compiled(t *testing.T, raw []byte) *jsonschema.Schema {
	t.Helper()
	read, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema.json", read); err != nil {
		t.Fatal(err)
	}
	out, err := compiler.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func validate(s *jsonschema.Schema, raw []byte) error {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return s.Validate(document)
}

// records are records of all kinds, with their judgements.
func records() map[string]*reports.Judged {
	regional := recordtest.Record(recordtest.Small())
	for i := range regional.Arms {
		recordtest.Regional(&regional.Arms[i])
		recordtest.Retry(&regional.Arms[i])
	}
	return map[string]*reports.Judged{
		"judged":      reportstest.Judged(reportstest.Regressed()),
		"uncertain":   reportstest.Judged(reportstest.Uncertain()),
		"full":        {Record: recordtest.Full(2, 2), RunVerdict: reportstest.Uncounted(), Claims: reportstest.SomeClaims()},
		"interrupted": {Record: recordtest.Interrupted(recordtest.Record(recordtest.Matrix()))},
		"streams":     {Record: recordtest.WithStreams()},
		"capacities":  {Record: recordtest.WithCapacities()},
		"split":       {Record: recordtest.SplitRecord()},
		"regional":    {Record: regional},
		"slim":        {Record: record.Slim(recordtest.Record(recordtest.Small()))},
	}
}

func TestWhatIsWrittenMeetsItsSchema(t *testing.T) {
	ofRecord, ofSummary, ofComparison := compiled(t, schema.Record()), compiled(t, schema.Summary()), compiled(t, schema.Comparison())
	for name, j := range records() {
		j.Record.Schema = record.Schema // which a run fills in
		path := filepath.Join(t.TempDir(), record.FileName)
		if err := record.Write(path, j.Record); err != nil {
			t.Fatal(err)
		}
		expectMeets(t, name+": the record", ofRecord, path)
		var out bytes.Buffer
		if err := reports.Write(&out, reports.Screen{}, "json", j); err != nil {
			t.Fatal(err)
		}
		if err := validate(ofSummary, out.Bytes()); err != nil {
			t.Errorf("%s: the summary: %v", name, err)
		}
		out.Reset()
		c := reports.Compared{Old: name, New: "itself", Base: j.Record, Head: j.Record}
		c.Deltas, c.Warnings = figures.BetweenRecords(figures.Run{Record: j.Record}, figures.Run{Record: j.Record})
		if err := reports.WriteCompare(&out, reports.Screen{}, "json", c); err != nil {
			t.Fatal(err)
		}
		if err := validate(ofComparison, out.Bytes()); err != nil {
			t.Errorf("%s: the comparison: %v", name, err)
		}
	}
	stored, err := filepath.Glob("../../bench/record/testdata/*/record.json")
	if err != nil || len(stored) == 0 {
		t.Fatalf("%d stored records, %v", len(stored), err)
	}
	for _, path := range stored {
		expectMeets(t, path, ofRecord, path)
	}
	for path, s := range map[string]*jsonschema.Schema{
		"../testdata/matrix.json": ofSummary, "../testdata/trend.json": compiled(t, schema.Trend()), "../testdata/compare.json": ofComparison,
	} {
		expectMeets(t, path, s, path)
	}
}

func expectMeets(t *testing.T, what string, s *jsonschema.Schema, path string) {
	t.Helper()
	if err := validate(s, stored(t, path)); err != nil {
		t.Errorf("%s: %v", what, err)
	}
}

// A key that is not known, one that is missing and a value of another type are refused, wherever they are.
func TestWhatIsWrongFailsItsSchema(t *testing.T) {
	var out bytes.Buffer
	if err := reports.Write(&out, reports.Screen{}, "json", records()["judged"]); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(recordtest.Full(2, 2))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		schema, raw []byte
		paths       string
	}{
		"record":     {schema.Record(), raw, " plan harness env scenario arms.0 arms.0.load arms.0.blocks.0 arms.0.blocks.0.open arms.0.totals"},
		"summary":    {schema.Summary(), out.Bytes(), " measured measured.plan arms.0 arms.0.response_ms rules.0 claims.0 comparisons.0"},
		"trend":      {schema.Trend(), stored(t, "../testdata/trend.json"), " runs.0 series.0 series.0.points.0 series.0.levels.0"},
		"comparison": {schema.Comparison(), stored(t, "../testdata/compare.json"), " deltas.0"},
	} {
		s := compiled(t, c.schema)
		for _, path := range strings.Split(c.paths, " ") {
			for mistake, change := range map[string]func(object map[string]any, key string){
				"an unknown key":   func(object map[string]any, _ string) { object["unknown"] = 1 },
				"a missing key":    func(object map[string]any, key string) { delete(object, key) },
				"another type":     func(object map[string]any, key string) { object[key] = []any{map[string]any{}} },
				"a key's spelling": func(object map[string]any, key string) { object[strings.ToUpper(key)] = object[key] },
			} {
				var document any
				if err := json.Unmarshal(c.raw, &document); err != nil {
					t.Fatal(err)
				}
				object := at(t, document, path)
				change(object, required(t, path, object))
				if err := s.Validate(document); err == nil {
					t.Errorf("%s: %s in %q meets the schema", name, mistake, path)
				}
			}
		}
	}
}

func stored(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// at is the object at a path of a document.
func at(t *testing.T, document any, path string) map[string]any {
	t.Helper()
	for _, step := range strings.Split(path, ".") {
		switch in := document.(type) {
		case map[string]any:
			if step != "" {
				document = in[step]
			}
		case []any:
			var i int
			fmt.Sscan(step, &i)
			document = in[i]
		}
	}
	object, ok := document.(map[string]any)
	if !ok {
		t.Fatalf("%q is no object", path)
	}
	return object
}

// required is a key that every object as that at a path has.
func required(t *testing.T, path string, object map[string]any) string {
	t.Helper()
	for _, key := range []string{"schema", "order", "gc_pauses", "go", "name", "arm", "batch_size", "block", "due", "attempts", "title", "p50", "id", "metric", "record", "value"} {
		if _, ok := object[key]; ok {
			return key
		}
	}
	t.Fatalf("no key of %q is known", path)
	return ""
}
