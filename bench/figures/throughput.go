package figures

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/ratelimit"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// throughput is a count per second, such as TPS. An arm's figure comes from its closed load, or from its batches: per
// second from their submission to their results. Without either it comes from the open load, and then equals the rate
// offered unless the server fell behind.
type throughput struct{ quotient }

// perSecond returns the throughput of an amount that slices count while they last. untold says why
// the count may be NaN.
func perSecond(name string, count amount, untold string) throughput {
	return throughput{quotient{name, count, inSeconds, untold}}
}

func (t throughput) arm(arm *record.Arm, alpha float64) Figure {
	if brief := brevityOf(arm); brief.misleading {
		return unknownFigure(t.heading() + " is not known: " + brief.advice())
	}
	if why := FellBehind(arm); why != "" {
		return unknownFigure(t.heading() + " is not known: " + why)
	}
	from, _ := throughputFrom(arm)
	return t.over(arm, from, alpha)
}

// TPS returns an arm's prompts answered per second over its complete blocks, and the load it was
// measured under: open, closed or batch; nil and "" if it is unknown.
func TPS(arm *record.Arm) (tps *float64, load string) {
	from, load := throughputFrom(arm)
	if brevityOf(arm).misleading || FellBehind(arm) != "" {
		return nil, ""
	}
	if tps = Known(stat.RateOf(perSecond(metric.TPS, inWindow, "").clustersOf(arm, from)).Value); tps == nil {
		return nil, ""
	}
	return tps, load
}

// FellBehind says that an arm's server fell behind its open load, if its throughput comes from
// that: the answers to the prompts of a slice, which are all counted, then came during the drain
// too. It returns "" if the server kept up in most of the slices and caught up after the others, or
// if the record does not say.
func FellBehind(arm *record.Arm) string {
	if isPaced(arm) {
		return ""
	}
	all := slicesOf(arm, sharedBlocks([]*record.Arm{arm}, openSlice, anyDue), openSlice)
	if !slices.ContainsFunc(all, fellBehind) {
		return "" // without reading histograms
	}
	var l lateness
	l.add(all)
	if l.behind <= l.due/2 && l.lasting <= tolerableEdges*l.due {
		return ""
	}
	grew := fmt.Sprintf("%.0f%% of the prompts timed out, and answers came late", 100*l.overdue/l.due)
	if l.growing > l.behind/2 {
		grew = fmt.Sprintf("the response latency grew by %v each second", record.Digits(time.Duration(l.grown/l.growing*float64(time.Second))))
	}
	if why := limitBound(arm, openSlice); why != "" {
		return fmt.Sprintf("measure it with load.closed, or offer less: %s, and %s", why, grew)
	}
	return "measure it with load.closed, or offer less: the server fell behind the open load (" + grew + ")"
}

// lateness counts the prompts of open slices.
type lateness struct {
	// due are all of them, behind those due in slices in which the server fell behind, and growing those of
	// slices whose latencies show that. lasting is about how many of them were answered late: of each slice the
	// share by which its latencies grew, unless a later slice was answered quickly again.
	due, behind, growing, lasting float64
	// grown is the sum of the growth, and overdue of the share that timed out, each by the prompts due.
	grown, overdue float64
}

// caughtUp is the share of the mean response latency of a slice in which the server fell behind that
// another must be under to show that it has caught up.
const caughtUp = 0.5

func fellBehind(s *record.Slice) bool { return s.Behind > 0 || s.Overdue > 0 }

// add counts slices, given in their order.
func (l *lateness) add(all []*record.Slice) {
	quickest := math.Inf(1) // mean of a later slice
	for _, s := range slices.Backward(all) {
		due, mean := float64(s.Due), math.Inf(1)
		if s.Answered > 0 {
			mean = float64(s.Response.Mean())
		}
		l.due += due
		if fellBehind(s) {
			l.behind += due
			if quickest >= caughtUp*mean {
				l.lasting += min(s.Behind, 1) * due
			}
		}
		if s.Behind > 0 {
			l.growing, l.grown = l.growing+due, l.grown+s.Behind*due
		}
		l.overdue += s.Overdue * due
		quickest = min(quickest, mean)
	}
}

// throughputFrom chooses the slices that an arm's TPS comes from, and names their load.
func throughputFrom(arm *record.Arm) (from pick, load string) {
	switch {
	case arm.Load.BatchPrompts > 0:
		return paced, "batch"
	case isPaced(arm):
		return paced, "closed"
	}
	return openSlice, "open"
}

// isPaced says whether a complete block of the arm has closed load or a batch.
func isPaced(arm *record.Arm) bool {
	return len(sharedBlocks([]*record.Arm{arm}, paced, anySlice)) > 0
}

