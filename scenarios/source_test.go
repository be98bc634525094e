package scenarios

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"weighbridge/bench/bounds"
	"weighbridge/scenarios/tree"
)

func TestCatalog(t *testing.T) {
	all, err := Catalog()
	if err != nil {
		t.Fatal(err)
	}
	arms := map[string]int{}
	var order []string
	for _, s := range all {
		arms[s.Name] = len(s.Arms())
		order = append(order, s.Name)
		if s.Title == "" || s.About == "" {
			t.Errorf("%s: no title or no about", s.Name)
		}
		if warnings := s.Warnings(); len(warnings) != 0 {
			t.Errorf("%s: %q", s.Name, warnings)
		}
		if file, source, err := Find(s.Name); err != nil || len(source) == 0 || !strings.HasSuffix(file, s.Name+".yaml") {
			t.Errorf("Find(%s): %s, %d bytes, %v", s.Name, file, len(source), err)
		}
	}
	if !slices.IsSorted(order) {
		t.Errorf("not sorted: %v", order)
	}
	for name, want := range map[string]int{"matrix": 8, "single-vs-batch": 4, "http1-vs-http2": 6, "batch-sweep": 20, "billing-drift": 9, "oauth-vs-jwt": 20, "clock-skew": 36, "token-refresh": 12, "time-zones": 9, "error-budget": 8, "replay-window": 3, "retry-policies": 7, "long-prompts": 21, "soak": 1, "regions": 4, "failover": 9, "session-state": 4} {
		if arms[name] != want {
			t.Errorf("%s: %d arms, want %d", name, arms[name], want)
		}
	}
}

// TestCatalogIsSmall checks that two cores can run each scenario of the catalog: slices of less
// than two and a half minutes in all, and less than 1000 prompts/s.
func TestCatalogIsSmall(t *testing.T) {
	all, err := Catalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		var rate float64
		var open, closed time.Duration
		for _, arm := range s.Arms() {
			if o := arm.Load.Open; o != nil && s.Experiment.Order == "sequential" {
				rate = max(rate, o.Rate)
				open += o.Duration
			} else if o != nil {
				rate += o.Rate
				open = max(open, o.Duration)
			}
			if arm.Load.Closed != nil {
				closed += arm.Load.Closed.Ramp + arm.Load.Closed.Duration
			}
		}
		if total := time.Duration(s.Experiment.Blocks) * (open + closed); total > 150*time.Second || rate > 1000 {
			t.Errorf("%s: slices of %v in all, %v prompts/s", s.Name, total, rate)
		}
	}
}

