package mockserver

import (
	"io"
	"net/http"
)

// maxDrainedBody is the body size in bytes below which net/http reads what a handler left
// of the body, to reuse the connection. For larger bodies it closes the connection after
// the answer.
const maxDrainedBody = 256 << 10

// answerEarly answers a request whose body may not have been read. net/http would delay
// the answer until the body has arrived if that is short or of unknown length; answerEarly
// sends it at once. It reads a short body after the answer: if that were left to net/http,
// it would begin to watch for the client's leaving at the end of the body, and panic with
// the next request. After a body of unknown length the connection is closed, which the
// answer declares.
func answerEarly(w http.ResponseWriter, r *http.Request, answer func()) {
	control := http.NewResponseController(w)
	switch {
	case r.ProtoMajor != 1 || r.ContentLength == 0 || r.ContentLength >= maxDrainedBody || r.Header.Get("Expect") != "":
		answer() // net/http does not delay it
	case r.ContentLength < 0:
		w.Header()["Connection"] = []string{"close"}
		answer()
	case control.EnableFullDuplex() != nil: // not a real connection
		answer()
	default:
		answer()
		if control.Flush() == nil {
			_, _ = io.Copy(io.Discard, r.Body) // fails only if the client leaves
		}
	}
}
