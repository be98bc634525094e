package summary

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// mainSlices returns the slices that an arm's latencies and errors come from, one per block.
func mainSlices(arm *record.Arm) []*record.Slice {
	var out []*record.Slice
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil {
			out = append(out, s)
		}
	}
	return out
}

// merged returns one slice with the counts and histograms of all; its times mean nothing.
func merged(all []*record.Slice) *record.Slice {
	out := &record.Slice{Errors: map[string]uint64{}}
	out.Merge(all...)
	return out
}

// ofArm computes the figures of an arm.
func ofArm(arm *record.Arm) Arm {
	blocks := mainSlices(arm)
	main := merged(blocks)
	out := Arm{
		Arm:            arm.Name,
		Levels:         maps.Clone(arm.Levels),
		Counts:         countsOf(main),
		Rates:          ratesOf(arm, main),
		Times:          timesOf(arm, main),
		Remarks:        counted(main.Remarks),
		Finish:         counted(main.Finish),
		WholeRun:       wholeRunOf(arm, main),
		ClosedFailures: closedFailuresOf(arm),
		Failures:       failures(arm),
		Batches:        batches(arm),
		Replays:        main.Replays,
		Limits:         limitsOf(arm, main),
		Caches:         cachesOf(arm, main),
		Conversations:  conversationsOf(main.Conversations),
		FirstContent:   latency(main.FirstContent),
		ChunkGap:       latency(main.ChunkGap),
		FirstByte:      latency(main.FirstByte),
		Parts:          partsOf(blocks),
		Further:        furtherJSON(arm, main),
		main:           main,
		further:        map[string]*float64{},
	}
	if out.Levels == nil {
		out.Levels = map[string]string{}
	}
	for _, m := range FurtherMetrics() {
		out.further[m.Name] = figures.Known(furtherOf(m, arm).Value)
	}
	return out
}

func countsOf(main *record.Slice) Counts {
	return Counts{
		Due: main.Due, Answered: main.Answered, Failed: main.Failed, NeverSent: main.NeverSent,
		CutOff: main.CutOff, Generator: main.Generator, Requests: main.Requests, Attempts: main.Attempts,
	}
}

func ratesOf(arm *record.Arm, main *record.Slice) Rates {
	out := Rates{Offered: offered(arm), ErrorRate: figures.FailuresOf(metric.ErrorRate, arm).Rate(), Errors: main.Errors}
	if tps, load := figures.TPS(arm); tps != nil {
		out.TPS, out.TPSFrom = tps, &load
	}
	return out
}

func timesOf(arm *record.Arm, main *record.Slice) Times {
	return Times{
		Response: cmp.Or(latency(main.Response), keptLatency(arm.Percentiles)), Service: latency(main.Service), FailedMS: latency(main.FailedAfter),
		SlotWait: latency(main.SlotWait), SendLag: latency(main.SendLag),
		TTFT: latency(main.TTFT), TTFO: latency(main.TTFO), TPOT: latency(main.TPOT),
	}
}

func wholeRunOf(arm *record.Arm, main *record.Slice) WholeRun {
	out := WholeRun{
		Auth: authOf(arm), Wire: wire(arm.Totals.Wire), Connections: arm.Totals.Connections,
		Tokens: tokens(arm.Totals), TokenRequests: arm.Totals.TokenRequests, Ledger: ledger(arm.Ledger, main),
	}
	if arm.Protocol != "" {
		out.Protocol = &arm.Protocol
	}
	return out
}

func closedFailuresOf(arm *record.Arm) ClosedFailures {
	if !figures.HasClosedErrors(arm) {
		return ClosedFailures{}
	}
	return ClosedFailures{figures.FailuresOf(metric.ClosedErrorRate, arm).Rate(), closedErrors(arm)}
}

// furtherOf is one of the FurtherMetrics of an arm.
func furtherOf(m metric.Metric, arm *record.Arm) figures.Figure {
	if m.Objectives && arm.Objectives == nil {
		return figures.Figure{Interval: figures.Unknown()} // what rules demand is not known here
	}
	return figures.NewCalculator().Arm(m, arm, 0.05) // any α will do: the bounds are not used
}

