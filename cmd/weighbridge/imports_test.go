package main

import (
	"os/exec"
	"strings"
	"testing"
)

// house is which of our packages each may import, so that imports point one way.
// A trailing slash allows the package and all below it.
func house() map[string][]string {
	leaves := []string{"mockserver/clock", "mockserver/dist", "mockserver/ledger"}
	return map[string][]string{
		"cmd/weighbridge":         {"bench/", "mockserver/", "reports", "reports/format", "reports/schema", "scenarios/", "target/"},
		"cmd/weighbridge/field":   nil,
		"target/files":            nil,
		"scenarios":               {"target/files", "mockserver", "mockserver/dist", "scenarios/metric", "scenarios/rule", "scenarios/tree", "target", "target/budget", "target/outbound", "target/prices", "target/regions"}, // dist is part of mockserver.Config
		"scenarios/metric":        nil,
		"scenarios/rule":          {"scenarios/metric"},
		"scenarios/tree":          nil,
		"target":                  {"target/files", "target/regions"},
		"target/regions":          nil,
		"target/outbound":         nil,
		"target/budget":           {"target", "target/prices"},
		"target/prices":           {"target/files"},
		"target/callbacks":        nil,
		"target/limits":           nil,
		"target/cache":            nil,
		"target/retry":            {"target", "target/limits"},
		"target/concurrency":      {"target"},
		"target/transport":        {"target", "target/budget", "target/cache", "target/concurrency", "target/files", "target/limits", "target/outbound", "target/regions", "target/retry", "target/transport/h2", "target/transport/lean"},
		"target/transport/lean":   {},
		"target/transport/h2":     {"target/transport/lean"},
		"target/dialect":          {"target"},
		"target/auth":             {"target", "target/files", "target/transport"},
		"mockserver":              {"mockserver/"},
		"mockserver/callback":     leaves,
		"mockserver/clock":        nil,
		"mockserver/dist":         nil,
		"mockserver/ledger":       nil,
		"mockserver/api":          leaves,
		"mockserver/authz":        leaves,
		"mockserver/fault":        leaves,
		"bench":                   {"bench/attack/", "bench/machine", "bench/record", "bench/record/billing", "bench/record/byregion", "bench/record/reasons", "bench/schedule", "bench/stat", "bench/tokens", "scenarios", "scenarios/metric", "target/"},
		"bench/attack":            {"bench/attack/ahead", "bench/attack/alarm", "bench/attack/attempts", "bench/attack/batches", "bench/attack/growth", "bench/attack/hits", "bench/attack/live", "bench/attack/outages", "bench/attack/pieces", "bench/attack/regional", "bench/attack/turns", "bench/record", "bench/record/billing", "bench/record/ratelimit", "bench/record/reasons", "bench/schedule", "scenarios", "target/"},
		"bench/attack/ahead":      nil,
		"bench/attack/attempts":   {"bench/attack/regional", "bench/record", "target", "target/transport"},
		"bench/attack/batches":    {"bench/attack/alarm", "target", "target/budget", "target/transport"},
		"bench/attack/growth":     {"target"},
		"bench/attack/hits":       nil,
		"bench/attack/alarm":      nil,
		"bench/attack/live":       {"target"},
		"bench/attack/outages":    {"bench/record", "target/retry", "target/transport"},
		"bench/attack/pieces":     {"target"},
		"bench/attack/regional":   {"bench/record/byregion", "scenarios", "target", "target/outbound", "target/regions", "target/transport"},
		"bench/attack/turns":      nil,
		"bench/hosted":            {"bench", "bench/attack", "bench/machine", "bench/record", "bench/record/billing", "bench/record/byregion", "mockserver/", "scenarios", "target/"},
		"bench/doctor":            {"bench", "bench/attack", "bench/forecast", "bench/record", "bench/record/reasons", "bench/schedule", "scenarios", "target/"},
		"bench/forecast":          {"bench", "bench/attack", "bench/attack/batches", "bench/record", "bench/schedule", "mockserver", "scenarios", "target/"},
		"bench/exporter":          {"bench/attack/live"},
		"bench/promtool":          nil,
		"bench/bounds":            nil,
		"bench/golden":            nil,
		"bench/rawserver":         nil,
		"bench/machine":           {"bench/record"},
		"bench/record":            {"bench/record/billing", "bench/record/byregion", "bench/record/ratelimit", "bench/record/reasons", "bench/record/seal", "bench/record/sketch"},
		"bench/record/byregion":   nil,
		"bench/record/billing":    nil,
		"bench/record/ratelimit":  nil,
		"bench/record/reasons":    nil,
		"bench/record/seal":       nil,
		"bench/record/sketch":     nil,
		"bench/record/recordtest": {"bench/record", "bench/record/byregion", "bench/record/ratelimit", "bench/record/reasons", "scenarios/metric"},
		"bench/schedule":          {"scenarios"},
		"bench/stat":              nil,
		"bench/tokens":            nil,
		"bench/selftest":          {"bench/figures", "bench/gate", "bench/record", "scenarios/metric"},
		"bench/figures":           {"bench/record", "bench/record/billing", "bench/record/byregion", "bench/record/ratelimit", "bench/stat", "scenarios/metric"},
		"bench/trend":             {"bench/figures", "bench/record", "bench/stat", "scenarios/metric"},
		"bench/gate":              {"bench/figures", "bench/record", "bench/stat", "scenarios/metric", "scenarios/rule"},

		"reports":                {"bench/record", "bench/trend", "reports/answer", "reports/export", "reports/format", "reports/page", "reports/plot", "reports/render", "reports/sides", "reports/summary", "reports/trendpage", "reports/web"},
		"reports/prometheus":     nil,
		"reports/export":         {"bench/record", "reports/summary", "scenarios/metric"},
		"reports/format":         {"scenarios/metric"},
		"reports/summary":        {"bench/figures", "bench/gate", "bench/record", "bench/record/billing", "bench/record/byregion", "bench/record/ratelimit", "bench/record/reasons", "bench/record/sketch", "reports/format", "scenarios/metric"},
		"reports/summary/curves": {"bench/figures", "bench/record", "reports/summary", "scenarios/metric"},
		"reports/sides":          {"bench/figures", "bench/record", "reports/format", "reports/summary"},
		"reports/answer":         {"bench/figures", "bench/gate", "bench/record", "reports/format", "reports/sides", "reports/summary", "reports/summary/curves", "scenarios/metric"},
		"reports/plot":           {"bench/figures", "bench/gate", "bench/record", "bench/record/reasons", "bench/trend", "reports/format", "reports/plot/indexed", "reports/plot/svg", "reports/sides", "reports/summary", "reports/summary/curves", "scenarios/metric"},
		"reports/plot/indexed":   nil,
		"reports/plot/svg":       nil,
		"reports/table":          {"bench/gate", "reports/format", "reports/summary", "scenarios/metric"},
		"reports/page":           {"bench/figures", "bench/gate", "bench/record", "bench/record/billing", "bench/record/byregion", "bench/record/reasons", "reports/answer", "reports/format", "reports/sides", "reports/summary", "reports/table", "scenarios/metric"},
		"reports/trendpage":      {"bench/figures", "bench/stat", "bench/trend", "reports/format", "reports/page", "reports/table", "scenarios/metric"},
		"reports/render":         {"bench/figures", "bench/gate", "bench/record", "bench/trend", "reports/answer", "reports/format", "reports/page", "reports/plot", "reports/sides", "reports/summary", "reports/table"},
		"reports/web":            {"bench/record", "reports/format", "reports/page", "reports/plot", "reports/plot/svg", "reports/summary", "reports/table"},
		"reports/schema":         nil,
		"reports/reportstest":    {"bench/record/recordtest", "bench/gate", "reports/summary"},

		"scenarios/manual":         nil,                // reads the tables of the manual
		"scenarios/tree/reference": {"scenarios/tree"}, // makes the schema and the manual, which tests hold current
	}
}

