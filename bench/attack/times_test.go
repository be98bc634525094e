package attack

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"weighbridge/scenarios"
	"weighbridge/target"
)

// streamed is a hit that was due at the start, sent 10 ms later, and answered by a stream
// whose pieces of 4 bytes arrived at the given times since then.
func streamed(o target.Outcome, moments ...time.Duration) hit {
	h := answered(300*time.Millisecond, o, 0)
	h.exchange.Sent = zero.Add(10 * time.Millisecond)
	h.exchange.Content = moments
	if o.Content == nil {
		for range moments {
			h.exchange.Outcome.Content = append(h.exchange.Outcome.Content, target.Piece{Output: 4})
		}
	}
	h.pickedUp = zero
	return h
}

// billed is the outcome of an answer with so many output tokens.
func billed(tokens uint64) target.Outcome {
	return target.Outcome{OutputTokens: tokens, OutputByPrompt: []uint64{tokens}}
}

// Of a stream that a proxy may have begun it is not known when the model began, but not later than its text.
func TestPaddedStreamsHaveNoTTFT(t *testing.T) {
	const ms = time.Millisecond
	o := billed(3)
	o.Remarks = []target.Remark{target.Padded}
	h := streamed(o, 40*ms, 60*ms, 80*ms) // TTFT at most 50 ms
	tl := newTally()
	tl.addOpen(h)
	if s := settled(tl)[0]; s.TTFT.Count() != 0 || s.TTFO.Count() != 0 || s.FirstContent.Count() != 0 || s.ChunkGap.Count() != 2 || s.TPOT.Count() != 1 || s.Remarks["padded"] != 1 {
		t.Errorf("%d TTFTs, %d TTFOs, %d gaps, %d TPOTs, remarks %v", s.TTFT.Count(), s.TTFO.Count(), s.ChunkGap.Count(), s.TPOT.Count(), s.Remarks)
	}
	for objective, want := range map[time.Duration]bool{60 * ms: true, 49 * ms: false} {
		if good, known := meets(scenarios.Objectives{TTFT: objective}, h.exchange, zero); good != want || known != want {
			t.Errorf("TTFT within %v: %v, known %v", objective, good, known)
		}
	}
}

func TestStreamTimesAreThoseOfTheContent(t *testing.T) {
	const ms = time.Millisecond
	tl := newTally()
	tl.addOpen(answered(50*ms, billed(9), 0)) // not streamed
	tl.addOpen(streamed(billed(9), 40*ms, 60*ms, 60*ms, 200*ms))
	tl.addOpen(streamed(billed(9), 40*ms)) // a single piece
	thought := billed(4)
	thought.Content = []target.Piece{{Reasoning: 4}, {Reasoning: 4, Output: 4}, {Output: 4}}
	tl.addOpen(streamed(thought, 40*ms, 60*ms, 80*ms))
	tl.addOpen(streamed(target.Outcome{Content: []target.Piece{{Reasoning: 4}, {Reasoning: 4}}}, 40*ms, 60*ms)) // without usage
	tl.addOpen(streamed(target.Outcome{Class: target.Server, Failed: 1}, 40*ms))
	s := settled(tl)[0]
	if s.TTFT.Count() != 4 || s.TTFO.Count() != 3 || s.FirstContent.Count() != 4 || s.ChunkGap.Count() != 6 || s.TPOT.Count() != 2 {
		t.Fatalf("%d TTFTs, %d TTFOs, %d first contents, %d gaps, %d TPOTs", s.TTFT.Count(), s.TTFO.Count(), s.FirstContent.Count(), s.ChunkGap.Count(), s.TPOT.Count())
	}
	near(t, "TTFT, since due", s.TTFT.Max(), 50*ms)
	near(t, "TTFO, since due", s.TTFO.Max(), 70*ms)
	near(t, "the first content, since sent", s.FirstContent.Max(), 40*ms)
	near(t, "the longest gap", s.ChunkGap.Max(), 140*ms)
	near(t, "TPOT", s.TPOT.Max(), 160*ms*4/27) // a quarter of the nine tokens came first
	near(t, "TPOT of reasoning and output", s.TPOT.Quantile(0), 40*ms/3)

	closed := newTally()
	h := streamed(billed(9), 40*ms, 200*ms)
	h.pickedUp = zero.Add(5 * ms)
	closed.addClosed(h, zero, zero.Add(time.Second))
	near(t, "TTFT, since the pick-up", settled(closed)[0].TTFT.Max(), 45*ms)

	plain := newTally()
	plain.addOpen(answered(50*ms, billed(9), 0))
	if s := settled(plain)[0]; s.TTFT != nil || s.TPOT != nil {
		t.Error("an answer that was not streamed has a TTFT")
	}
}

