package dialect

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"weighbridge/target"
)

// eventStream reads a response that arrives as server-sent events.
type eventStream struct {
	body []byte
	// lastEvent names the event that ends a complete response, for messages.
	lastEvent string
	// lenient accepts a stream that ends without it.
	lenient bool
	// read interprets one event, which has data. The outcome is nil unless the event makes
	// the response a failure.
	read func(e event) (eventRole, *target.Outcome)
}

// eventRole is what an event means: what was generated in it, with the output tokens so far
// if it reports them, that a call begins, and that it is the last event.
type eventRole struct {
	generated
	tokens    uint64
	callBegan bool
	last      bool
}

// streamed is what was generated in a stream: the pieces in order, and all of it.
type streamed struct {
	pieces []target.Piece
	all    generated
}

// run reads the events up to the last one. The outcome is nil unless the response is a
// failure.
func (s eventStream) run() (out streamed, failed *target.Outcome) {
	found, callBegan := 0, 0
	var last []byte
	for e := range events(s.body) {
		e.data = bytes.TrimSpace(e.data) // some servers pad their lines
		if len(e.data) == 0 || !e.complete && !s.whole(e.data) {
			continue
		}
		found, last = found+1, e.data
		role, failed := s.read(e)
		if failed != nil {
			return out, failed
		}
		if role.any() {
			blank := role.reasoning == 0 && role.blank == role.output
			out.pieces = append(out.pieces, target.Piece{End: e.end, Reasoning: role.reasoning, Output: role.output, Blank: blank, Tokens: role.tokens})
		}
		if role.callBegan && callBegan == 0 {
			callBegan = e.end
		}
		if out.all.add(role.generated); role.last {
			return out.withCall(callBegan), nil
		}
	}
	if e, isError := errorOutsideEvents(s.body); isError {
		return out, errorEvent(e)
	}
	switch {
	case bytes.HasPrefix(s.body, []byte("\x1f\x8b")):
		return out, invalidStream("the body is compressed with gzip, and has no Content-Encoding")
	case found == 0:
		return out, invalidStream("the body has no events: expected a stream that ends with %s", s.lastEvent)
	case lastWords(last) != "":
		return out, invalidStream("the stream ended with %q, without %s", oneSpaced(lastWords(last)), s.lastEvent)
	case !s.lenient:
		return out, invalidStream("the stream ended without %s (target.stream_end: lenient accepts that)", s.lastEvent)
	}
	return out.withCall(callBegan), nil
}

// errorOutsideEvents returns the error of a body without a last event: the whole body is one, or
// its last line is, as JSON without a field name or, from llama.cpp, in a field named error.
func errorOutsideEvents(body []byte) (apiError, bool) {
	if e, ok := errorInBody(body); ok {
		return e, true
	}
	body = bytes.TrimSpace(body)
	line := body[startOfLine(body, len(body)):]
	if data, ok := bytes.CutPrefix(line, []byte("error:")); ok {
		var e apiError
		_ = e.UnmarshalJSON(bytes.TrimSpace(data))
		return e, true
	}
	return errorInBody(line)
}

// strayWords quotes the message of the last event in a stream that has one and is nothing of an answer, for
// messages about what the stream lacks; "" if none has.
func strayWords(body []byte) (quoted string) {
	for e := range events(body) {
		if said := lastWords(e.data); said != "" {
			quoted = fmt.Sprintf(": it says %q", oneSpaced(said))
		}
	}
	return quoted
}

// lastWords is the message in the data of an event, if that is nothing of an answer.
func lastWords(data []byte) string {
	var fields map[string]any
	if json.Unmarshal(data, &fields) != nil || fields["choices"] != nil || fields["type"] != nil && fields["type"] != "error" {
		return ""
	}
	return messageIn(fields, 0)
}

// whole reports whether the data of an event that the body ends in is not cut short.
func (s eventStream) whole(data []byte) bool { return isDone(data) || json.Valid(data) }

// shift adds the tokens of reasoning that the server's running totals leave out, all of which came before.
func (s streamed) shift(reasoning uint64) {
	for i := range s.pieces {
		if s.pieces[i].Tokens > 0 {
			s.pieces[i].Tokens += reasoning
		}
	}
}

// withCall adds the beginning of a call of a tool, at an offset, to an answer that has
// nothing else: it has no arguments.
func (s streamed) withCall(at int) streamed {
	if at > 0 && len(s.pieces) == 0 {
		s.all.output, s.all.call = 1, true
		s.pieces = []target.Piece{{End: at, Output: 1}}
	}
	return s
}