func TestFind(t *testing.T) {
	folder := t.TempDir()
	file := filepath.Join(folder, "mine.yaml")
	if err := os.WriteFile(file, []byte(minimal), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, source, err := Find(file); err != nil || got != file || string(source) != minimal {
		t.Errorf("got %s, %q, %v", got, source, err)
	}
	t.Chdir(folder)
	if err := os.WriteFile("mine.json", []byte(minimal), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, source, err := Find("mine.json"); err != nil || got != "mine.json" || string(source) != minimal {
		t.Errorf("got %s, %q, %v", got, source, err)
	}
	for _, row := range []struct{ ref, want string }{
		{".", "read the scenario: .: expected a regular file, found a folder"},
		{"../presets/article-2023", "../presets/article-2023: no such file"},
		{"matrx", `unknown scenario "matrx": did you mean matrix?`},
		{"something-else", `unknown scenario "something-else" (weighbridge list`},
		{"", `unknown scenario ""`},
		{"missing.yaml", "missing.yaml: no such file"},
		{"missing/matrix", "missing/matrix: no such file"},
		{folder, "read the scenario"},
	} {
		_, _, err := Find(row.ref)
		if err == nil || !strings.Contains(err.Error(), row.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: got %v, want %s", row.ref, err, row.want)
		}
	}
}

func TestFilesAreRelativeToTheScenario(t *testing.T) {
	source := []byte(minimal + "prompts: {file: base.txt}\nmatrix: {a: {same: {client.timeout: 1s}, other: {prompts.file: sub/other.txt}, whole: {prompts: {file: /abs.txt}}}}\n")
	s, err := Parse("folder/mine.yaml", source, Changes{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, arm := range s.Arms() {
		got = append(got, filepath.ToSlash(arm.Prompts.File))
	}
	if want := []string{"folder/base.txt", "folder/sub/other.txt", "/abs.txt"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	s, err = Parse("folder/mine.yaml", []byte(minimal+"load: {open: {trace: base.csv}}\nmatrix: {a: {same: {client.timeout: 1s}, other: {load.open: {trace: sub/other.csv}}}}\n"), Changes{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"folder/base.csv", "folder/sub/other.csv"} {
		if got := filepath.ToSlash(s.Arms()[i].Load.Open.Trace); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	s, err = Parse("folder/mine.yaml", []byte(minimal), Changes{Set: []string{"prompts.file=here.txt"}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Prompts.File != "here.txt" {
		t.Errorf("--set: got %s, want here.txt", s.Prompts.File)
	}
}

func TestSets(t *testing.T) {
	s := mustParse(t, withMatrix("a: {b: {target.batch.size: 2}, c: {target.batch.size: 3}}"),
		"client.timeout=5s", "load.closed.in_flight=4", "experiment.blocks=7", "mock.faults={reset: 0.5}", "target.headers.X-A=b=c", "target.auth.key=${env:K}")
	for _, arm := range s.Arms() {
		if arm.Client.Timeout != 5*time.Second || arm.Load.Closed == nil || arm.Load.Closed.InFlight != 4 || arm.Load.Open != nil ||
			arm.Mock.Faults.Reset.Share != 0.5 || arm.Target.Auth.Key != "${env:K}" {
			t.Errorf("%s: %+v", arm.Name, arm)
		}
	}
	if s.Experiment.Blocks != 7 || s.Experiment.MaxBlocks != 7 {
		t.Errorf("blocks %d, at most %d", s.Experiment.Blocks, s.Experiment.MaxBlocks)
	}
}

func FuzzParse(f *testing.F) {
	for _, wrong := range mistakes() {
		f.Add(wrong.source, strings.Join(wrong.changes.Set, ""), strings.Join(wrong.changes.Axes, ""))
	}
	for _, open := range []string{"shape: {steps: [1, 2.5]}", "shape: {ramp: {to: 3}}, arrivals: gamma", "shape: {sine: {amplitude: 1, period: 5s}}", "trace: a.csv, rate: 5"} {
		f.Add(minimal+"load: {open: {"+open+"}}\n", "load.open.burstiness=3", "a=load.open.shape:flat,{steps: [7]}")
	}
	for _, file := range append(catalogFiles(), everyKey) {
		source, err := catalog.ReadFile(file)
		if err != nil {
			source, err = os.ReadFile(file)
		}
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(source), "client.timeout=1s", "axis=client.timeout:1s,{b: c},\"d,e\"")
	}
	f.Fuzz(func(t *testing.T, source, set, axis string) {
		defer bounds.Check(t)()
		expectArmsOrMistakes(t, source, set, axis)
	})
}

// FuzzSet changes scenarios that are right, so that nearly every input reaches --set and --axis.
func FuzzSet(f *testing.F) {
	whole, err := os.ReadFile(everyKey)
	if err != nil {
		f.Fatal(err)
	}
	for _, set := range []string{
		"client.timeout=1s", "target.batch.size=1e9", "mock.faults={reset: 0.5}", "target.headers.X-A=b=c", "load.open.shape={steps: [1, 2.5]}", "load.open.rate=1e300",
		"prompts.length={lognormal: {p50: 4, p99: 9}}", "rules=[{name: a, assert: tps > 1}]", "matrix.a.b={client.timeout: 1s}", "target.http.path=//host/", "a.b.c.d=&x [*x]", "client=",
	} {
		f.Add(true, set, "a=load.open.rate:1,2")
		f.Add(false, set, "a=client.timeout:1s,{b: c},\"d,e\"")
	}
	f.Fuzz(func(t *testing.T, short bool, set, axis string) {
		defer bounds.Check(t)()
		source := string(whole)
		if short {
			source = minimal
		}
		expectArmsOrMistakes(t, source, set, axis)
	})
}

// expectArmsOrMistakes expects that a scenario with changes has arms within their bounds and is
// shown as a scenario that means the same, or has mistakes that are told in few lines.
func expectArmsOrMistakes(t *testing.T, source, set, axis string) {
	t.Helper()
	var changes Changes
	if set != "" {
		changes.Set = []string{set}
	}
	if axis != "" {
		changes.Axes = []string{axis}
	}
	s, err := Parse("fuzz.yaml", []byte(source), changes)
	if err == nil {
		if arms := len(s.Arms()); arms < 1 || arms > maxArms {
			t.Fatalf("%d arms", arms)
		}
		s.Warnings()
		if !strings.Contains(source, "\\") && utf8.ValidString(source+set+axis) {
			showsAgain(t, "fuzz.yaml", s)
		}
		s.Quick()
		return
	}
	var all tree.Errors
	if !errors.As(err, &all) || len(all) == 0 {
		t.Fatalf("%T says nothing: %v", err, err)
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) > 12 {
		t.Fatalf("%d lines", len(lines))
	}
}
