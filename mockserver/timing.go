package mockserver

import (
	"net/http"
	"strconv"
	"time"

	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/fault"
)

// The parts of a Server-Timing header, in their order in the header.
const (
	total = iota
	auth
	limit
	queue
	model
	parts
	// untimed is for steps whose time counts only in total.
	untimed = parts
)

// timing is how long an exchange took, in total and by part.
type timing [parts]time.Duration

// String returns the value of a Server-Timing header, in ms with three decimals. It
// truncates to whole µs, so that total is never less than the sum of its parts.
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
		fraction := us % 1000
		out = append(out, byte('0'+fraction/100), byte('0'+fraction/10%10), byte('0'+fraction%10))
	}
	return string(out)
}

// sendsTrailer reports whether a reply has its timing in a trailer, when the total is
// known: a stream that ends properly, on HTTP/2 or in chunks.
func sendsTrailer(r *http.Request, reply *fault.Reply) bool {
	if !reply.Stream || reply.End != fault.EndComplete {
		return false
	}
	return r.ProtoMajor > 1 || r.ProtoAtLeast(1, 1) && reply.Length < 0 // with a length there are no chunks
}

// timedWriter adds Server-Timing to the answer of a token endpoint; all of it is auth.
type timedWriter struct {
	http.ResponseWriter
	clock             clock.Clock
	started           time.Time
	enabled, answered bool
}

// WriteHeader sends the header with Server-Timing, if that is enabled.
func (w *timedWriter) WriteHeader(status int) {
	if w.answered = true; w.enabled {
		took := w.clock.Now().Sub(w.started)
		w.Header().Set("Server-Timing", timing{total: took, auth: took}.String())
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap returns the underlying writer, for http.ResponseController.
func (w *timedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