// A prompt is good if its answer met every objective. Each stream is due at 0, sent at 10 ms and
// ends at 300 ms.
func TestGoodMeetsEveryObjective(t *testing.T) {
	const ms = time.Millisecond
	all := scenarios.Objectives{TTFT: 60 * ms, TPOT: 20 * ms, Response: 300 * ms}
	even := streamed(billed(3), 40*ms, 60*ms, 80*ms) // TTFT 50 ms, TPOT 20 ms
	silent := streamed(target.Outcome{}, 40*ms, 60*ms)
	for _, c := range []struct {
		name        string
		o           scenarios.Objectives
		h           hit
		good, known bool
	}{
		{"at every bound", all, even, true, true},
		{"the first token is late", scenarios.Objectives{TTFT: 49 * ms, TPOT: 20 * ms}, even, false, true},
		{"tokens are slow", scenarios.Objectives{TTFT: 60 * ms, TPOT: 19 * ms}, even, false, true},
		{"the end is late", scenarios.Objectives{TTFT: 60 * ms, Response: 299 * ms}, even, false, true},
		{"no content", scenarios.Objectives{TTFT: 60 * ms}, answered(300*ms, billed(3), 0), false, true},
		{"not streamed, within the response", scenarios.Objectives{Response: 300 * ms}, answered(300*ms, billed(3), 0), true, true},
		{"all tokens at once", all, streamed(billed(3), 40*ms), true, true},
		{"tokens are not reported", all, silent, false, false},
		{"tokens are not reported, and need not be", scenarios.Objectives{TTFT: 60 * ms}, silent, true, true},
		{"tokens are not reported, and the first is late", scenarios.Objectives{TTFT: 49 * ms, TPOT: 20 * ms}, silent, false, true},
	} {
		if good, known := meets(c.o, c.h.exchange, zero); good != c.good || known != c.known {
			t.Errorf("%s: good %v, known %v", c.name, good, known)
		}
	}
}

// Good prompts are counted by when they began: not those of the lead-in, and those that end after the slice.
func TestGoodUnderClosedLoad(t *testing.T) {
	const ms = time.Millisecond
	tl := newTally()
	tl.objectives = scenarios.Objectives{Response: 200 * ms}
	until := zero.Add(time.Second)
	for _, at := range []time.Duration{-100 * ms, 100 * ms, 900 * ms} { // before, inside, ends after
		for _, took := range []time.Duration{150 * ms, 250 * ms} {
			h := answered(at+took, target.Outcome{}, 0)
			h.pickedUp = zero.Add(at)
			tl.addClosed(h, zero, until)
		}
	}
	if s := settled(tl)[0]; s.Good != 2 || s.Answered != 4 {
		t.Errorf("%d good of %d", s.Good, s.Answered)
	}
	failed := answered(50*ms, target.Outcome{Class: target.Server, Failed: 1}, 0)
	tl.addOpen(failed)
	if s := settled(tl)[0]; s.Good != 2 {
		t.Error("a failed prompt is good")
	}
}

// A server may send any text as the reason why an answer ended.
func TestFinishReasonsAreBounded(t *testing.T) {
	tl := newTally()
	for _, reason := range []string{"stop", "stop", "max_tokens", "", "an odd <text>", strings.Repeat("x", 41)} {
		tl.addOpen(answered(50*time.Millisecond, target.Outcome{Finish: reason}, 0))
	}
	want := map[string]uint64{"stop": 2, "max_tokens": 1, "other": 2}
	if got := settled(tl)[0].Finish; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	for i := range 100 {
		tl.addOpen(answered(50*time.Millisecond, target.Outcome{Finish: fmt.Sprint("reason-", i)}, 0))
	}
	if got := len(settled(tl)[0].Finish); got > mostReasons+1 {
		t.Errorf("%d reasons", got)
	}
}
