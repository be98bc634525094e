package export

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/promtool"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/reportstest"
	"weighbridge/reports/summary"
)

// nasty is a text that a format could take for more than text.
const nasty = "a\"b\\c\n# EOF {x=\"1\"} 5 é"

func judged() []*summary.Judged {
	full := recordtest.Full(2, 2)
	full.Arms[0].Name = nasty
	withClaims := &summary.Judged{Record: full, RunVerdict: reportstest.Regressed(), Claims: reportstest.SomeClaims()}
	return []*summary.Judged{withClaims, {Record: recordtest.WithStreams()}, {Record: recordtest.WithStreams()}, {Record: recordtest.SplitRecord()}}
}

func prometheusText(t *testing.T, all ...*summary.Judged) string {
	t.Helper()
	var out bytes.Buffer
	if err := Prometheus(&out, all...); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPrometheusReadsWhatIsWritten(t *testing.T) {
	text := prometheusText(t, judged()...)
	if text != prometheusText(t, judged()...) {
		t.Error("two writings differ")
	}
	if out, ok := promtool.Run(t, []byte(text), "check", "metrics"); !ok || strings.TrimSpace(out) != "" {
		t.Errorf("promtool check metrics: %s", out)
	}
}

// The figures are those of the summary.
func TestPrometheusHasTheSummary(t *testing.T) {
	j := &summary.Judged{Record: recordtest.WithStreams(), Claims: reportstest.SomeClaims()}
	text, s := prometheusText(t, j), j.Summary()
	value := func(name string, labels ...string) *float64 {
		for line := range strings.Lines(text) {
			series, number, _ := strings.Cut(strings.TrimSpace(line), "} ")
			all := true
			for _, label := range labels {
				all = all && strings.Contains(series, label)
			}
			if v, err := strconv.ParseFloat(number, 64); err == nil && all && strings.HasPrefix(series, name+"{") {
				return &v
			}
		}
		return nil
	}
	same := func(what string, got, want *float64) {
		t.Helper()
		if got == nil && want == nil {
			return
		}
		if got == nil || want == nil || math.Abs(*got-*want) > 1e-12*math.Abs(*want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	for _, arm := range s.Arms {
		label := fmt.Sprintf(`arm=%q`, arm.Arm)
		same("due", value("weighbridge_prompts_due_total", label), new(float64(arm.Due)))
		same("answered", value("weighbridge_prompts_answered_total", label), new(float64(arm.Answered)))
		same("failed", value("weighbridge_prompts_failed_total", label), new(float64(arm.Failed)))
		same("TPS", value("weighbridge_tps", label), arm.TPS)
		same("error rate", value("weighbridge_error_rate", label), arm.ErrorRate)
		same("p99", value("weighbridge_response_percentile_seconds", label, `percentile="0.99"`), new(arm.Response.P99/1000))
		same("answers in the histogram", value("weighbridge_response_seconds_bucket", label, `le="+Inf"`), new(float64(arm.Answered)))
		if arm.TTFT == nil {
			same("TTFT", value("weighbridge_ttft_percentile_seconds", label, `percentile="0.5"`), nil)
		} else {
			same("TTFT", value("weighbridge_ttft_percentile_seconds", label, `percentile="0.5"`), new(arm.TTFT.P50/1000))
		}
	}
	for _, c := range s.Comparisons {
		labels := []string{fmt.Sprintf("metric=%q", c.Metric), fmt.Sprintf("axis=%q", c.Axis), fmt.Sprintf("head=%q", c.Head)}
		if len(c.Levels) == 0 {
			same("comparison of "+c.Metric, value("weighbridge_comparison_ratio", append(labels, `bound="estimate"`, `levels=""`)...), c.Ratio)
			same("its lower bound", value("weighbridge_comparison_ratio", append(labels, `bound="low"`, `levels=""`)...), c.Low)
		}
	}
	for _, c := range s.Claims {
		same("claim "+c.ID, value("weighbridge_claim_measured", fmt.Sprintf("claim=%q", c.ID), `bound="estimate"`), c.Measured)
		if value("weighbridge_claim_verdict", fmt.Sprintf("claim=%q", c.ID), fmt.Sprintf("verdict=%q", string(c.Verdict))) == nil {
			t.Errorf("no verdict of claim %s", c.ID)
		}
	}
}

// HdrHistogram's plotter takes lines of four numbers, and skips headings and comments.
func TestPlotterReadsWhatIsWritten(t *testing.T) {
	j := &summary.Judged{Record: recordtest.WithStreams()}
	var out bytes.Buffer
	if err := HGRM(&out, j, j); err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(out.String(), "#[Scenario = ")[1:]
	if len(sections) != 2*len(j.Record.Arms) {
		t.Fatalf("%d sections for %d arms, twice", len(sections), len(j.Record.Arms))
	}
	row := regexp.MustCompile(`^ *([0-9.]+) +([0-9.]+) +([0-9]+) +([0-9.]+|inf)$`)
	for i, section := range sections {
		arm := &j.Record.Arms[i%len(j.Record.Arms)]
		response := responses(arm)
		first, rest, _ := strings.Cut(section, "\n")
		if want := arm.Name; !strings.Contains(first, want) {
			t.Errorf("section %d is of %q, want %s", i, first, want)
		}
		last := [3]float64{}
		for line := range strings.SplitSeq(strings.TrimSpace(rest), "\n") {
			if line == "" || strings.HasPrefix(line, "#") || strings.HasPrefix(strings.TrimSpace(line), "Value") {
				continue
			}
			found := row.FindStringSubmatch(line)
			if found == nil {
				t.Fatalf("section %d: %q", i, line)
			}
			var now [3]float64
			for k := range now {
				now[k], _ = strconv.ParseFloat(found[k+1], 64)
				if now[k] < last[k] {
					t.Errorf("section %d: %q comes after %v", i, line, last)
				}
			}
			last = now
			// Of few values, the percentile is one of two that are next to each other.
			low, high := response.Quantile(now[1]), response.Quantile(min(now[1]+1/float64(response.Count()), 1))
			if slack := 0.001*now[0] + 0.001; now[0] < float64(low)/1e6-slack || now[0] > float64(high)/1e6+slack {
				t.Errorf("section %d: the percentile %v is %v ms, and the record has %v to %v", i, now[1], now[0], low, high)
			}
		}
		if want := float64(response.Max()) / float64(time.Millisecond); last[1] != 1 || uint64(last[2]) != response.Count() || math.Abs(last[0]-want) > 0.001*want {
			t.Errorf("section %d ends with %v, and the record has %d answers up to %v ms", i, last, response.Count(), want)
		}
	}
}
