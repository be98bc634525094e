package figures

import (
	"math"

	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/bench/record/byregion"
	"weighbridge/bench/stat"
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
		f.Interval, f.Whole = Exactly(*v), true
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
	f.Interval, f.Whole = Exactly(math.Exp(sum/float64(len(pairs)))), true
	return f
}

// counted is a total of whole things, such as requests.
type counted struct{ total }

func (c counted) arm(arm *record.Arm, alpha float64) Figure {
	f := c.total.arm(arm, alpha)
	f.Counted = f.Whole
	return f
}

func (c counted) ratio(pairs []Pair, alpha float64) Figure {
	f := c.total.ratio(pairs, alpha)
	f.Counted = f.Whole
	return f
}

// perRequest divides bytes by the requests they were counted over; nil if there were none.
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
func pushes(arm *record.Arm) *float64        { return new(float64(arm.Totals.Pushes)) }
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

// cost is what the tokens of an arm's answers cost, in USD; nil if the price of its model is
// unknown, or if not every answer reported its tokens.
func cost(arm *record.Arm) *float64 {
	t := arm.Totals
	if arm.Price == nil || t.Unreported != (record.Tokens{}) || t.Tokens == (record.Tokens{}) {
		return nil
	}
	return new(arm.Price.Cost(t.Tokens))
}

// costPer is the cost per so many of something; nil if there is none of it.
func costPer(many float64, of func(record.Totals) uint64) func(*record.Arm) *float64 {
	return func(arm *record.Arm) *float64 {
		all, n := cost(arm), of(arm.Totals)
		if all == nil || n == 0 {
			return nil
		}
		return new(*all / float64(n) * many)
	}
}

// drift is by how many tokens an account differs from the mock's ledger, as a share of the ledger's tokens;
// nil without callbacks, or if the ledger could not be read.
func drift(name string, account func(*record.Arm) billing.Tokens) counted {
	return counted{total{name, func(arm *record.Arm) *float64 {
		if arm.Billing == nil || arm.Ledger == nil || arm.Ledger.Unread != "" {
			return nil
		}
		truth := float64(arm.Ledger.Tokens.Input + arm.Ledger.Tokens.Output)
		if truth == 0 {
			return nil
		}
		return new(math.Abs(float64(account(arm).Sum())-truth) / truth)
	}}}
}

func fromAnswers(arm *record.Arm) billing.Tokens {
	return billing.Tokens{Input: arm.Totals.Tokens.Input, Output: arm.Totals.Tokens.Output}
}

func answeredPrompts(t record.Totals) uint64 { return t.Answered }
func outputTokens(t record.Totals) uint64    { return t.Tokens.Output }

// wire is bytes per request of all slices of a block.
type wire struct {
	// total is the figure of older records, which lack the bytes of single slices.
	total
	bytes func(record.Wire) uint64
}

func (w wire) arm(arm *record.Arm, alpha float64) Figure {
	clusters := w.clusters(arm)
	if clusters == nil {
		return w.total.arm(arm, alpha)
	}
	rate := stat.RateOf(clusters)
	return Figure{Interval: bounded(rate.Value, rate.Bounds(alpha))}
}

func (w wire) ratio(pairs []Pair, alpha float64) Figure { return blockRatio(w, w.total, pairs, alpha) }

// clusters are the bytes and the requests of each block; nil if the record does not have them.
func (w wire) clusters(arm *record.Arm) []stat.Cluster {
	var out []stat.Cluster
	for _, block := range sharedBlocks([]*record.Arm{arm}, mainSlice, anySlice) {
		var c stat.Cluster
		for _, from := range []pick{openSlice, closedSlice} {
			if s := slicesOf(arm, []int{block}, from)[0]; s != nil && s.Wire.Requests > 0 {
				c.Count += float64(w.bytes(s.Wire))
				c.Of += float64(s.Wire.Requests)
			}
		}
		out = append(out, c)
	}
	return told(out)
}

// told is the clusters, or nil if none of them divides by anything.
func told(clusters []stat.Cluster) []stat.Cluster {
	for _, c := range clusters {
		if c.Of > 0 {
			return clusters
		}
	}
	return nil
}

// authCost is the cost of authentication per request in ms, client and server together. The
// server reports its part in each block. The client's part is measured in each block if its tokens are
// short-lived; otherwise it is the cost of one token, spread over the requests of its life.
type authCost struct{ total }

// amortisedShare bounds the client's part of the cost if it is one figure for the whole run: up to this
// share, the bounds of the server's part are taken for the bounds of the sum.
const amortisedShare = 0.05

func (c authCost) arm(arm *record.Arm, alpha float64) Figure {
	clusters := c.clusters(arm)
	if clusters == nil {
		return c.total.arm(arm, alpha)
	}
	rate := stat.RateOf(clusters)
	return Figure{Interval: bounded(rate.Value, rate.Bounds(alpha))}
}

func (c authCost) ratio(pairs []Pair, alpha float64) Figure {
	return blockRatio(c, c.total, pairs, alpha)
}

