package figures

import (
	"math"

	"weighbridge/bench/record"
)

// total is a metric with one figure for the whole run: it has no blocks, and so no bounds.
type total struct {
	// name is the metric's in expressions, for warnings.
	name string
	of   func(*record.Arm) *float64
}

func (t total) arm(arm *record.Arm, _ float64) Figure {
	f := unknownFigure(t.name + " is one figure for the whole run: it is judged without bounds")
	if v := t.of(arm); v != nil {
		f.Interval = Exactly(*v)
	}
	return f
}

// ratio is the geometric mean over the pairs.
func (t total) ratio(pairs []Pair, _ float64) Figure {
	f := unknownFigure(t.name + " is one figure for the whole run: its ratio is judged without bounds")
	sum := 0.0
	for _, p := range pairs {
		head, base := t.of(p.Head), t.of(p.Base)
		if head == nil || base == nil || *head <= 0 || *base <= 0 {
			return f
		}
		sum += math.Log(*head / *base)
	}
	f.Interval = Exactly(math.Exp(sum / float64(len(pairs))))
	return f
}

// perRequest divides bytes by the requests they were counted over; nil where there were none.
func perRequest(bytes func(record.Wire) uint64) func(*record.Arm) *float64 {
	return func(arm *record.Arm) *float64 {
		wire := arm.Totals.Wire
		if wire.Requests == 0 {
			return nil
		}
		return new(float64(bytes(wire)) / float64(wire.Requests))
	}
}

func wireBytes(w record.Wire) uint64   { return w.Sent.WireBytes + w.Received.WireBytes }
func headerBytes(w record.Wire) uint64 { return w.Sent.HeaderBytes + w.Received.HeaderBytes }

func connections(arm *record.Arm) *float64   { return new(float64(arm.Totals.Connections)) }
func tokenRequests(arm *record.Arm) *float64 { return new(float64(arm.Totals.TokenRequests)) }

// authMS returns the cost of authentication per request in ms, client and server together, or nil
// if neither is known.
func authMS(arm *record.Arm) *float64 {
	client, server := arm.AuthMS()
	switch {
	case client == nil:
		return server
	case server == nil:
		return client
	}
	return new(*client + *server)
}

// cost is what the tokens of an arm's answers cost, in USD; nil where the price of its model is
// unknown, or where not every answer reported its tokens.
func cost(arm *record.Arm) *float64 {
	t := arm.Totals
	if arm.Price == nil || t.Unreported != (record.Tokens{}) || t.Tokens == (record.Tokens{}) {
		return nil
	}
	return new(arm.Price.Cost(t.Tokens))
}

// costPer is the cost per so many of something; nil where there is none of it.
func costPer(many float64, of func(record.Totals) uint64) func(*record.Arm) *float64 {
	return func(arm *record.Arm) *float64 {
		all, n := cost(arm), of(arm.Totals)
		if all == nil || n == 0 {
			return nil
		}
		return new(*all / float64(n) * many)
	}
}

func answeredPrompts(t record.Totals) uint64 { return t.Answered }
func outputTokens(t record.Totals) uint64    { return t.Tokens.Output }
