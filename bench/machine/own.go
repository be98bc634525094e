package machine

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/record"
)

// ownCount is the prompts of one slice or probe, and those that the harness ended itself.
type ownCount struct {
	// load names the kind of load, such as " under closed load".
	load string
	due  uint64
	own  uint64
}

// inBatch names the load of a batch.
const inBatch = " of a batch"

func (c ownCount) share() float64 { return float64(c.own) / float64(c.due) }

// cutOff finds the slice with the largest share of prompts still open when its drain ended.
func cutOff(a *record.Arm, v record.Validity) string {
	worst := worstSlice(a, func(s *record.Slice) uint64 { return s.CutOff }, func(p record.Probe) uint64 {
		if p.Late { // else the rate failed for another reason, and more prompts were open because of it
			return p.CutOff
		}
		return 0
	})
	if worst.own == 0 || worst.share() <= v.CutOff {
		return ""
	}
	if worst.load == inBatch {
		return fmt.Sprintf("%d of %d prompts%s were canceled because it had not ended, over %s: set load.batch.wait (%v) higher",
			worst.own, worst.due, worst.load, percent(v.CutOff), record.Duration(a.Load.BatchWaitMS))
	}
	return fmt.Sprintf("%d of %d prompts%s were still open when the drain%s ended, over %s of a slice: %s",
		worst.own, worst.due, worst.load, ofLength(a.Load.DrainMS), percent(v.CutOff), drainAdvice(a.Load))
}

// drainAdvice says what would leave no prompt open at the end of a drain.
func drainAdvice(l record.Load) string {
	timeout := record.Duration(l.RequestedTimeoutMS)
	if l.DrainMS < l.RequestedTimeoutMS {
		return fmt.Sprintf("set load.drain to at least client.timeout (%v)", timeout)
	}
	return "set load.drain higher, or offer less: prompts waited for a slot (client.in_flight) or for another attempt (client.retry)"
}

func ofLength(ms float64) string {
	if ms == 0 {
		return ""
	}
	return fmt.Sprintf(" of %v", record.Duration(ms).Round(time.Microsecond))
}

// generatorLimits finds the slice with the largest share of prompts that the harness could
// not send.
func generatorLimits(a *record.Arm, v record.Validity) string {
	worst := worstSlice(a, func(s *record.Slice) uint64 { return s.Generator }, func(p record.Probe) uint64 { return p.Generator })
	if worst.own == 0 || worst.share() <= v.Generator {
		return ""
	}
	return fmt.Sprintf("the generator could not send %d of %d prompts%s, over %s of a slice: %s",
		worst.own, worst.due, worst.load, percent(v.Generator), limitNames(a.Totals.Limits))
}

// limitNames lists the limits by how often they were reached, the most frequent first.
func limitNames(limits map[string]uint64) string {
	names := slices.SortedFunc(maps.Keys(limits), func(a, b string) int {
		return cmp.Or(cmp.Compare(limits[b], limits[a]), cmp.Compare(a, b))
	})
	if len(names) == 0 {
		return "it reached a limit of its own"
	}
	if len(names) == 1 {
		return names[0]
	}
	for i, name := range names {
		names[i] = fmt.Sprintf("%s (%d)", name, limits[name])
	}
	return strings.Join(names, ", ")
}

// worstSlice is the complete slice or probe of an arm with the largest share of prompts that
// the harness ended itself.
func worstSlice(a *record.Arm, ofSlice func(*record.Slice) uint64, ofProbe func(record.Probe) uint64) (worst ownCount) {
	consider := func(c ownCount) {
		if c.own > 0 && (worst.own == 0 || c.share() > worst.share()) {
			worst = c
		}
	}
	for _, b := range a.Blocks {
		if b.Complete && b.Open != nil {
			consider(ownCount{"", b.Open.Due, ofSlice(b.Open)})
		}
		if b.Complete && b.Closed != nil {
			consider(ownCount{" under closed load", b.Closed.Due, ofSlice(b.Closed)})
		}
		if b.Complete && b.Batch != nil {
			consider(ownCount{inBatch, b.Batch.Due, ofSlice(b.Batch)})
		}
	}
	if a.Capacity != nil {
		for _, p := range a.Capacity.Probes {
			consider(ownCount{fmt.Sprintf(" of the probe at %.5g/s", p.RatePerS), p.Due, ofProbe(p)})
		}
	}
	return worst
}
