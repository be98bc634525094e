// Package exporter tells Prometheus what a run does while it is on.
package exporter

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"weighbridge/bench/attack/live"
)

// Exporter tells of one run at a time. It is safe for concurrent use.
type Exporter struct {
	version string
	handler http.Handler

	mu       sync.Mutex
	scenario string
	arms     []live.Arm
}

// New returns an Exporter that tells of no run yet. version is that of the program.
func New(version string) (*Exporter, error) {
	e := &Exporter{version: version}
	registry := prometheus.NewRegistry()
	if err := registry.Register(e); err != nil {
		return nil, fmt.Errorf("register the metrics of a run: %w", err)
	}
	e.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
	return e, nil
}

// Show makes e tell of the arms of a scenario, instead of those before.
func (e *Exporter) Show(scenario string, arms []live.Arm) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.scenario, e.arms = scenario, slices.Clone(arms)
}

// ServeHTTP answers with all metrics.
func (e *Exporter) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.handler.ServeHTTP(w, r) }

// usual are the statuses whose series exist from the start, at 0. A series that begins at 1 hides its first call from
// rate(), which tells increases only.
var usual = [...]int{live.NoStatus, 200, 400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529}

// bounds are the upper bounds of the buckets of histograms. Each is one of live.Histogram's own.
var bounds = [...]time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 5 * time.Second,
	10 * time.Second, 30 * time.Second, time.Minute,
}

// counter is a metric with one number per arm.
type counter struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
	of   func(*live.Counts) float64
}

// histogram is a metric of durations.
type histogram struct {
	desc *prometheus.Desc
	of   func(*live.Counts) *live.Histogram
	// optional leaves arms out that have none.
	optional bool
}

func ofArm(name, help string, more ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, append([]string{"arm"}, more...), nil)
}

func calls() *prometheus.Desc {
	return ofArm("claude_api_calls_total", "Attempts sent to the API by HTTP status; 0 is an attempt without a whole response. Those that the harness ended itself are left out.", "status")
}

func info() *prometheus.Desc {
	return prometheus.NewDesc("weighbridge_run_info", "The run: always 1.", []string{"scenario", "version"}, nil)
}

func counters() []counter {
	one := func(name, help string, of func(*live.Counts) uint64) counter {
		return counter{ofArm("weighbridge_prompts_"+name+"_total", help), prometheus.CounterValue, func(c *live.Counts) float64 { return float64(of(c)) }}
	}
	return []counter{
		one("due", "Prompts that were due, outside the warm-up.", func(c *live.Counts) uint64 { return c.Due.Load() }),
		one("answered", "Prompts that were answered.", func(c *live.Counts) uint64 { return c.Answered.Load() }),
		one("failed", "Prompts that failed.", func(c *live.Counts) uint64 { return c.Failed.Load() }),
		one("never_sent", "Prompts that were due and not sent.", func(c *live.Counts) uint64 { return c.NeverSent.Load() }),
		one("cut_off", "Failed prompts that the harness ended itself.", func(c *live.Counts) uint64 { return c.CutOff.Load() }),
		{ofArm("weighbridge_requests_in_flight", "Requests that are sent, or wait for a slot (client.in_flight)."), prometheus.GaugeValue, func(c *live.Counts) float64 { return float64(c.InFlight.Load()) }},
	}
}

func histograms() []histogram {
	return []histogram{
		{ofArm("weighbridge_response_seconds", "Response latency of answered prompts, from when each was due to its last byte."), func(c *live.Counts) *live.Histogram { return &c.Response }, false},
		{ofArm("weighbridge_ttft_seconds", "Time from when a prompt was due to the first content of its stream."), func(c *live.Counts) *live.Histogram { return &c.TTFT }, true},
		{ofArm("weighbridge_send_lag_seconds", "How late the generator picked up requests of open load."), func(c *live.Counts) *live.Histogram { return &c.SendLag }, true},
	}
}

// Describe is part of prometheus.Collector.
func (e *Exporter) Describe(to chan<- *prometheus.Desc) {
	to <- info()
	to <- calls()
	for _, c := range counters() {
		to <- c.desc
	}
	for _, h := range histograms() {
		to <- h.desc
	}
}

// Collect is part of prometheus.Collector.
func (e *Exporter) Collect(to chan<- prometheus.Metric) {
	e.mu.Lock()
	scenario, arms := e.scenario, e.arms
	e.mu.Unlock()
	if arms == nil {
		return
	}
	to <- prometheus.MustNewConstMetric(info(), prometheus.GaugeValue, 1, scenario, e.version)
	for _, a := range arms {
		collectCalls(to, a)
		for _, c := range counters() {
			to <- prometheus.MustNewConstMetric(c.desc, c.kind, c.of(a.Counts), a.Name)
		}
		for _, h := range histograms() {
			collectHistogram(to, a, h)
		}
	}
}

func collectCalls(to chan<- prometheus.Metric, a live.Arm) {
	desc, counts := calls(), map[int]uint64{}
	for _, status := range usual {
		counts[status] = 0
	}
	for status, attempts := range a.Counts.Calls {
		counts[status] = attempts
	}
	for status, attempts := range counts {
		to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(attempts), a.Name, strconv.Itoa(status))
	}
}

func collectHistogram(to chan<- prometheus.Metric, a live.Arm, h histogram) {
	var now live.Snapshot
	now.Add(h.of(a.Counts))
	count := now.Count()
	if count == 0 && h.optional {
		return
	}
	buckets := make(map[float64]uint64, len(bounds))
	for _, bound := range bounds {
		buckets[bound.Seconds()] = now.AtMost(bound)
	}
	to <- prometheus.MustNewConstHistogram(h.desc, count, now.Total.Seconds(), buckets, a.Name)
}