// sample uses closed load and batches only: under open load an arm's TPS is the rate offered to it, so a ratio
// of 1 would say nothing.
func (t throughput) sample(pairs []Pair) Sample {
	for _, arm := range Arms(pairs) {
		if brief := brevityOf(arm); brief.misleading {
			out := Sample{Lost: 1, Totals: math.NaN()}
			out.warn(t.heading() + " is not compared: " + brief.advice())
			return out
		}
	}
	lasted := func(s *record.Slice) bool { return s.DurationMS > 0 }
	told := func(s *record.Slice) bool { return lasted(s) && !math.IsNaN(t.count(s)) }
	blocks := blocksAnswered(pairs, paced, told, func(s *record.Slice) bool { return t.count(s) > 0 })
	under := " under closed load"
	if slices.ContainsFunc(Arms(pairs), func(arm *record.Arm) bool { return arm.Load.BatchPrompts > 0 }) {
		under += " or in a batch"
	}
	out := blocks.sample(pairs, under)
	switch all := len(sharedBlocks(Arms(pairs), paced, lasted)); {
	case all == 0:
		out.warn(t.heading() + " is not compared where no complete block has closed load in every arm: under open load it is what was offered")
		return out
	case len(blocks.measured) < all:
		out.warn(t.name + " " + t.untold)
		out.Lost = 1 - (1-out.Lost)*float64(len(blocks.measured))/float64(all)
	}
	groups := inGroups(blocks.both, 1)
	out.fill(blocks, groups, logRatios(pairs, groups, func(arm *record.Arm, indices []int) float64 {
		s := slicesOf(arm, indices, paced)[0]
		return t.count(s) / s.DurationMS
	}), 1)
	if blocks.oneSided() {
		out.Totals = logRatios(pairs, [][]int{blocks.measured}, t.overall)[0]
		out.Silences = append(out.Silences, ofTotals(t.heading()))
	}
	return out
}

// overall is the count of some blocks per ms of their closed load, or of their batches.
func (t throughput) overall(arm *record.Arm, indices []int) float64 {
	count, ms := 0.0, 0.0
	for _, s := range slicesOf(arm, indices, paced) {
		count, ms = count+t.count(s), ms+s.DurationMS
	}
	return count / ms
}

// ofRun is the count per ms over all complete blocks with closed load or a batch.
func (t throughput) ofRun(arm *record.Arm) (float64, bool) {
	if brevityOf(arm).misleading {
		return 0, false
	}
	rate := t.overall(arm, sharedBlocks([]*record.Arm{arm}, paced, anySlice))
	return rate, rate > 0 && !math.IsInf(rate, 1)
}

func (t throughput) values(arm *record.Arm) values {
	if !isPaced(arm) {
		return values{warnings: []string{t.heading() + " under open load is what was offered"}}
	}
	if brief := brevityOf(arm); brief.misleading {
		return values{warnings: []string{t.heading() + " is not compared: " + brief.advice()}}
	}
	return t.valuesFrom(arm, paced)
}

// heading is the metric's, for warnings.
func (t throughput) heading() string {
	m, _ := metric.Named(t.name)
	return m.Heading
}

const (
	// fewestTurns is how many turns of a worker a closed slice should hold: a worker's answers
	// in the slice are a turn too many or too few at most.
	fewestTurns = 10
	// tolerableEdges is how much the edges of the slices may add to TPS or take from it.
	tolerableEdges = 0.05
)

// brevity compares the length of an arm's closed slices with the turns of its workers.
type brevity struct {
	// slice and turn are the mean lengths of both in ms.
	slice, turn float64
	// answered is how many turns of a worker in a slice were answered.
	answered float64
	// short says that a slice holds fewer than fewestTurns, and misleading that the effect of its
	// edges on TPS is too large.
	short, misleading bool
}

// brevityOf looks at the complete blocks. An answer that ends in a slice counts whole, however
// little of its turn was in it. If slices are short, the answers that ended in them must agree
// with the answers counted by the shares of their turns. So they must where most turns fail, as far
// as chance lets them: a server that answers nothing more may still answer what was sent before the slice.
func brevityOf(arm *record.Arm) (b brevity) {
	var turns, of, counted, covered, ms, slices float64
	var answered, due uint64
	for _, s := range slicesOf(arm, sharedBlocks([]*record.Arm{arm}, closedSlice, anySlice), closedSlice) {
		turns, of = turns+s.Turns.TotalMS, of+float64(s.Turns.Count)
		counted, covered = counted+float64(s.InWindow), covered+s.Covered
		answered, due = answered+s.Answered, due+s.Due
		ms, slices = ms+s.DurationMS, slices+1
	}
	if of == 0 || ms == 0 {
		return brevity{}
	}
	b.slice, b.turn = ms/slices, turns/of
	b.answered = b.slice / b.turn * float64(answered) / float64(max(due, 1))
	b.short = b.slice < fewestTurns*b.turn
	off := math.Abs(counted - covered)
	failing := answered < due && b.answered < fewestTurns && off > 2*math.Sqrt(covered)
	b.misleading = (b.short || failing) && off > tolerableEdges*covered
	return b
}

