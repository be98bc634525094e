package summary

import (
	"maps"

	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// pooled is what an arm's slices of one kind of load add up to.
type pooled struct {
	due, answered, failed, neverSent, requests, attempts uint64

	errors map[string]uint64

	slices []*record.Slice

	// The rates are over complete blocks alone: the length of a slice that was cut short is not known.
	rateDue, rateInWindow uint64
	rateSeconds           float64
}

func openLoad(b *record.Block) *record.Slice   { return b.Open }
func closedLoad(b *record.Block) *record.Slice { return b.Closed }

// pool adds up the slices that pick finds in the arm's blocks.
func pool(arm *record.Arm, pick func(*record.Block) *record.Slice) pooled {
	m := pooled{errors: map[string]uint64{}}
	for i := range arm.Blocks {
		if s := pick(&arm.Blocks[i]); s != nil {
			m.add(s, arm.Blocks[i].Complete)
		}
	}
	return m
}

func (m *pooled) add(s *record.Slice, complete bool) {
	m.due += s.Due
	m.answered += s.Answered
	m.failed += s.Failed
	m.neverSent += s.NeverSent
	m.requests += s.Requests
	m.attempts += s.Attempts
	for class, n := range s.Errors {
		m.errors[class] += n
	}
	m.slices = append(m.slices, s)
	if complete {
		m.rateDue += s.Due
		m.rateInWindow += s.InWindow
		m.rateSeconds += s.DurationMS / 1000
	}
}

// merged is one of the histograms over all slices.
func (m pooled) merged(of func(*record.Slice) *record.Hist) *record.Hist {
	var hists []*record.Hist
	for _, s := range m.slices {
		hists = append(hists, of(s))
	}
	return record.Merged(hists...)
}

func response(s *record.Slice) *record.Hist     { return s.Response }
func service(s *record.Slice) *record.Hist      { return s.Service }
func firstByte(s *record.Slice) *record.Hist    { return s.FirstByte }
func failedAfter(s *record.Slice) *record.Hist  { return s.FailedAfter }
func slotWait(s *record.Slice) *record.Hist     { return s.SlotWait }
func sendLag(s *record.Slice) *record.Hist      { return s.SendLag }
func ttft(s *record.Slice) *record.Hist         { return s.TTFT }
func firstContent(s *record.Slice) *record.Hist { return s.FirstContent }
func chunkGap(s *record.Slice) *record.Hist     { return s.ChunkGap }
func tpot(s *record.Slice) *record.Hist         { return s.TPOT }
func latencyError(s *record.Slice) *record.Hist { return s.LatencyError }

func ofArm(arm *record.Arm) Arm {
	open, closed := pool(arm, openLoad), pool(arm, closedLoad)
	main := pool(arm, arm.Main)
	out := Arm{
		Arm:    arm.Name,
		Levels: maps.Clone(arm.Levels),
		Due:    main.due, Answered: main.answered, Failed: main.failed, NeverSent: main.neverSent,
		Requests: main.requests, Attempts: main.attempts,
		Offered:     ratio(float64(open.rateDue), open.rateSeconds),
		ErrorRate:   ratio(float64(main.failed), float64(main.due)),
		Errors:      main.errors,
		Service:     latency(main.merged(service)),
		FailedMS:    latency(main.merged(failedAfter)),
		SlotWait:    latency(main.merged(slotWait)),
		Auth:        authOf(arm),
		Wire:        wire(arm.Totals.Wire),
		Connections: arm.Totals.Connections,
		Tokens:      tokens(arm.Totals.Tokens), TokenRequests: arm.Totals.TokenRequests,
		latencies:    map[metric.Latency]*record.Hist{metric.Response: main.merged(response), metric.TTFT: main.merged(ttft), metric.TPOT: main.merged(tpot)},
		FirstContent: latency(main.merged(firstContent)),
		ChunkGap:     latency(main.merged(chunkGap)),
		FirstByte:    latency(main.merged(firstByte)),
		Parts:        partsOf(main),
		sendLags:     main.merged(sendLag), latencyErrors: main.merged(latencyError),
	}
	out.Response, out.TTFT, out.TPOT = latency(out.latencies[metric.Response]), latency(out.latencies[metric.TTFT]), latency(out.latencies[metric.TPOT])
	out.SendLag = latency(out.sendLags)
	out.Ledger = ledger(arm.Ledger, out.latencyErrors)
	if out.Levels == nil {
		out.Levels = map[string]string{}
	}
	if arm.Protocol != "" {
		out.Protocol = &arm.Protocol
	}
	out.setTPS("open", open)
	out.setTPS("closed", closed)
	return out
}

// setTPS takes the TPS of a load if it was measured.
func (a *Arm) setTPS(from string, m pooled) {
	if tps := ratio(float64(m.rateInWindow), m.rateSeconds); tps != nil {
		a.TPS, a.TPSFrom = tps, &from
	}
}

func authOf(arm *record.Arm) Auth {
	client, server := arm.AuthMS()
	return Auth{Client: client, Server: server}
}

func wire(w record.Wire) Wire {
	n := float64(w.Requests)
	return Wire{
		Sent: ratio(float64(w.Sent.WireBytes), n), Received: ratio(float64(w.Received.WireBytes), n),
		HeaderSent: ratio(float64(w.Sent.HeaderBytes), n), HeaderReceived: ratio(float64(w.Received.HeaderBytes), n),
	}
}

func tokens(t record.Tokens) Tokens {
	if t.Input == 0 && t.Output == 0 {
		return Tokens{} // no answer bills nothing at all: these told of none
	}
	return Tokens{Input: &t.Input, Output: &t.Output}
}

func ledger(l *record.Ledger, errors *record.Hist) *Ledger {
	if l == nil {
		return nil
	}
	return &Ledger{Matches: l.Matches, Attempts: l.Attempts, Absent: l.Absent, LatencyError: latencyErrorOf(errors)}
}

func latencyErrorOf(errors *record.Hist) *LatencyError {
	if errors.Count() == 0 {
		return nil
	}
	return &LatencyError{P50: record.Milliseconds(errors.Quantile(0.50)), P99: record.Milliseconds(errors.Quantile(0.99))}
}

// latency is nil for an empty histogram.
func latency(h *record.Hist) *Latency {
	if h.Count() == 0 {
		return nil
	}
	return &Latency{
		Mean: record.Milliseconds(h.Mean()), P50: record.Milliseconds(h.Quantile(0.50)), P90: record.Milliseconds(h.Quantile(0.90)), P95: record.Milliseconds(h.Quantile(0.95)),
		P99: record.Milliseconds(h.Quantile(0.99)), P999: record.Milliseconds(h.Quantile(0.999)), Max: record.Milliseconds(h.Max()),
	}
}

// ratio is nil where it is not defined.
func ratio(part, whole float64) *float64 {
	if whole == 0 {
		return nil
	}
	return new(part / whole)
}

// Figure is a metric of the arm, latencies over answered prompts; nil where it is not known.
func (a Arm) Figure(m metric.Metric) *float64 {
	switch m.Name {
	case metric.TPS:
		return a.TPS
	case metric.ErrorRate:
		return a.ErrorRate
	}
	h := a.latencies[m.Latency]
	switch {
	case h.Count() == 0:
		return nil
	case m.Name == metric.Mean:
		return new(record.Milliseconds(h.Mean()))
	}
	return new(record.Milliseconds(h.Quantile(m.Quantile)))
}

// Longest is the longest response latency in milliseconds; nil where nothing was answered.
func (a Arm) Longest() *float64 {
	if a.Response == nil {
		return nil
	}
	return &a.Response.Max
}

// Responses is the distribution of response latency over answered prompts.
func (a Arm) Responses() *record.Hist { return a.latencies[metric.Response] }
