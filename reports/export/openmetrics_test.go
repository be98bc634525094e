package export

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"weighbridge/bench/promtool"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

func openMetricsText(t *testing.T, all ...*summary.Judged) string {
	t.Helper()
	var out bytes.Buffer
	if err := OpenMetrics(&out, all...); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Prometheus's own parser of OpenMetrics, which tolerates nothing, reads all of it into a database.
func TestPrometheusReadsOpenMetrics(t *testing.T) {
	all := judged()
	for _, j := range all {
		j.Record.Ended = time.Date(2026, 11, 22, 12, 0, 0, 123e6, time.UTC)
	}
	text := openMetricsText(t, all...)
	if text != openMetricsText(t, all...) {
		t.Error("two writings differ")
	}
	if !strings.HasSuffix(text, "\n# EOF\n") || strings.Count(text, "# EOF") != 1+strings.Count(text, `n# EOF {x=`) {
		t.Errorf("expected one # EOF, at the end: …%q", text[len(text)-100:])
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "figures.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, ok := promtool.Run(t, nil, "tsdb", "create-blocks-from", "openmetrics", file, filepath.Join(dir, "blocks"))
	blocks, err := filepath.Glob(filepath.Join(dir, "blocks", "*", "index"))
	if !ok || err != nil || len(blocks) == 0 {
		t.Errorf("promtool made %d blocks: %v, %s", len(blocks), err, out)
	}
	if out, ok := promtool.Run(t, []byte(text+"weighbridge_x 1\n"), "tsdb", "create-blocks-from", "openmetrics", "/dev/stdin", filepath.Join(dir, "none")); ok {
		t.Errorf("promtool reads what follows # EOF as well: %s", out)
	}
}

// OpenMetrics has the series of the text format with the same values, units, and the end of the run.
func TestOpenMetricsHasTheSameSeries(t *testing.T) {
	j := &summary.Judged{Record: recordtest.WithStreams()}
	ended := strconv.FormatFloat(float64(j.Record.Ended.UnixMilli())/1000, 'f', -1, 64)
	values := func(text string, stamped bool) map[string]float64 {
		out := map[string]float64{}
		for line := range strings.Lines(text) {
			series, rest, found := strings.Cut(strings.TrimSpace(line), "} ")
			if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "weighbridge_run_note{") || !found {
				continue
			}
			value, at, _ := strings.Cut(rest, " ")
			v, err := strconv.ParseFloat(value, 64)
			if seconds, wrong := strconv.ParseFloat(at, 64); err != nil || stamped && (wrong != nil || strconv.FormatFloat(seconds, 'f', -1, 64) != ended) || !stamped && at != "" {
				t.Errorf("%q: a run that ended at %s", line, ended)
			}
			// A bucket's bound is 1.0 here and 1 there.
			out[strings.ReplaceAll(series, `.0"`, `"`)] = v
		}
		return out
	}
	text := openMetricsText(t, j)
	plain, open := values(prometheusText(t, j), false), values(text, true)
	if len(plain) < 50 || len(open) != len(plain) {
		t.Errorf("%d series, and in the text format %d", len(open), len(plain))
	}
	for series, want := range plain {
		if got, ok := open[series]; !ok || got != want {
			t.Errorf("%s is %v, and in the text format %v", series, got, want)
		}
	}
	for line := range strings.Lines(text) {
		if name, unit, ok := strings.Cut(strings.TrimPrefix(line, "# UNIT "), " "); ok && strings.HasPrefix(line, "# UNIT ") && !strings.HasSuffix(name, "_"+strings.TrimSpace(unit)) {
			t.Errorf("%s does not end in its unit", name)
		}
	}
	if !strings.Contains(text, "# UNIT weighbridge_response_seconds seconds\n") || !strings.Contains(text, "# TYPE weighbridge_prompts_due counter\n") {
		t.Errorf("a unit or a type is missing:\n%.3000s", text)
	}
}

// HdrHistogram's own reader of logs finds every block of every arm, whole.
func TestHdrHistogramReadsWhatIsWritten(t *testing.T) {
	all := judged()[:2]
	var out bytes.Buffer
	if err := HLog(&out, all...); err != nil {
		t.Fatal(err)
	}
	log := hdrhistogram.NewHistogramLogReader(bytes.NewReader(out.Bytes()))
	for _, j := range all {
		for i := range j.Record.Arms {
			arm := &j.Record.Arms[i]
			for b := range arm.Blocks {
				s := arm.Main(&arm.Blocks[b])
				if s == nil || s.Response == nil {
					continue
				}
				h, err := log.NextIntervalHistogram()
				if err != nil || h == nil {
					t.Fatalf("arm %s, block %d: %v, %v", arm.Name, b, h, err)
				}
				if uint64(h.TotalCount()) != s.Response.Count() || h.Max() != s.Response.Max().Microseconds() || h.ValueAtPercentile(99) != s.Response.Quantile(0.99).Microseconds() {
					t.Errorf("arm %s, block %d: %d prompts up to %d µs, want %d up to %v", arm.Name, b, h.TotalCount(), h.Max(), s.Response.Count(), s.Response.Max())
				}
				if strings.ContainsAny(h.Tag(), ", \n") || h.Tag() == "" {
					t.Errorf("arm %s has the tag %q", arm.Name, h.Tag())
				}
				if from, to := h.StartTimeMs(), h.EndTimeMs(); to-from < int64(s.DurationMS)-1 || to-from > int64(s.DurationMS)+1 {
					t.Errorf("arm %s, block %d: from %d to %d ms, and it lasted %v", arm.Name, b, from, to, s.DurationMS)
				}
			}
		}
	}
	if h, err := log.NextIntervalHistogram(); h != nil || err != nil {
		t.Errorf("there is more: %v, %v", h, err)
	}
}
