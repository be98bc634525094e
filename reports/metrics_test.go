package reports

import (
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// Every metric that is shown appears in every format.
func TestShownMetricsAreEverywhere(t *testing.T) {
	t.Parallel()
	rec := recordtest.WithStreams()
	recordtest.Close(&rec.Arms[0], 80, 20)
	recordtest.Retry(&rec.Arms[0])
	recordtest.Regional(&rec.Arms[0])
	for i := range rec.Arms[0].Blocks {
		rec.Arms[0].Blocks[i].Open.Caches = &record.Caches{Client: 30, Edge: 20, Server: 49, Current: 90, Stale: 9}
	}
	j := &Judged{Record: rec}
	plots, err := Plots(j)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, format := range []string{"table", "markdown", "html", "csv", "json"} {
		texts[format] = string(written(t, format, rec))
	}
	header, _, _ := strings.Cut(texts["csv"], "\n")
	for _, m := range metric.Shown() {
		for _, format := range []string{"table", "markdown", "html"} {
			if !strings.Contains(texts[format], m.Heading) {
				t.Errorf("%s has no column %s", format, m.Heading)
			}
		}
		for _, format := range []string{"markdown", "html"} {
			if sentence, _, _ := strings.Cut(m.Meaning, "'"); !strings.Contains(texts[format], sentence) {
				t.Errorf("the glossary of %s leaves out %s", format, m.Name)
			}
		}
		if m.Latency != "" {
			continue
		}
		if !slices.Contains(strings.Split(header, ","), m.Expr()) || !strings.Contains(texts["json"], `"`+m.Expr()+`":`) {
			t.Errorf("csv or json leaves out %s", m.Name)
		}
		if !slices.ContainsFunc(plots, func(f File) bool { return f.Name == strings.ReplaceAll(m.Name, "_", "-")+".svg" }) {
			t.Errorf("%s is not drawn", m.Name)
		}
	}
	for _, m := range metric.Compared() {
		heading := m.Bare() + " ×"
		if m.Kind == metric.OfShare {
			heading = m.Bare() + ", points"
		}
		if !strings.Contains(texts["markdown"], heading) && !m.Streamed {
			t.Errorf("the table of ratios leaves out %s", m.Name)
		}
	}
	for _, m := range summary.FurtherMetrics() {
		if _, known := metric.Named(m.Name); !known || m.Latency != "" {
			t.Errorf("%s is among the other metrics", m.Name)
		}
	}
}
