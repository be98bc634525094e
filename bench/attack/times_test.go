package attack

import (
	"fmt"
	"maps"
	"math"
	"slices"
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

// Each answer has one piece every 20 ms. A piece is r bytes of reasoning and o of output, with
// t tokens up to it.
func TestTokensInTheSpan(t *testing.T) {
	type piece struct{ r, o, t int }
	same := func(n int, p piece) (all []piece) {
		for range n {
			all = append(all, p)
		}
		return all
	}
	running := func(n, by int) (all []piece) {
		for i := range n {
			all = append(all, piece{0, 4, (i + 1) * by})
		}
		return all
	}
	for _, c := range []struct {
		name      string
		pieces    []piece
		output    uint64
		reasoning int // -1: not reported
		together  int // pieces that arrive with the first
		ms        float64
		tokens    float64
	}{
		{"a token a piece", same(10, piece{0, 4, 0}), 10, -1, 0, 180, 9},
		{"a token a piece, of unlike length", append(same(9, piece{0, 4, 0}), piece{0, 40, 0}), 10, -1, 0, 180, 9},
		{"four tokens a piece", same(5, piece{0, 16, 0}), 20, -1, 0, 80, 16},
		{"four tokens a piece, one in the last", append(same(5, piece{0, 16, 0}), piece{0, 4, 0}), 21, -1, 0, 100, 17},
		{"a long first piece", append([]piece{{0, 400, 0}}, same(9, piece{0, 4, 0})...), 109, -1, 0, 180, 9},
		{"a first piece that cannot be as long as its bytes", append([]piece{{0, 400, 0}}, same(9, piece{0, 4, 0})...), 11, -1, 0, 180, 9},
		{"several came at once", same(10, piece{0, 4, 0}), 10, -1, 4, 100, 5},
		{"all came at once", same(10, piece{0, 4, 0}), 10, -1, 9, 0, 0},
		{"one piece", same(1, piece{0, 4, 0}), 10, -1, 0, 0, 0},
		{"fewer tokens than pieces", same(10, piece{0, 4, 0}), 5, -1, 0, 180, 4.5},
		{"a running total", running(5, 4), 20, -1, 0, 80, 16},
		{"a running total with hidden reasoning", []piece{{0, 4, 1001}, {0, 4, 1002}, {0, 4, 1003}}, 1003, 1000, 0, 40, 2},
		{"the total in every piece", same(10, piece{0, 4, 10}), 10, -1, 0, 180, 9},
		{"reasoning only", same(10, piece{4, 0, 0}), 10, -1, 0, 180, 9},
		{"reasoning only, and reported", same(10, piece{4, 0, 0}), 10, 10, 0, 180, 9},
		{"reasoning and output", append(same(5, piece{4, 0, 0}), same(5, piece{0, 4, 0})...), 10, -1, 0, 180, 9},
		{"reasoning and output, reported apart", append(same(5, piece{4, 0, 0}), same(5, piece{0, 4, 0})...), 10, 5, 0, 80, 4},
		{"shortened reasoning", append(same(5, piece{4, 0, 0}), same(5, piece{0, 4, 0})...), 1005, 1000, 0, 80, 4},
		{"reasoning and one token of output", append(same(9, piece{4, 0, 0}), piece{0, 4, 0}), 10, 9, 0, 180, 9},
		{"shortened reasoning and one token of output", append(same(9, piece{4, 0, 0}), piece{0, 4, 0}), 1001, 1000, 0, 0, 0},
		{"reasoning between output", slices.Concat(same(2, piece{0, 4, 0}), same(6, piece{4, 0, 0}), same(2, piece{0, 4, 0})), 10, 6, 0, 180, 9},
		{"hidden reasoning", same(10, piece{0, 4, 0}), 1010, 1000, 0, 180, 9},
	} {
		o := billed(c.output)
		if c.reasoning >= 0 {
			o.ReasoningTokens = new(uint64(c.reasoning))
		}
		var at []time.Duration
		for i, p := range c.pieces {
			o.Content = append(o.Content, target.Piece{Reasoning: p.r, Output: p.o, Tokens: uint64(p.t)})
			at = append(at, time.Duration(max(i, c.together))*20*time.Millisecond)
		}
		length, tokens := spanOf(o, at)
		if got := float64(length) / 1e6; got != c.ms || math.Abs(tokens-c.tokens) > 1e-9 {
			t.Errorf("%s: %v tokens in %v ms, expected %v in %v ms", c.name, tokens, got, c.tokens, c.ms)
		}
	}
	rejected := billed(30)
	rejected.RejectedTokens = 20
	rejected.Content = slices.Repeat([]target.Piece{{Output: 4}}, 10)
	if length, tokens := spanOf(rejected, []time.Duration{0, 20e6, 40e6, 60e6, 80e6, 100e6, 120e6, 140e6, 160e6, 180e6}); tokens != 9 || length != 180*time.Millisecond {
		t.Errorf("with 20 tokens of a rejected prediction: %v tokens in %v", tokens, length)
	}
	for _, remark := range []target.Remark{target.HiddenTokens, target.FewTokens, target.SeveralChoices} {
		o := billed(1010)
		o.Remarks = []target.Remark{remark}
		o.Content = []target.Piece{{Output: 4}, {Output: 4}}
		if _, tokens := spanOf(o, []time.Duration{0, 20 * time.Second}); tokens != 0 {
			t.Errorf("with %s: %v tokens, expected none", remark, tokens)
		}
	}
}

// An answer that a proxy held back until it was complete comes in several reads, but at once: over a
// slow network within little of the time that it was waited for.
func TestBurstsHaveNoTimePerToken(t *testing.T) {
	for _, c := range []struct {
		wait, gap time.Duration
		want      float64
	}{
		{time.Second, 2 * time.Microsecond, 0},
		{time.Second, 10 * time.Microsecond, 0},
		{time.Second, 100 * time.Microsecond, 0},
		{10 * time.Millisecond, 10 * time.Microsecond, 0},
		{10 * time.Millisecond, 100 * time.Microsecond, 9},
		{time.Second, time.Millisecond, 9},
		{time.Minute, time.Millisecond, 9}, // reasoning was hidden
	} {
		o, at := billed(10), []time.Duration{}
		for i := range 10 {
			o.Content, at = append(o.Content, target.Piece{Output: 4}), append(at, c.wait+time.Duration(i)*c.gap)
		}
		if _, tokens := spanOf(o, at); tokens != c.want {
			t.Errorf("pieces %v apart after %v: %v tokens in the span, expected %v", c.gap, c.wait, tokens, c.want)
		}
	}
}

// A proxy lets forty tokens through at a time, which take three reads. The first forty are not in the span.
func TestTheFirstBurstMayTakeSeveralReads(t *testing.T) {
	const each = 40
	o, at := billed(2*each), []time.Duration(nil)
	for _, begin := range []time.Duration{0, 400 * time.Millisecond} {
		for i := range each {
			o.Content, at = append(o.Content, target.Piece{Output: 4}), append(at, begin+time.Duration(i/16)*150*time.Microsecond)
		}
	}
	if length, tokens := spanOf(o, at); tokens != each || length != 400*time.Millisecond+300*time.Microsecond {
		t.Errorf("%v tokens in %v, want %d in 400.3ms", tokens, length, each)
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