// OfBlock is the figures of one block of an arm, by its index in Blocks. What is counted for the whole run alone is unknown
// or 0 in it: tokens, bytes, connections, the ledger.
func OfBlock(arm *record.Arm, block int) Arm {
	one := record.Arm{Name: arm.Name, Levels: arm.Levels, Protocol: arm.Protocol, Load: arm.Load, Objectives: arm.Objectives, Blocks: arm.Blocks[block : block+1]}
	if main := one.Main(&one.Blocks[0]); main != nil {
		one.Percentiles = main.Percentiles
	}
	out := ofArm(&one)
	for _, m := range FurtherMetrics() {
		if furtherOf(m, &one).Whole {
			delete(out.further, m.Name)
		}
	}
	return out
}

// counted is the counts, which JSON writes as an object if there are none.
func counted(counts map[string]uint64) map[string]uint64 {
	if counts == nil {
		return map[string]uint64{}
	}
	return counts
}

// offered returns the prompts due per second under open load. It counts complete blocks
// only: how long a slice that was cut short lasted is unknown.
func offered(arm *record.Arm) *float64 {
	due, seconds := uint64(0), 0.0
	for _, b := range arm.Blocks {
		if b.Open != nil && b.Complete {
			due, seconds = due+b.Open.Due, seconds+b.Open.DurationMS/1000
		}
	}
	return Ratio(float64(due), seconds)
}

// FurtherMetrics returns the metrics that reports show and that have no field in Arm. JSON
// and CSV write them under their names in expressions.
func FurtherMetrics() []metric.Metric {
	return slices.DeleteFunc(metric.Shown(), func(m metric.Metric) bool { return !further(m) })
}

func further(m metric.Metric) bool {
	return m.Latency == "" && m.Name != metric.TPS && m.Kind != metric.OfShare
}

// Shown returns the metrics that tables and plots of the arms show. A further one, and the error
// rate under closed load, is left out if its figure is 0 or unknown in every arm, and one
// about retries if there were none.
func Shown(arms []Arm) []metric.Metric {
	return slices.DeleteFunc(metric.Shown(), func(m metric.Metric) bool {
		return (further(m) || m.Name == metric.ClosedErrorRate) &&
			!slices.ContainsFunc(arms, func(a Arm) bool { return tells(a, m) })
	})
}

func tells(a Arm, m metric.Metric) bool {
	v := a.Figure(m)
	return v != nil && (*v != 0 || m.Objectives) && (!m.Retried || a.Attempts > a.Requests)
}

// closedErrors counts the failed requests of an arm's closed slices by class, of the classes
// that have any.
func closedErrors(arm *record.Arm) map[string]uint64 {
	out := map[string]uint64{}
	for _, b := range arm.Blocks {
		if b.Closed != nil {
			for class, n := range b.Closed.Errors {
				out[class] += n
			}
		}
	}
	maps.DeleteFunc(out, func(_ string, n uint64) bool { return n == 0 })
	return out
}

func authOf(arm *record.Arm) Auth {
	client, server := arm.AuthMS()
	return Auth{Client: client, Server: server}
}

func wire(w record.Wire) Wire {
	n := float64(w.Requests)
	return Wire{
		Sent: Ratio(float64(w.Sent.WireBytes), n), Received: Ratio(float64(w.Received.WireBytes), n),
		HeaderSent: Ratio(float64(w.Sent.HeaderBytes), n), HeaderReceived: Ratio(float64(w.Received.HeaderBytes), n),
		BodySent: Ratio(float64(w.Sent.BodyBytes), n), BodyReceived: Ratio(float64(w.Received.BodyBytes), n),
	}
}

// tokens are the tokens of the whole run, if every answer reported them.
func tokens(t record.Totals) (out Tokens) {
	if t.Tokens.Input == 0 && t.Tokens.Output == 0 {
		return out // an answer always bills something: these reported nothing
	}
	if t.Unreported.Input == 0 {
		out.Input = &t.Tokens.Input
	}
	if t.Unreported.Output == 0 {
		out.Output = &t.Tokens.Output
	}
	return out
}

func ledger(l *record.Ledger, main *record.Slice) *Ledger {
	if l == nil {
		return nil
	}
	return &Ledger{Matches: l.Matches, Attempts: l.Attempts, Absent: l.Absent, Unread: l.Unread != "", LatencyError: latencyErrorOf(main)}
}

