package fault

import (
	"net/http"
	"slices"
	"time"
)

// Reply is an answer on its way out. Faults spoil it; then it is sent. They
// replace what it holds and never write into Bytes, which others may share.
//
// Faults that change what is sent come before those that change its pace, and
// those that end it come last; a later end replaces an earlier one.
type Reply struct {
	// Status is the answer's status; 0 sends no answer at all, only the reset.
	Status int
	// Header is what the answer's header has in place of, or beside, what the writer's own has already.
	Header http.Header
	// Parts are the body in the pieces it is sent in: the events of a stream, or one.
	Parts []Part
	// Length is the Content-Length that is declared; -1 declares none.
	Length int
	// Stream says that the parts are server-sent events.
	Stream bool
	// Failure is the event that ends a stream with an error; nil outside streams.
	Failure []byte
	// End is what happens after the last part.
	End End
	// Code is what EndReset says on HTTP/2; 0 is INTERNAL_ERROR.
	Code Code
	// Twice sends the whole answer a second time on the connection; on HTTP/2,
	// where a stream holds one answer, its body.
	Twice bool
	// Done is called once, before the last piece of the answer is handed to the
	// connection; nil is nobody.
	Done func()
	// Dealt are the faults that changed it, in their order. A fault that found
	// nothing to spoil, such as a stream's where there is no stream, is not among them.
	Dealt []string
}

// Part is a piece of a body.
type Part struct {
	// Wait is how long the piece is held back after the one before it, or after the header.
	Wait  time.Duration
	Bytes []byte
	// Content says that the piece is an event that carries some of the answer's text.
	Content bool
	// Last says that a stream without this part, or what follows it, was cut short.
	Last bool
}

// End is how an answer ends.
type End int

const (
	// EndWhole ends it as the protocol has it.
	EndWhole End = iota
	// EndCut closes the connection, or ends the HTTP/2 stream, as if that were all.
	EndCut
	// EndAbrupt closes the connection, or sends RST_STREAM: nobody takes it for all.
	EndAbrupt
	// EndReset sends TCP RST, or RST_STREAM.
	EndReset
)

// Size is how many bytes the body has, which a true Length declares.
func (r *Reply) Size() int {
	size := 0
	for i := range r.Parts {
		size += len(r.Parts[i].Bytes)
	}
	return size
}

// Waits is how long the pieces are held back in all.
func (r *Reply) Waits() time.Duration {
	var sum time.Duration
	for i := range r.Parts {
		sum += r.Parts[i].Wait
	}
	return sum
}

// done says that nothing but the last piece is left to send.
func (r *Reply) done() {
	if r.Done != nil {
		r.Done()
		r.Done = nil
	}
}

func (r *Reply) dealt(name string) { r.Dealt = append(r.Dealt, name) }

func (r *Reply) set(header, value string) {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set(header, value)
}

// keep leaves the first n bytes of the body.
func (r *Reply) keep(n int) {
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

// end is how many parts come before the one that ends a stream.
func (r *Reply) end() int {
	if i := slices.IndexFunc(r.Parts, func(p Part) bool { return p.Last }); i >= 0 {
		return i
	}
	return len(r.Parts)
}

// split cuts the parts into pieces of at most size bytes; wait is added to what
// a piece of n bytes waits, of which first is the body's first.
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
