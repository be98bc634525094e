// Package retry decides whether a failed attempt is sent again, and when. It knows no clock and draws
// no random numbers: both are arguments.
package retry

import (
	"net/http"
	"time"

	"weighbridge/target/limits"
)

// Advice is what a response says about retrying; zero if there was none.
type Advice struct {
	// Status is the HTTP status, even if the body was not received whole.
	Status int
	// Stream says that the response is an event stream.
	Stream bool
	// ShouldRetry is the header X-Should-Retry: true, false or nothing.
	ShouldRetry string
	// After is the wait that the response asks for; Asked is false if it asks for none. A date is
	// counted by the server's clock, and in AfterByOwnClock by ours.
	After, AfterByOwnClock time.Duration
	Asked                  bool
	// Took is how much of its timeout the attempt has used.
	Took time.Duration
}

// AdviceOf returns what a response says at now about retrying; its header came at heard. resp may be nil.
func AdviceOf(resp *http.Response, heard, now time.Time, stream bool) Advice {
	if resp == nil {
		return Advice{}
	}
	a := Advice{Status: resp.StatusCode, Stream: stream, ShouldRetry: resp.Header.Get("X-Should-Retry")}
	a.After, a.Asked = limits.RetryAfter(resp.Header, heard, now)
	a.AfterByOwnClock, _ = limits.RetryAfterByOwnClock(resp.Header, now)
	return a
}