// latencyErrorOf returns the harness's error; nil if no server reports a time of its own.
func latencyErrorOf(s *record.Slice) *LatencyError {
	if s.LatencyError.Count()+s.Overstated.Count() == 0 {
		return nil
	}
	return &LatencyError{P50: record.Milliseconds(s.LatencyErrorQuantile(0.50)), P99: record.Milliseconds(s.LatencyErrorQuantile(0.99))}
}

// latency returns the statistics of a histogram; nil if it is empty.
func latency(h *record.Hist) *Latency {
	if h.Count() == 0 {
		return nil
	}
	return &Latency{
		Mean: record.Milliseconds(h.Mean()), P50: record.Milliseconds(h.Quantile(0.50)), P90: record.Milliseconds(h.Quantile(0.90)), P95: record.Milliseconds(h.Quantile(0.95)),
		P99: record.Milliseconds(h.Quantile(0.99)), P999: record.Milliseconds(h.Quantile(0.999)), Max: new(record.Milliseconds(h.Max())),
	}
}

// keptLatency returns the statistics that a slim record keeps of its histograms; nil if it keeps none.
func keptLatency(p *record.Percentiles) *Latency {
	if p == nil {
		return nil
	}
	return &Latency{Mean: p.MeanMS, P50: p.P50MS, P90: p.P90MS, P95: p.P95MS, P99: p.P99MS, P999: p.P999MS}
}

// Ratio returns part over whole; nil if whole is 0.
func Ratio(part, whole float64) *float64 {
	if whole == 0 {
		return nil
	}
	return new(part / whole)
}

// Figure returns the arm's figure of a metric that reports show, latencies over answered
// prompts; nil if unknown.
func (a Arm) Figure(m metric.Metric) *float64 {
	switch {
	case m.Name == metric.TPS:
		return a.TPS
	case m.Name == metric.ErrorRate:
		return a.ErrorRate
	case m.Name == metric.ClosedErrorRate:
		return a.ClosedErrorRate
	case m.Latency == "":
		return a.further[m.Name]
	}
	h := a.Latencies(m.Latency)
	switch {
	case h.Count() == 0 && m.Latency == metric.Response:
		return a.Response.figure(m)
	case h.Count() == 0:
		return nil
	case m.Name == metric.Mean:
		return new(record.Milliseconds(h.Mean()))
	}
	return new(record.Milliseconds(h.Quantile(m.Quantile)))
}

// figure returns the mean or a percentile; nil if it is not known.
func (l *Latency) figure(m metric.Metric) *float64 {
	switch {
	case l == nil:
		return nil
	case m.Name == metric.Mean:
		return &l.Mean
	}
	switch m.Quantile {
	case 0.5:
		return &l.P50
	case 0.9:
		return &l.P90
	case 0.95:
		return &l.P95
	case 0.99:
		return &l.P99
	case 0.999:
		return &l.P999
	}
	return nil
}

// Latencies returns the histogram of a latency over answered prompts; nil if there is none.
func (a Arm) Latencies(of metric.Latency) *record.Hist {
	switch of {
	case metric.TTFT:
		return a.main.TTFT
	case metric.TTFO:
		return a.main.TTFO
	case metric.TPOT:
		return a.main.TPOT
	}
	return a.main.Response
}

// ChunkGaps returns the histogram of the time between pieces of content; nil if there is none.
func (a Arm) ChunkGaps() *record.Hist { return a.main.ChunkGap }

// Longest returns the longest response latency in milliseconds; nil if nothing was answered, or it is not known.
func (a Arm) Longest() *float64 {
	if a.Response == nil {
		return nil
	}
	return a.Response.Max
}

// Interval is a figure with its bounds.
type Interval = figures.Interval

// IntervalOf returns the interval of v, an arm's figure of a metric, with figures.Confidence; nil if it is not
// known, or belongs to another figure, as it may if blocks were cut short.
func IntervalOf(arm *record.Arm, m metric.Metric, v float64) *Interval {
	const alpha, same = (1 - figures.Confidence) / 2, 0.01
	in := figures.NewCalculator().Arm(m, arm, alpha).Interval
	low, high := figures.Known(in.Low), figures.Known(in.High)
	if low == nil || high == nil || figures.Known(in.Value) == nil || math.Abs(in.Value-v) > same*math.Abs(v) || *low == *high {
		return nil
	}
	return &in
}
