package scenarios

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"weighbridge/bench/golden"
	"weighbridge/scenarios/tree"
)

// tester is what tests and property tests have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// showsAgain checks that parsing what Show returns gives the same arms and rules, and that Show
// of that is the same text.
func showsAgain(t tester, file string, s *Scenario) {
	t.Helper()
	text := s.Show()
	again, err := Parse(file, text, Changes{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if second := again.Show(); string(second) != string(text) {
		t.Fatalf("shown again it differs:\n%s\n%s", text, second)
	}
	for i, arm := range s.Arms() {
		if got := again.Arms()[i]; !alike(got, arm) {
			t.Fatalf("%s: got %+v, want %+v\n%s", arm.Name, got, arm, text)
		}
	}
	if again.Name != s.Name || again.Title != s.Title || again.About != s.About || again.Experiment != s.Experiment || again.Validity != s.Validity ||
		!cmp.Equal(again.Rules, s.Rules, cmpopts.EquateEmpty()) || !cmp.Equal(again.Claims, s.Claims, cmpopts.EquateEmpty()) {
		t.Fatalf("a different scenario:\n%s", text)
	}
}

func alike(a, b Arm) bool {
	return fmt.Sprint(a.Name, a.Levels) == fmt.Sprint(b.Name, b.Levels) && flowOf(a) == flowOf(b)
}

// flowOf returns an arm's values as text, in which null and empty are the same.
func flowOf(arm Arm) string {
	var b strings.Builder
	arm.values(func(path string, n *tree.Node) { fmt.Fprintln(&b, path, n.Flow()) })
	return b.String()
}

func TestShowParsesToTheSameScenario(t *testing.T) {
	for _, source := range []string{
		minimal, minimal + "load: {closed: {}}\n", minimal + "load: {open: , closed: }\n",
		minimal + "prompts: {file: sub/p.txt}\nmatrix: {a: {b: {prompts: {file: x.txt}}, c: {prompts.file: y z.txt}}}\n",
		minimal + "mock: {limit: {requests: {rate: 5}}}\n",
		minimal + "load: {open: {shape: {steps: [1, 2.5, 0]}, arrivals: gamma, burstiness: 4}}\n", minimal + "load: {open: {trace: sub/t.csv}}\n",
		withMatrix("a: {flat: {load.open.rate: 5}, ramp: {load.open.shape: {ramp: {to: 9}}}, steps: {load.open.shape.steps: [1, 7]}, trace: {load.open.trace: t.csv}}"),
		withMatrix("a: {sine: {load.open.shape.sine.amplitude: 0.5}, ramp: {load.open.shape.ramp.from: 100}}"),
		// defaults that depend on keys in which the arms differ
		withMatrix("a: {x: {prompts.max_tokens: 5}, y: {prompts.max_tokens: 6}}"),
		withMatrix("a: {x: {target.dialect: http, target.url: \"http://127.0.0.1:1\"}, y: {client.timeout: 1s}}"),
		withMatrix("a: {x: {load.open.rate: 5}, y: {load.open: {rate: 7}}, z: {load.open: }}"),
		withMatrix("a: {x: {load.open.rate: 5}, y: {load.closed.in_flight: 7}}"),
		withMatrix("a: {x: {mock.limit.requests.rate: 5}, y: {mock.limit.requests: {rate: 0.5}}}"),
		withMatrix("a: {x: {mock.latency.request.uniform: {min: 1ms, max: 2ms}}, y: {mock.latency.request: {lognormal: {p50: 1ms, p99: 2ms}}}, z: {mock.latency.request: 5ms}}"),
		withMatrix("a: {x: {target.headers.X-A: \"5\"}, y: {target.headers: {X-B: null-ish, \"X-C\": 'it''s \"so\"'}}}"),
		withMatrix("\"1.0\": {\"-5\": {mock.clock.offset: -5s}, \"...\": {mock.clock.offset: 5s}, \"null\": {mock.clock.drift: 1e-3}}"),
		minimal + "rules: [{name: a, assert: \"p50_ms < 5\"}, {name: b, no_regression: {metrics: [p50]}}]\nclaims: [{id: C1, says: x, measure: tps, claimed: 1.5}]\n",
		minimal + "about: |\n  # one\n  two: three\ntitle: \"a\\nb\"\n", minimal + "about: |-\n  one\n  two\n", minimal + "about: \"one\\n\\n two\\t\\x07\\u2028 \\n\"\n",
		minimal + "experiment: {seed: 18446744073709551615}\nprompts: {zipf: 1e-7, distinct: 1e6}\n",
	} {
		s := mustParse(t, source)
		showsAgain(t, "test.yaml", s)
	}
	all, err := Catalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		showsAgain(t, "test.yaml", s)
	}
}

// TestShowOfAnyScenario sets random fields, in the scenario and by levels.
func TestShowOfAnyScenario(t *testing.T) {
	leaves := leafPaths(reflect.TypeFor[Arm](), "")
	known := slices.Sorted(maps.Keys(leaves))
	rapid.Check(t, func(t *rapid.T) {
		source := minimal + "title: " + strconv.Quote(rapid.String().Draw(t, "title")) + "\nabout: " + strconv.Quote(rapid.StringMatching(`([ -~]*\n)*[ -~]*`).Draw(t, "about")) + "\n"
		var changes Changes
		s, err := Parse("test.yaml", []byte(source), changes)
		if err != nil {
			t.Fatalf("%v\n%s", err, source)
		}
		for range rapid.IntRange(0, 4).Draw(t, "fields") {
			path := rapid.SampledFrom(known).Draw(t, "path")
			text, _ := drawValue(t, leaves[path])
			with := changes
			if rapid.Bool().Draw(t, "axis") {
				other, _ := drawValue(t, leaves[path])
				with.Axes = append(slices.Clone(with.Axes), fmt.Sprintf("a%d=%s:%s,%s", len(with.Axes), path, text, other))
			} else {
				with.Set = append(slices.Clone(with.Set), path+"="+text)
			}
			// Not every combination of values is valid.
			if more, err := Parse("test.yaml", []byte(source), with); err == nil {
				s, changes = more, with
			}
		}
		showsAgain(t, "test.yaml", s)
	})
}

// TestShow checks the layout.
func TestShow(t *testing.T) {
	file, source, err := Find("matrix")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(file, source, Changes{
		Set:  []string{"target.auth.key=${env:KEY}", "target.headers={X-A: \"5\", X-B: '{\"b\": 1}'}"},
		Axes: []string{"output=mock.tokens.output:5,{uniform: {min: 1, max: 9}}"},
	})
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/show.golden", string(s.Show()))
}
