package summary

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/scenarios/metric"
)

// armWarnings say what weakens the figures of one arm of a record; arm has them.
func armWarnings(rec *record.Record, from *record.Arm, arm Arm) []string {
	out := []string{}
	if !CapacityOnly(rec) {
		out = slices.Concat(promptWarnings(arm), conversationWarnings(arm.Conversations), answerWarnings(arm.main, from.Ledger != nil), batchWarnings(arm.Batches))
		if brief := figures.BriefSlices(from, rec.Quick); brief != "" {
			out = append(out, brief)
		}
		if why := figures.FellBehind(from); why != "" {
			out = append(out, "TPS is not known: "+why)
		}
	}
	out = append(out, calibrationWarning(from.Calibration)...)
	if n := from.Totals.Unsettled; n > 0 && from.Price != nil {
		out = append(out, format.Count(n)+" attempts got no whole answer: whatever they were billed is not in the cost")
	}
	return slices.Concat(out, refusedWarnings(from), heldWarnings(arm), capacityWarnings(from.Capacity), closedWarnings(from, rec.ValidityThresholds()))
}

// promptWarnings say which prompts an arm's figures lack, and which percentiles rest on few.
func promptWarnings(arm Arm) []string {
	if arm.Answered == 0 {
		return []string{"no prompt was answered"}
	}
	out := []string{}
	if arm.CutOff > 0 {
		out = append(out, fmt.Sprintf("%d of %d prompts were cut off before they were answered: no error rate and no latency includes them, and they may be the slowest",
			arm.CutOff, arm.Due))
	}
	if arm.Replays > 0 {
		out = append(out, fmt.Sprintf("%d of %d attempts sent a request again that the server had not processed: it refused the stream or was closing the connection",
			arm.Replays, arm.Attempts))
	}
	for _, w := range []string{overstated(arm.main), arm.Caches.warning(), partialOutages(arm.main)} {
		if w != "" {
			out = append(out, w)
		}
	}
	for _, m := range metric.All() {
		if m.Tail() && m.Latency == metric.Response && !figures.EnoughBeyond(float64(arm.Answered), m.Quantile) {
			out = append(out, m.Name+" rests on fewer than 10 prompts beyond it")
		}
	}
	return out
}

// calibrationWarning says why the tokens of the prompts are not known although the server was asked.
func calibrationWarning(c *record.Calibration) []string {
	if c == nil || c.Why == "" {
		return nil
	}
	return []string{fmt.Sprintf("prompts.tokenizer could not be calibrated, so prompts are as long as English texts of that many tokens usually are, and their exact tokens are not known: %s", c.Why)}
}

// leastInFlight is the share of the requests asked for that closed load must reach at once.
const leastInFlight = 0.95

// closedWarnings say whether the generator, or a rate limit, was the limit of an arm's closed load.
func closedWarnings(arm *record.Arm, v record.Validity) []string {
	var out []string
	if why := figures.GeneratorLimit(arm, v); why != "" {
		out = append(out, "TPS is at least what is shown, and not compared by rules: "+why)
	}
	if why := figures.LimitBound(arm); why != "" {
		out = append(out, "TPS is what a rate limit allows, and not compared by rules: "+why)
	}
	if late := readLateInClosed(arm, v); late != "" {
		out = append(out, "latencies under closed load include the harness's own delay: "+late)
	}
	reached, asked := uint64(0), arm.Load.ClosedInFlight
	for _, b := range arm.Blocks {
		if b.Closed != nil && b.Complete {
			reached = max(reached, b.Closed.InFlight)
		}
	}
	if !arm.Load.Conversations && reached > 0 && float64(reached) < leastInFlight*float64(asked) {
		out = append(out, fmt.Sprintf("closed load reached %d of the %d requests in flight that it asked for", reached, asked))
	}
	return out
}