func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "weighbridge/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	rules := house()
	seen := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		from := strings.TrimPrefix(fields[0], "weighbridge/")
		allowed, known := rules[from]
		if !known {
			t.Errorf("package %s is not in the house: say what it may import", from)
			continue
		}
		seen++
		for _, path := range fields[1:] {
			if to, ours := strings.CutPrefix(path, "weighbridge/"); ours && !mayImport(allowed, to) {
				t.Errorf("%s imports %s, against the house's directions", from, to)
			}
			if strings.HasPrefix(path, "github.com/tsenart/vegeta") && !mayImport([]string{"bench/attack/"}, from) {
				t.Errorf("%s imports vegeta; only bench/attack and what is in it may", from)
			}
			if strings.HasPrefix(path, "gonum.org/v1/plot") && !mayImport([]string{"reports/plot", "reports/plot/"}, from) {
				t.Errorf("%s imports the plotting library; only reports/plot and what is in it may", from)
			}
		}
	}
	if seen != len(rules) {
		t.Errorf("%d of the house's %d packages exist", seen, len(rules))
	}
}

func mayImport(allowed []string, to string) bool {
	for _, a := range allowed {
		folder, tree := strings.CutSuffix(a, "/")
		if to == folder || tree && strings.HasPrefix(to, a) {
			return true
		}
	}
	return false
}