// clusters are the cost and the requests of each block; nil if a part of the cost that counts is
// one figure for the whole run.
func (c authCost) clusters(arm *record.Arm) []stat.Cluster {
	client, server := arm.AuthMS()
	if server == nil {
		return nil
	}
	slices := slicesOf(arm, sharedBlocks([]*record.Arm{arm}, mainSlice, anySlice), mainSlice)
	amortised, renewed := 0.0, renewedOften(arm, slices)
	if client != nil && !renewed {
		amortised = *client
		if amortised > amortisedShare*(amortised+*server) {
			return nil
		}
	}
	var out []stat.Cluster
	for _, s := range slices {
		reported, n := s.Server["auth"], float64(s.Requests)
		if reported.Count == 0 {
			out = append(out, stat.Cluster{})
			continue
		}
		cost := (reported.TotalMS/float64(reported.Count) + amortised) * n
		if renewed {
			cost += s.Credentials.TotalMS
		}
		out = append(out, stat.Cluster{Count: cost, Of: n})
	}
	return told(out)
}

// renewedOften says whether an arm's tokens live so shortly that the blocks measured the cost of
// enough of them.
func renewedOften(arm *record.Arm, slices []*record.Slice) bool {
	ms := 0.0
	for _, s := range slices {
		ms += s.DurationMS
	}
	auth := arm.Totals.ClientAuth
	return auth.PerRequest || auth.LifeMS > 0 && auth.LifeMS*stat.MinValues <= ms
}

// blocked is a calculation with a cluster for every block of an arm; nil if the record does not
// tell them.
type blocked interface {
	clusters(arm *record.Arm) []stat.Cluster
}

// blockRatio is the ratio of the sums over all pairs, block by block, or of whole runs where a
// record tells no more.
func blockRatio(of blocked, whole total, pairs []Pair, alpha float64) Figure {
	var head, base []stat.Cluster
	for _, p := range pairs {
		inHead, inBase := of.clusters(p.Head), of.clusters(p.Base)
		if inHead == nil || inBase == nil || len(inHead) != len(inBase) || head != nil && len(head) != len(inHead) {
			return whole.ratio(pairs, alpha)
		}
		head, base = added(head, inHead), added(base, inBase)
	}
	e := stat.RatioOf(head, base, alpha)
	if e == nil {
		return unknownFigure("a ratio to nothing is not known")
	}
	return Figure{Interval: bounded(e.Value, e.Interval)}
}

// added adds up clusters of the same blocks.
func added(to, more []stat.Cluster) []stat.Cluster {
	if to == nil {
		return more
	}
	for i, c := range more {
		to[i].Count += c.Count
		to[i].Of += c.Of
	}
	return to
}

// noOutage says why an arm has no figure of outages.
const noOutage = "is not known: there was no outage that ended: ten failed attempts in a row under open load, for 100 ms or more"

// partialOutage says why the mean length of outages is unknown.
const partialOutage = "is not known: an outage was on when an open slice began, or not over when it ended (blocks of open load alone, in concurrent order, have no gaps between them)"

func outageMS(s *record.Slice) float64 {
	if outagesOf(s).Partial > 0 {
		return math.NaN()
	}
	return outagesOf(s).Lasted.TotalMS
}

func outages(s *record.Slice) float64    { return float64(outagesOf(s).Lasted.Count) }
func recoveries(s *record.Slice) float64 { return float64(outagesOf(s).Recovery.Count) }

func recoveryMS(s *record.Slice) float64 {
	if outagesOf(s).Unrecovered > 0 {
		return math.NaN()
	}
	return outagesOf(s).Recovery.TotalMS
}

func outagesOf(s *record.Slice) record.Outages {
	if s.Outages == nil {
		return record.Outages{}
	}
	return *s.Outages
}

// unavailableMS is for how long every prompt that was due in an open slice failed, openSlices is 1 for
// each slice that tells; an older record does not.
func unavailableMS(s *record.Slice) float64 {
	if s.UnavailableMS == nil {
		return 0
	}
	return *s.UnavailableMS
}

func openSlices(s *record.Slice) float64 {
	if s.UnavailableMS == nil {
		return 0
	}
	return 1
}

// darkShare is the share of an arm's attempts that came to a region in an outage; nil without regions
// whose ledger was read.
func darkShare(arm *record.Arm) *float64 {
	if arm.Ledger == nil {
		return nil
	}
	dark, all := uint64(0), uint64(0)
	for _, r := range arm.Ledger.Regions {
		dark, all = dark+r.Dark, all+r.Attempts
	}
	if all == 0 {
		return nil
	}
	return new(float64(dark) / float64(all))
}

// lostReads is the answers of a slice that found the state of their session lost, slicesWithSessions 1
// for a slice with any answer that told.
func lostReads(s *record.Slice) (lost float64) {
	for _, r := range s.Regions {
		lost += float64(r.Sessions[byregion.Lost])
	}
	return lost
}

func slicesWithSessions(s *record.Slice) float64 { return min(sessionReads(s), 1) }

// staleReads is the answers of a slice that found an older state of their session, sessionReads those
// that have one.
func staleReads(s *record.Slice) (stale float64) {
	for _, r := range s.Regions {
		stale += float64(r.Sessions[byregion.Stale])
	}
	return stale
}

func sessionReads(s *record.Slice) (all float64) {
	for _, r := range s.Regions {
		for _, n := range r.Sessions {
			all += float64(n)
		}
	}
	return all
}
