package recordtest

import (
	"slices"
	"strings"
	"time"

	"weighbridge/bench/record"
)

// Hist is a histogram of the values.
func Hist(values ...time.Duration) *record.Hist {
	h := record.NewHist()
	for _, v := range values {
		h.Record(v)
	}
	return h
}

// Repeat is the duration n times.
func Repeat(d time.Duration, n int) []time.Duration { return slices.Repeat([]time.Duration{d}, n) }

// Slice is n prompts that were all answered with the same latency, in a second.
func Slice(n int, latency time.Duration) *record.Slice {
	prompts := uint64(n)
	return &record.Slice{DurationMS: 1000, Due: prompts, Answered: prompts, InWindow: prompts, Response: Hist(Repeat(latency, n)...)}
}

// Arm has the levels of its name, axis=level,…, and for each latency a block of open load
// whose n prompts were all answered with it.
func Arm(name string, n int, latencies ...time.Duration) record.Arm {
	a := record.Arm{Name: name, Levels: map[string]string{}}
	for part := range strings.SplitSeq(name, ",") {
		axis, level, _ := strings.Cut(part, "=")
		a.Levels[axis] = level
	}
	for i, latency := range latencies {
		a.Blocks = append(a.Blocks, record.Block{Index: i, Complete: true, Open: Slice(n, latency)})
	}
	return a
}

// Steady is an Arm whose blocks all have the same latency.
func Steady(name string, n int, latency time.Duration, blocks int) record.Arm {
	return Arm(name, n, Repeat(latency, blocks)...)
}

// AB is a record of the arms, whose only axis is ab with the levels a and b.
func AB(arms ...record.Arm) *record.Record {
	return &record.Record{Axes: []record.Axis{{Name: "ab", Levels: []string{"a", "b"}}}, Arms: arms}
}

// Stream gives the answers of every block a TTFT and a TPOT. The TTFT varies from block to
// block as the median response latency does, and is ttft if that is 20 ms.
func Stream(a *record.Arm, ttft, tpot time.Duration) {
	for i := range a.Blocks {
		s := a.Blocks[i].Open
		drift := float64(s.Response.Quantile(0.5)) / 20e6
		n := int(s.Answered)
		s.TTFT, s.TPOT = Hist(Repeat(time.Duration(float64(ttft)*drift), n)...), Hist(Repeat(tpot, n)...)
	}
}

// Close gives every block a second of closed load, in which so many prompts are answered and
// so many fail.
func Close(a *record.Arm, answered, failed int) {
	for i := range a.Blocks {
		a.Blocks[i].Closed = &record.Slice{
			DurationMS: 1000, Due: uint64(answered + failed), Answered: uint64(answered), Failed: uint64(failed), InWindow: uint64(answered),
			Requests: uint64(answered + failed), Errors: map[string]uint64{"server": uint64(failed)},
		}
	}
}

// Fail adds n failed prompts to the open load of every block.
func Fail(a *record.Arm, n int) {
	for i := range a.Blocks {
		s := a.Blocks[i].Open
		s.Due, s.Failed = s.Due+uint64(n), s.Failed+uint64(n)
	}
}