// readLateInClosed says how late the harness read answers, if the arm's latencies come from closed
// load.
func readLateInClosed(arm *record.Arm, v record.Validity) string {
	var closed record.Slice
	var parts []*record.Slice
	for i := range arm.Blocks {
		if b := &arm.Blocks[i]; b.Closed != nil && arm.Main(b) == b.Closed {
			parts = append(parts, &record.Slice{ReadLag: b.Closed.ReadLag, Service: b.Closed.Service, FirstContent: b.Closed.FirstContent})
		}
	}
	closed.Merge(parts...)
	return v.ReadTooLate(&closed)
}

// partialOutages says that the arm's outages were not all seen whole; "" if they were.
func partialOutages(s *record.Slice) string {
	if s.Outages == nil || s.Outages.Partial == 0 {
		return ""
	}
	all := s.Outages.Partial + s.Outages.Lasted.Count
	return "mean outage ms is not known: " + share(s.Outages.Partial, all) + " outages were on when an open slice began, or not over when it ended"
}

const (
	// overstatedBy is by how much a server must overstate its own time for a warning: less comes from
	// rounding to a millisecond.
	overstatedBy = time.Millisecond
	// overstatedShare is the share of the attempts in which it must do so.
	overstatedShare = 0.01
)

// overstated says that the server reports more time than passed; "" if it does not.
func overstated(s *record.Slice) string {
	_, _, longer := s.Overstated.CountsAround(overstatedBy)
	all := s.LatencyError.Count() + s.Overstated.Count()
	if longer == 0 || float64(longer) < overstatedShare*float64(all) {
		return ""
	}
	return fmt.Sprintf("the server reports more time than passed (Server-Timing, total), by up to %v: its figures of its own time are wrong",
		s.Overstated.Quantile(1).Round(100*time.Microsecond))
}

// warnings returns those of the record, of its arms and of its comparisons: each once, with
// the arms that it is about.
func warnings(rec *record.Record, s Summary) []string {
	out := append([]string{}, rec.Warnings...)
	arms := map[string][]string{}
	for _, arm := range s.Arms {
		for _, w := range arm.Warnings {
			arms[w] = append(arms[w], arm.Arm)
		}
	}
	k := newKinds(rec)
	alike := map[string][]string{}
	for _, w := range slices.Sorted(maps.Keys(arms)) {
		kind := k.reasonOf(w).kind
		alike[kind] = append(alike[kind], w)
	}
	for _, kind := range slices.Sorted(maps.Keys(alike)) {
		out = append(out, armsWarning(alike[kind], arms, len(s.Arms)))
	}
	if w := cacheWarning(s.Arms); w != "" {
		out = append(out, w)
	}
	out = append(out, figures.UnlikeAnswers(rec)...)
	if w := leftoverWarning(rec); w != "" {
		out = append(out, w)
	}
	return append(out, comparisonWarnings(s)...)
}

// tolerableGivenUp is the share of a slice's requests that the harness may give up.
const tolerableGivenUp = 0.01

// placed is a slice in the order of the run.
type placed struct {
	*record.Slice
	arm  *record.Arm
	open bool
}

// inOrder returns the slices of the arms with real servers by when they began.
func inOrder(rec *record.Record) (all []placed) {
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		for _, b := range arm.Blocks {
			if arm.Network != nil && b.Open != nil {
				all = append(all, placed{b.Open, arm, true})
			}
			if arm.Network != nil && b.Closed != nil {
				all = append(all, placed{b.Closed, arm, false})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Compare(a.StartMS, b.StartMS) })
	return all
}

// follows reports whether a slice came after one of another load on the same server. Slices of one kind
// of an arm are one load, and open slices of a concurrent order are on at the same time.
func (p placed) follows(before placed, order string) bool {
	switch {
	case p.open && before.open && order == record.Concurrent:
		return false
	case p.arm == before.arm:
		return p.open != before.open
	}
	for address := range p.arm.Network.Reached {
		if before.arm.Network.Reached[address] > 0 {
			return true
		}
	}
	return false
}

