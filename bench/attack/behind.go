package attack

import (
	"time"

	"weighbridge/target"
)

// leastBehind is the share of the time that passed by which latencies must grow at least for a server to have
// fallen behind: it then answers fewer prompts per second than are due, by about that share.
const leastBehind = 0.05

// sliceTrend follows the response latencies of one open slice: of its second half, because the
// first prompts may still meet an idle server, and of the whole slice, for a server that answers
// next to none of the later prompts.
type sliceTrend struct {
	half, whole trend
	// end is when the slice ends.
	end time.Duration
	// late are the answered prompts whose answers came after the end, and timedOut the failed prompts that timed out.
	answered, late, failed, timedOut uint64
}

// newSliceTrend returns the trend of a slice that begins at an offset from the start of the attack.
func newSliceTrend(begin, duration time.Duration) *sliceTrend {
	return &sliceTrend{half: trend{from: begin + duration/2}, whole: trend{from: begin}, end: begin + duration}
}

// add counts an answered prompt by when it was due and when it ended, both offsets from the start
// of the attack. A nil *sliceTrend counts nothing.
func (t *sliceTrend) add(due, ended time.Duration) {
	if t != nil {
		t.half.add(due, ended)
		t.whole.add(due, ended)
		t.answered++
		if ended > t.end {
			t.late++
		}
	}
}

// fail counts a prompt that failed. A nil *sliceTrend counts nothing.
func (t *sliceTrend) fail(class target.Class) {
	if t == nil {
		return
	}
	t.failed++
	if class == target.Timeout {
		t.timedOut++
	}
}

// overdue returns the share of the prompts that timed out, if answers came after the end of the slice too: the
// server then did not hang in single requests, but had more of them than it could answer in time. The growth of
// latencies may not show that, as none is longer than the timeout. It returns 0 if either is rare.
func (t *sliceTrend) overdue() float64 {
	share := float64(t.timedOut) / float64(max(t.answered+t.failed, 1))
	if share <= leastBehind || float64(t.late) <= leastBehind*float64(t.answered) {
		return 0
	}
	return share
}

// behind returns by what share of the time that passed the server fell behind; 0 if it kept up, or
// if too few prompts were answered to tell.
func (t *sliceTrend) behind() float64 {
	for _, part := range []trend{t.half, t.whole} {
		grown, allowed := part.growth()
		switch {
		case grown > max(allowed, leastBehind):
			return grown
		case grown <= max(allowed, leastBehind):
			return 0
		}
	}
	return 0
}
