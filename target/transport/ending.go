package transport

import (
	"io"
	"net/http"
	"time"
)

const (
	// endWait is how long a request waits for its response to end after the end of its stream:
	// what is left of a chunked body is in the same packet, or right behind it.
	endWait = 2 * time.Millisecond
	// endLimit is how long a response may take to end, if its connection is not to be closed.
	endLimit = 500 * time.Millisecond
	// maxAfterEnd is how many bytes may follow the end of a stream.
	maxAfterEnd = 64 << 10
)

// finish reads what follows the end of a stream, so that its connection can be reused. If the server keeps the
// response open for longer than endWait, it goes on in the background; for announced trailers it waits up to
// endLimit. It calls cancel, which ends the request, when the response has ended or endLimit has passed. It
// reports whether the response has ended.
func finish(resp *http.Response, cancel func()) bool {
	wait := endWait
	if len(resp.Trailer) > 0 {
		wait = endLimit
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		limit := time.AfterFunc(endLimit, cancel)
		_, _ = io.CopyN(io.Discard, resp.Body, maxAfterEnd)
		limit.Stop()
		_ = resp.Body.Close()
		cancel()
	}()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-timer.C:
		return false
	}
}