// leftoverWarning says which arms were measured right after a slice of whose requests the harness gave
// many up, as their server may have gone on with those; "" if none were.
func leftoverWarning(rec *record.Record) string {
	most, of, why := tolerableGivenUp, "", "if the server went on with them"
	var after []string
	all := inOrder(rec)
	for i := 1; i < len(all); i++ {
		p, before := all[i], all[i-1]
		givenUp := float64(before.Errors["timeout"])/float64(max(before.Requests, 1)) + float64(before.CutOff)/float64(max(before.Due, 1))
		if givenUp <= tolerableGivenUp || !p.follows(before, rec.Plan.Order) {
			continue
		}
		if p.arm != before.arm && rec.Plan.Order == record.Concurrent { // others close theirs before the next turn
			why = "if the server went on with them, or its workers waited for connections that other arms keep (client.idle_timeout)"
		}
		if !slices.Contains(after, p.arm.Name) {
			after = append(after, p.arm.Name)
		}
		if givenUp > most {
			most, of = givenUp, before.arm.Name
		}
	}
	if len(after) == 0 {
		return ""
	}
	slices.Sort(after)
	return fmt.Sprintf("right before slices, requests to the same server had been given up (timeout or cut_off, of %s %.3g%%): %s, it looks too slow%s",
		of, 100*most, why, whichArms(after, len(rec.Arms)))
}

// tolerableCached is by how much the shares of cached input tokens of two arms may differ.
const tolerableCached = 0.05

// cacheWarning says that the provider's prompt cache served some arms more than others; "" if it
// did not.
func cacheWarning(arms []Arm) string {
	var least, most Arm
	low, high := math.Inf(1), math.Inf(-1)
	m, _ := metric.Named(metric.CachedShare)
	for _, arm := range arms {
		if v := arm.Figure(m); v != nil {
			if *v < low {
				low, least = *v, arm
			}
			if *v > high {
				high, most = *v, arm
			}
		}
	}
	if high-low <= tolerableCached {
		return ""
	}
	return fmt.Sprintf("the prompt cache gave %.0f%% of the input tokens in %s and %.0f%% in %s: latency and cost differ by that too (prompts.cache_bust keeps arms apart)",
		low*100, least.Arm, high*100, most.Arm)
}

// armsWarning merges warnings that differ in figures only: it returns the worst, with the arms that any of them
// is about.
func armsWarning(texts []string, about map[string][]string, all int) string {
	worst := slices.MaxFunc(texts, func(a, b string) int { return cmp.Compare(severityOf(a), severityOf(b)) })
	if len(texts) == 1 {
		return worst + whichArms(about[worst], all)
	}
	var arms []string
	for _, text := range texts {
		arms = append(arms, about[text]...)
	}
	return fmt.Sprintf("%s%s, worst in %s", worst, whichArms(arms, all), about[worst][0])
}

// ofArms are the warnings of all arms.
func ofArms(arms []Arm) (out []string) {
	for _, arm := range arms {
		out = append(out, arm.Warnings...)
	}
	return out
}

// whichArms names the arms if they are fewer than half, or one of several, and counts them
// otherwise, after " in "; of a run of one arm it says nothing.
func whichArms(arms []string, all int) string {
	switch {
	case all == 1:
		return ""
	case len(arms) > 1 && 2*len(arms) >= all:
		return fmt.Sprintf(" in %d of %d arms", len(arms), all)
	}
	return " in " + strings.Join(arms, "; ")
}

// comparisonWarnings returns the comparisons' warnings, each once.
func comparisonWarnings(s Summary) []string {
	var out []string
	seen := map[string]bool{}
	for _, c := range s.Comparisons {
		for _, w := range c.Warnings {
			if !seen[w] {
				seen[w] = true
				out = append(out, w)
			}
		}
	}
	return out
}
