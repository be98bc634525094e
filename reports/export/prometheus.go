package export

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

// Prometheus writes the figures of records in Prometheus's text format 0.0.4, as for the textfile collector of its node
// exporter, which takes no timestamps. What is not known has no series. Counts, and the histogram of response latencies, have
// the names that a run serves live.
func Prometheus(w io.Writer, judged ...*summary.Judged) error {
	for _, j := range judged {
		for _, doubt := range doubts(j) {
			if _, err := fmt.Fprintf(w, "# %s\n", doubt); err != nil {
				return err
			}
		}
	}
	return encode(w, expfmt.TypeTextPlain, snapshot{judged: judged})
}

// OpenMetrics writes the same figures as OpenMetrics 1.0, each with the end of its run as its timestamp, so that
// promtool tsdb create-blocks-from openmetrics adds them to a Prometheus at the time when they were measured. The format has
// no comments: weighbridge_run_note has the warnings.
func OpenMetrics(w io.Writer, judged ...*summary.Judged) error {
	return encode(w, expfmt.TypeOpenMetrics, snapshot{judged, true})
}

func encode(w io.Writer, format expfmt.FormatType, c snapshot) error {
	registry := prometheus.NewRegistry()
	if err := registry.Register(c); err != nil {
		return fmt.Errorf("register the figures: %w", err)
	}
	families, err := registry.Gather()
	if err != nil {
		return fmt.Errorf("gather the figures: %w", err)
	}
	to := expfmt.NewEncoder(w, expfmt.NewFormat(format))
	for _, family := range families {
		if strings.HasSuffix(family.GetName(), "_seconds") {
			family.Unit = new("seconds")
		}
		if err := to.Encode(family); err != nil {
			return fmt.Errorf("write %s: %w", family.GetName(), err)
		}
	}
	if last, ok := to.(expfmt.Closer); ok {
		return last.Close()
	}
	return nil
}

// snapshot is a prometheus.Collector of records. It describes nothing, as what they have differs.
type snapshot struct {
	judged []*summary.Judged
	// stamped gives each series the end of its run as its timestamp.
	stamped bool
}

// Describe is part of prometheus.Collector.
func (snapshot) Describe(chan<- *prometheus.Desc) {}

// Collect is part of prometheus.Collector.
func (s snapshot) Collect(to chan<- prometheus.Metric) {
	seen := map[string]bool{}
	for i, j := range s.judged {
		run := prometheus.Labels{"scenario": j.Record.Scenario.Name, "started": j.Record.Started.UTC().Format(time.RFC3339Nano)}
		if seen[run["scenario"]+run["started"]] {
			run["record"] = fmt.Sprint(i + 1) // the same record again
		}
		seen[run["scenario"]+run["started"]] = true
		c := collection{to, run, s.stamped, j.Record.Ended}
		c.runFigures(j)
		all := j.Summary()
		for k := range all.Arms {
			c.armFigures(j, k)
		}
		c.judgements(all)
	}
}

// collection sends the series of one run, whose labels each has.
type collection struct {
	to  chan<- prometheus.Metric
	run prometheus.Labels
	// at is the timestamp of the series if they are stamped.
	stamped bool
	at      time.Time
}

func (c collection) add(m prometheus.Metric) {
	if c.stamped {
		m = prometheus.NewMetricWithTimestamp(c.at, m)
	}
	c.to <- m
}

// send sends a series, unless its value is not known. labels are names and values in turn.
func (c collection) send(kind prometheus.ValueType, name, help string, value *float64, labels ...string) {
	if value == nil {
		return
	}
	c.add(prometheus.MustNewConstMetric(c.desc(name, help, labels), kind, *value))
}

func (c collection) desc(name, help string, labels []string) *prometheus.Desc {
	all := maps.Clone(c.run)
	for i := 0; i < len(labels); i += 2 {
		all[labels[i]] = labels[i+1]
	}
	return prometheus.NewDesc("weighbridge_"+name, help, nil, all)
}

func (c collection) gauge(name, help string, value *float64, labels ...string) {
	c.send(prometheus.GaugeValue, name, help, value, labels...)
}

func truth(is bool) *float64 {
	if is {
		return new(1.0)
	}
	return new(0.0)
}

// runFigures sends what is about the run as a whole.
func (c collection) runFigures(j *summary.Judged) {
	if c.stamped { // the format has no comments
		for kind, texts := range map[string][]string{"invalid": j.Summary().Invalid, "warning": j.Summary().Warnings} {
			for _, text := range slices.Compact(slices.Sorted(slices.Values(texts))) {
				c.gauge("run_note", "Why the figures are not valid, or a warning: 1.", new(1.0), "kind", kind, "text", text)
			}
		}
	}
	c.gauge("run_complete", "Whether the run was complete.", truth(j.Record.Complete))
	c.gauge("run_valid", "Whether the figures are valid.", truth(len(j.Record.Invalid) == 0))
	if v := j.Outcome().Verdict; v != "" {
		c.gauge("run_verdict", "The verdict of the run's rules: 1.", new(1.0), "verdict", string(v))
	}
}

