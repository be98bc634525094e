package transport

import (
	"errors"
	"fmt"
	"net/http"

	"weighbridge/target/transport/h2"
)

// maxReplays is how often one attempt is sent again because its server had not processed it.
const maxReplays = 3

// refusedStream is the HTTP/2 error code of a stream that was not processed (RFC 9113 §8.7).
const refusedStream = 0x7

// streamError receives the error of one HTTP/2 stream from net/http, whose own type is not
// exported: errors.As copies it into a struct with these fields.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

func (e streamError) Error() string { return fmt.Sprintf("stream %d: code %d", e.StreamID, e.Code) }

// The errors of net/http for a connection that closed before the request was sent, and for a
// request above the last that GOAWAY names (RFC 9113 §6.8). Neither is exported.
const (
	textNotSent = "http2: client conn not usable"
	textGoAway  = "http2: Transport received Server's graceful shutdown GOAWAY"
)

// replayable reports whether a request that failed with err may be sent again, whatever its
// method, because its server has not processed it; sent, whether it had left.
func replayable(err error) (sent, safe bool) {
	var stream streamError
	var own *h2.StreamError
	switch {
	case errors.As(err, &own):
		return true, own.Refused()
	case errors.Is(err, h2.ErrGoneAway):
		return true, true
	case errors.Is(err, h2.ErrNotSent), err.Error() == textNotSent:
		return false, true
	case err.Error() == textGoAway, errors.As(err, &stream) && stream.Code == refusedStream:
		return true, true
	}
	return true, false
}

// repeatable reports whether a request over HTTP/1 that failed with err is to be sent again in the place of
// net/http, which emptyBody keeps from doing so: it changes nothing at the server, and its kept connection ended
// before any answer.
func (t *attemptTrace) repeatable(req *http.Request, err error) bool {
	if _, bodiless := req.Body.(emptyBody); !bodiless {
		return false
	}
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return whileIdle(err, t) != ""
	}
	return false
}
