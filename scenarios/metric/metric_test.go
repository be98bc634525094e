package metric

import (
	"slices"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range All() {
		for _, name := range []string{m.Name, m.Expr()} {
			if found, ok := Named(name); seen[name] && (!ok || found.Name != m.Name) {
				t.Errorf("%s stands twice", name)
			}
			seen[name] = true
		}
		if m.Heading == "" || m.Unit == "" || m.Kind == "" || m.Per == "" {
			t.Errorf("%s: heading %q, unit %q, kind %q, per %q: expected all of them", m.Name, m.Heading, m.Unit, m.Kind, m.Per)
		}
		if !strings.HasSuffix(m.Meaning, ".") {
			t.Errorf("%s: meaning %q: expected a sentence", m.Name, m.Meaning)
		}
		if m.Default && !m.Judged() {
			t.Errorf("%s is judged by default and has no margin", m.Name)
		}
		if m.Judged() && (m.Better == Neither || !m.ByBlock) {
			t.Errorf("%s is judged: expected a better direction and figures by block", m.Name)
		}
		if (m.Quantile > 0) != m.Percentile() || m.Percentile() && (m.Latency == "" || m.Quantile >= 1) {
			t.Errorf("%s: quantile %v of %q", m.Name, m.Quantile, m.Latency)
		}
		if m.Streamed != (m.Latency == TTFT || m.Latency == TTFO || m.Latency == TPOT) {
			t.Errorf("%s: streamed is %v for latency %q", m.Name, m.Streamed, m.Latency)
		}
	}
}

func TestLookup(t *testing.T) {
	for _, name := range []string{"p99", "tps", "ttft_p50", "mean"} {
		if m, ok := Named(name); !ok || m.Name != name {
			t.Errorf("Named(%q) = %q, %v", name, m.Name, ok)
		}
	}
	for _, name := range []string{"", "p98", "p99_ms", "TPS"} {
		if m, ok := Named(name); ok {
			t.Errorf("Named(%q) = %q: expected none", name, m.Name)
		}
	}
	for expr, name := range map[string]string{"p99_ms": "p99", "tps": "tps", "auth_ms": "auth", "tpot_p90_ms": "tpot_p90"} {
		if m, ok := Expressed(expr); !ok || m.Name != name {
			t.Errorf("Expressed(%q) = %q, %v, expected %q", expr, m.Name, ok, name)
		}
	}
	if m, ok := Expressed("p99"); ok {
		t.Errorf("Expressed(p99) = %q: expressions carry the unit", m.Name)
	}
}

// What is judged and compared where a scenario names no metrics is a promise to its users.
func TestDefaults(t *testing.T) {
	if got, want := Names(Default()), "tps p50 p90 p99 error_rate"; strings.Join(got, " ") != want {
		t.Errorf("judged by default: %v, expected %s", got, want)
	}
	if got, want := Names(Compared()), "tps p50 p90 p99 error_rate ttft_p50 ttft_p90 tpot_p50"; strings.Join(got, " ") != want {
		t.Errorf("compared: %v, expected %s", got, want)
	}
	for _, m := range Compared() {
		if !slices.ContainsFunc(Shown(), func(shown Metric) bool { return shown.Name == m.Name }) {
			t.Errorf("%s is compared and has no column of its own", m.Name)
		}
	}
}

func TestHeadings(t *testing.T) {
	for name, want := range map[string][2]string{
		"tps":               {"TPS", "TPS, prompts/s"},
		"goodput":           {"goodput", "Goodput/s"},
		"p99":               {"p99", "p99 of response latency, ms"},
		"tpot_p90":          {"TPOT p90", "p90 of TPOT, ms"},
		"mean":              {"mean", "Mean ms"},
		"error_rate":        {"error rate", "Error rate, % of prompts"},
		"ttfo_p90":          {"TTFO p90", "p90 of TTFO, ms"},
		"cached_share":      {"cached input", "Cached input, % of input tokens"},
		"tokens_per_s_user": {"tokens/user", "Tokens/user/s"},
		"bytes_per_request": {"bytes/request", "Bytes/request"},
		"outage":            {"mean outage", "Mean outage ms"}, // one over outages, the other over blocks
		"unavailable":       {"unavailable ms/block", "Unavailable ms/block"},
	} {
		m, _ := Named(name)
		if got := [2]string{m.Bare(), m.Title()}; got != want {
			t.Errorf("%s: %q, expected %q", name, got, want)
		}
	}
}
