package transport

import (
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// watch notes the moments of an attempt that net/http alone sees. Its hooks run on
// goroutines of net/http, some even after the answer is in: hence the atomics.
type watch struct {
	sent time.Time
	// Moments are ns after sent, plus 1: 0 is not seen. Where net/http sends a
	// request again silently, the last of each counts.
	connected, written, first atomic.Int64
	sends                     atomic.Int32
}

// watched is req under a watch that starts now.
func watched(req *http.Request) (*http.Request, *watch) {
	w := &watch{sent: time.Now()}
	return req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn:              func(httptrace.GotConnInfo) { w.note(&w.connected) },
		GotFirstResponseByte: func() { w.note(&w.first) },
		WroteRequest: func(httptrace.WroteRequestInfo) {
			w.note(&w.written)
			w.sends.Add(1)
		},
	})), w
}

func (w *watch) note(moment *atomic.Int64) { moment.Store(int64(time.Since(w.sent)) + 1) }

// split cuts an attempt that ended after whole into its parts. A moment that was
// not seen, or seen after the one that follows it (an answer may come before the
// request is written), lies where the following one lies.
func (w *watch) split(whole time.Duration, p *Parts) {
	before := func(moment *atomic.Int64, next time.Duration) time.Duration {
		if noted := moment.Load(); noted > 0 {
			return min(time.Duration(noted-1), next)
		}
		return next
	}
	first := before(&w.first, whole)
	written := before(&w.written, first)
	connected := before(&w.connected, written)
	p.Connect, p.Sending, p.Waiting, p.Body = connected, written-connected, first-written, whole-first
}

// replays is how often net/http itself sent req again. A request with a body and
// no GetBody goes out once; one without a body may be sent again silently when a
// kept connection breaks.
func (w *watch) replays(req *http.Request) int {
	if req.Body != nil && req.Body != http.NoBody {
		return 0
	}
	return max(int(w.sends.Load())-1, 0)
}