// armFigures sends the figures of the k-th arm.
func (c collection) armFigures(j *summary.Judged, k int) {
	arm := j.Summary().Arms[k]
	named := func(more ...string) []string { return append([]string{"arm", arm.Arm}, more...) }
	for _, count := range []struct {
		name, help string
		n          uint64
	}{
		{"due", "Prompts that were due.", arm.Due},
		{"answered", "Prompts that were answered.", arm.Answered},
		{"failed", "Prompts that failed.", arm.Failed},
		{"never_sent", "Prompts that were due and not sent.", arm.NeverSent},
		{"cut_off", "Failed prompts that the harness ended itself.", arm.CutOff},
	} {
		c.send(prometheus.CounterValue, "prompts_"+count.name+"_total", count.help, new(float64(count.n)), named()...)
	}
	c.send(prometheus.CounterValue, "requests_total", "Requests sent.", new(float64(arm.Requests)), named()...)
	c.send(prometheus.CounterValue, "attempts_total", "Attempts sent.", new(float64(arm.Attempts)), named()...)
	for _, class := range slices.Sorted(maps.Keys(arm.Errors)) {
		c.send(prometheus.CounterValue, "failed_requests_total", "Requests that failed, by the class of the error.", new(float64(arm.Errors[class])), named("class", class)...)
	}
	c.gauge("offered", "Prompts due per second under open load.", arm.Offered, named()...)
	for _, m := range metric.Shown() {
		if m.Latency == "" {
			value, unit := arm.Figure(m), ""
			if m.Unit == metric.Milliseconds && value != nil {
				value, unit = new(*value/1000), "_seconds"
			}
			c.gauge(spelledOut(m.Expr())+unit, m.Meaning, value, named()...)
		}
	}
	c.latencies(arm, named)
	c.histogram(j, k, named())
}

// spelledOut is the name of a metric without abbreviated units, which Prometheus's linter refuses.
func spelledOut(name string) string {
	words := strings.Split(strings.TrimSuffix(name, "_ms"), "_")
	for i, word := range words {
		if word == "s" {
			words[i] = "second"
		}
	}
	return strings.Join(words, "_")
}

// latencies sends percentiles, means and maxima.
func (c collection) latencies(arm summary.Arm, named func(...string) []string) {
	for _, of := range []struct {
		name, help string
		latency    *summary.Latency
	}{
		{"response", "Response latency of answered prompts, from when each was due to its last byte", arm.Response},
		{"service", "Time from sending the last attempt to its last byte", arm.Service},
		{"ttft", "Time from when a prompt was due to the first content of its stream", arm.TTFT},
		{"tpot", "Time per output token after the first content", arm.TPOT},
		{"send_lag", "How late the generator picked up requests", arm.SendLag},
	} {
		l := of.latency
		if l == nil {
			continue
		}
		c.gauge(of.name+"_mean_seconds", of.help+": mean.", new(l.Mean/1000), named()...)
		if l.Max != nil {
			c.gauge(of.name+"_max_seconds", of.help+": maximum.", new(*l.Max/1000), named()...)
		}
		for _, q := range []struct {
			quantile string
			ms       float64
		}{{"0.5", l.P50}, {"0.9", l.P90}, {"0.95", l.P95}, {"0.99", l.P99}, {"0.999", l.P999}} {
			c.gauge(of.name+"_percentile_seconds", of.help+": percentiles.", new(q.ms/1000), named("percentile", q.quantile)...)
		}
	}
}

// histogram sends the histogram of response latencies, in the buckets of the live one.
func (c collection) histogram(j *summary.Judged, k int, labels []string) {
	all := responses(&j.Record.Arms[k])
	n := all.Count()
	if n == 0 {
		return
	}
	buckets := map[float64]uint64{}
	for _, ms := range []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000} {
		buckets[ms/1000] = all.AtMost(time.Duration(ms * float64(time.Millisecond)))
	}
	desc := c.desc("response_seconds", "Response latency of answered prompts, from when each was due to its last byte.", labels)
	c.add(prometheus.MustNewConstHistogram(desc, n, all.Mean().Seconds()*float64(n), buckets))
}

// judgements sends comparisons, rules and claims.
func (c collection) judgements(all summary.Summary) {
	bounds := func(name, help string, value, low, high *float64, labels ...string) {
		for _, of := range []struct {
			bound string
			value *float64
		}{{"estimate", value}, {"low", low}, {"high", high}} {
			c.gauge(name, help, of.value, append(slices.Clone(labels), "bound", of.bound)...)
		}
	}
	for _, x := range all.Comparisons {
		var levels []string
		for _, axis := range slices.Sorted(maps.Keys(x.Levels)) {
			levels = append(levels, axis+"="+x.Levels[axis])
		}
		labels := []string{"metric", x.Metric, "axis", x.Axis, "base", x.Base, "head", x.Head, "levels", strings.Join(levels, ",")}
		bounds("comparison_ratio", "Head over base, with its 95% interval.", x.Ratio, x.Low, x.High, labels...)
		bounds("comparison_difference", "Head less base, in shares of prompts, with its 95% interval.", x.Difference, x.DifferenceLow, x.DifferenceHigh, labels...)
	}
	for _, r := range all.Rules {
		c.gauge("rule_verdict", "The verdict of a rule: 1.", new(1.0), "rule", r.Name, "verdict", string(r.Verdict))
	}
	for _, x := range all.Claims {
		bounds("claim_measured", "What was measured of a claim, with its 95% interval.", x.Measured, x.Low, x.High, "claim", x.ID)
		c.gauge("claim_claimed", "What is claimed.", new(x.Claimed), "claim", x.ID)
		c.gauge("claim_verdict", "The verdict of a claim: 1.", new(1.0), "claim", x.ID, "verdict", string(x.Verdict))
	}
}
