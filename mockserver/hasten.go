package mockserver

import (
	"io"
	"net/http"
)

// shortBody is under how many bytes net/http reads what a handler left of a
// body, so that the connection can be used again; from there on it answers at
// once and closes.
const shortBody = 256 << 10

// hasten gives an answer to a request whose body may not have been read. net/http
// holds such an answer back until the body has come, if that is short or of no
// known length; here it leaves at once. A short body is read after it, and not
// left to net/http: at its end that would begin to watch for the client's
// leaving, and panic when the next request comes. One of no known length ends
// the connection, and the answer says so.
func hasten(w http.ResponseWriter, r *http.Request, answer func()) {
	control := http.NewResponseController(w)
	switch {
	case r.ProtoMajor != 1 || r.ContentLength == 0 || r.ContentLength >= shortBody || r.Header.Get("Expect") != "":
		answer() // nothing is waited for
	case r.ContentLength < 0:
		w.Header()["Connection"] = []string{"close"}
		answer()
	case control.EnableFullDuplex() != nil: // it is no connection
		answer()
	default:
		answer()
		if control.Flush() == nil {
			_, _ = io.Copy(io.Discard, r.Body) // a client that leaves takes its connection with it
		}
	}
}
