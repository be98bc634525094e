package figures

import (
	"math"
	"slices"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// amount is a number that a slice adds to a sum; NaN if the record does not have it.
type amount func(*record.Slice) float64

// quotient is a metric that is one amount over another, each summed over complete blocks.
type quotient struct {
	name      string
	count, of amount
	// untold says why count may be NaN; empty if it never is.
	untold string
}

// withoutHistograms says why a slim record does not have an amount.
const withoutHistograms = "of a slim record is not known: it holds no histograms"

func (q quotient) arm(arm *record.Arm, alpha float64) Figure { return q.over(arm, mainSlice, alpha) }

// over is the quotient of the slices that from chooses.
func (q quotient) over(arm *record.Arm, from pick, alpha float64) Figure {
	clusters := q.clustersOf(arm, from)
	rate := stat.RateOf(clusters)
	return Figure{Interval: bounded(rate.Value, rate.Bounds(alpha)), Warnings: q.warnings(clusters)}
}

// clustersOf returns the count and the divisor of each complete block of one arm.
func (q quotient) clustersOf(arm *record.Arm, from pick) []stat.Cluster {
	one := []*record.Arm{arm}
	return q.clusters(one, sharedBlocks(one, from, anySlice), from)
}

// clusters returns the count and the divisor of each block, summed over the arms.
func (q quotient) clusters(arms []*record.Arm, blocks []int, from pick) []stat.Cluster {
	var out []stat.Cluster
	for _, block := range blocks {
		var c stat.Cluster
		for _, arm := range arms {
			s := slicesOf(arm, []int{block}, from)[0]
			c.Count += q.count(s)
			c.Of += q.of(s)
		}
		out = append(out, c)
	}
	return out
}

// ratio is the ratio of the sums over all pairs, block by block.
func (q quotient) ratio(pairs []Pair, alpha float64) Figure {
	return q.ratioOver(pairs, mainSlice, alpha)
}

// ratioOver is the ratio over the slices that from chooses.
func (q quotient) ratioOver(pairs []Pair, from pick, alpha float64) Figure {
	blocks := sharedBlocks(Arms(pairs), from, anySlice)
	head, base := q.clusters(heads(pairs), blocks, from), q.clusters(bases(pairs), blocks, from)
	warnings := q.warnings(append(slices.Clone(head), base...))
	e := stat.RatioOf(head, base, alpha)
	if e == nil {
		return unknownFigure(append(warnings, "a ratio to nothing is not known")...)
	}
	return Figure{Interval: bounded(e.Value, e.Interval), Warnings: warnings}
}

func (q quotient) warnings(clusters []stat.Cluster) []string {
	if slices.ContainsFunc(clusters, func(c stat.Cluster) bool { return math.IsNaN(c.Count) }) {
		return []string{q.name + " " + q.untold}
	}
	return nil
}

// valuesFrom are the quotient over all complete blocks, and block by block.
func (q quotient) valuesFrom(arm *record.Arm, from pick) (v values) {
	clusters := q.clustersOf(arm, from)
	v.blocks = quotients(clusters)
	if rate := stat.RateOf(clusters); len(clusters) > 0 && !math.IsNaN(rate.Value) {
		v.whole = &rate.Value
	}
	return v
}

// quotients are Count over Of of the single clusters. A cluster with nothing to divide by, such
// as a block in which no prompt was due, has none.
func quotients(clusters []stat.Cluster) []float64 {
	var out []float64
	for _, c := range clusters {
		if c.Of != 0 {
			out = append(out, c.Count/c.Of)
		}
	}
	return out
}

// share is a quotient whose numerator is part of its denominator, so that it lies in 0…1, over
// the slices that from chooses.
type share struct {
	quotient
	from pick
}

// errorRate is the error rate of that name.
func errorRate(name string) share {
	return share{quotient{name: name, count: failed, of: due}, failuresFrom(name)}
}

func (s share) arm(arm *record.Arm, alpha float64) Figure {
	clusters := s.clustersOf(arm, s.from)
	rate := stat.RateOf(clusters)
	return Figure{Interval: bounded(rate.Value, rate.ShareBounds(alpha)), Warnings: s.warnings(clusters)}
}

func (s share) ratio(pairs []Pair, alpha float64) Figure { return s.ratioOver(pairs, s.from, alpha) }

func (s share) values(arm *record.Arm) values {
	v := s.valuesFrom(arm, s.from)
	v.failures = s.clustersOf(arm, s.from)
	return v
}

func failed(s *record.Slice) float64    { return float64(failuresIn(s).Failed) }
func due(s *record.Slice) float64       { return float64(failuresIn(s).Due) }
func answered(s *record.Slice) float64  { return float64(s.Answered) }
func inWindow(s *record.Slice) float64  { return float64(s.InWindow) }
func attempts(s *record.Slice) float64  { return float64(s.Attempts) }
func requests(s *record.Slice) float64  { return float64(s.Requests) }
func inSeconds(s *record.Slice) float64 { return s.DurationMS / 1000 }

// outputInWindow is the output tokens of a slice's prompts in its window.
func outputInWindow(s *record.Slice) float64 {
	if s.UsageInWindow != s.InWindow {
		return math.NaN()
	}
	return float64(s.OutputInWindow)
}

// unreported says why a sum of tokens is not known.
const unreported = "is not known: not every answer reported it"

// completionMS and completions are the time that batches took, and how many of them ended.
func completionMS(s *record.Slice) float64 { return batchesOf(s).Completion.TotalMS }
func completions(s *record.Slice) float64  { return float64(batchesOf(s).Completion.Count) }

// batchesOf is what became of a slice's batches; empty if it has none.
func batchesOf(s *record.Slice) record.Batches {
	if s.Batches == nil {
		return record.Batches{}
	}
	return *s.Batches
}

// cachesOf is the prompts of a slice by the cache that answered them; none if no cache tells.
func cachesOf(s *record.Slice) record.Caches {
	if s.Caches == nil {
		return record.Caches{}
	}
	return *s.Caches
}

func savedCalls(s *record.Slice) float64 { return float64(cachesOf(s).Client) }
func fromCaches(s *record.Slice) float64 { c := cachesOf(s); return float64(c.Client + c.Edge) }
func ofKnownSource(s *record.Slice) float64 {
	c := cachesOf(s)
	return float64(c.Client + c.Edge + c.Server)
}
func staleAnswers(s *record.Slice) float64   { return float64(cachesOf(s).Stale) }
func ofKnownContent(s *record.Slice) float64 { c := cachesOf(s); return float64(c.Current + c.Stale) }

func spanTokens(s *record.Slice) float64  { return s.Span.Tokens }
func spanSeconds(s *record.Slice) float64 { return s.Span.MS / 1000 }

// usage is what a slice's answers report; empty in older records.
func usage(s *record.Slice) record.Usage {
	if s.Usage == nil {
		return record.Usage{}
	}
	return *s.Usage
}

// tokens is a sum of tokens, if every answer reports it.
func tokens(u record.Usage, r record.Reported) float64 {
	if r.Answers < u.Answers {
		return math.NaN()
	}
	return float64(r.Tokens)
}

func answers(s *record.Slice) float64         { return float64(usage(s).Answers) }
func reasoningTokens(s *record.Slice) float64 { u := usage(s); return tokens(u, u.Reasoning) }
func cachedTokens(s *record.Slice) float64    { u := usage(s); return tokens(u, u.Cached) }
func inputTokens(s *record.Slice) float64     { u := usage(s); return tokens(u, u.Input) }

// attemptsOfAnswers is the attempts of a slice, if it also tells the answered requests.
func attemptsOfAnswers(s *record.Slice) float64 {
	if s.Usage == nil && s.Answered > 0 {
		return math.NaN()
	}
	return attempts(s)
}

// retriesRefused is the requests of a slice that were not tried again for lack of a budget.
func retriesRefused(s *record.Slice) float64 {
	switch {
	case s.RetriesRefused != nil:
		return float64(*s.RetriesRefused)
	case s.Requests == 0:
		return 0
	}
	return math.NaN()
}

// allowedTotal is how many requests an adaptive limit allowed at once, added up over allowedRequests.
func allowedTotal(s *record.Slice) float64    { return float64(allowed(s).Total) }
func allowedRequests(s *record.Slice) float64 { return float64(allowed(s).Requests) }

func allowed(s *record.Slice) record.Allowed {
	if s.Allowed == nil {
		return record.Allowed{}
	}
	return *s.Allowed
}

// seen is a quotient over what many arms have none of; none says so.
type seen struct {
	quotient
	none string
}

func (s seen) arm(arm *record.Arm, alpha float64) Figure {
	f := s.quotient.arm(arm, alpha)
	if math.IsNaN(f.Value) && len(f.Warnings) == 0 {
		f.Warnings = []string{s.name + " " + s.none}
	}
	return f
}

// latencySum is the response latencies of a slice's answered prompts added up, in ms.
func latencySum(s *record.Slice) float64 {
	if s.Batches != nil && s.Percentiles == nil && s.Response.Count() == 0 && s.Answered > 0 {
		return math.NaN() // longer than a histogram holds
	}
	if s.Percentiles != nil {
		return s.Percentiles.MeanMS * float64(s.Answered)
	}
	return record.Milliseconds(s.Response.Mean()) * float64(s.Answered)
}

// connectMS is how long the answered prompts of a slice waited for a connection, partsMS their
// response latencies added up, in ms.
func connectMS(s *record.Slice) float64 {
	if s.Parts == nil {
		return math.NaN()
	}
	return s.Parts.Connect.TotalMS
}

func partsMS(s *record.Slice) (sum float64) {
	if s.Parts == nil {
		return 0
	}
	for _, part := range s.Parts.All() {
		sum += part.TotalMS
	}
	return sum
}

// unjudged says why it is not known how many prompts were good.
const unjudged = "is not known: not every answer has a known time to its first token and per output token, which objectives need"

// good is the prompts due in a slice that met every objective.
func good(s *record.Slice) float64 {
	if s.Unjudged > 0 {
		return math.NaN()
	}
	return float64(s.Good)
}

// goodput is the prompts per second that met every objective: all objectives of the arm or, if it has none,
// the objectives that rules set, which the embedded quotient counts.
type goodput struct{ quotient }

func (g goodput) arm(arm *record.Arm, alpha float64) Figure { return g.of(arm).arm(arm, alpha) }

func (g goodput) ratio(pairs []Pair, alpha float64) Figure {
	return g.of(Arms(pairs)...).ratio(pairs, alpha)
}

// of is the calculation for the arms.
func (g goodput) of(arms ...*record.Arm) divided {
	for _, arm := range arms {
		switch brief := brevityOf(arm); {
		case arm.Objectives == nil:
			return g.quotient
		case untimed(arm):
			return unknown("goodput is not known: " + noTokenTimes)
		case arm.Load.OpenDurationMS == 0 && brief.misleading:
			return unknown("goodput is not known: " + brief.advice())
		}
	}
	return quotient{metric.Goodput, good, inSeconds, unjudged}
}

// goodShare is the share of the prompts due that met every objective.
type goodShare struct{ share }

func (g goodShare) arm(arm *record.Arm, alpha float64) Figure { return g.of(arm).arm(arm, alpha) }

func (g goodShare) ratio(pairs []Pair, alpha float64) Figure {
	return g.of(Arms(pairs)...).ratio(pairs, alpha)
}

func (g goodShare) of(arms ...*record.Arm) divided {
	for _, arm := range arms {
		if arm.Objectives == nil {
			return unknown(metric.GoodShare + " needs objectives (objectives.ttft, .tpot or .response)")
		}
		if untimed(arm) {
			return unknown(metric.GoodShare + " is not known: " + noTokenTimes)
		}
	}
	return g.share
}

// noTokenTimes says why objectives of single tokens cannot be judged.
const noTokenTimes = "the answers of a batch come whole, and have no TTFT and no TPOT (objectives.ttft, .tpot)"

// untimed says whether an arm's answers lack a time that its objectives name.
func untimed(arm *record.Arm) bool {
	return arm.Load.BatchPrompts > 0 && (arm.Objectives.TTFTMS > 0 || arm.Objectives.TPOTMS > 0)
}

// unknown is the calculation of a metric that is not known, and why.
type unknown string

func (u unknown) arm(*record.Arm, float64) Figure { return unknownFigure(string(u)) }
func (u unknown) ratio([]Pair, float64) Figure    { return unknownFigure(string(u)) }

// within is how many prompts of a slice were answered within every objective.
func (r Calculator) within(s *record.Slice) float64 {
	switch {
	case len(r.objectives) == 0:
		return float64(s.Answered)
	case s.Response == nil && s.Answered > 0:
		return math.NaN()
	}
	count := s.Answered
	for _, objective := range r.objectives {
		below, at, _ := s.Response.CountsAround(objective)
		count = min(count, below+at)
	}
	return float64(count)
}

// mean is the mean response latency of answered prompts.
type mean struct {
	quotient
	latencies latencies
}

func (m mean) sample(pairs []Pair) Sample {
	blocks := blocksAnswered(pairs, mainSlice, anyDue, hasAny(metric.Response))
	out, groups := blocks.sample(pairs, ""), inGroups(blocks.both, 1)
	out.fill(blocks, groups, logRatios(pairs, groups, func(arm *record.Arm, indices []int) float64 {
		return m.latencies.of(arm, indices, metric.Response).mean
	}), -1)
	return out
}
