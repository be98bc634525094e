package attack

import (
	"testing"
	"time"

	"weighbridge/target"
)

// streamed is a hit that was due at the start, sent 10 ms after and answered by a
// stream of 9 tokens whose content came at the moments after sent.
func streamed(o target.Outcome, moments ...time.Duration) hit {
	h := answered(300*time.Millisecond, o, 0)
	h.exchange.Sent = zero.Add(10 * time.Millisecond)
	h.exchange.Content = moments
	h.PickedUp = zero
	return h
}

func TestStreamsAreCountedByTheirContent(t *testing.T) {
	const ms = time.Millisecond
	tl := newTally()
	tl.addOpen(answered(50*ms, target.Outcome{OutputTokens: 9}, 0)) // no stream
	tl.addOpen(streamed(target.Outcome{OutputTokens: 9}, 40*ms, 60*ms, 60*ms, 200*ms))
	tl.addOpen(streamed(target.Outcome{OutputTokens: 9}, 40*ms)) // in one piece
	tl.addOpen(streamed(target.Outcome{OutputTokens: 1}, 40*ms, 60*ms))
	tl.addOpen(streamed(target.Outcome{}, 40*ms, 60*ms)) // tokens are not known
	tl.addOpen(streamed(target.Outcome{Class: target.Server, Failed: 1}, 40*ms))
	s := tl.slices[0]
	if s.TTFT.Count() != 4 || s.FirstContent.Count() != 4 || s.ChunkGap.Count() != 5 || s.TPOT.Count() != 1 {
		t.Fatalf("%d TTFTs, %d from sent, %d gaps, %d TPOTs", s.TTFT.Count(), s.FirstContent.Count(), s.ChunkGap.Count(), s.TPOT.Count())
	}
	near(t, "TTFT, from due", s.TTFT.Max(), 50*ms)
	near(t, "the first content, from sent", s.FirstContent.Max(), 40*ms)
	near(t, "the longest gap", s.ChunkGap.Max(), 140*ms)
	near(t, "TPOT", s.TPOT.Max(), 20*ms)

	closed := newTally()
	h := streamed(target.Outcome{OutputTokens: 9}, 40*ms, 200*ms)
	h.PickedUp = zero.Add(5 * ms)
	closed.addClosed(h, zero, zero.Add(time.Second))
	near(t, "TTFT, from the pick-up", closed.slices[0].TTFT.Max(), 45*ms)

	whole := newTally()
	whole.addOpen(answered(50*ms, target.Outcome{OutputTokens: 9}, 0))
	if s := whole.slices[0]; s.TTFT != nil || s.TPOT != nil {
		t.Error("what is no stream has a TTFT")
	}
}
