// Package pieces tells of the pieces of a streamed answer when its output began, and how long its tokens took.
package pieces

import (
	"slices"
	"time"

	"weighbridge/target"
)

// FirstOutput returns when the first piece with output other than reasoning arrived; false if there was none.
func FirstOutput(pieces []target.Piece, at []time.Duration) (time.Duration, bool) {
	for i, p := range pieces {
		if p.Output > 0 {
			return at[i], true
		}
	}
	return 0, false
}

// Span is the time from the first to the last piece of a streamed answer, and the tokens that arrived in it: all but
// those that came with the first piece. It has no tokens if their number cannot be known, or if all came at once,
// even in several reads.
type Span struct {
	Length time.Duration
	Tokens float64
}

// PerToken is the time per token of a span that has tokens.
func (s Span) PerToken() time.Duration { return time.Duration(float64(s.Length) / s.Tokens) }

// Uncounted reports whether the number of tokens that came in a stream is not known.
func Uncounted(o target.Outcome) bool {
	return o.OutputByPrompt == nil || slices.ContainsFunc([]target.Remark{target.HiddenTokens, target.FewTokens, target.SeveralChoices}, o.Remarked)
}

// SpanOf returns the span of an answer whose pieces arrived at the given times.
//
// If the usage says how much of the answer was reasoning, only the other output counts, if it has a
// span without reasoning in it: that may have been hidden or shortened.
func SpanOf(o target.Outcome, at []time.Duration) Span {
	if Uncounted(o) {
		return Span{}
	}
	all, billed := only(allOf, o.Content, at), o.OutputTokens-o.RejectedTokens
	if r := o.ReasoningTokens; r != nil && *r > 0 && !o.ReasonedBetween() {
		output := only(outputOf, o.Content, at)
		span := output.span(outputOf, billed-*r, billed)
		streamed := uint64(all.bytes(reasoningOf, len(all.pieces))) >= *r // a token has at least one byte
		if span.Tokens > 0 || len(output.at) > 0 && !streamed {
			return span
		}
	}
	return all.span(allOf, billed, billed)
}

// burst is a time per token that no model reaches. A stream as fast as that was held back and
// released at once, by a proxy or by a server that writes its answer when it is complete.
const burst = 20 * time.Microsecond

// slowBurst is a time per token that hardly any model reaches. A stream as fast as that which took under a
// fiftieth of the time that its first piece took was held back too, and came over a slow network.
const slowBurst = 250 * time.Microsecond

// span returns the span of pieces that hold so many tokens of the answer's billed ones.
//
// How many came with the first piece is exact where every piece has one token, and where the
// server reports a running total. Else it is the piece's share of the bytes, an estimate; each
// piece has at least one token.
func (t timedPieces) span(kind func(target.Piece) int, tokens, billed uint64) Span {
	n, first := len(t.at), t.inFirstBurst()
	if first == n {
		return Span{}
	}
	length := t.at[n-1] - t.at[0]
	if length < time.Duration(tokens)*burst || length < min(t.at[0]/50, time.Duration(tokens)*slowBurst) {
		return Span{}
	}
	if from := t.pieces[first-1].Tokens; from > 0 && t.pieces[n-1].Tokens > from && t.pieces[n-1].Tokens <= billed {
		return Span{length, float64(billed - from)}
	}
	came := float64(tokens) * float64(t.bytes(kind, first)) / float64(t.bytes(kind, n))
	if least, later := uint64(first), uint64(n-first); tokens >= least+later {
		came = min(max(came, float64(least)), float64(tokens-later))
	}
	return Span{length, float64(tokens) - came}
}

// inFirstBurst is how many pieces came with the first: in one read, or so soon after it that no model made
// them since. What a proxy let through at once may take several reads.
func (t timedPieces) inFirstBurst() (n int) {
	for n < len(t.at) && t.at[n]-t.at[0] < time.Duration(n+1)*burst { // a piece has at least one token
		n++
	}
	return n
}

// timedPieces are pieces of a stream, and when each arrived.
type timedPieces struct {
	pieces []target.Piece
	at     []time.Duration
}

func outputOf(p target.Piece) int    { return p.Output }
func reasoningOf(p target.Piece) int { return p.Reasoning }
func allOf(p target.Piece) int       { return p.Output + p.Reasoning }

// only returns the pieces that have bytes of a kind.
func only(kind func(target.Piece) int, pieces []target.Piece, at []time.Duration) timedPieces {
	var out timedPieces
	for i, p := range pieces {
		if kind(p) > 0 {
			out.pieces, out.at = append(out.pieces, p), append(out.at, at[i])
		}
	}
	return out
}

// bytes adds up the bytes of a kind in the first n pieces.
func (t timedPieces) bytes(kind func(target.Piece) int, n int) (sum int) {
	for _, p := range t.pieces[:n] {
		sum += kind(p)
	}
	return sum
}
