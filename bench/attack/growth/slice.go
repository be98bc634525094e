package growth

import (
	"time"

	"weighbridge/target"
)

// leastBehind is the share of the time that passed by which latencies must grow at least for a server to have
// fallen behind: it then answers fewer prompts per second than are due, by about that share.
const leastBehind = 0.05

// Slice follows the response latencies of one open slice: of its second half, because the first prompts may
// still meet an idle server, and of the whole slice, for a server that answers next to none of the later
// prompts. A nil *Slice counts nothing.
type Slice struct {
	half, whole line
	// end is when the slice ends.
	end time.Duration
	// late are the answered prompts whose answers came after the end, and timedOut the failed prompts that timed out.
	answered, late, failed, timedOut uint64
}

// NewSlice returns the Slice of one that begins at an offset from the start of the attack.
func NewSlice(begin, duration time.Duration) *Slice {
	return &Slice{half: line{from: begin + duration/2}, whole: line{from: begin}, end: begin + duration}
}

// Answered counts an answered prompt by when it was due and when it ended, both offsets from the start of the
// attack.
func (s *Slice) Answered(due, ended time.Duration) {
	if s != nil {
		s.half.add(due, ended)
		s.whole.add(due, ended)
		s.answered++
		if ended > s.end {
			s.late++
		}
	}
}

// Failed counts a prompt that failed.
func (s *Slice) Failed(class target.Class) {
	if s == nil {
		return
	}
	s.failed++
	if class == target.Timeout {
		s.timedOut++
	}
}

// Overdue returns the share of the prompts that timed out, if answers came after the end of the slice too: the
// server then did not hang in single requests, but had more of them than it could answer in time. The growth of
// latencies may not show that, as none is longer than the timeout. It returns 0 if either is rare.
func (s *Slice) Overdue() float64 {
	share := float64(s.timedOut) / float64(max(s.answered+s.failed, 1))
	if share <= leastBehind || float64(s.late) <= leastBehind*float64(s.answered) {
		return 0
	}
	return share
}

// Behind returns by what share of the time that passed the server fell behind; 0 if it kept up, or if too few
// prompts were answered to tell.
func (s *Slice) Behind() float64 {
	for _, part := range []line{s.half, s.whole} {
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