// advice says how long a slice should be, and how many turns it holds; or that few of them were answered.
func (b brevity) advice() string {
	if !b.short {
		return fmt.Sprintf("in a closed slice of %v a worker got %.2g answers on average, fewer than %d: too many of them are to requests sent before the slice",
			record.Duration(b.slice), b.answered, fewestTurns)
	}
	return fmt.Sprintf("load.closed.duration should be at least %v: slices of %v hold %.2g turns of a worker (a request and the think time after it, %v on average), fewer than %d",
		rounded(math.Ceil(fewestTurns*b.turn)), record.Duration(b.slice), b.slice/b.turn, rounded(b.turn), fewestTurns)
}

// rounded is a duration given in ms, to three digits.
func rounded(ms float64) time.Duration {
	d := record.Duration(ms)
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return (d + unit - 1) / unit * unit
}

// BriefSlices warns of closed slices that are short beside the turns of their workers; empty
// if they are not. A quick run is warned only where TPS is not known: all of its slices are
// short.
func BriefSlices(arm *record.Arm, quick bool) string {
	b := brevityOf(arm)
	switch {
	case !b.misleading && (!b.short || quick):
		return ""
	case !b.short:
		return "TPS is not known: " + b.advice()
	case b.misleading:
		return "TPS is not known, and " + b.advice()
	}
	return b.advice()
}

// fewestHeld is the least share of an arm's requests that rate limits must hold back to be what its
// load was limited by.
const fewestHeld = 0.1

// LimitBound says which rate limit was the limit of an arm's closed load, as its requests were held
// back to keep to a share of it; "" if none was, or if the record does not say.
func LimitBound(arm *record.Arm) string { return limitBound(arm, closedSlice) }

func limitBound(arm *record.Arm, from pick) string {
	var all record.Slice
	var parts []*record.Slice
	for i := range arm.Blocks {
		if s := from(arm, &arm.Blocks[i]); s != nil {
			parts = append(parts, &record.Slice{LimitWait: s.LimitWait, HeldBy: s.HeldBy})
		}
	}
	all.Merge(parts...)
	held, most, by := uint64(0), uint64(0), ""
	for _, name := range slices.Sorted(maps.Keys(all.HeldBy)) {
		n := all.HeldBy[name]
		if held += n; n > most {
			most, by = n, name
		}
	}
	if held == 0 || float64(held) < fewestHeld*float64(all.LimitWait.Count()) {
		return ""
	}
	what := "the rate limit " + by
	if by == ratelimit.RetryAfter {
		what = "a wait that the server asked for (Retry-After)"
	}
	return fmt.Sprintf("%s held back %.0f%% of the requests (load.respect_limits.share %.3g)", what, 100*float64(held)/float64(all.LimitWait.Count()), arm.Load.LimitShare)
}

// When the generator is the limit of closed load. A server on the same machine gets only the CPU
// time that the generator leaves, and one elsewhere gets requests no faster than the generator can
// send. Beyond these shares a lighter generator would have shown more, so that the measured TPS is
// a lower bound.
const (
	// defaultClosedCPU is the share of all cores that the harness may use at most in records that
	// do not say.
	defaultClosedCPU = 0.5
	// ofFullMachine is how much of that share it may use if the machine was full: everything on
	// it used fullMachine of its cores.
	ofFullMachine = 2.0 / 3
	fullMachine   = 0.9
)

// GeneratorLimit says by how much the generator was the limit of an arm's closed load, over all
// its closed slices; "" if it was not, or if the record does not say.
func GeneratorLimit(arm *record.Arm, v record.Validity) string {
	own, all, lasted := 0.0, 0.0, 0.0
	for _, b := range arm.Blocks {
		s := b.Closed
		if s == nil || s.HarnessCPU == nil {
			continue
		}
		lasted += s.DurationMS
		own += *s.HarnessCPU * s.DurationMS
		if s.MachineCPU != nil {
			all += *s.MachineCPU * s.DurationMS
		}
	}
	if lasted == 0 {
		return ""
	}
	own, all = own/lasted, all/lasted
	limit := cmp.Or(v.ClosedCPU, defaultClosedCPU)
	switch {
	case own > limit:
		return fmt.Sprintf("the harness itself used %.0f%% of all cores under closed load", own*100)
	case own > ofFullMachine*limit && all > fullMachine:
		return fmt.Sprintf("under closed load %.0f%% of all cores were busy, %.0f%% with the harness itself", all*100, own*100)
	}
	return ""
}
