package target

import (
	"slices"
	"time"
)

// Piece is a piece of what a model generates, in one event of a stream: text, reasoning,
// a call of a tool, a refusal.
type Piece struct {
	// End is the offset in the body at which its event ends.
	End int
	// Reasoning and Output are the bytes of reasoning and of any other output in it.
	Reasoning, Output int
	// Blank says that all of it is white space.
	Blank bool
	// Tokens is the output tokens of the answer up to this piece, as the event reports
	// them; 0 if it does not.
	Tokens uint64
}

// Remark is something unusual about an answer.
type Remark string

// The remarks. Of the first three an answer has at most one.
const (
	// Refused is an answer in which the model declines.
	Refused Remark = "refused"
	// Filtered is an answer that a content filter ended.
	Filtered Remark = "filtered"
	// Empty is an answer without any output.
	Empty Remark = "empty"
	// OddType is an answer with another content type than its API's.
	OddType Remark = "content_type"
	// Page is an answer that is an HTML page, of which only the status was judged.
	Page Remark = "page"
	// NoUsage is an answer that does not report its output tokens.
	NoUsage Remark = "no_usage"
	// HiddenTokens is a stream of an answer with more output tokens than came in it, where
	// the usage does not say how many, or it is not known when.
	HiddenTokens Remark = "hidden_tokens"
	// DenseTokens is a stream of an answer with so many output tokens for its text that some
	// may not have come in it. It does have a time per output token.
	DenseTokens Remark = "dense_tokens"
	// FewTokens is a stream of an answer with fewer output tokens than pieces with output:
	// either the server counts wrong, or a gateway has cut up the text.
	FewTokens Remark = "few_tokens"
	// SeveralChoices is a stream of more than one choice, whose tokens the usage adds up.
	SeveralChoices Remark = "several_choices"
	// Padded is a stream that began with white space well before its text, so that it is not known when
	// the model began.
	Padded Remark = "padded"
)

// Padding returns how many pieces at the beginning of a stream, whose pieces arrived at the given times, may be no
// output but what a proxy sends to keep the connection open: white space well before any text. The first token
// of a model may be white space too, but the next follows as soon as all others, and several in a row are one token.
func Padding(pieces []Piece, at []time.Duration) (n int) {
	for n < len(pieces) && pieces[n].Blank {
		n++
	}
	if n == 0 || n == len(pieces) {
		return 0
	}
	gap := time.Duration(0)
	for i := range n {
		gap = max(gap, at[i+1]-at[i])
	}
	var later []time.Duration
	for i := n + 1; i < len(at); i++ {
		later = append(later, at[i]-at[i-1])
	}
	usual := time.Duration(0)
	if slices.Sort(later); len(later) > 0 {
		usual = later[len(later)/2]
	}
	if waited := at[n] - at[0]; waited > at[0]/5 && (n >= 3 || gap > 10*usual) {
		return n
	}
	return 0
}

// Remarked reports whether the outcome has the remark.
func (o Outcome) Remarked(r Remark) bool { return slices.Contains(o.Remarks, r) }

// ReasonedBetween reports whether there is reasoning between pieces of other output.
func (o Outcome) ReasonedBetween() bool {
	output, reasoned := false, false
	for _, p := range o.Content {
		if p.Output > 0 && reasoned {
			return true
		}
		output = output || p.Output > 0
		reasoned = output && p.Output == 0
	}
	return false
}

// Streaming is a dialect that may request event streams.
type Streaming interface {
	Dialect
	// Streams reports whether it does.
	Streams() bool
	// Ended reports whether a body, of which the part that begins at from came last, has the
	// event that ends a stream, or one that reports an error. The server may keep the
	// response open after it.
	Ended(body []byte, from int) bool
}
