package rule

import (
	"maps"
	"testing"
	"time"

	"weighbridge/scenarios/metric"
)

func mustRead(t *testing.T, text string) Node {
	t.Helper()
	n, err := ParseCondition(text, axes())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

func TestPerArm(t *testing.T) {
	const ratio = `ratio(tps, "auth=jwt", "auth=oauth")`
	for text, want := range map[string]bool{
		"tps > 1":                             true,
		"not (1 < -tps)":                      true,
		ratio + " > 1":                        false,
		"1 - " + ratio + " * 2 < 1":           false,
		ratio + " > 1 or p99_ms < 5":          true,
		"tps * " + ratio + " > 1":             true,
		"not (" + ratio + " > 1) and 1 < tps": true,
	} {
		if got := PerArm(mustRead(t, text)); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func TestMovedLevels(t *testing.T) {
	const oauth = `ratio(auth_ms, "auth=jwt,rate=r10", "auth=oauth,rate=r10") > at(tps, "auth=jwt,batching=single,protocol=h1,rate=r10")`
	const moved = `ratio(auth_ms, "auth=jwt,rate=r100", "auth=oauth,rate=r100") > at(tps, "auth=jwt,batching=single,protocol=h1,rate=r100")`
	n := mustRead(t, oauth)
	if got := Moved(n, "rate", []string{"r10", "r100"}, "r100").String(); got != moved || n.String() != oauth {
		t.Errorf("%s moved is %s", n, got)
	}
	for _, row := range []struct {
		axis  string
		among []string
		level string
		ok    bool
	}{{"rate", []string{"r10", "r100"}, "r10", true}, {"rate", []string{"r100"}, "", true}, {"auth", []string{"oauth", "jwt"}, "oauth", false}, {"auth", []string{"jwt"}, "jwt", true}} {
		if level, ok := LevelIn(n, row.axis, row.among); ok != row.ok || ok && level != row.level {
			t.Errorf("of %s among %v: %q, %v", row.axis, row.among, level, ok)
		}
	}
}

func TestRanges(t *testing.T) {
	levels := []string{"a", "b", "c"}
	for text, want := range map[string]int{"x": 3, "x=a..b": 2, "x = b..c": 2} {
		r, err := ParseRange(text, []Axis{{Name: "x", Levels: levels}})
		if err != nil || len(r.Of(levels)) != want {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
	for _, text := range []string{"", "y", "x=a", "x=b..a", "x=a..a", "x=a..d"} {
		if r, err := ParseRange(text, []Axis{{Name: "x", Levels: levels}}); err == nil {
			t.Errorf("%q is read as %v", text, r)
		}
	}
}

func TestObjectives(t *testing.T) {
	const ms = time.Millisecond
	type bounds map[float64]time.Duration
	for text, want := range map[string]bounds{
		"p99_ms < 800 && error_rate < 0.01":                         {0.99: 800 * ms},
		"p50_ms <= 1.5 and (p90_ms < 2 and 3 > p95_ms)":             {0.5: 1500 * time.Microsecond, 0.9: 2 * ms, 0.95: 3 * ms},
		"p999_ms < 2 * 400 and 800 >= p99_ms and p99_ms < 900":      {0.999: 800 * ms, 0.99: 800 * ms},
		"p99_ms < 500 + 300 - 0":                                    {0.99: 800 * ms},
		"p99_ms < -(200 - 1000)":                                    {0.99: 800 * ms},
		"p99_ms < 1600 / 2 and p50_ms < 80 and p50_ms < 90":         {0.99: 800 * ms, 0.5: 80 * ms},
		"p99_ms < 800 or p50_ms < 1":                                {},
		"not (p99_ms > 800)":                                        {},
		"p99_ms > 800 and mean_ms < 5 and tps > 5 and p50_ms < tps": {},
		"p99_ms * 2 < 800":                                          {},
		`ratio(p99_ms, "auth=jwt", "auth=oauth") < 2`:               {},
		"p99_ms < 0 and p50_ms < -5 and p90_ms < 1e300":             {},
		"5 < p99_ms < 800":                                          {0.99: 800 * ms},
	} {
		if got := Objectives(mustRead(t, text)); !maps.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func TestEveryMetricCanBeExpressed(t *testing.T) {
	for _, name := range metric.Expressions() {
		if n := mustRead(t, name+" < 5"); !PerArm(n) {
			t.Errorf("%s is not a metric of an arm", name)
		}
	}
}