// outcome is the outcome of an answer with this content and usage. hidden says that the
// model reasoned and the reasoning was not streamed.
func (s streamed) outcome(u usage, hidden bool) target.Outcome {
	out := target.Outcome{Content: s.pieces}
	if n := u.output.n; n < uint64(len(s.pieces)) && n*longest < uint64(s.all.reasoning+s.all.output) {
		u.output = count{} // of one piece, or of nothing
	}
	if u.reasoning.n == 0 && s.all.reasoning > 0 {
		u.reasoning = count{} // servers that count none
	}
	u.report(&out, s.all)
	if slices.Contains(out.Remarks, target.NoUsage) || !s.all.any() {
		return out
	}
	tokens, bytes, pieces := out.OutputTokens-out.RejectedTokens, s.all.reasoning+s.all.output, len(s.pieces)-s.blankStart()
	switch r := out.ReasoningTokens; {
	case r != nil && *r > 0 && out.ReasonedBetween():
		if uint64(s.all.reasoning) < *r*densest {
			out.Remarks = append(out.Remarks, target.HiddenTokens) // some of them between the pieces of output
			return out
		}
	case r != nil && *r > 0 && s.all.output > 0:
		tokens, bytes, pieces = tokens-*r, s.all.output, s.outputPieces() // reasoning can be told apart
	case r == nil && (hidden || u.reasoning.known):
		out.Remarks = append(out.Remarks, target.HiddenTokens)
		return out
	}
	switch {
	case tokens == 0, tokens > uint64(bytes+s.all.unwritten()):
		out.Remarks = append(out.Remarks, target.HiddenTokens)
	case tokens < uint64(pieces):
		out.Remarks = append(out.Remarks, target.FewTokens)
	case 2*tokens <= 3*uint64(pieces): // about a token a piece: all of them came
	case (tokens-min(tokens, uint64(s.all.unwritten())))*densest > uint64(bytes):
		out.Remarks = append(out.Remarks, target.DenseTokens)
	}
	return out
}

// densest is the bytes of text that a token has at least, on average: English has four, JSON and code
// three, Chinese in UTF-8 four. Digits and random text may have fewer.
const densest = 2

// longest is the bytes of text that a token has at most, on average: single tokens may have more, such as
// those of spaces.
const longest = 32

// blankStart is how many pieces of white space come before any text: they may be a proxy's.
func (s streamed) blankStart() (n int) {
	for n < len(s.pieces) && s.pieces[n].Blank {
		n++
	}
	return n
}

// outputPieces is the number of pieces that have any output but reasoning.
func (s streamed) outputPieces() (n int) {
	for _, p := range s.pieces {
		if p.Output > 0 {
			n++
		}
	}
	return n
}

// unwritten is at most how many tokens an answer has beside the bytes of its text: of text
// a token has at least a byte, but the ends of messages and the syntax of calls have none.
func (g generated) unwritten() int {
	const end, calls = 16, 64
	if g.call {
		return end + calls
	}
	return end
}

// invalidStream is the outcome of a stream that violates the dialect.
func invalidStream(format string, args ...any) *target.Outcome {
	out := failure(target.Contract, 1, format, args...)
	return &out
}

// decode unmarshals the event's data. It reports whether the event can be used: an event
// whose name is not of the dialect may have any data. The outcome is nil unless the event
// makes the response a failure.
func (e event) decode(into any, known func(name string) bool) (ok bool, failed *target.Outcome) {
	err := unmarshal(e.data, into)
	switch {
	case err == nil:
		return true, nil
	case isError(e.data):
		reported, _ := errorInBody(e.data)
		return false, errorEvent(reported)
	case e.name != "" && !known(e.name):
		return false, nil
	case bytes.Contains(e.data, []byte("\n")) && json.Valid(firstLineOf(e.data)):
		return false, invalidStream("an event has several lines of data, each complete: expected an empty line after each event")
	}
	return false, invalidStream("an event has invalid data: %v", err)
}

func firstLineOf(data []byte) []byte {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return line
}

// unmarshal reads a JSON object as clients do: a field of another type than documented is as if
// it were not there.
func unmarshal(raw []byte, into any) error {
	err := json.Unmarshal(raw, into)
	if odd := (*json.UnmarshalTypeError)(nil); errors.As(err, &odd) {
		if odd.Field != "" {
			return nil
		}
		return fmt.Errorf("expected a JSON object, found a value of the kind %s", odd.Value)
	}
	return err
}

// errorEvent is the outcome of a stream with an error in an event.
func errorEvent(e apiError) *target.Outcome {
	out := errorInside(e, 1)
	return &out
}

// reportsFailure reports whether an event is an error by its name: error, or an exception of AWS such as
// throttlingException.
func (e event) reportsFailure() bool {
	return e.name == "error" || strings.HasSuffix(strings.ToLower(e.name), "exception")
}

// namedError returns the error in the data of an event that is one by its name, which is the type of an
// error that has none.
func namedError(e event) *target.Outcome {
	var reported apiError
	if _ = reported.UnmarshalJSON(e.data); reported.Type == "" && e.name != "error" {
		reported.Type = e.name
	}
	return errorEvent(reported)
}

// maxEndLine is the longest line, in bytes, that is looked at for the end of a stream.
const maxEndLine = 64 << 10

// hasLine reports whether a line of data that holds the text, and reaches beyond from, ends the stream.
func hasLine(body []byte, from int, holds string, is func(data []byte) bool) bool {
	near := max(0, from-maxEndLine)
	at := near + startOfLine(body[near:], from-near)
	if at == near && near > 0 { // the line began before
		_, at = lineAt(body, from)
	}
	if !bytes.Contains(body[at:], []byte(holds)) {
		return false
	}
	for at < len(body) {
		line, next := lineAt(body, at)
		at = next
		if data, ok := bytes.CutPrefix(line, []byte("data:")); ok && is(bytes.TrimSpace(data)) {
			return true
		}
	}
	return false
}

// isError reports whether the data of an event reports an error.
func isError(data []byte) bool {
	_, found := errorInBody(data)
	return found
}
