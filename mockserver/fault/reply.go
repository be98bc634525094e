package fault

import (
	"net/http"
	"slices"
	"time"
)

// Reply is an answer before it is sent. Faults modify it; then Send sends it. Faults
// replace Parts and their Bytes but never write into Bytes, which may be shared.
//
// Faults that change the content come first, then those that change the timing, and last
// those that end the answer; a later end replaces an earlier one.
type Reply struct {
	// Status is the answer's status; 0 sends no answer and resets the connection or stream.
	Status int
	// Header is added to the header of the ResponseWriter, replacing values of the same name.
	Header http.Header
	// Parts are the pieces in which the body is sent: the events of a stream, or a single one.
	Parts []Part
	// Length is the declared Content-Length; -1 declares none.
	Length int
	// Stream says that the parts are server-sent events.
	Stream bool
	// Failure renders the error event of a stream, after so many events; nil if the answer is not
	// a stream, or if the dialect has no such event.
	Failure func(after int) []byte
	// End says how the connection continues or ends after the last part.
	End End
	// Code is the error code of EndReset on HTTP/2; 0 is INTERNAL_ERROR.
	Code Code
	// Twice sends the whole answer twice on the connection; on HTTP/2, where a stream
	// holds one answer, only its body.
	Twice bool
	// Done, if not nil, is called once, before the last piece of the answer is written.
	Done func()
	// OnContent, if not nil, is called before each piece with some of the answer's text is written.
	OnContent func()
	// Injected are the faults that changed the answer, in order. It omits faults that do
	// not apply, such as those of streams if the answer is not a stream.
	Injected []string
}

// Part is a piece of a body.
type Part struct {
	// Wait is the delay before the piece is sent.
	Wait  time.Duration
	Bytes []byte
	// Content says that the piece is an event with some of the answer's text.
	Content bool
	// Last marks the terminal event: a stream without it is incomplete.
	Last bool
}

// End is how an answer ends.
type End int

const (
	// EndComplete ends the answer properly.
	EndComplete End = iota
	// EndTruncated closes the connection, or ends the HTTP/2 stream with END_STREAM,
	// although the body may be incomplete.
	EndTruncated
	// EndAbrupt closes the connection before the last chunk, or sends RST_STREAM: every
	// client notices that the answer is incomplete.
	EndAbrupt
	// EndReset sends TCP RST or RST_STREAM.
	EndReset
)

// Size returns the number of bytes in the body, the correct Content-Length.
func (r *Reply) Size() int {
	size := 0
	for i := range r.Parts {
		size += len(r.Parts[i].Bytes)
	}
	return size
}

// TotalWait returns the sum of the parts' delays.
func (r *Reply) TotalWait() time.Duration {
	var sum time.Duration
	for i := range r.Parts {
		sum += r.Parts[i].Wait
	}
	return sum
}

// callDone calls Done unless it has been called.
func (r *Reply) callDone() {
	if r.Done != nil {
		r.Done()
		r.Done = nil
	}
}

func (r *Reply) noteInjected(name string) { r.Injected = append(r.Injected, name) }

func (r *Reply) setHeader(header, value string) {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set(header, value)
}

// keepBytes truncates the body to its first n bytes.
func (r *Reply) keepBytes(n int) {
	var kept []Part
	for _, part := range r.Parts {
		if n <= 0 {
			break
		}
		part.Bytes = part.Bytes[:min(n, len(part.Bytes))]
		n -= len(part.Bytes)
		kept = append(kept, part)
	}
	r.Parts = kept
}

// terminalIndex returns the index of the terminal event, or the number of parts if there is none.
func (r *Reply) terminalIndex() int {
	if i := slices.IndexFunc(r.Parts, func(p Part) bool { return p.Last }); i >= 0 {
		return i
	}
	return len(r.Parts)
}

// split splits the parts into pieces of at most size bytes. wait returns the additional
// delay of a piece of n bytes; first says that it is the first of the body.
func (r *Reply) split(size int, wait func(n int, first bool) time.Duration) {
	var pieces []Part
	for _, part := range r.Parts {
		for piece := range slices.Chunk(part.Bytes, size) {
			next := Part{Bytes: piece, Wait: wait(len(piece), len(pieces) == 0), Content: part.Content}
			if begins := &piece[0] == &part.Bytes[0]; begins {
				next.Wait += part.Wait
			}
			pieces = append(pieces, next)
		}
		if len(pieces) > 0 {
			pieces[len(pieces)-1].Last = part.Last
		}
	}
	r.Parts = pieces
}
