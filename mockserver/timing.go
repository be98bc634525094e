package mockserver

import (
	"net/http"
	"strconv"
	"time"

	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/fault"
)

// The parts of a Server-Timing header, in the order they are sent.
const (
	total = iota
	auth
	limit
	queue
	model
	parts
	// untimed is the part of what stands in total alone.
	untimed = parts
)

// timing is how long an exchange took, in all and by part.
type timing [parts]time.Duration

// String is the value of a Server-Timing header, in ms with three decimals. It
// cuts to whole µs: then total is never under the sum of its parts.
func (t timing) String() string {
	names := [parts]string{"total", "auth", "limit", "queue", "model"}
	out := make([]byte, 0, 96)
	for part, took := range t {
		if part > 0 {
			out = append(out, ", "...)
		}
		us := max(took.Microseconds(), 0)
		out = append(append(out, names[part]...), ";dur="...)
		out = append(strconv.AppendInt(out, us/1000, 10), '.')
		rest := us % 1000
		out = append(out, byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	}
	return string(out)
}

// trails reports whether a reply tells its timing in a trailer, when all of it
// is spent: a stream that has an end for one to stand at.
func trails(r *http.Request, reply *fault.Reply) bool {
	if !reply.Stream || reply.End != fault.EndComplete {
		return false
	}
	return r.ProtoMajor > 1 || r.ProtoAtLeast(1, 1) && reply.Length < 0 // a length is not sent in chunks
}

// timed tells of an answer that is no exchange's how long it took: all of it is
// auth's.
type timed struct {
	http.ResponseWriter
	clock   clock.Clock
	started time.Time
	// tells is whether it does.
	tells, answered bool
}

// WriteHeader begins the answer.
func (w *timed) WriteHeader(status int) {
	if w.answered = true; w.tells {
		took := w.clock.Now().Sub(w.started)
		w.Header().Set("Server-Timing", timing{total: took, auth: took}.String())
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is the writer that answers, for http.ResponseController.
func (w *timed) Unwrap() http.ResponseWriter { return w.ResponseWriter }
