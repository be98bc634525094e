package mockserver

import (
	"errors"
	"net/http"

	"weighbridge/mockserver/ledger"
)

// push offers the client the resources of the config's push before an answer to prompts, as a server
// of pages does with what a page needs (RFC 9113, section 8.4). HTTP/2 has it, and only for clients
// that have not switched it off.
func (s *Server) push(x *exchange) {
	for _, path := range x.setup.config.Push {
		s.ledger.Push(pushOne(x.w, x.r, path))
	}
}

// pushOne offers one resource, and returns what became of it.
func pushOne(w http.ResponseWriter, r *http.Request, path string) ledger.PushResult {
	pusher, ok := w.(http.Pusher)
	if !ok {
		return ledger.PushUnknown
	}
	options := &http.PushOptions{Header: http.Header{}}
	for _, name := range []string{"Authorization", "X-Api-Key"} {
		if values := r.Header.Values(name); len(values) > 0 {
			options.Header[name] = values
		}
	}
	switch err := pusher.Push(path, options); {
	case err == nil:
		return ledger.PushSent
	case errors.Is(err, http.ErrNotSupported):
		return ledger.PushSwitchedOff
	default:
		return ledger.PushFailed
	}
}
