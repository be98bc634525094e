package pieces

import (
	"math"
	"slices"
	"testing"
	"time"

	"weighbridge/target"
)

// billed is the outcome of an answer with so many output tokens.
func billed(tokens uint64) target.Outcome {
	return target.Outcome{OutputTokens: tokens, OutputByPrompt: []uint64{tokens}}
}

func TestFirstOutput(t *testing.T) {
	at := []time.Duration{1, 2, 3}
	for want, list := range map[time.Duration][]target.Piece{
		1: {{Output: 4}, {Output: 4}, {Output: 4}},
		2: {{Reasoning: 4}, {Reasoning: 4, Output: 4}, {Output: 4}},
		0: {{Reasoning: 4}, {Reasoning: 4}},
	} {
		if got, ok := FirstOutput(list, at); got != want || ok != (want > 0) {
			t.Errorf("%+v: %v, %v; want %v", list, got, ok, want)
		}
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
		span := SpanOf(o, at)
		if got := float64(span.Length) / 1e6; got != c.ms || math.Abs(span.Tokens-c.tokens) > 1e-9 {
			t.Errorf("%s: %v tokens in %v ms, expected %v in %v ms", c.name, span.Tokens, got, c.tokens, c.ms)
		}
	}
	rejected := billed(30)
	rejected.RejectedTokens = 20
	rejected.Content = slices.Repeat([]target.Piece{{Output: 4}}, 10)
	if span := SpanOf(rejected, []time.Duration{0, 20e6, 40e6, 60e6, 80e6, 100e6, 120e6, 140e6, 160e6, 180e6}); span.Tokens != 9 || span.Length != 180*time.Millisecond {
		t.Errorf("with 20 tokens of a rejected prediction: %v tokens in %v", span.Tokens, span.Length)
	}
	for _, remark := range []target.Remark{target.HiddenTokens, target.FewTokens, target.SeveralChoices} {
		o := billed(1010)
		o.Remarks = []target.Remark{remark}
		o.Content = []target.Piece{{Output: 4}, {Output: 4}}
		if span := SpanOf(o, []time.Duration{0, 20 * time.Second}); span.Tokens != 0 {
			t.Errorf("with %s: %v tokens, expected none", remark, span.Tokens)
		}
	}
}

func TestTimePerToken(t *testing.T) {
	if got := (Span{180 * time.Millisecond, 9}).PerToken(); got != 20*time.Millisecond {
		t.Errorf("9 tokens in 180 ms take %v each", got)
	}
	if !Uncounted(target.Outcome{OutputTokens: 9}) || Uncounted(billed(9)) {
		t.Error("tokens are counted if the usage tells those of each prompt, and only then")
	}
	silent := target.Outcome{Content: []target.Piece{{Output: 4}, {Output: 4}}}
	if span := SpanOf(silent, []time.Duration{0, 20 * time.Millisecond}); span != (Span{}) {
		t.Errorf("without usage: %+v", span)
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
		if span := SpanOf(o, at); span.Tokens != c.want {
			t.Errorf("pieces %v apart after %v: %v tokens in the span, expected %v", c.gap, c.wait, span.Tokens, c.want)
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
	if span := SpanOf(o, at); span.Tokens != each || span.Length != 400*time.Millisecond+300*time.Microsecond {
		t.Errorf("%v tokens in %v, want %d in 400.3ms", span.Tokens, span.Length, each)
	}
}
