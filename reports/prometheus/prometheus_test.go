package prometheus

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"weighbridge/bench/attack/live"
	"weighbridge/bench/exporter"
	"weighbridge/bench/promtool"
)

func passes(t *testing.T, input []byte, args ...string) {
	t.Helper()
	if out, ok := promtool.Run(t, input, args...); !ok {
		t.Errorf("promtool %q: %s", args, out)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRulesAndTheirUnitTests(t *testing.T) {
	passes(t, nil, "check", "rules", "--lint-fatal", "rules.yml")
	passes(t, nil, "test", "rules", "test.yml")
}

// Each of these mistakes in the rules is noticed by the unit tests of test.yml.
func TestTheUnitTestsNoticeMistakes(t *testing.T) {
	promtool.Path(t)
	rules := string(Rules)
	tests, err := os.ReadFile("test.yml")
	if err != nil {
		t.Fatal(err)
	}
	var written []string
	mistakes := map[string]string{} // by test file
	for name, c := range map[string]struct{ right, wrong string }{
		"a higher limit":           {"< 0.995", "< 0.99502"},
		"a lower limit":            {"< 0.995", "< 0.994985"},
		"at the limit too":         {"< 0.995", "<= 0.995"},
		"only 200 counts":          {`status=~"2.."`, `status="200"`},
		"all arms together":        {"by (job, arm)", "by (job)"},
		"no 2xx is no rate":        {"or\n", "unless\n"},
		"a shorter window":         {"[5m]", "[1m]"},
		"an alert that waits":      {"labels:\n", "for: 5m\n        labels:\n"},
		"an alert without traffic": {"> 0)", "or vector(1))"},
	} {
		if !strings.Contains(rules, c.right) {
			t.Fatalf("%s: the rules do not have %q", name, c.right)
		}
		dir := t.TempDir()
		written = append(written, filepath.Join(dir, "rules.yml"))
		write(t, filepath.Join(dir, "rules.yml"), strings.ReplaceAll(rules, c.right, c.wrong))
		write(t, filepath.Join(dir, "test.yml"), string(tests))
		mistakes[filepath.Join(dir, "test.yml")] = name
	}
	passes(t, nil, append([]string{"check", "rules"}, written...)...) // they are rules, if not the right ones
	out, _ := promtool.Run(t, nil, append([]string{"test", "rules"}, slices.Collect(maps.Keys(mistakes))...)...)
	for file, name := range mistakes {
		_, result, _ := strings.Cut(out, "Unit Testing:  "+file)
		if result, _, _ = strings.Cut(result, "Unit Testing:"); !strings.Contains(result, "FAILED") {
			t.Errorf("%s: the tests pass: %s", name, result)
		}
	}
}

// scraped is what Prometheus reads of a run whose calls fail more and less often, once per step, by series.
func scraped(t *testing.T, steps int, fails func(step int) (calls, failed int)) map[string][]string {
	t.Helper()
	e, err := exporter.New("v1")
	if err != nil {
		t.Fatal(err)
	}
	var counts live.Counts
	e.Show("slo", []live.Arm{{Name: "a", Counts: &counts}})
	line, values := regexp.MustCompile(`(?m)^(claude_api_calls_total\{.*\}) (\S+)$`), map[string][]string{}
	for step := range steps {
		calls, failed := fails(step)
		for i := range calls {
			counts.Called(map[bool]int{true: []int{500, 529, 0}[i%3], false: 200}[i < failed])
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		for _, found := range line.FindAllStringSubmatch(w.Body.String(), -1) {
			values[found[1]] = append(values[found[1]], found[2])
		}
	}
	return values
}

// What a run serves makes the alert fire when, and only when, under 99.5% of the calls of the last five minutes succeeded.
// The calls of steps of 15 s are drawn, and counted here by integers.
func TestTheAlertFiresOnWhatARunServes(t *testing.T) {
	const steps, window = 240, 20
	rng := rand.New(rand.NewPCG(7, 11))
	calls, failed := make([]int, steps), make([]int, steps)
	values := scraped(t, steps, func(step int) (int, int) {
		calls[step] = 50 + rng.IntN(100)
		for range calls[step] {
			if rng.Float64() < 0.01*float64(step/40%2) { // 10 minutes of none, 10 of 1%
				failed[step]++
			}
		}
		return calls[step], failed[step]
	})
	type sample struct {
		Labels string `yaml:"labels"`
		Value  int    `yaml:"value"`
	}
	type check struct {
		Expr     string   `yaml:"expr"`
		EvalTime string   `yaml:"eval_time"`
		Samples  []sample `yaml:"exp_samples"`
	}
	type series struct {
		Series string `yaml:"series"`
		Values string `yaml:"values"`
	}
	var inputs []series
	for name, read := range values {
		inputs = append(inputs, series{name, strings.Join(read, " ")})
	}
	var checks []check
	fired, crossings := false, 0
	for step := window; step < steps; step++ {
		under := func(intervals int) bool {
			n, bad := 0, 0
			for k := step - intervals + 1; k <= step; k++ {
				n, bad = n+calls[k], bad+failed[k]
			}
			return 200*bad > n
		}
		if under(window) != under(window-1) { // Prometheus 2 counts 20 intervals, and 3 counts 19
			continue
		}
		c := check{Expr: `count(ALERTS{alertname="ClaudeAPISuccessRateLow", alertstate="firing"})`, EvalTime: fmt.Sprintf("%ds", 15*step), Samples: []sample{}}
		if under(window) {
			c.Samples = []sample{{"{}", 1}}
		}
		if under(window) != fired {
			fired, crossings = !fired, crossings+1
		}
		checks = append(checks, c)
	}
	if crossings < 4 || len(checks) < steps/2 {
		t.Fatalf("%d checks of a rate that crosses the limit %d times", len(checks), crossings)
	}
	text, err := yaml.Marshal(map[string]any{
		"rule_files": []string{"rules.yml"}, "evaluation_interval": "15s",
		"tests": []any{map[string]any{"interval": "15s", "input_series": inputs, "promql_expr_test": checks}},
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "rules.yml"), string(Rules))
	write(t, filepath.Join(dir, "test.yml"), string(text))
	passes(t, nil, "test", "rules", filepath.Join(dir, "test.yml"))
}

// The expressions of the dashboard are PromQL, and of metrics that a run serves or the rules record.
func TestDashboard(t *testing.T) {
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(Dashboard, &board); err != nil {
		t.Fatal(err)
	}
	e, err := exporter.New("v1")
	if err != nil {
		t.Fatal(err)
	}
	var counts live.Counts
	counts.Began(1)
	counts.Lagged(1)
	e.Show("all", []live.Arm{{Name: "a", Counts: &counts}})
	w := httptest.NewRecorder()
	e.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	served, names := w.Body.String()+string(Rules), regexp.MustCompile(`(claude_api|weighbridge)[a-z0-9_:]*`)
	rules := strings.Builder{}
	rules.WriteString("groups:\n  - name: dashboard\n    rules:\n")
	for i, p := range board.Panels {
		if p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("panel %d has no title, or nothing to show", i)
		}
		for k, target := range p.Targets {
			expr := strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")
			fmt.Fprintf(&rules, "      - {record: panel_%d_%d, expr: %q}\n", i, k, expr)
			for _, name := range names.FindAllString(expr, -1) {
				if !regexp.MustCompile(`(?m)^` + name + `[{ ]|record: ` + name + `$`).MatchString(served) {
					t.Errorf("%s: nothing is named %s", p.Title, name)
				}
			}
		}
	}
	path := filepath.Join(t.TempDir(), "dashboard.yml")
	write(t, path, rules.String())
	passes(t, nil, "check", "rules", path)
}
