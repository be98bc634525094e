package fault_test

import (
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"golang.org/x/net/http2"

	"weighbridge/mockserver/fault"
)

func resetCodes() map[string]http2.ErrCode {
	return map[string]http2.ErrCode{
		"no_error": http2.ErrCodeNo, "protocol_error": http2.ErrCodeProtocol, "internal_error": http2.ErrCodeInternal,
		"flow_control_error": http2.ErrCodeFlowControl, "settings_timeout": http2.ErrCodeSettingsTimeout,
		"stream_closed": http2.ErrCodeStreamClosed, "frame_size_error": http2.ErrCodeFrameSize,
		"refused_stream": http2.ErrCodeRefusedStream, "cancel": http2.ErrCodeCancel, "compression_error": http2.ErrCodeCompression,
		"connect_error": http2.ErrCodeConnect, "enhance_your_calm": http2.ErrCodeEnhanceYourCalm,
		"inadequate_security": http2.ErrCodeInadequateSecurity, "http_1_1_required": http2.ErrCodeHTTP11Required,
		"": http2.ErrCodeInternal,
	}
}

func TestRSTStreamCode(t *testing.T) {
	for name, want := range resetCodes() {
		address := serve(t, &recordingSleeper{}, func() *fault.Reply {
			r := onePiece("abcd")
			fault.RSTStream{Code: name, At: "mid_body"}.Apply(r, zeroDraw)
			if !slices.Equal(r.Injected, []string{"rst_stream"}) {
				t.Errorf("injected %v", r.Injected)
			}
			return r
		})
		if got := exchangeHTTP2(t, address); got.reset == nil || *got.reset != want || got.body != "ab" || got.header[":status"] != "200" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Streams of one connection that are reset at the same time get their own codes, and
// those that succeed get their answers.
func TestConcurrentRSTStreamsKeepTheirCodes(t *testing.T) {
	serverConfig, clientConfig := tlsConfigs(t)
	for name, secure := range map[string]bool{"cleartext": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			const streams = 60
			var arrived atomic.Int32
			allArrived := make(chan struct{})
			handler := func(w http.ResponseWriter, r *http.Request) {
				n, err := strconv.Atoi(r.URL.Path[1:])
				if err != nil {
					t.Error(err)
				}
				if arrived.Add(1) == streams {
					close(allArrived)
				}
				<-allArrived
				if n < 14 {
					fault.AbortStream(w, r, fault.Code(n+1))
				}
				if n == 14 {
					fault.Abort(w, r)
				}
				_, _ = w.Write([]byte(r.URL.Path))
			}
			var f *http2Client
			if secure {
				f = dialHTTP2(t, dialTLS(t, listen(t, serverConfig, handler), clientConfig))
			} else {
				f = dialHTTP2(t, dial(t, listen(t, nil, handler)))
			}
			asked := map[uint32]int{}
			for i := range streams {
				asked[f.sendRequest(t, "/"+strconv.Itoa(i%20))] = i % 20
			}
			responses := f.readResponses(t, streams)
			for id, n := range asked {
				got := responses[id]
				switch {
				case n < 14 && (got.reset == nil || *got.reset != http2.ErrCode(n)),
					n == 14 && (got.reset == nil || *got.reset != http2.ErrCodeInternal),
					n > 14 && (got.reset != nil || got.body != "/"+strconv.Itoa(n)):
					t.Errorf("stream %d asked for %d: %+v", id, n, got)
				}
			}
		})
	}
}

// wrappedWriter wraps a ResponseWriter, as middleware does.
type wrappedWriter struct{ http.ResponseWriter }

func (l wrappedWriter) Unwrap() http.ResponseWriter { return l.ResponseWriter }

func TestRSTStreamThroughWrappedWriters(t *testing.T) {
	address := listen(t, nil, func(w http.ResponseWriter, r *http.Request) {
		fault.AbortStream(wrappedWriter{wrappedWriter{w}}, r, fault.StreamRefused)
	})
	if got := exchangeHTTP2(t, address); got.reset == nil || *got.reset != http2.ErrCodeRefusedStream {
		t.Errorf("%+v", got)
	}
}
