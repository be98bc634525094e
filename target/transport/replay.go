package transport

import (
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// countReplays watches how often net/http puts a request on a connection. A
// request with a body and no GetBody goes out once; one without a body may be
// sent again silently when a kept connection breaks, and that is counted.
func countReplays(req *http.Request) (*http.Request, func() int) {
	if req.Body != nil && req.Body != http.NoBody {
		return req, func() int { return 0 }
	}
	var sends atomic.Int32
	trace := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { sends.Add(1) }}
	traced := req.WithContext(httptrace.WithClientTrace(req.Context(), trace))
	return traced, func() int { return max(int(sends.Load())-1, 0) }
}
