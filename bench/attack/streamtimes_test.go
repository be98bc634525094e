package attack

import (
	"testing"
	"time"

	"weighbridge/target"
)

// streamed is a hit that was due at the start, sent 10 ms later, and answered by a stream
// whose content arrived at the given times since then.
func streamed(o target.Outcome, moments ...time.Duration) hit {
	h := answered(300*time.Millisecond, o, 0)
	h.exchange.Sent = zero.Add(10 * time.Millisecond)
	h.exchange.Content = moments
	h.PickedUp = zero
	return h
}

func TestStreamTimesAreThoseOfTheContent(t *testing.T) {
	const ms = time.Millisecond
	tl := newTally()
	tl.addOpen(answered(50*ms, target.Outcome{OutputTokens: 9}, 0)) // not streamed
	tl.addOpen(streamed(target.Outcome{OutputTokens: 9}, 40*ms, 60*ms, 60*ms, 200*ms))
	tl.addOpen(streamed(target.Outcome{OutputTokens: 9}, 40*ms)) // a single piece
	tl.addOpen(streamed(target.Outcome{OutputTokens: 1}, 40*ms, 60*ms))
	tl.addOpen(streamed(target.Outcome{}, 40*ms, 60*ms)) // without usage
	tl.addOpen(streamed(target.Outcome{Class: target.Server, Failed: 1}, 40*ms))
	s := tl.slices[0]
	if s.TTFT.Count() != 4 || s.FirstContent.Count() != 4 || s.ChunkGap.Count() != 5 || s.TPOT.Count() != 1 {
		t.Fatalf("%d TTFTs, %d first contents, %d gaps, %d TPOTs", s.TTFT.Count(), s.FirstContent.Count(), s.ChunkGap.Count(), s.TPOT.Count())
	}
	near(t, "TTFT, since due", s.TTFT.Max(), 50*ms)
	near(t, "the first content, since sent", s.FirstContent.Max(), 40*ms)
	near(t, "the longest gap", s.ChunkGap.Max(), 140*ms)
	near(t, "TPOT", s.TPOT.Max(), 20*ms)

	closed := newTally()
	h := streamed(target.Outcome{OutputTokens: 9}, 40*ms, 200*ms)
	h.PickedUp = zero.Add(5 * ms)
	closed.addClosed(h, zero, zero.Add(time.Second))
	near(t, "TTFT, since the pick-up", closed.slices[0].TTFT.Max(), 45*ms)

	plain := newTally()
	plain.addOpen(answered(50*ms, target.Outcome{OutputTokens: 9}, 0))
	if s := plain.slices[0]; s.TTFT != nil || s.TPOT != nil {
		t.Error("an answer that was not streamed has a TTFT")
	}
}
